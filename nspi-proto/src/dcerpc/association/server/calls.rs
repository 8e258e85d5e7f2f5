//! Requests, whole or in fragments, and their answers.

use alloc::vec::Vec;
use core::ops::Range;

use uuid::Uuid;

use super::super::super::auth::{AuthContextId, AuthLevel};
use super::super::super::call::{CallId, Fault, Request, Response};
use super::super::super::header::{Header, PduType, PfcFlags};
use super::super::super::interface::{ContextId, TransferSyntaxId};
use super::super::super::status::FaultStatus;
use super::super::super::trailer::Layout;
use super::super::super::verification::{RequestHeader, VerificationTrailer};
use super::super::error::ProtocolError;
use super::super::presentation::Accepted;
use super::super::transmit::{self, Head};
use super::event::{Stub, Told};
use super::{Server, State, write_fault};
use crate::ndr::AnyOrder;

/// A call that waits for its answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outstanding {
    pub(super) id: CallId,
    pub(super) context: ContextId,
    pub(super) caller: Option<AuthContextId>,
    pub(super) level: AuthLevel,
    /// Cancels that came while it was outstanding.
    cancels: u8,
    /// No answer is wanted.
    maybe: bool,
}

/// What the first fragment of a call says for all of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct FirstFragment {
    header: Header,
    context: ContextId,
    opnum: u16,
    object: Option<Uuid>,
    caller: Option<AuthContextId>,
}

impl Server {
    /// A request, or a fragment of one.
    pub(super) fn request(
        &mut self,
        header: &Header,
        pdu: Range<usize>,
        out: &mut Vec<u8>,
    ) -> Result<Option<Told>, ProtocolError> {
        let octets = self.deframer.octets(pdu.clone());
        let decoded = Request::decode_head(header, octets)
            .and_then(|(head, fixed)| Ok((head, Layout::of(header, octets, fixed)?)));
        let Ok((head, layout)) = decoded else {
            return Err(self.disconnect(header, FaultStatus::PROTO_ERROR, PfcFlags::DID_NOT_EXECUTE, out));
        };
        let executed = PfcFlags::empty(); // such faults do not claim that nothing happened
        if header.frag_length > self.options.max_frag {
            return Err(self.disconnect(header, FaultStatus::PROTO_ERROR, executed, out));
        }
        if self.is_stray(header) && self.presentation.find(head.context).is_none() {
            unknown_context(header, out);
            return Ok(None);
        }
        let first = match self.first_fragment(header, &head, &layout) {
            Ok(first) => first,
            Err(Refusal { call_id, context, status, flags }) => {
                return Err(self.disconnect_in(call_id, context, status, flags, out));
            }
        };
        if let Some(id) = first.caller {
            let octets = self.deframer.octets_mut(pdu.clone());
            let verified = match self.security.find(id) {
                Some(entry) if entry.level.signs() && layout.trailer.is_none() => Err(FaultStatus::PROTO_ERROR),
                Some(entry) => entry.unprotect(octets, &layout).map_err(|_| FaultStatus::SEC_PKG_ERROR),
                None => Err(FaultStatus::ACCESS_DENIED),
            };
            if let Err(status) = verified {
                return Err(self.disconnect_in(header.call_id, first.context, status, executed, out));
            }
        }
        let Some(&presentation) = self.presentation.find(first.context) else {
            unknown_context(header, out);
            return Ok(None);
        };
        let stub = layout.stub();
        let stub = pdu.start + stub.start..pdu.start + stub.end;
        if header.has(PfcFlags::WHOLE) {
            return Ok(self.call(&first, &presentation, Stub::Received(stub), out));
        }
        self.collect(header, head.alloc_hint, &first, &presentation, stub, out)
    }

    /// Whether this is a fragment that continues nothing, where nothing is there to be continued. If calls may be mixed
    /// it is judged as if it began one, as in Windows; if not, it is out of turn whatever it says.
    fn is_stray(&self, header: &Header) -> bool {
        self.multiplexed && !header.has(PfcFlags::FIRST_FRAG) && self.fragments.first().is_none()
    }

