//! [MS-NSPI 3.1.4.8] NspiQueryRows.

use nspi_proto::ndr::{Ansi, AnyOrder, Multi};
use nspi_proto::nspi::property::{PropertyTag, PropertyType, Value, tags};
use nspi_proto::nspi::{
    CodePage, FlatUid, MinimalId, NspiQueryRowsRequest, NspiQueryRowsResponse, RetrieveFlags, Stat, Status, WriteStub,
};
use nspi_server::address_book::{AddressBook, Arena, Limits, MemoryBook, Reader, View, update_stat};
use proptest::prelude::*;

use super::{book, column, everybody, names, numbered, person, string8};

fn request(count: u32, columns: &[PropertyTag]) -> NspiQueryRowsRequest<'_> {
    NspiQueryRowsRequest { count, columns: Some(columns.into()), ..Default::default() }
}

/// The display names from where `stat` stands, and the STAT after them.
fn read(view: &dyn View, stat: Stat, count: u32) -> Result<(Vec<String>, Stat), Status> {
    let arena = Arena::new();
    let (stat, rows) = Reader::new(view, &arena)
        .query_rows(&NspiQueryRowsRequest { stat, ..request(count, &[tags::DISPLAY_NAME]) })?;
    Ok((names(&rows), stat))
}

#[test]
fn rows_come_in_table_order_from_the_position() {
    let view = numbered(5);
    let (rows, stat) = read(&*view, Stat { delta: 1, ..Stat::default() }, 2).unwrap();
    assert_eq!(rows, ["P001", "P002"]);
    assert_eq!((stat.current_rec, stat.num_pos, stat.total_recs, stat.delta), (everybody(&*view)[3], 3, 5, 0));
    assert_eq!(read(&*view, stat, 100).unwrap().0, ["P003", "P004"], "and go on where they ended");
}

#[test]
fn the_stat_moves_as_update_stat_moves_it_by_the_rows_returned() {
    let view = numbered(10);
    let stat = Stat { delta: 3, current_rec: everybody(&*view)[1], ..Stat::default() };
    let (rows, after) = read(&*view, stat, 4).unwrap();
    assert_eq!(update_stat(&*view, &Stat { delta: stat.delta + rows.len() as i32, ..stat }).unwrap().0, after);
}

#[test]
fn a_position_clamped_at_the_first_row_goes_on_behind_what_was_read() {
    let view = numbered(10);
    let (rows, after) = read(&*view, Stat { delta: -7, ..Stat::default() }, 4).unwrap();
    assert_eq!((rows.len(), after.num_pos), (4, 4));
}

#[test]
fn at_the_end_of_the_table_there_are_no_rows_and_that_is_success() {
    let view = numbered(3);
    let end = Stat { current_rec: MinimalId::END_OF_TABLE, ..Stat::default() };
    let (rows, stat) = read(&*view, end, 10).unwrap();
    assert_eq!((rows.len(), stat.current_rec, stat.num_pos), (0, MinimalId::END_OF_TABLE, 3));
}

#[test]
fn columns_that_are_not_named_are_the_seven_of_the_specification() {
    let view = MemoryBook::company().view();
    let arena = Arena::new();
    let request = NspiQueryRowsRequest { count: 3, columns: None, ..Default::default() };
    let (_, rows) = Reader::new(&*view, &arena).query_rows(&request).unwrap();
    let tags = |row: usize| rows.rows().nth(row).unwrap().values.unwrap().iter().map(|v| v.tag.0).collect::<Vec<_>>();
    let alice = [0xFFFD_0003, 0x0FFE_0003, 0x3900_0003, 0x3001_001E, 0x3A1A_001E, 0x3A18_001E, 0x3A19_001E];
    let all_engineering = [0xFFFD_0003, 0x0FFE_0003, 0x3900_0003, 0x3001_001E, 0x3A1A_000A, 0x3A18_000A, 0x3A19_000A];
    assert_eq!((tags(0), tags(1)), (alice.to_vec(), all_engineering.to_vec()));
    assert_eq!(names(&rows), ["Alice Adams", "All Engineering", "All Finance"]);
}

