//! [MS-NSPI 3.1.4.7] NspiGetProps, [3.1.4.6] NspiGetPropList, [3.1.4.5] NspiQueryColumns, [3.1.4.20]
//! NspiGetTemplateInfo. Microsoft's cases S01_TC04 to 09, S02_TC06 to 09, 17 and 32, S05_TC05 and 29 to 32.

use nspi_proto::ndr::Ansi;
use nspi_proto::nspi::property::{PropertyTag, PropertyType, PropertyValue, Value, tags};
use nspi_proto::nspi::{
    CodePage, DisplayType, EphemeralEntryId, FlatUid, MinimalId, NspiGetPropListRequest, NspiGetPropsRequest,
    NspiQueryColumnsRequest, NspiQueryRowsRequest, PermanentEntryId, QueryColumnsFlags, RetrieveFlags, Stat, Status,
};
use nspi_server::address_book::{AddressBook, Arena, Limits, MemoryBook, Reader, Recipient, View};

use super::{book, everybody, person, string8};

fn of(current_rec: MinimalId, columns: Option<&[PropertyTag]>) -> NspiGetPropsRequest<'_> {
    let stat = Stat { current_rec, ..Stat::default() };
    NspiGetPropsRequest { stat, columns: columns.map(Into::into), ..Default::default() }
}

/// The values of an answer and its status.
fn read<'a>(
    reader: &Reader<'a>,
    request: &NspiGetPropsRequest<'_>,
) -> Result<(Vec<PropertyValue<'a>>, Status), Status> {
    reader.props(request).map(|response| (response.row.unwrap().values.unwrap(), response.status))
}

fn list(view: &dyn View, id: MinimalId, flags: RetrieveFlags, code_page: CodePage) -> Result<Vec<PropertyTag>, Status> {
    let arena = Arena::new();
    let request = NspiGetPropListRequest { handle: Default::default(), flags, id, code_page };
    Reader::new(view, &arena).prop_list(&request).map(|response| response.tags.unwrap().0.iter().collect())
}

#[test]
fn props_come_one_for_one_in_order_duplicates_and_all() {
    let view = MemoryBook::new([person("Ann").text(tags::TITLE, "Author")]).unwrap().view();
    let arena = Arena::new();
    let columns = [tags::TITLE, tags::DISPLAY_NAME, tags::TITLE, string8(tags::DISPLAY_NAME)];
    let (values, status) = read(&Reader::new(&*view, &arena), &of(everybody(&*view)[0], Some(&columns))).unwrap();
    assert_eq!(status, Status::SUCCESS);
    assert_eq!(values.iter().map(|value| value.tag).collect::<Vec<_>>(), columns);
    assert_eq!((values[0], values[3].value), (values[2], Value::String8(Some(Ansi(b"Ann")))));
}

#[test]
fn a_property_without_a_value_is_not_found_and_errors_are_returned() {
    let view = book(&["Ann"]);
    let arena = Arena::new();
    let columns = [tags::DISPLAY_NAME, tags::TITLE, PropertyTag(0x7777_001F)];
    let (values, status) = read(&Reader::new(&*view, &arena), &of(everybody(&*view)[0], Some(&columns))).unwrap();
    assert_eq!(status, Status::ERRORS_RETURNED);
    assert_eq!(
        values[1..],
        [PropertyValue::error(tags::TITLE, Status::NOT_FOUND), PropertyValue::error(columns[2], Status::NOT_FOUND)]
    );
}

#[test]
fn an_object_that_is_not_there_has_no_values() {
    let view = book(&["Ann"]);
    let arena = Arena::new();
    let reader = Reader::new(&*view, &arena);
    for id in [MinimalId(0x9999), MinimalId::CURRENT, MinimalId(0)] {
        let (values, status) = read(&reader, &of(id, Some(&[tags::DISPLAY_NAME]))).unwrap();
        assert_eq!((values[0].value, status), (Value::ErrorCode(Status::NOT_FOUND), Status::ERRORS_RETURNED));
        assert_eq!(read(&reader, &of(id, None)), Ok((vec![], Status::SUCCESS)));
    }
}

