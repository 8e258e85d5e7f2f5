//! What an observer tells.

use alloc::vec::Vec;

use uuid::Uuid;

use super::super::super::auth::{AuthContextId, AuthLevel, AuthType};
use super::super::super::bind::{ContextElement, ContextResult, NakReason};
use super::super::super::call::CallId;
use super::super::super::interface::{AssocGroupId, ContextId, InterfaceId};
use super::super::super::status::FaultStatus;
use super::super::super::trailer::AuthVerifier;
use crate::ndr::{AnyOrder, DecodeError};

/// Which way octets went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the client to the server.
    ToServer,
    /// From the server to the client.
    ToClient,
}

/// A PDU, or a whole call that came in several.
#[derive(Debug, PartialEq, Eq)]
pub struct Observed<'a> {
    /// Which way it went.
    pub direction: Direction,
    /// Where the PDU (of several, the last one) starts in its direction of the stream: octets since the observer
    /// began to listen, those in gaps and those that were no PDU included.
    pub offset: u64,
    /// `call_id`.
    pub call: CallId,
    /// What it says.
    pub sight: Sight<'a>,
}

/// What an [`Observer`](super::Observer) saw.
#[derive(Debug, PartialEq, Eq)]
pub enum Sight<'a> {
    /// The client binds.
    Bind {
        /// The group that it wants to join; `None`: a new one.
        group: Option<AssocGroupId>,
        /// What it proposes.
        contexts: Vec<ContextElement>,
        /// The leg of a handshake, if there is one.
        token: Option<Token<'a>>,
    },
    /// The server acknowledges that.
    BindAck {
        /// The group that the connection belongs to.
        group: AssocGroupId,
        /// One result for each context proposed.
        results: Vec<ContextResult>,
        /// The leg of a handshake, if there is one.
        token: Option<Token<'a>>,
    },
    /// The server refuses a bind.
    BindNak {
        /// Why.
        reason: NakReason,
    },
    /// The client adds contexts, or goes on with a handshake.
    AlterContext {
        /// What it proposes.
        contexts: Vec<ContextElement>,
        /// The leg of a handshake, if there is one.
        token: Option<Token<'a>>,
    },
    /// The server acknowledges that.
    AlterContextResp {
        /// One result for each context proposed.
        results: Vec<ContextResult>,
        /// The leg of a handshake, if there is one.
        token: Option<Token<'a>>,
    },
    /// The third leg of a handshake.
    Auth3 {
        /// That leg.
        token: Option<Token<'a>>,
    },
    /// A call.
    Request(ObservedCall<'a>),
    /// What it returned.
    Response(ObservedCall<'a>),
    /// Why it returned nothing.
    Fault {
        /// That.
        status: FaultStatus,
        /// Which operation failed, if the request was seen.
        opnum: Option<u16>,
    },
    /// The client asks that the call be cancelled.
    CoCancel,
    /// The client gives the call up.
    Orphaned,
    /// The server asks that the connection be closed.
    Shutdown,
    /// The header is that of a PDU, but what follows is not.
    Malformed(DecodeError),
}

/// A leg of a handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// Of which security context.
    pub id: AuthContextId,
    /// By which mechanism.
    pub mechanism: AuthType,
    /// At which level; `None` if the octet names none.
    pub level: Option<AuthLevel>,
    /// The token.
    pub octets: &'a [u8],
}

impl<'a> Token<'a> {
    pub(super) fn of(verifier: AuthVerifier<'a>) -> Self {
        let AuthVerifier { trailer, token } = verifier;
        Self { id: trailer.context, mechanism: trailer.mechanism, level: trailer.level(), octets: token }
    }
}

/// A request or a response, whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObservedCall<'a> {
    /// The presentation context.
    pub context: ContextId,
    /// Its interface, if the bind was seen.
    pub interface: Option<InterfaceId>,
    /// The encoding of the stub, if the bind was seen.
    pub syntax: Option<AnyOrder>,
    /// Which operation; of a response, if the request was seen.
    pub opnum: Option<u16>,
    /// The object that a request is about, if it names one.
    pub object: Option<Uuid>,
    /// The security context that its trailer names, if it has one.
    pub caller: Option<AuthContextId>,
    /// The stub, or its beginning if the observer skims.
    pub stub: ObservedStub<'a>,
    /// Length of the whole stub in octets, padding excluded: encrypted or not, shown or not. If its first fragments are
    /// missing, that of the last one.
    pub stub_len: u64,
}

/// A stub, as far as it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObservedStub<'a> {
    /// Readable.
    Plain(&'a [u8]),
    /// Encrypted, and the observer lacks the right keys.
    Sealed(&'a [u8]),
    /// Its first fragments were not seen, or it is longer than the ceiling.
    Missing,
}
