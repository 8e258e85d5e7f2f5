//! [MS-NSPI 3.1.4.9] NspiSeekEntries. Microsoft's cases S02_TC10, 11, 35 and 36, S05_TC06 to 09, 34 and 35.

use nspi_proto::ndr::{Ansi, ContextHandle};
use nspi_proto::nspi::property::{PropertyTag, PropertyTagArray, PropertyValue, Value, tags};
use nspi_proto::nspi::{
    CodePage, EphemeralEntryId, FlatUid, MinimalId, NspiSeekEntriesRequest, SortType, Stat, Status,
};
use nspi_server::address_book::{AddressBook, Arena, MemoryBook, Reader, View};

use super::{book, everybody, names, numbered, string8};

const NAME: [PropertyTag; 1] = [tags::DISPLAY_NAME];

fn to(name: &str) -> NspiSeekEntriesRequest<'_> {
    NspiSeekEntriesRequest {
        handle: ContextHandle::NULL,
        reserved: 1,
        stat: Stat::default(),
        target: PropertyValue::new(tags::DISPLAY_NAME, Value::from(name)),
        explicit_table: None,
        columns: Some(PropertyTagArray::from(&NAME[..])),
    }
}

fn run(view: &dyn View, request: &NspiSeekEntriesRequest<'_>) -> Result<(Stat, Vec<String>), Status> {
    let arena = Arena::new();
    let response = Reader::new(view, &arena).seek_entries(request)?;
    Ok((response.stat, response.rows.as_ref().map(names).unwrap_or_default()))
}

#[test]
fn the_first_row_that_is_not_before_the_target_is_found() {
    let view = book(&["anna", "Bernd", "bert", "Carl", "Émile", "émilie"]);
    for (target, row) in [("", 0), ("a", 0), ("ANNA", 0), ("annb", 1), ("berne", 2), ("emile", 4), ("Émili", 5)] {
        let (stat, rows) = run(&*view, &to(target)).unwrap();
        assert_eq!((stat.num_pos, stat.current_rec), (row, everybody(&*view)[row as usize]), "{target}");
        assert_eq!((stat.total_recs, rows.len()), (6, 6 - row as usize));
    }
    assert_eq!(run(&*view, &to("f")), Err(Status::NOT_FOUND), "all are before");
}

#[test]
fn only_the_place_of_the_stat_changes() {
    let view = numbered(3);
    let stat = Stat { delta: -7, current_rec: MinimalId(0x9999), num_pos: 9, total_recs: 9, ..Stat::default() };
    let (after, rows) = run(&*view, &NspiSeekEntriesRequest { stat, ..to("P001") }).unwrap();
    assert_eq!(after, Stat { current_rec: everybody(&*view)[1], num_pos: 1, total_recs: 3, ..stat });
    assert_eq!(rows, ["P001", "P002"], "from the row found, wherever Delta points");
}

#[test]
fn rows_come_only_if_columns_do_and_of_a_container_fifty() {
    let view = numbered(120);
    let arena = Arena::new();
    let response =
        Reader::new(&*view, &arena).seek_entries(&NspiSeekEntriesRequest { columns: None, ..to("P") }).unwrap();
    assert_eq!((response.rows, response.stat.num_pos), (None, 0));
    assert_eq!(run(&*view, &to("P")).unwrap().1.len(), 50);
}

#[test]
fn rows_have_ephemeral_entry_ids() {
    let view = numbered(1);
    let arena = Arena::new();
    let columns = [tags::ENTRY_ID];
    let reader = Reader { server_guid: FlatUid([5; 16]), ..Reader::new(&*view, &arena) };
    let response =
        reader.seek_entries(&NspiSeekEntriesRequest { columns: Some(columns[..].into()), ..to("") }).unwrap();
    let Value::Binary(Some(octets)) = response.rows.unwrap().values()[0].value else { panic!() };
    assert_eq!(EphemeralEntryId::from_octets(octets).unwrap().id, everybody(&*view)[0]);
}

#[test]
fn an_explicit_table_is_searched_and_its_place_is_the_index_there() {
    let view = numbered(200);
    let every: Vec<MinimalId> = everybody(&*view).into_iter().step_by(2).collect();
    let request = NspiSeekEntriesRequest { explicit_table: Some(every[..].into()), ..to("P003") };
    let (stat, rows) = run(&*view, &request).unwrap();
    assert_eq!((stat.current_rec, stat.num_pos, stat.total_recs), (every[2], 2, 100));
    assert_eq!((rows.len(), rows[0].as_str()), (98, "P004"), "all that remain");
    let none = NspiSeekEntriesRequest { explicit_table: Some([].as_slice().into()), ..request };
    assert_eq!(run(&*view, &none), Err(Status::NOT_FOUND));
    let past = NspiSeekEntriesRequest { explicit_table: request.explicit_table, ..to("P199") };
    assert_eq!(run(&*view, &past), Err(Status::NOT_FOUND));
}

#[test]
fn an_explicit_table_must_be_sorted_rows_of_the_container() {
    let view = MemoryBook::company().view();
    let ids = everybody(&*view);
    let users = view.containers().last().unwrap().id;
    for (container_id, table) in
        [(MinimalId(0), vec![ids[1], ids[0]]), (MinimalId(0), vec![ids[0], MinimalId(0x9999)]), (users, vec![ids[1]])]
    {
        let stat = Stat { container_id, ..Stat::default() };
        let request = NspiSeekEntriesRequest { stat, explicit_table: Some(table[..].into()), ..to("a") };
        assert_eq!(run(&*view, &request), Err(Status::GENERAL_FAILURE), "{table:?}");
    }
}

#[test]
fn an_8_bit_target_is_read_in_the_code_page() {
    let view = MemoryBook::company().view();
    let mut request = to("");
    request.target = PropertyValue::new(string8(tags::DISPLAY_NAME), Value::String8(Some(Ansi(b"\xc4\xec\xe8"))));
    request.stat.code_page = CodePage(1251);
    assert_eq!(run(&*view, &request).unwrap().1[0], "Дмитрий Соколов");
    request.stat.code_page = CodePage(4711);
    assert_eq!(run(&*view, &request), Err(Status::INVALID_CODEPAGE));
}

#[test]
fn the_checks_of_seek_entries_come_in_their_order() {
    let view = numbered(3);
    let mut request = to("Q");
    request.target = PropertyValue::new(tags::TITLE, Value::from("x"));
    request.stat = Stat {
        code_page: CodePage::UNICODE,
        container_id: MinimalId(0xFFFF),
        sort_type: SortType::PHONETIC_DISPLAY_NAME,
        ..Stat::default()
    };
    assert_eq!(run(&*view, &request), Err(Status::NOT_SUPPORTED));
    request.stat.code_page = CodePage::WINDOWS_1252;
    assert_eq!(run(&*view, &request), Err(Status::INVALID_BOOKMARK));
    request.stat.container_id = MinimalId(0);
    for sort_type in [3, 1, 0x3E8].map(SortType) {
        request.stat.sort_type = sort_type;
        assert_eq!(run(&*view, &request), Err(Status::GENERAL_FAILURE));
    }
    request.stat.sort_type = SortType::DISPLAY_NAME;
    assert_eq!(run(&*view, &request), Err(Status::GENERAL_FAILURE), "a title");
    for value in [Value::Integer32(1), Value::String(None)] {
        request.target = PropertyValue::new(tags::DISPLAY_NAME, value);
        assert_eq!(run(&*view, &request), Err(Status::GENERAL_FAILURE));
    }
    request.target = to("Q").target;
    assert_eq!(run(&*view, &request), Err(Status::NOT_FOUND));
}
