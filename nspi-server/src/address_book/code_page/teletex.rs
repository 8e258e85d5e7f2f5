//! CP_TELETEX (20261): the character set of ITU-T T.61, as RFC 1345 tabulates it (`T.61-8bit`).
//!
//! ```text
//!   41          A        a letter
//!   C2 65       é        an accent, and the letter under it
//!   C2 20       ´        an accent by itself
//! ```
//!
//! ASCII is itself: T.61 leaves `\ ^ ` { } ~` out, and has `#` and `$` at 0xA6 and 0xA4 too, where they are read. Letters
//! have the accents that T.61 gives them; the underline (0xCC) is read as no character.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::{compose, decompose_canonical};

/// 0xA0 to 0xBF and 0xE0 to 0xFF; U+FFFD where there is none. Row by row of sixteen.
const UPPER: [char; 64] = [
    '\u{A0}', '¡', '¢', '£', '$', '¥', '#', '§', '¤', NONE, NONE, '«', NONE, NONE, NONE, NONE, //
    '°', '±', '²', '³', '×', 'µ', '¶', '·', '÷', NONE, NONE, '»', '¼', '½', '¾', '¿', //
    '\u{2126}', 'Æ', 'Đ', 'ª', 'Ħ', NONE, 'Ĳ', 'Ŀ', 'Ł', 'Ø', 'Œ', 'º', 'Þ', 'Ŧ', 'Ŋ', 'ŉ', //
    'ĸ', 'æ', 'đ', 'ð', 'ħ', 'ı', 'ĳ', 'ŀ', 'ł', 'ø', 'œ', 'ß', 'þ', 'ŧ', 'ŋ', NONE,
];

const NONE: char = char::REPLACEMENT_CHARACTER;

/// An accent: its octet, the mark that Unicode puts behind the letter, the accent by itself, and the letters that have it.
struct Accent(u8, char, Option<char>, &'static str);

const ACCENTS: [Accent; 13] = [
    Accent(0xC1, '\u{300}', None, "AEIOUaeiou"),
    Accent(0xC2, '\u{301}', Some('´'), "ACEILNORSUYZaceilnorsuyz"),
    Accent(0xC3, '\u{302}', None, "ACEGHIJOSUWYaceghijosuwy"),
    Accent(0xC4, '\u{303}', None, "AINOUainou"),
    Accent(0xC5, '\u{304}', Some('¯'), "AEIOUaeiou"),
    Accent(0xC6, '\u{306}', Some('˘'), "AGUagu"),
    Accent(0xC7, '\u{307}', Some('˙'), "CEGIZcegz"),
    Accent(0xC8, '\u{308}', Some('¨'), "AEIOUYaeiouy"),
    Accent(0xCA, '\u{30A}', Some('˚'), "AUau"),
    Accent(0xCB, '\u{327}', Some('¸'), "CGKLNRSTcgklnrst"),
    Accent(0xCD, '\u{30B}', Some('˝'), "OUou"),
    Accent(0xCE, '\u{328}', Some('˛'), "AEIUaeiu"),
    Accent(0xCF, '\u{30C}', Some('ˇ'), "CDELNRSTZcdelnrstz"),
];

/// Whether each character of `text` has a place.
pub(in crate::address_book) fn fits(text: &str) -> bool {
    text.nfc().all(|c| octets(c).is_some())
}

/// The octets of a text; `?` for what has none.
pub(super) fn encode(text: &str) -> impl Iterator<Item = u8> {
    text.nfc().flat_map(|c| {
        let (accent, letter) = octets(c).unwrap_or((None, b'?'));
        accent.into_iter().chain([letter])
    })
}

/// An accent, if there is one, and the letter.
fn octets(c: char) -> Option<(Option<u8>, u8)> {
    if let Some(octet) = one_octet(c) {
        return Some((None, octet));
    }
    if let Some(Accent(octet, ..)) = ACCENTS.iter().find(|Accent(_, _, alone, _)| *alone == Some(c)) {
        return Some((Some(*octet), b' '));
    }
    let mut parts = [NONE; 2];
    let mut count = 0;
    decompose_canonical(c, |part| {
        if let Some(place) = parts.get_mut(count) {
            *place = part;
        }
        count += 1;
    });
    let [letter, mark] = parts;
    let has = |Accent(_, known, _, letters): &&Accent| *known == mark && letters.contains(letter);
    let Accent(accent, ..) = ACCENTS.iter().filter(|_| count == 2).find(has)?;
    Some((Some(*accent), u8::try_from(letter).ok()?))
}

fn one_octet(c: char) -> Option<u8> {
    let c = match c {
        // Greek and Icelandic letters that look the same as the ones in the table.
        'Ω' => '\u{2126}',
        'Ð' => 'Đ',
        c => c,
    };
    match c {
        '\0'..='\u{9F}' => u8::try_from(c).ok(),
        NONE => None,
        c => {
            let place = UPPER.iter().position(|other| *other == c)?;
            u8::try_from(if place < 32 { 0xA0 + place } else { 0xC0 + place }).ok()
        }
    }
}

/// The characters of octets; U+FFFD for those that are none.
pub(super) fn decode(octets: &[u8]) -> impl Iterator<Item = char> {
    let mut rest = octets.iter().copied().peekable();
    // What is left of an accent and a letter that Unicode has no one character for.
    let mut mark = None;
    std::iter::from_fn(move || {
        if let Some(mark) = mark.take() {
            return Some(mark);
        }
        let octet = rest.next()?;
        let Some(Accent(_, accent, alone, _)) = ACCENTS.iter().find(|Accent(known, ..)| *known == octet) else {
            return Some(one_character(octet));
        };
        let is_letter = |octet: &u8| !octet.is_ascii_control() && one_character(*octet) != NONE;
        let letter = rest.next_if(is_letter).map_or(NONE, one_character);
        Some(match (letter, alone) {
            (' ', Some(alone)) => *alone,
            (NONE, _) => NONE,
            _ => compose(letter, *accent).unwrap_or_else(|| {
                mark = Some(*accent);
                letter
            }),
        })
    })
}

fn one_character(octet: u8) -> char {
    match octet {
        0..0xA0 => char::from(octet),
        0xA0..0xC0 => UPPER.get(usize::from(octet) - 0xA0).copied().unwrap_or(NONE),
        0xC0..0xE0 => NONE,
        0xE0.. => UPPER.get(usize::from(octet) - 0xC0).copied().unwrap_or(NONE),
    }
}
