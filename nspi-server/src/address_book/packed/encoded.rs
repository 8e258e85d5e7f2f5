//! A block as a book on disk keeps it.

use nspi_proto::nspi::property::PropertyTag;
use nspi_proto::nspi::{DisplayType, MinimalId};

use super::BLOCK;
use super::block::{Block, Entry, Span};
use crate::address_book::store::octets::{Reader, Writer};

impl Block {
    pub(in crate::address_book) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.groups(
            self.objects.iter().map(|&Entry { display_type, name, end }| [display_type.0, name.start, name.len, end]),
        );
        out.words(self.tags.iter().map(|tag| tag.0));
        out.groups(self.spans.iter().map(|span| [span.start, span.len]));
        out.octets(self.text.as_bytes());
        out.octets(&self.octets);
        out.words(self.links.iter().map(|id| id.0));
        out.0
    }

    /// What was encoded; `None` for anything else.
    pub(in crate::address_book) fn decode(octets: &[u8]) -> Option<Self> {
        let mut input = Reader::new(octets);
        let block = Self {
            objects: input.groups(|[display_type, start, len, end]| Entry {
                display_type: DisplayType(display_type),
                name: Span { start, len },
                end,
            })?,
            tags: input.groups(|[tag]| PropertyTag(tag))?,
            spans: input.groups(|[start, len]| Span { start, len })?,
            text: input.text()?,
            octets: input.octets()?.to_vec(),
            links: input.groups(|[id]| MinimalId(id))?,
        };
        (block.objects.len() <= BLOCK && block.tags.len() == block.spans.len()).then_some(block)
    }
}
