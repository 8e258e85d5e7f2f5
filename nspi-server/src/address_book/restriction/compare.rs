//! How values compare.

use std::cmp::Ordering;

use nspi_proto::ndr::{Ansi, Utf16};
use nspi_proto::nspi::property::Value;
use nspi_proto::nspi::{CodePage, FuzzyLevel, RelationalOperator, Status};

use crate::address_book::fold::{compare, fold, starts_with};
use crate::address_book::property::characters;
use crate::address_book::{Arena, code_page};

/// A value that a client sent to compare with.
#[derive(Debug, Clone, Copy)]
pub(in crate::address_book) enum Operand<'a> {
    /// Text in both its forms, the octets those of the STAT's code page; which one counts says the property's native
    /// type [MS-NSPI 3.1.4.4.3].
    Text(&'a str, &'a [u8]),
    /// Anything else that is one value.
    Other(Value<'a>),
}

impl<'a> Operand<'a> {
    /// # Errors
    /// [`Status::TOO_COMPLEX`] for NULL and for several values, [`Status::INVALID_CODEPAGE`] for octets in a code page
    /// that is not known.
    pub(super) fn new(value: Value<'_>, code_page: CodePage, arena: &'a Arena) -> Result<Self, Status> {
        Ok(match value {
            Value::String(Some(text)) => {
                let text = arena.alloc_str(&text.to_string());
                Self::Text(text, code_page::encode(text, code_page, arena).unwrap_or_default())
            }
            Value::String8(Some(Ansi(octets))) => {
                let octets = arena.alloc_slice_copy(octets);
                let text = code_page::decode(octets, code_page, arena).ok_or(Status::INVALID_CODEPAGE)?;
                Self::Text(text, octets)
            }
            Value::Binary(Some(octets)) => Self::Other(Value::Binary(Some(arena.alloc_slice_copy(octets)))),
            Value::Integer16(number) => Self::Other(Value::Integer16(number)),
            Value::Integer32(number) => Self::Other(Value::Integer32(number)),
            Value::Boolean(flag) => Self::Other(Value::Boolean(flag)),
            Value::Guid(guid) => Self::Other(Value::Guid(guid)),
            Value::Time(time) => Self::Other(Value::Time(time)),
            Value::MultipleString(Some(texts)) if texts.len() == 1 => {
                return Self::new(Value::String(texts.iter().next().flatten()), code_page, arena);
            }
            Value::MultipleString8(Some(texts)) if texts.len() == 1 => {
                return Self::new(Value::String8(texts.iter().next().flatten()), code_page, arena);
            }
            Value::MultipleBinary(Some(strings)) if strings.len() == 1 => {
                return Self::new(Value::Binary(strings.iter().next().and_then(|octets| octets.0)), code_page, arena);
            }
            _ => return Err(Status::TOO_COMPLEX),
        })
    }

    pub(super) fn text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text, _) => Some(text),
            Self::Other(_) => None,
        }
    }

    /// How a value that is there compares with this one; `None` if they are of different types.
    pub(super) fn order(&self, found: &Value<'_>, arena: &Arena) -> Option<Ordering> {
        match self {
            Self::Text(text, octets) => match found {
                Value::String8(_) => order(found, &Value::String8(Some(Ansi(octets))), arena),
                _ => order(found, &Value::from(*text), arena),
            },
            Self::Other(value) => order(found, value, arena),
        }
    }

    /// Whether this is that part of a value.
    pub(super) fn is_part_of(&self, found: &Value<'_>, extent: FuzzyLevel, arena: &Arena) -> bool {
        match (self, found) {
            (Self::Text(part, _), Value::String(Some(whole))) => {
                let whole = text(*whole, arena);
                match extent {
                    FuzzyLevel::FULL_STRING => compare(whole, part).is_eq(),
                    FuzzyLevel::PREFIX => starts_with(whole, part),
                    _ => fold(whole).collect::<String>().contains(&fold(part).collect::<String>()),
                }
            }
            (Self::Text(_, part), Value::String8(Some(Ansi(whole)))) => is_part(part, whole, extent),
            (Self::Other(Value::Binary(Some(part))), Value::Binary(Some(whole))) => is_part(part, whole, extent),
            _ => false,
        }
    }
}

