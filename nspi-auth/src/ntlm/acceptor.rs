//! The server's end: NEGOTIATE in, CHALLENGE out, AUTHENTICATE in, and then it is known who calls.

use std::fmt;
use std::mem;
use std::sync::Arc;

use nspi_proto::dcerpc::auth::{Handshake, Identity, Progress, SecurityError};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::av_pair::{self, AvId, AvPairs};
use super::context::NtlmContext;
use super::flags::NegotiateFlags as Flags;
use super::keys::{Role, SessionKey};
use super::message::{Authenticate, Challenge, Negotiate, Version};
use super::proof::{self, exported_session_key};
use super::response::NtResponse;
use super::{Step, bad_token};
use crate::text::utf16le;
use crate::{AccountName, Accounts, Doorkeeper, Environment, FileTime, NtHash, System, anonymous_identity};

/// What a server calls itself in its CHALLENGE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerNames {
    /// NetBIOS name of the domain: `ACME`.
    pub netbios_domain: String,
    /// NetBIOS name of the computer: `DC1`.
    pub netbios_computer: String,
    /// DNS name of the domain: `acme.test`.
    pub dns_domain: String,
    /// DNS name of the computer: `dc1.acme.test`.
    pub dns_computer: String,
    /// DNS name of the forest: `acme.test`.
    pub dns_tree: String,
}

impl ServerNames {
    /// The names of a computer in a domain that is its own forest.
    #[must_use]
    pub fn new(netbios_domain: &str, dns_domain: &str, netbios_computer: &str) -> Self {
        Self {
            netbios_domain: netbios_domain.to_owned(),
            netbios_computer: netbios_computer.to_owned(),
            dns_domain: dns_domain.to_owned(),
            dns_computer: format!("{}.{dns_domain}", netbios_computer.to_lowercase()),
            dns_tree: dns_domain.to_owned(),
        }
    }
}

/// What all handshakes of a server share. Cheap to clone.
#[derive(Clone)]
pub struct AcceptorSettings {
    accounts: Arc<dyn Accounts>,
    names: Arc<ServerNames>,
    anonymous: bool,
    environment: Arc<dyn Environment>,
    doorkeeper: Option<Arc<dyn Doorkeeper>>,
}

impl AcceptorSettings {
    /// A server of this name, for these accounts. Anonymous callers are refused.
    #[must_use]
    pub fn new(accounts: impl Accounts + 'static, names: ServerNames) -> Self {
        Self {
            accounts: Arc::new(accounts),
            names: Arc::new(names),
            anonymous: false,
            environment: Arc::new(System),
            doorkeeper: None,
        }
    }

    /// Sets whether anonymous callers are let in, as [`anonymous_identity`]. Signing and sealing protect nothing then:
    /// everyone who sees the handshake can compute the keys.
    #[must_use]
    pub fn allow_anonymous(mut self, allow: bool) -> Self {
        self.anonymous = allow;
        self
    }

    /// Replaces clock and random source.
    #[must_use]
    pub fn environment(mut self, environment: impl Environment + 'static) -> Self {
        self.environment = Arc::new(environment);
        self
    }

    /// These settings for the callers of one place, whom `doorkeeper` knows. Without one everybody may guess.
    #[must_use]
    pub fn doorkeeper(mut self, doorkeeper: Arc<dyn Doorkeeper>) -> Self {
        self.doorkeeper = Some(doorkeeper);
        self
    }

    /// `TargetInfo`. No `MsvAvFlags`: Windows clients' MICs fail when it is there and empty.
    fn target_info(&self) -> Result<Vec<u8>, SecurityError> {
        let names = &self.names;
        let mut list = Vec::with_capacity(256);
        av_pair::push(&mut list, AvId::NETBIOS_DOMAIN, &utf16le(&names.netbios_domain))?;
        av_pair::push(&mut list, AvId::NETBIOS_COMPUTER, &utf16le(&names.netbios_computer))?;
        av_pair::push(&mut list, AvId::DNS_DOMAIN, &utf16le(&names.dns_domain))?;
        av_pair::push(&mut list, AvId::DNS_COMPUTER, &utf16le(&names.dns_computer))?;
        av_pair::push(&mut list, AvId::DNS_TREE, &utf16le(&names.dns_tree))?;
        let now = self.environment.now();
        if now != FileTime::UNKNOWN {
            av_pair::push(&mut list, AvId::TIMESTAMP, &now.0.to_le_bytes())?;
        }
        av_pair::push(&mut list, AvId::EOL, &[])?;
        Ok(list)
    }
}

