//! The address book: who is in it, in which lists, and what is known about each.
//!
//! ```text
//!   AddressBook ──view()──► View: an immutable snapshot          a backend's: who there is (MemoryBook, StoreBook, LdapBook, or yours)
//!                             │
//!                           Reader { view, arena, server_guid }  everybody's: what MS-NSPI makes of it
//!                             ├─ table, rows, special_table   NspiUpdateStat, NspiQueryRows, NspiGetSpecialTable
//!                             ├─ properties, names            NspiGetProps and the lists of properties; their names
//!                             ├─ seek, matches, lookup        NspiSeekEntries, NspiGetMatches, NspiResolveNames, ..
//!                             │    └─ restriction, anr        what meets a restriction, whom a name may mean
//!                             ├─ templates                    NspiGetTemplateInfo, and the table of address creation
//!                             ├─ modify                       NspiModProps, NspiModLinkAtt
//!                             └─ property, fold, code_page    column types, what every object has; how text compares
//! ```
//!
//! A backend knows nothing of STATs and columns: it lends names, values and sorted rows. The rules of tables stand once,
//! above the trait. Values that must be made for an answer live in an [`Arena`] that the caller clears between calls.
//!
//! ```
//! use nspi_proto::nspi::{NspiQueryRowsRequest, property::tags};
//! use nspi_server::address_book::{AddressBook, Arena, MemoryBook, Reader};
//!
//! let view = MemoryBook::company().view();
//! let arena = Arena::new();
//! let reader = Reader::new(&*view, &arena);
//! let (stat, rows) = reader.query_rows(&NspiQueryRowsRequest { count: 3, ..Default::default() })?;
//! assert_eq!((rows.len(), stat.num_pos), (3, 3));
//! # Ok::<(), nspi_proto::nspi::Status>(())
//! ```

mod anr;
mod attributes;
mod change;
pub mod code_page;
pub mod collation;
mod company;
mod editable;
pub mod fold;
#[cfg(feature = "ldif")]
mod from_ldif;
mod index;
#[cfg(feature = "ldap")]
mod ldap;
mod links;
mod lists;
mod logons;
mod lookup;
mod matches;
mod memory;
mod modify;
mod names;
mod order;
mod packed;
mod properties;
mod property;
mod reader;
mod recipient;
mod restriction;
mod rows;
mod seek;
mod snapshot;
mod special_table;
#[cfg(feature = "store")]
mod store;
mod table;
mod templates;
#[cfg(feature = "ldap")]
mod update;

use std::sync::Arc;

use nspi_auth::upper_case;
use nspi_proto::nspi::property::{PropertyTag, Value, tags};
use nspi_proto::nspi::{DisplayType, Lcid, MinimalId, SortType, Stat, Status};

pub use anr::NAMES;
pub use attributes::AttributeMap;
pub use change::{Change, Editor};
pub use editable::EditableBook;
#[cfg(feature = "ldap")]
pub use ldap::{LdapBook, LdapError};
pub use memory::{BookError, MemoryBook};
pub use names::PS_MAPI;
use property::characters;
pub use reader::{Limits, Reader};
pub use recipient::Recipient;
#[cfg(feature = "store")]
pub use store::{Progress, StoreBook, StoreError};
pub use table::update_stat;
pub use templates::{SCRIPT_DATA, TEMPLATE_DATA};

/// Where values that an answer needs, and that nobody holds, are made: one block of memory, given back as a whole.
pub use bumpalo::Bump as Arena;

/// Where people come from. Backends swap views; a call works on the one it took.
pub trait AddressBook: Send + Sync {
    /// The book as it stands now.
    fn view(&self) -> Arc<dyn View>;

    /// Whether `user` (`DOMAIN\user`) may change a property of an object. The default is no.
    fn may_modify(&self, user: &str, id: MinimalId, tag: PropertyTag) -> bool {
        let _ = (user, id, tag);
        false
    }

    /// Makes a change for `user` (`DOMAIN\user`): all of it, or none. Views taken later show it. The default refuses.
    ///
    /// # Errors
    /// [`Status::ACCESS_DENIED`] if the user may not, or the backend cannot; nothing is changed then.
    fn modify(&self, user: &str, change: &Change<'_>) -> Result<(), Status> {
        let _ = (user, change);
        Err(Status::ACCESS_DENIED)
    }
}

impl<B: AddressBook + ?Sized> AddressBook for Box<B> {
    fn view(&self) -> Arc<dyn View> {
        (**self).view()
    }

    fn may_modify(&self, user: &str, id: MinimalId, tag: PropertyTag) -> bool {
        (**self).may_modify(user, id, tag)
    }

    fn modify(&self, user: &str, change: &Change<'_>) -> Result<(), Status> {
        (**self).modify(user, change)
    }
}

/// An immutable snapshot of an address book.
///
/// Minimal entry ids start at [`MinimalId::FIRST_OBJECT`] and name the same object, or none, in all views that a server
/// with one GUID ever shows [MS-NSPI 2.3.8.1]; containers and objects share them. No method waits for the network.
pub trait View: Send + Sync {
    /// The containers in the order of the hierarchy table. The first is the Global Address List: id 0, name `/`.
    fn containers(&self) -> &[Container];

    /// Another number whenever [`containers`](Self::containers) is another; never 0, which a client without any
    /// hierarchy sends.
    fn hierarchy_version(&self) -> u32;

    /// The rows of a table in its order; `None` if there is no such container. An order that the backend has not is
    /// answered with the nearest it has.
    fn rows(&self, table: Table) -> Option<&[MinimalId]>;

