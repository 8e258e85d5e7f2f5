//! SPNEGO: which mechanism proves the caller, and that nobody in between chose it [RFC 4178, MS-SPNG].
//!
//! ```text
//!   bind            ─ NegTokenInit: mechTypes, mechToken (NTLM's NEGOTIATE) ─►
//!   bind_ack        ◄─ NegTokenResp: supportedMech, responseToken (CHALLENGE) ─
//!   alter_context   ─ NegTokenResp: responseToken (AUTHENTICATE), mechListMIC ─►      MICs: sequence number 0
//!   alter_context_resp ◄─ NegTokenResp: accept-completed, mechListMIC ──────────
//!   request, response                                                                 RC4 anew, sequence number 1
//! ```
//!
//! `der`, [`token`]: octets to fields and back; [`mechanism`]: what can be negotiated; `acceptor`, `initiator`: who says
//! what; `closing`: the MICs. Mechanisms are NTLM and, with the feature of that name, Kerberos; clients that prefer one that the
//! server has not are asked to fall back.

mod acceptor;
mod closing;
pub mod der;
mod initiator;
pub mod mechanism;
mod oid;
pub mod token;

use nspi_proto::dcerpc::auth::SecurityError;

pub use acceptor::Acceptor;
pub use initiator::Initiator;
pub use oid::Oid;

/// A token that is not what SPNEGO expects here.
const fn bad_token(what: &'static str) -> SecurityError {
    SecurityError::BadToken { mechanism: "SPNEGO", what }
}
