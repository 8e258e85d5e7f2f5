//! The command line of `nspi-server`. What stands here is above the file, the registry and the Windows version.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use nspi_proto::dcerpc::auth::AuthLevel;

use super::value::{EndpointMapper, parse};
use crate::windows::WindowsVersion;

const MORE: &str = r"Examples:
  nspi-server --max-sessions-per-user 3 --event-log events.xml
  nspi-server --ldif people.ldif --accounts accounts.txt --listen 127.0.0.1:6002
  nspi-server import people.ldif people.book && nspi-server --book people.book

All settings of the file, with their defaults, are in docs/nspi-server.toml; an option here comes before the file.
SIGHUP reads the registry file again; SIGINT and SIGTERM end the server. RUST_LOG sets what is logged.

Exit codes:
  0  ended when it was asked to
  1  of the moment: an address is in use, a directory cannot be reached
  2  a setting or a file is wrong";

/// An NSPI server that caps concurrent sessions per user as Windows domain controllers do (KB949469).
///
/// Without any setting it serves a small built-in company on 127.0.0.1:6002 to two lab accounts.
#[derive(Debug, Clone, Default, Parser)]
#[command(name = "nspi-server", version, after_help = MORE)]
pub struct CommandLine {
    /// Configuration in TOML: the names of the options below, and more.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Where NSPI is served [default: 127.0.0.1:6002].
    #[arg(long, value_name = "ADDR:PORT", value_parser = parse::<SocketAddr>)]
    pub listen: Option<SocketAddr>,

    /// Where the endpoint mapper answers, or off [default: 127.0.0.1:1135].
    #[arg(long, value_name = "ADDR:PORT|off", value_parser = parse::<EndpointMapper>)]
    pub endpoint_mapper: Option<EndpointMapper>,

    /// The Windows Server version to behave as: 2003 (no cap), 2008, 2008r2, 2012, 2012r2 or a later year [default: latest].
    #[arg(long, value_name = "VERSION", value_parser = parse::<WindowsVersion>)]
    pub windows: Option<WindowsVersion>,

    /// The session cap; 0 refuses every session [default: the registry's, or 50].
    #[arg(long, value_name = "N")]
    pub max_sessions_per_user: Option<u32>,

    /// A registry file as regedit exports it, with `NSPI max sessions per user`.
    #[arg(long, value_name = "FILE.reg")]
    pub registry: Option<PathBuf>,

    /// Accounts, one a line [default: lab accounts with published passwords].
    #[arg(long, value_name = "FILE")]
    pub accounts: Option<PathBuf>,

    /// The keys that callers' Kerberos tickets are for; needs a server that was built with Kerberos [default: no Kerberos].
    #[arg(long, value_name = "FILE")]
    pub keytab: Option<PathBuf>,

    /// The address book as LDIF content records [default: a small company].
    #[arg(long, value_name = "FILE")]
    pub ldif: Option<PathBuf>,

    /// The address book as a file that `nspi-server import` made.
    #[arg(long, value_name = "BOOK", conflicts_with = "ldif")]
    pub book: Option<PathBuf>,

    /// Where event 2820 is appended, one line of Event XML each [default: the log alone].
    #[arg(long, value_name = "FILE")]
    pub event_log: Option<PathBuf>,

    /// The least protection of an NSPI call: none, connect, call, packet, integrity or privacy [default: integrity].
    #[arg(long, value_name = "LEVEL", value_parser = parse::<AuthLevel>)]
    pub min_auth_level: Option<AuthLevel>,

    /// Print the settings in force as TOML, each with where it comes from, and end.
    #[arg(long)]
    pub print_config: bool,

    /// What to do in place of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What the program can do in place of serving.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Make an address book on disk of an LDIF file: `--book BOOK` opens it in milliseconds (feature `store`).
    ///
    /// A book that is there is replaced once the new one is complete. Attributes are those of the configuration's
    /// [address-book.attributes] and the built-in ones.
    Import {
        /// People as LDIF content records.
        #[arg(value_name = "FILE.ldif")]
        ldif: PathBuf,
        /// The address book to write.
        book: PathBuf,
    },
    /// Read all of an address book on disk, and say whether it is whole (feature `store`).
    Check {
        /// The address book.
        book: PathBuf,
    },
}
