//! [MS-NSPI 3.1.4.20] NspiGetTemplateInfo; [MS-OXOABKT] what templates are made of, and the table of address creation.

use nspi_proto::ndr::{Ansi, ContextHandle};
use nspi_proto::nspi::property::{PropertyTag, PropertyType, PropertyValue, Value, tags};
use nspi_proto::nspi::{
    CodePage, DisplayType, Lcid, NspiGetSpecialTableRequest, NspiGetTemplateInfoRequest, PermanentEntryId,
    SpecialTableFlags, Stat, Status, TemplateInfoFlags,
};
use nspi_server::address_book::{AddressBook, Arena, MemoryBook, Reader, SCRIPT_DATA, TEMPLATE_DATA};

use super::string8;

const DIALOG: TemplateInfoFlags = TemplateInfoFlags::TEMPLATE;
const SCRIPT: TemplateInfoFlags = TemplateInfoFlags::SCRIPT;

/// The kinds of objects that have a template.
const SHOWN: [DisplayType; 6] = [
    DisplayType::MAIL_USER,
    DisplayType::DIST_LIST,
    DisplayType::FORUM,
    DisplayType::AGENT,
    DisplayType::REMOTE_MAIL_USER,
    DisplayType::SEARCH,
];

fn of(kind: DisplayType, flags: TemplateInfoFlags) -> NspiGetTemplateInfoRequest<'static> {
    NspiGetTemplateInfoRequest {
        handle: ContextHandle::NULL,
        flags,
        display_type: kind,
        distinguished_name: None,
        code_page: CodePage::WINDOWS_1252,
        locale: Lcid::DEFAULT,
    }
}

