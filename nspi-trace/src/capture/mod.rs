//! Captures: files and streams of packets, in time order.
//!
//! ```text
//!   file, `-` ─► input (gzip, zstd) ─► source (pcap, pcapng) ─┐
//!   file ──────► input ──────────────► source ────────────────┴─ merge ─► Packet
//! ```
//!
//! Nothing is held but one block of octets a file that is being read. A damaged file gives what stands before the damage,
//! and says so.

mod input;
mod merge;
mod source;
mod tail;

use std::path::PathBuf;

use crate::report::{CaptureFile, Frame, Moment};

pub use self::merge::Captures;
pub use self::tail::{Stop, Tail};

/// How far reading has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Octets read from the files, compressed as they are.
    pub read: u64,
    /// Octets that there are; `None` if that cannot be known, as of the standard input.
    pub total: Option<u64>,
    /// Packets.
    pub packets: u64,
}

/// Where packets come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// The standard input.
    Stdin,
    /// A file that is still being written: at its end there will be more, until the [`Stop`] is set.
    Growing(PathBuf, Stop),
    /// Octets that are there already, under this name.
    Octets {
        /// How they are called in the report.
        name: String,
        /// A whole capture.
        octets: std::sync::Arc<[u8]>,
    },
}

impl Origin {
    /// How it is called: the path, `-`, or the name.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::File(path) | Self::Growing(path, _) => path.display().to_string(),
            Self::Stdin => "-".to_owned(),
            Self::Octets { name, .. } => name.clone(),
        }
    }
}

impl From<PathBuf> for Origin {
    /// `-` is the standard input.
    fn from(path: PathBuf) -> Self {
        if path.as_os_str() == "-" { Self::Stdin } else { Self::File(path) }
    }
}

/// A packet, as it was captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// When.
    pub time: Moment,
    /// Its number in its file.
    pub frame: Frame,
    /// What it begins with: a LINKTYPE number of the pcap registry.
    pub link: i32,
    /// Its octets; fewer than `length` if the capture has a snap length.
    pub octets: &'a [u8],
    /// Its length on the wire.
    pub length: u32,
}

/// What is known of a file before the first packet is read.
pub(crate) fn facts(name: String) -> CaptureFile {
    CaptureFile { name, ..CaptureFile::default() }
}
