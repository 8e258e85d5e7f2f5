//! A turn of a connection: what it does with the octets that came, without waiting for anything.
//!
//! ```text
//!   octets ──► Server::receive ──► poll ──► event ──► dispatch ──► respond ──► out
//! ```

use std::borrow::Cow;
use std::time::Duration;

use nspi_proto::dcerpc::auth::{Progress, SecurityError};
use nspi_proto::dcerpc::{AssocGroupId, CallId, FaultStatus, NakReason, ProtocolError, ServerEvent};
use tokio::time::Instant;
use tracing::debug;

use crate::callers::Leg;
use crate::connection::Connection;
use crate::desk::{Asked, Desk};
use crate::dispatch::{Effort, Unanswered};
use crate::scratch::{Scratch, WRITE_LEN};

/// What a turn ended with.
pub(crate) enum Turn {
    /// Nothing more to do with the octets that came.
    Idle,
    /// There is more to do, after others have had their turn.
    Full,
    /// The same, and once this leg of a handshake was taken, which may wait for a file or a server.
    Waits(Leg, Vec<u8>),
    /// The same, and once this call was answered, which takes long.
    Long(Asked<'static>),
    /// The connection is over.
    Over,
}

impl Connection {
    /// Acts on what has been received, until it is used up, enough is waiting to be written, or `time` is over.
    pub(crate) fn turn(&mut self, scratch: &mut Scratch, begun: Instant, time: Duration) -> Turn {
        loop {
            match self.next(scratch) {
                Ok(None) if scratch.out.len() < WRITE_LEN && begun.elapsed() < time => {}
                Ok(None) => return Turn::Full,
                Ok(Some(turn)) => return turn,
                Err(error) => return over(&error),
            }
        }
    }

    /// Acts on one event; what the turn ends with, if it does.
    fn next(&mut self, Scratch { stub: answer, out, .. }: &mut Scratch) -> Result<Option<Turn>, ProtocolError> {
        let Some(event) = self.machine.poll(out)? else { return Ok(Some(Turn::Idle)) };
        match event {
            ServerEvent::Bind { group } => {
                let groups = &self.desk.shared.groups;
                self.desk.group = match group {
                    None => Some(groups.create()),
                    Some(AssocGroupId(id)) => groups.join(id),
                };
                let joined = self.desk.group.as_ref().map(|group| AssocGroupId(group.id()));
                self.machine.join(joined.ok_or(NakReason::NOT_SPECIFIED), out);
            }
            ServerEvent::Authenticate { id, mechanism, token, .. } => {
                let Desk { callers, shared, address, .. } = &mut self.desk;
                match callers.handshake(id, mechanism, shared, *address) {
                    Err(error) => self.machine.authenticated(id, Err(error), out),
                    Ok(handshake) if handshake.may_block() => {
                        return Ok(Some(Turn::Waits(Leg { id, mechanism, handshake }, token.to_vec())));
                    }
                    Ok(mut handshake) => {
                        let progress = handshake.step(token);
                        self.authenticated(Leg { id, mechanism, handshake }, progress, out);
                    }
                }
            }
            ServerEvent::Request { call, interface, syntax, opnum, caller, level, stub, .. } => {
                self.desk.shared.counters.called();
                let asked = Asked { call, interface, syntax, opnum, caller, level, stub: Cow::Borrowed(stub) };
                match self.desk.answer(&asked, Effort::Small, answer) {
                    Err(Unanswered::TakesLong) => return Ok(Some(Turn::Long(asked.into_owned()))),
                    answered => {
                        let sent_away = self.desk.sends_away(&asked);
                        self.reply(call, answered, sent_away, answer, out)?;
                    }
                }
            }
            // Calls are answered before the next octet is looked at, so there is nothing to cancel.
            ServerEvent::Cancelled { .. } | ServerEvent::Orphaned { .. } => {}
        }
        Ok(None)
    }

    /// Answers a call that takes long.
    pub(crate) fn answer_long(&mut self, asked: &Asked<'_>, Scratch { stub: answer, out, .. }: &mut Scratch) -> Turn {
        let answered = self.desk.answer(asked, Effort::Full, answer);
        let sent_away = self.desk.sends_away(asked);
        match self.reply(asked.call, answered, sent_away, answer, out) {
            Ok(()) => Turn::Full,
            Err(error) => over(&error),
        }
    }

    /// Says what a call led to.
    fn reply(
        &mut self,
        call: CallId,
        answered: Result<(), Unanswered>,
        sent_away: bool,
        answer: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), ProtocolError> {
        let status = match answered {
            Ok(()) => return self.machine.respond(call, answer, out),
            Err(Unanswered::Fault(status)) => status,
            // Nobody says so where there is all the time in the world.
            Err(Unanswered::TakesLong) => FaultStatus::SERVER_TOO_BUSY,
        };
        self.machine.fault(call, status, out);
        if sent_away { Err(ProtocolError::Faulted { call, status }) } else { Ok(()) }
    }

    /// A leg of a handshake was taken: remembers who was proved, and answers.
    pub(crate) fn authenticated(&mut self, leg: Leg, progress: Result<Progress, SecurityError>, out: &mut Vec<u8>) {
        let id = leg.id;
        // Tokens come after a Bind, whose group exists or was refused, which ends the association.
        let Desk { callers, shared, address, group, .. } = &mut self.desk;
        if let Some(group) = group {
            callers.stepped(leg, &progress, shared, group, *address);
        }
        if let Some(sessions) = callers.sessions(id) {
            shared.fairness.is_user(&mut self.usage, sessions.slots().user());
            self.place.authenticated();
        }
        self.machine.authenticated(id, progress, out);
    }
}

fn over(error: &ProtocolError) -> Turn {
    debug!(%error, "the association ends");
    Turn::Over
}
