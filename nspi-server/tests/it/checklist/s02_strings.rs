//! S02, strings: the type that a tag asks for, in the code page of the STAT.

use nspi_proto::ndr::Ansi;
use nspi_proto::nspi::property::{PropertyRowBuf, PropertyTag, PropertyValue, Value, ValueBuf, tags};
use nspi_proto::nspi::{CodePage, RelationalOperator, Restriction, RetrieveFlags, Stat};

use super::lab::{Lab, matching, name, stat};

const ZOE: &str = "/o=ACME/ou=First/cn=Recipients/cn=zoe";

/// Name in Unicode; title, and the printable name, which is natively 8-bit in CP_TELETEX, in octets and in Unicode.
pub(super) const COLUMNS: [PropertyTag; 4] =
    [tags::DISPLAY_NAME, PropertyTag(0x3A17_001E), PropertyTag(0x39FF_001E), tags::DISPLAY_NAME_PRINTABLE];

pub(super) const CODE_PAGES: [(CodePage, &[u8]); 4] = [
    (CodePage::TELETEX, b"\xc8Ubersetzerin"),
    (CodePage::WINDOWS_1252, b"\xdcbersetzerin"),
    (CodePage(850), b"\x9abersetzerin"),
    (CodePage(1253), b"?bersetzerin"),
];

/// What Zoë's row holds in a code page that writes her title so.
pub(super) fn assert_converted(row: &PropertyRowBuf, title: &[u8]) {
    let [name, octets, printable, text] = &row.values[..] else { panic!("{row:?}") };
    assert_eq!(name.value.to_string(), "Zoë Ångström");
    assert_eq!(octets.value, ValueBuf::String8(Some(title.into())));
    assert_eq!(printable.value, ValueBuf::String8(Some((*b"Zo\xc8e \xcaAngstr\xc8om").into())), "natively 8-bit");
    assert_eq!(text.value.to_string(), "Zoë Ångström");
}

#[tokio::test]
async fn s02_tc32_props_convert_strings_to_the_type_of_the_tag() {
    let lab = Lab::open().await;
    let zoe = lab.id_of(ZOE).await;
    for (code_page, title) in CODE_PAGES {
        let at_zoe = Stat { code_page, current_rec: zoe, ..stat() };
        let (row, _) = lab.props(RetrieveFlags::empty(), at_zoe, &COLUMNS).await;
        assert_converted(&row.unwrap(), title);
    }
    lab.close().await;
}

#[tokio::test]
async fn s02_tc33_rows_convert_strings_to_the_type_of_the_tag() {
    let lab = Lab::open().await;
    let zoe = lab.id_of(ZOE).await;
    for (code_page, title) in CODE_PAGES {
        let at_zoe = Stat { code_page, current_rec: zoe, ..stat() };
        assert_converted(&lab.rows_from(at_zoe, 1, &COLUMNS).await.rows()[0], title);
    }
    lab.close().await;
}

#[tokio::test]
async fn s02_tc34_matches_convert_strings_both_ways() {
    let lab = Lab::open().await;
    for (code_page, title) in CODE_PAGES {
        let sent = Stat { code_page, ..stat() };
        let wanted =
            if title.contains(&b'?') { Value::from("Übersetzerin") } else { Value::String8(Some(Ansi(title))) };
        let value = Some(PropertyValue::new(tags::TITLE, wanted));
        let is = Restriction::Property { operator: RelationalOperator::EQUAL, tag: tags::TITLE, value };
        let table = lab.matches(matching(sent, is, &COLUMNS)).await;
        assert_eq!(table.rows().len(), 1, "{code_page:?}");
        assert_converted(&table.rows()[0], title);
    }
    lab.close().await;
}

#[tokio::test]
async fn s02_tc35_seek_entries_converts_strings_both_ways() {
    let lab = Lab::open().await;
    for (code_page, title) in CODE_PAGES {
        let sent = Stat { code_page, ..stat() };
        let target = match code_page {
            CodePage::TELETEX => Value::String8(Some(Ansi(b"Zo\xc8e"))),
            CodePage::WINDOWS_1252 => Value::String8(Some(Ansi(b"Zo\xeb"))),
            _ => name("Zoë").value,
        };
        let table = lab.seek(sent, PropertyValue::new(tags::DISPLAY_NAME, target), None, &COLUMNS, 0).await;
        assert_converted(&table.rows()[0], title);
    }
    lab.close().await;
}
