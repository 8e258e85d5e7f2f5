//! Calls, and the responses and faults that answer them.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::ops::Range;

use uuid::Uuid;

use super::super::super::auth::AuthContextId;
use super::super::super::call::{CallId, Fault, Request, Response};
use super::super::super::header::{Header, PduType, PfcFlags};
use super::super::super::interface::{ContextId, TransferSyntaxId};
use super::super::super::pdu::{Body, Pdu};
use super::super::super::trailer::Layout;
use super::super::super::verification::{RequestHeader, VerificationTrailer};
use super::super::error::ProtocolError;
use super::super::presentation::Accepted;
use super::super::security::State as Security;
use super::super::transmit::{self, Head};
use super::{Client, State, Told};
use crate::ndr::AnyOrder;

/// A call that was made and not answered yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pending {
    id: CallId,
    context: ContextId,
    syntax: TransferSyntaxId,
    /// The security context that must have signed the response.
    signer: Option<AuthContextId>,
}

impl Client {
    /// Makes a call: `stub` is little-endian, in the transfer syntax of the presentation context. It is cut into
    /// fragments, signed and sealed as the security context says. `Response` or `Fault` answers.
    ///
    /// At level connect nothing is attached: the server takes the call as that of its one context at that level.
    ///
    /// # Errors
    /// [`ProtocolError::OutOfTurn`] before the association is open, or if calls are not multiplexed and one is under
    /// way; [`ProtocolError::UnknownContext`] and [`ProtocolError::UnknownSecurityContext`] for names that nothing
    /// was agreed on; [`ProtocolError::Security`].
    pub fn call(
        &mut self,
        context: ContextId,
        opnum: u16,
        object: Option<Uuid>,
        stub: &[u8],
        auth: Option<AuthContextId>,
        out: &mut Vec<u8>,
    ) -> Result<CallId, ProtocolError> {
        match self.state {
            State::Open | State::Altering(_) if self.may_call() => {}
            _ => return Err(self.out_of_turn()),
        }
        let accepted = *self.presentation.find(context).ok_or(ProtocolError::UnknownContext(context))?;
        let id = self.next_call();
        let mut header = Header::new(PduType::Request, PfcFlags::empty(), id);
        header.flags.set(PfcFlags::OBJECT_UUID, object.is_some());
        let (mut signer, mut security, mut stub) = (None, None, Cow::Borrowed(stub));
        if let Some(id) = auth {
            if let Some(trailer) = self.verification(id, &accepted, &header, opnum) {
                trailer.append(stub.to_mut());
            }
            let entry = self.security.find(id).filter(|entry| matches!(entry.state, Security::Established(_)));
            let entry = entry.ok_or(ProtocolError::UnknownSecurityContext(id))?;
            signer = entry.level.signs().then_some(id);
            security = Some(entry);
        }
        let head = Head::Request(Request { alloc_hint: 0, context, opnum, object, stub: &[] });
        transmit::send(header, &head, &stub, self.max_xmit, security, out)?;
        let id = CallId(id);
        self.calls.push(Pending { id, context, syntax: accepted.syntax, signer });
        Ok(id)
    }

    /// What a signed call says of what no signature covers: of bind and alter_context, until a signed answer shows that the
    /// server agrees; and of its header, where headers are not signed. As Windows and Samba do [MS-RPCE 2.2.2.13].
    fn verification(
        &mut self,
        id: AuthContextId,
        accepted: &Accepted,
        header: &Header,
        opnum: u16,
    ) -> Option<VerificationTrailer> {
        let signs_headers = self.security.signs_headers();
        self.security.find(id).filter(|entry| entry.level.signs())?;
        let new = !self.verified.contains(&(id, accepted.id));
        (new || !signs_headers).then(|| VerificationTrailer {
            header_signing: new.then_some(self.offered_header_signing),
            presentation: new.then_some((accepted.wanted, accepted.syntax)),
            header: (!signs_headers).then(|| RequestHeader::of(header, accepted.id, opnum)),
        })
    }

    /// Whether a call can be made before another one is answered: with a server that did not agree to several at a time
    /// [C706 12.6.3.1, `PFC_CONC_MPX`], there is one at most.
    #[must_use]
    pub fn may_call(&self) -> bool {
        self.multiplexed || self.calls.is_empty()
    }

    /// Asks that a call be cancelled. It is still answered.
    ///
    /// # Errors
    /// [`ProtocolError::UnknownCall`] if it is not under way.
    pub fn cancel(&mut self, call: CallId, out: &mut Vec<u8>) -> Result<(), ProtocolError> {
        if !self.calls.iter().any(|pending| pending.id == call) {
            return Err(ProtocolError::UnknownCall(call));
        }
        let header = Header::new(PduType::CoCancel, PfcFlags::WHOLE, call.0);
        Ok(Pdu::new(header, Body::CoCancel).encode(out)?)
    }

