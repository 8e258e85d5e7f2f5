//! The file of events.
//!
//! It holds one `<Event>` a line, as `wevtutil` prints events one after the other: to make it one XML document, put
//! `<Events>` before and `</Events>` after. A line is handed to the system in one write to a file opened for appending, and
//! the owner's lock keeps two events from mixing; if the process is killed in the middle of one, the next start begins a new
//! line, and a reader loses that one event. The file is bounded: a full one is renamed to `FILE.1`, in place of an older one.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::SessionLimitReached;

/// An open one.
#[derive(Debug)]
pub(super) struct EventFile {
    path: PathBuf,
    file: File,
    /// Octets in the file.
    len: u64,
    max: u64,
    /// Whether the file ends in the middle of a line, which a crash or a full disk cut short.
    torn: bool,
}

impl EventFile {
    pub(super) fn open(path: &Path, max: u64) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let len = file.seek(SeekFrom::End(0))?;
        let mut last = [b'\n'];
        if len > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        Ok(Self { path: path.to_owned(), file, len, max, torn: last != [b'\n'] })
    }

    pub(super) fn append(&mut self, event: &SessionLimitReached<'_>) -> io::Result<()> {
        let line = format!("{}{}\n", if self.torn { "\n" } else { "" }, event.xml());
        let len = u64::try_from(line.len()).unwrap_or(u64::MAX);
        if self.len > 0 && self.len.saturating_add(len) > self.max {
            let mut older = self.path.clone().into_os_string();
            older.push(".1");
            std::fs::rename(&self.path, older)?;
            *self = Self::open(&self.path, self.max)?;
            return self.append(event);
        }
        self.torn = true;
        self.file.write_all(line.as_bytes())?;
        self.torn = false;
        self.len += len;
        Ok(())
    }
}
