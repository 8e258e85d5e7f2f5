//! Many objects in little memory.
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

use std::collections::HashMap;

use bumpalo::collections::Vec as ArenaVec;
use nspi_proto::ndr::{Multi, Utf16};
use nspi_proto::nspi::property::{Binary, FileTime, PropertyTag, PropertyType, Value};
use nspi_proto::nspi::{DisplayType, MinimalId};

use super::recipient::{Attribute, Recipient};
use super::{Arena, BookError, Object};

/// Texts up to this many octets are kept once. Longer ones are rarely met twice.
const SHARED: usize = 64;

/// Packed objects, by their index.
#[derive(Debug, Default)]
pub(super) struct Packed {
    objects: Vec<Entry>,
    /// INVARIANT: as many as `spans`.
    tags: Vec<PropertyTag>,
    spans: Vec<Span>,
    text: String,
    octets: Vec<u8>,
    links: Vec<MinimalId>,
}

#[derive(Debug)]
struct Entry {
    display_type: DisplayType,
    name: Span,
    /// Where the object's values end; they begin where the ones before it end.
    end: u32,
}

/// Where a value stands: in `text`, `octets` or `links`, as its type says. A number or a flag is its own `start`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    start: u32,
    len: u32,
}

impl Span {
    /// What is left of a text without its first octets.
    pub(super) fn without(self, octets: usize) -> Self {
        let octets = u32::try_from(octets).unwrap_or(u32::MAX).min(self.len);
        Self { start: self.start + octets, len: self.len - octets }
    }

    fn range(self) -> std::ops::Range<usize> {
        let start = self.start as usize;
        start..start + self.len as usize
    }
}

impl Packed {
    pub(super) fn len(&self) -> usize {
        self.objects.len()
    }

    pub(super) fn object(&self, index: usize) -> Option<Object<'_>> {
        let &Entry { display_type, name, .. } = self.objects.get(index)?;
        Some(Object { display_type, distinguished_name: self.text.get(name.range())? })
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

/// Takes objects one by one.
#[derive(Default)]
pub(super) struct Packer {
    packed: Packed,
    shared: HashMap<Box<str>, Span>,
}

impl Packer {
    /// Appends an object, with the ids that its links came to.
    pub(super) fn push(
        &mut self,
        recipient: Recipient,
        links: impl IntoIterator<Item = (PropertyTag, Vec<MinimalId>)>,
    ) -> Result<(), BookError> {
        let Recipient { display_type, distinguished_name, attributes } = recipient;
        let name = self.text(&distinguished_name)?;
        for (tag, attribute) in attributes {
            if let Some(span) = self.attribute(attribute)? {
                self.value(tag, span);
            }
        }
        for (tag, ids) in links {
            let span = span(self.packed.links.len(), ids.len())?;
            self.packed.links.extend(ids);
            self.value(tag.with_type(PropertyType::EMBEDDED_TABLE), span);
        }
        let end = u32::try_from(self.packed.tags.len()).map_err(|_| BookError::TooLarge)?;
        self.packed.objects.push(Entry { display_type, name, end });
        Ok(())
    }

    pub(super) fn finish(self) -> Packed {
        let mut packed = self.packed;
        packed.objects.shrink_to_fit();
        packed.tags.shrink_to_fit();
        packed.spans.shrink_to_fit();
        packed.text.shrink_to_fit();
        packed.octets.shrink_to_fit();
        packed.links.shrink_to_fit();
        packed
    }

    fn value(&mut self, tag: PropertyTag, span: Span) {
        self.packed.tags.push(tag);
        self.packed.spans.push(span);
    }

    /// Where the value is kept now; `None` for one that is none: an empty text or array, or links, which come apart.
    fn attribute(&mut self, attribute: Attribute) -> Result<Option<Span>, BookError> {
        Ok(match attribute {
            Attribute::Text(text) => Some(self.text(&text)?).filter(|span| span.len > 0),
            Attribute::Texts(texts) => {
                let texts: Vec<String> = texts.iter().map(|text| text.replace('\0', "")).collect();
                let kept: Vec<&str> = texts.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
                Some(self.keep(&kept.join("\0"))?).filter(|span| span.len > 0)
            }
            Attribute::Octets(octets) => Some(self.octets(&octets)?).filter(|span| span.len > 0),
            Attribute::OctetStrings(strings) => {
                let mut counted = Vec::new();
                for string in strings {
                    let len = u32::try_from(string.len()).map_err(|_| BookError::TooLarge)?;
                    counted.extend_from_slice(&len.to_le_bytes());
                    counted.extend_from_slice(&string);
                }
                Some(self.octets(&counted)?).filter(|span| span.len > 0)
            }
            Attribute::Number(number) => Some(Span { start: number.cast_unsigned(), len: 0 }),
            Attribute::Flag(flag) => Some(Span { start: flag.into(), len: 0 }),
            Attribute::Time(FileTime(ticks)) => Some(self.octets(&ticks.to_le_bytes())?),
            Attribute::Links(_) => None,
        })
    }

    fn octets(&mut self, octets: &[u8]) -> Result<Span, BookError> {
        let span = span(self.packed.octets.len(), octets.len())?;
        self.packed.octets.extend_from_slice(octets);
        Ok(span)
    }

    /// Keeps a text without NULs, which end a string on the wire.
    fn text(&mut self, text: &str) -> Result<Span, BookError> {
        if text.contains('\0') { self.keep(&text.replace('\0', "")) } else { self.keep(text) }
    }

    /// Keeps a text, unless it is there already.
    fn keep(&mut self, text: &str) -> Result<Span, BookError> {
        if let Some(&span) = self.shared.get(text) {
            return Ok(span);
        }
        let span = span(self.packed.text.len(), text.len())?;
        self.packed.text.push_str(text);
        if text.len() <= SHARED {
            self.shared.insert(text.into(), span);
        }
        Ok(span)
    }
}

/// A span that can be kept, with its end.
fn span(start: usize, len: usize) -> Result<Span, BookError> {
    let offset = |at: usize| u32::try_from(at).map_err(|_| BookError::TooLarge);
    let (start, end) = (offset(start)?, offset(start + len)?);
    Ok(Span { start, len: end - start })
}
