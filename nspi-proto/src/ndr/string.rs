//! Strings: octets until somebody asks for characters.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use byteorder::{BigEndian, ByteOrder, LittleEndian};

use super::decode::Decode;
use super::decoder::Decoder;
use super::encoder::{Encode, Encoder};
use super::error::{DecodeError, DecodeErrorKind};
use super::syntax::Syntax;
use super::trace::Kind;

/// A `[string] wchar_t *`: UTF-16, borrowed from a stub or from a `&str`. Two are equal when their units are.
///
/// ```
/// use nspi_proto::ndr::Utf16;
/// let name = Utf16::from("Žofie");
/// assert_eq!(name, Utf16::from_le_octets(&[0x7D, 1, b'o', 0, b'f', 0, b'i', 0, b'e', 0]).unwrap());
/// assert_eq!(name.to_string(), "Žofie");
/// ```
#[derive(Clone, Copy)]
pub struct Utf16<'a>(Units<'a>);

#[derive(Clone, Copy)]
enum Units<'a> {
    Little(&'a [u8]),
    Big(&'a [u8]),
    Text(&'a str),
}

impl<'a> Utf16<'a> {
    /// UTF-16LE octets without a terminator; `None` if their number is odd.
    #[must_use]
    pub fn from_le_octets(octets: &'a [u8]) -> Option<Self> {
        octets.len().is_multiple_of(2).then_some(Self(Units::Little(octets)))
    }

    /// The UTF-16 code units, without the terminator.
    pub fn units(self) -> impl Iterator<Item = u16> + Clone + 'a {
        let (wire, text, big) = match self.0 {
            Units::Little(octets) => (octets, "", false),
            Units::Big(octets) => (octets, "", true),
            Units::Text(text) => (&[][..], text, false),
        };
        let read = if big { BigEndian::read_u16 } else { LittleEndian::read_u16 };
        wire.chunks_exact(2).map(read).chain(text.encode_utf16())
    }

    /// The number of UTF-16 code units, without the terminator.
    #[must_use]
    pub fn len(self) -> usize {
        match self.0 {
            Units::Little(octets) | Units::Big(octets) => octets.len() / 2,
            Units::Text(text) => text.encode_utf16().count(),
        }
    }

    /// Whether there are no units.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The UTF-16LE octets, where the text came from a little-endian stub: what the wire held, at no cost.
    #[must_use]
    pub fn as_le_octets(self) -> Option<&'a [u8]> {
        match self.0 {
            Units::Little(octets) => Some(octets),
            _ => None,
        }
    }

    /// The text, where it was made from a `&str`: what somebody wants to send, at no cost.
    #[must_use]
    pub fn as_str(self) -> Option<&'a str> {
        match self.0 {
            Units::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The characters; an unpaired surrogate becomes U+FFFD.
    pub fn chars(self) -> impl Iterator<Item = char> + Clone + 'a {
        char::decode_utf16(self.units()).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// The text, owned; an unpaired surrogate becomes U+FFFD. Several times faster than collecting
    /// [`chars`](Self::chars) where all are ASCII.
    #[must_use]
    #[inline]
    pub fn to_text(self) -> String {
        match self.0 {
            Units::Text(text) => text.into(),
            Units::Little(octets) => narrowed(octets.as_chunks().0).unwrap_or_else(|| self.chars().collect()),
            Units::Big(_) => self.chars().collect(),
        }
    }

    /// As [`to_text`](Self::to_text) for what nearly all text is: ASCII of a little-endian stub.
    #[inline(always)]
    pub(crate) fn to_ascii(self) -> Option<String> {
        narrowed(self.as_le_octets()?.as_chunks().0)
    }

    /// Appends the characters to `out`; several times faster than [`chars`](Self::chars) where all are ASCII.
    pub fn push_to(self, out: &mut String) {
        match self.0 {
            Units::Text(text) => out.push_str(text),
            Units::Little(octets) => match narrowed(octets.as_chunks().0) {
                Some(text) => out.push_str(&text),
                None => out.extend(self.chars()),
            },
            Units::Big(_) => out.extend(self.chars()),
        }
    }
}

/// Units as text if all are ASCII. Eight units at a time go through a register; the last eight overlap those before.
#[inline(always)]
fn narrowed(units: &[[u8; 2]]) -> Option<String> {
    let mut text = Vec::with_capacity(units.len());
    let mut high = 0;
    if let Some(last) = units.last_chunk::<8>() {
        for block in units.as_chunks::<8>().0 {
            text.extend_from_slice(&low_octets(block, &mut high));
        }
        text.truncate(units.len() - 8);
        text.extend_from_slice(&low_octets(last, &mut high));
    } else {
        for [low, zero] in units {
            high |= u64::from(*low & 0x80) | u64::from(*zero) << 8;
            text.push(*low);
        }
    }
    if high != 0 {
        return None;
    }
    String::from_utf8(text).ok()
}

/// The low octet of each unit. Bits that no ASCII unit has are added to `high`.
#[inline(always)]
fn low_octets(units: &[[u8; 2]; 8], high: &mut u64) -> [u8; 8] {
    let mut narrow = 0;
    for half in units.as_flattened().as_chunks::<8>().0.iter().rev() {
        let four = u64::from_le_bytes(*half);
        *high |= four & 0xFF80_FF80_FF80_FF80;
        let two = (four | four >> 8) & 0x0000_FFFF_0000_FFFF;
        narrow = narrow << 32 | (two | two >> 16) & 0xFFFF_FFFF;
    }
    narrow.to_le_bytes()
}

impl<'a> From<&'a str> for Utf16<'a> {
    fn from(text: &'a str) -> Self {
        Self(Units::Text(text))
    }
}

