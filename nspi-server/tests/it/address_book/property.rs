//! The properties that every object has, whatever its backend holds.

use nspi_proto::ndr::{Ansi, Multi};
use nspi_proto::nspi::property::{Binary, FileTime, PropertyTag, PropertyType, Value, tags};
use nspi_proto::nspi::{DisplayType, GUID_NSPI, NspiQueryRowsRequest, Stat, Status};
use nspi_server::address_book::{AddressBook, Arena, MemoryBook, Reader, Recipient};

use super::everybody;

const NAME: &str = "/o=ACME/ou=Site/cn=Recipients/cn=ann";

/// Checks one row of a book that holds only `recipient`, each column in its native type.
fn check(recipient: Recipient, expected: &[(PropertyTag, Value<'_>)]) {
    let view = MemoryBook::new([recipient]).unwrap().view();
    let arena = Arena::new();
    let columns: Vec<PropertyTag> = expected.iter().map(|(tag, _)| tag.with_type(PropertyType::UNSPECIFIED)).collect();
    let request = NspiQueryRowsRequest { count: 1, columns: Some((&columns[..]).into()), ..Default::default() };
    let (_, rows) = Reader::new(&*view, &arena).query_rows(&request).unwrap();
    for (value, (tag, expected)) in rows.values().iter().zip(expected) {
        assert_eq!(value.value, *expected, "{tag}");
        if !matches!(expected, Value::ErrorCode(_)) && *tag != tags::DISPLAY_NAME_PRINTABLE {
            assert_eq!(value.tag, *tag, "the type of {tag}");
        }
    }
}

#[test]
fn every_object_has_what_follows_from_its_name() {
    // [2.3.8.3] id type, R1..R3, GUID_NSPI, 1, display type, name, NUL.
    let entry_id = b"\0\0\0\0\xDC\xA7\x40\xC8\xC0\x42\x10\x1A\xB4\xB9\x08\x00\x2B\x2F\xE1\x82\
        \x01\0\0\0\0\0\0\0/o=ACME/ou=Site/cn=Recipients/cn=ann\0";
    check(
        Recipient::new(DisplayType::MAIL_USER, NAME, "Ann"),
        &[
            (tags::OBJECT_TYPE, Value::Integer32(6)),
            (tags::DISPLAY_TYPE, Value::Integer32(0)),
            (tags::DISPLAY_TYPE_EX, Value::Integer32(0x4000_0000)),
            (tags::INITIAL_DETAILS_PANE, Value::Integer32(0)),
            (tags::CONTAINER_ID, Value::Integer32(0)),
            (tags::ENTRY_ID, Value::Binary(Some(entry_id))),
            (tags::RECORD_KEY, Value::Binary(Some(entry_id))),
            (tags::TEMPLATE_ID, Value::Binary(Some(entry_id))),
            (tags::INSTANCE_KEY, Value::Binary(Some(&[0x10, 0, 0, 0]))),
            (tags::SEARCH_KEY, Value::Binary(Some(b"EX:/O=ACME/OU=SITE/CN=RECIPIENTS/CN=ANN\0"))),
            (tags::MAPPING_SIGNATURE, Value::Binary(Some(&GUID_NSPI.0))),
            (tags::ADDRESS_TYPE, Value::from("EX")),
            (tags::EMAIL_ADDRESS, Value::from(NAME)),
            (tags::OBJECT_DISTINGUISHED_NAME, Value::from(NAME)),
            (tags::DISPLAY_NAME, Value::from("Ann")),
            (tags::TRANSMITTABLE_DISPLAY_NAME, Value::from("Ann")),
            (tags::DISPLAY_NAME_PRINTABLE, Value::String8(Some(Ansi(b"Ann")))),
            (tags::SEND_RICH_INFO, Value::Boolean(1)),
            (tags::CONTAINER_CONTENTS, Value::ErrorCode(Status::NOT_FOUND)),
            (tags::TITLE, Value::ErrorCode(Status::NOT_FOUND)),
        ],
    );
}

#[test]
fn a_group_is_a_distribution_list_with_contents() {
    check(
        Recipient::new(DisplayType::DIST_LIST, NAME, "All"),
        &[
            (tags::OBJECT_TYPE, Value::Integer32(8)),
            (tags::DISPLAY_TYPE, Value::Integer32(1)),
            (tags::DISPLAY_TYPE_EX, Value::Integer32(1)),
            (tags::CONTAINER_CONTENTS, Value::EmbeddedTable(0)),
            (tags::CONTAINER_FLAGS, Value::Integer32(1)),
        ],
    );
}

#[test]
fn what_the_backend_holds_comes_back_as_it_went_in_and_before_any_default() {
    let texts = [Some("SMTP:ann@acme.test".into()), Some("x500:/o=Old/cn=ann".into())];
    let certificates = [Binary(Some(&[1, 2, 3])), Binary(Some(&[])), Binary(Some(&[4]))];
    check(
        Recipient::new(DisplayType::MAIL_USER, NAME, "Ann\0 Onymous")
            .text(tags::TITLE, "First")
            .text(tags::TITLE, "Cafe\u{301}")
            .text(tags::TRANSMITTABLE_DISPLAY_NAME, "Ann O.")
            .texts(tags::PROXY_ADDRESSES, ["SMTP:ann@acme.test", "", "x500:/o=Old/cn=ann"])
            .texts(tags::NETWORK_ADDRESS, [""])
            .octets(tags::OBJECT_GUID, [9; 16])
            .octet_strings(tags::X509_CERTIFICATE, [vec![1, 2, 3], vec![], vec![4]])
            .number(tags::DISPLAY_TYPE_EX, -2)
            .flag(tags::SEND_RICH_INFO, false)
            .time(tags::CREATION_TIME, FileTime(0x0123_4567_89AB_CDEF))
            // A name is the book's to give.
            .text(tags::EMAIL_ADDRESS, "elsewhere"),
        &[
            (tags::DISPLAY_NAME, Value::from("Ann Onymous")),
            (tags::TITLE, Value::from("Cafe\u{301}")),
            (tags::TRANSMITTABLE_DISPLAY_NAME, Value::from("Ann O.")),
            (tags::PROXY_ADDRESSES, Value::MultipleString(Some(Multi::from(&texts[..])))),
            (tags::NETWORK_ADDRESS, Value::ErrorCode(Status::NOT_FOUND)),
            (tags::OBJECT_GUID, Value::Binary(Some(&[9; 16]))),
            (tags::X509_CERTIFICATE, Value::MultipleBinary(Some(Multi::from(&certificates[..])))),
            (tags::DISPLAY_TYPE_EX, Value::Integer32(-2)),
            (tags::SEND_RICH_INFO, Value::Boolean(0)),
            (tags::CREATION_TIME, Value::Time(FileTime(0x0123_4567_89AB_CDEF))),
            (tags::EMAIL_ADDRESS, Value::from(NAME)),
        ],
    );
}

#[test]
fn octets_too_long_for_a_row_are_an_error_of_their_column() {
    check(
        Recipient::new(DisplayType::MAIL_USER, NAME, "Ann").octets(tags::THUMBNAIL_PHOTO, vec![0; 2_097_153]),
        &[(tags::THUMBNAIL_PHOTO, Value::ErrorCode(Status::NOT_ENOUGH_MEMORY))],
    );
}

#[test]
fn members_know_their_groups_and_managers_their_reports() {
    let named = |kind, name: &str| Recipient::new(kind, format!("/cn={name}"), name);
    let book = MemoryBook::new([
        named(DisplayType::DIST_LIST, "Group").links(tags::MEMBER, ["/cn=ben", "/CN=ANN", "/cn=ben", "/cn=gone"]),
        named(DisplayType::MAIL_USER, "Ann"),
        named(DisplayType::MAIL_USER, "Ben").links(tags::MANAGER, ["/cn=ann"]),
    ]);
    let view = book.unwrap().view();
    let [ann, ben, group] = everybody(&*view).try_into().unwrap();
    assert_eq!(view.links(group, tags::MEMBER), [ann, ben], "case ignored, each once, in the order of the table");
    assert_eq!(view.links(ann, tags::IS_MEMBER_OF_DISTRIBUTION_LIST), [group]);
    assert_eq!(view.links(ben, tags::MANAGER), [ann]);
    assert_eq!(view.links(ann, tags::REPORTS), [ben]);
    assert_eq!(view.links(group, tags::REPORTS), []);
    assert_eq!(view.links(ann, tags::DISPLAY_NAME), [], "a text refers to nobody");
    let arena = Arena::new();
    assert_eq!(view.value(ann, tags::REPORTS, &arena), Some(Value::EmbeddedTable(0)));
    assert!(view.tags(ann).contains(&tags::REPORTS));
    assert_eq!(view.position((&Stat::default()).into(), ben), Some(1));
}