impl fmt::Debug for AcceptorSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcceptorSettings")
            .field("names", &self.names)
            .field("anonymous", &self.anonymous)
            .finish_non_exhaustive()
    }
}

/// The server's end of one NTLM handshake. A handshake that failed cannot be taken up again.
#[derive(Debug)]
pub struct Acceptor {
    settings: Arc<AcceptorSettings>,
    state: State,
}

#[derive(Debug)]
enum State {
    AwaitsNegotiate,
    AwaitsAuthenticate(Challenged),
    /// Done or failed.
    Over,
}

/// What an AUTHENTICATE is checked against.
#[derive(Debug)]
struct Challenged {
    negotiate: Vec<u8>,
    challenge: Vec<u8>,
    server_challenge: [u8; 8],
    target_info: Vec<u8>,
    flags: Flags,
}

/// What an AUTHENTICATE that fits leads to.
struct Proved {
    key: SessionKey,
    identity: Identity,
    has_mic: bool,
}

impl Acceptor {
    /// What the CHALLENGE grants if the NEGOTIATE asks for it.
    const GRANTED: Flags = Flags::UNICODE
        .union(Flags::OEM)
        .union(Flags::SIGN)
        .union(Flags::SEAL)
        .union(Flags::NTLM)
        .union(Flags::ALWAYS_SIGN)
        .union(Flags::EXTENDED_SESSION_SECURITY)
        .union(Flags::IDENTIFY)
        .union(Flags::VERSION)
        .union(Flags::KEY_128)
        .union(Flags::KEY_EXCH)
        .union(Flags::KEY_56);

    /// A handshake that awaits a NEGOTIATE.
    #[must_use]
    pub fn new(settings: Arc<AcceptorSettings>) -> Self {
        Self { settings, state: State::AwaitsNegotiate }
    }

    /// [`Handshake::step`], with the context's type known.
    ///
    /// # Errors
    /// As [`Handshake::step`]: [`SecurityError::BadToken`], [`SecurityError::Refused`], or
    /// [`SecurityError::WrongCredentials`] alike for an unknown account, a wrong password and a wrong MIC; and
    /// [`SecurityError::SlowedDown`] if the [`Doorkeeper`] does not want the proof to be looked at.
    pub fn advance(&mut self, token: &[u8]) -> Result<Step, SecurityError> {
        match mem::replace(&mut self.state, State::Over) {
            State::AwaitsNegotiate => {
                let challenged = self.challenge(token)?;
                let token = challenged.challenge.clone();
                self.state = State::AwaitsAuthenticate(challenged);
                Ok(Step::Continue { token })
            }
            State::AwaitsAuthenticate(challenged) => self.authenticate(&challenged, token),
            State::Over => Err(bad_token("the handshake is over")),
        }
    }

    /// [MS-NLMP 3.2.5.1.1] Answers a NEGOTIATE.
    fn challenge(&self, negotiate: &[u8]) -> Result<Challenged, SecurityError> {
        let asked = Negotiate::parse(negotiate)?.flags;
        asked.refuse_weak()?;
        let mut flags = asked & Self::GRANTED | Flags::NTLM | Flags::TARGET_INFO;
        if flags.contains(Flags::UNICODE) {
            flags -= Flags::OEM; // for those alone who know nothing better
        }
        if asked.contains(Flags::REQUEST_TARGET) {
            flags |= Flags::REQUEST_TARGET | Flags::TARGET_TYPE_DOMAIN;
        }
        let version = flags.contains(Flags::VERSION).then_some(Version::SERVER_2008_R2);
        let mut server_challenge = [0; 8];
        self.settings.environment.random(&mut server_challenge)?;
        let (name, target_info) = (&self.settings.names.netbios_domain, self.settings.target_info()?);
        let challenge = Challenge::encode(flags, server_challenge, name, &target_info, version)?;
        Ok(Challenged { negotiate: negotiate.to_vec(), challenge, server_challenge, target_info, flags })
    }

