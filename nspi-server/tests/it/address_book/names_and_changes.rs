//! [MS-NSPI 3.1.4.16, 3.1.4.17] properties by name; [3.1.4.14, 3.1.4.15] changes, refused. Microsoft's cases S04_TC02 to
//! 04, S05_TC12 to 14, 24 and 33.

use nspi_proto::ndr::{ContextHandle, Multi};
use nspi_proto::nspi::property::{Binary, PropertyName, PropertyTag, PropertyTagArray, tags};
use nspi_proto::nspi::{
    CodePage, DisplayType, FlatUid, IdsFromNamesFlags, MinimalId, ModLinkFlags, NspiGetIDsFromNamesRequest,
    NspiGetNamesFromIDsRequest, NspiModLinkAttRequest, NspiModPropsRequest, Stat, Status,
};
use nspi_server::address_book::{AddressBook, Arena, MemoryBook, PS_MAPI, Reader, Recipient};

use super::{book, everybody};

const OTHER_SET: FlatUid = FlatUid([9; 16]);

fn name(guid: Option<FlatUid>, tag: PropertyTag) -> PropertyName {
    PropertyName { guid, reserved: 0, id: tag.0.cast_signed() }
}

#[test]
fn the_names_of_known_properties_are_their_tags_in_ps_mapi() {
    let view = book(&["Ann"]);
    let arena = Arena::new();
    let reader = Reader::new(&*view, &arena);
    let asked = [tags::TITLE, PropertyTag(0x7777_001F)];
    for (guid, first) in [
        (None, name(Some(PS_MAPI), tags::TITLE)),
        (Some(PS_MAPI), name(Some(PS_MAPI), tags::TITLE)),
        (Some(OTHER_SET), PropertyName::default()),
    ] {
        let request = NspiGetNamesFromIDsRequest { guid, tags: Some(asked[..].into()), ..Default::default() };
        let response = reader.names_from_ids(&request).unwrap();
        assert_eq!((response.tags, response.status), (None, Status::SUCCESS));
        assert_eq!(response.names.unwrap().0.iter().collect::<Vec<_>>(), [first, PropertyName::default()]);
    }
}

#[test]
fn all_names_are_none_and_those_of_ps_mapi_are_not_told() {
    let view = book(&["Ann"]);
    let arena = Arena::new();
    let reader = Reader::new(&*view, &arena);
    let all = |guid| reader.names_from_ids(&NspiGetNamesFromIDsRequest { guid, ..Default::default() });
    assert_eq!(all(Some(PS_MAPI)).map(|_| ()), Err(Status::NOT_SUPPORTED));
    for guid in [None, Some(OTHER_SET)] {
        let response = all(guid).unwrap();
        assert_eq!((response.tags.unwrap().0.len(), response.names.unwrap().0.len()), (0, 0));
    }
}

#[test]
fn names_have_tags_without_a_type_and_unknown_ones_an_error_or_a_refusal() {
    let view = book(&["Ann"]);
    let arena = Arena::new();
    let reader = Reader::new(&*view, &arena);
    let ids = |flags: IdsFromNamesFlags, names: &[Option<PropertyName>]| {
        let request =
            NspiGetIDsFromNamesRequest { handle: ContextHandle::NULL, reserved: 5, flags, names: Multi::from(names) };
        reader
            .ids_from_names(&request)
            .map(|r| (r.tags.unwrap().0.iter().map(|tag| tag.0).collect::<Vec<_>>(), r.status))
    };
    let known = [Some(name(Some(PS_MAPI), tags::TITLE)), Some(name(Some(PS_MAPI), PropertyTag(0x3A17)))];
    let verify = IdsFromNamesFlags::VERIFY_NAMES;
    assert_eq!(ids(verify, &known), Ok((vec![0x3A17_0000; 2], Status::SUCCESS)));
    for unknown in [
        None,
        Some(name(None, tags::TITLE)),
        Some(name(Some(OTHER_SET), tags::TITLE)),
        Some(name(Some(PS_MAPI), PropertyTag(0))),
    ] {
        let names = [known[0], unknown];
        assert_eq!(ids(IdsFromNamesFlags::empty(), &names), Ok((vec![0x3A17_0000, 0xA], Status::ERRORS_RETURNED)));
        assert_eq!(ids(verify, &names), Err(Status::ACCESS_DENIED));
    }
    assert_eq!(ids(verify, &[]), Ok((vec![], Status::SUCCESS)));
}

#[test]
fn changes_are_refused_for_the_first_reason_there_is() {
    let view = MemoryBook::new([
        Recipient::new(DisplayType::MAIL_USER, "/cn=ann", "Ann"),
        Recipient::new(DisplayType::FORUM, "/cn=folder", "Folder"),
    ])
    .unwrap()
    .view();
    let [ann, folder] = everybody(&*view).try_into().unwrap();
    let arena = Arena::new();
    let reader = Reader::new(&*view, &arena);

    let stat = Stat { code_page: CodePage::UNICODE, current_rec: MinimalId(0x9999), ..Stat::default() };
    let mut change = NspiModPropsRequest { reserved: 1, stat, ..Default::default() };
    assert_eq!(reader.mod_props(&change), Status::NOT_SUPPORTED);
    change.stat.code_page = CodePage::WINDOWS_1252;
    assert_eq!(reader.mod_props(&change), Status::GENERAL_FAILURE);
    (change.reserved, change.stat.current_rec) = (0, ann);
    assert_eq!(reader.mod_props(&change), Status::INVALID_PARAMETER, "no tags");
    change.removed = Some(PropertyTagArray::default());
    assert_eq!(reader.mod_props(&change), Status::ACCESS_DENIED);
    change.stat.current_rec = folder;
    assert_eq!(reader.mod_props(&change), Status::INVALID_OBJECT);
    change.stat.current_rec = MinimalId(0x9999);
    assert_eq!(reader.mod_props(&change), Status::INVALID_PARAMETER, "no such object");

    let nobody = [Binary(None)];
    for flags in [ModLinkFlags::empty(), ModLinkFlags::DELETE] {
        let link = |tag, id| {
            let entry_ids = nobody[..].into();
            reader.mod_link_att(&NspiModLinkAttRequest { handle: ContextHandle::NULL, flags, tag, id, entry_ids })
        };
        let gone = MinimalId(0x9999);
        assert_eq!(link(PropertyTag(0x7777_000D), gone), Status::NOT_FOUND);
        assert_eq!(link(tags::TITLE, gone), Status::NOT_FOUND, "refers to nobody");
        assert_eq!(link(tags::MEMBER, gone), Status::INVALID_PARAMETER);
        assert_eq!(link(tags::MEMBER, folder), Status::SUCCESS, "and nothing is changed");
        assert_eq!(link(tags::MEMBER, ann), Status::ACCESS_DENIED);
    }
}
