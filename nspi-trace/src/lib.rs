//! Who leaks NSPI sessions? The answer from a capture.
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
mod ledger;
mod options;
pub mod report;
mod rpc;
mod summary;
mod tcp;

pub use analysis::Analysis;
pub use error::Error;
pub use options::{Key, Limits, Options};
