//! The handle of a connection: opening, calling, closing.

use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};

use nspi_proto::dcerpc::AssocGroupId;
use nspi_proto::ndr::AnyOrder;
use nspi_proto::nspi::{Answer, Call, FlatUid, NspiBindRequest, ReadStub, Stat, interface};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::association::Association;
use crate::calls::Keep;
use crate::census::Held;
use crate::driver::{Command, Driver};
use crate::endpoint;
use crate::error::{Error, Waiting};
use crate::options::ConnectOptions;
use crate::peer::Peer;
use crate::refusal::NotAuthenticated;
use crate::session::Session;

/// One association with one server. Cheap to clone; all clones are the same connection.
///
/// Several calls may be under way at a time: call from as many tasks as you like. A call whose future is dropped is
/// abandoned, and nothing else: its answer is thrown away when it comes. The connection is closed when its last handle
/// goes, sessions included; [`close`](Self::close) does it now, and says when it is done.
///
/// A connection that was lost stays lost ([`is_closed`](Self::is_closed)), and so do its sessions: open another.
#[derive(Clone)]
pub struct Connection {
    commands: UnboundedSender<Command>,
    peer: Arc<Peer>,
}

impl Connection {
    /// Connects to `server` (`HOST:PORT`, or a socket address), binds to NSPI and authenticates. Must be called within
    /// a tokio runtime, on which the connection's driver is spawned.
    ///
    /// A wrong password does not show here with bare NTLM, whose last message has no answer: the first call tells
    /// ([`Error::NotAuthenticated`]). With [`Mechanism::Negotiate`](crate::Mechanism::Negotiate) it shows here.
    ///
    /// # Errors
    /// [`Error::Connect`], [`Error::Timeout`]; [`Error::BindRefused`] and [`Error::InterfaceRefused`]; those of the
    /// tiers below.
    pub async fn open<A: ToSocketAddrs + fmt::Display>(server: A, options: ConnectOptions) -> Result<Self, Error> {
        in_time(&options, async {
            let name = server.to_string();
            let stream = connect(server, &name).await?;
            Self::associate(stream, name, &options).await
        })
        .await
    }

    /// Asks the endpoint mapper of `host` where NSPI is served, and opens a connection to there. The mapper's port is
    /// 135, unless [`ConnectOptions::mapper_port`] says otherwise.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`Error::NoEndpoint`].
    pub async fn open_through_mapper(host: &str, options: ConnectOptions) -> Result<Self, Error> {
        in_time(&options, async {
            let port = endpoint::look_up(host, &options).await?;
            let name = authority(host, port);
            let stream = connect((host, port), &name).await?;
            Self::associate(stream, name, &options).await
        })
        .await
    }

