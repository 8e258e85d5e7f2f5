//! A directory's entries as recipients.

use std::path::Path;
use std::sync::Arc;

use nspi_proto::nspi::property::{FileTime, PropertyTag, Value, tags};
use nspi_proto::nspi::{DisplayType, MinimalId};
use nspi_server::address_book::{AddressBook, Arena, AttributeMap, BookError, MemoryBook, View};

use super::everybody;

fn read(ldif: &str) -> Arc<dyn View> {
    MemoryBook::from_ldif(ldif.as_bytes(), &AttributeMap::default()).unwrap().view()
}

fn only(view: &dyn View) -> MinimalId {
    let [id] = everybody(view).try_into().unwrap();
    id
}

/// A value for people, or nothing.
fn shown(view: &dyn View, id: MinimalId, tag: PropertyTag) -> String {
    let arena = Arena::new();
    view.value(id, tag, &arena).map_or(String::new(), |value| nspi_proto::nspi::ValueBuf::from(value).to_string())
}

#[test]
fn attributes_become_the_properties_of_the_table() {
    let view = read(
        "dn: CN=Ann,DC=acme,DC=test\nobjectClass: user\nobjectClass: person\ncn: Ann O. Nymous\ndisplayName: Ann Onymous\n\
         mail: ann@acme.test\nproxyAddresses: SMTP:ann@acme.test\nproxyAddresses: smtp:a@acme.test\nmailNickname: ann\n\
         sAMAccountName: ann7\ntitle: Author\ndepartment: Books\ncompany: ACME\ntelephoneNumber: +44 1632 960000\n\
         physicalDeliveryOfficeName: 1/100\ngivenName: Ann\nsn: Onymous\nlegacyExchangeDN: /o=ACME/cn=ann\n\
         objectGUID:: AAECAwQFBgcICQoLDA0ODw==\nthumbnailPhoto:: /9j/\nuserCertificate;binary:: MAA=\ncn;lang-ja: another\n\
         whenCreated: 20261122093000.0Z\nmAPIRecipient: FALSE\nmsExchRecipientDisplayType: -2147483642\n\
         extensionAttribute10: ten\n",
    );
    let id = only(&*view);
    for (tag, expected) in [
        (tags::DISPLAY_NAME, "Ann Onymous"),
        (tags::SMTP_ADDRESS, "ann@acme.test"),
        (tags::PROXY_ADDRESSES, "SMTP:ann@acme.test; smtp:a@acme.test"),
        (tags::ACCOUNT, "ann"),
        (tags::TITLE, "Author"),
        (tags::DEPARTMENT_NAME, "Books"),
        (tags::COMPANY_NAME, "ACME"),
        (tags::BUSINESS_TELEPHONE_NUMBER, "+44 1632 960000"),
        (tags::PRIMARY_TELEPHONE_NUMBER, "+44 1632 960000"),
        (tags::OFFICE_LOCATION, "1/100"),
        (tags::GIVEN_NAME, "Ann"),
        (tags::SURNAME, "Onymous"),
        (tags::OBJECT_GUID, "000102030405060708090a0b0c0d0e0f"),
        (tags::THUMBNAIL_PHOTO, "ffd8ff"),
        (tags::X509_CERTIFICATE, "3000"),
        (tags::SEND_RICH_INFO, "false"),
        (tags::DISPLAY_TYPE_EX, "-2147483642"),
        (PropertyTag(0x8036_001F), "ten"),
    ] {
        assert_eq!(shown(&*view, id, tag), expected, "{tag}");
    }
    let object = view.object(id).unwrap();
    assert_eq!((object.display_type, object.distinguished_name), (DisplayType::MAIL_USER, "/o=ACME/cn=ann"));
    // 2026-11-22 09:30 UTC.
    let arena = Arena::new();
    let created = view.value(id, tags::CREATION_TIME, &arena);
    assert_eq!(created, Some(Value::Time(FileTime((1_795_339_800 + 11_644_473_600) * 10_000_000))));
}

#[test]
fn the_first_line_of_the_table_that_has_a_value_wins() {
    let entry = "dn: cn=a\nobjectClass: inetOrgPerson\nobjectClass: person\nuid: u\nmail: m@x\n";
    assert_eq!(shown(&*read(entry), MinimalId(0x10), tags::ACCOUNT), "u");
    let entry = format!("{entry}samaccountname: s\n");
    assert_eq!(shown(&*read(&entry), MinimalId(0x10), tags::ACCOUNT), "s");
}

#[test]
fn values_that_cannot_be_read_as_their_property_are_left_out() {
    let view = read(
        "dn: cn=a\nobjectClass: person\nmail: m@x\ntitle:: /w==\nwhenCreated: yesterday\nwhenChanged: 20261301000000Z\n\
         mAPIRecipient: maybe\ndelivContLength: 3000000000\n",
    );
    let id = only(&*view);
    assert_eq!(view.tags(id), [tags::DISPLAY_NAME, tags::SMTP_ADDRESS, tags::PROXY_ADDRESSES]);
}

#[test]
fn the_table_can_be_extended() {
    let room_list = PropertyTag(0x8C59_001F);
    let mut attributes = AttributeMap::default();
    attributes.insert("extensionAttribute15", room_list);
    let file = "dn: cn=a\nobjectClass: person\nmail: m@x\nextensionattribute15: yes\n";
    let view = MemoryBook::from_ldif(file.as_bytes(), &attributes).unwrap().view();
    assert_eq!(shown(&*view, only(&*view), room_list), "yes");
}

