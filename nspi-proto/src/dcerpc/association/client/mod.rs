//! The client's end of an association [C706 9.3, MS-RPCE 3.3.2].
//!
//! `opening.rs` binds and authenticates; `calls.rs` sends calls and takes their answers.

mod calls;
mod opening;

use alloc::vec::Vec;
use core::ops::Range;

use self::calls::Pending;
use self::opening::Proposal;
use super::super::auth::AuthContextId;
use super::super::bind::{ContextResult, NakReason};
use super::super::call::CallId;
use super::super::deframer::Deframer;
use super::super::fragment::Reassembler;
use super::super::header::{Header, PduType};
use super::super::interface::{AssocGroupId, BindTimeFeatures, ContextId};
use super::super::status::FaultStatus;
use super::error::ProtocolError;
use super::presentation::Presentation;
use super::security::SecurityContexts;
use crate::ndr::AnyOrder;

pub use self::opening::FirstToken;

/// What a [`Client`] offers, and its ceilings.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Largest PDU, in octets, that is proposed for both directions: 1,432 to 65,528. Default 5,840, as Windows.
    pub max_frag: u16,
    /// Largest stubs of responses, in octets, of all unfinished ones together. Default 64 MiB.
    pub max_stub: usize,
    /// Whether header signing is offered. Default yes.
    pub header_signing: bool,
    /// Whether it is offered that several calls be under way at a time. Default yes.
    pub multiplexed: bool,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self { max_frag: 5_840, max_stub: 64 << 20, header_signing: true, multiplexed: true }
    }
}

/// What the driver of a [`Client`] is told.
#[derive(Debug, PartialEq, Eq)]
pub enum ClientEvent<'a> {
    /// The association is open. If a handshake is under way, [`Client::authenticated`] goes on with it.
    Bound {
        /// The association group; further connections can join it.
        group: AssocGroupId,
        /// One result for each context proposed, in order.
        results: Vec<ContextResult>,
        /// Bind-time features that the server agreed to, if any were proposed.
        features: Option<BindTimeFeatures>,
        /// The server agreed to sign headers.
        header_signing: bool,
        /// The server's leg of the handshake.
        token: Option<&'a [u8]>,
    },
    /// There is no association. The connection is of no use any more.
    BindRefused {
        /// Why.
        reason: NakReason,
    },
    /// The answer to an alter_context.
    Altered {
        /// One result for each context proposed, in order.
        results: Vec<ContextResult>,
        /// The server's leg of the handshake.
        token: Option<&'a [u8]>,
    },
    /// What a call returned; its signature, where the level has one, was verified.
    Response {
        /// Which call.
        call: CallId,
        /// The encoding of the stub.
        syntax: AnyOrder,
        /// The results, decrypted and without padding.
        stub: &'a [u8],
    },
    /// A call, or a leg of a handshake, was not answered. Servers do not sign faults: whoever can write to the
    /// connection can make one, as he can cut it.
    Fault {
        /// Which call; of handshakes, the one that [`Client::bind`] or [`Client::alter_context`] returned.
        call: CallId,
        /// Why.
        status: FaultStatus,
        /// The server says that the call never ran.
        did_not_execute: bool,
    },
    /// The server asks that the connection be closed.
    Shutdown,
}

/// The client's end of one connection.
///
/// ```
/// use nspi_proto::dcerpc::{Client, ClientOptions, ContextElement, ContextId, InterfaceId, TransferSyntaxId};
/// use uuid::uuid;
///
/// let interface = InterfaceId::new(uuid!("AFA8BD80-7D8A-11C9-BEF4-08002B102989"), 1, 0);
/// let context = ContextElement { id: ContextId(0), interface, transfer_syntaxes: vec![TransferSyntaxId::NDR20] };
/// let mut client = Client::new(ClientOptions::default());
/// let mut out = Vec::new(); // what is to be sent
/// client.bind(None, vec![context], None, &mut out)?;
/// assert_eq!(out.len(), 72);
/// client.receive(&[5, 0, 12, 3]); // as it comes from the socket
/// assert_eq!(client.poll()?, None);
/// # Ok::<(), nspi_proto::dcerpc::ProtocolError>(())
/// ```
#[derive(Debug)]
pub struct Client {
    options: ClientOptions,
    deframer: Deframer,
    state: State,
    presentation: Presentation,
    security: SecurityContexts,
    /// A bind or alter_context has offered to sign headers.
    offered_header_signing: bool,
    /// The security contexts that a signed answer has come in, and about which presentation context.
    verified: Vec<(AuthContextId, ContextId)>,
    /// Largest PDU, in octets, that the server receives.
    max_xmit: u16,
    /// Whether both ends want several calls under way at a time; nobody knows before the bind_ack.
    multiplexed: bool,
    last_call: u32,
    /// The bind or alter_context that was answered last. An auth3 repeats its `call_id`, and so does a fault that
    /// refuses it.
    opened: CallId,
    /// Of the calls in fragments: whether they are big-endian.
    fragments: Reassembler<bool>,
    /// The stub of the response that was told last, if it came in fragments.
    assembled: Vec<u8>,
    calls: Vec<Pending>,
}