    /// Finds the call that a fragment belongs to, or what a first fragment says of its own.
    fn first_fragment(
        &mut self,
        header: &Header,
        head: &Request<'_>,
        layout: &Layout,
    ) -> Result<FirstFragment, Refusal> {
        let this = |status, flags| Refusal { call_id: header.call_id, context: ContextId(0), status, flags };
        let executed = PfcFlags::empty();
        let begun = self.fragments.first().map(|begun| (begun.call_id, begun.head));
        // Without CONC_MPX, a fragment out of turn is a fault of the call that it interrupts.
        let interrupted = |multiplexed: bool, status| match begun {
            Some((call_id, begun)) if !multiplexed || call_id == header.call_id => {
                Refusal { call_id, context: begun.context, status, flags: executed }
            }
            _ => this(status, executed),
        };
        if !header.has(PfcFlags::FIRST_FRAG) {
            return match begun {
                Some((call_id, begun)) if call_id == header.call_id => match begun.header.big_endian {
                    order if order == header.big_endian => Ok(begun),
                    _ => Err(this(FaultStatus::PROTO_ERROR, PfcFlags::DID_NOT_EXECUTE)),
                },
                _ if self.is_stray(header) => {
                    let status = self.security.caller(layout.trailer.as_ref()).err();
                    let status = status.unwrap_or(FaultStatus::PROTO_ERROR);
                    Err(Refusal { context: head.context, ..this(status, executed) })
                }
                _ => Err(interrupted(self.multiplexed, FaultStatus::PROTO_ERROR)),
            };
        }
        let caller = self.security.caller(layout.trailer.as_ref());
        if caller == Err(FaultStatus::PROTO_ERROR) {
            return Err(this(FaultStatus::PROTO_ERROR, PfcFlags::DID_NOT_EXECUTE)); // the handshake is under way
        }
        if !self.multiplexed && !self.calls.is_empty() {
            return Err(this(FaultStatus::PROTO_ERROR, executed));
        }
        if let Some((call_id, begun)) = begun {
            let other_caller = caller != Ok(begun.caller) && layout.trailer.is_some();
            return Err(match call_id == header.call_id && other_caller && begun.context == head.context {
                true => interrupted(self.multiplexed, FaultStatus::SEC_PKG_ERROR),
                false => interrupted(self.multiplexed, FaultStatus::PROTO_ERROR),
            });
        }
        if header.has(PfcFlags::PENDING_CANCEL) {
            return Err(this(FaultStatus::NO_CALL_ACTIVE, PfcFlags::DID_NOT_EXECUTE));
        }
        if self.calls.iter().any(|call| call.id.0 == header.call_id) {
            return Err(this(FaultStatus::PROTO_ERROR, executed));
        }
        match caller {
            Ok(caller) => Ok(FirstFragment {
                header: *header,
                context: head.context,
                opnum: head.opnum,
                object: head.object,
                caller,
            }),
            Err(status) => {
                let context = self.presentation.find(head.context).map_or(ContextId(0), |known| known.id);
                Err(Refusal { context, ..this(status, executed) })
            }
        }
    }

    /// Puts a fragment to the others of its call; the last one makes it a call. A hint is not trusted, but one that
    /// promises more than the ceiling is believed.
    fn collect(
        &mut self,
        header: &Header,
        alloc_hint: u32,
        first: &FirstFragment,
        presentation: &Accepted,
        stub: Range<usize>,
        out: &mut Vec<u8>,
    ) -> Result<Option<Told>, ProtocolError> {
        let stub = self.deframer.octets(stub);
        let hinted = self.fragments.room_for(usize::try_from(alloc_hint).unwrap_or(usize::MAX));
        let held = hinted.and_then(|()| match header.has(PfcFlags::FIRST_FRAG) {
            true => self.fragments.begin(header.call_id, *first, stub),
            false => self.fragments.append(header.call_id, stub),
        });
        if let Err(error) = held {
            let flags = PfcFlags::empty();
            self.disconnect_in(header.call_id, first.context, FaultStatus::ACCESS_DENIED, flags, out);
            return Err(error.into());
        }
        if !header.has(PfcFlags::LAST_FRAG) {
            return Ok(None);
        }
        self.assembled = self.fragments.finish(header.call_id).map(|assembly| assembly.stub).unwrap_or_default();
        let length = self.assembled.len();
        Ok(self.call(first, presentation, Stub::Assembled(length), out))
    }

