//! A server for a test of one's own program: on a free port, with the built-in company and a cap, and at the end the
//! question whether every session was unbound.
//!
//! ```text
//!   start(cap) ──► thread of its own { runtime, Server } ──► finish(): each session was unbound, or a panic
//! ```
//!
//! ```
//! # use nspi_server::testing::Login;
//! # fn read_address_book(address: std::net::SocketAddr, login: Login) {
//! #     use nspi_client::{ConnectOptions, Connection, Credentials, Stat};
//! #     let options = ConnectOptions::new().credentials(Credentials::ntlm(login.domain, login.user, login.password));
//! #     tokio::runtime::Runtime::new().unwrap().block_on(async {
//! #         let session = Connection::open(address, options).await.unwrap().bind(Stat::default()).await.unwrap();
//! #         session.query_rows(Stat::default(), 5, &[]).await.unwrap();
//! #         session.unbind().await.unwrap();
//! #     });
//! # }
//! use nspi_server::testing::{ALICE, TestServer};
//!
//! let server = TestServer::start(3); // at most three sessions a user
//! for _ in 0..10 {
//!     read_address_book(server.address(), ALICE); // the program under test
//! }
//! let totals = server.finish(); // panics if a session was not unbound
//! assert_eq!((totals.opened, totals.refused), (10, 0));
//! ```
//!
//! The server needs no runtime of the caller's, and minds none. An async test whose client has work to do until its
//! sessions are gone ends with [`finished`](TestServer::finished), which lets that client's runtime go on.
//!
//! People and accounts of one's own; with the feature `ldif` people may come from a file, by `MemoryBook::from_ldif`:
//!
//! ```
//! use nspi_proto::nspi::DisplayType;
//! use nspi_server::address_book::{MemoryBook, Recipient};
//! use nspi_server::testing::{AccountList, TestServer};
//!
//! let people = MemoryBook::new([Recipient::new(DisplayType::MAIL_USER, "/o=ACME/cn=ann", "Ann").logon("ann")])?;
//! let accounts: AccountList = r"
//!     domain ACME acme.test
//!     user   ACME\ann  password secret
//! ".parse()?;
//! let server = TestServer::with(TestServer::capped(3), accounts, people);
//! server.finish();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nspi_auth::Accounts;
use tokio::sync::oneshot;

use crate::address_book::{AddressBook, MemoryBook};
use crate::book::editable;
use crate::config::{LAB_ACCOUNTS, Settings};
use crate::{Server, ServerError, ServerHandle, Totals};

pub use nspi_auth::AccountList;

/// How long [`TestServer::finish`] waits for sessions whose NspiUnbind, or whose connection's end, is still on its way.
const GRACE: Duration = Duration::from_secs(1);

/// As whom a test logs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Login {
    /// NetBIOS name of the domain.
    pub domain: &'static str,
    /// The account.
    pub user: &'static str,
    /// Its password, which is published.
    pub password: &'static str,
}

/// The first of the lab's accounts, [`LAB_ACCOUNTS`]; Alice Adams of the built-in company.
pub const ALICE: Login = Login { domain: "ACME", user: "alice", password: "Passw0rd!A" };

/// The second of the lab's accounts; Bob Baker of the built-in company.
pub const BOB: Login = Login { domain: "ACME", user: "bob", password: "Passw0rd!B" };

