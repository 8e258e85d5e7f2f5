//! Who may change what, and that a change is made whole or not at all.

use nspi_proto::ndr::Multi;
use nspi_proto::nspi::property::{Binary, PropertyTag, PropertyValue, Value, tags};
use nspi_proto::nspi::{DisplayType, MinimalId, Status};
use nspi_server::address_book::{AddressBook, Arena, AttributeMap, Change, EditableBook, MemoryBook, Recipient};
use proptest::prelude::*;

const ANN: &str = r"ACME\ann";
const BEN: &str = r"ACME\ben";
const EVE: &str = r"ACME\eve";

/// Ann, who owns the group; Ben, who is in it; two people with one account; a folder.
fn book() -> EditableBook<MemoryBook> {
    let one = |kind, name: &str, account: &str| {
        Recipient::new(kind, format!("/cn={name}"), name).text(tags::ACCOUNT, account)
    };
    let people = [
        one(DisplayType::MAIL_USER, "Ann", "ann").octet_strings(tags::X509_CERTIFICATE, [b"first".to_vec()]),
        one(DisplayType::MAIL_USER, "Ben", "ben"),
        one(DisplayType::MAIL_USER, "Twin 1", "twin"),
        one(DisplayType::MAIL_USER, "Twin 2", "twin"),
        one(DisplayType::DIST_LIST, "Group", "group").links(tags::MEMBER, ["/cn=Ben"]).links(tags::OWNER, ["/cn=Ann"]),
        one(DisplayType::FORUM, "Folder", "folder"),
    ];
    EditableBook::new(MemoryBook::new(people).unwrap(), "ACME").editors([r"acme\EVE"])
}

fn id(book: &impl AddressBook, name: &str) -> MinimalId {
    book.view().find(&format!("/cn={name}")).unwrap()
}

fn certificate(book: &impl AddressBook, name: &str, tag: PropertyTag) -> Vec<Vec<u8>> {
    let (view, arena) = (book.view(), Arena::new());
    match view.value(id(book, name), tag, &arena) {
        Some(Value::MultipleBinary(Some(strings))) => strings.iter().map(|octets| octets.0.unwrap().to_vec()).collect(),
        None => Vec::new(),
        other => panic!("{other:?}"),
    }
}

/// Puts certificates in.
fn certify(book: &impl AddressBook, user: &str, name: &str, tag: PropertyTag, octets: &[u8]) -> Result<(), Status> {
    let strings = [Binary(Some(octets))];
    let values = [PropertyValue::new(tag, Value::MultipleBinary(Some(Multi::from(&strings[..]))))];
    book.modify(user, &Change::Values { id: id(book, name), removed: &[], values: &values })
}

fn link(book: &impl AddressBook, user: &str, name: &str, tag: PropertyTag, to: &str) -> Result<(), Status> {
    let to = [id(book, to)];
    book.modify(user, &Change::Links { id: id(book, name), tag, to: &to, delete: false })
}

const DENIED: Result<(), Status> = Err(Status::ACCESS_DENIED);

#[test]
fn users_change_their_own_certificates_and_editors_everybodys() {
    let book = book();
    let certificates = tags::USER_X509_CERTIFICATE;
    assert_eq!(certify(&book, ANN, "Ann", certificates, b"hers"), Ok(()));
    assert_eq!(certify(&book, EVE, "Ben", certificates, b"his"), Ok(()));
    assert_eq!(certify(&book, r"acme\BEN", "Ben", certificates, b"his own"), Ok(()), "case does not matter");
    for (user, name) in [
        (BEN, "Ann"),
        (r"OTHER\ann", "Ann"),
        ("ann", "Ann"),
        (r"ACME\twin", "Twin 1"), // which of the two?
        (r"ACME\nobody", "Ann"),
        (ANN, "Group"),
        (EVE, "Folder"),
    ] {
        assert_eq!(certify(&book, user, name, certificates, b"no"), DENIED, "{user} {name}");
    }
    assert_eq!(certificate(&book, "Ann", certificates), [b"hers"]);
    assert_eq!(certificate(&book, "Ben", certificates), [b"his own"]);
}

/// Entries as directories have them. What Mallory is called has nothing to do with what she logs on under.
const DIRECTORY: &str = "
dn: cn=Ada,dc=acme
objectClass: user
legacyExchangeDN: /cn=Ada
sAMAccountName: ada
userPrincipalName: Ada.Lovelace@acme.test
mailNickname: countess

dn: cn=Mallory,dc=acme
objectClass: user
legacyExchangeDN: /cn=Mallory
sAMAccountName: mallory
userPrincipalName: ada@acme.test
mailNickname: ada
uid: ada

dn: cn=Jose,dc=acme
objectClass: inetOrgPerson
legacyExchangeDN: /cn=Jose
uid: josé
krbPrincipalName: jlopez@ACME.TEST
krbPrincipalName: jlopez@ELSEWHERE.TEST