/// Where the association is.
#[derive(Debug)]
enum State {
    /// Nothing was sent yet.
    Unbound,
    /// A bind was sent.
    Binding(Proposal),
    /// Calls can be made.
    Open,
    /// So they can, and the answer to an alter_context is awaited.
    Altering(Proposal),
    /// The association has ended.
    Closed,
}

impl State {
    fn name(&self) -> &'static str {
        match self {
            Self::Unbound => "unbound",
            Self::Binding(_) => "binding",
            Self::Open => "open",
            Self::Altering(_) => "altering",
            Self::Closed => "closed",
        }
    }
}

/// An event before it borrows anything.
enum Told {
    Bound { group: AssocGroupId, results: Vec<ContextResult>, header_signing: bool, token: Option<Range<usize>> },
    BindRefused(NakReason),
    Altered { results: Vec<ContextResult>, token: Option<Range<usize>> },
    Response { call: CallId, syntax: AnyOrder, stub: Option<Range<usize>> },
    Fault { call: CallId, status: FaultStatus, did_not_execute: bool },
    Shutdown,
}

impl Client {
    /// A machine for a connection that was just opened. [`bind`](Self::bind) comes next.
    #[must_use]
    pub fn new(options: ClientOptions) -> Self {
        Self {
            deframer: Deframer::new(),
            state: State::Unbound,
            presentation: Presentation::new(usize::from(u16::MAX)),
            security: SecurityContexts::new(usize::MAX),
            offered_header_signing: false,
            verified: Vec::new(),
            max_xmit: options.max_frag,
            multiplexed: false,
            last_call: 0,
            opened: CallId(0),
            fragments: Reassembler::new(options.max_stub),
            assembled: Vec::new(),
            calls: Vec::new(),
            options,
        }
    }

    /// Takes octets as they came from the connection.
    pub fn receive(&mut self, octets: &[u8]) {
        self.deframer.receive(octets);
    }

    /// The receive buffer, to read into without a copy: append to it, and change nothing that is there.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        self.deframer.buffer()
    }

    /// What the server said next. `None`: more octets are needed.
    ///
    /// # Errors
    /// The association is over; close the connection.
    pub fn poll(&mut self) -> Result<Option<ClientEvent<'_>>, ProtocolError> {
        self.assembled = Vec::new();
        match self.advance() {
            Ok(told) => Ok(told.map(|told| self.event(told))),
            Err(error) => {
                self.state = State::Closed;
                Err(error)
            }
        }
    }

    fn advance(&mut self) -> Result<Option<Told>, ProtocolError> {
        while !matches!(self.state, State::Closed) {
            let Some((header, pdu)) = self.deframer.next_pdu()? else { return Ok(None) };
            if let Some(told) = self.accept(&header, pdu)? {
                return Ok(Some(told));
            }
        }
        Err(ProtocolError::Closed)
    }

    /// Acts on one PDU.
    fn accept(&mut self, header: &Header, pdu: Range<usize>) -> Result<Option<Told>, ProtocolError> {
        match (header.kind, &self.state) {
            (PduType::BindAck, State::Binding(_)) => self.bind_ack(header, pdu).map(Some),
            (PduType::BindNak, State::Binding(_)) => self.bind_nak(pdu).map(Some),
            (PduType::AlterContextResp, State::Altering(_)) => self.alter_context_resp(header, pdu).map(Some),
            (PduType::Response, State::Open | State::Altering(_)) => self.response(header, pdu),
            (PduType::Fault, State::Binding(_) | State::Open | State::Altering(_)) => self.fault(header, pdu),
            (PduType::Shutdown, _) => Ok(Some(Told::Shutdown)),
            (got, state) => Err(ProtocolError::Unexpected { got, state: state.name() }),
        }
    }

    /// Lends what an event needs.
    fn event(&self, told: Told) -> ClientEvent<'_> {
        let lent = |range| self.deframer.octets(range);
        match told {
            Told::Bound { group, results, header_signing, token } => ClientEvent::Bound {
                group,
                features: results.iter().find_map(ContextResult::features),
                results,
                header_signing,
                token: token.map(lent),
            },
            Told::BindRefused(reason) => ClientEvent::BindRefused { reason },
            Told::Altered { results, token } => ClientEvent::Altered { results, token: token.map(lent) },
            Told::Response { call, syntax, stub } => {
                ClientEvent::Response { call, syntax, stub: stub.map_or(&self.assembled, lent) }
            }
            Told::Fault { call, status, did_not_execute } => ClientEvent::Fault { call, status, did_not_execute },
            Told::Shutdown => ClientEvent::Shutdown,
        }
    }

    /// Octets received and not dealt with yet: unread ones, and fragments of unfinished responses.
    #[must_use]
    pub fn pending_octets(&self) -> usize {
        self.deframer.pending() + self.fragments.held()
    }

    /// Calls that were made and not answered yet.
    #[must_use]
    pub fn pending_calls(&self) -> usize {
        self.calls.len()
    }

    /// Gives the memory of empty buffers back: for connections that have been idle for a while.
    pub fn release_buffers(&mut self) {
        self.assembled = Vec::new();
        self.deframer.release();
        self.calls.shrink_to_fit();
    }

    /// The next `call_id`: they rise, and are never 0.
    fn next_call(&mut self) -> u32 {
        self.last_call = self.last_call.checked_add(1).unwrap_or(1);
        self.last_call
    }
}
