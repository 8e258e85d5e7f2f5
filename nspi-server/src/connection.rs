//! One connection, one task: read what is there, answer it in place, write once, read again.
//!
//! ```text
//!   socket ──► its turn, where the octets came ──► socket
//!         └──► or in the lane, if the caller is beyond its share of the time (fairness.rs)
//!                └──► or in the back room, a call that takes long
//! ```
//!
//! Everything the connection owns goes with it: its callers' sessions, its group, its place. If it was the last one that
//! held them, that is rundown. No code path has to remember to say so.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::Duration;

use nspi_proto::dcerpc::{Server, ServerOptions};
use tokio::net::tcp::OwnedReadHalf;
use tokio::task::yield_now;
use tokio::time::Instant;
use tracing::{Instrument, debug, debug_span};

use crate::budget::{Budget, Share};
use crate::callers::Callers;
use crate::ceilings::Place;
use crate::desk::{Asked, Desk};
use crate::fairness::{TURN, Usage};
use crate::outbox::Outbox;
use crate::scratch::Scratch;
use crate::shared::Shared;
use crate::turn::Turn;

/// How long a connection stays in the lane at a time. Short, since systems let a thread that has just begun go on for a
/// while, whoever has come meanwhile.
const VISIT: Duration = Duration::from_micros(100);

/// A receive buffer larger than this is given back when it is empty.
const KEPT_LEN: usize = 16 << 10;

pub(crate) struct Connection {
    pub(crate) machine: Server,
    /// Everything that an answer depends on beside the machine.
    pub(crate) desk: Desk,
    /// Whose time it uses.
    pub(crate) usage: Usage,
    pub(crate) place: Place,
    /// Its share of the memory for unfinished calls and unread answers.
    pending: Share,
    reader: OwnedReadHalf,
    outbox: Outbox,
    /// There is more to do with the octets that came.
    more: bool,
}

/// Whose turn it is, and since when.
enum Ready {
    /// The connection's, where it is. What was read, if anything; no octets are the end.
    Here(Instant, Scratch, Option<usize>),
    /// The lane's.
    Apart,
}

impl Connection {
    pub(crate) fn new(
        shared: Arc<Shared>,
        options: Arc<ServerOptions>,
        pending: &Arc<Budget>,
        usage: Usage,
        local: SocketAddr,
        (reader, place): (OwnedReadHalf, Place),
    ) -> Self {
        let address = place.peer.address.ip();
        Self {
            machine: Server::new(options),
            desk: Desk { group: None, callers: Callers::default(), anonymous: None, address, local, shared },
            usage,
            place,
            pending: Share::new(pending),
            reader,
            outbox: Outbox::default(),
            more: false,
        }
    }

    /// Serves the connection until either end closes it.
    pub(crate) async fn run(self) {
        let peer = self.place.peer.address;
        let ended = self.serve().instrument(debug_span!("connection", %peer)).await;
        debug!(%peer, reason = ?ended.err().map(|error| error.to_string()), "disconnected");
    }

    async fn serve(mut self) -> io::Result<()> {
        let shared = Arc::clone(&self.desk.shared);
        let mut resumed = Instant::now();
        loop {
            let mut turn = match self.ready(&mut resumed).await? {
                Ready::Here(begun, mut scratch, read) => {
                    let turn = self.act(&mut scratch, read, begun)?;
                    scratch.put_back();
                    turn
                }
                Ready::Apart => {
                    let Some(visited) = shared.lane.run(move || self.visit()).await?? else { return Ok(()) };
                    resumed = Instant::now();
                    self = visited.0;
                    visited.1
                }
            };
            if let Turn::Long(asked) = turn {
                (self, turn) = shared.back_room.run(move || self.answer_apart(&asked)).await??;
            }
            match turn {
                Turn::Idle | Turn::Full | Turn::Long(_) => {}
                Turn::Waits(leg, token) => {
                    let (leg, progress) = shared.step_apart(leg, token).await?;
                    let mut out = Vec::new();
                    self.authenticated(leg, progress, &mut out);
                    self.outbox.send(&mut out, &self.place.peer.writer)?;
                }
                Turn::Over => return self.send_all().await,
            }
            if resumed.elapsed() >= TURN {
                yield_now().await;
                resumed = Instant::now();
            }
        }
    }

    /// Sends what waits, as the socket takes it.
    async fn send_all(mut self) -> io::Result<()> {
        while !self.outbox.is_empty() {
            self.place.peer.writer.writable().await?;
            self.outbox.send(&mut Vec::new(), &self.place.peer.writer)?;
        }
        Ok(())
    }

