//! Through the public API only: against the real server (`lab`), and against one that does what the test says (`fake`).

mod calls;
mod directory;
#[cfg(feature = "cli")]
mod documented;
mod explain;
#[cfg(feature = "cli")]
mod explain_program;
#[cfg(all(feature = "cli", unix))]
mod export_interrupted;
#[cfg(feature = "cli")]
mod export_program;
#[cfg(feature = "cli")]
mod failures;
mod fake;
mod inquiries;
mod lab;
mod logon_failed;
mod one_at_a_time;
mod opening;
mod operations;
#[cfg(feature = "cli")]
mod program;
mod promises;