#[test]
fn columns_are_answered_one_for_one_duplicates_and_all() {
    let view = book(&["Ann"]);
    let arena = Arena::new();
    let asked = [tags::DISPLAY_NAME, tags::TITLE, tags::DISPLAY_NAME, tags::DISPLAY_TYPE];
    let (_, rows) = Reader::new(&*view, &arena).query_rows(&request(1, &asked)).unwrap();
    let answered: Vec<u16> = rows.values().iter().map(|value| value.tag.number()).collect();
    assert_eq!(answered, asked.map(PropertyTag::number));
    assert_eq!(rows.values()[1].value, Value::ErrorCode(Status::NOT_FOUND), "no title");
    assert_eq!(rows.values()[0], rows.values()[2]);
}

#[test]
fn no_column_at_all_gives_rows_without_values() {
    let view = numbered(2);
    let arena = Arena::new();
    let (_, rows) = Reader::new(&*view, &arena).query_rows(&request(2, &[])).unwrap();
    assert_eq!((rows.len(), rows.values().len()), (2, 0));
}

#[test]
fn an_explicit_table_keeps_its_order_and_leaves_the_stat() {
    let view = numbered(5);
    let ids = everybody(&*view);
    let table = [ids[4], ids[0], ids[4]];
    // Neither the container nor the current row matter.
    let stat = Stat { container_id: MinimalId(0xFFFF), current_rec: MinimalId(0xEEEE), delta: 9, ..Stat::default() };
    let arena = Arena::new();
    let reader = Reader::new(&*view, &arena);
    let explicit_table = Some(Multi::from(&table[..]));
    let asked = NspiQueryRowsRequest { stat, explicit_table, ..request(9, &[tags::DISPLAY_NAME]) };
    let (after, rows) = reader.query_rows(&asked).unwrap();
    assert_eq!((names(&rows), after), (vec!["P004".to_owned(), "P000".into(), "P004".into()], stat));
    for (count, expected) in [(2, 2), (0, 0)] {
        let (_, rows) = reader.query_rows(&NspiQueryRowsRequest { count, ..asked }).unwrap();
        assert_eq!(rows.len(), expected, "never more than Count");
    }
}

#[test]
fn ids_that_name_nothing_have_rows_of_errors() {
    let view = numbered(1);
    let table = [MinimalId(0x9999), MinimalId(0), MinimalId(u32::MAX)];
    let arena = Arena::new();
    let columns = [tags::DISPLAY_NAME, tags::ENTRY_ID];
    let asked = NspiQueryRowsRequest { explicit_table: Some(Multi::from(&table[..])), ..request(9, &columns) };
    let (_, rows) = Reader::new(&*view, &arena).query_rows(&asked).unwrap();
    assert_eq!(rows.len(), 3);
    assert!(rows.values().iter().all(|value| value.value == Value::ErrorCode(Status::NOT_FOUND)));
}

#[test]
fn checks_come_in_their_order() {
    let view = numbered(3);
    let arena = Arena::new();
    let reader = Reader { limits: Limits { columns: 1, ..Limits::default() }, ..Reader::new(&*view, &arena) };
    let two = [string8(tags::DISPLAY_NAME), tags::TITLE];
    let mut asked = NspiQueryRowsRequest {
        stat: Stat {
            code_page: CodePage::UNICODE,
            container_id: MinimalId(0xFFFF),
            current_rec: MinimalId(0xEEEE),
            ..Stat::default()
        },
        ..request(0, &two)
    };
    let refused = |asked: &NspiQueryRowsRequest<'_>| reader.query_rows(asked).map(|_| ()).unwrap_err();
    assert_eq!(refused(&asked), Status::NOT_SUPPORTED);
    asked.stat.code_page = CodePage(4711);
    assert_eq!(refused(&asked), Status::INVALID_PARAMETER, "no rows asked for");
    asked.count = 1;
    assert_eq!(refused(&asked), Status::INVALID_BOOKMARK);
    asked.stat.container_id = MinimalId(0);
    assert_eq!(refused(&asked), Status::NOT_FOUND);
    asked.stat.current_rec = MinimalId::BEGINNING_OF_TABLE;
    assert_eq!(refused(&asked), Status::TABLE_TOO_BIG, "two columns");
    asked.columns = Some((&two[..1]).into());
    assert_eq!(refused(&asked), Status::INVALID_CODEPAGE);
    asked.columns = Some((&two[1..]).into());
    assert_eq!(reader.query_rows(&asked).unwrap().1.len(), 1, "without 8-bit strings the code page does not matter");
}

#[test]
fn rows_are_limited_whatever_count_says() {
    let view = numbered(30);
    let arena = Arena::new();
    let reader = Reader { limits: Limits { rows: 20, ..Limits::default() }, ..Reader::new(&*view, &arena) };
    let (stat, rows) = reader.query_rows(&request(u32::MAX, &[tags::DISPLAY_NAME])).unwrap();
    assert_eq!((rows.len(), stat.num_pos), (20, 20));
}