    /// Waits until there is something to do: room for what is to be sent, or octets to be read. Who has to wait for it
    /// begins anew then.
    async fn ready(&mut self, resumed: &mut Instant) -> io::Result<Ready> {
        let Self { reader, place, usage, desk, outbox, more, .. } = self;
        let fairness = &desk.shared.fairness;
        if !outbox.is_empty() {
            place.peer.writer.writable().await?;
        }
        if *more || !outbox.is_empty() {
            let now = Instant::now();
            let held_back = fairness.holds_back(usage, now);
            return Ok(if held_back { Ready::Apart } else { Ready::Here(now, Scratch::take(), None) });
        }
        let mut waited = false;
        poll_fn(|context| {
            let Poll::Ready(octets) = reader.as_ref().poll_read_ready(context) else {
                waited = true;
                return Poll::Pending;
            };
            octets?;
            let now = Instant::now();
            if waited {
                *resumed = now;
            }
            if fairness.holds_back(usage, now) {
                return Poll::Ready(Ok(Ready::Apart));
            }
            let (read, scratch) = ready!(Scratch::poll_read(reader, context))?;
            Poll::Ready(Ok(Ready::Here(now, scratch, Some(read))))
        })
        .await
    }

    /// Sends what waits, acts on what was read, and sends the answers.
    fn act(&mut self, scratch: &mut Scratch, read: Option<usize>, begun: Instant) -> io::Result<Turn> {
        match read.map(|read| scratch.input.get(..read).unwrap_or_default()) {
            Some([]) => return Ok(Turn::Over),
            Some(octets) => {
                self.machine.receive(octets);
                self.place.heard();
            }
            None => {}
        }
        self.outbox.send(&mut scratch.out, &self.place.peer.writer)?;
        let turn = if self.outbox.is_empty() { self.turn(scratch, begun, TURN) } else { Turn::Full };
        self.more = !matches!(turn, Turn::Idle);
        self.finish(&mut scratch.out, begun)?;
        Ok(turn)
    }

    /// In the lane: turn after turn, until there is nothing to do, or it is somebody else's. `None`: it was the last, and
    /// all that the connection had has been given back.
    fn visit(mut self) -> io::Result<Option<(Self, Turn)>> {
        let (entered, mut scratch) = (Instant::now(), Scratch::take());
        let turn = loop {
            let begun = Instant::now();
            let read = match self.more || !self.outbox.is_empty() {
                true => None,
                false => match self.reader.try_read(&mut scratch.input) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Turn::Idle,
                    read => Some(read?),
                },
            };
            let turn = self.act(&mut scratch, read, begun)?;
            let go_on = matches!(turn, Turn::Idle | Turn::Full) && self.outbox.is_empty();
            if !go_on || entered.elapsed() >= VISIT {
                break turn;
            }
        };
        scratch.put_back();
        let gone = matches!(turn, Turn::Over) && self.outbox.is_empty();
        Ok((!gone).then_some((self, turn)))
    }

    /// In the back room: answers a call that takes long.
    fn answer_apart(mut self, asked: &Asked<'_>) -> io::Result<(Self, Turn)> {
        let (begun, mut scratch) = (Instant::now(), Scratch::take());
        let turn = self.answer_long(asked, &mut scratch);
        self.finish(&mut scratch.out, begun)?;
        scratch.put_back();
        Ok((self, turn))
    }

    /// The end of a turn: sends, counts the time, and ends a connection that holds more of unfinished calls, or of answers
    /// that it does not read, than it may.
    fn finish(&mut self, out: &mut Vec<u8>, begun: Instant) -> io::Result<()> {
        self.outbox.send(out, &self.place.peer.writer)?;
        self.desk.shared.fairness.spent(&mut self.usage, begun, Instant::now());
        let unread = self.machine.pending_octets();
        if unread == 0 && self.machine.buffer().capacity() > KEPT_LEN {
            self.machine.release_buffers();
        }
        let too_much = || io::Error::other("too many octets wait to be dealt with");
        if unread > self.desk.shared.settings.limits.max_pending_octets {
            return Err(too_much());
        }
        self.pending.set(unread + self.outbox.len()).map_err(|_| too_much())
    }
}

#[cfg(test)]
mod tests {
    use nspi_client::{ConnectOptions, Connection, Credentials, Session, Stat};

    use super::*;
    use crate::config::Settings;

    async fn session(address: SocketAddr, user: &str, password: &str) -> (Connection, Session) {
        let options = ConnectOptions::new().credentials(Credentials::ntlm("ACME", user, password));
        let connection = Connection::open(address, options).await.unwrap();
        let session = connection.bind(Stat::default()).await.unwrap();
        (connection, session)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_asks_for_much_beside_others_is_answered_in_the_lane_and_runs_down_there() {
        let mut settings = Settings::default();
        settings.listen.value = SocketAddr::from(([127, 0, 0, 1], 0));
        settings.endpoint_mapper.value = None;
        let server = crate::Server::listen(settings).await.unwrap();
        let (address, handle, shared) = (server.local_addr(), server.handle(), server.shared());
        tokio::spawn(server.serve_until(std::future::pending()));

        let (_alice, modest) = session(address, "alice", "Passw0rd!A").await;
        let (bob, greedy) = session(address, "bob", "Passw0rd!B").await;
        tokio::spawn(async move {
            while modest.query_rows(Stat::default(), 1, &[]).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let page = async || greedy.query_rows(Stat::default(), 40, &[]).await.unwrap().rows.len();
        while !shared.lane.is_open() {
            assert_eq!(page().await, 40);
        }
        for _ in 0..50 {
            assert_eq!(page().await, 40);
        }
        assert_eq!(handle.sessions(), 2);
        drop((greedy, bob));
        while handle.sessions() > 1 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}
