//! The end of a negotiation, alike on both sides: the mechanism is done, and what is left is to make sure that nobody
//! altered the list it was chosen from [RFC 4178 5].
//!
//! ```text
//!   mechanism done ─► Closing ──► own mechListMIC, if due      settled once the peer's was verified, or none is due
//!                        ▲── peer's mechListMIC
//! ```
//!
//! Either both sides send a MIC or none does: who gets one owes one.

use nspi_proto::dcerpc::auth::{Identity, Progress, SecurityError};

use super::mechanism::MicContext;

/// A mechanism's established context, and how far the exchange of MICs has come.
pub(super) struct Closing {
    context: Box<dyn MicContext>,
    identity: Identity,
    /// The client's `MechTypeList`, as it went over the wire.
    mech_types: Vec<u8>,
    due: bool,
    sent: bool,
    received: bool,
}

impl Closing {
    /// `mandatory`: the client's preferred mechanism was not chosen. `due`: the chosen one wants MICs all the same.
    pub(super) fn new(
        context: Box<dyn MicContext>,
        identity: Identity,
        mech_types: Vec<u8>,
        mandatory: bool,
        due: bool,
    ) -> Self {
        let due = mandatory || due && context.signs();
        Self { context, identity, mech_types, due, sent: false, received: false }
    }

    /// Verifies the peer's MIC, if it is there, and gives the own one, if it is due and was not sent yet.
    pub(super) fn exchange(&mut self, peers: Option<&[u8]>) -> Result<Option<Vec<u8>>, SecurityError> {
        if let Some(mic) = peers
            && (self.due || self.context.signs())
        {
            self.context.verify_mic(&self.mech_types, mic).map_err(|_| ALTERED)?;
            self.received = true;
            self.due = true;
        }
        if !self.due || self.sent {
            return Ok(None);
        }
        self.sent = true;
        self.context.mic(&self.mech_types).map(Some)
    }

    /// Whether nothing more is expected of the peer.
    pub(super) fn is_settled(&self) -> bool {
        self.received || !self.due
    }

    /// The context, ready for PDUs.
    pub(super) fn finish(mut self, token: Option<Vec<u8>>) -> Progress {
        if self.received {
            self.context.mics_exchanged();
        }
        Progress::Done { token, context: self.context, identity: self.identity }
    }
}

const ALTERED: SecurityError = SecurityError::Refused("a list of mechanisms that was altered on its way");
