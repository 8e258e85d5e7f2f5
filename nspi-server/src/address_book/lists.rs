//! The address lists of a book: the Global Address List, and one of each kind of recipient that there is.

use std::hash::{DefaultHasher, Hash, Hasher};

use nspi_proto::nspi::property::{Value, tags};
use nspi_proto::nspi::{DisplayType, MinimalId};
use uuid::Uuid;

use super::packed::Packed;
use super::{Arena, BookError, Container};

/// `PidTagDisplayTypeEx` of a room: `DT_ROOM`.
const DISPLAY_TYPE_EX_ROOM: i32 = 7;

/// Ids of lists: far from those of objects, so that they stay what they are when objects come.
const FIRST_LIST: u32 = 0x7FFF_0000;

/// A container and its rows.
#[derive(Debug)]
pub(super) struct List {
    pub(super) container: Container,
    /// INVARIANT: ascending.
    pub(super) rows: Box<[MinimalId]>,
}

/// The kinds, each with the name of its list.
const KINDS: [(Kind, &str); 4] = [
    (Kind::Contact, "All Contacts"),
    (Kind::Group, "All Groups"),
    (Kind::Room, "All Rooms"),
    (Kind::User, "All Users"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Contact,
    Group,
    Room,
    User,
    /// In no list but the Global Address List.
    Other,
}

impl Kind {
    fn of(objects: &Packed, index: usize, arena: &Arena) -> Option<Self> {
        Some(match objects.object(index)?.display_type {
            DisplayType::REMOTE_MAIL_USER => Self::Contact,
            DisplayType::DIST_LIST => Self::Group,
            DisplayType::MAIL_USER => match objects.value(index, tags::DISPLAY_TYPE_EX, arena) {
                Some(Value::Integer32(DISPLAY_TYPE_EX_ROOM)) => Self::Room,
                _ => Self::User,
            },
            _ => Self::Other,
        })
    }
}

/// Whether an object is in the same lists in two books.
#[cfg(feature = "ldap")]
pub(super) fn same(one: &Packed, other: &Packed, index: usize) -> bool {
    let arena = Arena::new();
    Kind::of(one, index, &arena) == Kind::of(other, index, &arena)
}

/// The lists of all objects: first the Global Address List.
pub(super) fn of(objects: &Packed) -> Result<Vec<List>, BookError> {
    let arena = Arena::new();
    let mut kinds = Vec::with_capacity(objects.len());
    for index in 0..objects.len() {
        if let Some(kind) = Kind::of(objects, index, &arena) {
            kinds.push((id(index)?, kind));
        }
    }
    let rows =
        |is_in: &dyn Fn(Kind) -> bool| kinds.iter().filter(|(_, kind)| is_in(*kind)).map(|(id, _)| *id).collect();
    let mut lists = vec![List { container: Container::global_address_list(), rows: rows(&|_| true) }];
    for (number, (of, name)) in (0..).zip(KINDS) {
        let rows: Box<[MinimalId]> = rows(&|kind| kind == of);
        if !rows.is_empty() {
            // Named by the name: the same in each run.
            let guid = Uuid::new_v5(&Uuid::NAMESPACE_X500, format!("cn={name}").as_bytes()).simple();
            let container = Container {
                id: MinimalId(FIRST_LIST + number),
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

/// A number that is another for other containers; never 0.
pub(super) fn version<'a>(containers: impl Iterator<Item = &'a Container>) -> u32 {
    let mut hasher = DefaultHasher::new();
    containers.for_each(|container| container.hash(&mut hasher));
    hasher.finish() as u32 | 1
}

/// The id of the object at an index.
pub(super) fn id(index: usize) -> Result<MinimalId, BookError> {
    let id = u32::try_from(index).ok().and_then(|index| index.checked_add(MinimalId::FIRST_OBJECT.0));
    id.filter(|id| *id < FIRST_LIST).map(MinimalId).ok_or(BookError::TooLarge)
}
