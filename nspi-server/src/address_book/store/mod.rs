//! The address book on disk: made once from a file of people, opened in milliseconds.
//!
//! ```text
//!   header 48     blocks                      indices                               directory
//!   NSPIBOOK ..   256 people │ 256 people ..  names they are found and log on by ..  lists, and where everything stands
//!      └────────────────────────────────────────────────────────────────────────────────▲
//! ```
//!
//! A book is opened by reading header, directory and index; a block of people is read when somebody first looks at one of
//! them, and kept. Each part has a checksum. The file is never changed: a new one takes its place as a whole, and who has
//! the old one open keeps it until the next start.
//!
//! Reading a block takes some tens of microseconds from the system's cache, and as long as the disk takes otherwise: it is
//! done in place, in the call that needs it.

mod directory;
mod file;
pub(super) mod octets;
mod write;

use std::path::Path;
use std::sync::Arc;

use tracing::info;

pub use file::StoreError;

use super::index::NameIndex;
use super::logons::Logons;
use super::order::Order;
use super::packed::Packed;
use super::snapshot::Snapshot;
use super::{AddressBook, MemoryBook, View, lists};
use directory::{Directory, fingerprint};
use file::BookFile;

/// An address book on disk. Clones share it.
///
/// ```
/// use nspi_server::address_book::{AddressBook, MemoryBook, StoreBook};
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("acme.book");
/// StoreBook::write(&MemoryBook::company(), &path, |_| {})?;
/// let book = StoreBook::open(&path)?;
/// assert_eq!(book.len(), MemoryBook::company().len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct StoreBook {
    snapshot: Arc<Snapshot>,
    file: Arc<BookFile>,
}

/// How far the writing of a book has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// People written.
    pub done: usize,
    /// People in all.
    pub people: usize,
}

impl StoreBook {
    /// Opens a book.
    ///
    /// One that was written by a program with another collation library is sorted again, which takes a second or two for
    /// a hundred thousand people; write it again to spare that.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be read, is no address book, one of another version, cut short or damaged.
    /// People are looked at later: a damaged block of them is an error in the log, and they have no properties;
    /// [`verify`](Self::verify) finds it at once.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let file = Arc::new(BookFile::open(path.as_ref())?);
        let directory = Directory::decode(&file.directory()?).ok_or_else(|| file.damaged("the directory"))?;
        let Directory { people, containers, index, logons, blocks, .. } = directory;
        let names = NameIndex::decode(&file.read(index)?).ok_or_else(|| file.damaged("the index of names"))?;
        let logons = Logons::decode(&file.read(logons)?).ok_or_else(|| file.damaged("the names of accounts"))?;
        let mut rows = Vec::with_capacity(containers.len());
        for (container, section) in &containers {
            let ids = octets::Reader::new(&file.read(*section)?).ids();
            rows.push(ids.ok_or_else(|| file.damaged(&format!("the list {}", container.display_name)))?);
        }
        let containers: Vec<_> = containers.into_iter().map(|(container, _)| container).collect();
        let objects = Packed::from_source(people, Box::new(file.blocks(blocks)));
        let snapshot = if directory.fingerprint == fingerprint() {
            Snapshot::assemble(objects, names, logons, containers, Order::ascending(rows))
        } else {
            info!(path = %file.path().display(), "the book was sorted by another collation; sorting it again");
            let too_large = |_| file.damaged("the number of people");
            let names = NameIndex::new(&objects).map_err(too_large)?;
            let lists = lists::of(&objects).map_err(too_large)?;
            let order = Order::sorted(&lists, &objects);
            Snapshot::assemble(objects, names, logons, lists.into_iter().map(|list| list.container).collect(), order)
        };
        Ok(Self { snapshot: Arc::new(snapshot), file })
    }

    /// Writes a book to a file, in whose place it is put once it is complete.
    ///
    /// # Errors
    /// [`StoreError::Io`] if it cannot be written.
    pub fn write(book: &MemoryBook, path: impl AsRef<Path>, progress: impl FnMut(Progress)) -> Result<(), StoreError> {
        write::write(book.snapshot(), path.as_ref(), progress)
    }

    /// Reads everything, and holds it against its checksums.
    ///
    /// # Errors
    /// [`StoreError`] at the first part that cannot be read or is damaged.
    pub fn verify(&self) -> Result<(), StoreError> {
        let directory = Directory::decode(&self.file.directory()?).ok_or_else(|| self.file.damaged("the directory"))?;
        self.file.blocks(directory.blocks).verify()
    }

    /// Number of recipients.
    #[must_use]
    pub fn len(&self) -> usize {
        self.snapshot.objects.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl AddressBook for StoreBook {
    fn view(&self) -> Arc<dyn View> {
        self.snapshot.clone()
    }
}
