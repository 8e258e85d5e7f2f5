//! A view that was made of the one before is the view that would have been made anew.

use std::fmt::Write as _;

use nspi_proto::nspi::property::PropertyType;
use nspi_proto::nspi::{Lcid, MinimalId};
use proptest::prelude::*;

use super::flavour::Flavour;
use super::people::People;
use crate::address_book::snapshot::Snapshot;
use crate::address_book::{Arena, AttributeMap, Table, View};
use crate::ldif::{Entry, parse};

/// Two blocks, and a little of a third.
const PEOPLE: usize = 520;

const SWEDISH: Lcid = Lcid(0x41D);

/// Somebody of the directory, as some lines of LDIF change it.
fn entry(n: usize, lines: &[&str]) -> Entry {
    let mut text = format!(
        "dn: uid=p{n},dc=acme\nentryUUID: 00000000-0000-4000-8000-{n:012}\nmodifyTimestamp: 20260101000000Z\n\
         objectClass: inetOrgPerson\nuid: p{n}\n"
    );
    let has = |name: &str| lines.iter().any(|line| line.starts_with(name));
    for (name, value) in [
        ("cn", format!("{} {n}", ["Anna", "Björn", "Åke", "zoë"][n % 4])),
        ("mail", format!("p{n}@acme.test")),
        ("title", "Tester".to_owned()),
        ("manager", format!("uid=p{},dc=acme", n / 10)),
    ] {
        if !has(name) {
            writeln!(text, "{name}: {value}").unwrap();
        }
    }
    lines.iter().filter(|line| !line.ends_with('-')).for_each(|line| writeln!(text, "{line}").unwrap());
    parse(text.as_bytes()).unwrap().remove(0)
}

fn directory() -> (People, Snapshot) {
    let mut people = People::new(AttributeMap::default());
    (0..PEOPLE).for_each(|n| assert!(people.put(Flavour::Standard, &entry(n, &[]))));
    let snapshot = people.snapshot().unwrap();
    assert!(
        snapshot.is_sorted(Lcid::DEFAULT) && snapshot.rows(Table { locale: SWEDISH, ..Table::everybody() }).is_some()
    );
    (people, snapshot)
}

/// All that a view shows.
fn shown(view: &Snapshot) -> String {
    let (mut text, arena) = (String::new(), Arena::new());
    for index in 0..PEOPLE as u32 + 20 {
        let id = MinimalId(MinimalId::FIRST_OBJECT.0 + index);
        writeln!(text, "{id:?} {:?}", view.object(id)).unwrap();
        for tag in view.tags(id) {
            let links = (tag.property_type() == PropertyType::EMBEDDED_TABLE).then(|| view.links(id, *tag));
            writeln!(text, "  {tag} {:?} {links:?}", view.value(id, *tag, &arena)).unwrap();
        }
    }
    for container in view.containers() {
        for locale in [Lcid::DEFAULT, SWEDISH] {
            let table = Table { container: container.id, locale, ..Table::everybody() };
            let rows = view.rows(table).unwrap();
            let places: Vec<_> = rows.iter().map(|id| view.position(table, *id)).collect();
            let seeks = ["a", "B", "ö", "åke 3", "zz"].map(|name| view.seek(table, name));
            writeln!(text, "{container:?} {rows:?} {places:?} {seeks:?}").unwrap();
        }
    }
    for prefix in ["", "p1", "anna", "SMTP:p", "new", "z", "p51"] {
        let candidates: Vec<_> = view.candidates(prefix).collect();
        writeln!(text, "{prefix}: {candidates:?} {:?}", view.logon(prefix)).unwrap();
    }
    for n in 0..PEOPLE {
        writeln!(text, "p{n}: {:?} {:?}", view.logon(&format!("p{n}")), view.logon(&format!("upn{n}@acme"))).unwrap();
    }
    text
}

#[test]
fn a_new_title_makes_one_block_anew_and_a_new_manager_makes_all() {
    let (mut people, first) = directory();
    people.put(Flavour::Standard, &entry(300, &["title: Queen", "cn: Aaa"]));
    let second = people.updated(&first).unwrap();
    let shared = |one: &Snapshot, other: &Snapshot| [0, 1, 2].map(|block| one.objects.shares(block, &other.objects));
    assert_eq!(shared(&first, &second), [true, false, true]);
    assert_eq!(shown(&second), shown(&people.snapshot().unwrap()));
    assert_ne!(shown(&second), shown(&first));
    people.put(Flavour::Standard, &entry(300, &["title: Queen", "cn: Aaa", "manager: uid=p1,dc=acme"]));
    let third = people.updated(&second).unwrap();
    assert_eq!(shared(&second, &third), [false; 3]);
}

/// What happens to somebody.
const CHANGES: [&[&str]; 10] = [
    &["title: Queen"],
    &["cn: Newman"],
    &["cn: ängla", "title: -"],
    &["telephoneNumber: 1", "mobile: 2"],
    &["krbPrincipalName: upn7@acme"],
    &["mail: new@acme.test", "description: long ago"],
    &["manager: uid=p5,dc=acme"],
    &["mail: -"],
    &["msExchRecipientDisplayType: 7"],
    &[],
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn whatever_changes_the_view_is_what_it_would_be_made_anew(
        turns in proptest::collection::vec(
            (proptest::collection::vec((0..PEOPLE + 5, 0..CHANGES.len()), 0..4), prop::option::weighted(0.1, 0..PEOPLE)), 1..6
        )
    ) {
        let (mut people, mut view) = directory();
        for (changes, removed) in turns {
            for (n, change) in changes {
                people.put(Flavour::Standard, &entry(n, CHANGES[change]));
            }
            if let Some(n) = removed {
                people.remove(&Flavour::Standard.key(&entry(n, &[])));
            }
            view = people.updated(&view).unwrap();
            let anew = people.snapshot().unwrap();
            prop_assert_eq!(shown(&view), shown(&anew));
        }
    }
}
