//! One connection, one task: read what is there, answer it in place, write once, read again.
//!
//! ```text
//!   socket ──► its turn, where the octets came ──► socket
//!         └──► or in the lane, if the caller is beyond its share of the time (fairness.rs) and a whole PDU has come
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
use crate::scratch::{READ_LEN, Scratch};
use crate::shared::Shared;
use crate::turn::Turn;

/// How long a connection stays in the lane at a time. Short, since systems let a thread that has just begun go on for a
/// while, whoever has come meanwhile.
const VISIT: Duration = Duration::from_micros(100);

/// Octets at most that are read where they came if their turn is in the lane.
const GLANCE: usize = 256;

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

/// There is something to do.
struct Ready {
    begun: Instant,
    scratch: Scratch,
    /// How much was read, if anything; no octets are the end.
    read: Option<usize>,
    /// It is to be done in the lane.
    held_back: bool,
}

impl Connection {
    /// In a box, since it goes from thread to thread, and each place on the way would be as large otherwise.
    pub(crate) fn new(
        shared: Arc<Shared>,
        options: Arc<ServerOptions>,
        pending: &Arc<Budget>,
        usage: Usage,
        local: SocketAddr,
        (reader, place): (OwnedReadHalf, Place),
    ) -> Box<Self> {
        let address = place.peer.address.ip();
        Box::new(Self {
            machine: Server::new(options),
            desk: Desk { group: None, callers: Callers::default(), anonymous: None, address, local, shared },
            usage,
            place,
            pending: Share::new(pending),
            reader,
            outbox: Outbox::default(),
            more: false,
        })
    }

    /// Serves the connection until either end closes it.
    pub(crate) async fn run(self: Box<Self>) {
        let peer = self.place.peer.address;
        let ended = self.serve().instrument(debug_span!("connection", %peer)).await;
        debug!(%peer, reason = ?ended.err().map(|error| error.to_string()), "disconnected");
    }

    async fn serve(mut self: Box<Self>) -> io::Result<()> {
        let shared = Arc::clone(&self.desk.shared);
        let mut resumed = Instant::now();
        loop {
            let Ready { begun, mut scratch, read, held_back } = self.ready(&mut resumed).await?;
            let mut turn = if !held_back {
                let turn = self.act(&mut scratch, read, begun)?;
                scratch.put_back();
                turn
            } else if self.glance(scratch, read, begun)? {
                let Some(visited) = shared.lane.run(move || self.visit()).await?? else { return Ok(()) };
                resumed = Instant::now();
                self = visited.0;
                visited.1
            } else {
                Turn::Idle
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
    async fn send_all(mut self: Box<Self>) -> io::Result<()> {
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
            let begun = Instant::now();
            let held_back = fairness.holds_back(usage, begun);
            return Ok(Ready { begun, scratch: Scratch::take(), read: None, held_back });
        }
        let mut waited = false;
        poll_fn(|context| {
            let Poll::Ready(octets) = reader.as_ref().poll_read_ready(context) else {
                waited = true;
                return Poll::Pending;
            };
            octets?;
            let begun = Instant::now();
            if waited {
                *resumed = begun;
            }
            let held_back = fairness.holds_back(usage, begun);
            let most = if held_back { GLANCE } else { READ_LEN };
            let (read, scratch) = ready!(Scratch::poll_read(reader, most, context))?;
            Poll::Ready(Ok(Ready { begun, scratch, read: Some(read), held_back }))
        })
        .await
    }

    /// Sends what waits, acts on what was read, and sends the answers.
    fn act(&mut self, scratch: &mut Scratch, read: Option<usize>, begun: Instant) -> io::Result<Turn> {
        match read.map(|read| scratch.input.get(..read).unwrap_or_default()) {
            Some([]) => return Ok(Turn::Over),
            Some(octets) => self.take(octets),
            None => {}
        }
        self.outbox.send(&mut scratch.out, &self.place.peer.writer)?;
        let turn = if self.outbox.is_empty() { self.turn(scratch, begun, TURN) } else { Turn::Full };
        self.more = !matches!(turn, Turn::Idle);
        self.finish(&mut scratch.out, begun)?;
        Ok(turn)
    }

    /// Takes the few octets that were read of a connection that is held back. Whether there is something to do in the lane;
    /// to go there for less than a PDU would keep this thread longer than to take it.
    fn glance(&mut self, mut scratch: Scratch, read: Option<usize>, begun: Instant) -> io::Result<bool> {
        if let Some(read @ 1..) = read {
            self.take(scratch.input.get(..read).unwrap_or_default());
            self.more = read == GLANCE || self.machine.has_pdu();
            if !self.more {
                self.finish(&mut scratch.out, begun)?;
            }
        }
        scratch.put_back();
        // What waits to be sent, and the end, are dealt with there, too.
        Ok(self.more || !matches!(read, Some(1..)))
    }

    fn take(&mut self, octets: &[u8]) {
        self.machine.receive(octets);
        self.place.heard();
    }

    /// In the lane: turn after turn, until there is nothing to do, or it is somebody else's. `None`: it was the last, and
    /// all that the connection had has been given back.
    fn visit(mut self: Box<Self>) -> io::Result<Option<(Box<Self>, Turn)>> {
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
    fn answer_apart(mut self: Box<Self>, asked: &Asked<'_>) -> io::Result<(Box<Self>, Turn)> {
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

    use nspi_proto::dcerpc::{Client, ClientOptions, ContextElement, ContextId, PduType, TransferSyntaxId};
    use nspi_proto::nspi::interface;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;
    use crate::ServerHandle;
    use crate::config::Settings;

    async fn session(address: SocketAddr, user: &str, password: &str) -> (Connection, Session) {
        let options = ConnectOptions::new().credentials(Credentials::ntlm("ACME", user, password));
        let connection = Connection::open(address, options).await.unwrap();
        let session = connection.bind(Stat::default()).await.unwrap();
        (connection, session)
    }

    async fn serve() -> (SocketAddr, ServerHandle, Arc<Shared>) {
        let mut settings = Settings::default();
        settings.listen.value = SocketAddr::from(([127, 0, 0, 1], 0));
        settings.endpoint_mapper.value = None;
        let server = crate::Server::listen(settings).await.unwrap();
        let found = (server.local_addr(), server.handle(), server.shared());
        tokio::spawn(server.serve_until(std::future::pending()));
        found
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn less_than_a_pdu_of_who_is_held_back_is_taken_where_it_came() {
        let (address, _, shared) = serve().await;
        let mut greedy = shared.fairness.of_address(address.ip());
        let modest = shared.fairness.of_address([192, 0, 2, 1].into());
        let mut bind = Vec::new();
        let transfer_syntaxes = vec![TransferSyntaxId::NDR20];
        let context = ContextElement { id: ContextId(0), interface: interface::INTERFACE, transfer_syntaxes };
        Client::new(ClientOptions::default()).bind(None, vec![context], None, &mut bind).unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        for (sent, octet) in bind.iter().enumerate() {
            let now = Instant::now();
            shared.fairness.spent(&mut greedy, now - Duration::from_secs(1), now);
            assert!(!shared.fairness.holds_back(&modest, now) && shared.fairness.holds_back(&greedy, now));
            assert!(!shared.lane.is_open(), "after {sent} octets");
            stream.write_all(&[*octet]).await.unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let mut header = [0; 16];
        stream.read_exact(&mut header).await.unwrap();
        assert_eq!(header[2], PduType::BindAck as u8);
        assert!(shared.lane.is_open());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_asks_for_much_beside_others_is_answered_in_the_lane_and_runs_down_there() {
        let (address, handle, shared) = serve().await;
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
