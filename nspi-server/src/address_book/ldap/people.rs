//! What is known of a directory: its entries, and the id that each got when it was first seen.

use std::collections::{BTreeMap, HashMap, HashSet};

use nspi_proto::nspi::MinimalId;
use tracing::warn;

use super::flavour::{Flavour, Key};
use super::packed_entry::PackedEntry;
use crate::address_book::snapshot::{Ids, Snapshot};
use crate::address_book::{AttributeMap, BookError, from_ldif, lists};
use crate::ldif::Entry;

/// An entry, and what its stamp was when it was read.
#[derive(Debug)]
struct Known {
    entry: PackedEntry,
    stamp: Box<str>,
}

#[derive(Debug)]
pub(super) struct People {
    attributes: AttributeMap,
    entries: BTreeMap<Key, Known>,
    /// Never shrinks: an id is nobody else's, ever.
    ids: HashMap<Key, MinimalId>,
    /// Names that entries had before, as groups may still call them.
    former: HashMap<String, Key>,
}

impl People {
    pub(super) fn new(attributes: AttributeMap) -> Self {
        Self { attributes, entries: BTreeMap::new(), ids: HashMap::new(), former: HashMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// What an entry's stamp was when it was read.
    pub(super) fn stamp(&self, key: &Key) -> Option<&str> {
        self.entries.get(key).map(|known| &*known.stamp)
    }

    /// Takes an entry as it is now; whether that is another than before.
    pub(super) fn put(&mut self, flavour: Flavour, entry: &Entry) -> bool {
        let key = flavour.key(entry);
        self.former.remove(&from_ldif::folded(&entry.dn));
        let packed = PackedEntry::new(entry);
        match self.entries.get(&key).map(|known| &known.entry) {
            Some(known) if *known == packed => return false,
            Some(known) if known.dn() != entry.dn => {
                self.former.insert(from_ldif::folded(known.dn()), key.clone());
            }
            _ => {}
        }
        self.entries.insert(key, Known { entry: packed, stamp: flavour.stamp(entry).into() });
        true
    }

    /// Forgets an entry; whether it was there.
    pub(super) fn remove(&mut self, key: &Key) -> bool {
        self.entries.remove(key).is_some()
    }

    /// Forgets all entries but these; how many that were.
    pub(super) fn keep(&mut self, present: &HashSet<Key>) -> usize {
        let before = self.entries.len();
        self.entries.retain(|key, _| present.contains(key));
        before - self.entries.len()
    }

    /// A book of those who are recipients.
    pub(super) fn snapshot(&mut self) -> Result<Snapshot, BookError> {
        let entries = self.entries.iter().map(|(key, known)| (key.clone(), known.entry.entry()));
        let recipients = from_ldif::recipients_by(entries, &self.former, &self.attributes);
        let mut names = HashSet::with_capacity(recipients.len());
        let mut people = Vec::with_capacity(recipients.len());
        for (key, recipient) in recipients {
            if names.insert(recipient.distinguished_name.to_ascii_lowercase()) {
                let next = lists::id(self.ids.len())?;
                let id = *self.ids.entry(key.clone()).or_insert(next);
                people.push((id, recipient));
            } else {
                warn!(name = recipient.distinguished_name, "two entries have one legacyExchangeDN; one is left out");
            }
        }
        people.sort_by_key(|(id, _)| *id);
        Snapshot::new(people, Ids::Kept)
    }
}