#[test]
fn octets_are_limited_and_the_client_goes_on_from_its_stat() {
    let photo = vec![7; 100_000];
    let people = (0..10).map(|n| person(&format!("P{n}")).octets(tags::THUMBNAIL_PHOTO, photo.clone()));
    let view = MemoryBook::new(people).unwrap().view();
    let arena = Arena::new();
    let limits = Limits { octets: 350_000, ..Limits::default() };
    let reader = Reader { limits, ..Reader::new(&*view, &arena) };
    let columns = [tags::DISPLAY_NAME, tags::THUMBNAIL_PHOTO];
    let mut asked = request(100, &columns);
    let mut seen = Vec::new();
    for _ in 0..4 {
        let (stat, rows) = reader.query_rows(&asked).unwrap();
        seen.push(rows.len());
        let mut stub = Vec::new();
        let response = NspiQueryRowsResponse { stat, rows: Some(rows), status: Status::SUCCESS };
        response.encode_stub(AnyOrder::NDR64, &mut stub).unwrap();
        assert!(stub.len() <= limits.octets + 100, "{} octets", stub.len());
        asked.stat = stat;
    }
    assert_eq!(seen, [3, 3, 3, 1]);
    assert_eq!(asked.stat.current_rec, MinimalId::END_OF_TABLE);

    let alone = Reader { limits: Limits { octets: 90_000, ..limits }, ..reader };
    assert_eq!(alone.query_rows(&request(1, &columns)).map(|_| ()), Err(Status::TABLE_TOO_BIG), "not one row fits");
}

#[test]
fn the_bound_on_octets_holds_for_every_kind_of_value() {
    let long = "é".repeat(500);
    let wordy = person("Wordy")
        .text(tags::TITLE, long.clone())
        .texts(tags::PROXY_ADDRESSES, [long.clone(), long, "x".into()])
        .octet_strings(tags::X509_CERTIFICATE, [vec![1; 1000], vec![], vec![2; 3]]);
    let view = MemoryBook::new([wordy]).unwrap().view();
    let arena = Arena::new();
    for tag in [
        tags::TITLE,
        string8(tags::TITLE),
        tags::PROXY_ADDRESSES,
        tags::PROXY_ADDRESSES.with_type(PropertyType::MULTIPLE_STRING8),
        tags::X509_CERTIFICATE,
        tags::SEARCH_KEY,
        tags::DISPLAY_TYPE,
    ] {
        let reader = |octets| Reader { limits: Limits { octets, ..Limits::default() }, ..Reader::new(&*view, &arena) };
        // The smallest limit that lets the row through.
        let columns = [tag];
        let fits = |octets: &usize| reader(*octets).query_rows(&request(1, &columns)).is_ok();
        let bound = (0..20_000).step_by(16).find(fits).unwrap();
        let (stat, rows) = reader(bound).query_rows(&request(1, &columns)).unwrap();
        for syntax in [AnyOrder::NDR20, AnyOrder::NDR64] {
            let mut with = Vec::new();
            let response = NspiQueryRowsResponse { stat, rows: Some(rows.clone()), status: Status::SUCCESS };
            response.encode_stub(syntax, &mut with).unwrap();
            let mut without = Vec::new();
            let none = NspiQueryRowsResponse { rows: Some(Default::default()), ..response };
            none.encode_stub(syntax, &mut without).unwrap();
            assert!(with.len() - without.len() <= bound, "{tag}: {} octets, {bound} at most", with.len());
        }
    }
}

