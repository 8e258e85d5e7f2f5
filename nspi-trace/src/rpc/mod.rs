//! Remote procedure calls on one TCP connection, and which of them are NSPI.
//!
//! ```text
//!   octets ─► probe: RPC at all? ─► Conversation ─ Observer ─► bind, handshake ─► interface, user, group
//!                                        └───────────────────► calls ──────────► Ledger: opened, used, unbound
//! ```

mod calls;
mod conversation;
mod endpoints;
mod handshake;
mod infer;
mod probe;

pub(crate) use self::conversation::{Conversation, World};
pub(crate) use self::endpoints::Endpoints;
pub(crate) use self::probe::{Probe, is_clients, probe};
