//! [MS-NSPI 3.1.4.18, 3.1.4.19] NspiResolveNames and NspiResolveNamesW: whom names mean. Microsoft's cases S03_TC01 to 04,
//! S05_TC25 to 28.

use std::sync::Arc;

use nspi_proto::ndr::{Ansi, Utf16};
use nspi_proto::nspi::property::{Value, tags};
use nspi_proto::nspi::{
    CodePage, DisplayType, MinimalId, NspiResolveNamesRequest, NspiResolveNamesWRequest, PermanentEntryId, Stat, Status,
};
use nspi_server::address_book::{
    AddressBook, Arena, Container, Limits, MemoryBook, Object, Reader, Recipient, Table, View,
};

use super::{everybody, names, numbered};

const NOBODY: MinimalId = MinimalId::UNRESOLVED;
const SEVERAL: MinimalId = MinimalId::AMBIGUOUS;
const ONE: MinimalId = MinimalId::RESOLVED;

/// What becomes of each name, and the names of those who were found.
fn resolve(view: &dyn View, stat: Stat, asked: &[&str]) -> Result<(Vec<MinimalId>, Vec<String>), Status> {
    let arena = Arena::new();
    let asked: Vec<Option<Utf16<'_>>> = asked.iter().map(|name| Some(Utf16::from(*name))).collect();
    let columns = [tags::DISPLAY_NAME];
    let request = NspiResolveNamesWRequest {
        stat,
        columns: Some((&columns[..]).into()),
        names: asked[..].into(),
        // Outlook sends anything here.
        reserved: 0x0804,
        ..Default::default()
    };
    let response = Reader::new(view, &arena).resolve_names_w(&request)?;
    assert_eq!(response.status, Status::SUCCESS);
    Ok((response.ids.unwrap().0.iter().collect(), names(&response.rows.unwrap())))
}

fn company() -> Arc<dyn View> {
    MemoryBook::company().view()
}

/// Whom one name means in the company.
fn meant(name: &str) -> String {
    match resolve(&*company(), Stat::default(), &[name]).unwrap() {
        (ids, rows) if ids == [ONE] => rows.join("; "),
        (ids, rows) => {
            assert_eq!(rows.len(), 0, "rows only of those who were found");
            if ids == [SEVERAL] { "several".into() } else { "nobody".into() }
        }
    }
}

#[test]
fn a_name_is_resolved_ambiguous_or_unresolved_and_rows_are_of_the_resolved_in_order() {
    let (ids, rows) = resolve(&*company(), Stat::default(), &["bob", "a", "nobody", "Alice Adams", "", "bob"]).unwrap();
    assert_eq!(ids, [ONE, SEVERAL, NOBODY, ONE, NOBODY, ONE]);
    assert_eq!(rows, ["Bob Baker", "Alice Adams", "Bob Baker"]);
}

#[test]
fn a_name_is_the_beginning_of_any_name_that_somebody_has() {
    for (name, expected) in [
        ("Alice A", "Alice Adams"),
        ("ALI", "Alice Adams"),
        ("adams", "Alice Adams"),
        ("carol.clark", "Carol Clark"),
        ("carol.clark@acme.test", "Carol Clark"),
        ("carol.clark@mail.ac", "Carol Clark"),
        ("SMTP:carol.clark@acme.test", "Carol Clark"),
        ("/o=ACME/ou=First Administrative Group/cn=recipients/cn=CAROL.clark", "Carol Clark"),
        ("/o=ACME/ou=First Administrative Group/cn=recipients/cn=CAROL.clar", "nobody"),
        ("Clark Car", "Carol Clark"),
        ("Car  Cl", "Carol Clark"),
        ("  Carol Clark ", "Carol Clark"),
        ("Carol Clarke", "nobody"),
        ("lark", "nobody"),
        ("all", "several"),
    ] {
        assert_eq!(meant(name), expected, "{name}");
    }
}

