//! A server: two listening sockets, a task for each connection, and what a program that embeds it can ask.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use nspi_auth::{AccountList, Accounts};
use nspi_limiter::{Policy, SessionLimiter};
use nspi_proto::dcerpc::{Offer, ServerOptions};
use nspi_proto::nspi::FlatUid;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::{info, warn};
use zeroize::Zeroizing;

use crate::address_book::AddressBook;
use crate::book;
use crate::budget::Budget;
use crate::ceilings::Connections;
use crate::config::{EffectiveCap, LAB_ACCOUNTS, Limits, Settings};
use crate::connection::Connection;
use crate::error::ServerError;
use crate::events::EventLog;
use crate::group::Groups;
use crate::interfaces;
use crate::mechanisms::Mechanisms;
use crate::shared::{Shared, Totals};
use crate::user::User;

/// How long a server that ends waits for its connections to leave.
const FAREWELL: Duration = Duration::from_secs(5);

/// How long the server waits to accept again after the system refused to: it is out of descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Questions of TCP that may go unanswered before a connection is given up.
const PROBES: u32 = 4;

/// Octets that the system keeps of what one peer sends before it is read. Left to itself it would let each connection have
/// megabytes, and take long to throw them away.
const UNREAD: usize = 128 << 10;

/// Connections that the system queues before they are accepted.
const BACKLOG: u32 = 4096;

/// A server that listens. [`serve_until`](Server::serve_until) makes it answer.
pub struct Server {
    shared: Arc<Shared>,
    connections: Arc<Connections>,
    nspi: TcpListener,
    mapper: Option<TcpListener>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("nspi", &self.nspi).field("mapper", &self.mapper).finish_non_exhaustive()
    }
}

impl Server {
    /// Listens, with the accounts and the address book that the settings name: or the lab's accounts and the built-in
    /// company.
    ///
    /// # Errors
    /// If a file cannot be read or is wrong, or an address cannot be listened on.
    pub async fn listen(settings: Settings) -> Result<Self, ServerError> {
        let accounts: AccountList = match &settings.accounts.value {
            None => LAB_ACCOUNTS.parse().map_err(|source| ServerError::Accounts { path: "lab".into(), source })?,
            Some(path) => {
                // The text holds passwords: it is wiped when they are hashed.
                let text = std::fs::read_to_string(path).map(Zeroizing::new);
                let text = text.map_err(|source| ServerError::File { path: path.clone(), source })?;
                text.parse().map_err(|source| ServerError::Accounts { path: path.clone(), source })?
            }
        };
        let book = book::open(&settings).await?;
        Self::listen_with(settings, accounts, book).await
    }

    /// Listens, with accounts and an address book of the caller's own; those that the settings name are not read.
    ///
    /// # Errors
    /// If the keytab or the event log cannot be opened, or an address cannot be listened on.
    pub async fn listen_with(
        settings: Settings,
        accounts: impl Accounts + 'static,
        book: impl AddressBook + 'static,
    ) -> Result<Self, ServerError> {
        let listen = |address| listen(address, &settings.limits);
        let nspi = listen(settings.listen.value)?;
        let mapper = settings.endpoint_mapper.value.map(listen).transpose()?;
        let at = |listener: &TcpListener, address| listener.local_addr().unwrap_or(address);
        let nspi_at = at(&nspi, settings.listen.value);
        let mapper_at = mapper.as_ref().map(|mapper| at(mapper, nspi_at));
        let mechanisms = Mechanisms::new(&settings, accounts)?;
        let endpoints = interfaces::endpoint_map(nspi_at, mapper_at)?;
        let shared = Arc::new(Shared::new(settings, mechanisms, Arc::new(book), endpoints)?);
        Ok(Self { shared, connections: Connections::new(), nspi, mapper })
    }

