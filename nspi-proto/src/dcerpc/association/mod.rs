//! Association machines: which PDU may come next, and what it means. Octets in, events out, answers appended to the
//! caller's buffer; no I/O, no clock, no randomness.
//!
//! ```text
//!            ┌────────── Client ──────────┐              ┌────────── Server ──────────┐
//!   bind ──► │ presentation    security   │ ── octets ─► │ deframer     reassembler   │ ──► Bind, Authenticate,
//!   call ──► │ transmit                   │              │ presentation security      │     Request
//!            │ deframer     reassembler   │ ◄─ octets ── │ transmit                   │ ◄── join, authenticated,
//! Response ◄─│                            │      │       │                            │     respond, fault
//!            └────────────────────────────┘      │       └────────────────────────────┘
//!                                            Observer: listens to both directions
//! ```

mod client;
mod error;
mod presentation;
mod security;
mod server;
mod transmit;

pub use client::{Client, ClientEvent, ClientOptions, FirstToken};
pub use error::ProtocolError;
pub use presentation::Offer;
pub use server::{Server, ServerEvent, ServerOptions};
