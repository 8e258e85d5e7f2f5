//! Both ends of a negotiation, and somebody in between.

use std::sync::Arc;

use nspi_auth::spnego::mechanism::{Mechanism, Turn};
use nspi_auth::spnego::token::NegTokenResp;
use nspi_auth::spnego::{Acceptor, Initiator, Oid};
use nspi_proto::dcerpc::auth::{AuthLevel, Handshake, Identity, Progress, SecurityContext, SecurityError};

use crate::lab;

/// Kerberos as far as a server without it gets to see it: two names, and a token that nobody understands.
pub(super) struct Kerberos;

pub(super) const AP_REQ: &[u8] = b"an AP-REQ";

impl Mechanism for Kerberos {
    fn names(&self) -> &'static [Oid<'static>] {
        &[Oid::MS_KERBEROS, Oid::KERBEROS]
    }

    fn advance(&mut self, _: &[u8]) -> Result<Turn, SecurityError> {
        Ok(Turn::Continue { token: AP_REQ.to_vec() })
    }
}

/// Kerberos without a ticket.
pub(super) struct NoTicket;

pub(super) const NO_TICKET: SecurityError = SecurityError::Refused("a user without a ticket");

impl Mechanism for NoTicket {
    fn names(&self) -> &'static [Oid<'static>] {
        Kerberos.names()
    }

    fn advance(&mut self, _: &[u8]) -> Result<Turn, SecurityError> {
        Err(NO_TICKET)
    }
}

/// Whether the client offers NTLM alone, and so can begin with it, or prefers Kerberos.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefers {
    Ntlm,
    Kerberos,
}

pub(super) fn alice(prefers: Prefers, level: AuthLevel) -> Initiator {
    let ntlm = lab::alice(level.max(AuthLevel::Integrity));
    match prefers {
        Prefers::Ntlm => Initiator::over(ntlm),
        Prefers::Kerberos => Initiator::over(Kerberos).or(ntlm),
    }
}

pub(super) fn acceptor() -> Acceptor {
    Acceptor::new(Arc::new(lab::settings()))
}

/// A server whose NTLM is old: it does not give its time, and so there is no MIC in an AUTHENTICATE.
pub(super) fn old_acceptor() -> Acceptor {
    Acceptor::new(Arc::new(lab::settings().environment(lab::WithoutTime)))
}

/// The token of a step that is not the last one.
pub(super) fn token(progress: Progress) -> Vec<u8> {
    let Progress::Continue { token } = progress else { panic!("expected to go on: {progress:?}") };
    token
}

/// The two ends of an established context, who the acceptor thinks is calling, and all tokens that were received.
pub(super) struct Established {
    pub(super) client: Box<dyn SecurityContext>,
    pub(super) server: Box<dyn SecurityContext>,
    pub(super) identity: Identity,
    pub(super) tokens: Vec<Vec<u8>>,
}

impl std::fmt::Debug for Established {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Established({}, {} tokens)", self.identity, self.tokens.len())
    }
}

/// A whole negotiation; the error of whichever side refuses.
pub(super) fn negotiate(client: &mut dyn Handshake, server: &mut dyn Handshake) -> Result<Established, SecurityError> {
    negotiate_through(client, server, |_, token| token)
}

/// A whole negotiation through somebody who may alter each token on its way; the first is number 0.
pub(super) fn negotiate_through(
    client: &mut dyn Handshake,
    server: &mut dyn Handshake,
    alter: impl Fn(usize, Vec<u8>) -> Vec<u8>,
) -> Result<Established, SecurityError> {
    let (mut ours, mut theirs) = (None, None);
    let mut tokens = vec![];
    let mut last = Vec::new();
    for number in 0.. {
        assert!(number < 9, "a negotiation without an end");
        let clients_turn = number % 2 == 0;
        let progress = if clients_turn { client.step(&last)? } else { server.step(&last)? };
        let token = match progress {
            Progress::Continue { token } => Some(token),
            Progress::Done { token, context, identity } => {
                let end = if clients_turn { &mut ours } else { &mut theirs };
                *end = Some((context, identity));
                token
            }
        };
        match token {
            Some(token) => last = alter(number, token),
            None => break,
        }
        tokens.push(last.clone());
        if ours.is_some() && theirs.is_some() {
            break;
        }
    }
    let (client, _) = ours.expect("the client is done");
    let (server, identity) = theirs.expect("the server is done");
    Ok(Established { client, server, identity, tokens })
}

/// A `NegTokenResp` with some fields changed.
pub(super) fn altered<'a>(token: &'a [u8], change: impl FnOnce(&mut NegTokenResp<'a>)) -> Vec<u8> {
    let mut message = NegTokenResp::parse(token).unwrap();
    change(&mut message);
    message.encode()
}

/// Sends a PDU, and gives its sequence number.
pub(super) fn send(from: &mut dyn SecurityContext, to: &mut dyn SecurityContext, level: AuthLevel) -> u32 {
    let (mut pdu, mut signature) = ([0x5a; 56], vec![0; from.signature_len(level)]);
    from.protect(level, &mut pdu, 24..48, &mut signature).unwrap();
    assert_eq!(pdu[24..48] != [0x5a; 24], level.seals());
    to.unprotect(level, &mut pdu, 24..48, &signature).unwrap();
    assert_eq!(pdu, [0x5a; 56]);
    signature.last_chunk().map_or(0, |number| u32::from_le_bytes(*number))
}