    /// Gives a call up. If an answer is on its way already, it is swallowed.
    ///
    /// # Errors
    /// [`ProtocolError::UnknownCall`] if it is not under way.
    pub fn orphan(&mut self, call: CallId, out: &mut Vec<u8>) -> Result<(), ProtocolError> {
        self.take(call).ok_or(ProtocolError::UnknownCall(call))?;
        self.fragments.forget(call.0);
        let header = Header::new(PduType::Orphaned, PfcFlags::WHOLE, call.0);
        Ok(Pdu::new(header, Body::Orphaned).encode(out)?)
    }

    pub(super) fn response(&mut self, header: &Header, pdu: Range<usize>) -> Result<Option<Told>, ProtocolError> {
        let octets = self.deframer.octets(pdu.clone());
        let (_, fixed) = Response::decode_head(header, octets)?;
        let layout = Layout::of(header, octets, fixed)?;
        let id = CallId(header.call_id);
        let signer = self.verify(pdu.clone(), &layout, id)?;
        let Some(&pending) = self.calls.iter().find(|pending| pending.id == id) else {
            return self.swallow(id);
        };
        if pending.signer.is_some() && pending.signer != signer {
            return Err(ProtocolError::Unprotected { call: id });
        }
        let told = pending.signer.map(|signer| (signer, pending.context));
        self.verified.extend(told.filter(|told| !self.verified.contains(told)));
        let syntax = pending.syntax.layout(header.big_endian).unwrap_or(AnyOrder::NDR20);
        let stub = layout.stub();
        let stub = pdu.start + stub.start..pdu.start + stub.end;
        let begun = self.fragments.head(id.0).copied();
        if header.has(PfcFlags::FIRST_FRAG) == begun.is_some() || begun.is_some_and(|order| order != header.big_endian)
        {
            return Err(ProtocolError::Unexpected { got: header.kind, state: "putting fragments together" });
        }
        if header.has(PfcFlags::WHOLE) {
            self.take(id);
            return Ok(Some(Told::Response { call: id, syntax, stub: Some(stub) }));
        }
        let stub = self.deframer.octets(stub);
        match begun {
            None => self.fragments.begin(id.0, header.big_endian, stub)?,
            Some(_) => self.fragments.append(id.0, stub)?,
        }
        if !header.has(PfcFlags::LAST_FRAG) {
            return Ok(None);
        }
        self.assembled = self.fragments.finish(id.0).map(|assembly| assembly.stub).unwrap_or_default();
        self.take(id);
        Ok(Some(Told::Response { call: id, syntax, stub: None }))
    }

    pub(super) fn fault(&mut self, header: &Header, pdu: Range<usize>) -> Result<Option<Told>, ProtocolError> {
        let octets = self.deframer.octets(pdu.clone());
        let (fault, fixed) = Fault::decode_head(header, octets)?;
        let layout = Layout::of(header, octets, fixed)?;
        let call = CallId(header.call_id);
        self.verify(pdu, &layout, call)?;
        self.fragments.forget(call.0);
        let told = Told::Fault { call, status: fault.status, did_not_execute: header.has(PfcFlags::DID_NOT_EXECUTE) };
        match self.take(call) {
            Some(_) => Ok(Some(told)),
            None if self.is_handshake(call) => {
                self.state = State::Closed;
                Ok(Some(told))
            }
            None => self.swallow(call),
        }
    }

    /// Verifies a PDU if it has a trailer, and says by which security context it is signed. Answers to calls that were
    /// given up are verified too: the signatures of what follows count them.
    fn verify(
        &mut self,
        pdu: Range<usize>,
        layout: &Layout,
        call: CallId,
    ) -> Result<Option<AuthContextId>, ProtocolError> {
        let Some(trailer) = layout.trailer else { return Ok(None) };
        let entry = self.security.find(trailer.context).filter(|entry| entry.matches(&trailer));
        let entry = entry.ok_or(ProtocolError::Unprotected { call })?;
        let octets = self.deframer.octets_mut(pdu);
        match entry.unprotect(octets, layout) {
            Ok(()) => Ok(entry.level.signs().then_some(entry.id)),
            Err(error) => Err(ProtocolError::Security { context: entry.id, error }),
        }
    }

    /// Ignores the answer to a call that was given up; any other is not an answer to us.
    fn swallow(&mut self, call: CallId) -> Result<Option<Told>, ProtocolError> {
        if call.0 == 0 || call.0 > self.last_call {
            return Err(ProtocolError::UnknownCall(call));
        }
        Ok(None)
    }

    fn take(&mut self, id: CallId) -> Option<Pending> {
        let index = self.calls.iter().position(|pending| pending.id == id)?;
        Some(self.calls.swap_remove(index))
    }
}