impl PartialEq for Utf16<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.0, other.0) {
            (Units::Little(a), Units::Little(b)) => a == b,
            (Units::Text(a), Units::Text(b)) => a == b,
            _ => self.units().eq(other.units()),
        }
    }
}

impl Eq for Utf16<'_> {}

impl fmt::Debug for Utf16<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        self.chars().flat_map(char::escape_debug).try_for_each(|c| fmt::Write::write_char(f, c))?;
        f.write_str("\"")
    }
}

impl fmt::Display for Utf16<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chars().try_for_each(|c| fmt::Write::write_char(f, c))
    }
}

/// A `[string] char *`: octets of a code page that only the call's STAT names. No terminator.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ansi<'a>(pub &'a [u8]);

impl<'a> From<&'a str> for Ansi<'a> {
    /// The octets of `text`: right for ASCII, which all code pages share.
    fn from(text: &'a str) -> Self {
        Self(text.as_bytes())
    }
}

impl fmt::Debug for Ansi<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// The counts in front of a string of characters of `UNIT` octets, and its octets without the terminator
/// [C706 14.3.4].
#[inline(always)]
fn string_octets<'de, const UNIT: usize, S: Syntax>(
    input: &mut Decoder<'de, S>,
    field: &'static str,
) -> Result<&'de [u8], DecodeError> {
    let [max, offset, actual] = input.conformance_and_variance(field)?;
    if offset != 0 {
        return Err(input.error(field, DecodeErrorKind::Malformed("a string starts at its first character")));
    }
    if actual > max {
        return Err(input.mismatch(field, actual, max));
    }
    let start = input.offset();
    let Some(octets) = actual.checked_mul(UNIT).and_then(|len| input.octets(len, field).ok()) else {
        return Err(input.impossible(field, actual));
    };
    input.is(if UNIT == 2 { Kind::Utf16 } else { Kind::Ansi });
    match octets.split_last_chunk() {
        Some((text, terminator)) if *terminator == [0; UNIT] => Ok(text),
        _ => Err(DecodeError::new(field, start, DecodeErrorKind::Malformed("a string ends with its terminator"))),
    }
}

/// Writes the counts in front of a string of `units` characters without its terminator.
#[inline(always)]
fn string_counts<S: Syntax>(out: &mut Encoder<'_, S>, units: usize) {
    let counted = units.saturating_add(1);
    if out.syntax().wide() {
        out.conformance(counted);
        out.conformance(0);
        out.conformance(counted);
    } else {
        let counted = u32::try_from(counted).unwrap_or(u32::MAX);
        out.words([counted, 0, counted]);
    }
}

impl<'de> Decode<'de> for Utf16<'de> {
    type Fixed = Self;
    const MIN_FIXED: usize = 14;

    #[inline(always)]
    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        let octets = string_octets::<2, S>(input, "string of wchar_t")?;
        Ok(Self(if input.syntax().big_endian() { Units::Big(octets) } else { Units::Little(octets) }))
    }

    #[inline(always)]
    fn decode_referents<S: Syntax>(fixed: Self, _: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(fixed)
    }
}

impl Encode for Utf16<'_> {
    #[inline(always)]
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        match (self.0, out.syntax().big_endian()) {
            (Units::Little(octets), false) | (Units::Big(octets), true) => {
                string_counts(out, octets.len() / 2);
                out.octets(octets);
            }
            (Units::Text(text), false) if text.is_ascii() => {
                string_counts(out, text.len());
                out.widened(text.as_bytes());
            }
            _ => out.apart(|out| self.encode_units(out)),
        }
        out.octets(&[0, 0]);
    }
}

impl Utf16<'_> {
    /// The counts, and unit after unit.
    #[inline(never)]
    fn encode_units<S: Syntax>(self, out: &mut Encoder<'_, S>) {
        string_counts(out, self.len());
        self.units().for_each(|unit| out.u16(unit));
    }
}

impl<'de> Decode<'de> for Ansi<'de> {
    type Fixed = Self;
    const MIN_FIXED: usize = 13;

    #[inline(always)]
    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        string_octets::<1, S>(input, "string of char").map(Self)
    }

    #[inline(always)]
    fn decode_referents<S: Syntax>(fixed: Self, _: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(fixed)
    }
}

impl Encode for Ansi<'_> {
    #[inline]
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        string_counts(out, self.0.len());
        out.octets(self.0);
        out.u8(0);
    }
}
