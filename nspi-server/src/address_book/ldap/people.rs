//! What is known of a directory: its entries, and the id that each got when it was first seen.

use std::collections::{BTreeMap, HashMap, HashSet};

use nspi_proto::nspi::MinimalId;
use tracing::warn;

use super::flavour::{Flavour, Key};
use super::packed_entry::PackedEntry;
use crate::address_book::order::index;
use crate::address_book::snapshot::{Ids, Snapshot};
use crate::address_book::{AttributeMap, BookError, Recipient, View, from_ldif, lists};
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
    /// Whose each id is, in order.
    keys: Vec<Key>,
    /// Names that entries had before, as groups may still call them.
    former: HashMap<String, Key>,
    since: Since,
}

/// What has changed since the last snapshot.
#[derive(Debug)]
enum Since {
    /// Nothing but values of these.
    Values(Vec<Key>),
    /// Who there is, or who refers to whom.
    More,
}

impl People {
    pub(super) fn new(attributes: AttributeMap) -> Self {
        Self {
            attributes,
            entries: BTreeMap::new(),
            ids: HashMap::new(),
            keys: Vec::new(),
            former: HashMap::new(),
            since: Since::More,
        }
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
        let known = self.entries.get(&key).map(|known| &known.entry);
        if known == Some(&packed) {
            return false;
        }
        if let Some(known) = known.filter(|known| known.dn() != entry.dn) {
            self.former.insert(from_ldif::folded(known.dn()), key.clone());
        }
        let in_values = known.is_some_and(|known| from_ldif::differ_in_values(&known.entry(), entry, &self.attributes));
        match &mut self.since {
            Since::Values(keys) if in_values => keys.push(key.clone()),
            since => *since = Since::More,
        }
        self.entries.insert(key, Known { entry: packed, stamp: flavour.stamp(entry).into() });
        true
    }

    /// Forgets an entry; whether it was there.
    pub(super) fn remove(&mut self, key: &Key) -> bool {
        let was_there = self.entries.remove(key).is_some();
        if was_there {
            self.since = Since::More;
        }
        was_there
    }

    /// Forgets all entries but these; how many that were.
    pub(super) fn keep(&mut self, present: &HashSet<Key>) -> usize {
        let before = self.entries.len();
        self.entries.retain(|key, _| present.contains(key));
        let gone = before - self.entries.len();
        if gone > 0 {
            self.since = Since::More;
        }
        gone
    }

    /// What has become of the book that was made last.
    pub(super) fn updated(&mut self, last: &Snapshot) -> Result<Snapshot, BookError> {
        // Whatever goes wrong, nothing is missed.
        if let Since::Values(keys) = std::mem::replace(&mut self.since, Since::More) {
            let ids = keys.iter().filter_map(|key| self.ids.get(key).copied());
            let changed: Vec<MinimalId> = ids.filter(|id| last.object(*id).is_some()).collect();
            if let Some(snapshot) = last.updated(&changed, |id| self.recipient(id))? {
                self.since = Since::Values(Vec::new());
                return Ok(snapshot);
            }
        }
        let snapshot = self.snapshot()?;
        snapshot.sort_in(last.orders.languages());
        Ok(snapshot)
    }

    /// The recipient who has an id, links apart.
    fn recipient(&self, id: MinimalId) -> Option<Recipient> {
        let known = self.entries.get(self.keys.get(index(id))?)?;
        from_ldif::alone(&known.entry.entry(), &self.attributes)
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
                let id = *self.ids.entry(key.clone()).or_insert_with(|| {
                    self.keys.push(key.clone());
                    next
                });
                people.push((id, recipient));
            } else {
                warn!(name = recipient.distinguished_name, "two entries have one legacyExchangeDN; one is left out");
            }
        }
        people.sort_by_key(|(id, _)| *id);
        let snapshot = Snapshot::new(people, Ids::Kept)?;
        self.since = Since::Values(Vec::new());
        Ok(snapshot)
    }
}
