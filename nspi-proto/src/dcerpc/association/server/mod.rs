//! The server's end of an association [C706 9.3, MS-RPCE 3.3.3].
//!
//! `opening.rs` answers bind, alter_context and auth3; `calls.rs` takes requests and answers them. Statuses, flags and
//! when the connection ends follow what Samba's conformance suite `raw_protocol` expects of Windows.

mod calls;
mod event;
mod opening;
mod options;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use self::calls::{FirstFragment, Outstanding};
use self::event::{Stub, Told};
use self::opening::Answer;
use super::super::bind::{BindNak, NakReason};
use super::super::call::{CallId, Fault};
use super::super::deframer::Deframer;
use super::super::fragment::Reassembler;
use super::super::header::{Header, PduType, PfcFlags};
use super::super::interface::{AssocGroupId, ContextId};
use super::super::pdu::{Body, Pdu};
use super::super::status::FaultStatus;
use super::error::ProtocolError;
use super::presentation::Presentation;
use super::security::SecurityContexts;
use crate::ndr::DecodeError;

pub use self::event::ServerEvent;
pub use self::options::ServerOptions;

/// The server's end of one connection.
///
/// ```
/// use nspi_proto::dcerpc::{AssocGroupId, Offer, Server, ServerEvent, ServerOptions, InterfaceId};
/// use uuid::uuid;
///
/// let interface = InterfaceId::new(uuid!("AFA8BD80-7D8A-11C9-BEF4-08002B102989"), 1, 0);
/// let mut server = Server::new(ServerOptions { offers: vec![Offer::ndr20(interface)], ..ServerOptions::default() });
/// let mut out = Vec::new(); // what is to be sent; one write for everything that is there
/// server.receive(&[5, 0, 11, 3, 0x10, 0, 0, 0, 72, 0]); // as it comes from the socket
/// loop {
///     match server.poll(&mut out)? {
///         None => break, // read, and go on
///         Some(ServerEvent::Bind { .. }) => server.join(Ok(AssocGroupId(1)), &mut out),
///         Some(ServerEvent::Request { call, .. }) => server.respond(call, b"stub", &mut out)?,
///         Some(_) => {}
///     }
/// }
/// # assert_eq!((server.pending_octets(), out.len()), (10, 0));
/// # Ok::<(), nspi_proto::dcerpc::ProtocolError>(())
/// ```
#[derive(Debug)]
pub struct Server {
    options: Arc<ServerOptions>,
    deframer: Deframer,
    state: State,
    presentation: Presentation,
    security: SecurityContexts,
    /// Largest PDU in octets, as bind_ack said.
    max_frag: u16,
    /// Largest PDU that the client takes; at most `max_frag`.
    max_xmit: u16,
    group: Option<AssocGroupId>,
    /// The client can sign headers / it was agreed on.
    client_header_signing: bool,
    header_signing: bool,
    /// Several calls at a time were agreed on.
    multiplexed: bool,
    fragments: Reassembler<FirstFragment>,
    /// The stub of the call that was told last, if it came in fragments.
    assembled: Vec<u8>,
    calls: Vec<Outstanding>,
}

/// Where the association is.
#[derive(Debug)]
enum State {
    /// Only a bind may come.
    Unbound,
    /// The driver has been told of a bind and has not called `join` yet.
    Joining(Answer),
    /// The driver is about to be told of a token.
    Challenged(Answer),
    /// The driver has been told of a token and has not called `authenticated` yet.
    Authenticating(Answer),
    /// Calls may come.
    Open,
    /// The last word has been said.
    Closed,
}

