//! Event 2820, *NSPI max connection limit for the user has reached* (KB949469): how an administrator learns that NspiBind
//! was refused because of the cap, and for whom.
//!
//! ```text
//!                          ┌─► one <Event> a line, appended to a file   (each refusal)
//!   NspiBind over the cap ─┤
//!                          └─► one warning in the log                   (at a bounded rate, with the number left out)
//! ```
//!
//! Whether a refusal is an event at all depends on the Windows version:
//! [`Settings::logs_refusals`](crate::config::Settings::logs_refusals). This module writes what it is given; the
//! file needs the feature `event-log`.

#[cfg(feature = "event-log")]
mod file;
mod log;
mod rate;
#[cfg(feature = "event-log")]
mod xml;

use std::fmt;
use std::time::SystemTime;

pub use log::EventLog;
pub use rate::RateBound;

/// The number of the event.
pub const EVENT_ID: u16 = 2820;

/// The log that the event is written to: *Directory Service*.
pub const CHANNEL: &str = "Directory Service";

/// The event's provider. Our choice, as no sample of this event's XML has been published; other events of that log have it.
pub const PROVIDER: &str = "Microsoft-Windows-ActiveDirectory_DomainService";

/// Event 2820: a user holds as many sessions as the cap allows, and NspiBind was answered with LogonFailed.
///
/// Its `Display` is the message in the article's words, its `xml` (feature `event-log`) what `wevtutil` would print.
///
/// ```
/// use nspi_server::events::SessionLimitReached;
///
/// let event = SessionLimitReached { limit: 50, user: r"ACME\alice", computer: "dc1.acme.test", time: std::time::UNIX_EPOCH };
/// assert!(event.to_string().starts_with("NSPI max connection limit for the user has reached."));
/// # #[cfg(feature = "event-log")]
/// assert!(event.xml().contains("<EventID>2820</EventID>"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimitReached<'a> {
    /// %1: the cap in force, in sessions.
    pub limit: u32,
    /// %2: the user, as `DOMAIN\user`. The form is our choice: the article has only `%2`.
    pub user: &'a str,
    /// The DNS name of the server.
    pub computer: &'a str,
    /// When NspiBind was refused. Before the year -9999 or after 9999 it is written as 1970.
    pub time: SystemTime,
}

impl fmt::Display for SessionLimitReached<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The article's words and lines, as they stand.
        write!(
            f,
            "NSPI max connection limit for the user has reached.\n\
             You need to do NSPI unbind on old connections before making new connections.\n\
             Additional Data\n\
             Max NSPI connections per user:\n\
             {}\n\
             User:\n\
             {}",
            self.limit, self.user
        )
    }
}
