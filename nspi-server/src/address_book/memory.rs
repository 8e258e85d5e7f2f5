//! The address book that is held in memory: the default.
//!
//! Made once, of recipients in any order; never changed. Objects get their ids in the order of the Global Address List,
//! so that those who stand together in a table stand together in memory.

use std::sync::Arc;

use super::collation::{Collation, Language};
use super::snapshot::{Ids, Snapshot};
use super::{AddressBook, Recipient, View, company, lists};
#[cfg(feature = "ldif")]
use super::{AttributeMap, from_ldif};
#[cfg(feature = "ldif")]
use crate::ldif::{self, LdifError};

/// Why recipients do not make an address book.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BookError {
    /// Two recipients have one name, case ignored. What one is sent would reach the other.
    #[error("two recipients are named {name}")]
    DuplicateName {
        /// The distinguished name.
        name: String,
    },
    /// More than 4 GiB of text, of octets, or of values.
    #[error("the recipients need more than 4 GiB of one kind of value")]
    TooLarge,
    /// The file is no LDIF (feature `ldif`).
    #[cfg(feature = "ldif")]
    #[error(transparent)]
    Ldif(#[from] LdifError),
}

/// An address book in memory. Clones share it.
#[derive(Debug, Clone)]
pub struct MemoryBook(Arc<Snapshot>);

impl MemoryBook {
    /// A book of these recipients, in any order: in the Global Address List, and each kind of them in a list of its
    /// own.
    ///
    /// # Errors
    /// [`BookError::DuplicateName`] or [`BookError::TooLarge`].
    pub fn new(recipients: impl IntoIterator<Item = Recipient>) -> Result<Self, BookError> {
        let mut recipients: Vec<Recipient> = recipients.into_iter().collect();
        let collation = Collation::new(Language::default());
        recipients.sort_by(|a, b| collation.order(a.display_name(), b.display_name()));
        let with_id = |(index, recipient)| Ok((lists::id(index)?, recipient));
        let people = recipients.into_iter().enumerate().map(with_id).collect::<Result<_, BookError>>()?;
        Ok(Self(Arc::new(Snapshot::new(people, Ids::Sorted)?)))
    }

    /// The built-in company, ACME: some forty people, with groups and rooms. Alice and Bob among them.
    #[must_use]
    pub fn company() -> Self {
        // The people are constants, and a test reads them.
        Self::new(company::recipients()).expect("each of ACME's people has a name of their own")
    }

    /// The recipients among the entries of an LDIF file: people, groups, contacts and folders that have an address,
    /// and are not hidden (`msExchHideFromAddressLists`). Other entries are passed over. Needs the feature `ldif`.
    ///
    /// ```
    /// use nspi_server::address_book::{AttributeMap, MemoryBook};
    /// let file = b"dn: cn=Ann,dc=acme,dc=test\nobjectClass: person\ncn: Ann\nmail: ann@acme.test\n";
    /// assert_eq!(MemoryBook::from_ldif(file, &AttributeMap::default())?.len(), 1);
    /// # Ok::<(), nspi_server::address_book::BookError>(())
    /// ```
    ///
    /// # Errors
    /// [`BookError::Ldif`] with the line that is no LDIF, or as [`new`](Self::new).
    #[cfg(feature = "ldif")]
    pub fn from_ldif(file: &[u8], attributes: &AttributeMap) -> Result<Self, BookError> {
        // The entries go before the book is made.
        let recipients = from_ldif::recipients(&ldif::parse(file)?, attributes);
        Self::new(recipients)
    }

    #[cfg(feature = "store")]
    pub(super) fn snapshot(&self) -> &Snapshot {
        &self.0
    }

    /// Number of recipients.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.objects.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl AddressBook for MemoryBook {
    fn view(&self) -> Arc<dyn View> {
        self.0.clone()
    }
}
