//! One connection, one task: read what is there, answer it in place, write once, read again.
//!
//! ```text
//!   socket ──► Server::receive ──► poll ──► event ──► dispatch ──► respond ──► out ──► socket
//! ```
//!
//! Everything the connection owns goes with the task: its callers' sessions, its group, its place. If it was the last
//! one that held them, that is rundown. No code path has to remember to say so.

use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use nspi_proto::dcerpc::auth::{Progress, SecurityError};
use nspi_proto::dcerpc::{AssocGroupId, NakReason, ProtocolError, Server, ServerEvent, ServerOptions};
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tracing::{Instrument, debug, debug_span};

use crate::budget::{Budget, Share};
use crate::callers::{Callers, Leg};
use crate::ceilings::Place;
use crate::dispatch::{self, Call};
use crate::group::AssociationGroup;
use crate::interfaces;
use crate::sessions::UserSessions;
use crate::shared::Shared;
use crate::user::User;

/// Octets read at a time.
const READ_LEN: usize = 64 << 10;

/// Octets of answers that wait to be written before more calls are answered: who does not read gets no more.
const WRITE_LEN: usize = 256 << 10;

/// A receive buffer larger than this is given back when it is empty.
const KEPT_LEN: usize = 16 << 10;

/// Buffers that a turn needs and that nobody needs between turns: one set for each thread, not for each connection.
struct Scratch {
    input: Box<[u8]>,
    stub: Vec<u8>,
    out: Vec<u8>,
}

thread_local! {
    static SCRATCH: Cell<Option<Scratch>> = const { Cell::new(None) };
}

impl Scratch {
    fn take() -> Self {
        let fresh = || Self { input: vec![0; READ_LEN].into(), stub: Vec::new(), out: Vec::new() };
        SCRATCH.take().unwrap_or_else(fresh)
    }

    /// Reads what is there into a set that is taken for it. While nothing is there, no connection holds one.
    fn poll_read(reader: &mut OwnedReadHalf, context: &mut Context<'_>) -> Poll<io::Result<(usize, Self)>> {
        let mut scratch = Self::take();
        let mut buffer = ReadBuf::new(&mut scratch.input);
        let read = Pin::new(reader).poll_read(context, &mut buffer);
        let length = buffer.filled().len();
        match read {
            Poll::Ready(Ok(())) => Poll::Ready(Ok((length, scratch))),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                scratch.put_back();
                Poll::Pending
            }
        }
    }

    fn put_back(mut self) {
        self.stub.clear();
        self.out.clear();
        self.stub.shrink_to(WRITE_LEN);
        self.out.shrink_to(WRITE_LEN);
        SCRATCH.set(Some(self));
    }
}

/// What a turn ended with.
enum Turn {
    /// Nothing more to do with the octets that came.
    Idle,
    /// There is more to do once what is in `out` has been written.
    Full,
    /// The same, and once this leg of a handshake was taken, which may wait for a file or a server.
    Waits(Leg, Vec<u8>),
    /// The connection is over once what is in `out` has been written.
    Over,
}

