//! A snapshot into a file, which takes the place of the one that was there once it is complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::Progress;
use super::directory::{Directory, fingerprint};
use super::file::{Header, Section, StoreError};
use super::octets::Writer;
use crate::address_book::packed::{BLOCK, Block};
use crate::address_book::snapshot::Snapshot;

pub(super) fn write(book: &Snapshot, path: &Path, progress: impl FnMut(Progress)) -> Result<(), StoreError> {
    let place = path.canonicalize().unwrap_or_else(|_| path.to_owned()); // a link stays: the file that it leads to is replaced
    let unfinished = Unfinished::beside(&place);
    let written = unfinished.create().and_then(|file| {
        // A device would be replaced like any file.
        if fs::metadata(&place).is_ok_and(|there| !there.is_file()) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is there already, and is no file"));
        }
        let file = fill(book, file, progress)?;
        file.sync_all()?;
        fs::rename(&unfinished.0, &place)?;
        // The name, too, is on the disk now; where folders cannot be opened, the system sees to it in its own time.
        if let Some(folder) = place.parent().and_then(|folder| File::open(folder).ok()) {
            let _ = folder.sync_all();
        }
        Ok(())
    });
    written.map_err(|source| StoreError::Io { path: path.to_owned(), source })
}

/// A file beside the one to come, removed unless it has taken its place.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(path: &Path) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{}.new", std::process::id()));
        Self(name.into())
    }

    fn create(&self) -> io::Result<File> {
        OpenOptions::new().write(true).create(true).truncate(true).open(&self.0)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn fill(book: &Snapshot, file: File, mut progress: impl FnMut(Progress)) -> io::Result<File> {
    let mut out = Sections { file: BufWriter::with_capacity(1 << 20, file), offset: 0 };
    out.raw(&[0; Header::OCTETS])?;
    let people = book.objects.len();
    let mut blocks = Vec::new();
    for (number, block) in (1..).zip(book.objects.blocks()) {
        blocks.push(out.section(&block.map(Block::encode).unwrap_or_default())?);
        progress(Progress { done: people.min(number * BLOCK), people });
    }
    let index = out.section(&book.names.encode())?;
    let logons = out.section(&book.logons.encode())?;
    let mut containers = Vec::new();
    for (place, container) in book.containers.iter().enumerate() {
        let mut rows = Writer::default();
        rows.words(book.orders.default_rows(place).iter().map(|id| id.0));
        containers.push((container.clone(), out.section(&rows.0)?));
    }
    let directory = Directory { people, fingerprint: fingerprint(), containers, index, logons, blocks };
    let directory = out.section(&directory.encode())?;
    let header = Header { directory, file_len: out.offset };
    let mut file = out.file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&header.encode())?;
    Ok(file)
}

/// A file that grows section by section.
struct Sections {
    file: BufWriter<File>,
    offset: u64,
}

impl Sections {
    fn raw(&mut self, octets: &[u8]) -> io::Result<()> {
        self.file.write_all(octets)?;
        self.offset += octets.len() as u64;
        Ok(())
    }

    fn section(&mut self, octets: &[u8]) -> io::Result<Section> {
        let section = Section::at(self.offset, octets);
        self.raw(octets)?;
        Ok(section)
    }
}
