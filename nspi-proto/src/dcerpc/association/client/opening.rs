//! Bind, alter_context, auth3, and what the server says to them.

use alloc::vec::Vec;
use core::mem;
use core::ops::Range;

use super::super::super::auth::{AuthContextId, AuthLevel, AuthType, Progress};
use super::super::super::bind::{Bind, BindAck, ContextElement, ContextResult};
use super::super::super::call::CallId;
use super::super::super::header::{Header, PduType, PfcFlags};
use super::super::super::interface::AssocGroupId;
use super::super::super::pdu::{Body, Pdu};
use super::super::super::trailer::AuthVerifier;
use super::super::error::ProtocolError;
use super::super::presentation::Accepted;
use super::super::security::State as Security;
use super::{Client, State, Told};
use crate::ndr::{DecodeError, DecodeErrorKind};

/// The first leg of a handshake, to go with a bind or an alter_context.
#[derive(Debug, Clone, Copy)]
pub struct FirstToken<'a> {
    /// The client's name for the security context that is to be.
    pub id: AuthContextId,
    /// By which mechanism.
    pub mechanism: AuthType,
    /// At which level calls will be protected.
    pub level: AuthLevel,
    /// What the handshake's first step gave.
    pub token: &'a [u8],
}

/// What was proposed to the server.
#[derive(Debug)]
pub(super) struct Proposal {
    call_id: u32,
    contexts: Vec<ContextElement>,
}

/// What every server can receive [C706 12.6.3.1, MustRecvFragSize].
const MUST_RECEIVE: u16 = 1_432;

impl Client {
    /// Opens the association: proposes presentation contexts, and begins a handshake if there is a token. `Bound` or
    /// `BindRefused` answers.
    ///
    /// # Errors
    /// [`ProtocolError::OutOfTurn`] unless this is the first thing said; [`ProtocolError::Unsendable`].
    pub fn bind(
        &mut self,
        group: Option<AssocGroupId>,
        contexts: Vec<ContextElement>,
        auth: Option<FirstToken<'_>>,
        out: &mut Vec<u8>,
    ) -> Result<CallId, ProtocolError> {
        let State::Unbound = self.state else { return Err(self.out_of_turn()) };
        let call_id = self.next_call();
        self.propose(PduType::Bind, call_id, group, contexts, auth, out)?;
        Ok(CallId(call_id))
    }

    /// Adds presentation contexts, or begins another handshake. At least one context must be named; it may be one
    /// that is there already. `Altered`, or a fault, answers.
    ///
    /// # Errors
    /// [`ProtocolError::OutOfTurn`] before the association is open, or while another answer is awaited;
    /// [`ProtocolError::Unsendable`].
    pub fn alter_context(
        &mut self,
        contexts: Vec<ContextElement>,
        auth: Option<FirstToken<'_>>,
        out: &mut Vec<u8>,
    ) -> Result<CallId, ProtocolError> {
        let State::Open = self.state else { return Err(self.out_of_turn()) };
        let call_id = self.next_call();
        self.propose(PduType::AlterContext, call_id, None, contexts, auth, out)?;
        Ok(CallId(call_id))
    }

    /// Goes on with a handshake after the server's token was stepped. Takes an established context out of `progress`
    /// and owns it from here on.
    ///
    /// The last leg goes in auth3, which has no answer; under SPNEGO in alter_context, since the server may have to
    /// answer it [MS-RPCE 3.3.1.5.2.1]. So do legs that expect an answer. `Altered` then comes; calls can be made
    /// at once if the context is established.
    ///
    /// # Errors
    /// [`ProtocolError::UnknownSecurityContext`] if no handshake of that id is under way, and errors as for
    /// [`alter_context`](Self::alter_context).
    pub fn authenticated(
        &mut self,
        id: AuthContextId,
        progress: Progress,
        out: &mut Vec<u8>,
    ) -> Result<(), ProtocolError> {
        let State::Open = self.state else { return Err(self.out_of_turn()) };
        let entry = self.security.find(id).filter(|entry| matches!(entry.state, Security::Handshake));
        let Some(entry) = entry else { return Err(ProtocolError::UnknownSecurityContext(id)) };
        let trailer = entry.trailer();
        let (token, done) = match progress {
            Progress::Continue { token } => (token, false),
            Progress::Done { token, context, .. } => {
                self.security.establish(id, context);
                (token.unwrap_or_default(), true)
            }
        };
        if token.is_empty() {
            return Ok(());
        }
        let verifier = AuthVerifier { trailer, token: &token };
        if done && trailer.mechanism != AuthType::SPNEGO {
            let header = Header::new(PduType::Auth3, PfcFlags::WHOLE, self.opened.0);
            Pdu { header, body: Body::Auth3, verifier: Some(verifier) }.encode(out)?;
            return Ok(());
        }
        let contexts = self.presentation.first().map(Accepted::element).into_iter().collect();
        let call_id = self.next_call();
        self.send_proposal(PduType::AlterContext, call_id, None, contexts, Some(verifier), out)
    }

    fn propose(
        &mut self,
        kind: PduType,
        call_id: u32,
        group: Option<AssocGroupId>,
        contexts: Vec<ContextElement>,
        auth: Option<FirstToken<'_>>,
        out: &mut Vec<u8>,
    ) -> Result<(), ProtocolError> {
        let Some(FirstToken { id, mechanism, level, token }) = auth else {
            return self.send_proposal(kind, call_id, group, contexts, None, out);
        };
        if self.security.find(id).is_some() {
            return Err(ProtocolError::UnknownSecurityContext(id)); // that name is taken
        }
        self.security.start(id, mechanism, level);
        let trailer = self.security.find(id).map(|entry| entry.trailer());
        let verifier = trailer.map(|trailer| AuthVerifier { trailer, token });
        self.send_proposal(kind, call_id, group, contexts, verifier, out)
    }

