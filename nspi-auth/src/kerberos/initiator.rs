//! The client's end: a ticket for the service, and both ends prove that they know its key.

use std::fmt;

use libgssapi::context::{ClientCtx, CtxFlags, SecurityContext as _};
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_NT_KRB5_PRINCIPAL};
use nspi_proto::dcerpc::auth::{AuthLevel, Handshake, Identity, Progress, SecurityError};

use super::acceptor::principal;
use super::context::KerberosContext;
use super::{Credentials, DCE_STYLE, NAMES, bad_token, failed};
use crate::spnego::Oid;
use crate::spnego::mechanism::{Mechanism, Turn};
use crate::upper_case;

/// The client's end of one Kerberos handshake, with mutual authentication. A handshake that failed cannot be taken up again.
#[derive(Debug)]
pub struct Initiator {
    credentials: Credentials,
    service: String,
    level: AuthLevel,
    state: State,
}

enum State {
    Begins,
    Shaking(ClientCtx),
    /// Done or failed.
    Over,
}

impl Initiator {
    /// A handshake with a service by its principal name: `exchangeAB/mail.acme.test`, optionally with `@REALM`. The name
    /// is taken as it is, with no look-up in the DNS. Without a realm it is sought in the user's own.
    ///
    /// Negotiated is what `level` needs, and no more: Samba's server takes who negotiated encryption for somebody who
    /// encrypts, and at other levels cannot answer.
    #[must_use]
    pub fn new(credentials: Credentials, service: impl Into<String>, level: AuthLevel) -> Self {
        Self { credentials, service: service.into(), level, state: State::Begins }
    }

    fn begin(&self) -> Result<ClientCtx, SecurityError> {
        let tickets = self.credentials.acquire()?;
        let service = match self.credentials.realm() {
            Some(realm) if !self.service.contains('@') => format!("{}@{realm}", self.service),
            _ => self.service.clone(),
        };
        let service = Name::new(service.as_bytes(), Some(GSS_NT_KRB5_PRINCIPAL)).map_err(failed)?;
        let mut flags =
            DCE_STYLE | CtxFlags::GSS_C_MUTUAL_FLAG | CtxFlags::GSS_C_REPLAY_FLAG | CtxFlags::GSS_C_SEQUENCE_FLAG;
        flags.set(CtxFlags::GSS_C_INTEG_FLAG, self.level.signs());
        flags.set(CtxFlags::GSS_C_CONF_FLAG, self.level.seals());
        Ok(ClientCtx::new(Some(tickets), service, flags, Some(GSS_MECH_KRB5)))
    }
}

impl Mechanism for Initiator {
    fn names(&self) -> &'static [Oid<'static>] {
        NAMES
    }

    fn advance(&mut self, token: &[u8]) -> Result<Turn, SecurityError> {
        let (mut gss, token) = match (std::mem::replace(&mut self.state, State::Over), token) {
            (State::Begins, []) => (self.begin()?, None),
            (State::Shaking(gss), token) => (gss, Some(token)),
            (State::Begins, _) => return Err(bad_token("the client speaks first")),
            (State::Over, _) => return Err(bad_token("the handshake is over")),
        };
        let token = gss.step(token, None).map_err(failed)?.map(|token| token.to_vec());
        if gss.is_complete() {
            let own = principal(&gss.source_name().map_err(failed)?)?.to_string();
            let identity = Identity { account: upper_case(&own), name: own };
            let context = Box::new(KerberosContext::new(gss)?);
            return Ok(Turn::Done { token, context, identity, mic_due: false });
        }
        self.state = State::Shaking(gss);
        Ok(Turn::Continue { token: token.unwrap_or_default() })
    }

    /// The KDC is asked for tickets.
    fn may_block(&self) -> bool {
        true
    }
}

impl Handshake for Initiator {
    /// [`Handshake::step`]. [`SecurityError::Failed`] if there is no ticket to be had, or the server does not know the key
    /// that it is for.
    fn step(&mut self, token: &[u8]) -> Result<Progress, SecurityError> {
        self.advance(token).map(Progress::from)
    }

    fn may_block(&self) -> bool {
        Mechanism::may_block(self)
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Begins => "begins",
            Self::Shaking(_) => "under way",
            Self::Over => "over",
        })
    }
}
