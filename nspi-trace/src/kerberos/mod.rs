//! Who stands in a Kerberos ticket, for whoever has the key of the service that it is for.
//!
//! ```text
//!   keytab ─► keys ──┐
//!   bind's token ─► AP-REQ ─► ticket ─► opened ─► cname@crealm, and in the PAC of Active Directory: ACME\alice
//! ```

mod keytab;
mod pac;
mod ticket;

pub use self::keytab::{Keytab, KeytabError};
pub(crate) use self::ticket::{Account, Shut, ap_req, open};
