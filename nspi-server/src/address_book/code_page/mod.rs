//! Characters to the octets of a code page, and back.
//!
//! | code pages | from |
//! |---|---|
//! | CP_TELETEX (20261) | a table of our own |
//! | what the web still knows: 125x, 874, 932, 936, 949, 950, ISO 8859, KOI8, 65001, .. | `encoding_rs`, numbered by `codepage` |
//! | DOS: 437, 720, 737, 775, 850 to 869 | `oem_cp` |
//! | 20127, 28591, 28599, 28601 | ASCII; and what the web takes for its Windows cousin, without the cousin's additions |
//!
//! What a code page lacks becomes `?`; octets that are no character become U+FFFD. EBCDIC and UTF-7 are not supported.

mod teletex;

use std::borrow::Cow;

use bumpalo::collections::{String as ArenaString, Vec as ArenaVec};
use encoding_rs::{EncoderResult, Encoding, WINDOWS_874, WINDOWS_1252, WINDOWS_1254};
use nspi_proto::nspi::CodePage;
use oem_cp::OEMCPHashMap;
use oem_cp::code_table::{DECODING_TABLE_CP_MAP, ENCODING_TABLE_CP_MAP};
use oem_cp::code_table_type::TableType;

use super::Arena;

pub(super) use teletex::fits as fits_teletex;

/// Whether a session may speak a code page: all that Windows numbers and somebody here knows, CP_TELETEX, and
/// CP_WINUNICODE, which says that 8-bit strings will not be asked for [MS-NSPI 2.2.1.4].
///
/// ```
/// use nspi_proto::nspi::CodePage;
/// use nspi_server::address_book::code_page::is_supported;
/// assert!([CodePage::WINDOWS_1252, CodePage::TELETEX, CodePage(932), CodePage(850)].map(is_supported) == [true; 4]);
/// assert!(!is_supported(CodePage(4711)));
/// ```
#[must_use]
pub fn is_supported(code_page: CodePage) -> bool {
    code_page == CodePage::UNICODE || has_octets(code_page)
}

/// Whether a code page has 8-bit strings that can be made here.
pub(super) fn has_octets(code_page: CodePage) -> bool {
    table(code_page).is_some()
}

