//! The address book that is held in memory: the default.
//!
//! Made once, of recipients in any order; never changed. Objects get their ids in the order of the Global Address List,
//! so the rows of each container are an ascending list of ids, and a position is a binary search.
//! Sorted by display name as `fold` compares; the orders of languages need a collation library.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use nspi_proto::nspi::property::{PropertyTag, Value, tags};
use nspi_proto::nspi::{DisplayType, MinimalId};
use uuid::Uuid;

use super::fold::fold;
use super::index::NameIndex;
use super::packed::{Packed, Packer};
use super::recipient::{Attribute, Recipient};
use super::{AddressBook, Arena, AttributeMap, Container, Object, Table, View, company, from_ldif};
use crate::ldif::{self, LdifError};

/// `PidTagDisplayTypeEx` of a room: `DT_ROOM`.
const DISPLAY_TYPE_EX_ROOM: i32 = 7;

/// Properties that refer to others, and the one that refers back.
const LINKS: [(PropertyTag, PropertyTag); 2] =
    [(tags::MEMBER, tags::IS_MEMBER_OF_DISTRIBUTION_LIST), (tags::MANAGER, tags::REPORTS)];

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
    /// The file is no LDIF.
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
        recipients.sort_by_cached_key(|recipient| {
            recipient.find_text(tags::DISPLAY_NAME).map(|name| fold(name).collect::<String>())
        });
        let ids = Ids::of(&recipients)?;
        let lists = lists(&recipients)?;
        let links = resolve(&recipients, &ids);
        let mut packer = Packer::default();
        for (recipient, links) in recipients.into_iter().zip(links) {
            packer.push(recipient, links)?;
        }
        let mut hasher = DefaultHasher::new();
        lists.iter().for_each(|list| list.container.hash(&mut hasher));
        let hierarchy_version = hasher.finish() as u32 | 1;
        let (containers, rows) = lists.into_iter().map(|List { container, rows }| (container, rows)).unzip();
        let objects = packer.finish();
        let names = NameIndex::new(&objects)?;
        Ok(Self(Arc::new(Snapshot { objects, names, containers, rows, hierarchy_version })))
    }

    /// The built-in company, ACME: some forty people, with groups and rooms. Alice and Bob among them.
    #[must_use]
    pub fn company() -> Self {
        // The people are constants, and a test reads them.
        Self::new(company::recipients()).expect("each of ACME's people has a name of their own")
    }

    /// The recipients among the entries of an LDIF file: people, groups, contacts and folders that have an address,
    /// and are not hidden (`msExchHideFromAddressLists`). Other entries are passed over.
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
    pub fn from_ldif(file: &[u8], attributes: &AttributeMap) -> Result<Self, BookError> {
        Self::new(from_ldif::recipients(&ldif::parse(file)?, attributes))
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

#[derive(Debug)]
struct Snapshot {
    /// INVARIANT: in the order of the Global Address List; the id of each is its index + 0x10.
    objects: Packed,
    names: NameIndex,
    containers: Vec<Container>,
    /// The rows of each container. INVARIANT: ascending, which is the order of the table.
    rows: Vec<Box<[MinimalId]>>,
    hierarchy_version: u32,
}

impl View for Snapshot {
    fn containers(&self) -> &[Container] {
        &self.containers
    }

    fn hierarchy_version(&self) -> u32 {
        self.hierarchy_version
    }

    fn rows(&self, table: Table) -> Option<&[MinimalId]> {
        let index = self.containers.iter().position(|container| container.id == table.container)?;
        self.rows.get(index).map(AsRef::as_ref)
    }

    fn position(&self, table: Table, id: MinimalId) -> Option<usize> {
        self.rows(table)?.binary_search(&id).ok()
    }

    fn object(&self, id: MinimalId) -> Option<Object<'_>> {
        self.objects.object(index(id)?)
    }

    fn value<'a>(&'a self, id: MinimalId, tag: PropertyTag, arena: &'a Arena) -> Option<Value<'a>> {
        self.objects.value(index(id)?, tag, arena)
    }

    fn tags(&self, id: MinimalId) -> &[PropertyTag] {
        index(id).map_or(&[], |index| self.objects.tags(index))
    }

    fn links(&self, id: MinimalId, tag: PropertyTag) -> &[MinimalId] {
        index(id).map_or(&[], |index| self.objects.links(index, tag))
    }

    fn find(&self, distinguished_name: &str) -> Option<MinimalId> {
        id(self.names.find(&self.objects, distinguished_name)?).ok()
    }

    fn candidates<'a>(&'a self, prefix: &str) -> Box<dyn Iterator<Item = MinimalId> + 'a> {
        // Ids of objects that are there: none is too large.
        let id = |object| id(object).unwrap_or_default();
        Box::new(self.names.candidates(&self.objects, prefix).map(id))
    }
}

