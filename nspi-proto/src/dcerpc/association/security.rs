//! The security contexts of one connection, and which of them a PDU belongs to [MS-RPCE 3.3.1.5.2].
//!
//! ```text
//!   bind, alter_context ──► Handshake ──► Established        requests name it by auth_context_id; at level connect
//!                               └───────► Failed             they may leave the trailer away
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::super::auth::{AuthContextId, AuthLevel, AuthType, SecurityContext, SecurityError};
use super::super::status::FaultStatus;
use super::super::trailer::{Layout, SecTrailer};

/// One security context.
pub(super) struct Entry {
    pub(super) id: AuthContextId,
    pub(super) mechanism: AuthType,
    pub(super) level: AuthLevel,
    pub(super) state: State,
}

/// How far it has come.
pub(super) enum State {
    /// Tokens are still being exchanged.
    Handshake,
    /// The peer is proved.
    Established(Box<dyn SecurityContext>),
    /// The peer is not who it claims to be. Stays, so that nothing is answered under this name.
    Failed,
}

impl Entry {
    /// The trailer of a PDU that this context protects.
    pub(super) fn trailer(&self) -> SecTrailer {
        SecTrailer { mechanism: self.mechanism, auth_level: self.level.octet(), auth_pad_length: 0, context: self.id }
    }

    /// Whether a trailer speaks of this context as it was begun.
    pub(super) fn matches(&self, trailer: &SecTrailer) -> bool {
        self.mechanism == trailer.mechanism && self.level.octet() == trailer.auth_level
    }

    /// Verifies, and decrypts in place, a PDU whose parts are `layout`. Level connect signs nothing, so there a token
    /// means nothing either.
    pub(super) fn unprotect(&mut self, pdu: &mut [u8], layout: &Layout) -> Result<(), SecurityError> {
        let State::Established(context) = &mut self.state else {
            return Err(SecurityError::Misuse("not established"));
        };
        if !self.level.signs() {
            return Ok(());
        }
        let (pdu, signature) = split(pdu, layout.token.start)?;
        context.unprotect(self.level, pdu, layout.body.clone(), signature)
    }

    /// Signs, and encrypts in place, a PDU whose last octets are room for the signature.
    pub(super) fn protect(
        &mut self,
        pdu: &mut [u8],
        body: Range<usize>,
        signature_len: usize,
    ) -> Result<(), SecurityError> {
        let State::Established(context) = &mut self.state else {
            return Err(SecurityError::Misuse("not established"));
        };
        let end = pdu.len().saturating_sub(signature_len);
        let (pdu, signature) = split(pdu, end)?;
        context.protect(self.level, pdu, body, signature)
    }

    /// Length of its signatures, in octets; 0 where nothing is signed.
    pub(super) fn signature_len(&self) -> usize {
        match &self.state {
            State::Established(context) if self.level.signs() => context.signature_len(self.level),
            State::Established(_) | State::Handshake | State::Failed => 0,
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Handshake => "being made",
            State::Established(_) => "established",
            State::Failed => "failed",
        };
        write!(f, "security context {} ({}, {}): {state}", self.id.0, self.mechanism, self.level)
    }
}

/// All of a connection's security contexts.
#[derive(Debug)]
pub(super) struct SecurityContexts {
    entries: Vec<Entry>,
    limit: usize,
    /// The context of requests without a trailer: the one at level connect. `None` once a request has named one.
    unnamed: Option<AuthContextId>,
    /// Requests name the contexts at level connect: none is the unnamed one any more.
    names_connect: bool,
    /// Header signing was agreed on.
    headers: bool,
}

impl SecurityContexts {
    pub(super) fn new(limit: usize) -> Self {
        Self { entries: Vec::new(), limit, unnamed: None, names_connect: false, headers: false }
    }

    pub(super) fn is_full(&self) -> bool {
        self.entries.len() >= self.limit
    }

    /// A handshake begins.
    pub(super) fn start(&mut self, id: AuthContextId, mechanism: AuthType, level: AuthLevel) {
        self.entries.push(Entry { id, mechanism, level, state: State::Handshake });
    }

    pub(super) fn find(&mut self, id: AuthContextId) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.id == id)
    }

    /// A handshake has proved the peer.
    pub(super) fn establish(&mut self, id: AuthContextId, mut context: Box<dyn SecurityContext>) {
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) else { return };
        if self.headers {
            context.sign_headers();
        }
        entry.state = State::Established(context);
        if entry.level == AuthLevel::Connect && !self.names_connect {
            self.unnamed = Some(id);
        }
    }

    /// Header signing was agreed on, for all contexts of the connection and those to come.
    pub(super) fn sign_headers(&mut self) {
        self.headers = true;
        for entry in &mut self.entries {
            if let State::Established(context) = &mut entry.state {
                context.sign_headers();
            }
        }
    }

    /// Whether header signing was agreed on.
    pub(super) fn signs_headers(&self) -> bool {
        self.headers
    }

    /// A handshake has failed.
    pub(super) fn fail(&mut self, id: AuthContextId) {
        if let Some(entry) = self.find(id) {
            entry.state = State::Failed;
        }
    }

    /// Server: which context a call belongs to, by the trailer of its first fragment; `None` is an anonymous caller.
    ///
    /// No downgrade: a trailer must repeat mechanism and level of its context. A request without one is anonymous, or
    /// the caller's at level connect; after a failed handshake it is refused.
    pub(super) fn caller(&mut self, trailer: Option<&SecTrailer>) -> Result<Option<AuthContextId>, FaultStatus> {
        let Some(trailer) = trailer else {
            let failed = self.entries.iter().any(|entry| matches!(entry.state, State::Failed));
            return if failed { Err(FaultStatus::ACCESS_DENIED) } else { Ok(self.unnamed) };
        };
        self.unnamed = None;
        self.names_connect |= trailer.auth_level == AuthLevel::Connect.octet();
        let entry = self.find(trailer.context).ok_or(FaultStatus::ACCESS_DENIED)?;
        if !entry.matches(trailer) {
            entry.state = State::Failed;
        }
        match entry.state {
            State::Established(_) => Ok(Some(entry.id)),
            State::Handshake => Err(FaultStatus::PROTO_ERROR),
            State::Failed => Err(FaultStatus::ACCESS_DENIED),
        }
    }
}

fn split(pdu: &mut [u8], at: usize) -> Result<(&mut [u8], &mut [u8]), SecurityError> {
    pdu.split_at_mut_checked(at).ok_or(SecurityError::Misuse("signature outside of the PDU"))
}
