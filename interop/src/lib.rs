//! Foreign clients drive the real `nspi-server`: what these tests show, no line of this project's own client can have
//! made true.
//!
//! ```text
//!   tests/foreign ──► Client ── JSON lines ──► clients/*_client.py ──► [Tap] ──► nspi-server (the binary)
//!                     NspiServer ── starts, signals, kills ─────────────────────────────────▲
//!                     tshark ◄── reads what the Tap wrote
//! ```
//!
//! The tests stand behind the feature `foreign`, since they need programs that `interop/install` brings; `interop/run`
//! does both. With the feature on, nothing is skipped: what is missing is a failure. This crate is for tests, so its
//! functions panic, with the reason, where a library would return an error.
//!
//! ```no_run
//! use interop::{ALICE, Client, NspiServer};
//!
//! let server = NspiServer::start(&["--max-sessions-per-user", "1"]);
//! let mut client = Client::impacket();
//! let alice = client.open(&server, &ALICE).unwrap();
//! assert_eq!(client.bind(alice).unwrap().status, 0);
//! assert_eq!(client.bind(alice).unwrap().status, interop::LOGON_FAILED);
//! ```

mod client;
mod domain_controller;
mod foreign_server;
mod logon;
#[cfg(target_os = "linux")]
mod namespace;
pub mod operations;
mod process;
pub mod scenario;
#[cfg(target_os = "linux")]
pub mod scenario_kerberos;
mod server;
mod tap;
mod tcpdump;
mod tshark;
mod wine;

pub use client::{Bound, Client, Connection, NULL_HANDLE, Refusal, Unbound};
pub use domain_controller::DomainController;
pub use foreign_server::ForeignServer;
pub use logon::{ALICE, AUTHENTICATED, BOB, Level, Logon, Mechanism, STRANGER, Syntax};
#[cfg(target_os = "linux")]
pub use namespace::{Namespace, inside};
pub use process::{eventually, installed, signal};
pub use server::{NspiServer, binary};
pub use tap::Tap;
pub use tcpdump::Tcpdump;
pub use tshark::tshark;

/// MAPI_E_LOGON_FAILED \[MS-NSPI 2.2.2\].
pub const LOGON_FAILED: u32 = 0x8004_0111;
