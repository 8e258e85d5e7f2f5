//! Names lead to numbers and back; entry ids to octets and back.

use nspi_proto::nspi::property::tags;
use nspi_proto::nspi::{
    DisplayType, EntryIdError, EphemeralEntryId, FlatUid, MinimalId, ObjectType, PermanentEntryId, PropertyTag,
    PropertyType, RelationalOperator, SortType,
};
use proptest::prelude::*;

#[test]
fn every_property_is_found_by_its_name_and_named_by_its_number() {
    assert!(tags::ALL.is_sorted_by(|a, b| a.number() < b.number()), "a number has one name");
    for &tag in tags::ALL {
        let name = tags::name(tag).unwrap();
        assert_eq!(tags::by_name(name), Some(tag));
        assert_eq!(tags::by_name(&name.to_lowercase()), Some(tag));
        assert_eq!(tag.with_type(PropertyType::ERROR_CODE).to_string(), name);
        assert!(tag.property_type().name().is_some(), "{name}");
    }
    assert_eq!(tags::name(PropertyTag(0x1234_001F)), None);
}

/// [MS-OXOABK, MS-OXPROPS] A sample, by what other programs call them.
#[test]
fn properties_have_the_numbers_of_the_specification() {
    for (tag, number) in [
        (tags::ENTRY_ID, 0x0FFF_0102),
        (tags::DISPLAY_NAME, 0x3001_001F),
        (tags::SMTP_ADDRESS, 0x39FE_001F),
        (tags::POST_OFFICE_BOX, 0x3A2B_101F),
        (tags::MANAGER, 0x8005_000D),
        (tags::EXTENSION_ATTRIBUTE_10, 0x8036_001F),
        (tags::EXTENSION_ATTRIBUTE_11, 0x8C57_001F),
        (tags::THUMBNAIL_PHOTO, 0x8C9E_0102),
        (tags::MEMBER_COUNT, 0x8CE2_0003),
        (tags::CONTAINER_ID, 0xFFFD_0003),
    ] {
        assert_eq!(tag, PropertyTag(number));
    }
}

#[test]
fn numbers_are_named_as_in_the_specification_or_not_at_all() {
    assert_eq!(DisplayType::PRIVATE_DIST_LIST.name(), Some("DT_PRIVATE_DISTLIST"));
    assert_eq!(ObjectType(8).name(), Some("MAPI_DISTLIST"));
    assert_eq!(PropertyType(0x101F).name(), Some("PtypMultipleString"));
    assert_eq!(SortType(0x3E8).name(), Some("SortTypeDisplayName_RO"));
    assert_eq!(RelationalOperator(6).name(), Some("RELOP_RE"));
    assert_eq!((DisplayType(7).name(), PropertyType(4).name()), (None, None));
}

proptest! {
    #[test]
    fn entry_ids_come_back_in_both_forms(guid: [u8; 16], kind: u32, id: u32, name in "[!-~]{0,40}") {
        let display_type = DisplayType(kind);
        let ephemeral = EphemeralEntryId { server_guid: FlatUid(guid), display_type, id: MinimalId(id) };
        prop_assert_eq!(EphemeralEntryId::from_octets(&ephemeral.to_octets()), Ok(ephemeral));
        let permanent = PermanentEntryId { display_type, distinguished_name: name.as_bytes() };
        let octets = permanent.to_octets();
        prop_assert_eq!(PermanentEntryId::from_octets(&octets), Ok(permanent));
        prop_assert_eq!(EphemeralEntryId::from_octets(&octets), Err(EntryIdError::Malformed));
        for end in 0..octets.len() {
            prop_assert!(PermanentEntryId::from_octets(&octets[..end]).is_err());
        }
    }

    #[test]
    fn any_octets_are_an_entry_id_or_an_error(octets: Vec<u8>) {
        if let Ok(id) = EphemeralEntryId::from_octets(&octets) {
            prop_assert_eq!(&id.to_octets()[..], &octets);
        }
        if let Ok(id) = PermanentEntryId::from_octets(&octets) {
            prop_assert_eq!(id.to_octets(), octets);
        }
    }
}
