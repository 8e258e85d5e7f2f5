//! Some objects in little memory.
//!
//! ```text
//!   objects   ..│ kind, name, end │..        one an object
//!                             ▼
//!   tags      ..│ DisplayName │ Title │ ..   one a value; those of an object side by side
//!   spans     ..│   12..23    │ 40..46│ ..
//!                     ▼
//!   text      ..Alice Adams ..   octets   links      each text once, however many have it
//! ```
//!
//! No map, no string and no vector of an object's own: a value costs 12 octets and its text.

use bumpalo::collections::Vec as ArenaVec;
use nspi_proto::ndr::{Multi, Utf16};
use nspi_proto::nspi::property::{Binary, FileTime, PropertyTag, PropertyType, Value};
use nspi_proto::nspi::{DisplayType, MinimalId};

use crate::address_book::{Arena, BookError, Object};

/// Packed objects, by their index in the block.
#[derive(Debug, Default)]
pub(in crate::address_book) struct Block {
    pub(super) objects: Vec<Entry>,
    /// INVARIANT: as many as `spans`.
    pub(super) tags: Vec<PropertyTag>,
    pub(super) spans: Vec<Span>,
    pub(super) text: String,
    pub(super) octets: Vec<u8>,
    pub(super) links: Vec<MinimalId>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) display_type: DisplayType,
    /// Empty where there is no object.
    pub(super) name: Span,
    /// Where the object's values end; they begin where the ones before it end.
    pub(super) end: u32,
}

/// Where a value stands: in `text`, `octets` or `links`, as its type says. A number or a flag is its own `start`.
#[derive(Debug, Clone, Copy)]
pub(in crate::address_book) struct Span {
    pub(in crate::address_book) start: u32,
    pub(in crate::address_book) len: u32,
}

impl Span {
    /// What is left of a text without its first octets.
    pub(in crate::address_book) fn without(self, octets: usize) -> Self {
        let octets = u32::try_from(octets).unwrap_or(u32::MAX).min(self.len);
        Self { start: self.start.saturating_add(octets), len: self.len - octets }
    }

    fn range(self) -> std::ops::Range<usize> {
        let start = self.start as usize;
        start..start.saturating_add(self.len as usize)
    }
}

impl Block {
    pub(super) fn shrink_to_fit(&mut self) {
        self.objects.shrink_to_fit();
        self.tags.shrink_to_fit();
        self.spans.shrink_to_fit();
        self.text.shrink_to_fit();
        self.octets.shrink_to_fit();
        self.links.shrink_to_fit();
    }

    pub(super) fn object(&self, index: usize) -> Option<Object<'_>> {
        let &Entry { display_type, name, .. } = self.objects.get(index)?;
        let distinguished_name = self.text.get(name.range()).filter(|name| !name.is_empty())?;
        Some(Object { display_type, distinguished_name })
    }

    pub(super) fn tags(&self, index: usize) -> &[PropertyTag] {
        self.values(index).and_then(|values| self.tags.get(values)).unwrap_or_default()
    }

    pub(super) fn value<'a>(&'a self, index: usize, tag: PropertyTag, arena: &'a Arena) -> Option<Value<'a>> {
        let (tag, span) = self.find(index, tag)?;
        Some(match tag.property_type() {
            PropertyType::STRING => Value::from(self.text.get(span.range())?),
            PropertyType::MULTIPLE_STRING => {
                let texts = self.text.get(span.range())?.split('\0').map(|text| Some(Utf16::from(text)));
                Value::MultipleString(Some(Multi::from(ArenaVec::from_iter_in(texts, arena).into_bump_slice())))
            }
            PropertyType::BINARY => Value::Binary(Some(self.octets.get(span.range())?)),
            PropertyType::MULTIPLE_BINARY => {
                let strings = split_counted(self.octets.get(span.range())?).map(|octets| Binary(Some(octets)));
                Value::MultipleBinary(Some(Multi::from(ArenaVec::from_iter_in(strings, arena).into_bump_slice())))
            }
            PropertyType::INTEGER32 => Value::Integer32(span.start.cast_signed()),
            PropertyType::BOOLEAN => Value::Boolean(u16::from(span.start != 0)),
            PropertyType::TIME => {
                let octets = self.octets.get(span.range())?.first_chunk()?;
                Value::Time(FileTime(u64::from_le_bytes(*octets)))
            }
            PropertyType::EMBEDDED_TABLE => Value::EmbeddedTable(0),
            _ => return None,
        })
    }

    /// Where the texts of a property stand: one, several, or none.
    pub(super) fn texts(&self, index: usize, tag: PropertyTag) -> impl Iterator<Item = Span> {
        let found = self
            .find(index, tag)
            .filter(|(tag, _)| matches!(tag.property_type(), PropertyType::STRING | PropertyType::MULTIPLE_STRING));
        found.into_iter().flat_map(|(_, span)| {
            let mut rest = span;
            self.text(span).split('\0').map(move |text| {
                let text = Span { start: rest.start, len: u32::try_from(text.len()).unwrap_or(u32::MAX) };
                rest = rest.without(text.len as usize + 1);
                text
            })
        })
    }

    /// The text that stands there.
    pub(super) fn text(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    pub(super) fn links(&self, index: usize, tag: PropertyTag) -> &[MinimalId] {
        match self.find(index, tag) {
            Some((tag, span)) if tag.property_type() == PropertyType::EMBEDDED_TABLE => {
                self.links.get(span.range()).unwrap_or_default()
            }
            _ => &[],
        }
    }

    /// The tag as it is kept, with the native type, and where its value stands.
    fn find(&self, index: usize, tag: PropertyTag) -> Option<(PropertyTag, Span)> {
        let values = self.values(index)?;
        let tags = self.tags.get(values.clone())?;
        let at = tags.iter().position(|kept| kept.number() == tag.number())?;
        Some((*tags.get(at)?, *self.spans.get(values)?.get(at)?))
    }

    fn values(&self, index: usize) -> Option<std::ops::Range<usize>> {
        let end = self.objects.get(index)?.end as usize;
        let start =
            index.checked_sub(1).and_then(|before| self.objects.get(before)).map_or(0, |entry| entry.end as usize);
        Some(start..end)
    }
}

/// Octet strings, each after its length.
fn split_counted(mut octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (len, rest) = octets.split_first_chunk()?;
        let (string, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        octets = rest;
        Some(string)
    })
}

/// A span that can be kept, with its end.
pub(super) fn span(start: usize, len: usize) -> Result<Span, BookError> {
    let offset = |at: usize| u32::try_from(at).map_err(|_| BookError::TooLarge);
    let (start, end) = (offset(start)?, offset(start + len)?);
    Ok(Span { start, len: end - start })
}
