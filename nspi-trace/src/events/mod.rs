//! Event 2820 of a domain controller's *Directory Service* log: who was refused a session, when, and at which limit.
//!
//! ```text
//!   .evtx ──► evtx.rs ──┐  one event's XML each
//!                       ├──► event.rs ──► LoggedRefusal ──► compare.rs, beside a capture's refusals
//!   .xml ───► xml.rs ───┘
//! ```
//!
//! XML is what `wevtutil qe`, the Event Viewer's *Save As* and PowerShell write: one `<Event>` or many, one after the other
//! or within `<Events>`, in UTF-8 or UTF-16. Other events are counted and skipped; damaged ones are counted, and those
//! after them are read. Memory does not grow with the file: an event may have a mebibyte, and so many are kept.

mod compare;
mod event;
#[cfg(feature = "evtx")]
mod evtx;
mod summary;
mod xml;

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use crate::report::LoggedRefusal;

pub use compare::compare;
pub use summary::{Refused, comparison_text};

/// The number of the event.
pub const EVENT_ID: u32 = 2820;

/// The log it is written to, in every language of Windows.
pub const CHANNEL: &str = "Directory Service";

/// Of so many refusals each is kept; more are only counted.
pub const MAX_REFUSALS: usize = 10_000;

/// How binary logs begin.
const EVTX_MAGIC: &[u8] = b"ElfFile\0";

/// What an exported log has of event 2820.
///
/// ```
/// use nspi_trace::events::EventLog;
///
/// let xml = br#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">
///   <System>
///     <EventID Qualifiers="32768">2820</EventID>
///     <TimeCreated SystemTime="2026-11-22T13:00:00.1234567Z"/>
///     <Channel>Directory Service</Channel>
///     <Computer>dc1.acme.test</Computer>
///   </System>
///   <EventData><Data>50</Data><Data>ACME\alice</Data></EventData>
/// </Event>"#;
/// let log = EventLog::read_xml(&xml[..])?;
/// assert_eq!(log.refusals[0].user, r"ACME\alice");
/// assert_eq!(log.refusals[0].limit, Some(50));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventLog {
    /// The refusals, in the order of time.
    pub refusals: Vec<LoggedRefusal>,
    /// Refusals beyond [`MAX_REFUSALS`].
    pub dropped: u64,
    /// Events of other kinds.
    pub others: u64,
    /// Events that cannot be read, of whatever kind.
    pub damaged: u64,
}

/// Why a file of events cannot be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventsError {
    /// The file cannot be opened or read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file is something else.
    #[error(
        "{} has no event in it; expected an .evtx file or Windows Event XML, such as `wevtutil epl \"Directory Service\" FILE.evtx` writes",
        path.display()
    )]
    NoEvents {
        /// The file.
        path: PathBuf,
    },
    /// It is a binary log, and this build cannot read these.
    #[error("{} is a binary log, which this program was built without (feature `evtx`); export it as XML", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
    },
}

impl EventLog {
    /// Reads a file of either kind: its first octets say which.
    ///
    /// # Errors
    /// [`EventsError`] if it cannot be read, or holds no event at all. A log that holds only other events is no error.
    pub fn read(path: &Path) -> Result<Self, EventsError> {
        let log = Self::read_file(path).map_err(|source| EventsError::Io { path: path.to_owned(), source })?;
        match log {
            None => Err(EventsError::Unsupported { path: path.to_owned() }),
            Some(log) if log == Self::default() => Err(EventsError::NoEvents { path: path.to_owned() }),
            Some(log) => Ok(log),
        }
    }

    fn read_file(path: &Path) -> io::Result<Option<Self>> {
        let mut file = File::open(path)?;
        let mut magic = Vec::new();
        file.by_ref().take(8).read_to_end(&mut magic)?;
        file.rewind()?;
        if magic == EVTX_MAGIC { Self::read_binary(file) } else { Self::read_xml(BufReader::new(file)).map(Some) }
    }

    /// Reads Windows Event XML: any number of `<Event>` elements, whatever stands between them.
    ///
    /// # Errors
    /// The reader's. Damaged events are counted, not errors.
    pub fn read_xml(reader: impl Read) -> io::Result<Self> {
        let mut log = Self::default();
        xml::each_event(reader, |event| log.take(event))?;
        log.sort();
        Ok(log)
    }

    /// Reads a binary log, an `.evtx` file. What is damaged in it is counted and passed over.
    ///
    /// # Errors
    /// The reader's, and [`io::ErrorKind::InvalidData`] if its first octets are not those of such a log.
    #[cfg(feature = "evtx")]
    pub fn read_evtx(reader: impl Read + Seek) -> io::Result<Self> {
        let mut log = Self::default();
        evtx::each_event(reader, |event| log.take(event))?;
        log.sort();
        Ok(log)
    }

    #[cfg(feature = "evtx")]
    fn read_binary(file: File) -> io::Result<Option<Self>> {
        Self::read_evtx(file).map(Some)
    }

    #[cfg(not(feature = "evtx"))]
    fn read_binary(_: File) -> io::Result<Option<Self>> {
        Ok(None)
    }

    /// Adds what another export holds.
    pub fn extend(&mut self, other: Self) {
        self.dropped += other.dropped;
        self.others += other.others;
        self.damaged += other.damaged;
        other.refusals.into_iter().for_each(|refusal| self.keep(refusal));
        self.sort();
    }

    /// `None` stands for an event that could not be cut out of its file.
    fn take(&mut self, event: Option<&str>) {
        match event.map(event::parse) {
            Some(event::Event::Refusal(refusal)) => self.keep(refusal),
            Some(event::Event::Other) => self.others += 1,
            Some(event::Event::Damaged) | None => self.damaged += 1,
        }
    }

    fn keep(&mut self, refusal: LoggedRefusal) {
        if self.refusals.len() < MAX_REFUSALS {
            self.refusals.push(refusal);
        } else {
            self.dropped += 1;
        }
    }

    fn sort(&mut self) {
        self.refusals.sort_by_key(|refusal| refusal.time);
    }
}
