//! The address book in memory: order, ids, lists, and what a person costs.

use std::collections::HashSet;

use nspi_proto::ndr::Utf16;
use nspi_proto::nspi::property::tags;
use nspi_proto::nspi::{DisplayType, MinimalId, NspiQueryRowsRequest, NspiResolveNamesWRequest, Stat};
use nspi_server::address_book::{AddressBook, Arena, BookError, Limits, MemoryBook, Reader, Recipient, Table, View};

use super::{book, everybody, names, numbered};

/// The display names of a container, in order.
fn list(view: &dyn View, container_id: MinimalId) -> Vec<String> {
    let arena = Arena::new();
    let request = NspiQueryRowsRequest {
        stat: Stat { container_id, ..Stat::default() },
        count: 1000,
        columns: Some((&[tags::DISPLAY_NAME][..]).into()),
        ..Default::default()
    };
    names(&Reader::new(view, &arena).query_rows(&request).unwrap().1)
}

#[test]
fn rows_are_sorted_by_display_name_without_case() {
    let view = book(&["bert", "Émile", "anna", "Carl", "Bernd", "émilie"]);
    assert_eq!(list(&*view, MinimalId(0)), ["anna", "Bernd", "bert", "Carl", "Émile", "émilie"]);
}

#[test]
fn equal_names_keep_their_order_and_their_ids() {
    let twin = |number: u32| {
        Recipient::new(DisplayType::MAIL_USER, format!("/cn={number}"), "Kim").text(tags::TITLE, number.to_string())
    };
    let view = MemoryBook::new((0..5).map(twin)).unwrap().view();
    let ids = everybody(&*view);
    assert!(ids.is_sorted());
    let titles: Vec<_> = ids.iter().map(|id| view.object(*id).unwrap().distinguished_name.to_owned()).collect();
    assert_eq!(titles, ["/cn=0", "/cn=1", "/cn=2", "/cn=3", "/cn=4"]);
}

#[test]
fn ids_begin_at_0x10_and_are_never_shared() {
    let view = MemoryBook::company().view();
    let containers = view.containers().iter().skip(1).map(|container| container.id);
    let ids: Vec<MinimalId> = everybody(&*view).into_iter().chain(containers).collect();
    assert!(ids.iter().all(|id| MinimalId::FIRST_OBJECT <= *id));
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    for signal in 0..0x10 {
        assert_eq!(view.object(MinimalId(signal)), None);
    }
}

#[test]
fn positions_are_those_of_the_rows_in_each_container() {
    let view = MemoryBook::company().view();
    for container in view.containers() {
        let table = Table::from(&Stat { container_id: container.id, ..Stat::default() });
        let rows = view.rows(table).unwrap();
        for (position, id) in rows.iter().enumerate() {
            assert_eq!(view.position(table, *id), Some(position));
        }
        assert_eq!(view.position(table, MinimalId(0x7777)), None);
    }
}

#[test]
fn each_kind_that_there_is_has_a_list() {
    let kind = |kind, name: &str| Recipient::new(kind, format!("/cn={name}"), name);
    let view = MemoryBook::new([
        kind(DisplayType::MAIL_USER, "User"),
        kind(DisplayType::MAIL_USER, "Room").number(tags::DISPLAY_TYPE_EX, 7),
        kind(DisplayType::REMOTE_MAIL_USER, "Contact"),
        kind(DisplayType::FORUM, "Folder"),
    ])
    .unwrap()
    .view();
    let lists: Vec<_> = view
        .containers()
        .iter()
        .map(|container| (container.display_name.as_str(), list(&*view, container.id).join(" ")))
        .collect();
    assert_eq!(
        lists,
        [
            ("Global Address List", "Contact Folder Room User".to_owned()),
            ("All Contacts", "Contact".into()),
            ("All Rooms", "Room".into()),
            ("All Users", "User".into()),
        ]
    );
}

#[test]
fn two_recipients_of_one_name_are_refused() {
    let named = |dn: &str, name: &str| Recipient::new(DisplayType::MAIL_USER, dn, name);
    let twice = MemoryBook::new([named("/o=T/cn=Ann", "Ann"), named("/O=t/CN=ANN", "Another")]);
    assert_eq!(twice.unwrap_err(), BookError::DuplicateName { name: "/O=t/CN=ANN".into() });
}

#[test]
fn a_book_may_be_empty() {
    let book = MemoryBook::new([]).unwrap();
    assert!(book.is_empty());
    assert_eq!(book.view().containers().len(), 1);
}

