//! What all connections of a server share.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nspi_limiter::SessionLimiter;
use nspi_proto::dcerpc::auth::{AuthLevel, AuthType, Handshake, Progress, SecurityError};
use nspi_proto::epm::EndpointMap;
use nspi_proto::mgmt::{Management, Statistics};
use nspi_proto::nspi::FlatUid;
use parking_lot::RwLock;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tracing::warn;

use crate::address_book::AddressBook;
use crate::back_room::BackRoom;
use crate::callers::Leg;
use crate::config::Settings;
use crate::events::{EventLog, RateBound};
use crate::failed_logons::FailedLogons;
use crate::fairness::Fairness;
use crate::group::Groups;
use crate::interfaces;
use crate::mechanisms::Mechanisms;
use crate::user::User;

/// At most one line a minute says that the memory for sessions is used up.
const MEMORY_WARNING_INTERVAL: Duration = Duration::from_secs(60);

/// Legs of handshakes that may wait at a time, each on a thread of its own; more of them queue up.
const WAITING_LEGS: usize = 32;

/// What all connections of a server share. Nothing in it knows a connection.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    mechanisms: Mechanisms,
    pub(crate) book: Arc<dyn AddressBook>,
    failed_logons: FailedLogons,
    pub(crate) limiter: SessionLimiter<User>,
    pub(crate) groups: Arc<Groups>,
    /// What NspiBind returns, and ephemeral entry ids carry.
    pub(crate) guid: FlatUid,
    pub(crate) endpoints: EndpointMap,
    pub(crate) counters: Counters,
    /// Event 2820; `None` where the Windows version does not log it.
    pub(crate) events: RwLock<Option<Arc<EventLog>>>,
    /// `DOMAIN\COMPUTER$`: as whom the server authenticates.
    principal: String,
    memory_warnings: RateBound,
    /// Threads for legs of handshakes that may wait.
    waiting_legs: Semaphore,
    pub(crate) fairness: Fairness,
    /// For the turns of those who are held back.
    pub(crate) lane: BackRoom,
    /// For calls that take long.
    pub(crate) back_room: BackRoom,
}

impl Shared {
    pub(crate) fn with(
        settings: Settings,
        mechanisms: Mechanisms,
        book: Arc<dyn AddressBook>,
        limiter: SessionLimiter<User>,
        groups: Arc<Groups>,
        guid: FlatUid,
        endpoints: EndpointMap,
    ) -> Self {
        Self {
            principal: format!("{}\\{}$", *settings.domain, *settings.computer),
            failed_logons: FailedLogons::new(&settings.limits),
            settings,
            mechanisms,
            book,
            limiter,
            groups,
            guid,
            endpoints,
            counters: Counters::default(),
            events: RwLock::new(None),
            memory_warnings: RateBound::new(1, MEMORY_WARNING_INTERVAL),
            waiting_legs: Semaphore::new(WAITING_LEGS),
            fairness: Fairness::new(),
            lane: BackRoom::new("lane", 5),
            back_room: BackRoom::new("back room", 10),
        }
    }

    /// The mechanisms that there are handshakes for.
    pub(crate) fn mechanisms(&self) -> Vec<AuthType> {
        self.mechanisms.names()
    }

    /// A handshake with a caller at this address, which awaits the first token.
    pub(crate) fn begin(&self, mechanism: AuthType, address: IpAddr) -> Result<Box<dyn Handshake>, SecurityError> {
        self.mechanisms.begin(mechanism, self.failed_logons.at(address))
    }

    /// Whether somebody who proved nothing may have sessions.
    pub(crate) fn admits_anonymous(&self) -> bool {
        *self.settings.allow_anonymous && *self.settings.min_auth_level == AuthLevel::None
    }

    /// Takes a leg of a handshake that may wait for a file or a server, on a thread where that stops nobody else.
    pub(crate) async fn step_apart(
        &self,
        mut leg: Leg,
        token: Vec<u8>,
    ) -> io::Result<(Leg, Result<Progress, SecurityError>)> {
        let _place = self.waiting_legs.acquire().await.map_err(io::Error::other)?;
        let stepped = spawn_blocking(move || {
            let progress = leg.handshake.step(&token);
            (leg, progress)
        });
        stepped.await.map_err(io::Error::other)
    }

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

    /// What remote management may say.
    pub(crate) fn management<T>(&self, then: impl FnOnce(Management<'_>) -> T) -> T {
        let calls = u32::try_from(self.counters.calls.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
        then(Management {
            interfaces: &[interfaces::NSPI, interfaces::EPM],
            // Each call was one packet in and one out, as far as this server keeps count.
            statistics: Statistics { calls_in: calls, calls_out: 0, packets_in: calls, packets_out: calls },
            principals: &[AuthType::NTLM, AuthType::SPNEGO].map(|mechanism| (mechanism.0.into(), &*self.principal)),
        })
    }
}

/// What a server has done so far.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    opened: AtomicU64,
    closed: AtomicU64,
    refused: AtomicU64,
    calls: AtomicU64,
}

impl Counters {
    pub(crate) fn opened(&self) {
        self.opened.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn closed(&self) {
        self.closed.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn called(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
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

/// What a server has done since it started. The four are read one after the other, not at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Totals {
    /// Sessions opened by NspiBind.
    pub opened: u64,
    /// Sessions closed by NspiUnbind. Those ended by rundown are opened, less unbound, less open now.
    pub unbound: u64,
    /// NspiBinds refused because the user was at the cap.
    pub refused: u64,
    /// Calls of any interface.
    pub calls: u64,
}
