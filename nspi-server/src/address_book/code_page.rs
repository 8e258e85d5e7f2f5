//! Characters to the octets of a code page, and back.
//!
//! Tables come from `encoding_rs`, found by Windows' numbers with `codepage`. What a code page lacks becomes `?`.
//! CP_TELETEX (20261) is approximated: ASCII, and above 0xA0 as Latin-1; true T.61 writes an accent as an octet of its
//! own before the letter.

use bumpalo::collections::Vec as ArenaVec;
use encoding_rs::{EncoderResult, Encoding};
use nspi_proto::nspi::CodePage;

use super::Arena;

/// Whether a session may speak a code page: all that Windows numbers and the web still knows, CP_TELETEX, and
/// CP_WINUNICODE, which says that 8-bit strings will not be asked for [MS-NSPI 2.2.1.4].
///
/// ```
/// use nspi_proto::nspi::CodePage;
/// use nspi_server::address_book::code_page::is_supported;
/// assert!([CodePage::WINDOWS_1252, CodePage::TELETEX, CodePage(932), CodePage(65001)].map(is_supported) == [true; 4]);
/// assert!(!is_supported(CodePage(4711)));
/// ```
#[must_use]
pub fn is_supported(code_page: CodePage) -> bool {
    code_page == CodePage::UNICODE || has_octets(code_page)
}

/// Whether a code page has 8-bit strings that can be made here.
pub(super) fn has_octets(code_page: CodePage) -> bool {
    code_page == CodePage::TELETEX || table(code_page).is_some()
}

/// The table of a code page. UTF-16 is none of octets.
fn table(code_page: CodePage) -> Option<&'static Encoding> {
    let encoding = codepage::to_encoding(u16::try_from(code_page.0).ok()?)?;
    (encoding.output_encoding() == encoding).then_some(encoding)
}

/// `text` as octets of a code page, without a terminator; `?` for what it lacks. `None` if there is no such code page
/// of octets. ASCII is lent, not copied, where the code page writes it as it is.
#[must_use]
pub fn encode<'a>(text: &'a str, code_page: CodePage, arena: &'a Arena) -> Option<&'a [u8]> {
    if code_page == CodePage::TELETEX {
        return Some(if text.is_ascii() { text.as_bytes() } else { encode_teletex(text, arena) });
    }
    let encoding = table(code_page)?;
    if encoding.is_ascii_compatible() && text.is_ascii() {
        return Some(text.as_bytes());
    }
    Some(encode_by_table(text, encoding, arena))
}

/// The characters of octets in a code page; U+FFFD for octets that are none. `None` if there is no such code page of
/// octets. ASCII is lent, not copied, where the code page writes it as it is.
#[must_use]
pub fn decode<'a>(octets: &'a [u8], code_page: CodePage, arena: &'a Arena) -> Option<&'a str> {
    if code_page == CodePage::TELETEX {
        return Some(match std::str::from_utf8(octets) {
            Ok(text) if text.is_ascii() => text,
            _ => bumpalo::collections::String::from_iter_in(octets.iter().copied().map(char::from), arena)
                .into_bump_str(),
        });
    }
    let encoding = table(code_page)?;
    let (text, _) = encoding.decode_without_bom_handling(octets);
    Some(match text {
        std::borrow::Cow::Borrowed(text) => text,
        std::borrow::Cow::Owned(text) => arena.alloc_str(&text),
    })
}

/// Whether each character of `text` has a place in the approximation of CP_TELETEX.
pub(super) fn fits_teletex(text: &str) -> bool {
    text.chars().all(|c| teletex(c).is_some())
}

fn teletex(c: char) -> Option<u8> {
    match c {
        '\0'..='\x7F' | '\u{A0}'..='\u{FF}' => u8::try_from(c).ok(),
        _ => None,
    }
}

fn encode_teletex<'a>(text: &str, arena: &'a Arena) -> &'a [u8] {
    let octets = text.chars().map(|c| teletex(c).unwrap_or(b'?'));
    ArenaVec::from_iter_in(octets, arena).into_bump_slice()
}

fn encode_by_table<'a>(text: &str, encoding: &'static Encoding, arena: &'a Arena) -> &'a [u8] {
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
