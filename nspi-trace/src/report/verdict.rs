//! What it means: a verdict, why it was reached, where to look, and what to set.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::Moment;

/// A verdict about a user or a client, with its reason.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// How sure that is.
    pub certainty: Certainty,
    /// It, and what it rests on, in a sentence or two for people.
    pub sentence: String,
}

/// What somebody does with sessions. How each is told: `verdict.rs`, the module of the thresholds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// Sessions are opened and not closed, and their number grows.
    Leaks {
        /// So many sessions an hour are opened and never unbound.
        per_hour: f64,
        /// Hours until the cap is full at this rate, from none; `None`: sessions end with their connections before
        /// that.
        hours_to_cap: Option<f64>,
    },
    /// Many sessions are held for long, unused or forgotten, but their number does not grow.
    Hoards {
        /// So many sessions are held.
        held: u32,
        /// So long the oldest one has been held at least, in seconds.
        longest: u64,
    },
    /// Every session is closed in time, and yet the cap is too low for so many at once.
    Needs {
        /// So many at once were seen (those refused at that moment included).
        sessions: u32,
        /// The value to set: with the margin that `Advice` names.
        value: u32,
    },
    /// Every session is closed in time, and the cap suffices.
    Healthy,
    /// Too little was seen to say anything.
    #[default]
    NotEnoughSeen,
}

impl Verdict {
    /// Whether it is the program that must be mended: a leak, or a hoard.
    #[must_use]
    pub fn is_leak(&self) -> bool {
        matches!(self, Self::Leaks { .. } | Self::Hoards { .. })
    }

    /// For sorting: the smaller, the worse.
    #[must_use]
    pub fn rank(&self) -> u8 {
        match self {
            Self::Leaks { .. } => 0,
            Self::Hoards { .. } => 1,
            Self::Needs { .. } => 2,
            Self::NotEnoughSeen => 3,
            Self::Healthy => 4,
        }
    }

    /// One word: `leaks`, `hoards`, `needs more`, `healthy`, `not enough seen`.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Leaks { .. } => "leaks",
            Self::Hoards { .. } => "hoards",
            Self::Needs { .. } => "needs more",
            Self::Healthy => "healthy",
            Self::NotEnoughSeen => "not enough seen",
        }
    }
}

/// How sure a verdict is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Everything it rests on was read.
    #[default]
    Read,
    /// Some of it was inferred from lengths, because the traffic is encrypted.
    Inferred,
    /// Something is missing from the capture that could change it.
    Gaps,
}

/// A packet, so that Wireshark can be opened at the right place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Frame {
    /// Which of [`Capture::files`](super::Capture::files), from 0.
    pub file: u32,
    /// `frame.number` in that file, from 1.
    pub number: u64,
}

/// Where to look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Evidence {
    /// What is to be seen there.
    pub kind: EvidenceKind,
    /// The packet.
    pub frame: Frame,
    /// When it was sent.
    pub time: Moment,
    /// The client's end of the connection; port 0 if it is about all of the client's connections.
    pub client: SocketAddr,
    /// The server's end of it.
    pub server: SocketAddr,
    /// The session's context handle, if it could be read: its UUID.
    pub handle: Option<String>,
    /// What is to be seen there, in a sentence for people.
    pub sentence: String,
    /// Shows this packet's connection in Wireshark.
    pub filter: String,
}

/// What a packet proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// This NspiBind opened a session that was still open when the capture ended.
    NeverEnded,
    /// This NspiBind opened a session that only its connection's end closed.
    EndedByDisconnect,
    /// The session that reached the peak.
    Peak,
    /// This NspiBind was refused.
    Refused,
    /// Here the capture has a gap.
    Gap,
}

/// Which value the cap would need.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Advice {
    /// The peak that was measured: sessions at once, and those refused on top of it. Sessions that leak are in it.
    pub peak: u32,
    /// What was added, in per cent.
    pub margin_percent: u32,
    /// The value for `NSPI max sessions per user`: peak and margin, rounded up; never below the default of 50.
    pub value: u32,
    /// Whether the value should be set, or the program be mended first.
    pub sentence: String,
    /// What vendors recommend, for comparison.
    pub formulas: Vec<Formula>,
    /// Why the value is not simply set to its maximum.
    pub why_not_unlimited: String,
}

/// A vendor's rule of thumb.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Formula {
    /// Whose.
    pub product: String,
    /// The rule, in words.
    pub rule: String,
    /// The value that it gives here, where it can be computed from what was seen.
    pub value: Option<u32>,
}
