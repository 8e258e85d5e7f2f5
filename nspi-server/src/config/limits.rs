//! `[limits]`: what one client, or all of them together, may ask of the server.
//!
//! None of these is the session cap, and none is answered like it: what goes beyond them is refused as a fault, as
//! OutOfResources, or by closing the connection, and never as LogonFailed.

use std::time::Duration;

#[cfg(feature = "cli")]
use super::value::within;

#[cfg(feature = "cli")]
const KIB: u64 = 1 << 10;
#[cfg(feature = "cli")]
const GIB: u64 = 1 << 30;

/// The `[limits]` table of the configuration file. All have defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "cli", serde(default, deny_unknown_fields, rename_all = "kebab-case"))]
pub struct Limits {
    /// Connections at once, over all listeners: 1 to 1,000,000; 20,000 by default.
    #[cfg_attr(feature = "cli", serde(deserialize_with = "within::<1, 1_000_000, _, _>"))]
    pub max_connections: usize,
    /// Connections at once from one address: 1 to 1,000,000; 10,000 by default, half of all, so that one machine does not
    /// shut out the others. More than `max-connections` is the same as that.
    #[cfg_attr(feature = "cli", serde(deserialize_with = "within::<1, 1_000_000, _, _>"))]
    pub max_connections_per_address: usize,
    /// Until a connection must have an authenticated call behind it, in seconds: 1 to 3,600; 30 by default.
    #[cfg_attr(feature = "cli", serde(deserialize_with = "within::<1, 3_600, _, _>"))]
    pub unauthenticated_deadline_seconds: u32,
    /// Without a call, in seconds: up to a year; 0, the default, is without end: Outlook keeps its session idle for days,
    /// and TCP keep-alive finds the dead.
    #[cfg_attr(feature = "cli", serde(deserialize_with = "within::<0, 31_536_000, _, _>"))]
    pub idle_deadline_seconds: u32,
    /// Of silence before TCP asks whether the peer is still there, in seconds: 1 to 32,767; 60 by default. What is left of
    /// a dead peer's sessions is freed after a few of these.
    #[cfg_attr(feature = "cli", serde(deserialize_with = "within::<1, 32_767, _, _>"))]
    pub keep_alive_seconds: u32,
    /// In the reassembled stub of one request: 4 KiB to 1 GiB; 4 MiB by default.
    #[cfg_attr(feature = "cli", serde(deserialize_with = "within::<{ 4 * KIB }, GIB, _, _>"))]
    pub max_request_octets: usize,
    /// Received and not yet answered, or answered and not yet taken, on one connection: 4 KiB to 4 GiB; 8 MiB by default.
    #[cfg_attr(feature = "cli", serde(deserialize_with = "within::<{ 4 * KIB }, { 4 * GIB }, _, _>"))]
    pub max_pending_octets: usize,
    /// The same over all connections: 4 KiB to 1 TiB; 256 MiB by default.
    #[cfg_attr(feature = "cli", serde(deserialize_with = "within::<{ 4 * KIB }, { 1024 * GIB }, _, _>"))]
    pub max_pending_octets_total: usize,
    /// Presentation contexts of one connection: 1 to 65,536; 32 by default.
    #[cfg_attr(feature = "cli", serde(deserialize_with = "within::<1, 65_536, _, _>"))]
    pub max_contexts: usize,
    /// Security contexts of one connection, those being made included: 1 to 4,096; 16 by default.
    #[cfg_attr(feature = "cli", serde(deserialize_with = "within::<1, 4_096, _, _>"))]
    pub max_security_contexts: usize,
    /// Failed logons of one account from one address that cost nothing: 1 to 1,000,000, or 0 for any number; 5 by default.
    /// After each further one that account must wait there, 1 s at first and twice as long each time, a quarter of an hour
    /// at most.
    #[cfg_attr(feature = "cli", serde(deserialize_with = "within::<0, 1_000_000, _, _>"))]
    pub free_failed_logons_per_account_and_address: u32,
    /// Failed logons of one account, from addresses that it never logged on from, that cost nothing: 1 to 1,000,000, or 0
    /// for any number; 30 by default. After that it must wait for half a minute before its first logon from a new address,
    /// and longer after each mistake there. Where it has logged on before it never waits for what others did.
    #[cfg_attr(feature = "cli", serde(deserialize_with = "within::<0, 1_000_000, _, _>"))]
    pub free_failed_logons_per_account: u32,
    /// Failed logons from one address that cost nothing: 1 to 1,000,000, or 0 for any number; 30 by default. After each
    /// further one the address must wait, 1 s at first and twice as long each time, a minute at most; but not for accounts
    /// that have logged on from there.
    #[cfg_attr(feature = "cli", serde(deserialize_with = "within::<0, 1_000_000, _, _>"))]
    pub free_failed_logons_per_address: u32,
    /// Calls of one connection that are not yet answered: 1 to 65,536; 64 by default.
    #[cfg_attr(feature = "cli", serde(deserialize_with = "within::<1, 65_536, _, _>"))]
    pub max_calls: usize,
    /// For all sessions together, in octets: 4 KiB to 1 TiB; 1 GiB by default. Past it NspiBind answers OutOfResources.
    #[cfg_attr(feature = "cli", serde(deserialize_with = "within::<{ 4 * KIB }, { 1024 * GIB }, _, _>"))]
    pub session_memory_octets: usize,
    /// Of the event log's file before it is set aside: 64 KiB to 1 TiB; 64 MiB by default. It and one older one are kept.
    #[cfg_attr(feature = "cli", serde(deserialize_with = "within::<{ 64 * KIB }, { 1024 * GIB }, _, _>"))]
    pub max_event_log_octets: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 20_000,
            max_connections_per_address: 10_000,
            unauthenticated_deadline_seconds: 30,
            idle_deadline_seconds: 0,
            keep_alive_seconds: 60,
            max_request_octets: 4 << 20,
            max_pending_octets: 8 << 20,
            max_pending_octets_total: 256 << 20,
            max_contexts: 32,
            max_security_contexts: 16,
            free_failed_logons_per_account_and_address: 5,
            free_failed_logons_per_account: 30,
            free_failed_logons_per_address: 30,
            max_calls: 64,
            session_memory_octets: 1 << 30,
            max_event_log_octets: 64 << 20,
        }
    }
}

impl Limits {
    /// How long a connection may go without an authenticated call at its beginning.
    #[must_use]
    pub fn unauthenticated_deadline(&self) -> Duration {
        Duration::from_secs(self.unauthenticated_deadline_seconds.into())
    }

    /// How long a connection may go without a call; `None` is without end.
    #[must_use]
    pub fn idle_deadline(&self) -> Option<Duration> {
        let seconds = self.idle_deadline_seconds;
        (seconds > 0).then(|| Duration::from_secs(seconds.into()))
    }

    /// The silence after which TCP asks.
    #[must_use]
    pub fn keep_alive(&self) -> Duration {
        Duration::from_secs(self.keep_alive_seconds.into())
    }

    /// The first two limits, by name, of which the former must not exceed the latter and does.
    #[cfg(feature = "cli")]
    pub(super) fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        if self.max_request_octets > self.max_pending_octets {
            Some(("max-request-octets", "max-pending-octets"))
        } else if self.max_pending_octets > self.max_pending_octets_total {
            Some(("max-pending-octets", "max-pending-octets-total"))
        } else {
            None
        }
    }
}
