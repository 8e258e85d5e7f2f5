//! The client's end: NEGOTIATE out, CHALLENGE in, AUTHENTICATE out.

use std::fmt;
use std::mem;

use nspi_proto::dcerpc::auth::{AuthLevel, Handshake, Identity, Progress, SecurityError};
use zeroize::Zeroizing;

use super::av_pair::{self, AvId, AvPairs, MIC_PROVIDED};
use super::context::NtlmContext;
use super::flags::NegotiateFlags as Flags;
use super::keys::{self, Key, Role, SessionKey};
use super::message::{Authenticate, Challenge, MIC, Negotiate, Version};
use super::{Step, bad_token, proof, response};
use crate::text::utf16le;
use crate::{Credentials, Environment, NtHash, System, anonymous_identity, upper_case};

/// The client's end of one NTLM handshake. A handshake that failed cannot be taken up again.
pub struct Initiator {
    credentials: Credentials,
    wanted: Flags,
    target_name: String,
    environment: Box<dyn Environment>,
    state: State,
}

enum State {
    Begins,
    AwaitsChallenge {
        negotiate: Vec<u8>,
    },
    /// Done or failed.
    Over,
}

/// The fields of an AUTHENTICATE that depend on a secret.
struct Answer {
    lm_response: Vec<u8>,
    nt_response: Vec<u8>,
    key_exchange_key: Key,
    promises_mic: bool,
}

impl Initiator {
    /// A handshake whose context shall protect PDUs at `level`.
    #[must_use]
    pub fn new(credentials: Credentials, level: AuthLevel) -> Self {
        let mut wanted = Flags::wanted_at(level);
        if credentials.hash.is_none() {
            wanted |= Flags::ANONYMOUS;
        }
        let environment = Box::new(System);
        Self { credentials, wanted, target_name: String::new(), environment, state: State::Begins }
    }

    /// Sets the service principal name of the server that is meant, such as `exchangeAB/dc1.acme.test`; a server may
    /// refuse a handshake that was meant for another one. Empty by default.
    #[must_use]
    pub fn target_name(mut self, name: impl Into<String>) -> Self {
        self.target_name = name.into();
        self
    }

    /// Replaces clock and random source.
    #[must_use]
    pub fn environment(mut self, environment: impl Environment + 'static) -> Self {
        self.environment = Box::new(environment);
        self
    }

    /// [`Handshake::step`], with the context's type known.
    ///
    /// # Errors
    /// As [`Handshake::step`]: [`SecurityError::BadToken`], or [`SecurityError::Refused`] if the server does not grant
    /// what the level needs.
    pub fn advance(&mut self, token: &[u8]) -> Result<Step, SecurityError> {
        match mem::replace(&mut self.state, State::Over) {
            State::Begins if token.is_empty() => {
                let negotiate = self.negotiate()?;
                self.state = State::AwaitsChallenge { negotiate: negotiate.clone() };
                Ok(Step::Continue { token: negotiate })
            }
            State::Begins => Err(bad_token("the client speaks first")),
            State::AwaitsChallenge { negotiate } => self.authenticate(&negotiate, token),
            State::Over => Err(bad_token("the handshake is over")),
        }
    }

    /// [MS-NLMP 3.1.5.1.1]
    fn negotiate(&self) -> Result<Vec<u8>, SecurityError> {
        let version = Some(Version::SERVER_2008_R2);
        Negotiate { flags: self.wanted, domain: &[], workstation: &[], version }.encode()
    }

    /// [MS-NLMP 3.1.5.1.2] Answers a CHALLENGE.
    fn authenticate(&self, negotiate: &[u8], challenge: &[u8]) -> Result<Step, SecurityError> {
        let message = Challenge::parse(challenge)?;
        let flags = self.agreed(message.flags)?;
        let answer = match &self.credentials.hash {
            Some(hash) => self.answer(&message, hash)?,
            None => Answer::anonymous(),
        };
        let mut session_key = answer.key_exchange_key.clone();
        let mut encrypted_session_key = None;
        if flags.contains(Flags::KEY_EXCH) {
            self.environment.random(&mut *session_key)?;
            encrypted_session_key = Some(keys::rc4_key(&answer.key_exchange_key, *session_key));
        }
        let session_key = SessionKey::from_octets(*session_key);

        let mut token = Authenticate {
            lm_response: &answer.lm_response,
            nt_response: &answer.nt_response,
            domain: self.credentials.domain.clone(),
            user: self.credentials.user.clone(),
            workstation: self.credentials.workstation.clone(),
            session_key: encrypted_session_key.as_ref().map_or(&[], |key| &key[..]),
            flags,
            version: Some(Version::SERVER_2008_R2),
            mic: Some([0; 16]),
        }
        .encode()?;
        if answer.promises_mic {
            let mic = proof::mic(&session_key, negotiate, challenge, &token);
            token[MIC].copy_from_slice(&mic);
        }
        let context = NtlmContext::from_session_key(&session_key, flags, Role::Initiator)?;
        let (identity, has_mic) = (self.identity(), answer.promises_mic);
        Ok(Step::Done { token: Some(token), context: Box::new(context), identity, has_mic })
    }