fn is_part(part: &[u8], whole: &[u8], extent: FuzzyLevel) -> bool {
    match extent {
        FuzzyLevel::FULL_STRING => whole == part,
        FuzzyLevel::PREFIX => whole.starts_with(part),
        _ => part.is_empty() || whole.windows(part.len()).any(|window| window == part),
    }
}

/// How two values compare; `None` if they are of different types, or of one that has no order. Of 8-bit strings the
/// shorter is less [MS-NSPI 3.1.4.4.3], and so of octets.
pub(super) fn order(a: &Value<'_>, b: &Value<'_>, arena: &Arena) -> Option<Ordering> {
    let octets = |a: &[u8], b: &[u8]| a.len().cmp(&b.len()).then_with(|| a.cmp(b));
    match (*a, *b) {
        (Value::Integer16(a), Value::Integer16(b)) => Some(a.cmp(&b)),
        (Value::Integer32(a), Value::Integer32(b)) => Some(a.cmp(&b)),
        (Value::Boolean(a), Value::Boolean(b)) => Some((a != 0).cmp(&(b != 0))),
        (Value::Time(a), Value::Time(b)) => Some(a.cmp(&b)),
        (Value::Guid(a), Value::Guid(b)) => Some(a.cmp(&b)),
        (Value::Binary(Some(a)), Value::Binary(Some(b))) => Some(octets(a, b)),
        (Value::String8(Some(Ansi(a))), Value::String8(Some(Ansi(b)))) => Some(octets(a, b)),
        (Value::String(Some(a)), Value::String(Some(b))) => Some(compare(text(a, arena), text(b, arena))),
        _ => None,
    }
}

/// The text, in the arena for as long as it is compared.
fn text<'t>(text: Utf16<'t>, arena: &'t Arena) -> &'t str {
    characters(text, arena)
}

/// Whether an operator holds for an order.
pub(super) fn holds(operator: RelationalOperator, order: Ordering) -> bool {
    match operator {
        RelationalOperator::LESS => order.is_lt(),
        RelationalOperator::LESS_OR_EQUAL => order.is_le(),
        RelationalOperator::GREATER => order.is_gt(),
        RelationalOperator::GREATER_OR_EQUAL => order.is_ge(),
        RelationalOperator::EQUAL => order.is_eq(),
        _ => order.is_ne(),
    }
}

/// A value, or each of several.
pub(super) fn elements(value: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    let (one, texts, strings) = match value {
        Value::MultipleString(texts) => (None, texts, None),
        Value::MultipleBinary(strings) => (None, None, strings),
        one => (Some(one), None, None),
    };
    let texts = texts.into_iter().flat_map(|texts| texts.iter()).map(Value::String);
    let strings = strings.into_iter().flat_map(|strings| strings.iter()).map(|octets| Value::Binary(octets.0));
    one.into_iter().chain(texts).chain(strings)
}

/// Octets of a value, with the terminators of its strings.
pub(super) fn size(value: &Value<'_>) -> usize {
    match value {
        Value::Integer16(_) | Value::Boolean(_) => 2,
        Value::Time(_) => 8,
        Value::Guid(_) => 16,
        Value::String(text) => text.map_or(0, |text| 2 * text.len() + 2),
        Value::String8(text) => text.map_or(0, |text| text.0.len() + 1),
        Value::Binary(octets) => octets.map_or(0, <[u8]>::len),
        Value::MultipleString(texts) => texts.iter().flatten().map(|text| size(&Value::String(text))).sum(),
        Value::MultipleString8(texts) => texts.iter().flatten().map(|text| size(&Value::String8(text))).sum(),
        Value::MultipleBinary(strings) => strings.iter().flatten().map(|octets| size(&Value::Binary(octets.0))).sum(),
        _ => 4,
    }
}
