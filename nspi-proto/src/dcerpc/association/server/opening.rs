//! Bind, alter_context, auth3: what they ask for, and the one answer that each gets.

use alloc::vec::Vec;
use core::mem;
use core::ops::Range;

use super::super::super::auth::{AuthContextId, AuthLevel, AuthType, Progress, SecurityError};
use super::super::super::bind::{BindAck, ContextResult, NakReason};
use super::super::super::header::{Header, PduType, PfcFlags};
use super::super::super::interface::AssocGroupId;
use super::super::super::pdu::{Body, Pdu};
use super::super::super::status::FaultStatus;
use super::super::super::trailer::{AuthVerifier, SecTrailer};
use super::super::error::ProtocolError;
use super::super::security::State as Security;
use super::event::{ServerEvent, Told};
use super::{Server, State};

/// An answer that waits for the driver.
#[derive(Debug)]
pub(super) struct Answer {
    to: PduType,
    call_id: u32,
    flags: PfcFlags,
    results: Vec<ContextResult>,
    /// The client's token, if there is one, and the trailer in front of it.
    token: Option<(SecTrailer, Vec<u8>)>,
}

impl Answer {
    fn concerns(&self, id: AuthContextId) -> bool {
        self.token.as_ref().is_some_and(|(trailer, _)| trailer.context == id)
    }

    fn seals(&self) -> bool {
        self.token.as_ref().and_then(|(trailer, _)| trailer.level()).is_some_and(AuthLevel::seals)
    }
}

/// The smallest fragment size that is agreed on, whatever the client proposes. As Windows; C706 has 1,432.
const LEAST_AGREED: u16 = 2_048;
/// The fragment size that every client can receive [C706 12.6.3.1, MustRecvFragSize].
const MUST_RECEIVE: u16 = 1_432;

impl Server {
    /// The first PDU of a connection.
    pub(super) fn bind(
        &mut self,
        header: &Header,
        pdu: Range<usize>,
        out: &mut Vec<u8>,
    ) -> Result<Told, ProtocolError> {
        let nak = |server: &mut Self, reason, out| Err(server.refuse(header.call_id, reason, out));
        let octets = self.deframer.octets(pdu);
        let (bind, token) = match Pdu::decode(octets).map(|pdu| (pdu.body, pdu.verifier)) {
            Ok((Body::Bind(bind), verifier)) if header.is_supported() => {
                (bind, verifier.map(|verifier| (verifier.trailer, verifier.token.to_vec())))
            }
            Ok(_) | Err(_) => return nak(self, NakReason::PROTOCOL_VERSION_NOT_SUPPORTED, out),
        };
        if bind.contexts.is_empty() {
            return nak(self, NakReason::NOT_SPECIFIED, out);
        }
        let proposed = bind.max_xmit_frag.min(bind.max_recv_frag).max(LEAST_AGREED);
        self.max_frag = proposed.min(self.options.max_frag) & !7;
        self.max_xmit = self.max_frag.min(bind.max_recv_frag.max(MUST_RECEIVE));
        let features = Some(self.options.features);
        let Ok(results) = self.presentation.negotiate(&self.options.offers, &bind.contexts, features) else {
            return nak(self, NakReason::NOT_SPECIFIED, out);
        };
        if let Some((trailer, _)) = &token
            && let Err(reason) = self.start_handshake(trailer)
        {
            return nak(self, reason, out);
        }
        let flags = self.negotiate_flags(header);
        self.state = State::Joining(Answer { to: PduType::Bind, call_id: header.call_id, flags, results, token });
        Ok(Told::Bind { group: (bind.assoc_group_id != 0).then_some(AssocGroupId(bind.assoc_group_id)) })
    }

    /// Answers [`ServerEvent::Bind`]: the group that the connection belongs to now, or why the bind is refused; the next
    /// `poll` then ends the connection. Does nothing unless that event waits for its answer.
    pub fn join(&mut self, group: Result<AssocGroupId, NakReason>, out: &mut Vec<u8>) {
        let answer = match mem::replace(&mut self.state, State::Closed) {
            State::Joining(answer) => answer,
            other => return self.state = other,
        };
        match group {
            Err(reason) => {
                self.refuse(answer.call_id, reason, out);
            }
            Ok(group) => {
                self.group = Some(group);
                match answer.token {
                    Some(_) => self.state = State::Challenged(answer),
                    None => self.acknowledge(answer, &[], out),
                }
            }
        }
    }

