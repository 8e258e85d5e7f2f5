//! Names as NTLM sees them: UTF-16LE octets, and letters without case.

/// Upper-cases a name as Windows does: one UTF-16 unit to one UTF-16 unit, whatever the language.
///
/// Windows looks each unit up in a table (MS-UCODEREF 3.1.5.3), which this approximates by Unicode's simple mapping:
/// a letter whose upper case is not exactly one letter stays as it is (`ß`), and so do letters beyond the Basic
/// Multilingual Plane and the few that Windows leaves alone: `µ`, `ı`, `ſ`. No letter outside of ASCII therefore
/// becomes one inside.
///
/// ```
/// assert_eq!(nspi_auth::upper_case("Jörg.Weiß"), "JÖRG.WEIß");
/// ```
#[must_use]
pub fn upper_case(name: &str) -> String {
    name.chars().map(upper_case_letter).collect()
}

fn upper_case_letter(letter: char) -> char {
    let mut upper = letter.to_uppercase();
    match (upper.next(), upper.next()) {
        _ if matches!(letter, 'µ' | 'ı' | 'ſ') || letter > '\u{FFFF}' => letter,
        (Some(one), None) => one,
        _ => letter,
    }
}

/// The octets of `text` in UTF-16LE, without terminator.
pub(crate) fn utf16le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The text of UTF-16LE octets; `None` for an odd octet or half of a surrogate pair. Strict, so that [`utf16le`] gives
/// back the same octets: a proof is computed over them.
pub(crate) fn from_utf16le(octets: &[u8]) -> Option<String> {
    let (units, rest) = octets.as_chunks::<2>();
    let units = units.iter().map(|unit| u16::from_le_bytes(*unit));
    if rest.is_empty() { char::decode_utf16(units).collect::<Result<_, _>>().ok() } else { None }
}
