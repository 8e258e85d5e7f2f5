//! The server's end: AP-REQ in, AP-REP out, the client's AP-REP in, and then it is known who calls.

use std::fmt;
use std::mem;
use std::sync::Arc;

use libgssapi::context::{SecurityContext as _, ServerCtx};
use libgssapi::name::Name;
use libgssapi::util::Buf;
use nspi_proto::dcerpc::auth::{Handshake, Identity, Progress, SecurityError};

use super::context::KerberosContext;
use super::{Keytab, MECHANISM, NAMES, Principal, Realms, bad_token, failed, name_attribute, reason};
use crate::Accounts;
use crate::pac::Pac;
use crate::spnego::Oid;
use crate::spnego::mechanism::{Mechanism, Turn};
use crate::spnego::token::unframe;

/// The whole PAC, by the name that MIT's library has for it.
const PAC: &str = "urn:mspac:";

/// What all handshakes of a server share.
pub struct AcceptorSettings {
    keytab: Keytab,
    realms: Realms,
    accounts: Box<dyn Accounts>,
}

impl AcceptorSettings {
    /// A server with these keys, for principals of these realms; they are looked up in these accounts.
    #[must_use]
    pub fn new(keytab: Keytab, realms: Realms, accounts: impl Accounts + 'static) -> Self {
        Self { keytab, realms, accounts: Box::new(accounts) }
    }
}

impl fmt::Debug for AcceptorSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcceptorSettings")
            .field("keytab", &self.keytab.path())
            .field("realms", &self.realms)
            .finish_non_exhaustive()
    }
}

/// The server's end of one Kerberos handshake. A handshake that failed cannot be taken up again.
///
/// An AP-REQ is taken bare and in the framing of GSS-API, by both of Kerberos' names. A ticket proves little before the
/// third leg: who only repeats somebody else's AP-REQ cannot make that one.
pub struct Acceptor {
    settings: Arc<AcceptorSettings>,
    state: State,
}

enum State {
    AwaitsApReq,
    AwaitsApRep(ServerCtx),
    /// Done or failed.
    Over,
}

impl Acceptor {
    /// A handshake that awaits a client's first token.
    #[must_use]
    pub fn new(settings: Arc<AcceptorSettings>) -> Self {
        Self { settings, state: State::AwaitsApReq }
    }

    /// Takes the client's ticket by the first service whose key it is for.
    fn begin(&self, ap_req: &[u8]) -> Result<(ServerCtx, Option<Buf>), SecurityError> {
        let mut refusals = Vec::new();
        for service in &self.settings.keytab.credentials {
            let mut gss = ServerCtx::new(Some(service.clone()));
            match gss.step(ap_req, None) {
                Ok(answer) => return Ok((gss, answer)),
                Err(error) => refusals.push(reason(error)),
            }
        }
        refusals.dedup();
        Err(SecurityError::Failed { mechanism: MECHANISM, why: refusals.join(", or ") })
    }

    fn identify(&self, gss: &ServerCtx) -> Result<Identity, SecurityError> {
        let name = gss.source_name().map_err(failed)?;
        let mut caller = principal(&name)?;
        let pac = name_attribute::authenticated(&name, PAC);
        if let Some(account) = pac.as_deref().and_then(|octets| Pac::new(octets).account()) {
            caller = format!("{}@{}", account.name, caller.realm).parse()?;
        }
        self.settings.realms.identify(&caller, &*self.settings.accounts)
    }
}

/// A token without the framing that GSS-API gives to a first one, and DCE style does not. impacket has it all the same, and
/// MIT's library then finds it invalid.
fn bare(token: &[u8]) -> Result<&[u8], SecurityError> {
    const INITIAL_CONTEXT_TOKEN: u8 = 0x60;
    /// `TOK_ID` of an AP-REQ [RFC 4121 4.1].
    const AP_REQ: &[u8] = &[1, 0];
    if token.first() != Some(&INITIAL_CONTEXT_TOKEN) {
        return Ok(token);
    }
    match unframe(token)? {
        (mechanism, framed) if NAMES.contains(&mechanism) => {
            framed.strip_prefix(AP_REQ).ok_or(bad_token("a first token that is no AP-REQ"))
        }
        _ => Err(bad_token("the first token of another mechanism")),
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
        let (gss, token) = match mem::replace(&mut self.state, State::Over) {
            State::AwaitsApReq => self.begin(bare(token)?)?,
            State::AwaitsApRep(mut gss) => {
                let answer = gss.step(token, None).map_err(failed)?;
                (gss, answer)
            }
            State::Over => return Err(bad_token("the handshake is over")),
        };
        let token = token.map(|token| token.to_vec());
        if gss.is_complete() {
            let identity = self.identify(&gss)?;
            let context = Box::new(KerberosContext::new(gss)?);
            return Ok(Turn::Done { token, context, identity, mic_due: false });
        }
        self.state = State::AwaitsApRep(gss);
        Ok(Turn::Continue { token: token.unwrap_or_default() })
    }

    /// The keytab is read, and the replay cache written.
    fn may_block(&self) -> bool {
        true
    }
}

impl Handshake for Acceptor {
    /// [`Handshake::step`]. [`SecurityError::Failed`] if the ticket is for another key than those of the keytab's services,
    /// is not valid now, or was seen before; [`SecurityError::Refused`] for a realm that is not trusted, another cipher than
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
        let state = match self.state {
            State::AwaitsApReq => "awaits an AP-REQ",
            State::AwaitsApRep(_) => "awaits the client's AP-REP",
            State::Over => "over",
        };
        f.debug_struct("Acceptor").field("state", &state).finish_non_exhaustive()
    }
}