#[test]
fn no_columns_ask_for_the_property_list() {
    let view = MemoryBook::company().view();
    let arena = Arena::new();
    let reader = Reader::new(&*view, &arena);
    for id in everybody(&*view) {
        for (code_page, flags) in [(1252, 0), (1200, 0), (1252, 1), (1200, 3)] {
            let flags = RetrieveFlags::from_bits_retain(flags);
            let mut request = NspiGetPropsRequest { flags, ..of(id, None) };
            request.stat.code_page = CodePage(code_page);
            let (values, status) = read(&reader, &request).unwrap();
            let listed = list(&*view, id, flags, request.stat.code_page).unwrap();
            assert_eq!(values.iter().map(|value| value.tag).collect::<Vec<_>>(), listed, "none of them is an error");
            assert_eq!(status, Status::SUCCESS);
        }
    }
}

#[test]
fn props_are_the_row_that_query_rows_gives() {
    let view = MemoryBook::company().view();
    let arena = Arena::new();
    let reader = Reader::new(&*view, &arena);
    let columns = [tags::DISPLAY_NAME, tags::ENTRY_ID, tags::TITLE, string8(tags::SURNAME), tags::PROXY_ADDRESSES];
    for id in everybody(&*view) {
        let stat = Stat { current_rec: id, ..Stat::default() };
        let rows = NspiQueryRowsRequest { stat, count: 1, columns: Some((&columns[..]).into()), ..Default::default() };
        let row = reader.query_rows(&rows).unwrap().1;
        assert_eq!(read(&reader, &of(id, Some(&columns))).unwrap().0, row.values());
    }
}

#[test]
fn entry_ids_are_permanent_unless_ephemeral_ones_are_asked_for() {
    let view = book(&["Ann"]);
    let arena = Arena::new();
    let reader = Reader { server_guid: FlatUid([7; 16]), ..Reader::new(&*view, &arena) };
    let id = everybody(&*view)[0];
    let entry_id =
        |flags| match read(&reader, &NspiGetPropsRequest { flags, ..of(id, Some(&[tags::ENTRY_ID])) }).unwrap().0[0]
            .value
        {
            Value::Binary(Some(octets)) => octets,
            other => panic!("{other:?}"),
        };
    assert!(PermanentEntryId::from_octets(entry_id(RetrieveFlags::empty())).is_ok());
    let ephemeral = EphemeralEntryId::from_octets(entry_id(RetrieveFlags::EPHEMERAL_IDS)).unwrap();
    assert_eq!(ephemeral, EphemeralEntryId { server_guid: FlatUid([7; 16]), display_type: DisplayType::MAIL_USER, id });
}

#[test]
fn the_checks_of_get_props_come_in_their_order() {
    let view = book(&["Ann"]);
    let arena = Arena::new();
    let reader = Reader { limits: Limits { columns: 1, ..Limits::default() }, ..Reader::new(&*view, &arena) };
    let columns = [string8(tags::DISPLAY_NAME), tags::TITLE];
    let mut asked = of(everybody(&*view)[0], Some(&columns));
    asked.stat = Stat { code_page: CodePage::UNICODE, container_id: MinimalId(0xFFFF), ..asked.stat };
    let refused = |asked: &NspiGetPropsRequest<'_>| reader.props(asked).map(|_| ()).unwrap_err();
    assert_eq!(refused(&asked), Status::NOT_SUPPORTED);
    asked.stat.code_page = CodePage(4711);
    assert_eq!(refused(&asked), Status::INVALID_BOOKMARK);
    asked.stat.container_id = MinimalId(0);
    assert_eq!(refused(&asked), Status::TABLE_TOO_BIG);
    asked.columns = Some((&columns[..1]).into());
    assert_eq!(refused(&asked), Status::INVALID_CODEPAGE);
    asked.columns = Some((&columns[1..]).into());
    assert!(reader.props(&asked).is_ok(), "without 8-bit strings the code page does not matter");
    asked.stat.code_page = CodePage::UNICODE;
    assert!(reader.props(&asked).is_ok());
    let small = Reader { limits: Limits { octets: 40, ..Limits::default() }, ..reader };
    assert_eq!(small.props(&asked).map(|_| ()), Err(Status::TABLE_TOO_BIG));
}

