//! Who leaks NSPI sessions? The answer from a capture.
#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod events;
#[cfg(feature = "cli")]
pub mod follow;
pub mod report;