dn: cn=Nick,dc=acme
objectClass: person
legacyExchangeDN: /cn=Nick
mailNickname: nick

dn: cn=Group,dc=acme
objectClass: group
legacyExchangeDN: /cn=Group
sAMAccountName: group

dn: cn=Twin 1,dc=acme
objectClass: user
legacyExchangeDN: /cn=Twin1
sAMAccountName: twin

dn: cn=Twin 2,dc=acme
objectClass: user
legacyExchangeDN: /cn=Twin2
sAMAccountName: twin
";

fn directory() -> MemoryBook {
    MemoryBook::from_ldif(DIRECTORY.as_bytes(), &AttributeMap::default()).unwrap()
}

#[test]
fn who_logs_on_under_a_name_is_what_the_directory_says_of_accounts() {
    let cases = [
        ("ada", Some("Ada")),
        ("ADA", Some("Ada")),
        ("ada.lovelace@ACME.test", Some("Ada")),
        ("countess", None),
        ("mallory", Some("Mallory")),
        ("ada@acme.test", Some("Mallory")),
        ("JOSÉ", Some("Jose")),
        ("jose", None),
        ("jlopez@acme.test", Some("Jose")),
        ("jlopez@elsewhere.test", Some("Jose")),
        ("nick", Some("Nick")), // nothing better is known
        ("group", None),
        ("twin", None), // which of the two?
        ("ad", None),
        ("", None),
    ];
    let book = directory();
    for (name, who) in cases {
        assert_eq!(book.view().logon(name), who.map(|who| id(&book, who)), "{name}");
    }
    #[cfg(feature = "store")]
    {
        use nspi_server::address_book::StoreBook;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.book");
        StoreBook::write(&book, &path, |_| {}).unwrap();
        let stored = StoreBook::open(&path).unwrap().view();
        for (name, who) in cases {
            assert_eq!(stored.logon(name), who.map(|who| id(&book, who)), "{name}, on disk");
        }
    }
}

#[test]
fn a_user_owns_the_entry_of_the_account_and_no_other() {
    let cases = [
        (r"ACME\ada", Some("Ada")),
        (r"acme\ada.lovelace", Some("Ada")), // a principal's name may be the user principal name
        (r"ACME\mallory", Some("Mallory")),
        (r"ACME\josé", Some("Jose")),
        (r"ACME\jlopez", Some("Jose")),
        (r"ACME\jose", None),
        (r"ACME\countess", None),
        (r"OTHER\ada", None),
        ("ada", None),
        ("ada@acme.test", None),
    ];
    let book = EditableBook::new(directory(), "ACME").realm("ACME.TEST");
    // Now there are changes, and everything is seen through them.
    let change = Change::Values { id: id(&book, "Nick"), removed: &[tags::X509_CERTIFICATE], values: &[] };
    book.modify(r"ACME\nick", &change).unwrap();
    for (user, who) in cases {
        for name in ["Ada", "Mallory", "Jose", "Nick", "Twin1", "Twin2"] {
            let owns = book.may_modify(user, id(&book, name), tags::USER_X509_CERTIFICATE);
            assert_eq!(owns, who == Some(name), "{user} {name}");
        }
    }
}

#[test]
fn a_name_to_log_on_under_is_shown_to_nobody() {
    let book = directory();
    let (view, arena) = (book.view(), Arena::new());
    let ada = id(&book, "Ada");
    let shown: Vec<String> = view.tags(ada).iter().map(|tag| format!("{:?}", view.value(ada, *tag, &arena))).collect();
    assert!(shown.len() > 1 && !shown.iter().any(|value| value.contains("Lovelace")), "{shown:?}");
    assert_eq!(view.candidates("ada.lovelace").count(), 0);
}

#[test]
fn owners_change_the_members_of_their_group() {
    let book = book();
    assert_eq!(link(&book, ANN, "Group", tags::MEMBER, "Twin 1"), Ok(()));
    assert_eq!(link(&book, EVE, "Group", tags::MEMBER, "Folder"), Ok(()));
    assert_eq!(link(&book, BEN, "Group", tags::MEMBER, "Ann"), DENIED, "a member is no owner");
    let view = book.view();
    let group = id(&book, "Group");
    assert_eq!(view.links(group, tags::MEMBER), [id(&book, "Ben"), id(&book, "Folder"), id(&book, "Twin 1")]);
    assert_eq!(view.links(id(&book, "Folder"), tags::IS_MEMBER_OF_DISTRIBUTION_LIST), [group]);
    for (name, tag) in
        [("Group", tags::OWNER), ("Group", tags::PUBLIC_DELEGATES), ("Ann", tags::MEMBER), ("Ann", tags::MANAGER)]
    {
        assert_eq!(link(&book, EVE, name, tag, "Ben"), DENIED, "{name} {tag}");
    }
}