    /// What holds from here on: what is wanted and granted, if that suffices.
    fn agreed(&self, granted: Flags) -> Result<Flags, SecurityError> {
        if !granted.contains(Flags::UNICODE) {
            return Err(SecurityError::Refused("NTLM without Unicode"));
        }
        granted.refuse_weak()?;
        let agreed = self.wanted & (granted | Flags::VERSION | Flags::ANONYMOUS);
        let missing = self.wanted - agreed;
        if missing.contains(Flags::SEAL) {
            Err(SecurityError::Refused("a server that does not encrypt"))
        } else if missing.contains(Flags::SIGN) {
            Err(SecurityError::Refused("a server that does not sign"))
        } else if self.wanted.protects() && missing.contains(Flags::KEY_128) {
            Err(SecurityError::Refused("NTLM with keys of less than 128 bits"))
        } else {
            Ok(agreed)
        }
    }

    /// [3.3.2] The responses to a CHALLENGE. One with a time stamp gets a MIC, and no LM response.
    fn answer(&self, challenge: &Challenge<'_>, hash: &NtHash) -> Result<Answer, SecurityError> {
        let mut nonce = [0; 8];
        self.environment.random(&mut nonce)?;
        let server_time = challenge.target_info.timestamp();
        let promises_mic = server_time.is_some();
        let pairs = self.target_info(challenge.target_info, promises_mic)?;
        let time = server_time.unwrap_or_else(|| self.environment.now());
        let client_challenge = response::client_challenge(time, nonce, &pairs);

        let response_key = keys::response_key(hash, &self.credentials.user, &self.credentials.domain);
        let nt_proof = keys::nt_proof(&response_key, challenge.server_challenge, &client_challenge);
        let lm_response =
            if promises_mic { [0; 24] } else { keys::lm_response(&response_key, challenge.server_challenge, nonce) };
        Ok(Answer {
            lm_response: lm_response.to_vec(),
            nt_response: [&nt_proof[..], &client_challenge].concat(),
            key_exchange_key: keys::session_base_key(&response_key, nt_proof),
            promises_mic,
        })
    }

    /// The server's AV pairs, and what [3.1.5.1.2] adds for a server that gave its time.
    fn target_info(&self, servers: AvPairs<'_>, promises_mic: bool) -> Result<Vec<u8>, SecurityError> {
        let replaced = [AvId::FLAGS, AvId::CHANNEL_BINDINGS, AvId::TARGET_NAME];
        let mut list = Vec::with_capacity(512);
        for (id, value) in servers.iter().filter(|(id, _)| !promises_mic || !replaced.contains(id)) {
            av_pair::push(&mut list, id, value)?;
        }
        if promises_mic {
            av_pair::push(&mut list, AvId::FLAGS, &(servers.flags() | MIC_PROVIDED).to_le_bytes())?;
            av_pair::push(&mut list, AvId::CHANNEL_BINDINGS, &[0; 16])?; // DCE/RPC has no channel to bind to
            av_pair::push(&mut list, AvId::TARGET_NAME, &utf16le(&self.target_name))?;
        }
        av_pair::push(&mut list, AvId::EOL, &[])?;
        Ok(list)
    }

    fn identity(&self) -> Identity {
        let name = self.credentials.name();
        if self.credentials.hash.is_none() {
            anonymous_identity()
        } else {
            Identity { account: upper_case(&name), name }
        }
    }
}

impl Answer {
    /// [MS-NLMP 3.3.2] The special case of no user and no password.
    fn anonymous() -> Self {
        let (lm_response, key_exchange_key) = (vec![0], Zeroizing::new([0; 16]));
        Self { lm_response, nt_response: Vec::new(), key_exchange_key, promises_mic: false }
    }
}

impl Handshake for Initiator {
    fn step(&mut self, token: &[u8]) -> Result<Progress, SecurityError> {
        self.advance(token).map(Progress::from)
    }
}

impl fmt::Debug for Initiator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Begins => "begins",
            State::AwaitsChallenge { .. } => "awaits a challenge",
            State::Over => "over",
        };
        f.debug_struct("Initiator")
            .field("credentials", &self.credentials)
            .field("wanted", &self.wanted)
            .field("target_name", &self.target_name)
            .field("state", &state)
            .finish_non_exhaustive()
    }
}