    /// Adds presentation contexts, or goes on with a handshake, or begins another one.
    pub(super) fn alter_context(
        &mut self,
        header: &Header,
        pdu: Range<usize>,
        out: &mut Vec<u8>,
    ) -> Result<(), ProtocolError> {
        let faulted =
            |server: &mut Self, status, out| Err(server.disconnect(header, status, PfcFlags::DID_NOT_EXECUTE, out));
        let octets = self.deframer.octets(pdu);
        let (alter, token) = match Pdu::decode(octets).map(|pdu| (pdu.body, pdu.verifier)) {
            Ok((Body::AlterContext(alter), verifier)) if !alter.contexts.is_empty() => {
                (alter, verifier.map(|verifier| (verifier.trailer, verifier.token.to_vec())))
            }
            Ok(_) | Err(_) => return faulted(self, FaultStatus::PROTO_ERROR, out),
        };
        let leg = match token.as_ref().map_or(Ok(None), |(trailer, _)| self.leg(trailer)) {
            Ok(leg) => leg,
            Err(status) => return faulted(self, status, out),
        };
        let Ok(results) = self.presentation.negotiate(&self.options.offers, &alter.contexts, None) else {
            return faulted(self, FaultStatus::PROTO_ERROR, out);
        };
        if let Some(status) = leg {
            return faulted(self, status, out);
        }
        let flags = self.negotiate_flags(header);
        let waits = token.is_some();
        let answer = Answer { to: PduType::AlterContext, call_id: header.call_id, flags, results, token };
        if waits {
            self.state = State::Challenged(answer);
        } else {
            self.acknowledge(answer, &[], out);
        }
        Ok(())
    }

    /// Checks that a token in alter_context is a handshake's first leg, which then begins, or its next one. What is
    /// refused at once is `Err`; `Some` is refused after the presentation contexts, as Windows does.
    fn leg(&mut self, trailer: &SecTrailer) -> Result<Option<FaultStatus>, FaultStatus> {
        let full = self.security.is_full();
        let Some(entry) = self.security.find(trailer.context) else {
            return match full {
                true => Err(FaultStatus::PROTO_ERROR),
                false => self.start_handshake(trailer).map(|()| None).map_err(|_| FaultStatus::ACCESS_DENIED),
            };
        };
        let under_way = matches!(entry.state, Security::Handshake);
        if !under_way || trailer.mechanism == AuthType::NONE {
            return Err(FaultStatus::ACCESS_DENIED);
        }
        Ok(if entry.mechanism != trailer.mechanism {
            Some(FaultStatus::SEC_PKG_ERROR)
        } else if entry.matches(trailer) {
            None
        } else {
            Some(FaultStatus::ACCESS_DENIED)
        })
    }

    /// The third leg of a handshake. There is no answer: a client that is not proved sees it at its next request.
    pub(super) fn auth3(&mut self, header: &Header, pdu: Range<usize>, out: &mut Vec<u8>) -> Result<(), ProtocolError> {
        let faulted =
            |server: &mut Self, status, out| Err(server.disconnect(header, status, PfcFlags::DID_NOT_EXECUTE, out));
        let octets = self.deframer.octets(pdu);
        let Ok(verifier) = Pdu::decode(octets).map(|pdu| pdu.verifier) else {
            return faulted(self, FaultStatus::REMOTE_NO_MEMORY, out); // what Windows says to a bad auth_pad_length
        };
        let Some(AuthVerifier { trailer, token }) = verifier else {
            return faulted(self, FaultStatus::PROTO_ERROR, out);
        };
        let token = Some((trailer, token.to_vec()));
        match self.security.find(trailer.context) {
            Some(entry) if matches!(entry.state, Security::Handshake) => {
                if entry.matches(&trailer) {
                    let (flags, results) = (PfcFlags::empty(), Vec::new());
                    let call_id = header.call_id;
                    self.state = State::Challenged(Answer { to: PduType::Auth3, call_id, flags, results, token });
                } else {
                    entry.state = Security::Failed;
                }
                Ok(())
            }
            Some(_) | None => faulted(self, FaultStatus::PROTO_ERROR, out),
        }
    }

    /// The driver is told of a token now.
    pub(super) fn tell_challenge(&mut self) {
        if let State::Challenged(answer) = mem::replace(&mut self.state, State::Closed) {
            self.state = State::Authenticating(answer);
        }
    }