#[test]
fn the_company_has_alice_and_bob_and_names_of_many_scripts() {
    let view = MemoryBook::company().view();
    let names = list(&*view, MinimalId(0));
    assert!((40..60).contains(&names.len()), "{}", names.len());
    for name in
        ["Alice Adams", "Bob Baker", "山田 太郎", "ليلى الحداد", "Žofie Ångström", "Walter Weiße\u{301}", "Room Ada"]
    {
        assert!(names.iter().any(|other| other == name), "{name}");
    }
    let find = |name: &str| everybody(&*view)[names.iter().position(|other| other == name).unwrap()];
    let (alice, bob) = (find("Alice Adams"), find("Bob Baker"));
    assert_eq!(view.links(bob, tags::MANAGER), [alice]);
    assert!(view.links(alice, tags::REPORTS).contains(&bob));
    assert_eq!(view.links(find("All Engineering"), tags::MEMBER).len(), 7);
    assert_eq!(view.links(find("All Staff"), tags::MEMBER).len(), 32);
}

#[test]
fn clones_share_one_snapshot() {
    let book = MemoryBook::company();
    let cost = allocation_counter::measure(|| drop((book.clone(), book.view(), book.view())));
    assert_eq!(cost.count_total, 0);
}

/// What the README publishes: a person with name, address, two proxy addresses, title, department, company, office,
/// two telephone properties and a GUID. Printed by `cargo test -p nspi-server what_a_person -- --nocapture`.
#[test]
#[expect(clippy::print_stdout, reason = "the figure is for people")]
fn what_a_person_costs_is_some_six_hundred_octets() {
    const PEOPLE: usize = 10_000;
    let people = (0..PEOPLE).map(|n| {
        let account = format!("given{n:05}.family{n:05}");
        Recipient::new(
            DisplayType::MAIL_USER,
            format!("/o=ACME/ou=First Administrative Group/cn=Recipients/cn={account}"),
            format!("Given{n:05} Family{n:05}"),
        )
        .text(tags::GIVEN_NAME, format!("Given{n:05}"))
        .text(tags::SURNAME, format!("Family{n:05}"))
        .text(tags::ACCOUNT, account.clone())
        .text(tags::SMTP_ADDRESS, format!("{account}@acme.test"))
        .texts(tags::PROXY_ADDRESSES, [format!("SMTP:{account}@acme.test"), format!("smtp:{account}@mail.acme.test")])
        .text(tags::TITLE, ["Developer", "Tester", "Architect"][n % 3])
        .text(tags::DEPARTMENT_NAME, ["Engineering", "Sales"][n % 2])
        .text(tags::COMPANY_NAME, "ACME")
        .text(tags::OFFICE_LOCATION, format!("Building {}, Room {}", n % 9, n % 700))
        .text(tags::BUSINESS_TELEPHONE_NUMBER, format!("+44 1632 {n:06}"))
        .text(tags::PRIMARY_TELEPHONE_NUMBER, format!("+44 1632 {n:06}"))
        .octets(tags::OBJECT_GUID, (n as u128).to_le_bytes())
        .links(tags::MANAGER, ["/o=ACME/ou=First Administrative Group/cn=Recipients/cn=given00000.family00000"])
    });
    let mut book = None;
    let cost = allocation_counter::measure(|| book = Some(MemoryBook::new(people).unwrap()));
    let each = cost.bytes_current / PEOPLE as i64;
    println!("{each} octets a person; {} allocations in all", cost.count_current);
    assert_eq!(book.unwrap().len(), PEOPLE);
    assert!((400..640).contains(&each), "{each} octets a person");
    // Blocks of 256 people, a few allocations each.
    assert!(cost.count_current < 7 * 40 + 50, "{} allocations for the whole book", cost.count_current);
}

#[test]
fn an_id_of_one_view_means_the_same_in_the_next() {
    let book = MemoryBook::company();
    let (first, second) = (book.view(), book.view());
    for id in everybody(&*first) {
        assert_eq!(first.object(id), second.object(id));
    }
    assert_eq!(numbered(3).object(MinimalId(0x13)), None);
}

#[test]
fn a_look_up_in_a_large_book_looks_at_few() {
    let people = (0..20_000).map(|n| {
        Recipient::new(DisplayType::MAIL_USER, format!("/cn={n}"), format!("Kim {n:05}"))
            .text(tags::GIVEN_NAME, "Kim")
            .text(tags::SURNAME, format!("{n:05}"))
            .texts(tags::PROXY_ADDRESSES, [format!("SMTP:k{n:05}@x"), format!("smtp:kim.{n:05}@x")])
    });
    let view = MemoryBook::new(people).unwrap().view();
    let arena = Arena::new();
    let limits = Limits { comparisons: 6, ..Limits::default() };
    let reader = Reader { limits, ..Reader::new(&*view, &arena) };
    // By display name, by both halves, by address, by many and by none.
    for name in ["Kim 12345", "12345 kim", "k12345@x", "=smtp:kim.12345@x", "k", "nobody"] {
        let names = [Some(Utf16::from(name))];
        let request = NspiResolveNamesWRequest { names: names[..].into(), ..Default::default() };
        assert!(reader.resolve_names_w(&request).is_ok(), "{name}");
    }
    assert_eq!(view.candidates("kim 1234").size_hint(), (10, Some(10)), "and says how many they are");
}