    /// Whether the order that a locale asks for is there. If not, the first [`rows`](Self::rows), position or place in it
    /// takes longer, and is asked for where nobody waits. The default says that it is.
    fn is_sorted(&self, locale: Lcid) -> bool {
        let _ = locale;
        true
    }

    /// Where an object stands in [`rows`](Self::rows), from 0. No slower than a binary search.
    fn position(&self, table: Table, id: MinimalId) -> Option<usize>;

    /// What an id names; `None` if nothing.
    fn object(&self, id: MinimalId) -> Option<Object<'_>>;

    /// The value of a property in its native type, whatever type `tag` has; `None` if the object has none.
    ///
    /// Lent, or made in `arena`. Only what is particular to this object: [`Reader`] adds what follows from its name and
    /// kind.
    fn value<'a>(&'a self, id: MinimalId, tag: PropertyTag, arena: &'a Arena) -> Option<Value<'a>>;

    /// The properties that [`value`](Self::value) has values of, with their native types.
    fn tags(&self, id: MinimalId) -> &[PropertyTag];

    /// What an object-valued property (PtypEmbeddedTable: manager, members, ..) refers to.
    fn links(&self, id: MinimalId, tag: PropertyTag) -> &[MinimalId] {
        let _ = (id, tag);
        &[]
    }

    /// How many rows of a table have a display name before `name`: where it stands, or would. `None` if there is no
    /// such container. The default is a binary search by [`fold::compare`]; a backend with another order has its own, such
    /// as a [`Collation`](collation::Collation)'s.
    fn seek(&self, table: Table, name: &str) -> Option<usize> {
        let rows = self.rows(table)?;
        Some(rows.partition_point(|id| {
            let arena = Arena::new();
            match self.value(*id, tags::DISPLAY_NAME, &arena) {
                Some(Value::String(Some(found))) => fold::compare(characters(found, &arena), name).is_lt(),
                _ => true,
            }
        }))
    }

    /// The object of a distinguished name, case ignored. The default looks at everybody.
    fn find(&self, distinguished_name: &str) -> Option<MinimalId> {
        let has_name = |id: &&MinimalId| {
            let object = self.object(**id);
            object.is_some_and(|object| object.distinguished_name.eq_ignore_ascii_case(distinguished_name))
        };
        self.rows(Table::everybody())?.iter().find(has_name).copied()
    }

    /// The mail user who logs on under a name: an account's (`alice`), or a user principal name (`alice@acme.test`). `None`
    /// if there is none, or more than one. What that user may change hangs on it: who only *is called* so does not count.
    /// Case does not matter; accents do. The default is whose [account](tags::ACCOUNT) it is.
    fn logon(&self, name: &str) -> Option<MinimalId> {
        let wanted = upper_case(name);
        let is_wanted = |id: &MinimalId| {
            let arena = Arena::new();
            let is_user = self.object(*id).is_some_and(|object| object.display_type == DisplayType::MAIL_USER);
            is_user
                && matches!(self.value(*id, tags::ACCOUNT, &arena), Some(Value::String(Some(text)))
                    if upper_case(characters(text, &arena)) == wanted)
        };
        let mut found = self.candidates(name).filter(is_wanted);
        let first = found.next()?;
        found.all(|id| id == first).then_some(first)
    }

    /// Whom a name that begins with `prefix` may mean: at least all those of whom one of the [`NAMES`] begins so once
    /// both are [folded](fold::fold), or does behind its first colon (`SMTP:`). In any order; more than once, and
    /// others too, if that is easier: each is looked at again. The default is everybody.
    fn candidates<'a>(&'a self, prefix: &str) -> Box<dyn Iterator<Item = MinimalId> + 'a> {
        let _ = prefix;
        Box::new(self.rows(Table::everybody()).unwrap_or_default().iter().copied())
    }
}

/// A status-based table [MS-NSPI 3.1.4.4.1]: the rows of a container in an order. What a STAT says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Table {
    /// The container; 0 is the Global Address List.
    pub container: MinimalId,
    /// Which name to sort by.
    pub sort_type: SortType,
    /// In which language.
    pub locale: Lcid,
}

impl Table {
    /// The Global Address List by display name, in the default locale.
    #[must_use]
    pub fn everybody() -> Self {
        Self { container: MinimalId(0), sort_type: SortType::DISPLAY_NAME, locale: Lcid::DEFAULT }
    }
}

impl From<&Stat> for Table {
    fn from(stat: &Stat) -> Self {
        Self { container: stat.container_id, sort_type: stat.sort_type, locale: stat.sort_locale }
    }
}

/// An object of the address book: what the properties that all objects have follow from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object<'a> {
    /// What a row of it shows: a mail user, a distribution list, ..
    pub display_type: DisplayType,
    /// Its name for ever, `legacyExchangeDN` in a directory: ASCII, without a terminator.
    pub distinguished_name: &'a str,
}

/// A container: an address list that a client can open.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Container {
    /// What STATs call it.
    pub id: MinimalId,
    /// Its name for ever: `/` for the Global Address List, else `/guid=` and 32 hexadecimal digits [MS-OXOABK].
    pub distinguished_name: String,
    /// What people call it.
    pub display_name: String,
    /// The container it stands under.
    pub parent: Option<MinimalId>,
    /// How many containers stand above it.
    pub depth: u32,
}

impl Container {
    /// The Global Address List: id 0, name `/`, no parent.
    #[must_use]
    pub fn global_address_list() -> Self {
        Self {
            id: MinimalId(0),
            distinguished_name: "/".into(),
            display_name: "Global Address List".into(),
            parent: None,
            depth: 0,
        }
    }
}
