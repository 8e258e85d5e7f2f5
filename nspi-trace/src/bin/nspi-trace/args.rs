//! The command line.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser};
use nspi_trace::{Error, Limits, Options};

use crate::keys;
use crate::outputs::Outputs;

/// Who leaks NSPI sessions (KB949469)? Reads network captures, and tells for each server, user and client how many
/// sessions were opened, unbound, forgotten and refused, and which cap would do if nothing leaked.
#[derive(Debug, Parser)]
#[command(name = "nspi-trace", version, about, after_help = MORE)]
pub(crate) struct Args {
    /// Captures: pcap or pcapng, also in gzip or zstd; `-` is the standard input. Several are read in time order
    #[arg(required_unless_present = "events", value_name = "FILE")]
    pub(crate) captures: Vec<PathBuf>,
    /// Write the report as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) outputs: Outputs,
    /// Exit with 1 if somebody leaks or hoards: for CI of MAPI products
    #[arg(long)]
    pub(crate) fail_on_leak: bool,
    /// Show healthy users and all clients, too
    #[arg(long)]
    pub(crate) all: bool,
    /// The cap that is in force: "NSPI max sessions per user". Taken from what was refused, or 50, if not given
    #[arg(long, value_name = "N")]
    pub(crate) cap: Option<u32>,
    /// Write each session as a line of JSON to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) sessions: Option<PathBuf>,
    /// Where NSPI is spoken, for captures that begin after the connections did: ADDRESS:PORT, or a port of any server
    #[arg(long, value_name = "ENDPOINT", value_parser = endpoint)]
    pub(crate) endpoint: Vec<SocketAddr>,
    /// Passwords, one a line, that read what was encrypted with NTLM
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Vec<PathBuf>,
    /// An NT hash that does the same: 32 hexadecimal digits
    #[arg(long, value_name = "HASH", env = "NSPI_TRACE_NT_HASH", hide_env_values = true)]
    pub(crate) nt_hash: Vec<String>,
    /// A keytab of the server's account: it opens Kerberos tickets, so that users are known by name, not by address, and
    /// reads what was encrypted after them
    #[arg(long, value_name = "FILE")]
    pub(crate) keytab: Vec<PathBuf>,
    /// The account that passwords and hashes belong to; they are tried for every account if it is not given
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// Connections remembered at once
    #[arg(long, value_name = "N", default_value_t = Limits::default().connections, hide = true)]
    pub(crate) max_connections: usize,
    /// Sessions remembered at once
    #[arg(long, value_name = "N", default_value_t = Limits::default().sessions, hide = true)]
    pub(crate) max_sessions: usize,
    /// Clients remembered one by one
    #[arg(long, value_name = "N", default_value_t = Limits::default().clients, hide = true)]
    pub(crate) max_clients: usize,
}

const MORE: &str = "\
Examples:
  nspi-trace dc1.pcapng
  tcpdump -w - 'tcp and host dc1' | nspi-trace -
  nspi-trace --events directory-service.evtx --html report.html dc1.pcapng
  nspi-trace --keytab dc1.keytab dc1.pcapng
  nspi-trace --for-vendor for-the-vendor.md dc1.pcapng
  tcpdump -U -w - 'tcp and host dc1' | nspi-trace --follow -
  nspi-trace --json --cap 250 ring_*.pcap.gz
  nspi-trace --fail-on-leak test.pcap || echo 'the product forgets NspiUnbind'

Exit codes:
  0  the report was written
  1  somebody leaks or hoards (with --fail-on-leak)
  2  the command line is wrong
  3  something could not be read or written";

impl Args {
    /// What is wrong with the command line, where clap cannot tell.
    pub(crate) fn check(&self) -> Result<(), clap::Error> {
        if usize::from(self.json) + self.outputs.on_stdout() > 1 {
            let why = "--json, `--html -` and `--for-vendor -`: only one of them can have the standard output";
            return Err(Self::command().error(ErrorKind::ArgumentConflict, why));
        }
        Ok(())
    }

    pub(crate) fn options(&self) -> Result<Options, Error> {
        let defaults = Limits::default();
        Ok(Options {
            cap: self.cap,
            logged_cap: None,
            keys: keys::read(&self.password_file, &self.nt_hash, self.user.as_deref())?,
            keytab: keys::keytab(&self.keytab)?,
            endpoints: self.endpoint.clone(),
            limits: Limits {
                connections: self.max_connections.max(16),
                sessions: self.max_sessions,
                clients: self.max_clients.max(16),
                ..defaults
            },
        })
    }
}

fn endpoint(text: &str) -> Result<SocketAddr, String> {
    let port = text.trim_start_matches(':').parse().map(|port| SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)));
    port.or_else(|_| text.parse()).map_err(|_| "neither ADDRESS:PORT nor a port".to_owned())
}
