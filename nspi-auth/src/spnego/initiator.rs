//! The client's end: offers mechanisms, begins with the preferred one, and goes on with the one that the server chose.

use std::fmt;
use std::mem;

use nspi_proto::dcerpc::auth::{AuthLevel, Handshake, Progress, SecurityError};

use super::closing::Closing;
use super::mechanism::{Mechanism, Turn};
use super::token::{MechTypeList, NegState, NegTokenInit, NegTokenResp};
use super::{Oid, bad_token};
use crate::{Credentials, ntlm};

/// The client's end of one SPNEGO handshake. A handshake that failed cannot be taken up again.
///
/// The first token holds the list of mechanisms and the preferred one's own first token. If the server chooses another
/// one, MICs over the list are mandatory: without them somebody in between could have chosen in the server's place.
pub struct Initiator {
    /// The preferred one first.
    mechanisms: Vec<Box<dyn Mechanism>>,
    state: State,
}

enum State {
    Begins,
    /// The preferred mechanism has begun; the server's first token says whether it goes on.
    AwaitsChoice(Offer),
    /// The mechanism's tokens come and go.
    Shaking(Box<dyn Mechanism>, Offer),
    /// The mechanism is done; the server has not said so yet.
    Closing(Closing),
    /// Done or failed.
    Over,
}

/// What was offered, and whether MICs are mandatory.
struct Offer {
    mech_types: Vec<u8>,
    mic_mandatory: bool,
}

impl Initiator {
    /// A handshake by NTLM alone whose context shall protect PDUs at `level`. At level connect nothing is signed, not even
    /// the list of mechanisms, which leaves nothing to choose: Samba's server takes who negotiated signing for somebody who
    /// signs, and cannot answer.
    #[must_use]
    pub fn new(credentials: Credentials, level: AuthLevel) -> Self {
        Self::over(ntlm::Initiator::new(credentials, level))
    }

    /// A handshake by any mechanism, the preferred one: NTLM with a target name, for example.
    #[must_use]
    pub fn over(mechanism: impl Mechanism + 'static) -> Self {
        Self { mechanisms: vec![Box::new(mechanism)], state: State::Begins }
    }

    /// Adds a mechanism to fall back on if the server does not want the earlier ones.
    #[must_use]
    pub fn or(mut self, mechanism: impl Mechanism + 'static) -> Self {
        self.mechanisms.push(Box::new(mechanism));
        self
    }

    fn begin(&mut self) -> Result<Progress, SecurityError> {
        let mech_token = self.preferred_token()?;
        let names: Vec<_> = self.mechanisms.iter().flat_map(|mechanism| mechanism.names()).copied().collect();
        let mech_types = MechTypeList::encode(&names);
        let token =
            NegTokenInit { mech_types: MechTypeList::parse(&mech_types)?, mech_token: Some(&mech_token) }.encode();
        self.state = State::AwaitsChoice(Offer { mech_types, mic_mandatory: false });
        Ok(Progress::Continue { token })
    }

    /// The first token of the first mechanism that can begin. One that cannot is not offered: Kerberos without a ticket.
    /// If none can, the first one says why.
    fn preferred_token(&mut self) -> Result<Vec<u8>, SecurityError> {
        let mut refusal = None;
        while let Some(preferred) = self.mechanisms.first_mut() {
            match first_token(preferred.as_mut()) {
                Ok(token) => return Ok(token),
                Err(error) => refusal = refusal.or(Some(error)),
            }
            self.mechanisms.remove(0);
        }
        Err(refusal.unwrap_or(NOTHING_IN_COMMON))
    }

    /// The server's first token.
    fn chosen(&mut self, mut offer: Offer, message: &NegTokenResp<'_>) -> Result<Progress, SecurityError> {
        let place = match message.supported_mech {
            Some(name) => self.find(name).ok_or(bad_token("a mechanism that was not offered"))?,
            // RFC 4178 demands the name; who answers a mechanism's token has chosen that mechanism.
            None => 0,
        };
        let mut mechanism = self.mechanisms.swap_remove(place);
        offer.mic_mandatory = place > 0 || message.neg_state == Some(NegState::RequestMic);
        match (place, message.response_token) {
            (0, _) => self.shake(mechanism, offer, message),
            (_, Some(_)) => Err(bad_token("an answer to a token that was not sent")),
            (_, None) => {
                let mech_token = first_token(mechanism.as_mut())?;
                let token = NegTokenResp { response_token: Some(&mech_token), ..Default::default() }.encode();
                self.state = State::Shaking(mechanism, offer);
                Ok(Progress::Continue { token })
            }
        }
    }

    fn find(&self, name: Oid<'_>) -> Option<usize> {
        self.mechanisms.iter().position(|mechanism| mechanism.names().contains(&name))
    }

