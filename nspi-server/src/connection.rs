//! One connection, one task: read what is there, answer it in place, write once, read again.
//!
//! ```text
//!   socket ──► Server::receive ──► poll ──► event ──► dispatch ──► respond ──► out ──► socket
//! ```
//!
//! Everything the connection owns goes with the task: its callers' sessions, its group, its place. If it was the last
//! one that held them, that is rundown. No code path has to remember to say so.

use std::borrow::Cow;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use nspi_proto::dcerpc::auth::{Progress, SecurityError};
use nspi_proto::dcerpc::{
    AssocGroupId, CallId, FaultStatus, NakReason, ProtocolError, Server, ServerEvent, ServerOptions,
};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tracing::{Instrument, debug, debug_span};

use crate::budget::{Budget, Share};
use crate::callers::{Callers, Leg};
use crate::ceilings::Place;
use crate::desk::{Asked, Desk};
use crate::dispatch::{Effort, Unanswered};
use crate::fairness::{Allowance, TURN};
use crate::scratch::{READ_LEN, Scratch, WRITE_LEN};
use crate::shared::Shared;

/// Octets read at a time from a caller who is beyond its share of time: as many as a turn deals with, in fragments of the
/// least size.
const HELD_BACK_LEN: usize = 8 << 10;

/// A receive buffer larger than this is given back when it is empty.
const KEPT_LEN: usize = 16 << 10;

/// What a turn ended with.
enum Turn {
    /// Nothing more to do with the octets that came.
    Idle,
    /// There is more to do once what is in `out` has been written.
    Full,
    /// The same, and once this leg of a handshake was taken, which may wait for a file or a server.
    Waits(Leg, Vec<u8>),
    /// The same, and once this call was answered, which takes long.
    Long(Asked<'static>),
    /// The connection is over once what is in `out` has been written.
    Over,
}

pub(crate) struct Connection {
    machine: Server,
    /// Everything that an answer depends on beside the machine.
    desk: Desk,
    /// The time that the caller has used, of the server's.
    allowance: Arc<Allowance>,
    /// Its share of the memory for unfinished calls and unread answers.
    pending: Share,
    place: Place,
}

impl Connection {
    pub(crate) fn new(
        shared: Arc<Shared>,
        options: ServerOptions,
        pending: &Arc<Budget>,
        local: SocketAddr,
        place: Place,
    ) -> Self {
        let address = place.peer.address.ip();
        Self {
            machine: Server::new(options),
            allowance: shared.fairness.of_address(address),
            pending: Share::new(pending),
            desk: Desk { group: None, callers: Callers::default(), anonymous: None, address, local, shared },
            place,
        }
    }

    /// Serves the connection until either end closes it.
    pub(crate) async fn run(self, mut reader: OwnedReadHalf) {
        let peer = Arc::clone(&self.place.peer);
        let span = debug_span!("connection", peer = %peer.address);
        let ended = self.serve(&mut reader, &peer.writer).instrument(span).await;
        debug!(peer = %peer.address, reason = ?ended.err().map(|error| error.to_string()), "disconnected");
    }

    async fn serve(mut self, reader: &mut OwnedReadHalf, writer: &OwnedWriteHalf) -> io::Result<()> {
        let shared = Arc::clone(&self.desk.shared);
        let fairness = &shared.fairness;
        let mut most = READ_LEN;
        loop {
            let (read, mut scratch) = poll_fn(|context| Scratch::poll_read(reader, most, context)).await?;
            match scratch.input.get(..read) {
                None | Some([]) => return Ok(()),
                Some(octets) => self.machine.receive(octets),
            }
            self.place.heard();
            loop {
                let mut lane = None;
                let held_back = fairness.holds_back(&self.allowance);
                most = if held_back { HELD_BACK_LEN } else { READ_LEN };
                if held_back && scratch.out.is_empty() {
                    scratch.put_back();
                    lane = fairness.admit().await;
                    scratch = Scratch::take();
                }
                let begun = Instant::now();
                let turn = self.turn(&mut scratch, begun);
                let taken = write_now(writer, &scratch.out)?;
                fairness.spent(&self.allowance, begun.elapsed());
                drop(lane);
                self.write_rest(writer, scratch.out.get(taken..).unwrap_or_default()).await?;
                scratch.out.clear();
                match turn {
                    Turn::Full if held_back => {}
                    Turn::Full => tokio::task::yield_now().await,
                    Turn::Waits(leg, token) => {
                        let (leg, progress) = shared.step_apart(leg, token).await?;
                        self.authenticated(leg, progress, &mut scratch.out);
                    }
                    Turn::Long(asked) => {
                        let answered;
                        (self, scratch, answered) = self.answer_apart(asked, scratch).await?;
                        if let Err(error) = answered {
                            debug!(%error, "the association ends");
                            self.write_rest(writer, &scratch.out).await?;
                            return Ok(());
                        }
                    }
                    Turn::Idle => break,
                    Turn::Over => return Ok(()),
                }
            }
            scratch.put_back();
            self.keep_within_limits()?;
        }
    }

