//! Many objects in little memory, by their index: blocks of 256, each of which may be read when it is first looked at.
//!
//! ```text
//!   index ──► block index / 256 ──► object index % 256
//!               │ there, or read from its source now, and kept
//! ```
//!
//! An index may be empty: the place of an object that is gone, or whose block cannot be read.

mod block;
#[cfg(feature = "store")]
mod encoded;
mod packer;

use std::fmt::Debug;
use std::sync::{Arc, OnceLock};

use nspi_proto::nspi::MinimalId;
use nspi_proto::nspi::property::{PropertyTag, Value, tags};

pub(super) use block::{Block, Span};
pub(super) use packer::Packer;

use super::{Arena, Object};

/// Objects in a block.
pub(super) const BLOCK: usize = 256;

/// Who has the blocks that are not in memory yet.
pub(super) trait Source: Debug + Send + Sync {
    /// Reads a block. One that cannot be read is an empty one, and its reason in the log.
    fn read(&self, number: usize) -> Block;
}

/// Packed objects, by their index.
#[derive(Debug, Default)]
pub(super) struct Packed {
    /// INVARIANT: all are there if there is no source.
    /// Shared with the views before and after, as far as nobody in a block changes.
    blocks: Box<[OnceLock<Arc<Block>>]>,
    len: usize,
    source: Option<Box<dyn Source>>,
}

impl Packed {
    /// `len` objects that are read when they are looked at.
    #[cfg(feature = "store")]
    pub(super) fn from_source(len: usize, source: Box<dyn Source>) -> Self {
        let blocks = (0..len.div_ceil(BLOCK)).map(|_| OnceLock::new()).collect();
        Self { blocks, len, source: Some(source) }
    }

    /// The same with other blocks, the first of each, in place of some by their numbers. Nothing may be left to be read.
    #[cfg(feature = "ldap")]
    pub(super) fn with(&self, others: impl IntoIterator<Item = (usize, Self)>) -> Self {
        let mut blocks = self.blocks.clone();
        for (number, other) in others {
            if let (Some(place), Some(block)) = (blocks.get_mut(number), other.blocks.into_iter().next()) {
                *place = block;
            }
        }
        Self { blocks, len: self.len, source: None }
    }

    /// Whether a block is the very same in both.
    #[cfg(all(test, feature = "ldap"))]
    pub(super) fn shares(&self, number: usize, other: &Self) -> bool {
        matches!((self.blocks[number].get(), other.blocks[number].get()), (Some(one), Some(other)) if Arc::ptr_eq(one, other))
    }

    /// How many indices there are, the empty ones included.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The blocks in order.
    #[cfg(feature = "store")]
    pub(super) fn blocks(&self) -> impl ExactSizeIterator<Item = Option<&Block>> {
        (0..self.blocks.len()).map(|number| self.block(number))
    }

    fn block(&self, number: usize) -> Option<&Block> {
        let block = self.blocks.get(number)?;
        match &self.source {
            None => block.get().map(Arc::as_ref),
            Some(source) => Some(block.get_or_init(|| Arc::new(source.read(number)))),
        }
    }

    fn locate(&self, index: usize) -> Option<(&Block, usize)> {
        Some((self.block(index / BLOCK)?, index % BLOCK))
    }

    pub(super) fn object(&self, index: usize) -> Option<Object<'_>> {
        let (block, at) = self.locate(index)?;
        block.object(at)
    }

    pub(super) fn tags(&self, index: usize) -> &[PropertyTag] {
        self.locate(index).map_or(&[], |(block, at)| block.tags(at))
    }

    pub(super) fn value<'a>(&'a self, index: usize, tag: PropertyTag, arena: &'a Arena) -> Option<Value<'a>> {
        let (block, at) = self.locate(index)?;
        block.value(at, tag, arena)
    }

    /// The display name; empty if there is none.
    pub(super) fn display_name(&self, index: usize) -> &str {
        self.texts(index, tags::DISPLAY_NAME).next().map_or("", |span| self.text(index, span))
    }

    /// Where the texts of a property stand: one, several, or none.
    pub(super) fn texts(&self, index: usize, tag: PropertyTag) -> impl Iterator<Item = Span> {
        self.locate(index).into_iter().flat_map(move |(block, at)| block.texts(at, tag))
    }

    /// The text that stands there, in an object's block.
    pub(super) fn text(&self, index: usize, span: Span) -> &str {
        self.locate(index).map_or("", |(block, _)| block.text(span))
    }

    pub(super) fn links(&self, index: usize, tag: PropertyTag) -> &[MinimalId] {
        self.locate(index).map_or(&[], |(block, at)| block.links(at, tag))
    }
}
