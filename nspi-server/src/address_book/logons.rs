//! Whose name is whose: the names that the people of a packed book log on under, in order.
//!
//! An account's name (`alice`) and user principal names (`alice@acme.test`) stand in one list, which is kept apart from
//! what a client may ask for: what somebody is called decides nothing about who they are. Compared is as accounts are,
//! case apart letter by letter; `josé` is not `jose`.

#[cfg(feature = "ldap")]
use std::collections::BTreeSet;

use nspi_auth::upper_case;

use super::BookError;
#[cfg(feature = "ldap")]
use super::index::merged;
#[cfg(feature = "ldap")]
use super::packed::BLOCK;
use super::packed::{Packed, Span};
#[cfg(feature = "store")]
use super::store::octets::{Reader, Writer};

/// The names, by their texts in a [`Packed`], which is handed to each method again.
#[derive(Debug, Default)]
pub(super) struct Logons(
    /// INVARIANT: in the order of their texts in upper case.
    Box<[Logon]>,
);

/// A name, and the object whose it is.
#[derive(Debug, Clone, Copy)]
struct Logon {
    text: Span,
    object: u32,
}

impl Logons {
    /// Of these names, each with the index of its object.
    pub(super) fn new(packed: &Packed, names: &[(usize, Span)]) -> Result<Self, BookError> {
        let logon =
            |&(object, text)| Ok(Logon { text, object: u32::try_from(object).map_err(|_| BookError::TooLarge)? });
        let mut logons = names.iter().map(logon).collect::<Result<Box<[_]>, BookError>>()?;
        logons.sort_by_cached_key(|logon| logon.name(packed));
        Ok(Self(logons))
    }

    /// The same once the objects of some blocks have other values, with these names of them.
    #[cfg(feature = "ldap")]
    pub(super) fn again(
        &self,
        packed: &Packed,
        blocks: &BTreeSet<usize>,
        names: &[(usize, Span)],
    ) -> Result<Self, BookError> {
        let new = Self::new(packed, names)?.0.into_vec();
        let is_old = |logon: &&Logon| !blocks.contains(&(logon.object as usize / BLOCK));
        let old: Vec<Logon> = self.0.iter().filter(is_old).copied().collect();
        Ok(Self(merged(&old, new, |a, b| a.name(packed).cmp(&b.name(packed)))))
    }

    /// The one object with this name; `None` if there is none, or more than one.
    pub(super) fn find(&self, packed: &Packed, name: &str) -> Option<usize> {
        let name = upper_case(name);
        let start = self.0.partition_point(|logon| logon.name(packed) < name);
        let mut found = self.0.get(start..)?.iter().take_while(|logon| logon.name(packed) == name);
        let first = found.next()?.object;
        found.all(|logon| logon.object == first).then_some(first as usize)
    }

    /// As a book on disk keeps it.
    #[cfg(feature = "store")]
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.groups(self.0.iter().map(|Logon { text, object }| [text.start, text.len, *object]));
        out.0
    }

    /// What was encoded; `None` for anything else.
    #[cfg(feature = "store")]
    pub(super) fn decode(octets: &[u8]) -> Option<Self> {
        let logons = Reader::new(octets).groups(|[start, len, object]| Logon { text: Span { start, len }, object })?;
        Some(Self(logons.into()))
    }
}

impl Logon {
    fn name(self, packed: &Packed) -> String {
        upper_case(packed.text(self.object as usize, self.text))
    }
}
