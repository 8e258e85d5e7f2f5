//! What all connections of a server share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nspi_auth::ntlm::AcceptorSettings;
use nspi_limiter::SessionLimiter;
use nspi_proto::nspi::FlatUid;
use tracing::warn;

use crate::address_book::AddressBook;
use crate::config::Settings;
use crate::events::{EventLog, RateBound};
use crate::group::Groups;
use crate::user::User;

/// What all connections of a server share. Nothing in it knows a connection.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) accounts: Arc<AcceptorSettings>,
    pub(crate) book: Arc<dyn AddressBook>,
    pub(crate) limiter: SessionLimiter<User>,
    pub(crate) groups: Arc<Groups>,
    pub(crate) guid: FlatUid,
    pub(crate) counters: Counters,
    /// Event 2820; `None` where the Windows version does not log it.
    pub(crate) events: parking_lot::RwLock<Option<Arc<EventLog>>>,
    pub(crate) memory_warnings: RateBound,
}

impl Shared {
    /// A user was refused for holding `limit` sessions.
    pub(crate) fn refused(&self, limit: u32, user: &User) {
        self.counters.refused.fetch_add(1, Ordering::Relaxed);
        let events = self.events.read().clone();
        if let Some(events) = events {
            events.session_limit_reached(limit, user.name());
        }
    }

    /// A session was refused because the memory for all of them is used up.
    pub(crate) fn out_of_memory(&self, user: &User) {
        if let Some(suppressed) = self.memory_warnings.admit(Instant::now()) {
            let octets = self.settings.limits.session_memory_octets;
            warn!(%user, octets, suppressed, "the memory budget for sessions is used up: NspiBind answers OutOfResources");
        }
    }
}

/// One refusal a minute is logged when memory is short.
pub(crate) const MEMORY_WARNINGS: (u32, Duration) = (1, Duration::from_secs(60));

/// What a server has done so far. Counts of one moment may be of slightly different moments.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    opened: AtomicU64,
    closed: AtomicU64,
    refused: AtomicU64,
    pub(crate) calls: AtomicU64,
    pub(crate) pdus_in: AtomicU64,
    pub(crate) pdus_out: AtomicU64,
}

impl Counters {
    pub(crate) fn opened(&self) {
        self.opened.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn closed(&self) {
        self.closed.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Totals {
        Totals {
            opened: self.opened.load(Ordering::Relaxed),
            unbound: self.closed.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            calls: self.calls.load(Ordering::Relaxed),
        }
    }
}

/// What a server has done since it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Totals {
    /// Sessions opened by NspiBind.
    pub opened: u64,
    /// Sessions closed by NspiUnbind. Those closed by rundown are opened, less unbound, less open now.
    pub unbound: u64,
    /// NspiBinds refused because the user was at the cap.
    pub refused: u64,
    /// Calls of any interface.
    pub calls: u64,
}