#[test]
fn the_property_list_follows_flags_and_code_page() {
    let view = MemoryBook::new([
        Recipient::new(DisplayType::DIST_LIST, "/cn=all", "All").links(tags::MEMBER, ["/cn=ann"]),
        Recipient::new(DisplayType::MAIL_USER, "/cn=ann", "Ann").texts(tags::PROXY_ADDRESSES, ["SMTP:a@x"]),
    ])
    .unwrap()
    .view();
    let [all, ann] = everybody(&*view).try_into().unwrap();
    let none = RetrieveFlags::empty();
    let of = |id, flags, code_page| list(&*view, id, flags, code_page).unwrap();
    let (eight, wide) = (of(ann, none, CodePage::WINDOWS_1252), of(ann, none, CodePage::UNICODE));
    assert!(eight.contains(&string8(tags::DISPLAY_NAME)) && !eight.contains(&tags::DISPLAY_NAME));
    assert!(eight.contains(&tags::PROXY_ADDRESSES.with_type(PropertyType::MULTIPLE_STRING8)));
    assert!(wide.contains(&tags::DISPLAY_NAME) && wide.contains(&tags::PROXY_ADDRESSES));
    assert!(wide.contains(&tags::DISPLAY_NAME_PRINTABLE), "though natively 8-bit");
    assert_eq!(eight.len(), wide.len());
    let objects =
        |list: &[PropertyTag]| list.iter().filter(|tag| tag.property_type() == PropertyType::EMBEDDED_TABLE).count();
    assert_eq!(objects(&of(all, none, CodePage::UNICODE)), 2, "contents and members");
    assert_eq!(objects(&of(all, RetrieveFlags::SKIP_OBJECTS, CodePage::UNICODE)), 0);
    assert_eq!(of(ann, RetrieveFlags::from_bits_retain(!1), CodePage::UNICODE), wide, "other flags are ignored");
    // [MS-OXNSPI 3.1.4.2] What every object must have.
    for tag in [
        tags::OBJECT_TYPE,
        tags::INITIAL_DETAILS_PANE,
        tags::CONTAINER_ID,
        tags::ENTRY_ID,
        tags::INSTANCE_KEY,
        tags::SEARCH_KEY,
        tags::RECORD_KEY,
        tags::ADDRESS_TYPE,
        tags::EMAIL_ADDRESS,
        tags::DISPLAY_TYPE,
        tags::TEMPLATE_ID,
        tags::TRANSMITTABLE_DISPLAY_NAME,
        tags::DISPLAY_NAME,
        tags::MAPPING_SIGNATURE,
        tags::OBJECT_DISTINGUISHED_NAME,
    ] {
        assert!(wide.contains(&tag), "{tag}");
    }
}

#[test]
fn a_property_list_needs_a_code_page_and_then_an_object() {
    let view = book(&["Ann"]);
    let status = |id, code_page| list(&*view, id, RetrieveFlags::empty(), code_page).unwrap_err();
    assert_eq!(status(MinimalId(0x9999), CodePage(4711)), Status::INVALID_CODEPAGE);
    assert_eq!(status(MinimalId(0x9999), CodePage::WINDOWS_1252), Status::GENERAL_FAILURE);
}

#[test]
fn columns_are_all_that_any_object_has_in_the_form_asked_for() {
    let view = MemoryBook::company().view();
    let arena = Arena::new();
    let reader = Reader::new(&*view, &arena);
    let columns = |flags, reserved| -> Vec<PropertyTag> {
        let request = NspiQueryColumnsRequest {
            flags: QueryColumnsFlags::from_bits_retain(flags),
            reserved,
            ..Default::default()
        };
        let response = reader.query_columns(&request);
        assert_eq!(response.status, Status::SUCCESS);
        response.columns.unwrap().0.iter().collect()
    };
    let (wide, eight) = (columns(0x8000_0000, 0), columns(0, 0));
    for id in everybody(&*view) {
        assert!(
            list(&*view, id, RetrieveFlags::empty(), CodePage::UNICODE).unwrap().iter().all(|tag| wide.contains(tag))
        );
        let listed = list(&*view, id, RetrieveFlags::empty(), CodePage::WINDOWS_1252).unwrap();
        assert!(listed.iter().all(|tag| eight.contains(tag)));
    }
    let mut numbers: Vec<u16> = wide.iter().map(|tag| tag.number()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), wide.len(), "each once");
    assert_eq!((columns(0x7FFF_FFFF, 1), columns(!0, 7)), (eight, wide), "other flags and Reserved are ignored");
}
