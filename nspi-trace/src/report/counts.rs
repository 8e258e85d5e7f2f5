//! How many sessions, and how many at once.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::{Frame, Moment};

/// What became of sessions.
///
/// `binds + from_before == unbound + ended_by_disconnect + never_ended + lost`: each session that was seen has exactly
/// one end, or none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Counts {
    /// Sessions opened: NspiBind that succeeded.
    pub binds: u64,
    /// Sessions that were used or unbound here, but opened before the capture began (or in a gap).
    pub from_before: u64,
    /// Sessions closed by NspiUnbind, as they should be.
    pub unbound: u64,
    /// Sessions that ended only because their connection did (the last one of its association group): the program
    /// forgot to unbind, and the server ran the session down.
    pub ended_by_disconnect: u64,
    /// Sessions still open when the capture ended.
    pub never_ended: u64,
    /// Sessions whose end could not be seen: their connection was given up, or has a gap.
    pub lost: u64,
    /// NspiBind refused with MAPI_E_LOGON_FAILED: over the cap, or without a right to log on.
    pub refused: u64,
    /// NspiBind that failed in another way: another status, or an RPC fault.
    pub failed: u64,
    /// Of all binds and refusals: how many were inferred from lengths, because they are encrypted.
    pub inferred: u64,
    /// Other NSPI calls.
    pub calls: u64,
}

impl Counts {
    /// Sessions that were seen: opened here, or before.
    #[must_use]
    pub fn sessions(&self) -> u64 {
        self.binds + self.from_before
    }

    /// Sessions that nobody unbound: ended by disconnect, or still open.
    #[must_use]
    pub fn not_unbound(&self) -> u64 {
        self.ended_by_disconnect + self.never_ended
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.binds += other.binds;
        self.from_before += other.from_before;
        self.unbound += other.unbound;
        self.ended_by_disconnect += other.ended_by_disconnect;
        self.never_ended += other.never_ended;
        self.lost += other.lost;
        self.refused += other.refused;
        self.failed += other.failed;
        self.inferred += other.inferred;
        self.calls += other.calls;
    }
}

/// How many sessions were open at once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Concurrency {
    /// The most at once.
    pub peak: u32,
    /// When that was reached first.
    pub peak_at: Option<Moment>,
    /// The packet that reached it: the answer to an NspiBind.
    pub peak_frame: Option<Frame>,
    /// The average over the whole capture, weighted by time.
    pub average: f64,
    /// At the end of the capture.
    pub at_end: u32,
}
