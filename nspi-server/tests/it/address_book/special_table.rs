//! [MS-NSPI 3.1.4.17] NspiGetSpecialTable.

use std::sync::Arc;

use nspi_proto::ndr::Ansi;
use nspi_proto::nspi::property::{PropertyTag, Value, tags};
use nspi_proto::nspi::{
    CodePage, DisplayType, MinimalId, NspiGetSpecialTableRequest, PermanentEntryId, SpecialTableFlags, Stat, Status,
};
use nspi_server::address_book::{AddressBook, Arena, Container, MemoryBook, Object, Reader, Table, View};

use super::{book, names, string8};

const UNICODE: SpecialTableFlags = SpecialTableFlags::UNICODE_STRINGS;

#[test]
fn the_hierarchy_begins_with_the_global_address_list() {
    let view = MemoryBook::company().view();
    let arena = Arena::new();
    let request = NspiGetSpecialTableRequest { flags: UNICODE, ..Default::default() };
    let (version, rows) = Reader::new(&*view, &arena).special_table(&request).unwrap();
    assert_eq!(version, view.hierarchy_version());
    assert_eq!(names(&rows), ["Global Address List", "All Groups", "All Rooms", "All Users"]);

    let entry_id = PermanentEntryId { display_type: DisplayType::CONTAINER, distinguished_name: b"/" }.to_octets();
    let first = rows.rows().next().unwrap().values.unwrap();
    let expected: [(PropertyTag, Value<'_>); 6] = [
        (tags::ENTRY_ID, Value::Binary(Some(&entry_id))),
        (tags::CONTAINER_FLAGS, Value::Integer32(1 | 8)),
        (tags::DEPTH, Value::Integer32(0)),
        (tags::CONTAINER_ID, Value::Integer32(0)),
        (tags::DISPLAY_NAME, Value::from("Global Address List")),
        (tags::IS_MASTER, Value::Boolean(0)),
    ];
    assert_eq!(first.iter().map(|value| (value.tag, value.value)).collect::<Vec<_>>(), expected);
}

#[test]
fn each_container_of_the_hierarchy_can_be_opened() {
    let view = MemoryBook::company().view();
    for container in view.containers() {
        let table = Table::from(&Stat { container_id: container.id, ..Stat::default() });
        assert!(!view.rows(table).unwrap().is_empty(), "{container:?}");
        assert!(container.id == MinimalId(0) || view.object(container.id).is_none(), "no object has its id");
    }
}

#[test]
fn strings_are_8_bit_unless_unicode_is_asked_for() {
    let view = book(&["Ann"]);
    let arena = Arena::new();
    let (_, rows) = Reader::new(&*view, &arena).special_table(&NspiGetSpecialTableRequest::default()).unwrap();
    let name = rows.values()[4];
    assert_eq!(
        (name.tag, name.value),
        (string8(tags::DISPLAY_NAME), Value::String8(Some(Ansi(b"Global Address List"))))
    );
}

#[test]
fn the_current_version_brings_no_rows() {
    let view = book(&["Ann"]);
    let arena = Arena::new();
    let version = view.hierarchy_version();
    assert_ne!(version, 0, "what a client sends that has no hierarchy");
    let request = NspiGetSpecialTableRequest { flags: UNICODE, version, ..Default::default() };
    let (answered, rows) = Reader::new(&*view, &arena).special_table(&request).unwrap();
    assert_eq!((answered, rows.len()), (version, 0));
}

#[test]
fn the_version_follows_the_containers_and_not_the_run() {
    let version = |names: &[&str]| book(names).hierarchy_version();
    assert_eq!(version(&["Ann", "Ben"]), version(&["Cem", "Dan"]));
    assert_ne!(version(&["Ann"]), MemoryBook::company().view().hierarchy_version());
}

#[test]
fn the_code_page_matters_only_to_8_bit_strings() {
    let view = book(&["Ann"]);
    let arena = Arena::new();
    let status = |code_page, flags| {
        let request =
            NspiGetSpecialTableRequest { flags, stat: Stat { code_page, ..Stat::default() }, ..Default::default() };
        Reader::new(&*view, &arena).special_table(&request).map(|_| ())
    };
    assert_eq!(status(CodePage::UNICODE, SpecialTableFlags::default()), Err(Status::NOT_SUPPORTED));
    assert_eq!(status(CodePage(4711), SpecialTableFlags::default()), Err(Status::INVALID_CODEPAGE));
    assert_eq!(status(CodePage::UNICODE, UNICODE), Ok(()));
    assert_eq!(status(CodePage(4711), UNICODE), Ok(()));
}

/// What a third party would write: a hierarchy of two levels, with nobody in it.
struct Nested(Vec<Container>);

impl View for Nested {
    fn containers(&self) -> &[Container] {
        &self.0
    }
    fn hierarchy_version(&self) -> u32 {
        1
    }
    fn rows(&self, table: Table) -> Option<&[MinimalId]> {
        self.0.iter().any(|container| container.id == table.container).then_some(&[])
    }
    fn position(&self, _: Table, _: MinimalId) -> Option<usize> {
        None
    }
    fn object(&self, _: MinimalId) -> Option<Object<'_>> {
        None
    }
    fn value<'a>(&'a self, _: MinimalId, _: PropertyTag, _: &'a Arena) -> Option<Value<'a>> {
        None
    }
    fn tags(&self, _: MinimalId) -> &[PropertyTag] {
        &[]
    }
}

#[test]
fn a_container_under_another_says_which_and_that_one_says_so() {
    let (above, below) = (MinimalId(0x10), MinimalId(0x11));
    let list = |id, name: &str, parent, depth| Container {
        id,
        distinguished_name: format!("/guid={:032x}", id.0),
        display_name: name.into(),
        parent,
        depth,
    };
    let view: Arc<dyn View> = Arc::new(Nested(vec![
        Container::global_address_list(),
        list(above, "All Address Lists", None, 0),
        list(below, "All Users", Some(above), 1),
    ]));
    let arena = Arena::new();
    let request = NspiGetSpecialTableRequest { flags: UNICODE, ..Default::default() };
    let (_, rows) = Reader::new(&*view, &arena).special_table(&request).unwrap();
    let rows: Vec<_> = rows.rows().collect();
    assert_eq!(rows.iter().map(|row| row.values.unwrap().len()).collect::<Vec<_>>(), [6, 6, 7]);
    let flags = |row: usize| rows[row].find(tags::CONTAINER_FLAGS).unwrap().value;
    assert_eq!([flags(0), flags(1), flags(2)], [1 | 8, 1 | 2 | 8, 1 | 8].map(Value::Integer32));
    assert_eq!(rows[2].find(tags::DEPTH).unwrap().value, Value::Integer32(1));
    let parent = rows[2].find(tags::PARENT_ENTRY_ID).unwrap().value;
    assert_eq!(parent, rows[1].find(tags::ENTRY_ID).unwrap().value);
}