    fn send_proposal(
        &mut self,
        kind: PduType,
        call_id: u32,
        group: Option<AssocGroupId>,
        contexts: Vec<ContextElement>,
        verifier: Option<AuthVerifier<'_>>,
        out: &mut Vec<u8>,
    ) -> Result<(), ProtocolError> {
        let mut flags = PfcFlags::WHOLE;
        flags.set(PfcFlags::SUPPORT_HEADER_SIGN, self.options.header_signing && verifier.is_some());
        self.offered_header_signing |= flags.contains(PfcFlags::SUPPORT_HEADER_SIGN);
        flags.set(PfcFlags::CONC_MPX, self.options.multiplexed);
        let (max_xmit_frag, max_recv_frag) = (self.options.max_frag, self.options.max_frag);
        let assoc_group_id = group.map_or(0, |group| group.0);
        let bind = Bind { max_xmit_frag, max_recv_frag, assoc_group_id, contexts: contexts.clone() };
        let proposal = Proposal { call_id, contexts };
        let (body, state) = match kind {
            PduType::Bind => (Body::Bind(bind), State::Binding(proposal)),
            _ => (Body::AlterContext(bind), State::Altering(proposal)),
        };
        Pdu { header: Header::new(kind, flags, call_id), body, verifier }.encode(out)?;
        self.state = state;
        Ok(())
    }

    pub(super) fn bind_ack(&mut self, header: &Header, pdu: Range<usize>) -> Result<Told, ProtocolError> {
        let (ack, token) = self.acknowledged(header, pdu)?;
        self.max_xmit = self.options.max_frag.min(ack.max_recv_frag.max(MUST_RECEIVE));
        self.multiplexed = self.options.multiplexed && header.has(PfcFlags::CONC_MPX);
        Ok(Told::Bound {
            group: AssocGroupId(ack.assoc_group_id),
            results: ack.results,
            header_signing: header.has(PfcFlags::SUPPORT_HEADER_SIGN) && self.options.header_signing,
            token,
        })
    }

    pub(super) fn alter_context_resp(&mut self, header: &Header, pdu: Range<usize>) -> Result<Told, ProtocolError> {
        let (ack, token) = self.acknowledged(header, pdu)?;
        Ok(Told::Altered { results: ack.results, token })
    }

    pub(super) fn bind_nak(&mut self, pdu: Range<usize>) -> Result<Told, ProtocolError> {
        let octets = self.deframer.octets(pdu);
        let Body::BindNak(nak) = Pdu::decode(octets)?.body else { return Err(self.out_of_turn()) };
        self.state = State::Closed;
        Ok(Told::BindRefused(nak.reason))
    }

    /// Takes the results of what was proposed; the association is open then. Also says where the token stands.
    fn acknowledged(
        &mut self,
        header: &Header,
        range: Range<usize>,
    ) -> Result<(BindAck<'static>, Option<Range<usize>>), ProtocolError> {
        let end = range.end;
        let pdu = Pdu::decode(self.deframer.octets(range))?;
        let (Body::BindAck(ack) | Body::AlterContextResp(ack)) = pdu.body else { return Err(self.out_of_turn()) };
        let ack = BindAck { secondary_address: &[], ..ack };
        let token = pdu.verifier.map(|verifier| end.saturating_sub(verifier.token.len())..end);
        let (State::Binding(proposal) | State::Altering(proposal)) = mem::replace(&mut self.state, State::Open) else {
            return Err(self.out_of_turn());
        };
        if header.call_id != proposal.call_id {
            return Err(ProtocolError::UnknownCall(CallId(header.call_id)));
        }
        self.opened = CallId(proposal.call_id);
        if header.has(PfcFlags::SUPPORT_HEADER_SIGN) && self.options.header_signing {
            self.security.sign_headers();
        }
        self.take_results(&proposal.contexts, &ack.results)?;
        Ok((ack, token))
    }

    fn take_results(&mut self, proposed: &[ContextElement], results: &[ContextResult]) -> Result<(), ProtocolError> {
        let malformed = |kind| Err(DecodeError::new("p_result_list", 24, kind).into());
        if proposed.len() != results.len() {
            let count = |n| u64::try_from(n).unwrap_or(u64::MAX);
            let (found, expected) = (count(results.len()), count(proposed.len()));
            return malformed(DecodeErrorKind::CountMismatch { found, expected });
        }
        for (element, result) in proposed.iter().zip(results).filter(|(_, result)| result.is_accepted()) {
            if !element.transfer_syntaxes.contains(&result.syntax) {
                return malformed(DecodeErrorKind::Malformed("a transfer syntax that was not proposed"));
            }
            let (id, interface, syntax) = (element.id, element.interface, result.syntax);
            self.presentation.accept(Accepted { id, interface, wanted: interface, syntax, proposed: 0 });
        }
        Ok(())
    }

    /// Whether an answer to this call would be one to a bind, an alter_context or an auth3.
    pub(super) fn is_handshake(&self, call: CallId) -> bool {
        match &self.state {
            State::Binding(proposal) | State::Altering(proposal) => proposal.call_id == call.0,
            State::Unbound | State::Open | State::Closed => self.opened == call,
        }
    }

    pub(super) fn out_of_turn(&self) -> ProtocolError {
        ProtocolError::OutOfTurn { state: self.state.name() }
    }
}
