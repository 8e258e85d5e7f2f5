//! What callers change, where a backend can be written to.

use nspi_proto::nspi::MinimalId;
use nspi_proto::nspi::property::{PropertyTag, PropertyValue};

use super::AddressBook;

/// A change of one object, asked for by NspiModProps or NspiModLinkAtt: all of it is made, or nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change<'c> {
    /// Values go, others come.
    Values {
        /// The object.
        id: MinimalId,
        /// Properties that lose their values.
        removed: &'c [PropertyTag],
        /// Properties that get these values in place of those they have.
        values: &'c [PropertyValue<'c>],
    },
    /// A property refers to more objects, or to fewer.
    Links {
        /// The object.
        id: MinimalId,
        /// Its property.
        tag: PropertyTag,
        /// To whom. Those it refers to already are not added again; those it does not refer to need not be taken out.
        to: &'c [MinimalId],
        /// Whether they are taken out.
        delete: bool,
    },
}

impl Change<'_> {
    /// The object.
    #[must_use]
    pub fn id(&self) -> MinimalId {
        match *self {
            Self::Values { id, .. } | Self::Links { id, .. } => id,
        }
    }
}

/// Who changes things, and where the changes go.
#[derive(Clone, Copy)]
pub struct Editor<'a> {
    /// The address book.
    pub book: &'a dyn AddressBook,
    /// The caller: `DOMAIN\user`.
    pub user: &'a str,
}
