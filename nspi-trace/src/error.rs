//! What can go wrong before there is a report. Damage within a capture is no error: the report tells of it.

use std::io;

/// Why a capture could not be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is not there, or may not be read.
    #[error("cannot open {name}")]
    Open {
        /// The file, as it was given.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// Reading its first octets went wrong.
    #[error("cannot read {name}")]
    Read {
        /// The file, as it was given.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// It is neither pcap nor pcapng, compressed or not.
    #[error("{name} is no capture: it is neither pcap nor pcapng, nor one of these in gzip or zstd")]
    NotACapture {
        /// The file, as it was given.
        name: String,
    },
    /// It has no octets at all: whatever was to write it did not.
    #[error("{name} is empty")]
    Empty {
        /// The file, as it was given.
        name: String,
    },
    /// It ends before the first packet.
    #[error("nothing could be read from {name}: {problem}")]
    Damaged {
        /// The file, as it was given.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A file of passwords, hashes or keys cannot be used.
    #[error("cannot use {name}: {problem}")]
    Keys {
        /// The file or option.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
}
