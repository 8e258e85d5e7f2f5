//! The file: its header, its sections, and what can be wrong with it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracing::error;

use super::octets::{Reader, Writer};
use crate::address_book::packed::{Block, Source};

/// How an address book begins.
const MAGIC: [u8; 8] = *b"NSPIBOOK";

/// The version of the format. Another one is refused: books are made again from what they were made of.
const VERSION: u32 = 2;

/// Why a book cannot be opened or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file begins otherwise.
    #[error("{} is no address book; `nspi-server import FILE.ldif BOOK` makes one", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Another version of the format.
    #[error("{} has version {version} of the format, and this program reads {VERSION}; import it again", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// The file is shorter or longer than it was written.
    #[error("{} has {found} octets of {expected}: it was cut short or written to; import it again", path.display())]
    Length {
        /// The file.
        path: PathBuf,
        /// Octets that there are.
        found: u64,
        /// Octets that were written.
        expected: u64,
    },
    /// A checksum is wrong, or what it covers.
    #[error("{} is damaged in {part}; import it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        part: String,
    },
}

/// A part of the file, and its checksum.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section {
    offset: u64,
    len: u64,
    checksum: u32,
}

impl Section {
    pub(super) const OCTETS: usize = 20;

    /// The part that begins at `offset`.
    pub(super) fn at(offset: u64, octets: &[u8]) -> Self {
        Self { offset, len: octets.len() as u64, checksum: crc32fast::hash(octets) }
    }

    pub(super) fn encode(self, out: &mut Writer) {
        out.long(self.offset);
        out.long(self.len);
        out.word(self.checksum);
    }

    pub(super) fn decode(input: &mut Reader<'_>) -> Option<Self> {
        Some(Self { offset: input.long()?, len: input.long()?, checksum: input.word()? })
    }
}

/// The first 48 octets: magic, version, the directory's section, the length of the file, and the checksum of these.
pub(super) struct Header {
    pub(super) directory: Section,
    pub(super) file_len: u64,
}

impl Header {
    pub(super) const OCTETS: usize = 44 + 4;

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Writer(MAGIC.to_vec());
        out.word(VERSION);
        self.directory.encode(&mut out);
        out.long(self.file_len);
        out.word(0);
        let checksum = crc32fast::hash(&out.0);
        out.word(checksum);
        out.0
    }
}

/// A book's file, open.
#[derive(Debug)]
pub(super) struct BookFile {
    file: File,
    path: PathBuf,
    len: u64,
    directory: Section,
}

impl BookFile {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let io = |source| StoreError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(io)?;
        let found = file.metadata().map_err(io)?.len();
        let foreign = || StoreError::Foreign { path: path.to_owned() };
        let mut header = [0; Header::OCTETS];
        read_exact_at(&file, &mut header, 0).map_err(|source| match source.kind() {
            io::ErrorKind::UnexpectedEof => foreign(),
            _ => io(source),
        })?;
        let rest = header.strip_prefix(&MAGIC).ok_or_else(foreign)?;
        let mut input = Reader::new(rest);
        let damaged = || StoreError::Damaged { path: path.to_owned(), part: "the header".into() };
        let version = input.word().ok_or_else(damaged)?;
        if version != VERSION {
            return Err(StoreError::Version { path: path.to_owned(), version });
        }
        let directory = Section::decode(&mut input).ok_or_else(damaged)?;
        let expected = input.long().ok_or_else(damaged)?;
        let checked = header.split_last_chunk::<4>().ok_or_else(damaged)?;
        if crc32fast::hash(checked.0) != u32::from_le_bytes(*checked.1) {
            return Err(damaged());
        }
        if found != expected {
            return Err(StoreError::Length { path: path.to_owned(), found, expected });
        }
        Ok(Self { file, path: path.to_owned(), len: found, directory })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn directory(&self) -> Result<Vec<u8>, StoreError> {
        self.read(self.directory)
    }

    /// The octets of a section, if they are what was written.
    pub(super) fn read(&self, section: Section) -> Result<Vec<u8>, StoreError> {
        let Section { offset, len, checksum } = section;
        let within = offset.checked_add(len).is_some_and(|end| end <= self.len);
        let len = usize::try_from(len).ok().filter(|_| within);
        let mut octets = vec![0; len.ok_or_else(|| self.damaged("the directory"))?];
        let read = read_exact_at(&self.file, &mut octets, offset);
        read.map_err(|source| StoreError::Io { path: self.path.clone(), source })?;
        if crc32fast::hash(&octets) == checksum {
            Ok(octets)
        } else {
            Err(self.damaged(&format!("the {} octets from {offset} on", octets.len())))
        }
    }

    pub(super) fn damaged(&self, part: &str) -> StoreError {
        StoreError::Damaged { path: self.path.clone(), part: part.to_owned() }
    }

    /// The blocks of people.
    pub(super) fn blocks(self: &Arc<Self>, sections: Vec<Section>) -> FileBlocks {
        FileBlocks { file: Arc::clone(self), sections }
    }
}

/// The blocks of people in a file.
#[derive(Debug)]
pub(super) struct FileBlocks {
    file: Arc<BookFile>,
    sections: Vec<Section>,
}

impl FileBlocks {
    pub(super) fn verify(&self) -> Result<(), StoreError> {
        (0..self.sections.len()).try_for_each(|number| self.block(number).map(drop))
    }

    fn block(&self, number: usize) -> Result<Block, StoreError> {
        let damaged = || self.file.damaged(&format!("block {number} of people"));
        let section = self.sections.get(number).ok_or_else(damaged)?;
        Block::decode(&self.file.read(*section)?).ok_or_else(damaged)
    }
}

impl Source for FileBlocks {
    fn read(&self, number: usize) -> Block {
        self.block(number).unwrap_or_else(|reason| {
            error!("256 people have no properties until the book is made again: {reason}");
            Block::default()
        })
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, octets: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, octets, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut octets: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !octets.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, octets, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                octets = octets.split_at_mut(read).1;
                offset += read as u64;
            }
        }
    }
    Ok(())
}