    /// Tells of the token in an answer that waits for [`Server::authenticated`].
    pub(super) fn challenge(&self) -> Option<ServerEvent<'_>> {
        let State::Authenticating(Answer { token: Some((trailer, token)), .. }) = &self.state else { return None };
        Some(ServerEvent::Authenticate {
            id: trailer.context,
            mechanism: trailer.mechanism,
            level: trailer.level()?,
            header_signing: self.header_signing,
            token,
        })
    }

    /// Answers [`ServerEvent::Authenticate`]: what the handshake's step led to. Takes an established context out of
    /// `progress` and owns it from here on. Does nothing unless that event, with this `id`, waits for its answer.
    ///
    /// A failed handshake ends the connection at the next `poll`; in auth3, which has no answer, at the next request
    /// that names this security context, or none.
    pub fn authenticated(&mut self, id: AuthContextId, progress: Result<Progress, SecurityError>, out: &mut Vec<u8>) {
        let answer = match mem::replace(&mut self.state, State::Closed) {
            State::Authenticating(answer) if answer.concerns(id) => answer,
            other => return self.state = other,
        };
        let token = match progress {
            // auth3 has no answer, so a handshake that wants to give one has failed.
            Ok(Progress::Continue { .. } | Progress::Done { token: Some(_), .. }) if answer.to == PduType::Auth3 => {
                Err(())
            }
            Ok(Progress::Continue { token }) => Ok(token),
            Ok(Progress::Done { context, .. }) if answer.seals() && !context.can_seal() => Err(()),
            Ok(Progress::Done { token, context, .. }) => {
                self.security.establish(id, context);
                Ok(token.unwrap_or_default())
            }
            Err(_) => Err(()),
        };
        match (answer.to, token) {
            (PduType::Auth3, token) => {
                self.state = State::Open;
                if token.is_err() {
                    self.security.fail(id);
                }
            }
            (_, Ok(token)) => self.acknowledge(answer, &token, out),
            (PduType::Bind, Err(())) => {
                self.refuse(answer.call_id, NakReason::NOT_SPECIFIED, out);
            }
            (_, Err(())) => {
                let header = Header::new(answer.to, PfcFlags::WHOLE, answer.call_id);
                self.disconnect(&header, FaultStatus::SEC_PKG_ERROR, PfcFlags::DID_NOT_EXECUTE, out);
            }
        }
    }

    /// Begins a handshake, if level and mechanism are ones that there are handshakes for.
    ///
    /// Level 0 would be "default" to Windows' API, but on the wire Windows refuses it; level call exists for
    /// datagrams only.
    fn start_handshake(&mut self, trailer: &SecTrailer) -> Result<(), NakReason> {
        let level = match trailer.level() {
            Some(level) if level > AuthLevel::None && level.octet() == trailer.auth_level => level,
            _ => return Err(NakReason::NOT_SPECIFIED),
        };
        if !self.options.mechanisms.contains(&trailer.mechanism) {
            return Err(NakReason::AUTHENTICATION_TYPE_NOT_RECOGNIZED);
        }
        if level == AuthLevel::Call {
            return Err(NakReason::INVALID_CHECKSUM);
        }
        if self.security.is_full() {
            return Err(NakReason::LOCAL_LIMIT_EXCEEDED);
        }
        self.security.start(trailer.context, trailer.mechanism, level);
        Ok(())
    }

    /// What of the client's flags is agreed to; once agreed, for the life of the connection. Concurrent multiplexing is
    /// a bind's to agree on, header signing any time before the requests that are signed so.
    fn negotiate_flags(&mut self, header: &Header) -> PfcFlags {
        let mut agreed = PfcFlags::WHOLE;
        if header.has(PfcFlags::SUPPORT_HEADER_SIGN) {
            self.client_header_signing = true;
            self.header_signing = self.options.header_signing;
            agreed.set(PfcFlags::SUPPORT_HEADER_SIGN, self.header_signing);
            if self.header_signing {
                self.security.sign_headers();
            }
        }
        if header.kind == PduType::Bind && header.has(PfcFlags::CONC_MPX) {
            self.multiplexed = true;
            agreed |= PfcFlags::CONC_MPX;
        }
        agreed
    }

    /// Sends bind_ack or alter_context_resp, with the server's token. If that is empty, since the mechanism has nothing
    /// more to say, the trailer stands alone, as in Windows' answers.
    fn acknowledge(&mut self, answer: Answer, token: &[u8], out: &mut Vec<u8>) {
        let mut secondary_address = Vec::new();
        if answer.to == PduType::Bind && !self.options.secondary_address.is_empty() {
            secondary_address.extend_from_slice(&self.options.secondary_address);
            secondary_address.push(0);
        }
        let ack = BindAck {
            max_xmit_frag: self.max_frag,
            max_recv_frag: self.max_frag,
            assoc_group_id: self.group.map_or(0, |group| group.0),
            secondary_address: &secondary_address,
            results: answer.results,
        };
        let (kind, body) = match answer.to {
            PduType::Bind => (PduType::BindAck, Body::BindAck(ack)),
            _ => (PduType::AlterContextResp, Body::AlterContextResp(ack)),
        };
        let verifier = answer.token.map(|(trailer, _)| AuthVerifier { trailer, token });
        let pdu = Pdu { header: Header::new(kind, answer.flags, answer.call_id), body, verifier };
        self.state = match pdu.encode(out) {
            Ok(()) => State::Open,
            Err(_) => State::Closed, // a token of 64 KiB: the mechanism's mistake
        };
    }
}
