//! Containers: the lists of an address book, and how they hang together.

use nspi_proto::nspi::property::tags;
use nspi_proto::nspi::{MinimalId, PropertyRowBuf};

use super::Person;

/// A list of the address book.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Container {
    /// Its name to NspiQueryRows and the others; 0 is the Global Address List.
    pub id: MinimalId,
    /// Its name for people; empty for the Global Address List, which is the client's to name.
    pub name: String,
    /// How many containers are around it.
    pub depth: usize,
    /// Which of the containers is the one around it, by its place in the hierarchy.
    pub parent: Option<usize>,
    /// Its permanent entry id.
    pub entry_id: Vec<u8>,
    /// `PidTagContainerFlags`: 1 has recipients, 2 has containers, 8 cannot be changed.
    pub flags: u32,
}

impl Container {
    /// Most levels that are believed.
    const DEEPEST: usize = 64;

    /// The rows of the hierarchy table, each child behind its parent.
    pub(super) fn hierarchy(rows: &[PropertyRowBuf]) -> Vec<Self> {
        let mut containers: Vec<Self> = Vec::with_capacity(rows.len());
        for row in rows {
            let person = Person::from(row.clone());
            let number = |tag| person.number(tag).unwrap_or(0).cast_unsigned();
            let depth = usize::try_from(number(tags::DEPTH)).unwrap_or(Self::DEEPEST).min(Self::DEEPEST);
            let parent = containers.iter().rposition(|other| other.depth < depth);
            containers.push(Self {
                id: MinimalId(number(tags::CONTAINER_ID)),
                name: person.name().unwrap_or_default().into_owned(),
                depth,
                parent,
                entry_id: person.octets(tags::ENTRY_ID).unwrap_or_default().to_vec(),
                flags: number(tags::CONTAINER_FLAGS),
            });
        }
        containers
    }
}