    /// A step of the mechanism.
    fn shake(
        &mut self,
        mut mechanism: Box<dyn Mechanism>,
        offer: Offer,
        message: &NegTokenResp<'_>,
    ) -> Result<Progress, SecurityError> {
        let mech_token = message.response_token.ok_or(bad_token("no token of the mechanism"))?;
        match mechanism.advance(mech_token)? {
            Turn::Continue { .. } if message.neg_state == Some(NegState::AcceptCompleted) => Err(TOO_EARLY),
            Turn::Continue { token } => {
                self.state = State::Shaking(mechanism, offer);
                let reply = NegTokenResp { response_token: Some(&token), ..Default::default() };
                Ok(Progress::Continue { token: reply.encode() })
            }
            Turn::Done { token, context, identity, mic_due } => {
                let closing = Closing::new(context, identity, offer.mech_types, offer.mic_mandatory, mic_due);
                self.close(closing, message, token.as_deref())
            }
        }
    }

    /// The mechanism is done: the MICs, and the server's last word.
    fn close(
        &mut self,
        mut closing: Closing,
        message: &NegTokenResp<'_>,
        response_token: Option<&[u8]>,
    ) -> Result<Progress, SecurityError> {
        let completed = message.neg_state == Some(NegState::AcceptCompleted);
        let own = closing.exchange(message.mech_list_mic)?;
        if response_token.is_some() || own.is_some() {
            if completed {
                return Err(TOO_EARLY);
            }
            let mech_list_mic = own.as_deref();
            let reply = NegTokenResp { response_token, mech_list_mic, ..Default::default() };
            self.state = State::Closing(closing);
            Ok(Progress::Continue { token: reply.encode() })
        } else if completed && closing.is_settled() {
            Ok(closing.finish(None))
        } else if completed {
            Err(SecurityError::Refused("a choice of mechanism that the server did not sign"))
        } else {
            Err(bad_token("the server neither goes on nor completes"))
        }
    }
}

impl Handshake for Initiator {
    /// [`Handshake::step`]. Besides what the mechanism refuses: [`SecurityError::BadToken`] for what is no SPNEGO,
    /// [`SecurityError::Refused`] if the server wants none of the mechanisms, or does not sign its choice, and
    /// [`SecurityError::WrongCredentials`] if it rejects the last token.
    fn step(&mut self, token: &[u8]) -> Result<Progress, SecurityError> {
        let state = mem::replace(&mut self.state, State::Over);
        if matches!(state, State::Begins) && token.is_empty() {
            return self.begin();
        }
        let message = match state {
            State::Begins => return Err(bad_token("the client speaks first")),
            State::Over => return Err(bad_token("the handshake is over")),
            State::AwaitsChoice(_) | State::Shaking(..) | State::Closing(_) => NegTokenResp::parse(token)?,
        };
        let rejected = message.neg_state == Some(NegState::Reject);
        match state {
            State::AwaitsChoice(_) | State::Shaking(..) if rejected => Err(NOTHING_IN_COMMON),
            State::Closing(_) if rejected => Err(SecurityError::WrongCredentials),
            State::AwaitsChoice(offer) => self.chosen(offer, &message),
            State::Shaking(mechanism, offer) => self.shake(mechanism, offer, &message),
            State::Closing(_) if message.response_token.is_some() => Err(bad_token("a token beyond the last one")),
            State::Closing(closing) => self.close(closing, &message, None),
            State::Begins | State::Over => Err(bad_token("the handshake is over")),
        }
    }

    fn may_block(&self) -> bool {
        let chosen = match &self.state {
            State::Shaking(mechanism, _) => Some(mechanism),
            State::Begins | State::AwaitsChoice(_) | State::Closing(_) | State::Over => None,
        };
        self.mechanisms.iter().chain(chosen).any(|mechanism| mechanism.may_block())
    }
}

impl fmt::Debug for Initiator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Begins => "begins",
            State::AwaitsChoice(_) => "awaits the server's choice",
            State::Shaking(..) => "the mechanism is under way",
            State::Closing(_) => "awaits the server's last word",
            State::Over => "over",
        };
        f.debug_struct("Initiator").field("state", &state).finish_non_exhaustive()
    }
}

fn first_token(mechanism: &mut dyn Mechanism) -> Result<Vec<u8>, SecurityError> {
    match mechanism.advance(&[])? {
        Turn::Continue { token } => Ok(token),
        Turn::Done { .. } => Err(SecurityError::Misuse("a mechanism that is done after one token")),
    }
}

const NOTHING_IN_COMMON: SecurityError = SecurityError::Refused("every mechanism that was offered");
const TOO_EARLY: SecurityError = bad_token("the server completes too early");
