//! Who authenticates, as it stands in the legs of a handshake, and the keys that follow from a known secret.
//!
//! ```text
//!   NEGOTIATE ──► CHALLENGE (what the server is called) ──► AUTHENTICATE (the account, in clear)     raw, or in SPNEGO
//!                                                             └─ a hash that fits ──► keys of both directions
//!   AP-REQ ──► the ticket in it ──► a key of the keytab that opens it ──► the account                 raw, or in SPNEGO
//! ```

use nspi_auth::ntlm::av_pair::AvId;
use nspi_auth::ntlm::message::{Authenticate, Challenge};
use nspi_auth::ntlm::{NtlmContext, Role, SessionKey, verify};
use nspi_auth::spnego::token::{NegTokenInit, NegTokenResp};
use nspi_proto::dcerpc::auth::{AuthContextId, AuthLevel, AuthType, SecurityContext};
use nspi_proto::dcerpc::{Direction, Observer, Token};

use crate::kerberos::{self, Account, Keytab, Opened, Session, Shut};
use crate::ledger::{Seat, Who, Why};
use crate::options::Key;
use crate::report::NameSource;

/// One security context of a connection.
#[derive(Debug)]
pub(crate) struct Handshake {
    pub(crate) id: AuthContextId,
    mechanism: AuthType,
    pub(crate) level: Option<AuthLevel>,
    pub(crate) who: Option<Who>,
    pub(crate) workstation: Option<String>,
    /// Why its ticket does not tell who it is.
    pub(crate) shut: Option<Shut>,
    /// Where its sessions are counted, once it has opened one.
    pub(crate) seat: Option<Seat>,
    challenge: Option<[u8; 8]>,
    /// SPNEGO's list of mechanisms, which its MICs sign.
    mechanisms: Vec<u8>,
    /// The keys, until the server's MIC was seen.
    waiting: Option<Box<NtlmContext>>,
    /// The keys of a ticket, until the server has answered.
    session: Option<Session>,
}

/// What a CHALLENGE says about the server.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ServerNames {
    pub(crate) computer: Option<String>,
    /// The DNS name of its domain, and the short one.
    pub(crate) domain: Option<(String, String)>,
}

/// The parts of a token that matter here.
#[derive(Default)]
struct Parts<'a> {
    ntlm: Option<&'a [u8]>,
    ap_req: Option<&'a [u8]>,
    ap_rep: Option<&'a [u8]>,
    mechanisms: Option<&'a [u8]>,
    mic: Option<&'a [u8]>,
}

impl<'a> Parts<'a> {
    fn of(token: &'a [u8]) -> Self {
        let is_ntlm = |token: &&[u8]| token.starts_with(b"NTLMSSP\0");
        if is_ntlm(&token) {
            return Self { ntlm: Some(token), ..Self::default() };
        }
        let (inner, mechanisms, mic) = if let Ok(first) = NegTokenInit::parse(token) {
            (first.mech_token, Some(first.mech_types.octets()), None)
        } else if let Ok(later) = NegTokenResp::parse(token) {
            (later.response_token, None, later.mech_list_mic)
        } else {
            (Some(token), None, None)
        };
        let (ap_req, ap_rep) = (inner.and_then(kerberos::ap_req), inner.and_then(kerberos::ap_rep));
        Self { ntlm: inner.filter(is_ntlm), ap_req, ap_rep, mechanisms, mic }
    }
}

impl Handshake {
    pub(crate) fn new(token: &Token<'_>) -> Self {
        Self {
            id: token.id,
            mechanism: token.mechanism,
            level: token.level,
            who: None,
            workstation: None,
            shut: None,
            seat: None,
            challenge: None,
            mechanisms: Vec::new(),
            waiting: None,
            session: None,
        }
    }

    /// Who its sessions belong to, as far as is known.
    pub(crate) fn who(&self) -> Who {
        self.who.clone().unwrap_or(Who::Unknown(match self.mechanism {
            AuthType::KERBEROS | AuthType::SPNEGO => Why::Kerberos,
            AuthType::NTLM => Why::NotCaptured,
            _ => Why::OtherMechanism,
        }))
    }

