//! An NSPI server that caps concurrent sessions per user as Windows domain controllers do (KB949469).
//!
//! [`Server`] listens, [`Server::serve_until`] answers, and [`ServerHandle`] tells what it counts:
//!
//! ```
//! use nspi_server::Server;
//! use nspi_server::config::Settings;
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let mut settings = Settings::default(); // the cap is 50; a built-in company, and the lab's accounts
//! settings.listen.value = ([127, 0, 0, 1], 0).into(); // any free port
//! settings.endpoint_mapper.value = None;
//! let server = Server::listen(settings).await?;
//! let (address, counts) = (server.local_addr(), server.handle());
//! let running = tokio::spawn(server.serve_until(async { /* until this is ready */ }));
//! println!("NSPI on {address}, {} sessions", counts.sessions());
//! running.await?;
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | module | subject |
//! |---|---|
//! | [`address_book`] | who is in it, and the rules of its tables |
//! | [`config`] | what the server runs with: command line, TOML, registry file, and which of them holds |
//! | [`windows`] | what each Windows Server version does about the cap |
//! | [`events`] | event 2820: who was refused, and at which cap |
//! | [`ldif`] | an address book as a text file (feature `ldif`) |
//! | [`testing`] | a server for the tests of other programs |
//!
//! Without its default features the crate is the stub that such tests embed: no command line, no TOML, no LDIF, no file of
//! events, no log of its own. The built-in company, the cap and all operations are there.
//!
//! | feature | |
//! |---|---|
//! | `cli` (default) | the program, its command line and TOML; brings `ldif` and `event-log` |
//! | `collation` (default) | tables in the order of the locale that is asked for; without it, of Unicode's numbers |
//! | `ldif`, `event-log` | people from LDIF; event 2820 into a file |
//! | `store`, `ldap` | people from a book on disk; from a directory |
//! | `kerberos` | Kerberos by MIT's library; building it needs libkrb5-dev and libclang-dev |
//!
//! ```
//! use nspi_server::config::registry::RegistrySettings;
//!
//! // Two of three scripts found in public write the value here, and nothing happens. Here is why.
//! let script = br#"Windows Registry Editor Version 5.00
//!
//! [HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\NTDS]
//! "NSPI max sessions per user"=dword:000000fa
//! "#;
//! let settings = RegistrySettings::parse(script)?;
//! assert_eq!(settings.max_sessions_per_user, None);
//! assert!(settings.findings[0].to_string().contains(r"where Windows does not look for it"));
//! # Ok::<(), nspi_server::config::registry::RegistryError>(())
//! ```
#![forbid(unsafe_code)]
#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod address_book;
mod back_room;
mod book;
mod budget;
mod callers;
mod ceilings;
pub mod config;
mod connection;
mod desk;
mod dispatch;
mod error;
pub mod events;
mod failed_logons;
mod fairness;
mod group;
mod interfaces;
#[cfg(feature = "ldif")]
pub mod ldif;
mod mechanisms;
mod outbox;
#[cfg(test)]
mod ownership_tests;
mod scratch;
mod server;
mod sessions;
mod shared;
mod sync;
pub mod testing;
mod turn;
mod user;
pub mod windows;

pub use book::{check, import};
pub use error::ServerError;
pub use server::{Server, ServerHandle};
pub use sessions::SESSION_OCTETS;
pub use shared::Totals;
