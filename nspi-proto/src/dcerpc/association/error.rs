//! Why an association ends.

use super::super::auth::{AuthContextId, SecurityError};
use super::super::bind::NakReason;
use super::super::call::CallId;
use super::super::fragment::TooLong;
use super::super::header::PduType;
use super::super::interface::ContextId;
use super::super::status::FaultStatus;
use crate::ndr::{DecodeError, EncodeError};

/// The peer broke the protocol, or the caller of a machine did. After any of these from `poll`, what the machine
/// appended to `out` is sent, and the connection closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// Octets that are no PDU.
    #[error("malformed PDU: {0}")]
    Malformed(#[from] DecodeError),
    /// Something to be sent cannot be put on the wire.
    #[error("cannot be sent: {0}")]
    Unsendable(#[from] EncodeError),
    /// A PDU that must not come now.
    #[error("unexpected {got:?} while {state}")]
    Unexpected {
        /// What came.
        got: PduType,
        /// What the association was doing.
        state: &'static str,
    },
    /// Server: the bind was answered with a bind_nak.
    #[error("the bind was refused: {0}")]
    Refused(NakReason),
    /// Server: a PDU was answered with a fault, after which the connection is of no use.
    #[error("call {} was answered with {status}, which ends the connection", call.0)]
    Faulted {
        /// `call_id` of the PDU.
        call: CallId,
        /// What it was answered.
        status: FaultStatus,
    },
    /// A stub is too long to be put together.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// A PDU's signature is wrong, or a security context could not sign.
    #[error("security context {}: {error}", context.0)]
    Security {
        /// Which security context.
        context: AuthContextId,
        /// What it said.
        error: SecurityError,
    },
    /// Client: a response at a level that signs came without a signature, or with that of another security context.
    #[error("the answer to call {} is not protected as the call was", call.0)]
    Unprotected {
        /// Which call.
        call: CallId,
    },
    /// An answer, or a request to the machine, names a call that is not under way.
    #[error("call {} is not under way", .0.0)]
    UnknownCall(CallId),
    /// The machine was asked to use a presentation context that was not accepted.
    #[error("presentation context {} was not accepted", .0.0)]
    UnknownContext(ContextId),
    /// The machine was asked to use a security context that is not established.
    #[error("security context {} is not established", .0.0)]
    UnknownSecurityContext(AuthContextId),
    /// The machine was called in a state where that makes no sense.
    #[error("the association is {state}")]
    OutOfTurn {
        /// What the association was doing.
        state: &'static str,
    },
    /// The association has ended.
    #[error("the association has ended")]
    Closed,
}