    /// Acts on what has been received, until it is used up, enough is waiting to be written, or others have waited enough.
    fn turn(&mut self, scratch: &mut Scratch, begun: Instant) -> Turn {
        loop {
            match self.next(scratch) {
                Ok(None) if scratch.out.len() < WRITE_LEN && begun.elapsed() < TURN => {}
                Ok(None) => return Turn::Full,
                Ok(Some(turn)) => return turn,
                Err(error) => {
                    debug!(%error, "the association ends");
                    return Turn::Over;
                }
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

    /// Answers a call in the back room, where the whole connection goes for that.
    async fn answer_apart(
        mut self,
        asked: Asked<'static>,
        mut scratch: Scratch,
    ) -> io::Result<(Self, Scratch, Result<(), ProtocolError>)> {
        let shared = Arc::clone(&self.desk.shared);
        let work = move || {
            let begun = Instant::now();
            let Scratch { stub: answer, out, .. } = &mut scratch;
            let answered = self.desk.answer(&asked, Effort::Full, answer);
            let sent_away = self.desk.sends_away(&asked);
            let replied = self.reply(asked.call, answered, sent_away, answer, out);
            self.desk.shared.fairness.spent(&self.allowance, begun.elapsed());
            (self, scratch, replied)
        };
        shared.back_room.run(work).await
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
    fn authenticated(&mut self, leg: Leg, progress: Result<Progress, SecurityError>, out: &mut Vec<u8>) {
        let id = leg.id;
        // Tokens come after a Bind, whose group exists or was refused, which ends the association.
        let Desk { callers, shared, address, group, .. } = &mut self.desk;
        if let Some(group) = group {
            callers.stepped(leg, &progress, shared, group, *address);
        }
        if let Some(sessions) = callers.sessions(id) {
            self.allowance = shared.fairness.of_user(sessions.slots().user());
            self.place.authenticated();
        }
        self.machine.authenticated(id, progress, out);
    }

    /// Writes what the socket did not take at once, as it takes it. What waits counts as held memory: who does not read
    /// must not fill ours.
    async fn write_rest(&mut self, writer: &OwnedWriteHalf, mut octets: &[u8]) -> io::Result<()> {
        while !octets.is_empty() {
            self.pending.set(self.machine.pending_octets() + octets.len()).map_err(|_| too_much())?;
            writer.writable().await?;
            octets = octets.get(write_now(writer, octets)?..).unwrap_or_default();
        }
        Ok(())
    }

    /// Ends a connection that holds more of unfinished calls than it may.
    fn keep_within_limits(&mut self) -> io::Result<()> {
        let pending = self.machine.pending_octets();
        if pending == 0 && self.machine.buffer().capacity() > KEPT_LEN {
            self.machine.release_buffers();
        }
        if pending > self.desk.shared.settings.limits.max_pending_octets || self.pending.set(pending).is_err() {
            return Err(too_much());
        }
        Ok(())
    }
}

/// Writes what the socket takes at once; how much that is.
fn write_now(writer: &OwnedWriteHalf, octets: &[u8]) -> io::Result<usize> {
    let mut taken = 0;
    while let Some(rest @ [_, ..]) = octets.get(taken..) {
        match writer.try_write(rest) {
            Ok(written) => taken += written,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    Ok(taken)
}

fn too_much() -> io::Error {
    io::Error::other("too many octets wait to be dealt with")
}
