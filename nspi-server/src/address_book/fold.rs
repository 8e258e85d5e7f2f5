//! Text as it is compared: case, marks above and below letters, width and kind of kana do not matter.
//!
//! These are the flags of the default locale [MS-NSPI 2.2.6]. Folded characters are compared by their numbers, which
//! is no language's order, but one in which what begins alike stands together: prefixes are ranges.

use std::cmp::Ordering;
use std::str::Chars;

use unicode_normalization::char::{canonical_combining_class, decompose_compatible};

/// `text` without what comparisons overlook.
///
/// ```
/// use nspi_server::address_book::fold::fold;
/// assert_eq!(fold("Žofie ÅNGSTRÖM").collect::<String>(), "zofie angstrom");
/// assert!(fold("ｶﾅ").eq(fold("かな")));
/// ```
#[must_use]
pub fn fold(text: &str) -> Fold<'_> {
    Fold { text: text.chars(), made: ['\0'; MOST], len: 0, at: 0 }
}

/// How two texts compare once folded.
#[must_use]
pub fn compare(a: &str, b: &str) -> Ordering {
    fold(a).cmp(fold(b))
}

/// How a text compares with all texts that begin with `prefix`: equal if it is one of them.
#[must_use]
pub fn compare_head(text: &str, prefix: &str) -> Ordering {
    let mut text = fold(text);
    for wanted in fold(prefix) {
        match text.next().map(|found| found.cmp(&wanted)) {
            Some(Ordering::Equal) => {}
            Some(other) => return other,
            None => return Ordering::Less,
        }
    }
    Ordering::Equal
}

/// Whether a text begins with another.
#[must_use]
pub fn starts_with(text: &str, prefix: &str) -> bool {
    compare_head(text, prefix).is_eq()
}

/// No character decomposes into more than this many.
const MOST: usize = 18;

/// The characters of a folded text.
#[derive(Debug, Clone)]
pub struct Fold<'a> {
    text: Chars<'a>,
    /// What the last character was made into, from `at` to `len` still to come.
    made: [char; MOST],
    len: usize,
    at: usize,
}

impl Iterator for Fold<'_> {
    type Item = char;

    #[inline]
    fn next(&mut self) -> Option<char> {
        loop {
            if self.at < self.len {
                let made = self.made.get(self.at).copied();
                self.at += 1;
                return made;
            }
            match self.text.next()? {
                c if c.is_ascii() => return Some(c.to_ascii_lowercase()),
                c => self.take_apart(c),
            }
        }
    }
}

impl Fold<'_> {
    fn take_apart(&mut self, c: char) {
        (self.len, self.at) = (0, 0);
        decompose_compatible(c, |part| {
            if !overlooked(part) {
                for c in part.to_lowercase() {
                    if let Some(place) = self.made.get_mut(self.len) {
                        *place = hiragana(c);
                        self.len += 1;
                    }
                }
            }
        });
    }
}

/// Marks that change a letter rather than being one: Latin, Greek and Cyrillic accents, points of Hebrew and Arabic,
/// voicing of kana. Vowels of India and Thailand are marks to Unicode too, but letters to their readers.
fn overlooked(c: char) -> bool {
    matches!(canonical_combining_class(c), 1 | 8 | 10..=36 | 200..)
}

/// Hiragana for Katakana.
fn hiragana(c: char) -> char {
    match c {
        '\u{30A1}'..='\u{30F6}' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        _ => c,
    }
}
