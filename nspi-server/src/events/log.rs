//! Where events go: a file of lines, and the process's own log.
//!
//! The file holds one `<Event>` a line, as `wevtutil` prints events one after the other: to make it one XML document, put
//! `<Events>` before and `</Events>` after. A line is handed to the system in one write to a file opened for appending,
//! under a lock, so two events never mix; if the process is killed in the middle of one, the next start begins a new line,
//! and a reader loses that one event. The file is bounded: a full one is renamed to `FILE.1`, in place of an older one.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;
use tracing::{error, warn};

use super::{EVENT_ID, RateBound, SessionLimitReached};

/// Lines in the process's log before the bound begins to bite.
const LOG_BURST: u32 = 10;

/// One more line each second.
const LOG_INTERVAL: Duration = Duration::from_secs(1);

/// Writes event 2820. Shared by all connections.
#[derive(Debug)]
pub struct EventLog {
    computer: String,
    file: Option<Mutex<EventFile>>,
    warnings: RateBound,
    failures: RateBound,
}

impl EventLog {
    /// An event log in the process's log alone.
    ///
    /// `computer` is the DNS name of the server, as events give it.
    #[must_use]
    pub fn new(computer: &str) -> Self {
        Self {
            computer: computer.to_owned(),
            file: None,
            warnings: RateBound::new(LOG_BURST, LOG_INTERVAL),
            failures: RateBound::new(1, LOG_INTERVAL),
        }
    }

    /// The same, and each event as a line of the file at `path`, which is made if there is none. A file that would grow
    /// beyond `max_octets` is renamed to `path` with `.1` appended, and a new one begun.
    ///
    /// # Errors
    /// The system's, if the file cannot be opened for reading and appending.
    pub fn with_file(self, path: &Path, max_octets: u64) -> io::Result<Self> {
        let file = EventFile::open(path, max_octets)?;
        Ok(Self { file: Some(Mutex::new(file)), ..self })
    }

    /// Writes the event: NspiBind was refused to `user` (`DOMAIN\user`), who holds `limit` sessions.
    ///
    /// The file is written before this returns, which takes some microseconds. If it cannot be, the process's log says
    /// so, and the server goes on.
    pub fn session_limit_reached(&self, limit: u32, user: &str) {
        if let Some(suppressed) = self.warnings.admit(Instant::now()) {
            warn!(event = EVENT_ID, limit, user, suppressed, "NSPI max connection limit for the user has reached");
        }
        let event = SessionLimitReached { limit, user, computer: &self.computer, time: SystemTime::now() };
        let written = self.file.as_ref().map_or(Ok(()), |file| file.lock().append(&event.xml()));
        if let Err(reason) = written
            && let Some(suppressed) = self.failures.admit(Instant::now())
        {
            error!(%reason, suppressed, "the event log cannot be written");
        }
    }
}

#[derive(Debug)]
struct EventFile {
    path: PathBuf,
    file: File,
    /// Octets in the file.
    len: u64,
    max: u64,
    /// Whether the file ends in the middle of a line, which a crash or a full disk cut short.
    torn: bool,
}

impl EventFile {
    fn open(path: &Path, max: u64) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let len = file.seek(SeekFrom::End(0))?;
        let mut last = [b'\n'];
        if len > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        Ok(Self { path: path.to_owned(), file, len, max, torn: last != [b'\n'] })
    }

    fn append(&mut self, event: &str) -> io::Result<()> {
        let line = format!("{}{event}\n", if self.torn { "\n" } else { "" });
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