    /// [MS-NLMP 3.2.5.1.2] Checks an AUTHENTICATE.
    fn authenticate(&self, challenged: &Challenged, token: &[u8]) -> Result<Step, SecurityError> {
        let mut message = Authenticate::parse(token)?;
        message.flags &= challenged.flags; // what the CHALLENGE did not grant does not hold
        let anonymous = is_anonymous(&message);
        if anonymous && !message.flags.contains(Flags::EXTENDED_SESSION_SECURITY) {
            // Samba's anonymous clients take it back in the end. They would sign in the old way; so nothing is signed.
            message.flags -= Flags::SIGN | Flags::SEAL;
            message.flags |= Flags::EXTENDED_SESSION_SECURITY;
        }
        message.flags.refuse_weak()?;
        let Proved { key, identity, has_mic } =
            if anonymous { self.nobody(&message)? } else { self.somebody(challenged, &message, token)? };
        let context = Box::new(NtlmContext::from_session_key(&key, message.flags, Role::Acceptor)?);
        Ok(Step::Done { token: None, context, identity, has_mic })
    }

    fn nobody(&self, message: &Authenticate<'_>) -> Result<Proved, SecurityError> {
        if self.settings.anonymous {
            let key = exported_session_key(message, &Zeroizing::new([0; 16]))?;
            Ok(Proved { key, identity: anonymous_identity(), has_mic: false })
        } else {
            Err(SecurityError::Refused("an anonymous logon"))
        }
    }

    fn somebody(
        &self,
        challenged: &Challenged,
        message: &Authenticate<'_>,
        token: &[u8],
    ) -> Result<Proved, SecurityError> {
        let name = AccountName::new(&message.domain, &message.user);
        // An unknown name costs what a wrong password costs: the proof is checked all the same, against a hash that
        // nobody has the password of, and does not count even if it fits.
        let (id, hash, identity) = match self.settings.accounts.find(&name) {
            Some(account) => (account.identity.account.clone(), account.hash, Some(account.identity)),
            None => (self.settings.accounts.id_of_nobody(&name), NtHash::from_octets(challenged.decoy()), None),
        };
        if let Some(doorkeeper) = &self.settings.doorkeeper {
            doorkeeper.admit(&id)?;
        }
        let proved = prove(challenged, message, token, &hash, identity);
        if let Some(doorkeeper) = &self.settings.doorkeeper {
            doorkeeper.judged(&id, proved.is_ok());
        }
        proved
    }
}

/// Holds proof and MIC against the hash of an account; `identity` is `None` if there is no such account.
fn prove(
    challenged: &Challenged,
    message: &Authenticate<'_>,
    token: &[u8],
    hash: &NtHash,
    identity: Option<Identity>,
) -> Result<Proved, SecurityError> {
    let key = proof::verify(challenged.server_challenge, message, hash)?;
    let identity = identity.ok_or(SecurityError::WrongCredentials)?;
    let pairs = NtResponse::parse(message.nt_response)?.pairs;
    if !challenged.is_repeated_by(pairs)? {
        return Err(SecurityError::Refused("target information that was altered on its way"));
    }
    let has_mic = pairs.promises_mic();
    if has_mic {
        let received = message.mic.ok_or(bad_token("the promised MIC is missing"))?;
        let expected = proof::mic(&key, &challenged.negotiate, &challenged.challenge, token);
        if !bool::from(expected.ct_eq(&received)) {
            return Err(SecurityError::WrongCredentials);
        }
    }
    Ok(Proved { key, identity, has_mic })
}

impl Challenged {
    /// Whether the client has seen the target information that was sent. Its proof covers what it has seen: who took the
    /// time stamp out, so that the client promises no MIC, is found out here. Samba's server looks at it too.
    fn is_repeated_by(&self, pairs: AvPairs<'_>) -> Result<bool, SecurityError> {
        Ok(AvPairs::parse(&self.target_info)?.iter().all(|(id, value)| pairs.find(id) == Some(value)))
    }

    fn decoy(&self) -> [u8; 16] {
        let mut decoy = [0; 16];
        decoy[..8].copy_from_slice(&self.server_challenge);
        decoy
    }
}

impl Handshake for Acceptor {
    fn step(&mut self, token: &[u8]) -> Result<Progress, SecurityError> {
        self.advance(token).map(Progress::from)
    }
}

/// [MS-NLMP 3.2.5.1.2] An anonymous caller gives no name, no NT response, and an LM response of one zero at most.
fn is_anonymous(message: &Authenticate<'_>) -> bool {
    message.user.is_empty() && message.nt_response.is_empty() && matches!(message.lm_response, [] | [0])
}
