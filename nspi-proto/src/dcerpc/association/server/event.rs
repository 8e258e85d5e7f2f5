//! What a server machine tells its driver.

use core::ops::Range;

use uuid::Uuid;

use super::super::super::auth::{AuthContextId, AuthLevel, AuthType};
use super::super::super::call::CallId;
use super::super::super::interface::{AssocGroupId, InterfaceId};
use super::calls::Outstanding;
use crate::ndr::AnyOrder;

/// What the driver of a [`Server`](super::Server) must act on.
#[derive(Debug, PartialEq, Eq)]
pub enum ServerEvent<'a> {
    /// A client binds: answer with [`join`](super::Server::join).
    Bind {
        /// The association group that it wants to join; `None`: a new one.
        group: Option<AssocGroupId>,
    },
    /// A leg of a handshake: step it and answer with [`authenticated`](super::Server::authenticated).
    Authenticate {
        /// Which security context is being made. The same id means the next leg.
        id: AuthContextId,
        /// By which mechanism; one of [`mechanisms`](super::ServerOptions::mechanisms).
        mechanism: AuthType,
        /// At which level calls will be protected.
        level: AuthLevel,
        /// Header signing has been agreed on; some mechanisms sign differently then.
        header_signing: bool,
        /// The client's token.
        token: &'a [u8],
    },
    /// A call: answer with [`respond`](super::Server::respond) or [`fault`](super::Server::fault), now or later.
    Request {
        /// Its name on this connection.
        call: CallId,
        /// The interface, as the server offers it.
        interface: InterfaceId,
        /// The encoding of the stub, in the request's byte order. Answers are little-endian.
        syntax: AnyOrder,
        /// Which operation.
        opnum: u16,
        /// The security context of the caller; `None`: anonymous.
        caller: Option<AuthContextId>,
        /// The level at which the call came.
        level: AuthLevel,
        /// The object that the call is about, if it names one.
        object: Option<Uuid>,
        /// The parameters, decrypted and without padding.
        stub: &'a [u8],
    },
    /// The client asks that a call be cancelled. Advisory: the call still wants an answer.
    Cancelled {
        /// Which call.
        call: CallId,
    },
    /// The client gave a call up. It is forgotten; an answer to it is swallowed.
    Orphaned {
        /// Which call.
        call: CallId,
    },
}

/// An event before it borrows anything.
pub(super) enum Told {
    Bind {
        group: Option<AssocGroupId>,
    },
    Authenticate,
    Request {
        call: Outstanding,
        interface: InterfaceId,
        syntax: AnyOrder,
        opnum: u16,
        object: Option<Uuid>,
        stub: Stub,
    },
    Cancelled(CallId),
    Orphaned(CallId),
}

/// Where a call's stub stands.
pub(super) enum Stub {
    /// In the deframer's buffer.
    Received(Range<usize>),
    /// In `assembled`; its first octets, without a verification trailer.
    Assembled(usize),
}