    /// A leg that the server sent.
    pub(crate) fn server_says(&mut self, token: &[u8], observer: &mut Observer) -> ServerNames {
        let parts = Parts::of(token);
        if let (Some(mic), Some(mut context)) = (parts.mic, self.waiting.take())
            && context.verify_mic(&self.mechanisms, mic).is_ok()
        {
            context.restart_streams();
            self.give(observer, Direction::ToClient, context);
        }
        if let Some(reply) = parts.ap_rep
            && let Some(sides) = self.session.take().and_then(|session| session.reply(reply))
        {
            for (direction, context) in sides {
                self.give(observer, direction, Box::new(context));
            }
        }
        let Some(challenge) = parts.ntlm.and_then(|token| Challenge::parse(token).ok()) else {
            return ServerNames::default();
        };
        self.challenge = Some(challenge.server_challenge);
        let info = challenge.target_info;
        ServerNames {
            computer: info.text(AvId::DNS_COMPUTER).or_else(|| info.text(AvId::NETBIOS_COMPUTER)),
            domain: info.text(AvId::DNS_DOMAIN).zip(info.text(AvId::NETBIOS_DOMAIN)),
        }
    }

    /// A leg that the client sent. `secrets`: hashes to try, and keys of tickets.
    pub(crate) fn client_says(&mut self, token: &[u8], secrets: (&[Key], &Keytab), observer: &mut Observer) {
        let (keys, keytab) = secrets;
        let parts = Parts::of(token);
        if let Some(mechanisms) = parts.mechanisms {
            self.mechanisms = mechanisms.to_vec();
        }
        if let Some(request) = parts.ap_req.filter(|_| !keytab.is_empty()) {
            match kerberos::open(request, keytab) {
                Ok(Opened { account: Account { domain, name }, session }) => {
                    self.session = session;
                    self.who = Some(Who::Account { domain, name, source: NameSource::Ticket });
                }
                Err(shut) => {
                    self.who = Some(Who::Unknown(Why::from(&shut)));
                    self.shut = Some(shut);
                }
            }
        }
        let Some(authenticate) = parts.ntlm.and_then(|token| Authenticate::parse(token).ok()) else { return };
        let (domain, name) = (authenticate.domain.clone(), authenticate.user.clone());
        let source = NameSource::Ntlm;
        // After a ticket that SPNEGO's server did not want.
        self.shut = None;
        self.who = Some(if name.is_empty() { Who::Anonymous } else { Who::Account { domain, name, source } });
        self.workstation = Some(authenticate.workstation.clone()).filter(|name| !name.is_empty());
        let Some(key) = self.challenge.and_then(|challenge| find(keys, challenge, &authenticate)) else {
            return;
        };
        let context = |role| NtlmContext::from_session_key(&key, authenticate.flags, role).map(Box::new);
        // What the client sent is read with the acceptor's context, and the other way round.
        let (Ok(mut of_client), Ok(of_server)) = (context(Role::Acceptor), context(Role::Initiator)) else { return };
        match parts.mic {
            Some(mic) if of_client.verify_mic(&self.mechanisms, mic).is_ok() => {
                of_client.restart_streams();
                self.waiting = Some(of_server);
            }
            Some(_) => return,
            None => self.give(observer, Direction::ToClient, of_server),
        }
        self.give(observer, Direction::ToServer, of_client);
    }

    fn give(&self, observer: &mut Observer, direction: Direction, context: Box<dyn SecurityContext>) {
        if let Some(level) = self.level.filter(|level| level.seals()) {
            observer.unseal(direction, self.id, self.mechanism, level, context);
        }
    }
}

/// The session key, if one of the hashes proves the AUTHENTICATE.
fn find(keys: &[Key], challenge: [u8; 8], authenticate: &Authenticate<'_>) -> Option<SessionKey> {
    let names = |key: &&Key| {
        key.user.as_ref().is_none_or(|user| {
            let name = user.rsplit_once('\\').map_or(user.as_str(), |(_, name)| name);
            nspi_auth::upper_case(name) == nspi_auth::upper_case(&authenticate.user)
        })
    };
    keys.iter().filter(names).find_map(|key| verify(challenge, authenticate, &key.hash).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_does_not_show_is_unknown_for_a_reason() {
        for (mechanism, why) in [
            (AuthType::KERBEROS, Why::Kerberos),
            (AuthType::SPNEGO, Why::Kerberos),
            (AuthType::NTLM, Why::NotCaptured),
            (AuthType(99), Why::OtherMechanism),
        ] {
            let token = Token { id: AuthContextId(1), mechanism, level: Some(AuthLevel::Privacy), octets: b"\x60\x01" };
            let mut handshake = Handshake::new(&token);
            handshake.client_says(token.octets, (&[], &Keytab::default()), &mut Observer::skimming(1));
            assert_eq!(handshake.who(), Who::Unknown(why));
        }
    }
}
