//! The address book that the settings name: opened, imported, checked.

use std::path::Path;

use crate::address_book::{AddressBook, EditableBook, MemoryBook};
use crate::config::{BookKind, Settings};
use crate::error::ServerError;

/// Opens the address book of these settings, to be written to if they say so. A directory is read through before this is
/// ready.
pub(crate) async fn open(settings: &Settings) -> Result<Box<dyn AddressBook>, ServerError> {
    Ok(editable(open_base(settings).await?, settings))
}

/// The book; if the settings say that it may be written to, below an overlay that takes the changes.
pub(crate) fn editable(book: Box<dyn AddressBook>, settings: &Settings) -> Box<dyn AddressBook> {
    if !settings.address_book.writable {
        return book;
    }
    let book = EditableBook::new(book, settings.domain.value.clone()).realm(settings.realm.value.clone());
    Box::new(book.editors(settings.address_book.editors.clone()))
}

async fn open_base(settings: &Settings) -> Result<Box<dyn AddressBook>, ServerError> {
    let book = &settings.address_book;
    match (book.kind, &book.file, &book.ldap) {
        (BookKind::Store, Some(file), _) => open_store(file),
        (BookKind::Ldap, _, Some(directory)) => open_ldap(directory, settings).await,
        _ => match &settings.ldif.value {
            None => Ok(Box::new(MemoryBook::company())),
            Some(path) => Ok(Box::new(from_ldif(path, settings)?)),
        },
    }
}

#[cfg(feature = "ldif")]
fn from_ldif(path: &Path, settings: &Settings) -> Result<MemoryBook, ServerError> {
    let file = std::fs::read(path).map_err(|source| ServerError::File { path: path.to_owned(), source })?;
    MemoryBook::from_ldif(&file, &settings.address_book.attribute_map())
        .map_err(|source| ServerError::Book { path: path.to_owned(), source })
}

#[cfg(not(feature = "ldif"))]
fn from_ldif(_: &Path, _: &Settings) -> Result<MemoryBook, ServerError> {
    Err(ServerError::NotBuilt { feature: "ldif" })
}

#[cfg(feature = "store")]
fn open_store(file: &Path) -> Result<Box<dyn AddressBook>, ServerError> {
    Ok(Box::new(crate::address_book::StoreBook::open(file)?))
}

#[cfg(not(feature = "store"))]
fn open_store(_: &Path) -> Result<Box<dyn AddressBook>, ServerError> {
    Err(ServerError::NotBuilt { feature: "store" })
}

#[cfg(feature = "ldap")]
async fn open_ldap(
    directory: &crate::config::LdapSettings,
    settings: &Settings,
) -> Result<Box<dyn AddressBook>, ServerError> {
    let attributes = settings.address_book.attribute_map();
    Ok(Box::new(crate::address_book::LdapBook::open(directory, attributes).await?))
}

#[cfg(not(feature = "ldap"))]
#[expect(clippy::unused_async, reason = "as with the feature")]
async fn open_ldap(_: &crate::config::LdapSettings, _: &Settings) -> Result<Box<dyn AddressBook>, ServerError> {
    Err(ServerError::NotBuilt { feature: "ldap" })
}

/// Makes an address book on disk of an LDIF file, reads it back, and says how many are in it. `said` hears how many
/// of how many people are written.
///
/// # Errors
/// If the file cannot be read or is no LDIF, the book cannot be written, or the program was built without the feature
/// `store`.
#[cfg(feature = "store")]
pub fn import(
    ldif: &Path,
    book: &Path,
    settings: &Settings,
    mut said: impl FnMut(usize, usize),
) -> Result<usize, ServerError> {
    use crate::address_book::StoreBook;

    let people = from_ldif(ldif, settings)?;
    StoreBook::write(&people, book, |progress| said(progress.done, progress.people))?;
    check(book)
}

/// As with the feature `store`, which this program was built without.
///
/// # Errors
/// [`ServerError::NotBuilt`].
#[cfg(not(feature = "store"))]
pub fn import(_: &Path, _: &Path, _: &Settings, _: impl FnMut(usize, usize)) -> Result<usize, ServerError> {
    Err(ServerError::NotBuilt { feature: "store" })
}

/// Reads all of an address book on disk, and says how many are in it.
///
/// # Errors
/// If it cannot be read or is damaged, or the program was built without the feature `store`.
#[cfg(feature = "store")]
pub fn check(book: &Path) -> Result<usize, ServerError> {
    let book = crate::address_book::StoreBook::open(book)?;
    book.verify()?;
    Ok(book.len())
}

/// As with the feature `store`, which this program was built without.
///
/// # Errors
/// [`ServerError::NotBuilt`].
#[cfg(not(feature = "store"))]
pub fn check(_: &Path) -> Result<usize, ServerError> {
    Err(ServerError::NotBuilt { feature: "store" })
}
