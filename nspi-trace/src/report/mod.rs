//! What a capture says, as plain data: the table, the page and the JSON are all written from a [`Report`].
//!
//! ```text
//!   Report ─┬─ capture      what was read, and what could not be
//!           └─ servers ─┬─ cap, totals
//!                       └─ users ─┬─ counts, concurrency, timeline, refusals, judgement, advice
//!                                 └─ clients ── counts, concurrency, judgement, evidence
//! ```
//!
//! The cap is per domain controller and user, so a [`User`] belongs to a [`Server`]; the same account on two servers
//! stands there twice. Everything is bounded, whatever the capture's length. As JSON every name is written as here, in
//! `snake_case`; [`SCHEMA`] is raised when a field is renamed, removed or given another meaning, not when one is added.

mod capture;
mod counts;
mod html;
mod log;
mod moment;
#[cfg(test)]
mod schema;
mod session;
mod timeline;
mod vendor;
mod verdict;
mod who;
pub mod words;

use serde::{Deserialize, Serialize};

pub use self::capture::{Capture, CaptureFile, Dropped, Missing, Unread};
pub use self::counts::{Concurrency, Counts};
pub use self::log::{Comparison, LoggedRefusal, UserComparison};
pub use self::moment::Moment;
pub use self::session::{SessionEnd, SessionRecord};
pub use self::timeline::{Point, Timeline};
pub use self::vendor::VendorText;
pub use self::verdict::{Advice, Certainty, Evidence, EvidenceKind, Formula, Frame, Judgement, Verdict};
pub use self::who::{Cap, CapSource, Client, NameSource, Refusal, Server, User, UserName};

/// The version of the report's layout.
pub const SCHEMA: u32 = 1;

/// The layout as a JSON Schema (draft 2020-12), each field with what it means.
pub const JSON_SCHEMA: &str = include_str!("../../schema/report-1.schema.json");

/// Everything that a capture says about NSPI sessions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The program that wrote it, with its version: `nspi-trace 0.1.0`.
    pub tool: String,
    /// What was read, and what could not be.
    pub capture: Capture,
    /// The servers that NSPI was spoken to, the worst verdict first.
    pub servers: Vec<Server>,
    /// Events 2820 that were read beside the capture, in time order. Empty without `--events`.
    #[serde(default)]
    pub events: Vec<LoggedRefusal>,
    /// These events laid beside the capture's refusals. `None` without `--events`.
    #[serde(default)]
    pub comparison: Option<Comparison>,
    /// Sentences about the whole: assumptions that were made, what is missing and what that means.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl Report {
    /// Whether somebody leaks or hoards: what `--fail-on-leak` asks.
    #[must_use]
    pub fn has_leak(&self) -> bool {
        self.users().any(|(_, user)| {
            user.judgement.verdict.is_leak() || user.clients.iter().any(|client| client.judgement.verdict.is_leak())
        })
    }

    /// Each user of each server.
    pub fn users(&self) -> impl Iterator<Item = (&Server, &User)> {
        self.servers.iter().flat_map(|server| server.users.iter().map(move |user| (server, user)))
    }
}
