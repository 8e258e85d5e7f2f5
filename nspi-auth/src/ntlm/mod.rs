//! NTLM with NTLMv2 responses, connection-oriented, with extended session security [MS-NLMP].
//!
//! ```text
//!   message   the three messages: octets to fields and back          flags, av_pair, response: what is in them
//!   keys      password to key, key to key [3.3.2, 3.4.5]              proof: does this AUTHENTICATE prove an account?
//!   initiator, acceptor   who says what, and what is refused         context: sign, seal, verify, unseal [3.4]
//! ```
//!
//! Refused on purpose, by both sides: NTLMv1 and LM responses, no extended session security, signing or sealing with keys
//! of less than 128 bits, connectionless (datagram) NTLM. Names that are not in Unicode (OEM) are taken from a client, in
//! ASCII, and refused from a server.

mod acceptor;
pub mod av_pair;
mod context;
mod flags;
mod initiator;
mod keys;
pub mod message;
mod proof;
mod response;

use nspi_proto::dcerpc::auth::{Identity, Progress, SecurityError};

pub use acceptor::{Acceptor, AcceptorSettings, ServerNames};
pub use context::{NtlmContext, SIGNATURE_LEN};
pub use flags::NegotiateFlags;
pub use initiator::Initiator;
pub use keys::{Role, SessionKey};
pub use proof::{mic, verify};
pub use response::NtResponse;

/// What a step of an NTLM handshake led to: [`Progress`] with the context's type known, for mechanisms that wrap NTLM.
#[derive(Debug)]
pub enum Step {
    /// Send `token`; another one is expected.
    Continue {
        /// The token for the peer.
        token: Vec<u8>,
    },
    /// The context is established.
    Done {
        /// A last token for the peer, if there is one.
        token: Option<Vec<u8>>,
        /// The established context.
        context: Box<NtlmContext>,
        /// Acceptor: who the caller is. Initiator: the own name.
        identity: Identity,
        /// Whether the AUTHENTICATE has a MIC. It does between systems that are not very old, and SPNEGO's MICs are then
        /// exchanged too.
        has_mic: bool,
    },
}

impl From<Step> for Progress {
    fn from(step: Step) -> Self {
        match step {
            Step::Continue { token } => Self::Continue { token },
            Step::Done { token, context, identity, has_mic: _ } => Self::Done { token, context, identity },
        }
    }
}

/// A token that is not what NTLM expects here.
const fn bad_token(what: &'static str) -> SecurityError {
    SecurityError::BadToken { mechanism: "NTLM", what }
}