    /// A whole call: checks its verification trailer, and tells it.
    fn call(&mut self, first: &FirstFragment, presentation: &Accepted, stub: Stub, out: &mut Vec<u8>) -> Option<Told> {
        let octets = match &stub {
            Stub::Received(range) => self.deframer.octets(range.clone()),
            Stub::Assembled(length) => self.assembled.get(..*length).unwrap_or_default(),
        };
        let end = match VerificationTrailer::find(octets) {
            None => octets.len(),
            Some(at) if self.trailer_agrees(octets.get(at..).unwrap_or_default(), first, presentation) => at,
            Some(_) => {
                let fault = Fault::new(first.context, 0, FaultStatus::ACCESS_DENIED);
                write_fault(first.header.call_id, &fault, PfcFlags::empty(), out);
                return None;
            }
        };
        if self.calls.len() >= self.options.max_calls {
            let fault = Fault::new(first.context, 0, FaultStatus::SERVER_TOO_BUSY);
            write_fault(first.header.call_id, &fault, PfcFlags::DID_NOT_EXECUTE, out);
            return None;
        }
        let level = first.caller.and_then(|id| self.security.find(id)).map_or(AuthLevel::None, |entry| entry.level);
        let call = Outstanding {
            id: CallId(first.header.call_id),
            context: first.context,
            caller: first.caller,
            level,
            cancels: 0,
            maybe: first.header.has(PfcFlags::MAYBE),
        };
        self.calls.push(call);
        Some(Told::Request {
            call,
            interface: presentation.interface,
            syntax: presentation.syntax.layout(first.header.big_endian).unwrap_or(AnyOrder::NDR20),
            opnum: first.opnum,
            object: first.object,
            stub: match stub {
                Stub::Received(range) => Stub::Received(range.start..range.start + end),
                Stub::Assembled(_) => Stub::Assembled(end),
            },
        })
    }

    fn trailer_agrees(&self, octets: &[u8], first: &FirstFragment, presentation: &Accepted) -> bool {
        let named: (_, TransferSyntaxId) = (presentation.wanted, presentation.syntax);
        let header = RequestHeader::of(&first.header, first.context, first.opnum);
        VerificationTrailer::decode(octets)
            .is_ok_and(|trailer| trailer.agrees(self.client_header_signing, named, header))
    }

    /// Answers [`ServerEvent::Request`](super::ServerEvent::Request) with a stub, little-endian and in the request's
    /// transfer syntax: cut into fragments, signed and sealed as the call was. A call that is not under way any more,
    /// or wants no answer, gets none.
    ///
    /// # Errors
    /// [`ProtocolError::Security`] if the security context cannot sign; close the connection.
    pub fn respond(&mut self, call: CallId, stub: &[u8], out: &mut Vec<u8>) -> Result<(), ProtocolError> {
        let Some(call) = self.take(call) else { return Ok(()) };
        let header = Header::new(PduType::Response, PfcFlags::empty(), call.id.0);
        let context = ContextId(call.context.0 & 0xFF); // of p_cont_id Windows repeats the low octet; in faults, all
        let response = Response { alloc_hint: 0, context, cancel_count: call.cancels, stub: &[] };
        let security = call.caller.and_then(|id| self.security.find(id));
        let sent = transmit::send(header, &Head::Response(response), stub, self.max_xmit, security, out);
        if sent.is_err() {
            self.state = State::Closed;
        }
        sent
    }

    /// Answers [`ServerEvent::Request`](super::ServerEvent::Request) with a fault. `DID_NOT_EXECUTE` is set if the
    /// status [means that](FaultStatus::means_not_executed).
    pub fn fault(&mut self, call: CallId, status: FaultStatus, out: &mut Vec<u8>) {
        let Some(call) = self.take(call) else { return };
        let mut flags = PfcFlags::empty();
        flags.set(PfcFlags::DID_NOT_EXECUTE, status.means_not_executed());
        write_fault(call.id.0, &Fault::new(call.context, call.cancels, status), flags, out);
    }

    /// The call, which is not outstanding any more; `None` if there is none that wants an answer.
    fn take(&mut self, id: CallId) -> Option<Outstanding> {
        if matches!(self.state, State::Closed) {
            return None;
        }
        let index = self.calls.iter().position(|call| call.id == id)?;
        Some(self.calls.swap_remove(index)).filter(|call| !call.maybe)
    }

    /// co_cancel: only calls that were told can be cancelled; to one in fragments it means nothing, as in Windows.
    pub(super) fn cancel(&mut self, id: CallId) -> Option<Told> {
        let call = self.calls.iter_mut().find(|call| call.id == id)?;
        call.cancels = call.cancels.saturating_add(1);
        Some(Told::Cancelled(id))
    }

    /// orphaned: the client does not want the answer any more.
    pub(super) fn orphan(&mut self, id: CallId) -> Option<Told> {
        let index = self.calls.iter().position(|call| call.id == id)?;
        self.calls.swap_remove(index);
        Some(Told::Orphaned(id))
    }
}

/// A fault that does not end the connection: the client may yet propose that context.
fn unknown_context(header: &Header, out: &mut Vec<u8>) {
    let fault = Fault::new(ContextId(0), 0, FaultStatus::UNK_IF);
    write_fault(header.call_id, &fault, PfcFlags::DID_NOT_EXECUTE, out);
}

/// A fault that ends the connection.
struct Refusal {
    call_id: u32,
    context: ContextId,
    status: FaultStatus,
    flags: PfcFlags,
}