pub(crate) struct Connection {
    shared: Arc<Shared>,
    machine: Server,
    group: Option<Arc<AssociationGroup>>,
    callers: Callers,
    /// The sessions of callers who proved nothing, where such are allowed.
    anonymous: Option<Arc<UserSessions>>,
    /// Its share of the memory for unfinished calls and unread answers.
    pending: Share,
    local: SocketAddr,
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
        Self {
            machine: Server::new(options),
            group: None,
            callers: Callers::default(),
            anonymous: None,
            pending: Share::new(pending),
            shared,
            local,
            place,
        }
    }

    /// Serves the connection until either end closes it.
    pub(crate) async fn run(mut self, mut reader: OwnedReadHalf) {
        let peer = Arc::clone(&self.place.peer);
        let span = debug_span!("connection", peer = %peer.address);
        let ended = self.serve(&mut reader, &peer.writer).instrument(span).await;
        debug!(peer = %peer.address, reason = ?ended.err().map(|error| error.to_string()), "disconnected");
    }

    async fn serve(&mut self, reader: &mut OwnedReadHalf, writer: &OwnedWriteHalf) -> io::Result<()> {
        loop {
            let (read, mut scratch) = poll_fn(|context| Scratch::poll_read(reader, context)).await?;
            match scratch.input.get(..read) {
                None | Some([]) => return Ok(()),
                Some(octets) => self.machine.receive(octets),
            }
            self.place.heard();
            loop {
                let turn = self.turn(&mut scratch);
                self.write_all(writer, &scratch.out).await?;
                scratch.out.clear();
                match turn {
                    Turn::Full => {}
                    Turn::Waits(leg, token) => {
                        let (leg, progress) = self.shared.step_apart(leg, token).await?;
                        self.authenticated(leg, progress, &mut scratch.out);
                    }
                    Turn::Idle => break,
                    Turn::Over => return Ok(()),
                }
            }
            scratch.put_back();
            self.keep_within_limits()?;
        }
    }

    /// Acts on what has been received, until it is used up or enough is waiting to be written.
    fn turn(&mut self, scratch: &mut Scratch) -> Turn {
        loop {
            match self.next(scratch) {
                Ok(None) if scratch.out.len() < WRITE_LEN => {}
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
                self.group = match group {
                    None => Some(self.shared.groups.create()),
                    Some(AssocGroupId(id)) => self.shared.groups.join(id),
                };
                let joined = self.group.as_ref().map(|group| AssocGroupId(group.id()));
                self.machine.join(joined.ok_or(NakReason::NOT_SPECIFIED), out);
            }
            ServerEvent::Authenticate { id, mechanism, token, .. } => {
                let address = self.place.peer.address.ip();
                match self.callers.handshake(id, mechanism, &self.shared, address) {
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
                self.shared.counters.called();
                if caller.is_none() && self.anonymous.is_none() && self.shared.admits_anonymous() {
                    let user = User::anonymous(self.place.peer.address.ip());
                    self.anonymous = Some(self.shared.groups.sessions_apart(user));
                }
                let sessions = match caller {
                    Some(id) => self.callers.sessions(id),
                    None => self.anonymous.as_deref(),
                };
                let here = match self.local.ip().to_canonical() {
                    IpAddr::V4(here) => here,
                    IpAddr::V6(_) => Ipv4Addr::UNSPECIFIED,
                };
                // Who logged on as nobody may ask for anything but NSPI, and is sent away for that.
                let sent_away = interface == interfaces::NSPI && caller.is_some() && sessions.is_none();
                answer.clear();
                let asked =
                    Call { interface, opnum, stub, syntax, level, sessions, group: self.group.as_deref(), here };
                match dispatch::answer(&self.shared, asked, answer) {
                    Ok(()) => self.machine.respond(call, answer, out)?,
                    Err(status) => {
                        self.machine.fault(call, status, out);
                        if sent_away {
                            return Err(ProtocolError::Faulted { call, status });
                        }
                    }
                }
            }
            // Calls are answered before the next octet is looked at, so there is nothing to cancel.
            ServerEvent::Cancelled { .. } | ServerEvent::Orphaned { .. } => {}
        }
        Ok(None)
    }

    /// A leg of a handshake was taken: remembers who was proved, and answers.
    fn authenticated(&mut self, leg: Leg, progress: Result<Progress, SecurityError>, out: &mut Vec<u8>) {
        let id = leg.id;
        // Tokens come after a Bind, whose group exists or was refused, which ends the association.
        if let Some(group) = &self.group {
            self.callers.stepped(leg, &progress, &self.shared, group, self.place.peer.address.ip());
        }
        if self.callers.sessions(id).is_some() {
            self.place.authenticated();
        }
        self.machine.authenticated(id, progress, out);
    }

    /// Writes everything: at once if the socket takes it, else as it takes it. What waits counts as held memory: who does
    /// not read must not fill ours.
    async fn write_all(&mut self, writer: &OwnedWriteHalf, mut octets: &[u8]) -> io::Result<()> {
        while !octets.is_empty() {
            match writer.try_write(octets) {
                Ok(written) => octets = octets.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.pending.set(self.machine.pending_octets() + octets.len()).map_err(|_| too_much())?;
                    writer.writable().await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Ends a connection that holds more of unfinished calls than it may.
    fn keep_within_limits(&mut self) -> io::Result<()> {
        let pending = self.machine.pending_octets();
        if pending == 0 && self.machine.buffer().capacity() > KEPT_LEN {
            self.machine.release_buffers();
        }
        if pending > self.shared.settings.limits.max_pending_octets || self.pending.set(pending).is_err() {
            return Err(too_much());
        }
        Ok(())
    }
}

fn too_much() -> io::Error {
    io::Error::other("too many octets wait to be dealt with")
}
