//! The server's end: AP-REQ in, AP-REP out, the client's AP-REP in, and then it is known who calls.

use std::fmt;
use std::sync::Arc;

use libgssapi::context::{SecurityContext as _, ServerCtx};
use libgssapi::name::Name;
use nspi_proto::dcerpc::auth::{Handshake, Identity, Progress, SecurityError};

use super::context::KerberosContext;
use super::{Keytab, NAMES, Principal, Realms, bad_token, failed};
use crate::Accounts;
use crate::spnego::Oid;
use crate::spnego::mechanism::{Mechanism, Turn};

/// What all handshakes of a server share.
pub struct AcceptorSettings {
    keytab: Keytab,
    realms: Realms,
    accounts: Box<dyn Accounts>,
    services: Vec<String>,
}

impl AcceptorSettings {
    /// A server with these keys, for principals of these realms; they are looked up in these accounts. Tickets are taken
    /// for every service in the keytab.
    #[must_use]
    pub fn new(keytab: Keytab, realms: Realms, accounts: impl Accounts + 'static) -> Self {
        Self { keytab, realms, accounts: Box::new(accounts), services: Vec::new() }
    }

    /// Takes tickets for these services alone: `exchangeAB/mail.acme.test`, or `exchangeAB` for any host. Case does not
    /// matter. None: for every service in the keytab.
    #[must_use]
    pub fn services(mut self, services: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.services = services.into_iter().map(Into::into).collect();
        self
    }

    /// Whether a ticket for this service is taken.
    fn serves(&self, service: &Principal) -> bool {
        let matches = |wanted: &String| {
            let name = if wanted.contains('/') { &*service.name } else { first_component(&service.name) };
            wanted.eq_ignore_ascii_case(name)
        };
        self.services.is_empty() || self.services.iter().any(matches)
    }
}

fn first_component(name: &str) -> &str {
    name.split_once('/').map_or(name, |(first, _)| first)
}

impl fmt::Debug for AcceptorSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcceptorSettings")
            .field("keytab", &self.keytab.path())
            .field("realms", &self.realms)
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}

/// The server's end of one Kerberos handshake. A handshake that failed cannot be taken up again.
///
/// An AP-REQ is taken bare and in the framing of GSS-API, by both of Kerberos' names. A ticket proves little before the
/// third leg: who only repeats somebody else's AP-REQ cannot make that one.
pub struct Acceptor {
    settings: Arc<AcceptorSettings>,
    /// `None`: done or failed.
    gss: Option<ServerCtx>,
}

impl Acceptor {
    /// A handshake that awaits a client's first token.
    #[must_use]
    pub fn new(settings: Arc<AcceptorSettings>) -> Self {
        let gss = ServerCtx::new(Some(settings.keytab.credentials.clone()));
        Self { settings, gss: Some(gss) }
    }

    fn identify(&self, gss: &ServerCtx) -> Result<Identity, SecurityError> {
        let service = principal(&gss.target_name().map_err(failed)?)?;
        if !self.settings.serves(&service) {
            return Err(SecurityError::Refused("a ticket for another service"));
        }
        let caller = principal(&gss.source_name().map_err(failed)?)?;
        self.settings.realms.identify(&caller, &*self.settings.accounts)
    }
}

/// A name as the library shows it, taken apart.
pub(super) fn principal(name: &Name) -> Result<Principal, SecurityError> {
    String::from_utf8_lossy(&name.display_name().map_err(failed)?).parse()
}

impl Mechanism for Acceptor {
    fn names(&self) -> &'static [Oid<'static>] {
        NAMES
    }

    fn advance(&mut self, token: &[u8]) -> Result<Turn, SecurityError> {
        let mut gss = self.gss.take().ok_or(bad_token("the handshake is over"))?;
        let token = gss.step(token, None).map_err(failed)?.map(|token| token.to_vec());
        if gss.is_complete() {
            let identity = self.identify(&gss)?;
            let context = Box::new(KerberosContext::new(gss)?);
            return Ok(Turn::Done { token, context, identity, mic_due: false });
        }
        self.gss = Some(gss);
        Ok(Turn::Continue { token: token.unwrap_or_default() })
    }

    /// The keytab is read, and the replay cache written.
    fn may_block(&self) -> bool {
        true
    }
}

impl Handshake for Acceptor {
    /// [`Handshake::step`]. [`SecurityError::Failed`] if the ticket is not for a key of the keytab, is not valid now, or
    /// was seen before; [`SecurityError::Refused`] for another service, a realm that is not trusted, another cipher than
    /// AES, or no DCE style.
    fn step(&mut self, token: &[u8]) -> Result<Progress, SecurityError> {
        self.advance(token).map(Progress::from)
    }

    fn may_block(&self) -> bool {
        Mechanism::may_block(self)
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor").field("over", &self.gss.is_none()).finish_non_exhaustive()
    }
}