/// How a code page is written.
enum Table {
    Teletex,
    Ascii,
    /// ISO 8859: as the Windows code page, but that 0x80 to 0x9F are control characters.
    Iso(&'static Encoding),
    Oem(&'static OEMCPHashMap<char, u8>, &'static TableType),
    Web(&'static Encoding),
}

/// The table of a code page. UTF-16 is none of octets.
fn table(code_page: CodePage) -> Option<Table> {
    let number = u16::try_from(code_page.0).ok()?;
    Some(match number {
        20261 => Table::Teletex,
        20127 => Table::Ascii,
        28591 => Table::Iso(WINDOWS_1252),
        28599 => Table::Iso(WINDOWS_1254),
        28601 => Table::Iso(WINDOWS_874),
        _ => match codepage::to_encoding_no_replacement(number) {
            Some(encoding) if encoding.output_encoding() == encoding => Table::Web(encoding),
            Some(_) => return None,
            None => Table::Oem(ENCODING_TABLE_CP_MAP.get(&number)?, DECODING_TABLE_CP_MAP.get(&number)?),
        },
    })
}

impl Table {
    /// Whether ASCII is written as it is.
    fn lends_ascii(&self) -> bool {
        match self {
            Self::Web(encoding) => encoding.is_ascii_compatible(),
            _ => true,
        }
    }
}

/// `text` as octets of a code page, without a terminator; `?` for what it lacks. `None` if there is no such code page
/// of octets. ASCII is lent, not copied, where the code page writes it as it is.
#[must_use]
pub fn encode<'a>(text: &'a str, code_page: CodePage, arena: &'a Arena) -> Option<&'a [u8]> {
    let table = table(code_page)?;
    if table.lends_ascii() && text.is_ascii() {
        return Some(text.as_bytes());
    }
    let each = |octet: &dyn Fn(char) -> Option<u8>| {
        let octets = text.chars().map(|c| octet(c).unwrap_or(b'?'));
        ArenaVec::from_iter_in(octets, arena).into_bump_slice()
    };
    Some(match table {
        Table::Teletex => ArenaVec::from_iter_in(teletex::encode(text), arena).into_bump_slice(),
        Table::Ascii => each(&|c| u8::try_from(c).ok().filter(u8::is_ascii)),
        Table::Iso(encoding) => each(&|c| one_octet(c, encoding)),
        Table::Oem(octets, _) => each(&|c| if c.is_ascii() { u8::try_from(c).ok() } else { octets.get(&c).copied() }),
        Table::Web(encoding) => encode_for_the_web(text, encoding, arena),
    })
}

/// The characters of octets in a code page; U+FFFD for octets that are none. `None` if there is no such code page of
/// octets. ASCII is lent, not copied, where the code page writes it as it is.
#[must_use]
pub fn decode<'a>(octets: &'a [u8], code_page: CodePage, arena: &'a Arena) -> Option<&'a str> {
    let table = table(code_page)?;
    if let Ok(text) = std::str::from_utf8(octets)
        && text.is_ascii()
        && table.lends_ascii()
    {
        return Some(text);
    }
    let each = |character: &dyn Fn(u8) -> Option<char>| {
        let characters = octets.iter().map(|octet| character(*octet).unwrap_or(char::REPLACEMENT_CHARACTER));
        ArenaString::from_iter_in(characters, arena).into_bump_str()
    };
    Some(match table {
        Table::Teletex => ArenaString::from_iter_in(teletex::decode(octets), arena).into_bump_str(),
        Table::Ascii => each(&|octet| octet.is_ascii().then_some(char::from(octet))),
        Table::Iso(encoding) => each(&|octet| one_character(octet, encoding)),
        Table::Oem(_, characters) => each(&|octet| match characters {
            _ if octet.is_ascii() => Some(char::from(octet)),
            TableType::Complete(upper) => upper.get(usize::from(octet) - 0x80).copied(),
            TableType::Incomplete(upper) => upper.get(usize::from(octet) - 0x80).copied().flatten(),
        }),
        Table::Web(encoding) => match encoding.decode_without_bom_handling(octets).0 {
            Cow::Borrowed(text) => text,
            Cow::Owned(text) => arena.alloc_str(&text),
        },
    })
}

/// [`Table::Iso`], from the table of its Windows cousin.
fn one_octet(c: char, cousin: &'static Encoding) -> Option<u8> {
    if let '\0'..='\u{9F}' = c {
        return u8::try_from(c).ok();
    }
    let mut text = [0; 4];
    match cousin.encode(c.encode_utf8(&mut text)) {
        (octets, _, false) => octets.first().copied().filter(|octet| *octet >= 0xA0),
        _ => None,
    }
}

/// [`Table::Iso`], from the table of its Windows cousin.
fn one_character(octet: u8, cousin: &'static Encoding) -> Option<char> {
    if octet < 0xA0 {
        return Some(char::from(octet));
    }
    let (text, _) = cousin.decode_without_bom_handling(std::slice::from_ref(&octet));
    text.chars().next()
}

fn encode_for_the_web<'a>(text: &str, encoding: &'static Encoding, arena: &'a Arena) -> &'a [u8] {
    let mut encoder = encoding.new_encoder();
    let mut octets = ArenaVec::with_capacity_in(text.len(), arena);
    let mut buffer = [0; 256];
    let mut rest = text;
    loop {
        let (result, read, written) = encoder.encode_from_utf8_without_replacement(rest, &mut buffer, true);
        octets.extend_from_slice(buffer.get(..written).unwrap_or_default());
        rest = rest.get(read..).unwrap_or_default();
        match result {
            EncoderResult::InputEmpty => return octets.into_bump_slice(),
            EncoderResult::OutputFull => {}
            EncoderResult::Unmappable(_) => octets.push(b'?'),
        }
    }
}