impl State {
    fn name(&self) -> &'static str {
        match self {
            Self::Unbound => "waiting for a bind",
            Self::Joining(_) => "joining a group",
            Self::Challenged(_) | Self::Authenticating(_) => "authenticating",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

impl Server {
    /// A machine for a connection that was just accepted. Those of one server may share their options.
    #[must_use]
    pub fn new(options: impl Into<Arc<ServerOptions>>) -> Self {
        let options = options.into();
        Self {
            deframer: Deframer::new(),
            state: State::Unbound,
            presentation: Presentation::new(options.max_contexts),
            security: SecurityContexts::new(options.max_security_contexts),
            max_frag: options.max_frag,
            max_xmit: options.max_frag,
            group: None,
            client_header_signing: false,
            header_signing: false,
            multiplexed: false,
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

    /// What happened next. Call it after octets came, and after each answer, until it returns `None`: it then needs
    /// more octets, or one of the answers that events ask for.
    ///
    /// # Errors
    /// The association is over: send what is in `out`, then close the connection.
    pub fn poll(&mut self, out: &mut Vec<u8>) -> Result<Option<ServerEvent<'_>>, ProtocolError> {
        self.assembled = Vec::new();
        match self.advance(out) {
            Ok(told) => Ok(told.and_then(|told| self.event(told))),
            Err(error) => {
                self.state = State::Closed;
                Err(error)
            }
        }
    }

    fn advance(&mut self, out: &mut Vec<u8>) -> Result<Option<Told>, ProtocolError> {
        loop {
            match &self.state {
                State::Unbound | State::Open => {}
                State::Joining(_) | State::Authenticating(_) => return Ok(None),
                State::Challenged(_) => {
                    self.tell_challenge();
                    return Ok(Some(Told::Authenticate));
                }
                State::Closed => return Err(ProtocolError::Closed),
            }
            let next = match self.deframer.next_pdu() {
                Ok(next) => next,
                Err(error) => return Err(self.misread(error, out)),
            };
            let Some((header, pdu)) = next else { return Ok(None) };
            if let Some(told) = self.accept(&header, pdu, out)? {
                return Ok(Some(told));
            }
        }
    }

    /// What stands where a PDU should is none. If it is of this protocol all the same, but of a type, in a data
    /// representation or with lengths that are not spoken here, its sender is told so.
    fn misread(&mut self, error: DecodeError, out: &mut Vec<u8>) -> ProtocolError {
        if let Some(call_id) = Header::call_of(self.deframer.rest()) {
            match self.state {
                State::Unbound => self.refuse(call_id, NakReason::PROTOCOL_VERSION_NOT_SUPPORTED, out),
                _ => {
                    self.disconnect_in(call_id, ContextId(0), FaultStatus::PROTO_ERROR, PfcFlags::DID_NOT_EXECUTE, out)
                }
            };
        }
        error.into()
    }

    /// Acts on one PDU.
    fn accept(&mut self, header: &Header, pdu: Range<usize>, out: &mut Vec<u8>) -> Result<Option<Told>, ProtocolError> {
        if matches!(self.state, State::Unbound) {
            return self.bind(header, pdu, out).map(Some);
        }
        if !header.is_supported() {
            return Err(self.disconnect(header, FaultStatus::PROTO_ERROR, PfcFlags::DID_NOT_EXECUTE, out));
        }
        match header.kind {
            PduType::Request => self.request(header, pdu, out),
            PduType::AlterContext => self.alter_context(header, pdu, out).map(|()| None),
            PduType::Auth3 => self.auth3(header, pdu, out).map(|()| None),
            PduType::CoCancel => Ok(self.cancel(CallId(header.call_id))),
            PduType::Orphaned => Ok(self.orphan(CallId(header.call_id))),
            PduType::Bind => Err(self.refuse(header.call_id, NakReason::NOT_SPECIFIED, out)),
            PduType::Response
            | PduType::Fault
            | PduType::BindAck
            | PduType::BindNak
            | PduType::AlterContextResp
            | PduType::Shutdown => {
                self.disconnect(header, FaultStatus::PROTO_ERROR, PfcFlags::DID_NOT_EXECUTE, out);
                Err(ProtocolError::Unexpected { got: header.kind, state: self.state.name() })
            }
        }
    }

    /// Lends what an event needs.
    fn event(&self, told: Told) -> Option<ServerEvent<'_>> {
        Some(match told {
            Told::Bind { group } => ServerEvent::Bind { group },
            Told::Authenticate => return self.challenge(),
            Told::Request { call, interface, syntax, opnum, object, stub } => ServerEvent::Request {
                call: call.id,
                interface,
                syntax,
                opnum,
                caller: call.caller,
                level: call.level,
                object,
                stub: match stub {
                    Stub::Received(range) => self.deframer.octets(range),
                    Stub::Assembled(length) => self.assembled.get(..length).unwrap_or_default(),
                },
            },
            Told::Cancelled(call) => ServerEvent::Cancelled { call },
            Told::Orphaned(call) => ServerEvent::Orphaned { call },
        })
    }

    /// Whether a whole PDU, or something that is none, has come and has not been polled: what is there can be acted on
    /// without more octets.
    #[must_use]
    pub fn has_pdu(&self) -> bool {
        self.deframer.has_pdu()
    }

    /// Octets received and not dealt with yet: unread ones, and fragments of unfinished calls. What a driver limits,
    /// together with what it has not sent yet.
    #[must_use]
    pub fn pending_octets(&self) -> usize {
        self.deframer.pending() + self.fragments.held()
    }

    /// Calls that were told and not answered yet.
    #[must_use]
    pub fn pending_calls(&self) -> usize {
        self.calls.len()
    }

    /// The association group, once the bind was answered.
    #[must_use]
    pub fn group(&self) -> Option<AssocGroupId> {
        self.group
    }

    /// Gives the memory of empty buffers back: for connections that have been idle for a while.
    pub fn release_buffers(&mut self) {
        self.assembled = Vec::new();
        self.deframer.release();
        self.calls.shrink_to_fit();
    }

    /// Answers with a bind_nak, the last word on this connection.
    fn refuse(&mut self, call_id: u32, reason: NakReason, out: &mut Vec<u8>) -> ProtocolError {
        self.state = State::Closed;
        let header = Header::new(PduType::BindNak, PfcFlags::WHOLE, call_id);
        match Pdu::new(header, Body::BindNak(BindNak::new(reason))).encode(out) {
            Ok(()) => ProtocolError::Refused(reason),
            Err(error) => error.into(),
        }
    }

    /// Answers a PDU with a fault, the last word on this connection.
    fn disconnect(
        &mut self,
        header: &Header,
        status: FaultStatus,
        flags: PfcFlags,
        out: &mut Vec<u8>,
    ) -> ProtocolError {
        self.disconnect_in(header.call_id, ContextId(0), status, flags, out)
    }

    fn disconnect_in(
        &mut self,
        call_id: u32,
        context: ContextId,
        status: FaultStatus,
        flags: PfcFlags,
        out: &mut Vec<u8>,
    ) -> ProtocolError {
        self.state = State::Closed;
        write_fault(call_id, &Fault::new(context, 0, status), flags, out);
        ProtocolError::Faulted { call: CallId(call_id), status }
    }
}

/// Appends a fault. Faults are never signed: neither Windows' nor Samba's clients count them when they verify.
fn write_fault(call_id: u32, fault: &Fault<'_>, flags: PfcFlags, out: &mut Vec<u8>) {
    let header = Header::new(PduType::Fault, PfcFlags::WHOLE | flags, call_id);
    let encoded = Pdu::new(header, Body::Fault(*fault)).encode(out);
    debug_assert!(encoded.is_ok(), "a fault is 32 octets long");
}