#[test]
fn marks_do_not_matter_and_any_script_is_found() {
    for (name, expected) in [
        ("zofie", "Žofie Ångström"),
        ("Angstrom", "Žofie Ångström"),
        ("MUÑOZ", "José Muñoz"),
        ("nguyen", "Ánh Nguyễn"),
        ("山田", "山田 太郎"),
        ("太郎", "山田 太郎"),
        ("ДМИТРИЙ", "Дмитрий Соколов"),
        ("الحداد", "ليلى الحداد"),
        ("weiße", "Walter Weiße\u{301}"),
    ] {
        assert_eq!(meant(name), expected, "{name}");
    }
}

#[test]
fn an_equals_sign_asks_for_all_of_a_name() {
    let person = |account: &str, name: &str| {
        Recipient::new(DisplayType::MAIL_USER, format!("/cn={account}"), name).text(tags::ACCOUNT, account)
    };
    let view =
        MemoryBook::new([person("ann", "Ann"), person("anna", "Anna"), person("annabel", "Anna")]).unwrap().view();
    let of = |name| resolve(&*view, Stat::default(), &[name]).unwrap().0[0];
    assert_eq!(
        [of("ann"), of("=ann"), of("= ANN"), of("=an"), of("=Anna"), of("=annabel"), of("="), of("=/CN=ann")],
        [SEVERAL, ONE, ONE, NOBODY, SEVERAL, ONE, NOBODY, ONE]
    );
}

#[test]
fn only_the_container_is_searched() {
    let view = company();
    let groups = view.containers().iter().find(|container| container.display_name == "All Groups").unwrap().id;
    let stat = Stat { container_id: groups, ..Stat::default() };
    assert_eq!(
        resolve(&*view, stat, &["alice", "all eng"]).unwrap(),
        (vec![NOBODY, ONE], vec!["All Engineering".into()])
    );
}

#[test]
fn rows_have_permanent_entry_ids_and_the_seven_columns_unless_others_are_named() {
    let view = company();
    let arena = Arena::new();
    let names = [Some(Utf16::from("bob"))];
    let columns = [tags::ENTRY_ID];
    let mut request = NspiResolveNamesWRequest {
        names: names[..].into(),
        columns: Some((&columns[..]).into()),
        ..Default::default()
    };
    let rows = Reader::new(&*view, &arena).resolve_names_w(&request).unwrap().rows.unwrap();
    let Value::Binary(Some(octets)) = rows.values()[0].value else { panic!("{rows:?}") };
    let entry_id = PermanentEntryId::from_octets(octets).unwrap();
    assert_eq!(entry_id.distinguished_name, b"/o=ACME/ou=First Administrative Group/cn=Recipients/cn=bob");
    request.columns = None;
    let rows = Reader::new(&*view, &arena).resolve_names_w(&request).unwrap().rows.unwrap();
    assert_eq!(rows.values().len(), 7);
}

#[test]
fn eight_bit_names_are_read_in_the_code_page_and_null_is_nobody() {
    let view = company();
    let arena = Arena::new();
    let reader = Reader::new(&*view, &arena);
    let names = [Some(Ansi(b"\xcd\xec\xec")), None, Some(Ansi(b"\xc4\xec\xe8\xf2")), Some(Ansi(b"Zofie"))];
    let columns = [tags::DISPLAY_NAME];
    let stat = Stat { code_page: CodePage(1251), ..Stat::default() };
    let mut request = NspiResolveNamesRequest {
        stat,
        names: names[..].into(),
        columns: Some((&columns[..]).into()),
        ..Default::default()
    };
    let response = reader.resolve_names(&request).unwrap();
    assert_eq!(response.ids.unwrap().0.iter().collect::<Vec<_>>(), [NOBODY, NOBODY, ONE, ONE]);
    assert_eq!(super::names(&response.rows.unwrap()), ["Дмитрий Соколов", "Žofie Ångström"]);
    request.stat.code_page = CodePage(4711);
    assert_eq!(reader.resolve_names(&request).map(|_| ()), Err(Status::INVALID_CODEPAGE));
    request.stat.container_id = MinimalId(0xFFFF);
    assert_eq!(reader.resolve_names(&request).map(|_| ()), Err(Status::INVALID_BOOKMARK));
    request.stat.code_page = CodePage::UNICODE;
    assert_eq!(reader.resolve_names(&request).map(|_| ()), Err(Status::NOT_SUPPORTED));
}

