//! What can be chosen.

use nspi_auth::NtHash;
use std::net::SocketAddr;

use crate::kerberos::Keytab;

/// How a capture is read and judged.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The cap that is in force, if it is known: `NSPI max sessions per user`. Without it, it is taken from what was
    /// refused, or to be the default of Windows, 50.
    pub cap: Option<u32>,
    /// The cap that the servers' own log names (event 2820), if it was read. `cap` is above it.
    pub logged_cap: Option<u32>,
    /// What unseals encrypted traffic.
    pub keys: Vec<Key>,
    /// Keys of the servers' accounts: they open Kerberos tickets, so that users are known by name, and what they sealed is
    /// read. Empty: who comes by Kerberos is known by address.
    pub keytab: Keytab,
    /// Where NSPI is spoken, for captures that begin after the connections did. `port` alone on any server: the address
    /// is unspecified.
    pub endpoints: Vec<SocketAddr>,
    /// Ceilings of memory.
    pub limits: Limits,
}

/// A secret that proves an account, so that what was encrypted with it can be read.
#[derive(Debug, Clone)]
pub struct Key {
    /// The account's name, upper or lower case; `None`: it is tried for every account.
    pub user: Option<String>,
    /// The hash of its password.
    pub hash: NtHash,
}

/// How much is remembered at once. What is beyond is told as dropped in the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// TCP connections that may turn out to be NSPI.
    pub connections: usize,
    /// Sessions.
    pub sessions: usize,
    /// Clients, over all servers and users.
    pub clients: usize,
    /// Octets of segments ahead of a hole, over all connections.
    pub held: usize,
}

impl Default for Limits {
    /// 16,384 connections, 131,072 sessions, 16,384 clients, 16 MiB of segments.
    fn default() -> Self {
        Self { connections: 16_384, sessions: 131_072, clients: 16_384, held: 16 << 20 }
    }
}