#[test]
fn strings_come_in_the_type_and_code_page_asked_for() {
    let people = [person("Žofie Ångström").text(tags::ACCOUNT, "zofie").texts(tags::PROXY_ADDRESSES, ["SMTP:ž", "x"])];
    let view = MemoryBook::new(people).unwrap().view();
    let value = |tag: PropertyTag, code_page: CodePage| {
        let arena = Arena::new();
        let stat = Stat { code_page, ..Stat::default() };
        let columns = [tag];
        let asked = NspiQueryRowsRequest { stat, ..request(1, &columns) };
        let (_, rows) = Reader::new(&*view, &arena).query_rows(&asked).unwrap();
        format!("{:?}", rows.values()[0].value)
    };
    let name = tags::DISPLAY_NAME;
    assert_eq!(value(name, CodePage::TELETEX), r#"String(Some("Žofie Ångström"))"#);
    assert_eq!(value(string8(name), CodePage(1250)), r#"String8(Some(b"\x8eofie ?ngstr\xf6m"))"#);
    assert_eq!(value(string8(name), CodePage::WINDOWS_1252), r#"String8(Some(b"\x8eofie \xc5ngstr\xf6m"))"#);
    assert_eq!(value(string8(name), CodePage::TELETEX), r#"String8(Some(b"\xcfZofie \xcaAngstr\xc8om"))"#);
    // The native type, where none is asked for.
    let any = |tag: PropertyTag| tag.with_type(PropertyType::UNSPECIFIED);
    assert_eq!(value(any(name), CodePage::TELETEX), r#"String(Some("Žofie Ångström"))"#);
    // Natively PtypString8 in CP_TELETEX, whatever the STAT says.
    let printable = value(any(tags::DISPLAY_NAME_PRINTABLE), CodePage(1250));
    assert_eq!(printable, r#"String8(Some(b"\xcfZofie \xcaAngstr\xc8om"))"#);
    assert_eq!(value(tags::DISPLAY_NAME_PRINTABLE, CodePage(1250)), r#"String(Some("Žofie Ångström"))"#);
    // Each of several values.
    let addresses = tags::PROXY_ADDRESSES.with_type(PropertyType::MULTIPLE_STRING8);
    assert_eq!(value(addresses, CodePage(1250)), r#"MultipleString8(Some([Some(b"SMTP:\x9e"), Some(b"x")]))"#);
    // A type that the value cannot have.
    for wrong in [PropertyType::INTEGER32, PropertyType::MULTIPLE_STRING, PropertyType(0x0005), PropertyType::NULL] {
        assert!(value(name.with_type(wrong), CodePage(1250)).starts_with("ErrorCode"), "{wrong:?}");
    }
}

#[test]
fn a_name_that_cannot_be_printed_in_teletex_is_the_accounts() {
    let view = MemoryBook::new([person("山田太郎").text(tags::ACCOUNT, "taro.yamada")]).unwrap().view();
    let arena = Arena::new();
    let columns = [string8(tags::DISPLAY_NAME_PRINTABLE)];
    let (_, rows) = Reader::new(&*view, &arena).query_rows(&request(1, &columns)).unwrap();
    assert_eq!(rows.values()[0].value, Value::String8(Some(Ansi(b"taro.yamada"))));
}

#[test]
fn entry_ids_are_ephemeral_with_the_servers_guid_if_asked_for() {
    let view = book(&["Ann"]);
    let arena = Arena::new();
    let reader = Reader { server_guid: FlatUid([0xAB; 16]), ..Reader::new(&*view, &arena) };
    let columns = [tags::ENTRY_ID, tags::RECORD_KEY];
    let flags = RetrieveFlags::EPHEMERAL_IDS | RetrieveFlags::from_bits_retain(0xFFFF_0000);
    let (_, rows) = reader.query_rows(&NspiQueryRowsRequest { flags, ..request(1, &columns) }).unwrap();
    // [2.3.8.2] id type, R1..R3, the server's GUID, 1, display type, id.
    let ephemeral = [&[0x87, 0, 0, 0][..], &[0xAB; 16], &[1, 0, 0, 0], &[0; 4], &[0x10, 0, 0, 0]].concat();
    assert_eq!(rows.values()[0].value, Value::Binary(Some(&ephemeral)));
    let (_, permanent) = reader.query_rows(&request(1, &columns)).unwrap();
    assert_eq!(permanent.values()[0].value, permanent.values()[1].value);
    assert_eq!(rows.values()[1], permanent.values()[1], "other ids stay permanent");
}

#[test]
fn a_page_allocates_for_the_page_and_not_for_each_value() {
    let view = numbered(200);
    let columns = [
        string8(tags::DISPLAY_NAME),
        tags::DISPLAY_NAME,
        tags::ENTRY_ID,
        tags::SEARCH_KEY,
        tags::INSTANCE_KEY,
        tags::DISPLAY_NAME_PRINTABLE,
        tags::PROXY_ADDRESSES,
    ];
    let mut arena = Arena::with_capacity(64 << 10);
    let mut allocations = |count: u32, flags: RetrieveFlags| {
        arena.reset();
        let reader = Reader::new(&*view, &arena);
        let asked = NspiQueryRowsRequest { flags, ..request(count, &columns) };
        allocation_counter::measure(|| assert_eq!(reader.query_rows(&asked).unwrap().1.len(), count as usize))
            .count_total
    };
    for flags in [RetrieveFlags::default(), RetrieveFlags::EPHEMERAL_IDS] {
        // Two vectors of the row set, and the row being made.
        assert_eq!((allocations(1, flags), allocations(50, flags)), (3, 3));
    }
}

#[test]
fn the_company_is_read_page_by_page() {
    let view = MemoryBook::company().view();
    let (whole, _) = read(&*view, Stat::default(), 1000).unwrap();
    let mut paged = Vec::new();
    let mut stat = Stat::default();
    while stat.current_rec != MinimalId::END_OF_TABLE {
        let (rows, after) = read(&*view, stat, 7).unwrap();
        paged.extend(rows);
        stat = after;
    }
    assert_eq!(paged, whole);
    let arena = Arena::new();
    let columns = [tags::SMTP_ADDRESS];
    let (_, rows) = Reader::new(&*view, &arena).query_rows(&request(1000, &columns)).unwrap();
    assert!(column(&rows, tags::SMTP_ADDRESS).contains(&"alice@acme.test".to_owned()));
}

fn any_tag() -> impl Strategy<Value = PropertyTag> {
    let numbers = prop_oneof![
        Just(0x0FFF_u16),
        Just(0x3001),
        Just(0x39FF),
        Just(0x800F),
        Just(0x8009),
        Just(0x300B),
        Just(0x0FF6),
        any::<u16>()
    ];
    let types =
        prop_oneof![Just(0_u16), Just(0x1E), Just(0x1F), Just(0x101E), Just(0x102), Just(3), Just(0xD), any::<u16>()];
    (numbers, types).prop_map(|(number, kind)| PropertyTag(u32::from(number) << 16 | u32::from(kind)))
}

fn any_id() -> impl Strategy<Value = MinimalId> {
    prop_oneof![0..4_u32, 0x10..0x48_u32, any::<u32>()].prop_map(MinimalId)
}

prop_compose! {
    fn any_stat()(
        container_id in prop_oneof![3 => Just(MinimalId(0)), 1 => any_id()], current_rec in any_id(),
        delta in any::<i32>(), num_pos in any::<u32>(), total_recs in any::<u32>(), sort_type in 0..4_u32,
        code_page in prop_oneof![Just(1252), Just(20261), Just(932), Just(50220), Just(1200), Just(65001), any::<u32>()],
    ) -> Stat {
        let sort_type = nspi_proto::nspi::SortType(sort_type);
        Stat { container_id, current_rec, delta, num_pos, total_recs, sort_type, code_page: CodePage(code_page), ..Stat::default() }
    }
}

proptest! {
    #[test]
    fn any_request_is_answered_within_count_with_what_can_be_sent(
        stat in any_stat(),
        table in proptest::option::of(proptest::collection::vec(any_id(), 0..9)),
        columns in proptest::option::of(proptest::collection::vec(any_tag(), 0..9)),
        count in prop_oneof![0..9_u32, any::<u32>()],
        flags in any::<u32>(),
    ) {
        let view = MemoryBook::company().view();
        let arena = Arena::new();
        let request = NspiQueryRowsRequest {
            flags: RetrieveFlags::from_bits_retain(flags),
            stat,
            explicit_table: table.as_deref().map(Multi::from),
            count,
            columns: columns.as_deref().map(Into::into),
            ..Default::default()
        };
        if let Ok((after, rows)) = Reader::new(&*view, &arena).query_rows(&request) {
            prop_assert!(rows.len() <= usize::try_from(count).unwrap());
            let width = columns.as_ref().map_or(7, Vec::len);
            for row in rows.rows() {
                let values = row.values.unwrap();
                prop_assert_eq!(values.len(), width);
                prop_assert!(values.iter().all(|value| value.tag.property_type() != PropertyType::UNSPECIFIED));
            }
            match &table {
                Some(table) => prop_assert_eq!((after, rows.len()), (stat, table.len().min(count as usize))),
                None => prop_assert!(after.delta == 0 && after.num_pos <= after.total_recs),
            }
            let response = NspiQueryRowsResponse { stat: after, rows: Some(rows), status: Status::SUCCESS };
            for syntax in [AnyOrder::NDR20, AnyOrder::NDR64] {
                prop_assert!(response.encode_stub(syntax, &mut Vec::new()).is_ok());
            }
        }
    }
}