#[test]
fn the_checks_of_resolve_names_come_in_their_order() {
    let view = numbered(3);
    let mut stat = Stat { code_page: CodePage::UNICODE, container_id: MinimalId(0xFFFF), ..Stat::default() };
    assert_eq!(resolve(&*view, stat, &["P"]), Err(Status::NOT_SUPPORTED));
    stat.code_page = CodePage::WINDOWS_1252;
    assert_eq!(resolve(&*view, stat, &["P"]), Err(Status::INVALID_BOOKMARK));
}

#[test]
fn names_are_limited_and_so_is_the_work() {
    let view = numbered(9);
    let arena = Arena::new();
    let names = [Some(Utf16::from("P00 x")); 3];
    let request = NspiResolveNamesWRequest { names: names[..].into(), ..Default::default() };
    let limited = |limits| Reader { limits, ..Reader::new(&*view, &arena) }.resolve_names_w(&request).map(|_| ());
    let plenty = Limits::default();
    assert_eq!(limited(plenty), Ok(()));
    assert_eq!(limited(Limits { rows: 2, ..plenty }), Err(Status::TABLE_TOO_BIG));
    assert_eq!(limited(Limits { comparisons: 0, ..plenty }), Ok(()), "nobody is called x: nobody is looked at");
    let names = [Some(Utf16::from("P001"))];
    let request = NspiResolveNamesWRequest { names: names[..].into(), ..request };
    let none = Reader { limits: Limits { comparisons: 0, ..plenty }, ..Reader::new(&*view, &arena) };
    assert_eq!(none.resolve_names_w(&request).map(|_| ()), Err(Status::OUT_OF_RESOURCES));
}

/// A book without an index: what a third party would write.
struct Plain(Arc<dyn View>);

impl View for Plain {
    fn containers(&self) -> &[Container] {
        self.0.containers()
    }
    fn hierarchy_version(&self) -> u32 {
        self.0.hierarchy_version()
    }
    fn rows(&self, table: Table) -> Option<&[MinimalId]> {
        self.0.rows(table)
    }
    fn position(&self, table: Table, id: MinimalId) -> Option<usize> {
        self.0.position(table, id)
    }
    fn object(&self, id: MinimalId) -> Option<Object<'_>> {
        self.0.object(id)
    }
    fn value<'a>(&'a self, id: MinimalId, tag: super::PropertyTag, arena: &'a Arena) -> Option<Value<'a>> {
        self.0.value(id, tag, arena)
    }
    fn tags(&self, id: MinimalId) -> &[super::PropertyTag] {
        self.0.tags(id)
    }
}

#[test]
fn a_backend_without_an_index_gives_the_same_answers() {
    let indexed = company();
    let plain = Plain(indexed.clone());
    let mut asked: Vec<String> =
        ["a", "al", "alice", "all", "山", "room t", "bob b", "baker bo", "x", "=bob", "smtp:", "ng"]
            .map(String::from)
            .into();
    for id in everybody(&*indexed) {
        let name = indexed.object(id).unwrap().distinguished_name;
        assert_eq!((plain.find(name), indexed.find(name)), (Some(id), Some(id)));
        asked.push(name.rsplit('=').next().unwrap().into());
    }
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let stat = Stat::default();
    assert_eq!(resolve(&plain, stat, &asked).unwrap(), resolve(&*indexed, stat, &asked).unwrap());
    for name in ["", "a", "Bob Baker", "bob baker ", "Ž", "山", "\u{10FFFF}"] {
        assert_eq!(plain.seek(Table::everybody(), name), indexed.seek(Table::everybody(), name));
    }
}