#[test]
fn kinds_follow_from_the_object_class() {
    for (class, kind) in [
        ("person", DisplayType::MAIL_USER),
        ("inetOrgPerson\nobjectClass: person", DisplayType::MAIL_USER),
        ("group", DisplayType::DIST_LIST),
        ("groupOfNames", DisplayType::DIST_LIST),
        ("contact\nobjectClass: person", DisplayType::REMOTE_MAIL_USER),
        ("publicFolder", DisplayType::FORUM),
        ("msExchDynamicDistributionList", DisplayType::AGENT),
    ] {
        let view = read(&format!("dn: cn=a\nobjectClass: top\nobjectClass: {class}\nmail: m@x\n"));
        assert_eq!(view.object(only(&*view)).unwrap().display_type, kind, "{class}");
    }
}

#[test]
fn who_has_no_address_is_hidden_or_no_recipient_is_passed_over() {
    let view = read(
        "dn: cn=no address\nobjectClass: person\ncn: x\n\n\
         dn: cn=hidden\nobjectClass: person\nmail: h@x\nmsExchHideFromAddressLists: TRUE\n\n\
         dn: cn=machine\nobjectClass: person\nobjectClass: user\nobjectClass: computer\nmail: c@x\n\n\
         dn: ou=unit\nobjectClass: organizationalUnit\nmail: o@x\n\n\
         dn: cn=shown\nobjectClass: person\nmail: s@x\nmsExchHideFromAddressLists: FALSE\n",
    );
    assert_eq!(shown(&*view, only(&*view), tags::SMTP_ADDRESS), "s@x");
}

#[test]
fn a_missing_legacy_name_is_made_of_the_guid_or_of_the_entrys_name() {
    let name = |lines: &str| {
        let view = read(&format!("dn: CN=Ann,DC=acme\nobjectClass: person\nmail: m@x\n{lines}"));
        view.object(only(&*view)).unwrap().distinguished_name.to_owned()
    };
    let prefix = "/o=NT5/ou=00000000000000000000000000000000/cn=";
    assert_eq!(name("objectGUID:: AAECAwQFBgcICQoLDA0ODw==\n"), format!("{prefix}000102030405060708090a0b0c0d0e0f"));
    let made = name("");
    assert!(made.starts_with(prefix) && made.len() == prefix.len() + 32, "{made}");
    assert_eq!(made, name(""), "the same in each run");
    assert_eq!(name("legacyExchangeDN: /o=Ärger/cn=a\n"), made, "no name for octets of one code page");
}

#[test]
fn mail_and_proxy_addresses_fill_in_for_each_other() {
    let entry = |lines: &str| read(&format!("dn: cn=a\nobjectClass: person\n{lines}"));
    let view = entry("mail: m@x\n");
    assert_eq!(shown(&*view, only(&*view), tags::PROXY_ADDRESSES), "SMTP:m@x");
    let view = entry("proxyAddresses: smtp:second@x\nproxyAddresses: SMTP:first@x\n");
    assert_eq!(shown(&*view, only(&*view), tags::SMTP_ADDRESS), "first@x");
}

#[test]
fn names_of_others_are_found_however_they_are_spelt() {
    let view = read(
        "dn: CN=Ann Ü,DC=acme\nobjectClass: person\nmail: a@x\n\n\
         dn: CN=Ben,DC=acme\nobjectClass: person\nmail: b@x\nmanager: cn = ann ü , dc=ACME\n\n\
         dn: CN=Club,DC=acme\nobjectClass: groupOfNames\nmail: c@x\nmember: cn=ben,dc=acme\nmember: cn=gone,dc=acme\n",
    );
    let ids = everybody(&*view);
    let find = |mail: &str| *ids.iter().find(|id| shown(&*view, **id, tags::SMTP_ADDRESS) == mail).unwrap();
    assert_eq!(view.links(find("b@x"), tags::MANAGER), [find("a@x")]);
    assert_eq!(view.links(find("c@x"), tags::MEMBER), [find("b@x")]);
}

#[test]
fn a_file_that_is_no_ldif_is_refused_with_its_line() {
    let refused = MemoryBook::from_ldif(b"dn: cn=a\nnonsense\n", &AttributeMap::default()).unwrap_err();
    assert!(matches!(&refused, BookError::Ldif(error) if error.line == 2), "{refused}");
}

#[test]
fn the_lab_is_an_address_book() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/lab/acme.ldif");
    let book = MemoryBook::from_ldif(&std::fs::read(file).unwrap(), &AttributeMap::default()).unwrap();
    assert_eq!(book.len(), 341);
    let view = book.view();
    let lists: Vec<_> = view.containers().iter().map(|container| container.display_name.as_str()).collect();
    assert_eq!(lists, ["Global Address List", "All Contacts", "All Groups", "All Rooms", "All Users"]);
    let bob =
        everybody(&*view).into_iter().find(|id| shown(&*view, *id, tags::SMTP_ADDRESS) == "bob@acme.test").unwrap();
    let manager = view.links(bob, tags::MANAGER)[0];
    assert_eq!(shown(&*view, manager, tags::DISPLAY_NAME), "Alice Adams");
}
