//! Recipients into blocks.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use nspi_proto::nspi::property::{FileTime, PropertyTag, PropertyType};
use nspi_proto::nspi::{DisplayType, MinimalId};

use super::block::{Block, Entry, Span, span};
use super::{BLOCK, Packed};
use crate::address_book::BookError;
use crate::address_book::recipient::{Attribute, Recipient};

/// Texts up to this many octets are kept once in a block. Longer ones are rarely met twice.
const SHARED: usize = 64;

/// Takes objects in the order of their indices.
#[derive(Default)]
pub(in crate::address_book) struct Packer {
    done: Vec<OnceLock<Arc<Block>>>,
    /// The block that is being filled.
    packed: Block,
    shared: HashMap<Box<str>, Span>,
}

impl Packer {
    /// The index that the next object gets.
    pub(in crate::address_book) fn next(&self) -> usize {
        self.done.len() * BLOCK + self.packed.objects.len()
    }

    /// Leaves an index empty.
    pub(in crate::address_book) fn skip(&mut self) -> Result<(), BookError> {
        self.entry(DisplayType::MAIL_USER, Span { start: 0, len: 0 })
    }

    /// Appends an object, with the ids that its links came to.
    pub(in crate::address_book) fn push(
        &mut self,
        recipient: Recipient,
        links: impl IntoIterator<Item = (PropertyTag, Vec<MinimalId>)>,
    ) -> Result<(), BookError> {
        let Recipient { display_type, distinguished_name, attributes, .. } = recipient;
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
        self.entry(display_type, name)
    }

    pub(in crate::address_book) fn finish(mut self) -> Packed {
        let len = self.next();
        self.end_block();
        Packed { blocks: self.done.into(), len, source: None }
    }

    fn entry(&mut self, display_type: DisplayType, name: Span) -> Result<(), BookError> {
        let end = u32::try_from(self.packed.tags.len()).map_err(|_| BookError::TooLarge)?;
        self.packed.objects.push(Entry { display_type, name, end });
        if self.packed.objects.len() == BLOCK {
            self.end_block();
        }
        Ok(())
    }

    fn end_block(&mut self) {
        let mut block = std::mem::take(&mut self.packed);
        self.shared.clear();
        if !block.objects.is_empty() {
            block.shrink_to_fit();
            self.done.push(OnceLock::from(Arc::new(block)));
        }
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

    /// Keeps a text in the block of the next object, unless it is there already.
    pub(in crate::address_book) fn keep(&mut self, text: &str) -> Result<Span, BookError> {
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