#[test]
fn what_cannot_be_made_whole_is_not_made_at_all() {
    let book = book();
    let strings = [Binary(Some(b"new"))];
    let good = PropertyValue::new(tags::X509_CERTIFICATE, Value::MultipleBinary(Some(Multi::from(&strings[..]))));
    let huge = vec![0; 300_000];
    let too_large = [Binary(Some(&huge[..]))];
    for bad in [
        PropertyValue::new(tags::TITLE, Value::from("Queen")),
        PropertyValue::new(tags::USER_X509_CERTIFICATE, Value::Binary(Some(b"one"))),
        PropertyValue::new(tags::USER_X509_CERTIFICATE, Value::MultipleBinary(Some(Multi::from(&too_large[..])))),
    ] {
        let values = [good, bad];
        let change = Change::Values { id: id(&book, "Ann"), removed: &[], values: &values };
        assert_eq!(book.modify(ANN, &change), DENIED);
    }
    let removed = [tags::X509_CERTIFICATE, tags::DISPLAY_NAME];
    assert_eq!(book.modify(ANN, &Change::Values { id: id(&book, "Ann"), removed: &removed, values: &[] }), DENIED);
    assert_eq!(certificate(&book, "Ann", tags::X509_CERTIFICATE), [b"first"]);
}

#[test]
fn lists_of_properties_follow_what_was_changed() {
    let book = book();
    let ann = id(&book, "Ann");
    let has = |tag| book.view().tags(ann).contains(&tag);
    assert!(has(tags::X509_CERTIFICATE) && !has(tags::USER_X509_CERTIFICATE) && !has(tags::PUBLIC_DELEGATES));
    certify(&book, ANN, "Ann", tags::USER_X509_CERTIFICATE, b"new").unwrap();
    link(&book, ANN, "Ann", tags::PUBLIC_DELEGATES, "Ben").unwrap();
    book.modify(ANN, &Change::Values { id: ann, removed: &[tags::X509_CERTIFICATE], values: &[] }).unwrap();
    assert!(!has(tags::X509_CERTIFICATE) && has(tags::USER_X509_CERTIFICATE) && has(tags::PUBLIC_DELEGATES));
    assert!(has(tags::DISPLAY_NAME) && has(tags::ACCOUNT), "the rest stays");
    let none = [PropertyValue::new(tags::USER_X509_CERTIFICATE, Value::MultipleBinary(Some(Multi::from(&[][..]))))];
    book.modify(ANN, &Change::Values { id: ann, removed: &[], values: &none }).unwrap();
    assert!(!has(tags::USER_X509_CERTIFICATE), "no values are none");
}

#[test]
fn a_view_shows_what_was_when_it_was_taken() {
    let book = book();
    let before = book.view();
    certify(&book, ANN, "Ann", tags::X509_CERTIFICATE, b"second").unwrap();
    let arena = Arena::new();
    let Some(Value::MultipleBinary(Some(strings))) = before.value(id(&book, "Ann"), tags::X509_CERTIFICATE, &arena)
    else {
        panic!("a certificate")
    };
    assert_eq!(strings.iter().next(), Some(Binary(Some(b"first"))));
    assert_eq!(certificate(&book, "Ann", tags::X509_CERTIFICATE), [b"second"]);
}

#[test]
fn a_book_that_is_not_editable_refuses_everybody() {
    let book = MemoryBook::company();
    let alice = book.view().candidates("alice").next().unwrap();
    assert_eq!(book.modify(r"ACME\alice", &Change::Values { id: alice, removed: &[], values: &[] }), DENIED);
    assert!(!book.may_modify(r"ACME\alice", alice, tags::X509_CERTIFICATE));
}

proptest! {
    #[test]
    fn whatever_is_changed_members_and_their_groups_agree(
        changes in proptest::collection::vec((0..6_u32, proptest::collection::vec(0..8_u32, 0..4), any::<bool>()), 0..20)
    ) {
        let book = book();
        let nth = |n| MinimalId(MinimalId::FIRST_OBJECT.0 + n);
        for (object, to, delete) in changes {
            let to: Vec<MinimalId> = to.into_iter().map(nth).collect();
            let change = Change::Links { id: nth(object), tag: tags::MEMBER, to: &to, delete };
            let possible = nth(object) == id(&book, "Group") && to.iter().all(|to| *to < nth(6));
            prop_assert_eq!(book.modify(EVE, &change).is_ok(), possible);
        }
        let view = book.view();
        let (member, member_of) = (tags::MEMBER, tags::IS_MEMBER_OF_DISTRIBUTION_LIST);
        for (group, other) in (0..6).flat_map(|group| (0..6).map(move |other| (nth(group), nth(other)))) {
            let (there, back) = (view.links(group, member), view.links(other, member_of));
            prop_assert_eq!(there.contains(&other), back.contains(&group));
            for (id, tag, links) in [(group, member, there), (other, member_of, back)] {
                prop_assert_eq!(view.tags(id).contains(&tag), !links.is_empty());
                prop_assert!(links.is_sorted(), "{:?}", links);
            }
        }
    }
}
