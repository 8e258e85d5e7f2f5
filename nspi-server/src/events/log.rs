//! Where events go: a file of lines, and the process's own log.
//!
//! The log's lines are bounded in their rate; the file has each event, and is bounded in its size.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;
use tracing::{error, warn};

#[cfg(feature = "event-log")]
use super::file::EventFile;
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
    /// The system's, if the file cannot be opened for reading and appending; [`io::ErrorKind::Unsupported`] without the
    /// feature `event-log`.
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
        let written = self.file.as_ref().map_or(Ok(()), |file| file.lock().append(&event));
        if let Err(reason) = written
            && let Some(suppressed) = self.failures.admit(Instant::now())
        {
            error!(%reason, suppressed, "the event log cannot be written");
        }
    }
}

/// Without the feature there never is one.
#[cfg(not(feature = "event-log"))]
#[derive(Debug)]
enum EventFile {}

#[cfg(not(feature = "event-log"))]
impl EventFile {
    fn open(_: &Path, _: u64) -> io::Result<Self> {
        let reason = "this program was built without the feature `event-log`; build it with --features event-log";
        Err(io::Error::new(io::ErrorKind::Unsupported, reason))
    }

    fn append(&mut self, _: &SessionLimitReached<'_>) -> io::Result<()> {
        match *self {}
    }
}
