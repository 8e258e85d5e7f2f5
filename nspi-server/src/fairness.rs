//! Whose turn it is: who asks for little is served at once, who asks for much waits behind the others of that kind.
//!
//! ```text
//!   a caller within its share of time ──────────────────────────────► its turn
//!   a caller beyond it ──► nobody of the others is about? ── yes ──► its turn
//!                            └── no ──► the lane, one at a time ───► its turn, after whoever has come meanwhile
//! ```
//!
//! A turn ends after [`TURN`]. So whoever asks for little waits for one turn of somebody else at most, however many
//! ask for much; and if all do, nothing is held back. Time is counted by user, before that is known by address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::Weak;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nspi_auth::counted_address;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::yield_now;
use tokio::time::Instant;

use crate::user::User;

/// How long one connection's calls are answered before others have their turn.
pub(crate) const TURN: Duration = Duration::from_micros(50);

/// One part in so many of a CPU's time is a caller's share.
const SHARE: u64 = 10;

/// Time that a caller has in store who asked for nothing lately, and that is held against one who asked for too much.
const STORE: Duration = Duration::from_millis(2);
const DEBT: Duration = Duration::from_millis(20);

/// So long after a call within its caller's share somebody is taken to be about.
const ABOUT: Duration = Duration::from_millis(100);

/// Who has used how much of the server's time.
#[derive(Debug)]
pub(crate) struct Fairness {
    started: Instant,
    lane: Semaphore,
    /// When somebody within their share had a turn last, in nanoseconds since the start.
    about: AtomicU64,
    callers: Mutex<HashMap<Caller, Weak<Allowance>>>,
}

/// Whom time is counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Caller {
    Address(IpAddr),
    User(User),
}

/// What one caller has used: the time, in nanoseconds since the start, from when on it is within its share again.
#[derive(Debug)]
pub(crate) struct Allowance(AtomicU64);

impl Fairness {
    pub(crate) fn new() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            started: Instant::now(),
            // One thread is left to the others, if there are several.
            lane: Semaphore::new(threads.saturating_sub(1).max(1)),
            about: AtomicU64::new(0),
            callers: Mutex::default(),
        }
    }

    /// What all connections of an address share until it is known who calls.
    pub(crate) fn of_address(&self, address: IpAddr) -> Arc<Allowance> {
        self.of(Caller::Address(counted_address(address)))
    }

    /// What all connections of a user share.
    pub(crate) fn of_user(&self, user: &User) -> Arc<Allowance> {
        self.of(Caller::User(user.clone()))
    }

    fn of(&self, caller: Caller) -> Arc<Allowance> {
        let mut callers = self.callers.lock();
        if let Some(allowance) = callers.get(&caller).and_then(Weak::upgrade) {
            return allowance;
        }
        if callers.len() == callers.capacity() {
            callers.retain(|_, allowance| allowance.strong_count() > 0);
        }
        // Nothing in store: who comes anew each time has no more than who stays.
        let allowance = Arc::new(Allowance(AtomicU64::new(self.now())));
        callers.insert(caller, Arc::downgrade(&allowance));
        allowance
    }

    /// Whether a caller is beyond its share while others are about; [`admit`](Self::admit) then waits.
    pub(crate) fn holds_back(&self, allowance: &Allowance) -> bool {
        let now = self.now();
        if allowance.0.load(Ordering::Relaxed) <= now {
            self.about.store(now, Ordering::Relaxed);
            return false;
        }
        now.saturating_sub(self.about.load(Ordering::Relaxed)) <= nanoseconds(ABOUT)
    }

    /// Waits for the lane, and then until everybody who is not in it and has something to say has been served.
    pub(crate) async fn admit(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        let place = self.lane.acquire().await.ok();
        yield_now().await;
        place
    }

    /// A turn was taken.
    pub(crate) fn spent(&self, allowance: &Allowance, time: Duration) {
        let now = self.now();
        let cost = nanoseconds(time).saturating_mul(SHARE);
        let earliest = now.saturating_sub(nanoseconds(STORE).saturating_mul(SHARE));
        let latest = now.saturating_add(nanoseconds(DEBT).saturating_mul(SHARE));
        // What a racing turn of the same caller adds in between is lost, which does not matter.
        let until = allowance.0.load(Ordering::Relaxed).max(earliest).saturating_add(cost).min(latest);
        allowance.0.store(until, Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        nanoseconds(self.started.elapsed())
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::time::advance;

    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    fn address(number: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, number).into()
    }

    /// Two callers who have been about for a second.
    async fn two(fairness: &Fairness) -> [Arc<Allowance>; 2] {
        let two = [1, 2].map(|number| fairness.of_address(address(number)));
        advance(Duration::from_secs(1)).await;
        two
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_beyond_the_share_is_held_back_while_others_are_about() {
        let fairness = Fairness::new();
        let [greedy, modest] = two(&fairness).await;
        fairness.spent(&greedy, 10 * MILLISECOND);
        assert!(!fairness.holds_back(&modest));
        assert!(fairness.holds_back(&greedy));
        advance(ABOUT / 2).await;
        assert!(!fairness.holds_back(&modest));
        assert!(fairness.holds_back(&greedy), "80 ms of waiting pay for 8");
        advance(ABOUT / 2).await;
        assert!(!fairness.holds_back(&greedy), "and 100 for 10, less what was in store");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_held_back_for_nobody() {
        let fairness = Fairness::new();
        let [greedy, modest] = two(&fairness).await;
        assert!(!fairness.holds_back(&modest));
        advance(ABOUT + MILLISECOND).await;
        fairness.spent(&greedy, Duration::from_secs(1));
        assert!(!fairness.holds_back(&greedy));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_held_against_a_caller_is_bounded() {
        let fairness = Fairness::new();
        let [greedy, modest] = two(&fairness).await;
        for _ in 0..100 {
            fairness.spent(&greedy, Duration::from_secs(1));
        }
        let mut waited = Duration::ZERO;
        while !fairness.holds_back(&modest) && fairness.holds_back(&greedy) {
            advance(MILLISECOND).await;
            waited += MILLISECOND;
        }
        assert_eq!(waited, DEBT * 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_is_one_on_all_connections_and_nothing_is_in_store_for_a_new_one() {
        let fairness = Fairness::new();
        let [one, other] = two(&fairness).await;
        assert!(Arc::ptr_eq(&one, &fairness.of_address(address(1))));
        assert!(Arc::ptr_eq(&one, &fairness.of_address(Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped().into())));
        assert!(!fairness.holds_back(&other));
        let new = fairness.of_address(address(3));
        fairness.spent(&new, MILLISECOND / 1_000);
        assert!(fairness.holds_back(&new));
    }

    #[tokio::test(start_paused = true)]
    async fn callers_who_have_gone_are_forgotten() {
        let fairness = Fairness::new();
        for number in 0..=255 {
            fairness.of_address(address(number));
        }
        assert!(fairness.callers.lock().len() < 64);
    }

    #[tokio::test(start_paused = true)]
    async fn the_lane_has_fewer_places_than_there_are_threads() {
        let fairness = Fairness::new();
        let mut places = Vec::new();
        while fairness.lane.available_permits() > 0 {
            places.push(fairness.admit().await);
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        assert_eq!(places.len(), (threads - 1).max(1));
    }
}
