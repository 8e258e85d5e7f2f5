//! The address book as people think of it: lists, pages, persons; above the operations.
//!
//! ```text
//!   containers() ──► Container ──► pages(id) ──► Person, Person, ..       a Stream, or next().await
//!   resolve("ann"), search("ann") ──► Person ──► links(manager) ──► Person
//! ```
//!
//! ```
//! # use nspi_client::{Error, Session};
//! # use nspi_client::directory::{GLOBAL_ADDRESS_LIST, Person};
//! # async fn lesson(session: Session) -> Result<(), Error> {
//! let mut pages = session.pages(GLOBAL_ADDRESS_LIST, Person::COLUMNS);
//! while let Some(page) = pages.next().await {
//!     for person in page? {
//!         println!("{} <{}>", person.name().unwrap_or_default(), person.mail().unwrap_or_default());
//!     }
//! }
//! drop(pages); // it borrows the session
//! session.unbind().await
//! # }
//! ```

mod container;
mod pages;
mod person;

pub use container::Container;
pub use pages::Pages;
pub use person::Person;

use nspi_proto::nspi::property::tags;
use nspi_proto::nspi::{MinimalId, PropertyTag, Restriction, RetrieveFlags, SpecialTableFlags, Stat, Status, Value};

use crate::error::Error;
use crate::session::Session;

/// The container that all others are parts of.
pub const GLOBAL_ADDRESS_LIST: MinimalId = MinimalId(0);

/// Columns that are asked for at a time: some servers refuse more.
const COLUMNS_A_CALL: usize = 100;

/// Whom a name means.
#[derive(Debug, Clone, PartialEq)]
pub enum Meant {
    /// Nobody.
    Nobody,
    /// Several; [`Session::search`] tells whom.
    Several,
    /// One.
    One(Box<Person>),
}

impl Session {
    /// The rows of a container with these columns, page by page. They borrow the session: `drop` them before
    /// [`unbind`](Self::unbind).
    pub fn pages(&self, container: MinimalId, columns: &[PropertyTag]) -> Pages<'_> {
        Pages::new(self, container, columns)
    }

    /// The containers of the address book, parents before their children. The first is the Global Address List.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn containers(&self) -> Result<Vec<Container>, Error> {
        let table = self.special_table(Stat::default(), SpecialTableFlags::UNICODE_STRINGS).await?;
        Ok(Container::hierarchy(&table.rows))
    }

    /// Everything that the server tells about an object.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn person(&self, id: MinimalId) -> Result<Person, Error> {
        let columns = self.get_prop_list(id, RetrieveFlags::empty()).await?;
        let stat = Stat { current_rec: id, ..Stat::default() };
        let mut person = Person::from(id);
        for columns in columns.chunks(COLUMNS_A_CALL) {
            person.extend(self.get_props(stat, columns).await?);
        }
        Ok(person)
    }

    /// Everybody in a container whom `text` may mean, by the beginnings of names, accounts and addresses. With `=` in
    /// front it is taken as a whole.
    ///
    /// # Errors
    /// As [`call`](Self::call); [`Status::TABLE_TOO_BIG`] for more than `most`.
    pub async fn search(
        &self,
        container: MinimalId,
        text: &str,
        most: u32,
        columns: &[PropertyTag],
    ) -> Result<Vec<Person>, Error> {
        let stat = Stat { container_id: container, ..Stat::default() };
        let filter = Restriction::equal(tags::ANR, Value::from(text));
        let found = self.get_matches(stat, filter, most, columns).await?;
        Ok(Person::all(found.ids, found.rows))
    }

    /// Whom each of these names means in a container, in their order.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn resolve(
        &self,
        container: MinimalId,
        names: &[&str],
        columns: &[PropertyTag],
    ) -> Result<Vec<Meant>, Error> {
        let stat = Stat { container_id: container, ..Stat::default() };
        let columns = [columns, &[tags::INSTANCE_KEY]].concat(); // so that the person can be asked about again
        let resolved = self.resolve_names(stat, names, &columns).await?;
        let mut rows = resolved.rows.into_iter();
        let meant = |outcome| match outcome {
            MinimalId::UNRESOLVED => Meant::Nobody,
            MinimalId::AMBIGUOUS => Meant::Several,
            _ => rows.next().map_or(Meant::Nobody, |row| Meant::One(Box::new(Person::from(row)))),
        };
        Ok(resolved.outcomes.into_iter().map(meant).collect())
    }

    /// The objects that a property of an object refers to: [`MANAGER`](tags::MANAGER), [`MEMBER`](tags::MEMBER),
    /// [`REPORTS`](tags::REPORTS), .. None if it refers to none.
    ///
    /// # Errors
    /// As [`call`](Self::call); [`Status::TABLE_TOO_BIG`] for more than `most`.
    pub async fn links(
        &self,
        id: MinimalId,
        property: PropertyTag,
        most: u32,
        columns: &[PropertyTag],
    ) -> Result<Vec<Person>, Error> {
        match self.get_links(id, property, most, columns).await {
            Ok(found) => Ok(Person::all(found.ids, found.rows)),
            Err(Error::Status { status: Status::NOT_FOUND, .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}
