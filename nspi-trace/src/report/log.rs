//! The server's own log, laid beside the capture.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Frame, Moment};

/// Event 2820 of a server's *Directory Service* log: a session was refused because its user had too many.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LoggedRefusal {
    /// When it was logged, by the server's clock.
    pub time: Moment,
    /// The computer that logged it, if the event says so.
    pub computer: Option<String>,
    /// The user, as the event spells it.
    pub user: String,
    /// The limit in force.
    pub limit: Option<u32>,
    /// The packet of the refused NspiBind that it tells of, if the capture has it.
    #[serde(default)]
    pub frame: Option<Frame>,
    /// Where that NspiBind came from.
    #[serde(default)]
    pub client: Option<IpAddr>,
    /// Why there is no such packet: one lower-case clause.
    #[serde(default)]
    pub why_not: Option<String>,
}

/// How log and capture agree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Comparison {
    /// An event and a refused NspiBind belong together if they are of one user and no further apart than so many seconds.
    pub within_seconds: u32,
    /// Events that belong to a refused NspiBind.
    pub matched: u64,
    /// Events within the capture's time without a refused NspiBind.
    pub only_in_log: u64,
    /// Events before or after the capture, or beyond the refusals that were kept one by one.
    pub outside: u64,
    /// Refused NspiBinds without an event.
    pub only_in_capture: u64,
    /// Refusals that were not compared, because too many are in the capture.
    pub not_compared: u64,
    /// The same for each user, in the order of names.
    pub users: Vec<UserComparison>,
    /// Events of other kinds in the log.
    pub other_events: u64,
    /// Events that cannot be read.
    pub damaged_events: u64,
    /// Events 2820 that were not kept, because there are too many.
    pub dropped_events: u64,
    /// What that means, in sentences for people.
    pub sentences: Vec<String>,
}

/// How log and capture agree about one user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UserComparison {
    /// The user, as the log spells it; as the capture does, if the log has none of it.
    pub user: String,
    /// Events in the log.
    pub logged: u64,
    /// Of these, events within the capture's time.
    pub within_capture: u64,
    /// Events that belong to a refused NspiBind.
    pub matched: u64,
    /// NspiBinds that were refused in the capture.
    pub captured: u64,
}