    /// Opens a connection over any stream: one that is recorded, tunnelled, or in memory. `server` is its name in
    /// errors, and what sessions are counted by.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_over<S>(stream: S, server: &str, options: ConnectOptions) -> Result<Self, Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        in_time(&options, Self::associate(stream, server.to_owned(), &options)).await
    }

    async fn associate<S>(stream: S, server: String, options: &ConnectOptions) -> Result<Self, Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let opened = Association::open(stream, &server, interface::INTERFACE, options).await;
        let association = opened.map_err(|error| match error {
            // A fault where the handshake's answer was due: only mechanisms whose last leg is answered have it.
            Error::Fault(fault) => {
                let (server, user, level) = (server.clone(), options.caller(), options.level_in_force());
                Error::NotAuthenticated(Box::new(NotAuthenticated { server, user, level, fault }))
            }
            other => other,
        })?;
        let user = association.user.clone();
        let peer = Arc::new(Peer {
            held: Held::new(&server, user.as_deref().unwrap_or_default()),
            server,
            user,
            level: options.level_in_force(),
            group: association.group,
            syntax: association.syntax,
            call_timeout: options.call_timeout,
            ended: OnceLock::new(),
        });
        let (driver, commands) = Driver::new(association, Arc::clone(&peer));
        tokio::spawn(driver.run());
        Ok(Self::new(commands, peer))
    }

    pub(crate) fn new(commands: UnboundedSender<Command>, peer: Arc<Peer>) -> Self {
        Self { commands, peer }
    }

    /// [MS-NSPI 3.1.4.1] NspiBind: opens a session. The code page of `stat` is the one the session speaks.
    ///
    /// If this future is dropped, or the answer comes after the time-out, the session that may have come of it is
    /// unbound.
    ///
    /// # Errors
    /// [`Error::LogonFailed`] if the user has no right, *or* as many sessions as the server allows (KB949469);
    /// [`Error::NotAuthenticated`] if the password is wrong; [`Error::Status`] and the tiers below.
    pub async fn bind(&self, stat: Stat) -> Result<Session, Error> {
        let request = NspiBindRequest { stat, server_guid: Some(FlatUid::default()), ..Default::default() };
        let (reply, session) = oneshot::channel();
        self.post(Command::Bind { request, reply })?;
        self.receive(session).await
    }

    /// Any call, and a copy of its response. **The raw floor**: a session that is opened here, by an NspiBindRequest, is
    /// closed by an NspiUnbindRequest, or else by nobody.
    ///
    /// # Errors
    /// [`Error::Status`] or [`Error::LogonFailed`] if the operation says no, and the tiers below.
    pub async fn call<Q: Keep>(&self, request: Q) -> Result<Q::Kept, Error> {
        self.call_with(request, Q::keep).await
    }

    /// Any call; the response is lent to `then`, and nothing is copied but its octets.
    ///
    /// # Errors
    /// As [`call`](Self::call); `then` is not called then.
    pub async fn call_with<Q: Call, T>(&self, request: Q, then: impl FnOnce(Q::Response<'_>) -> T) -> Result<T, Error> {
        self.raw_call_with(request, |response| {
            self.peer.check(Q::OPERATION, response.status()).map(|()| then(response))
        })
        .await?
    }

    /// Any call; the response is lent to `then` whatever its status is.
    ///
    /// # Errors
    /// If there is no response: the tiers below [`Error::Status`].
    pub async fn raw_call_with<Q: Call, T>(
        &self,
        request: Q,
        then: impl FnOnce(Q::Response<'_>) -> T,
    ) -> Result<T, Error> {
        let operation = Q::OPERATION;
        let mut stub = Vec::new();
        let encoded = request.encode_stub(self.peer.syntax, &mut stub);
        encoded.map_err(|error| Error::Request { operation, error })?;
        let (reply, answered) = oneshot::channel();
        self.post(Command::Call { operation, stub, reply })?;
        let answered = self.receive(answered).await?;
        let response = Q::Response::decode_stub(&answered.stub, answered.syntax);
        Ok(then(response.map_err(|error| Error::Response { operation, error })?))
    }

    /// Closes the connection, for all its handles: calls that are queued or under way are still answered, new ones get
    /// [`Error::Closed`]. Sessions that are open then are left to the server, which closes them when the last
    /// connection of the association group has gone.
    ///
    /// # Errors
    /// If the connection was lost before.
    pub async fn close(self) -> Result<(), Error> {
        let (reply, closed) = oneshot::channel();
        if self.post(Command::Close { reply }).is_ok() {
            let _ = closed.await; // the driver has gone: that is closed, too
        }
        match self.peer.why_ended() {
            Error::Closed => Ok(()),
            lost => Err(lost),
        }
    }

    /// Whether nothing can be called any more: it was closed, or lost.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.commands.is_closed()
    }

    /// The association group, for [`ConnectOptions::group`].
    #[must_use]
    pub fn group(&self) -> AssocGroupId {
        self.peer.group
    }

    /// The server's name: what it was opened with.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.peer.server
    }

    /// As whom the server is spoken to; `None`: without credentials.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.peer.user.as_deref()
    }

    /// The encoding of requests that was agreed on.
    #[must_use]
    pub fn syntax(&self) -> AnyOrder {
        self.peer.syntax
    }

    /// Sessions that this connection holds: binds less unbinds, raw ones included.
    #[must_use]
    pub fn sessions(&self) -> u32 {
        self.peer.held.on_connection()
    }

    /// Sessions that this process holds at the same server as the same user, on all its connections.
    #[must_use]
    pub fn sessions_of_process(&self) -> u32 {
        self.peer.held.in_process()
    }

    pub(crate) fn post(&self, command: Command) -> Result<(), Error> {
        self.commands.send(command).map_err(|_| self.peer.why_ended())
    }

    pub(crate) async fn receive<T>(&self, answer: oneshot::Receiver<Result<T, Error>>) -> Result<T, Error> {
        answer.await.unwrap_or_else(|_| Err(self.peer.why_ended()))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("server", &self.peer.server)
            .field("user", &self.peer.user)
            .field("level", &self.peer.level)
            .field("sessions", &self.sessions())
            .finish_non_exhaustive()
    }
}

/// `HOST:PORT`, an IPv6 address in brackets.
pub(crate) fn authority(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// A TCP connection. Calls leave at once.
pub(crate) async fn connect(server: impl ToSocketAddrs, name: &str) -> Result<TcpStream, Error> {
    let failed = |source: io::Error| Error::Connect { server: name.to_owned(), source: Arc::new(source) };
    let stream = TcpStream::connect(server).await.map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    Ok(stream)
}

pub(crate) async fn in_time<T>(
    options: &ConnectOptions,
    opening: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let after = options.connect_timeout;
    timeout(after, opening).await.unwrap_or(Err(Error::Timeout { what: Waiting::Connect, after }))
}
