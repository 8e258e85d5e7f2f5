//! An NSPI client that binds, and always unbinds.
//!
//! ```text
//!   Connection ──┐ commands            ┌── stream: TCP, or any other
//!   Session ─────┼────────► driver ────┤
//!   Session ─────┘ ◄─────── (a task)   └── association machine of nspi-proto
//!                  answers
//! ```
//!
//! A [`Connection`] is one association with one server; a [`Session`] is what NspiBind opens on it. Domain controllers
//! count sessions by user and refuse the one after the fiftieth with MAPI_E_LOGON_FAILED (KB949469), so this client is
//! made in a way that sessions do not leak:
//!
//! 1. **[`Session::unbind`] is the way.** It consumes the session: nothing can be called on a closed one.
//!    ```compile_fail,E0382
//!    # async fn f(session: nspi_client::Session, stat: nspi_client::Stat) -> Result<(), nspi_client::Error> {
//!    session.unbind().await?;
//!    session.update_stat(stat).await?; // does not compile: value used after move
//!    # Ok(()) }
//!    ```
//! 2. **A session that is dropped unclosed is unbound all the same**, and a warning is logged. Drop posts NspiUnbind to
//!    the driver; it never blocks, spawns or panics.
//! 3. **A cancelled bind leaves nothing.** The driver makes the [`Session`] when the reply arrives. If nobody waits for
//!    it any more, it drops there, and rule 2 unbinds it.
//!
//! The raw floor, [`Connection::call`] with an NspiBindRequest, stays open: what leaks in careless programs leaks there.
//!
//! What people want of an address book is in [`directory`]: pages of a list, persons, the hierarchy. What octets mean that
//! somebody sent says [`explain`]. Each call may fail with an [`Error`], which tells what to do.
//!
//! | feature | |
//! |---|---|
//! | `cli` (default) | the program `nspi`, and what only it needs; a library does without, by `default-features = false` |
//! | `kerberos` | Kerberos by MIT's library; building it needs libkrb5-dev and libclang-dev |
//!
//! # Example
//! ```
//! use nspi_client::{ConnectOptions, Connection, Credentials, Stat};
//!
//! # async fn lesson(server: std::net::SocketAddr) -> Result<(), nspi_client::Error> {
//! let options = ConnectOptions::new().credentials(Credentials::ntlm("ACME", "alice", "Passw0rd!A"));
//! let connection = Connection::open(server, options).await?;
//! let session = connection.bind(Stat::default()).await?;
//! let found = session.query_rows(Stat::default(), 20, &[]).await?;
//! assert!(!found.rows.is_empty());
//! session.unbind().await?;
//! connection.close().await
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! # use nspi_server::{Server, config::{CommandLine, Settings}};
//! # let any = "127.0.0.1:0".parse().ok();
//! # let off = Some(nspi_server::config::EndpointMapper(None));
//! # let command_line = CommandLine { listen: any, endpoint_mapper: off, ..Default::default() };
//! # let server = Server::listen(Settings::load(&command_line)?).await?;
//! # let address = server.local_addr();
//! # tokio::spawn(server.serve_until(std::future::pending()));
//! # Ok(lesson(address).await?)
//! # }) }
//! ```
#![forbid(unsafe_code)]
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod association;
mod calls;
mod census;
mod connection;
pub mod directory;
mod driver;
mod endpoint;
mod error;
pub mod explain;
mod handshake;
mod operations;
mod options;
mod peer;
mod refusal;
mod session;

pub use calls::{Keep, MatchesBuf, NamesBuf, ResolvedBuf, RowsBuf, SessionCall, SortedBuf, SpecialTableBuf};
pub use connection::Connection;
pub use endpoint::{EndpointMapper, RemoteManagement};
pub use error::{Error, Waiting};
pub use options::{ConnectOptions, Mechanism, TransferSyntaxes};
pub use refusal::{LogonFailed, NotAuthenticated};
pub use session::Session;

pub use nspi_auth::Credentials;
#[cfg(feature = "kerberos")]
pub use nspi_auth::kerberos;
pub use nspi_proto::dcerpc::auth::AuthLevel;
pub use nspi_proto::nspi::Stat;

/// The types of the protocol, at the version that this crate speaks: requests, restrictions, values, ..
#[doc(no_inline)]
pub use nspi_proto;
#[doc(no_inline)]
pub use nspi_proto::nspi::{MinimalId, PropertyTag, Restriction, Status, property::tags};