fn index(id: MinimalId) -> Option<usize> {
    Some(id.0.checked_sub(MinimalId::FIRST_OBJECT.0)? as usize)
}

fn id(index: usize) -> Result<MinimalId, BookError> {
    let id = u32::try_from(index).ok().and_then(|index| index.checked_add(MinimalId::FIRST_OBJECT.0));
    id.map(MinimalId).ok_or(BookError::TooLarge)
}

/// Recipients by name, case ignored.
struct Ids(HashMap<String, MinimalId>);

impl Ids {
    fn of(recipients: &[Recipient]) -> Result<Self, BookError> {
        let mut ids = HashMap::with_capacity(recipients.len());
        for (index, Recipient { distinguished_name: name, .. }) in recipients.iter().enumerate() {
            if ids.insert(name.to_ascii_lowercase(), id(index)?).is_some() {
                return Err(BookError::DuplicateName { name: name.clone() });
            }
        }
        Ok(Self(ids))
    }

    fn find(&self, name: &str) -> Option<MinimalId> {
        self.0.get(&name.to_ascii_lowercase()).copied()
    }
}

/// The object-valued properties of one recipient.
type Links = Vec<(PropertyTag, Vec<MinimalId>)>;

/// What each recipient refers to, there and back.
fn resolve(recipients: &[Recipient], ids: &Ids) -> Vec<Links> {
    let mut links: Vec<Links> = vec![Vec::new(); recipients.len()];
    let mut add = |from: MinimalId, tag: PropertyTag, to: MinimalId| {
        let Some(links) = index(from).and_then(|from| links.get_mut(from)) else { return };
        match links.iter_mut().find(|(other, _)| *other == tag) {
            Some((_, ids)) => ids.push(to),
            None => links.push((tag, vec![to])),
        }
    };
    for recipient in recipients {
        let Some(from) = ids.find(&recipient.distinguished_name) else { continue };
        for (tag, attribute) in &recipient.attributes {
            let Attribute::Links(names) = attribute else { continue };
            for to in names.iter().filter_map(|name| ids.find(name)) {
                add(from, *tag, to);
                if let Some((_, back)) = LINKS.iter().find(|(there, _)| there == tag) {
                    add(to, *back, from);
                }
            }
        }
    }
    // In the order of the table, each once.
    for (_, ids) in links.iter_mut().flatten() {
        ids.sort_unstable();
        ids.dedup();
    }
    links
}

/// A container and its rows.
struct List {
    container: Container,
    rows: Box<[MinimalId]>,
}

/// Whether a recipient is in a list.
type IsIn = fn(&Recipient) -> bool;

/// The address lists by kind of recipient, and who is in each.
const KINDS: [(&str, IsIn); 4] = [
    ("All Contacts", |of| of.display_type == DisplayType::REMOTE_MAIL_USER),
    ("All Groups", |of| of.display_type == DisplayType::DIST_LIST),
    ("All Rooms", |of| of.display_type == DisplayType::MAIL_USER && is_room(of)),
    ("All Users", |of| of.display_type == DisplayType::MAIL_USER && !is_room(of)),
];

fn is_room(recipient: &Recipient) -> bool {
    recipient.find(tags::DISPLAY_TYPE_EX) == Some(&Attribute::Number(DISPLAY_TYPE_EX_ROOM))
}

/// The Global Address List, and a list of each kind that there is.
fn lists(recipients: &[Recipient]) -> Result<Vec<List>, BookError> {
    let rows = |is_in: IsIn| {
        let indices = recipients.iter().enumerate().filter(|(_, of)| is_in(of)).map(|(index, _)| index);
        indices.map(id).collect::<Result<Box<[_]>, _>>()
    };
    let mut lists = vec![List { container: Container::global_address_list(), rows: rows(|_| true)? }];
    for (name, is_in) in KINDS {
        let rows = rows(is_in)?;
        if !rows.is_empty() {
            // Named by the name: the same in each run.
            let guid = Uuid::new_v5(&Uuid::NAMESPACE_X500, format!("cn={name}").as_bytes()).simple();
            let container = Container {
                id: id(recipients.len() + lists.len() - 1)?,
                distinguished_name: format!("/guid={guid}"),
                display_name: name.into(),
                parent: None,
                depth: 0,
            };
            lists.push(List { container, rows });
        }
    }
    Ok(lists)
}
