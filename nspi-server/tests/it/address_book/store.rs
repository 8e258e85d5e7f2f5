//! The address book on disk: answers as the one in memory does, and files that are none, or no longer whole.

use std::path::{Path, PathBuf};

use nspi_proto::nspi::property::tags;
use nspi_proto::nspi::{Lcid, MinimalId};
use nspi_server::address_book::{AddressBook, Arena, MemoryBook, StoreBook, StoreError, Table, View};
use tempfile::TempDir;

use super::{everybody, person};

/// ACME in a file of its own.
fn acme() -> (TempDir, PathBuf) {
    written(&MemoryBook::company())
}

fn written(book: &MemoryBook) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.book");
    StoreBook::write(book, &path, |_| {}).unwrap();
    (folder, path)
}

/// Opens and reads everything.
fn read(path: &Path) -> Result<usize, StoreError> {
    let book = StoreBook::open(path)?;
    book.verify()?;
    Ok(book.len())
}

fn alike(stored: &dyn View, held: &dyn View) {
    assert_eq!(stored.containers(), held.containers());
    assert_eq!(stored.hierarchy_version(), held.hierarchy_version());
    let arena = Arena::new();
    for locale in [Lcid::DEFAULT, Lcid(0x407), Lcid(0x41D)] {
        for container in held.containers() {
            let table = Table { container: container.id, locale, ..Table::everybody() };
            let rows = stored.rows(table).unwrap();
            assert_eq!(rows, held.rows(table).unwrap());
            for id in rows {
                assert_eq!(stored.position(table, *id), held.position(table, *id));
            }
            for name in ["", "b", "Öberg", "zzz"] {
                assert_eq!(stored.seek(table, name), held.seek(table, name));
            }
        }
    }
    for id in everybody(held) {
        let object = held.object(id).unwrap();
        assert_eq!(stored.object(id), Some(object));
        assert_eq!(stored.find(&object.distinguished_name.to_uppercase()), Some(id));
        assert_eq!(stored.tags(id), held.tags(id));
        for tag in held.tags(id) {
            assert_eq!(stored.value(id, *tag, &arena), held.value(id, *tag, &arena), "{tag:?}");
            assert_eq!(stored.links(id, *tag), held.links(id, *tag));
        }
    }
    for prefix in ["a", "alice", "smtp:", "山", "nobody"] {
        assert!(stored.candidates(prefix).eq(held.candidates(prefix)), "{prefix}");
    }
}

#[test]
fn a_stored_book_answers_as_the_one_that_was_written() {
    let company = MemoryBook::company();
    let (_folder, path) = written(&company);
    alike(&*StoreBook::open(&path).unwrap().view(), &*company.view());
}

#[test]
fn a_book_of_many_blocks_and_one_of_nobody_are_read() {
    for people in [0, 1, 255, 256, 257, 1000] {
        let book = MemoryBook::new((0..people).map(|n| person(&format!("P{n:04}")))).unwrap();
        let (_folder, path) = written(&book);
        assert_eq!(read(&path).unwrap(), people);
        alike(&*StoreBook::open(&path).unwrap().view(), &*book.view());
    }
}

#[test]
fn progress_ends_with_all_people() {
    let folder = tempfile::tempdir().unwrap();
    let book = MemoryBook::new((0..600).map(|n| person(&format!("P{n:04}")))).unwrap();
    let mut said = Vec::new();
    StoreBook::write(&book, folder.path().join("b"), |progress| said.push(progress.done)).unwrap();
    assert_eq!(said, [256, 512, 600]);
}

#[test]
fn a_file_cut_short_or_grown_is_refused() {
    let (_folder, path) = acme();
    let whole = std::fs::read(&path).unwrap();
    for len in (0..whole.len()).step_by(997).chain([1, 7, 8, 47, 48, whole.len() - 1]) {
        std::fs::write(&path, &whole[..len]).unwrap();
        match read(&path).unwrap_err() {
            StoreError::Foreign { .. } => assert!(len < 48),
            StoreError::Length { found, expected, .. } => {
                assert_eq!((found, expected), (len as u64, whole.len() as u64));
            }
            other => panic!("{len}: {other}"),
        }
    }
    std::fs::write(&path, [&whole[..], b"more"].concat()).unwrap();
    assert!(matches!(read(&path), Err(StoreError::Length { .. })));
}

