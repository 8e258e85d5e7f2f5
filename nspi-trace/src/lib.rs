//! Who leaks NSPI sessions? The answer from a network capture, for who meets KB949469 with a program that he cannot change
//! and a domain controller that he may not touch.
//!
//! ```text
//!   files, stdin ─► capture ─► frame ─► tcp ─► rpc ─► ledger ─► judge ─► Report ─► table, JSON, page
//!                   pcap(ng)   IP, TCP  order  NSPI?  sessions  verdict
//! ```
//!
//! Each arrow is one module, in this order. [`Analysis`] takes packets in and gives a [`Report`](report::Report) at any
//! time; [`Captures`](capture::Captures) reads them from files. What is missing from a capture is reported and never
//! guessed; what was inferred from encrypted traffic is marked. Memory has [ceilings](Limits), whatever the capture's
//! length, and what they cost is told in the report. Octets of a capture are hostile: nothing here panics on them.
//!
//! # Example
//! ```no_run
//! use nspi_trace::capture::{Captures, Origin};
//! use nspi_trace::{Analysis, Options};
//!
//! # fn main() -> Result<(), nspi_trace::Error> {
//! let mut analysis = Analysis::new(Options::default());
//! let mut captures = Captures::open(vec![Origin::File("dc1.pcapng".into())])?;
//! while captures.next(|packet| analysis.packet(packet))? {}
//! analysis.finish(captures.facts());
//!
//! for (server, user) in analysis.report().users() {
//!     println!("{}: {} {}", server.address, user.name, user.judgement.sentence);
//! }
//! # Ok(()) }
//! ```
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod analysis;
pub mod capture;
mod error;
pub mod events;
mod evidence;
#[cfg(feature = "cli")]
pub mod follow;
mod frame;
mod judge;
mod kerberos;
mod ledger;
mod options;
pub mod report;
mod rpc;
mod summary;
mod tcp;

pub use analysis::Analysis;
pub use error::Error;
pub use kerberos::{Keytab, KeytabError};
pub use options::{Key, Limits, Options};
