//! What was read, and what could not be.

use serde::{Deserialize, Serialize};

use super::Moment;

/// The capture as a whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Capture {
    /// The files, in the order in which they were given. Packets of all of them are read in time order.
    pub files: Vec<CaptureFile>,
    /// The time of the first packet; `None`: there is none.
    pub first: Option<Moment>,
    /// The time of the last one.
    pub last: Option<Moment>,
    /// Packets, of whatever kind.
    pub packets: u64,
    /// Octets of these packets as they were captured.
    pub octets: u64,
    /// TCP connections seen, NSPI or not.
    pub connections: u64,
    /// Of these, connections on which NSPI was spoken.
    pub nspi_connections: u64,
    /// Packets that were not looked into, by reason.
    pub unread: Unread,
    /// What is missing from connections on which NSPI was spoken. Nothing was guessed in its place.
    pub missing: Missing,
    /// What was forgotten so that memory stays bounded.
    pub dropped: Dropped,
}

/// One file, or the standard input.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CaptureFile {
    /// As it was given; `-` is the standard input.
    pub name: String,
    /// `pcap` or `pcapng`, with `+gzip` or `+zstd` if it is compressed; empty if it could not be told.
    pub format: String,
    /// Packets read from it.
    pub packets: u64,
    /// Octets of these packets as they were captured.
    pub octets: u64,
    /// The time of its first packet.
    pub first: Option<Moment>,
    /// The time of its last packet.
    pub last: Option<Moment>,
    /// Why reading ended before the file did: damaged or cut. What was read before counts.
    pub problem: Option<String>,
}

/// Packets that were not looked into.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Unread {
    /// Not TCP over IPv4 or IPv6.
    pub not_tcp: u64,
    /// Fragments of IP packets; TCP avoids them.
    pub ip_fragments: u64,
    /// Headers that are cut or contradict themselves.
    pub malformed: u64,
    /// Of a link type that this program does not know.
    pub unknown_link: u64,
    /// TCP segments recorded shorter than they were sent (a snap length): their rest counts as missing.
    pub cut_short: u64,
}

/// Octets of NSPI connections that the capture does not have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Missing {
    /// Gaps in connections.
    pub gaps: u64,
    /// Octets in these gaps.
    pub octets: u64,
    /// Connections whose beginning is not in the capture.
    pub begun_before: u64,
    /// NSPI calls whose answer is not in the capture, or the other way round.
    pub half_seen_calls: u64,
}

/// What was forgotten so that memory stays bounded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Dropped {
    /// Connections given up because too many were open at once; their sessions count as lost from sight.
    pub connections: u64,
    /// Sessions not remembered one by one any more, because too many were open at once.
    pub sessions: u64,
    /// Users and clients folded into a server's `others`.
    pub clients: u64,
    /// Segments ahead of a gap that could not be kept until the gap was filled.
    pub segments: u64,
}