#[test]
fn no_octet_can_change_unnoticed() {
    let (_folder, path) = acme();
    let whole = std::fs::read(&path).unwrap();
    // Of the header each octet, of the rest some; the four octets before its checksum are nobody's.
    for at in (0..48).chain((48..whole.len()).step_by(911)) {
        let mut changed = whole.clone();
        changed[at] ^= 0x40;
        std::fs::write(&path, changed).unwrap();
        let reason = read(&path).map(|_| at).unwrap_err();
        assert!(reason.to_string().starts_with(&path.display().to_string()), "{reason}");
    }
}

#[test]
fn what_is_no_book_is_named_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.ldif");
    std::fs::write(&path, "version: 1\n".repeat(99)).unwrap();
    let reason = read(&path).unwrap_err().to_string();
    assert!(reason.ends_with("is no address book; `nspi-server import FILE.ldif BOOK` makes one"), "{reason}");
    let missing = read(&folder.path().join("missing")).unwrap_err();
    assert!(matches!(missing, StoreError::Io { .. }), "{missing}");
    assert!(matches!(read(folder.path()), Err(StoreError::Io { .. })));
}

#[test]
fn another_version_of_the_format_is_named() {
    let (_folder, path) = acme();
    let mut octets = std::fs::read(&path).unwrap();
    octets[8] = 7;
    std::fs::write(&path, octets).unwrap();
    assert!(matches!(read(&path), Err(StoreError::Version { version: 7, .. })));
}

#[test]
fn people_in_a_damaged_block_have_no_properties_and_the_others_do() {
    let book = MemoryBook::new((0..512).map(|n| person(&format!("P{n:04}")))).unwrap();
    let (_folder, path) = written(&book);
    let mut octets = std::fs::read(&path).unwrap();
    octets[100] ^= 1;
    std::fs::write(&path, octets).unwrap();
    let book = StoreBook::open(&path).unwrap();
    let view = book.view();
    let arena = Arena::new();
    assert_eq!(view.object(MinimalId(0x10)), None);
    assert_eq!(view.value(MinimalId(0x10), tags::DISPLAY_NAME, &arena), None);
    assert!(view.object(MinimalId(0x10 + 256)).is_some());
    assert!(matches!(book.verify(), Err(StoreError::Damaged { .. })));
}

#[test]
fn a_book_is_replaced_as_a_whole_and_who_has_it_open_keeps_the_old() {
    let (folder, path) = acme();
    let old = StoreBook::open(&path).unwrap();
    StoreBook::write(&MemoryBook::new([person("Only")]).unwrap(), &path, |_| {}).unwrap();
    assert_eq!(read(&path).unwrap(), 1);
    alike(&*old.view(), &*MemoryBook::company().view());
    // Nothing else is left in the folder, nor is it after a failure.
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    let taken = folder.path().join("taken");
    std::fs::create_dir(&taken).unwrap();
    assert!(matches!(StoreBook::write(&MemoryBook::company(), &taken, |_| {}), Err(StoreError::Io { .. })));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
}

/// As if a program with other weights had written it.
#[test]
fn a_book_sorted_by_another_collation_is_sorted_again() {
    let (_folder, path) = acme();
    let mut octets = std::fs::read(&path).unwrap();
    let long = |octets: &[u8], at: usize| u64::from_le_bytes(*octets[at..].first_chunk().unwrap()) as usize;
    let (start, len) = (long(&octets, 12), long(&octets, 20));
    // The directory's fingerprint stands behind the number of people; its checksum is in the header, which has its own.
    octets[start + 8] ^= 1;
    let checksum = crc32fast::hash(&octets[start..start + len]).to_le_bytes();
    octets[28..32].copy_from_slice(&checksum);
    let checksum = crc32fast::hash(&octets[..44]).to_le_bytes();
    octets[44..48].copy_from_slice(&checksum);
    std::fs::write(&path, octets).unwrap();
    alike(&*StoreBook::open(&path).unwrap().view(), &*MemoryBook::company().view());
}

#[test]
fn a_book_takes_the_place_of_files_alone_and_a_link_to_one_stays() {
    use std::os::unix::fs::FileTypeExt as _;

    let (folder, path) = acme();
    let link = folder.path().join("link.book");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    StoreBook::write(&MemoryBook::company(), &link, |_| {}).unwrap();
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(read(&path).unwrap(), MemoryBook::company().len());

    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let refused = StoreBook::write(&MemoryBook::company(), &socket, |_| {}).unwrap_err();
    assert!(refused.to_string().ends_with("socket: this is there already, and is no file"), "{refused}");
    assert!(std::fs::metadata(&socket).unwrap().file_type().is_socket());
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 3, "nothing is left beside them");
}
