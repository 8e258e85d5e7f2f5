//! Through the public API only: against the real server (`lab`), and against one that does what the test says (`fake`).

mod calls;
mod fake;
mod lab;
mod logon_failed;
mod one_at_a_time;
mod opening;
#[cfg(feature = "cli")]
mod program;
mod promises;
