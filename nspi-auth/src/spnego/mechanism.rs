//! What SPNEGO asks of the mechanisms that it chooses from, and how NTLM answers.
//!
//! A mechanism is a pair of `impl`s: of [`Mechanism`] for each end of its handshake, of [`MicContext`] for what the handshake
//! leads to. Kerberos' are in its own module.

use nspi_proto::dcerpc::auth::{Identity, Progress, SecurityContext, SecurityError};

use super::Oid;
use crate::ntlm::{self, NegotiateFlags, NtlmContext, Step};

/// One end of a mechanism's handshake.
pub trait Mechanism: Send {
    /// What it is called: one name, or several that mean the same. An initiator offers them in this order.
    fn names(&self) -> &'static [Oid<'static>];

    /// Takes the peer's next token (empty for an initiator's first step) and says what comes next.
    ///
    /// # Errors
    /// As [`Handshake::step`](nspi_proto::dcerpc::auth::Handshake::step).
    fn advance(&mut self, token: &[u8]) -> Result<Turn, SecurityError>;

    /// Whether [`advance`](Self::advance) may wait for a file or a server.
    fn may_block(&self) -> bool {
        false
    }
}

/// What a step of a [`Mechanism`] led to.
pub enum Turn {
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
        context: Box<dyn MicContext>,
        /// Acceptor: who the caller is. Initiator: the own name.
        identity: Identity,
        /// Whether MICs are to be exchanged even if this was the client's preferred mechanism, provided that the context
        /// [signs](MicContext::signs).
        mic_due: bool,
    },
}

impl From<Turn> for Progress {
    fn from(turn: Turn) -> Self {
        match turn {
            Turn::Continue { token } => Self::Continue { token },
            Turn::Done { token, context, identity, mic_due: _ } => Self::Done { token, context, identity },
        }
    }
}

/// A security context that can sign the list of mechanisms.
pub trait MicContext: SecurityContext {
    /// Whether both sides agreed on signing. If not, a MIC is neither sent nor looked at [RFC 4178 5], unless it is
    /// mandatory because the client's preferred mechanism was not chosen.
    fn signs(&self) -> bool;

    /// `GSS_GetMIC`: signs a message that is no PDU.
    ///
    /// # Errors
    /// [`SecurityError`] if the context cannot sign.
    fn mic(&mut self, message: &[u8]) -> Result<Vec<u8>, SecurityError>;

    /// `GSS_VerifyMIC`: verifies what the peer's [`mic`](Self::mic) signed.
    ///
    /// # Errors
    /// [`SecurityError::BadSignature`] if it does not fit.
    fn verify_mic(&mut self, message: &[u8], mic: &[u8]) -> Result<(), SecurityError>;

    /// MICs were exchanged in both directions; PDUs come next.
    fn mics_exchanged(&mut self) {}
}

const NTLM: &[Oid<'_>] = &[Oid::NTLM];

impl Mechanism for ntlm::Initiator {
    fn names(&self) -> &'static [Oid<'static>] {
        NTLM
    }

    fn advance(&mut self, token: &[u8]) -> Result<Turn, SecurityError> {
        self.advance(token).map(Turn::from)
    }
}

impl Mechanism for ntlm::Acceptor {
    fn names(&self) -> &'static [Oid<'static>] {
        NTLM
    }

    fn advance(&mut self, token: &[u8]) -> Result<Turn, SecurityError> {
        self.advance(token).map(Turn::from)
    }
}

impl From<Step> for Turn {
    fn from(step: Step) -> Self {
        match step {
            Step::Continue { token } => Self::Continue { token },
            Step::Done { token, context, identity, has_mic } => {
                // With a MIC in the AUTHENTICATE, Windows demands mechListMIC too (a note of [MS-SPNG] says so).
                Self::Done { token, context, identity, mic_due: has_mic }
            }
        }
    }
}

impl MicContext for NtlmContext {
    fn signs(&self) -> bool {
        self.flags().contains(NegotiateFlags::SIGN)
    }

    fn mic(&mut self, message: &[u8]) -> Result<Vec<u8>, SecurityError> {
        Ok(self.mic(message).to_vec())
    }

    fn verify_mic(&mut self, message: &[u8], mic: &[u8]) -> Result<(), SecurityError> {
        self.verify_mic(message, mic)
    }

    /// [MS-SPNG 3.3.5.1] The RC4 streams start anew. The sequence numbers do not: the MICs were number 0, the first PDUs
    /// are number 1.
    fn mics_exchanged(&mut self) {
        self.restart_streams();
    }
}