/// Asks, and looks at the row.
fn asked<T>(
    request: &NspiGetTemplateInfoRequest<'_>,
    look: impl FnOnce(&[PropertyValue<'_>]) -> T,
) -> Result<T, Status> {
    let (view, arena) = (MemoryBook::company().view(), Arena::new());
    let response = Reader::new(&*view, &arena).template_info(request)?;
    assert_eq!(response.status, Status::SUCCESS);
    Ok(look(&response.row.unwrap().values.unwrap()))
}

fn octets(row: &[PropertyValue<'_>], tag: PropertyTag) -> Vec<u8> {
    match row.iter().find(|value| value.tag == tag).unwrap().value {
        Value::Binary(Some(octets)) => octets.to_vec(),
        other => panic!("{other:?}"),
    }
}

/// A control, read back as a client does.
#[derive(Debug, PartialEq)]
struct Control {
    place: [u32; 4],
    kind: u32,
    flags: u32,
    property: PropertyTag,
    size: u32,
    text: Vec<u8>,
}

fn word(octets: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(octets[at..at + 4].try_into().unwrap())
}

fn controls(dialog: &[u8]) -> Vec<Control> {
    assert_eq!(word(dialog, 0), 1, "Type");
    let count = word(dialog, 4) as usize;
    let control = |at: usize| {
        let [x, width, y, height, kind, flags, property, size, text] =
            [0, 1, 2, 3, 4, 5, 6, 7, 8].map(|n| word(dialog, at + 4 * n));
        assert!(text as usize >= 8 + 36 * count, "strings stand behind the rows");
        let text = dialog[text as usize..].split(|octet| *octet == 0).next().unwrap().to_vec();
        Control { place: [x, y, width, height], kind, flags, property: PropertyTag(property), size, text }
    };
    (0..count).map(|row| control(8 + 36 * row)).collect()
}

#[test]
fn each_kind_of_object_has_a_dialog_that_begins_with_a_page() {
    for kind in SHOWN {
        let controls = asked(&of(kind, DIALOG), |row| controls(&octets(row, TEMPLATE_DATA))).unwrap();
        assert_eq!((controls[0].kind, &controls[0].text[..]), (8, &b"General"[..]), "{kind:?}");
        assert!(controls.len() > 6, "{kind:?}");
    }
    for kind in [DisplayType::ORGANIZATION, DisplayType::CONTAINER, DisplayType::ADDRESS_TEMPLATE, DisplayType(4711)] {
        assert_eq!(asked(&of(kind, DIALOG), |_| ()), Err(Status::INVALID_LOCALE), "{kind:?}");
    }
}

#[test]
fn controls_keep_to_the_limits_of_their_kind_and_do_not_lie_over_each_other() {
    for kind in SHOWN {
        let controls = asked(&of(kind, DIALOG), |row| controls(&octets(row, TEMPLATE_DATA))).unwrap();
        let mut below = 0;
        for control in &controls {
            let [x, y, width, height] = control.place;
            let property_type = control.property.property_type();
            match control.kind {
                0x0 => assert!(control.text.len() < 128 && control.property.0 == 0 && y >= below),
                0x1 => assert!(control.text == b"*" && control.size > 0 && property_type == PropertyType::STRING),
                0x2 => assert!(control.text == b"*" && property_type == PropertyType::EMBEDDED_TABLE && y >= below),
                0x7 => assert!(control.text.len() < 128 && control.property.0 == 0x6704_000D && y >= below),
                0x8 => assert!(control.text.len() < 32 && control.place == [0; 4]),
                0xB => assert!(control.text == b"*" && property_type == PropertyType::MULTIPLE_STRING && y >= below),
                other => panic!("{other:#x} is no control that is used"),
            }
            assert!(x + width <= 360 && y + height <= 300, "{control:?} leaves the display area");
            // A field stands beside its label, everything else below what was before.
            below = if control.kind == 0x8 { 0 } else { y + if control.kind == 0 { 0 } else { height } };
        }
        let editable = kind == DisplayType::SEARCH;
        let fields = controls.iter().filter(|control| control.kind == 1);
        assert!(fields.into_iter().all(|field| (field.flags & 2 != 0) == editable), "{kind:?}");
    }
}

#[test]
fn the_person_shows_what_the_address_book_has() {
    let controls = asked(&of(DisplayType::MAIL_USER, DIALOG), |row| controls(&octets(row, TEMPLATE_DATA))).unwrap();
    let label = |text: &[u8]| controls.iter().position(|control| control.text == text).unwrap();
    for (text, property) in [
        (&b"&First:"[..], tags::GIVEN_NAME),
        (b"&Title:", tags::TITLE),
        (b"&Manager:", tags::MANAGER),
        (b"&E-mail addresses:", tags::PROXY_ADDRESSES),
    ] {
        assert_eq!(controls[label(text) + 1].property, property);
    }
}

#[test]
fn strings_are_in_the_code_page_that_was_asked_for() {
    let in_page = |code_page| {
        asked(&NspiGetTemplateInfoRequest { code_page, ..of(DisplayType::DIST_LIST, DIALOG) }, |row| {
            octets(row, TEMPLATE_DATA)
        })
    };
    let latin = in_page(CodePage::WINDOWS_1252).unwrap();
    // Without letters beyond ASCII they are the same in most of them; EBCDIC is not.
    assert_eq!(in_page(CodePage(932)), Ok(latin.clone()));
    for code_page in [CodePage::UNICODE, CodePage(4711)] {
        assert_eq!(in_page(code_page), Err(Status::INVALID_CODEPAGE));
    }
}

#[test]
fn a_locale_without_templates_is_refused_after_the_code_page() {
    let french = NspiGetTemplateInfoRequest { locale: Lcid(0x40C), ..of(DisplayType::MAIL_USER, DIALOG) };
    assert_eq!(asked(&french, |_| ()), Err(Status::INVALID_LOCALE));
    let both = NspiGetTemplateInfoRequest { code_page: CodePage::UNICODE, ..french };
    assert_eq!(asked(&both, |_| ()), Err(Status::INVALID_CODEPAGE));
}

#[test]
fn what_is_not_asked_for_or_not_there_is_left_out() {
    let tags = |flags| asked(&of(DisplayType::MAIL_USER, flags), |row| row.iter().map(|value| value.tag).collect());
    assert_eq!(tags(TemplateInfoFlags::empty()), Ok(vec![]));
    assert_eq!(tags(SCRIPT), Ok(vec![SCRIPT_DATA]));
    assert_eq!(tags(TemplateInfoFlags::all()), Ok(vec![TEMPLATE_DATA, SCRIPT_DATA]), "no help file, no e-mail type");
    let empty = asked(&of(DisplayType::MAIL_USER, SCRIPT), |row| octets(row, SCRIPT_DATA)).unwrap();
    assert_eq!(empty, [1, 0, 0, 0, 0, 0, 0, 0], "one word: Halt");
}

/// The address creation table of a locale in a code page: the rows' values.
fn creation_table<T>(
    locale: Lcid,
    code_page: CodePage,
    look: impl FnOnce(Vec<Vec<PropertyValue<'_>>>) -> T,
) -> Result<T, Status> {
    let (view, arena) = (MemoryBook::company().view(), Arena::new());
    let request = NspiGetSpecialTableRequest {
        flags: SpecialTableFlags::all(),
        stat: Stat { template_locale: locale, code_page, ..Stat::default() },
        version: 7,
        ..Default::default()
    };
    let (version, rows) = Reader::new(&*view, &arena).special_table(&request)?;
    assert_eq!(version, 7, "as it came");
    Ok(look(rows.rows().map(|row| row.values.unwrap().to_vec()).collect()))
}

#[test]
fn the_creation_table_has_a_row_for_internet_addresses() {
    let row = creation_table(Lcid::DEFAULT, CodePage::WINDOWS_1252, |rows| {
        let [row] = <[_; 1]>::try_from(rows).unwrap();
        row.iter().map(|value| value.tag).collect::<Vec<_>>()
    });
    let columns = [
        string8(tags::ADDRESS_TYPE),
        string8(tags::DISPLAY_NAME),
        tags::DISPLAY_TYPE,
        tags::ENTRY_ID,
        tags::DEPTH,
        PropertyTag(0x3609_000B),
        tags::INSTANCE_KEY,
    ];
    assert_eq!(row, Ok(columns.to_vec()), "[MS-OXOABKT 2.2.1], 8-bit strings though Unicode was asked for, too");
}

#[test]
fn the_creation_table_of_another_locale_is_empty_and_no_error() {
    for code_page in [CodePage::WINDOWS_1252, CodePage::UNICODE, CodePage(4711)] {
        assert_eq!(creation_table(Lcid(0x40C), code_page, |rows| rows.len()), Ok(0));
    }
    assert_eq!(creation_table(Lcid::DEFAULT, CodePage(4711), |_| ()), Err(Status::INVALID_CODEPAGE));
    let name = creation_table(Lcid::DEFAULT, CodePage::UNICODE, |rows| rows[0][1].tag);
    assert_eq!(name, Ok(tags::DISPLAY_NAME), "a code page without octets has strings all the same");
}

#[test]
fn the_entry_id_of_a_row_names_a_template_that_makes_an_address() {
    let name = creation_table(Lcid::DEFAULT, CodePage::WINDOWS_1252, |rows| {
        let id = octets(&rows[0], tags::ENTRY_ID);
        let id = PermanentEntryId::from_octets(&id).unwrap();
        assert_eq!(id.display_type, DisplayType::ADDRESS_TEMPLATE);
        id.distinguished_name.to_vec()
    })
    .unwrap();
    // Neither kind nor locale matter beside a name.
    for (kind, locale) in [(DisplayType::MAIL_USER, Lcid::DEFAULT), (DisplayType(4711), Lcid(0x40C))] {
        let request = NspiGetTemplateInfoRequest {
            distinguished_name: Some(Ansi(&name)),
            locale,
            ..of(kind, DIALOG | SCRIPT | TemplateInfoFlags::EMAIL_TYPE)
        };
        asked(&request, |row| {
            let typed: Vec<_> = controls(&octets(row, TEMPLATE_DATA)).into_iter().filter(|c| c.kind == 1).collect();
            assert!(typed.iter().all(|field| field.flags == 0x6), "editable and required");
            assert_eq!(typed[0].property, tags::DISPLAY_NAME);
            // Three words: emit the value of the second field, and halt.
            let script = octets(row, SCRIPT_DATA);
            let words: Vec<u32> = (0..4).map(|n| word(&script, 4 * n)).collect();
            assert_eq!((words, script.len()), (vec![3, 2, typed[1].property.0, 0], 16));
            assert_eq!(row[2], PropertyValue::new(tags::ADDRESS_TYPE, Value::String8(Some(Ansi(b"SMTP")))));
        })
        .unwrap();
    }
    let nobody = NspiGetTemplateInfoRequest { distinguished_name: Some(Ansi(b"/o=NT5/cn=no")), ..of(SHOWN[0], DIALOG) };
    assert_eq!(asked(&nobody, |_| ()), Err(Status::INVALID_LOCALE));
}
