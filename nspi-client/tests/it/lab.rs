//! A real server on loopback, with the lab's accounts, for as long as the test's runtime lives.

use std::net::SocketAddr;
use std::time::Duration;

use nspi_client::{AuthLevel, ConnectOptions, Connection, Credentials};
use nspi_server::config::{CommandLine, EndpointMapper, Settings};
use nspi_server::{Server, ServerHandle};

pub(crate) struct Lab {
    pub(crate) address: SocketAddr,
    pub(crate) mapper: SocketAddr,
    pub(crate) handle: ServerHandle,
}

impl Lab {
    pub(crate) async fn start() -> Self {
        Self::with(CommandLine::default()).await
    }

    pub(crate) async fn with_cap(cap: u32) -> Self {
        Self::with(CommandLine { max_sessions_per_user: Some(cap), ..CommandLine::default() }).await
    }

    pub(crate) async fn with(command_line: CommandLine) -> Self {
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let (listen, endpoint_mapper) = (Some(any), Some(EndpointMapper(Some(any))));
        let settings = Settings::load(&CommandLine { listen, endpoint_mapper, ..command_line }).unwrap();
        let server = Server::listen(settings).await.unwrap();
        let (address, mapper, handle) = (server.local_addr(), server.endpoint_mapper_addr().unwrap(), server.handle());
        tokio::spawn(server.serve_until(std::future::pending()));
        Self { address, mapper, handle }
    }

    pub(crate) async fn connect(&self) -> Connection {
        Connection::open(self.address, alice()).await.unwrap()
    }

    /// Waits until the server counts so many sessions.
    pub(crate) async fn until_sessions(&self, sessions: u64) {
        let reached = async {
            while self.handle.sessions() != sessions {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), reached).await;
        assert!(waited.is_ok(), "{} sessions, not {sessions}", self.handle.sessions());
    }
}

pub(crate) fn alice() -> ConnectOptions {
    ConnectOptions::new().credentials(Credentials::ntlm("ACME", "alice", "Passw0rd!A"))
}

pub(crate) const LEVELS: [AuthLevel; 4] =
    [AuthLevel::Connect, AuthLevel::Packet, AuthLevel::Integrity, AuthLevel::Privacy];
