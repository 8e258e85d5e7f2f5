//! Who is called what: the names of a packed book in order, so that a look-up is a binary search.
//!
//! ```text
//!   keys       adams│alice adams│alice@..│smtp:alice@..│..   each name of each object, folded order
//!   objects      0  │     0     │    0   │      0      │..
//!   by_name    ..│ 17 │ 0 │ ..                               objects by distinguished name
//! ```

use std::cmp::Ordering;
#[cfg(feature = "ldap")]
use std::collections::BTreeSet;

use super::BookError;
use super::anr::NAMES;
use super::fold::{compare, compare_head, fold};
#[cfg(feature = "ldap")]
use super::packed::BLOCK;
use super::packed::{Packed, Span};
#[cfg(feature = "store")]
use super::store::octets::{Reader, Writer};

/// The names in a [`Packed`], which is handed to each method again.
#[derive(Debug, Default)]
pub(super) struct NameIndex {
    /// INVARIANT: in the order of their folded texts.
    keys: Box<[Key]>,
    /// INVARIANT: in the order of the objects' distinguished names, case ignored.
    by_name: Box<[u32]>,
}

/// A name, and whose it is.
#[derive(Debug, Clone, Copy)]
struct Key {
    text: Span,
    object: u32,
}

impl Key {
    fn name(self, packed: &Packed) -> &str {
        packed.text(self.object as usize, self.text)
    }
}

impl NameIndex {
    pub(super) fn new(packed: &Packed) -> Result<Self, BookError> {
        let objects = u32::try_from(packed.len()).map_err(|_| BookError::TooLarge)?;
        let mut by_name: Box<[u32]> = (0..objects).filter(|object| packed.object(*object as usize).is_some()).collect();
        by_name.sort_by(|a, b| compare_names(name(packed, *a), name(packed, *b)));
        let mut keys = Vec::new();
        (0..objects).for_each(|object| add_keys(packed, object, &mut keys));
        // Most comparisons end in the first few characters: these are at hand.
        let mut headed: Vec<(u64, Key)> = keys.into_iter().map(|key| (head(key.name(packed)), key)).collect();
        headed.sort_unstable_by(|(a_head, a), (b_head, b)| {
            a_head.cmp(b_head).then_with(|| compare(a.name(packed), b.name(packed))).then(a.object.cmp(&b.object))
        });
        Ok(Self { keys: headed.into_iter().map(|(_, key)| key).collect(), by_name })
    }

    /// The same once the objects of some blocks have other values; distinguished names are what they were.
    #[cfg(feature = "ldap")]
    pub(super) fn again(&self, packed: &Packed, blocks: &BTreeSet<usize>) -> Self {
        let order = |a: &Key, b: &Key| compare(a.name(packed), b.name(packed)).then(a.object.cmp(&b.object));
        let mut new = Vec::new();
        for object in blocks.iter().flat_map(|block| block * BLOCK..packed.len().min((block + 1) * BLOCK)) {
            add_keys(packed, object as u32, &mut new);
        }
        new.sort_unstable_by(order);
        let is_old = |key: &&Key| !blocks.contains(&(key.object as usize / BLOCK));
        let old: Vec<Key> = self.keys.iter().filter(is_old).copied().collect();
        Self { keys: merged(&old, new, order), by_name: self.by_name.clone() }
    }

    /// As a book on disk keeps it.
    #[cfg(feature = "store")]
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.groups(self.keys.iter().map(|Key { text, object }| [text.start, text.len, *object]));
        out.words(self.by_name.iter().copied());
        out.0
    }

    /// What was encoded; `None` for anything else.
    #[cfg(feature = "store")]
    pub(super) fn decode(octets: &[u8]) -> Option<Self> {
        let mut input = Reader::new(octets);
        let keys = input.groups(|[start, len, object]| Key { text: Span { start, len }, object })?;
        Some(Self { keys: keys.into(), by_name: input.groups(|[object]| object)?.into() })
    }

    /// The objects that have a name beginning with `prefix`, in the order of these names.
    pub(super) fn candidates<'s>(
        &'s self,
        packed: &Packed,
        prefix: &str,
    ) -> impl ExactSizeIterator<Item = usize> + use<'s> {
        let order = |key: &Key| compare_head(key.name(packed), prefix);
        let start = self.keys.partition_point(|key| order(key) == Ordering::Less);
        let behind = self.keys.get(start..).unwrap_or_default();
        let len = behind.partition_point(|key| order(key) == Ordering::Equal);
        behind.get(..len).unwrap_or_default().iter().map(|key| key.object as usize)
    }

    /// The object of a distinguished name.
    pub(super) fn find(&self, packed: &Packed, wanted: &str) -> Option<usize> {
        let at = self.by_name.binary_search_by(|object| compare_names(name(packed, *object), wanted)).ok()?;
        self.by_name.get(at).map(|object| *object as usize)
    }
}

/// Two lists in one order.
#[cfg(feature = "ldap")]
pub(super) fn merged<T: Copy>(mut old: &[T], new: Vec<T>, order: impl Fn(&T, &T) -> Ordering) -> Box<[T]> {
    let mut merged = Vec::with_capacity(old.len() + new.len());
    for item in new {
        let (before, after) = old.split_at(old.partition_point(|other| order(other, &item).is_lt()));
        merged.extend_from_slice(before);
        merged.push(item);
        old = after;
    }
    merged.extend_from_slice(old);
    merged.into()
}

/// Adds the names of one object, each once.
fn add_keys(packed: &Packed, object: u32, keys: &mut Vec<Key>) {
    let first = keys.len();
    for text in NAMES.iter().flat_map(|tag| packed.texts(object as usize, *tag)) {
        let whole = packed.text(object as usize, text);
        // The address without its type, and with it.
        let parts = whole.split_once(':').map(|(kind, _)| text.without(kind.len() + 1));
        for text in parts.into_iter().chain([text]) {
            let known = keys.get(first..).unwrap_or_default();
            if !known.iter().any(|key: &Key| {
                let known = packed.text(object as usize, key.text);
                known.eq_ignore_ascii_case(packed.text(object as usize, text))
            }) {
                keys.push(Key { text, object });
            }
        }
    }
}

fn name(packed: &Packed, object: u32) -> &str {
    packed.object(object as usize).map_or("", |object| object.distinguished_name)
}

/// Distinguished names are ASCII; their case does not matter.
fn compare_names(a: &str, b: &str) -> Ordering {
    a.bytes().map(|octet| octet.to_ascii_lowercase()).cmp(b.bytes().map(|octet| octet.to_ascii_lowercase()))
}

/// The first octets of a folded text as a number: in UTF-8 these sort as the characters do.
fn head(text: &str) -> u64 {
    let mut octets = [0; 8];
    let mut buffer = [0; 4];
    let folded = fold(text).flat_map(|c| {
        let len = c.encode_utf8(&mut buffer).len();
        buffer.into_iter().take(len)
    });
    octets.iter_mut().zip(folded).for_each(|(place, octet)| *place = octet);
    u64::from_be_bytes(octets)
}
