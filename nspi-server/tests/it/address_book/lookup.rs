//! [MS-NSPI 3.1.4.13] NspiDNToMId and [3.1.4.12] NspiCompareMIds. Microsoft's cases S02_TC26 to 30 and 37, S05_TC22 and
//! 23.

use nspi_proto::ndr::Ansi;
use nspi_proto::nspi::property::tags;
use nspi_proto::nspi::{CodePage, MinimalId, NspiCompareMIdsRequest, NspiDNToMIdRequest, SortType, Stat, Status};
use nspi_server::address_book::{AddressBook, Arena, MemoryBook, Reader, View};

use super::{everybody, named, numbered, person};

fn ids(view: &dyn View, names: &[Option<&str>]) -> Vec<MinimalId> {
    let arena = Arena::new();
    let names: Vec<Option<Ansi<'_>>> = names.iter().map(|name| name.map(Ansi::from)).collect();
    for reserved in [0, 1] {
        let request = NspiDNToMIdRequest { reserved, names: names[..].into(), ..Default::default() };
        let response = Reader::new(view, &arena).dn_to_mid(&request);
        assert_eq!(response.status, Status::SUCCESS);
        if reserved == 1 {
            return response.ids.unwrap().0.iter().collect();
        }
    }
    unreachable!()
}

#[test]
fn each_name_has_the_id_of_the_object_that_bears_it() {
    let view = MemoryBook::company().view();
    for id in everybody(&*view) {
        let name = view.object(id).unwrap().distinguished_name;
        assert_eq!(ids(&*view, &[Some(name), Some(&name.to_uppercase())]), [id, id]);
    }
}

#[test]
fn names_keep_their_order_and_who_has_none_is_0() {
    let view = numbered(3);
    let [a, b, _] = everybody(&*view).try_into().unwrap();
    let (first, second) = (named("P000"), named("P001"));
    let names = [Some(&*second), None, Some("/o=T/cn="), Some(""), Some(&*first), Some(&*second)];
    let none = MinimalId(0);
    assert_eq!(ids(&*view, &names), [b, none, none, none, a, b]);
    assert_eq!(ids(&*view, &[]), []);
}

#[test]
fn containers_have_names_too() {
    let view = MemoryBook::company().view();
    for container in view.containers() {
        assert_eq!(ids(&*view, &[Some(&container.distinguished_name)]), [container.id]);
    }
}

#[test]
fn a_former_name_is_found_among_the_addresses() {
    let moved = person("Ann").texts(tags::PROXY_ADDRESSES, ["SMTP:a@x", "x500:/o=Old/cn=ann"]);
    let view = MemoryBook::new([moved, person("Ben")]).unwrap().view();
    let ann = everybody(&*view)[0];
    assert_eq!(
        ids(&*view, &[Some("/O=OLD/cn=ann"), Some("/o=Old/cn=an"), Some("a@x")]),
        [ann, MinimalId(0), MinimalId(0)]
    );
}

#[test]
fn octets_that_are_no_characters_name_nobody() {
    let view = numbered(1);
    let arena = Arena::new();
    let names = [Some(Ansi(b"/o=\xFF"))];
    let request = NspiDNToMIdRequest { names: names[..].into(), ..Default::default() };
    let ids = Reader::new(&*view, &arena).dn_to_mid(&request).ids.unwrap();
    assert_eq!(ids.0.iter().collect::<Vec<_>>(), [MinimalId(0)]);
}

fn compared(view: &dyn View, stat: Stat, id1: MinimalId, id2: MinimalId) -> Result<i32, Status> {
    let arena = Arena::new();
    let request = NspiCompareMIdsRequest { stat, id1, id2, reserved: 7, ..Default::default() };
    Reader::new(view, &arena).compare_mids(&request).map(|response| response.result)
}

#[test]
fn rows_compare_by_their_places() {
    let view = numbered(5);
    let ids = everybody(&*view);
    for (a, first) in ids.iter().enumerate() {
        for (b, second) in ids.iter().enumerate() {
            let result = compared(&*view, Stat::default(), *first, *second).unwrap();
            assert_eq!(result.cmp(&0), a.cmp(&b));
        }
    }
}

#[test]
fn what_is_not_in_the_table_does_not_compare() {
    let view = MemoryBook::company().view();
    let (alice, nobody) = (everybody(&*view)[0], MinimalId(0x9999));
    let here = Stat::default();
    assert_eq!(compared(&*view, here, alice, nobody), Err(Status::GENERAL_FAILURE));
    assert_eq!(compared(&*view, here, nobody, nobody), Err(Status::GENERAL_FAILURE));
    assert_eq!(
        compared(&*view, here, MinimalId::BEGINNING_OF_TABLE, MinimalId::END_OF_TABLE),
        Err(Status::GENERAL_FAILURE)
    );
    let groups = Stat { container_id: view.containers()[1].id, ..here };
    assert_eq!(compared(&*view, groups, alice, alice), Err(Status::GENERAL_FAILURE), "not in this container");
}

#[test]
fn an_unknown_container_is_told_before_unknown_rows() {
    let view = numbered(1);
    let stat = Stat { container_id: MinimalId(0xFFFF), sort_type: SortType(9), ..Stat::default() };
    assert_eq!(compared(&*view, stat, MinimalId(0), MinimalId(0)), Err(Status::INVALID_BOOKMARK));
    let stat = Stat { code_page: CodePage::UNICODE, ..stat };
    assert_eq!(compared(&*view, stat, MinimalId(0), MinimalId(0)), Err(Status::NOT_SUPPORTED));
}