    /// Where NSPI is served: the port too, if 0 was asked for.
    ///
    /// # Panics
    /// If the system does not know the address of a socket that listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.nspi.local_addr().expect("a listening socket has an address")
    }

    /// Where the endpoint mapper answers, if it does.
    #[must_use]
    pub fn endpoint_mapper_addr(&self) -> Option<SocketAddr> {
        self.mapper.as_ref().and_then(|mapper| mapper.local_addr().ok())
    }

    /// What can be asked and changed while the server runs.
    #[must_use]
    pub fn handle(&self) -> ServerHandle {
        ServerHandle { shared: Arc::clone(&self.shared), connections: Arc::clone(&self.connections) }
    }

    #[cfg(test)]
    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Serves until `end` is ready, then ends all connections, and with them all sessions.
    pub async fn serve_until(self, end: impl Future<Output = ()>) {
        let limits = self.shared.settings.limits.clone();
        let pending = Budget::new(limits.max_pending_octets_total);
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&self.connections).sweep(limits));
        for (listener, offers) in [(Some(self.nspi), interfaces::of_nspi()), (self.mapper, interfaces::of_mapper())] {
            let Some(listener) = listener else { continue };
            let endpoint = Endpoint {
                options: Arc::new(options(&self.shared, offers, &listener)),
                shared: Arc::clone(&self.shared),
                connections: Arc::clone(&self.connections),
                pending: Arc::clone(&pending),
                listener,
            };
            tasks.spawn(endpoint.accept());
        }
        end.await;
        tasks.shutdown().await;
        self.connections.end_all();
        let gone = async {
            while self.connections.len() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(FAREWELL, gone).await.is_err() {
            warn!(connections = self.connections.len(), "connections are still open");
        }
    }
}

fn listen(address: SocketAddr, limits: &Limits) -> Result<TcpListener, ServerError> {
    let listen = || {
        let socket = if address.is_ipv4() { tokio::net::TcpSocket::new_v4() } else { tokio::net::TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        prepare(&SockRef::from(&socket), limits.keep_alive())?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|source| ServerError::Listen { address, source })
}

/// What each connection has from the socket that it was accepted on. Answers leave at once. A peer that went without a word
/// is noticed after twice the time of silence: by keep-alive if nothing is under way, and by the user time-out if it owes us
/// the receipt of an answer, when TCP sends no probes.
fn prepare(socket: &SockRef<'_>, keep_alive: Duration) -> io::Result<()> {
    // The system counts in whole seconds, and refuses 0.
    let between = (keep_alive / PROBES).max(Duration::from_secs(1));
    let probes = TcpKeepalive::new().with_time(keep_alive).with_interval(between).with_retries(PROBES);
    socket.set_recv_buffer_size(UNREAD)?;
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_keepalive(&probes)?;
    socket.set_tcp_user_timeout(Some(keep_alive + between * PROBES))
}

fn options(shared: &Shared, offers: Vec<Offer>, listener: &TcpListener) -> ServerOptions {
    let port = listener.local_addr().map_or(0, |address| address.port());
    let settings = &shared.settings;
    ServerOptions {
        offers,
        mechanisms: shared.mechanisms(),
        secondary_address: port.to_string().into_bytes(),
        max_stub: settings.limits.max_request_octets,
        max_contexts: settings.limits.max_contexts,
        max_security_contexts: settings.limits.max_security_contexts,
        max_calls: settings.limits.max_calls,
        ..ServerOptions::default()
    }
}

/// A listening socket, and what its connections are given.
struct Endpoint {
    listener: TcpListener,
    options: Arc<ServerOptions>,
    shared: Arc<Shared>,
    connections: Arc<Connections>,
    pending: Arc<Budget>,
}

impl Endpoint {
    async fn accept(self) {
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => self.take_in(stream, address),
                Err(error) => {
                    warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
            // Who waits for an answer comes before the next who wants to connect.
            tokio::task::yield_now().await;
        }
    }

    fn take_in(&self, stream: TcpStream, address: SocketAddr) {
        let (begun, fairness) = (Instant::now(), &self.shared.fairness);
        let mut usage = fairness.of_address(address.ip());
        let Ok(local) = stream.local_addr() else { return };
        let admitted = self.connections.admit(stream, address, &self.shared.settings.limits);
        fairness.spent(&mut usage, begun, Instant::now()); // to connect takes time, too
        if let Some(admitted) = admitted {
            let (shared, options) = (Arc::clone(&self.shared), Arc::clone(&self.options));
            tokio::spawn(Connection::new(shared, options, &self.pending, usage, local, admitted).run());
        }
    }
}

/// A running server, to ask and to change. Cheap to clone.
#[derive(Clone)]
pub struct ServerHandle {
    shared: Arc<Shared>,
    connections: Arc<Connections>,
}

impl std::fmt::Debug for ServerHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerHandle").field("totals", &self.totals()).finish_non_exhaustive()
    }
}

