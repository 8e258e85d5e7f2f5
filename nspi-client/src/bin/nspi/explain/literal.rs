//! Octets in string literals, as Python prints `bytes` and C source has them: `b'\x05\x00\x0bH'`. A character that is not
//! escaped stands for itself, so the quotes matter: what is outside of them is no octet.

use std::iter::Peekable;
use std::str::Chars;

/// The octets of all literals in a text, one behind the other; `None` if it has no literal with an escaped octet.
pub(super) fn octets(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    let mut escaped = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => escaped |= literal(c, &mut chars, &mut octets)?,
            '#' => skip_line(&mut chars),
            '/' if chars.peek() == Some(&'/') => skip_line(&mut chars),
            _ => {}
        }
    }
    escaped.then_some(octets)
}

/// What follows an opening quote, up to the closing one; says whether there was a `\x`. `None` if nothing closes it.
fn literal(quote: char, chars: &mut Peekable<Chars<'_>>, octets: &mut Vec<u8>) -> Option<bool> {
    let mut escaped = false;
    loop {
        match chars.next()? {
            c if c == quote => return Some(escaped),
            '\\' => match chars.next()? {
                'x' => {
                    escaped = true;
                    octets.push(number(16, 2, 0, chars)?);
                }
                digit @ '0'..='7' => octets.push(number(8, 2, digit.to_digit(8)?, chars)?),
                'a' => octets.push(0x07),
                'b' => octets.push(0x08),
                't' => octets.push(b'\t'),
                'n' => octets.push(b'\n'),
                'v' => octets.push(0x0B),
                'f' => octets.push(0x0C),
                'r' => octets.push(b'\r'),
                '\n' => {} // the literal goes on in the next line
                itself => push(itself, octets),
            },
            c => push(c, octets),
        }
    }
}

/// Up to `most` further digits; `None` if that is no octet.
fn number(radix: u32, most: usize, first: u32, chars: &mut Peekable<Chars<'_>>) -> Option<u8> {
    let mut number = first;
    for _ in 0..most {
        let Some(digit) = chars.peek().and_then(|c| c.to_digit(radix)) else { break };
        chars.next();
        number = number * radix + digit;
    }
    u8::try_from(number).ok()
}

fn push(c: char, octets: &mut Vec<u8>) {
    octets.extend(c.encode_utf8(&mut [0; 4]).bytes());
}

fn skip_line(chars: &mut Peekable<Chars<'_>>) {
    while chars.next().is_some_and(|c| c != '\n') {}
}
