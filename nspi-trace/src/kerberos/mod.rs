//! Who stands in a Kerberos ticket, and what was sealed after it, for whoever has the key of the service that it is for.
//!
//! ```text
//!   keytab ─► keys ──┐
//!   bind's token ─► AP-REQ ─► ticket ─► opened ─► PAC, signed by the KDC: ACME\alice; else cname@crealm
//!                                             └─► session key ─► authenticator, AP-REP ─► subkeys ─► sealed PDUs
//! ```

mod keytab;
mod session;
mod ticket;

pub use self::keytab::{Keytab, KeytabError};
pub(crate) use self::session::Session;
pub(crate) use self::ticket::{Account, Opened, Shut, ap_rep, ap_req, open};
