//! A domain controller to learn on: in this process, on a free port, with the lab's accounts and the built-in company.

use std::error::Error;
use std::net::SocketAddr;

use nspi_auth::Credentials;
use nspi_client::{ConnectOptions, Connection};
use nspi_proto::dcerpc::auth::AuthLevel;
use nspi_server::config::Settings;
use nspi_server::{Server, ServerHandle};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A server that runs until it is closed.
#[derive(Debug)]
pub struct Lab {
    /// Where NSPI is served.
    pub address: SocketAddr,
    /// What the server counts.
    pub server: ServerHandle,
    end: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Lab {
    /// Starts a server with everything at its default: the cap is 50, as on Windows since 2008.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start() -> Result<Self, Box<dyn Error>> {
        Self::start_with(|_| {}).await
    }

    /// Starts a server with other settings. The port is free, and the least level is connect, so that a capture can be
    /// read, unless `change` says otherwise.
    ///
    /// # Errors
    /// If no port is free, or a file that the settings name is wrong.
    pub async fn start_with(change: impl FnOnce(&mut Settings)) -> Result<Self, Box<dyn Error>> {
        let mut settings = Settings::default();
        settings.listen.value = SocketAddr::from(([127, 0, 0, 1], 0));
        settings.endpoint_mapper.value = None;
        settings.min_auth_level.value = AuthLevel::Connect;
        change(&mut settings);
        let server = Server::listen(settings).await?;
        let (end, ended) = oneshot::channel::<()>();
        Ok(Self {
            address: server.local_addr(),
            server: server.handle(),
            end,
            task: tokio::spawn(server.serve_until(async { drop(ended.await) })),
        })
    }

    /// Connects as the lab's `alice` or `bob`, at level connect: everything but the password can be read in a capture.
    ///
    /// # Errors
    /// If the server is not there or refuses.
    pub async fn connect(&self, user: &str) -> Result<Connection, Box<dyn Error>> {
        Self::connect_to(self.address, user).await
    }

    /// The same, to another address: that of a recorder in between.
    ///
    /// # Errors
    /// If the server is not there or refuses.
    pub async fn connect_to(address: SocketAddr, user: &str) -> Result<Connection, Box<dyn Error>> {
        let password = if user == "bob" { "Passw0rd!B" } else { "Passw0rd!A" };
        let options = ConnectOptions::new().credentials(Credentials::ntlm("ACME", user, password));
        Ok(Connection::open(address, options.level(AuthLevel::Connect)).await?)
    }

    /// Ends the server, and all sessions with it.
    pub async fn close(self) {
        let _ = self.end.send(());
        let _ = self.task.await;
    }
}