/// A server that runs until it is [finished](Self::finish), on a thread of its own.
///
/// Dropped without that, it asks the same question, unless the test is failing already.
#[must_use = "a server that is dropped at once serves nobody"]
#[derive(Debug)]
pub struct TestServer {
    address: SocketAddr,
    handle: ServerHandle,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    end: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl TestServer {
    /// Starts a server that allows each user `cap` sessions, with the built-in company, on any free port of 127.0.0.1.
    ///
    /// # Panics
    /// If there is no port to be had.
    pub fn start(cap: u32) -> Self {
        Self::configured(Self::capped(cap))
    }

    /// The settings of [`start`](Self::start), to be changed for [`configured`](Self::configured) and
    /// [`with`](Self::with).
    #[must_use]
    pub fn capped(cap: u32) -> Settings {
        Settings { max_sessions_per_user: Some(cap).into(), ..Settings::default() }
    }

    /// Starts a server with these settings, the lab's accounts and the built-in company, which may be written to if the
    /// settings say so. Where it listens is chosen here, whatever they say: any free port, and no endpoint mapper.
    ///
    /// # Panics
    /// If there is no port to be had, or a setting is wrong.
    pub fn configured(settings: Settings) -> Self {
        let accounts: AccountList = LAB_ACCOUNTS.parse().expect("the lab's accounts are a list of accounts");
        let book = editable(Box::new(MemoryBook::company()), &settings);
        Self::with(settings, accounts, book)
    }

    /// Starts a server with accounts and an address book of one's own; otherwise as [`configured`](Self::configured).
    ///
    /// # Panics
    /// As there.
    pub fn with(settings: Settings, accounts: impl Accounts + 'static, book: impl AddressBook + 'static) -> Self {
        let settings =
            Settings { listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(), endpoint_mapper: None.into(), ..settings };
        let (started, starting) = mpsc::channel();
        let (end, ended) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.expect("a runtime needs a few file descriptors");
            runtime.block_on(async move {
                match Server::listen_with(settings, accounts, book).await {
                    Ok(server) => {
                        let _ = started.send(Ok((server.local_addr(), server.handle())));
                        server.serve_until(async { drop(ended.await) }).await;
                    }
                    Err(error) => drop(started.send(Err(error))),
                }
            });
        });
        let started: Result<_, ServerError> = starting.recv().expect("the server's thread says how it went");
        let (address, handle) = started.unwrap_or_else(|error| panic!("the test's server did not start: {error}"));
        Self { address, handle, running: Some(Running { end, thread }) }
    }

    /// Where NSPI is served.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sessions open now, of all users.
    #[must_use]
    pub fn sessions(&self) -> u64 {
        self.handle.sessions()
    }

    /// What the server has done so far: how many sessions were opened, unbound, refused.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.handle.totals()
    }

    /// All else that a server can be asked.
    #[must_use]
    pub fn handle(&self) -> &ServerHandle {
        &self.handle
    }

    /// Ends the server, and says what it has done. Sessions that are on their way out are waited for, a second at
    /// most; a client of the caller's own runtime must have unbound before, as this does not let that runtime go on:
    /// [`finished`](Self::finished) does.
    ///
    /// # Panics
    /// If a session was not unbound: it is still open, or only the end of its connection closed it. A test whose
    /// clients vanish on purpose ends with [`stop`](Self::stop).
    #[allow(clippy::must_use_candidate, reason = "most tests want the assertion alone")]
    #[track_caller]
    pub fn finish(mut self) -> Totals {
        let outcome = outcome(&self.handle);
        self.end();
        or_panic(outcome)
    }

    /// [`finish`](Self::finish) for async tests: while it waits for sessions on their way out, the caller's runtime,
    /// whichever it is, goes on.
    ///
    /// # Panics
    /// As there.
    pub async fn finished(mut self) -> Totals {
        let (said, outcome) = oneshot::channel();
        let handle = self.handle.clone();
        let waiting = thread::spawn(move || said.send(self::outcome(&handle)));
        let outcome = outcome.await.expect("the thread answers before it ends");
        let _ = waiting.join();
        self.end();
        or_panic(outcome)
    }

    /// Ends the server, says what it has done, and asks nothing: for tests in which clients are killed.
    #[allow(clippy::must_use_candidate, reason = "as of `finish`")]
    pub fn stop(mut self) -> Totals {
        self.end();
        self.totals()
    }

    fn end(&mut self) {
        if let Some(Running { end, thread }) = self.running.take() {
            let _ = end.send(());
            let _ = thread.join();
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if self.running.is_some() {
            let outcome = if thread::panicking() { Ok(Totals::default()) } else { outcome(&self.handle) };
            self.end();
            or_panic(outcome);
        }
    }
}

/// What the server has done, if each session was unbound; else, after a while, what is wrong.
fn outcome(server: &ServerHandle) -> Result<Totals, String> {
    let deadline = Instant::now() + GRACE;
    loop {
        let (left, totals) = (server.sessions_by_user(), server.totals());
        let not_unbound = totals.opened.saturating_sub(totals.unbound);
        if left.is_empty() && not_unbound == 0 {
            return Ok(totals);
        }
        if Instant::now() > deadline {
            let names: Vec<String> = left.iter().map(|(user, sessions)| format!("{sessions} of {user}")).collect();
            return Err(if left.is_empty() {
                format!("sessions ended only with their connection, and nobody has unbound them: {not_unbound}")
            } else {
                format!("sessions are left that nobody has unbound: {}", names.join(", "))
            });
        }
        thread::sleep(Duration::from_millis(2));
    }
}

#[track_caller]
fn or_panic(outcome: Result<Totals, String>) -> Totals {
    outcome.unwrap_or_else(|wrong| panic!("{wrong}"))
}
