//! The server's end: chooses a mechanism, carries its tokens, and checks that the choice was not meddled with.

use std::fmt;
use std::mem;
use std::sync::Arc;

use nspi_proto::dcerpc::auth::{Handshake, Progress, SecurityError};

use super::closing::Closing;
use super::der::tag;
use super::mechanism::{Mechanism, Turn};
use super::token::{MechTypeList, NegState, NegTokenInit, NegTokenResp, unframe};
use super::{Oid, bad_token};
use crate::ntlm::{self, AcceptorSettings};

/// The server's end of one SPNEGO handshake. A handshake that failed cannot be taken up again.
///
/// Chosen is the first mechanism of the client's list that is known here. If it is the client's preferred one its first
/// token is taken at once; if not, the client is told to begin with the chosen one, and MICs over its list are mandatory
/// if that one can sign: without them somebody in between could have put a weaker mechanism in front.
///
/// A client may also begin with a bare token of NTLM or Kerberos, as it may with Windows; then there is no negotiation at all.
pub struct Acceptor {
    mechanisms: Vec<Box<dyn Mechanism>>,
    state: State,
}

enum State {
    AwaitsInit,
    /// The mechanism's tokens come and go, without framing.
    Bare(Box<dyn Mechanism>),
    /// The mechanism's tokens come and go.
    Shaking(Chosen),
    /// The mechanism is done, the client's MIC is missing.
    Closing(Closing),
    /// Done or failed.
    Over,
}

/// A mechanism that was chosen, and from what.
struct Chosen {
    mechanism: Box<dyn Mechanism>,
    mech_types: Vec<u8>,
    preferred: bool,
}

impl Acceptor {
    /// A handshake that awaits a client's first token, for NTLM alone.
    #[must_use]
    pub fn new(settings: Arc<AcceptorSettings>) -> Self {
        Self::over(ntlm::Acceptor::new(settings))
    }

    /// A handshake that awaits a client's first token, for any mechanism.
    #[must_use]
    pub fn over(mechanism: impl Mechanism + 'static) -> Self {
        Self { mechanisms: vec![Box::new(mechanism)], state: State::AwaitsInit }
    }

    /// Adds a mechanism that the client may choose. Which one is chosen is up to the client's order, not to this one.
    #[must_use]
    pub fn or(mut self, mechanism: impl Mechanism + 'static) -> Self {
        self.mechanisms.push(Box::new(mechanism));
        self
    }

    /// Takes out the mechanism of this name.
    fn find(&mut self, name: Oid<'_>) -> Option<Box<dyn Mechanism>> {
        let place = self.mechanisms.iter().position(|mechanism| mechanism.names().contains(&name))?;
        Some(self.mechanisms.swap_remove(place))
    }

    fn begin(&mut self, token: &[u8]) -> Result<Progress, SecurityError> {
        if let Some(name) = unnegotiated(token) {
            let mechanism = self.find(name).ok_or(NOTHING_IN_COMMON)?;
            return self.bare(mechanism, token);
        }
        let init = NegTokenInit::parse(token)?;
        let (place, name, mechanism) = self.choose(init.mech_types).ok_or(NOTHING_IN_COMMON)?;
        let preferred = place == 0;
        let chosen = Chosen { mechanism, mech_types: init.mech_types.octets().to_vec(), preferred };
        match init.mech_token {
            Some(mech_token @ [_, ..]) if preferred => self.shake(chosen, mech_token, None, Some(name)),
            _ => {
                let state = if preferred { NegState::AcceptIncomplete } else { NegState::RequestMic };
                let reply = NegTokenResp { neg_state: Some(state), supported_mech: Some(name), ..Default::default() };
                self.state = State::Shaking(chosen);
                Ok(Progress::Continue { token: reply.encode() })
            }
        }
    }