impl ServerHandle {
    /// The users who hold sessions, as `DOMAIN\user`, and how many each holds.
    #[must_use]
    pub fn sessions_by_user(&self) -> Vec<(String, u32)> {
        let counts = self.shared.limiter.snapshot().into_iter().filter(|(_, sessions)| *sessions > 0);
        counts.map(|(user, sessions)| (user.name().to_owned(), sessions)).collect()
    }

    /// Sessions open, of all users.
    #[must_use]
    pub fn sessions(&self) -> u64 {
        self.shared.limiter.snapshot().iter().map(|(_, sessions)| u64::from(*sessions)).sum()
    }

    /// Octets of memory that the tables of sessions take: what `session-memory-octets` limits.
    #[must_use]
    pub fn session_octets(&self) -> usize {
        self.shared.groups.session_octets()
    }

    /// Connections open.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// Association groups alive.
    #[must_use]
    pub fn association_groups(&self) -> usize {
        self.shared.groups.len()
    }

    /// What the server has done since it started.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.shared.counters.read()
    }

    /// Reads the registry file again, if there is one: the cap, and whether event 2820 is logged. A lowered cap refuses
    /// new sessions and ends none. Windows reads its registry only when AD DS starts.
    ///
    /// # Errors
    /// If the file cannot be read or is no registry file; nothing changes then.
    pub fn reread_registry(&self) -> Result<EffectiveCap, ServerError> {
        let Some(file) = &self.shared.settings.registry.value else {
            warn!("no registry file is set: there is nothing to read again");
            return Ok(self.shared.settings.effective_cap());
        };
        let settings = self.shared.settings.reread_registry()?;
        settings.warnings().iter().for_each(|warning| warn!("{warning}"));
        self.shared.apply(&settings)?;
        info!(file = %file.display(), cap = %settings.effective_cap(), "the registry file was read again");
        Ok(settings.effective_cap())
    }
}

/// The policy of a cap.
pub(crate) fn policy(cap: Option<u32>) -> Policy<User> {
    Policy { default_cap: cap, ..Policy::default() }
}

impl Shared {
    fn new(
        settings: Settings,
        mechanisms: Mechanisms,
        book: Arc<dyn AddressBook>,
        endpoints: nspi_proto::epm::EndpointMap,
    ) -> Result<Self, ServerError> {
        let limiter = SessionLimiter::new(policy(settings.effective_cap().max_sessions_per_user));
        let groups = Groups::new(limiter.clone(), Budget::new(settings.limits.session_memory_octets));
        let guid = FlatUid(settings.server_guid.map_or_else(rand::random, |guid| guid.to_bytes_le()));
        let shared = Self::with(settings, mechanisms, book, limiter, groups, guid, endpoints);
        shared.apply(&shared.settings)?;
        Ok(shared)
    }

    /// Takes over what the registry file says.
    fn apply(&self, settings: &Settings) -> Result<(), ServerError> {
        let events = if settings.logs_refusals() { Some(Arc::new(event_log(settings)?)) } else { None };
        *self.events.write() = events;
        self.limiter.set_policy(policy(settings.effective_cap().max_sessions_per_user));
        Ok(())
    }
}

fn event_log(settings: &Settings) -> Result<EventLog, ServerError> {
    let log = EventLog::new(&settings.dns_computer());
    match &settings.event_log.value {
        None => Ok(log),
        Some(path) => log
            .with_file(path, settings.limits.max_event_log_octets)
            .map_err(|source| ServerError::File { path: path.clone(), source }),
    }
}