    /// The client's first mechanism that is known here: its place in the list, the client's name for it, and itself.
    fn choose<'a>(&mut self, offered: MechTypeList<'a>) -> Option<(usize, Oid<'a>, Box<dyn Mechanism>)> {
        offered.iter().enumerate().find_map(|(place, name)| Some((place, name, self.find(name)?)))
    }

    fn bare(&mut self, mut mechanism: Box<dyn Mechanism>, token: &[u8]) -> Result<Progress, SecurityError> {
        Ok(match mechanism.advance(token)? {
            Turn::Continue { token } => {
                self.state = State::Bare(mechanism);
                Progress::Continue { token }
            }
            Turn::Done { token, context, identity, mic_due: _ } => Progress::Done { token, context, identity },
        })
    }

    /// A step of the mechanism. The first answer names it.
    fn shake(
        &mut self,
        mut chosen: Chosen,
        mech_token: &[u8],
        mic: Option<&[u8]>,
        name: Option<Oid<'_>>,
    ) -> Result<Progress, SecurityError> {
        match chosen.mechanism.advance(mech_token)? {
            Turn::Continue { token } => {
                self.state = State::Shaking(chosen);
                let neg_state = Some(NegState::AcceptIncomplete);
                let response_token = Some(&token[..]);
                let reply = NegTokenResp { neg_state, supported_mech: name, response_token, mech_list_mic: None };
                Ok(Progress::Continue { token: reply.encode() })
            }
            Turn::Done { token, context, identity, mic_due } => {
                // A Samba client at level connect falls back on an NTLM that cannot sign, and neither end has a MIC then.
                // Nothing is lost: such a client has nothing protected, either.
                let mandatory = !chosen.preferred && context.signs();
                let closing = Closing::new(context, identity, chosen.mech_types, mandatory, mic_due);
                self.close(closing, mic, token.as_deref(), name)
            }
        }
    }

    /// The mechanism is done: the MICs, and then all is.
    fn close(
        &mut self,
        mut closing: Closing,
        mic: Option<&[u8]>,
        response_token: Option<&[u8]>,
        supported_mech: Option<Oid<'_>>,
    ) -> Result<Progress, SecurityError> {
        let own = closing.exchange(mic)?;
        let settled = closing.is_settled();
        let state = if settled { NegState::AcceptCompleted } else { NegState::AcceptIncomplete };
        let mech_list_mic = own.as_deref();
        let reply = NegTokenResp { neg_state: Some(state), supported_mech, response_token, mech_list_mic };
        let token = reply.encode();
        if settled {
            Ok(closing.finish(Some(token)))
        } else {
            self.state = State::Closing(closing);
            Ok(Progress::Continue { token })
        }
    }
}

impl Handshake for Acceptor {
    /// [`Handshake::step`]. Besides what the mechanism refuses: [`SecurityError::BadToken`] for what is no SPNEGO, and
    /// [`SecurityError::Refused`] without a mechanism in common, or if the client's list was altered on its way.
    fn step(&mut self, token: &[u8]) -> Result<Progress, SecurityError> {
        match mem::replace(&mut self.state, State::Over) {
            State::AwaitsInit => self.begin(token),
            State::Bare(mechanism) => self.bare(mechanism, token),
            State::Shaking(chosen) => {
                let message = going_on(token)?;
                let mech_token = message.response_token.ok_or(bad_token("no token of the mechanism"))?;
                self.shake(chosen, mech_token, message.mech_list_mic, None)
            }
            State::Closing(closing) => {
                let message = going_on(token)?;
                if message.mech_list_mic.is_none() || message.response_token.is_some() {
                    return Err(bad_token("a MIC is due, and nothing else"));
                }
                self.close(closing, message.mech_list_mic, None, None)
            }
            State::Over => Err(bad_token("the handshake is over")),
        }
    }

    fn may_block(&self) -> bool {
        match &self.state {
            State::AwaitsInit => self.mechanisms.iter().any(|mechanism| mechanism.may_block()),
            State::Bare(mechanism) | State::Shaking(Chosen { mechanism, .. }) => mechanism.may_block(),
            State::Closing(_) | State::Over => false,
        }
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::AwaitsInit => "awaits a first token",
            State::Bare(_) => "without framing",
            State::Shaking(_) => "the mechanism is under way",
            State::Closing(_) => "awaits a MIC",
            State::Over => "over",
        };
        f.debug_struct("Acceptor").field("state", &state).finish_non_exhaustive()
    }
}

/// The mechanism of a first token that comes without negotiation. Wine's Negotiate sends no other: NTLM's message, or the AP-REQ
/// of Kerberos in DCE style, which has not even the framing of GSS-API.
fn unnegotiated(token: &[u8]) -> Option<Oid<'_>> {
    /// [RFC 4120 5.5.1] `AP-REQ`.
    const AP_REQ: u8 = tag::application(14);
    match token.first()? {
        _ if token.starts_with(ntlm::message::SIGNATURE) => Some(Oid::NTLM),
        &AP_REQ => Some(Oid::KERBEROS),
        _ => unframe(token).ok().map(|(name, _)| name).filter(|name| *name != Oid::SPNEGO),
    }
}

/// A client's token after the first one.
fn going_on(token: &[u8]) -> Result<NegTokenResp<'_>, SecurityError> {
    let message = NegTokenResp::parse(token)?;
    match message.neg_state {
        Some(NegState::Reject) => Err(SecurityError::Refused("the chosen mechanism, by the client,")),
        _ => Ok(message),
    }
}

const NOTHING_IN_COMMON: SecurityError = SecurityError::Refused("every mechanism that the client offers");
