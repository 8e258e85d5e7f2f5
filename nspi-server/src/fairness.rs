//! Whose turn it is: who asks for little is served at once, who asks for much on threads that let the others go first.
//!
//! ```text
//!   a caller within its share of time ──────────────────────────────► its turn, where its octets came
//!   a caller beyond it ──► nobody of the others is about? ── yes ──► its turn, where its octets came
//!                            └── no ──► its turn, in the lane, which whoever has come meanwhile interrupts
//! ```
//!
//! So whoever asks for little waits for no turn of somebody who asks for much, however many these are; and if all ask
//! for much, nothing is held back. Time is counted by user, before that is known by address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nspi_auth::counted_address;
use parking_lot::Mutex;
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

/// The number of no caller's allowance.
const NOBODY: u64 = 0;

/// Who has used how much of the server's time.
#[derive(Debug)]
pub(crate) struct Fairness {
    started: Instant,
    /// Who had a turn within their share last, and who before them.
    about: [Sight; 2],
    /// Those who have a connection or a debt.
    callers: Mutex<HashMap<Caller, Arc<Allowance>>>,
    /// Allowances given so far.
    given: AtomicU64,
}

/// Whom time is counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Caller {
    Address(IpAddr),
    User(User),
}

/// What one caller has used: the time, in nanoseconds since the start, from when on it is within its share again.
#[derive(Debug)]
struct Allowance {
    number: u64,
    until: AtomicU64,
}

/// Who was about, as the number of their allowance, and when, in nanoseconds since the start.
#[derive(Debug, Default)]
struct Sight {
    who: AtomicU64,
    when: AtomicU64,
}

/// Whose time a connection uses: its address's, and its user's, whose allowance decides once it is known. It has used what
/// the connection took before then, too: so who connects again and again, alone, is not held back for itself.
#[derive(Debug)]
pub(crate) struct Usage {
    address: Arc<Allowance>,
    user: Option<Arc<Allowance>>,
    /// Nanoseconds used while the user was not known.
    before: u64,
}

impl Fairness {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), about: Default::default(), callers: Mutex::default(), given: AtomicU64::new(0) }
    }

    /// What all connections of an address share.
    pub(crate) fn of_address(&self, address: IpAddr) -> Usage {
        Usage { address: self.of(Caller::Address(counted_address(address))), user: None, before: 0 }
    }

    /// It is known who calls: all connections of the user share from here on.
    pub(crate) fn is_user(&self, usage: &mut Usage, user: &User) {
        let allowance = self.of(Caller::User(user.clone()));
        allowance.spend(std::mem::take(&mut usage.before), self.at(Instant::now()));
        usage.user = Some(allowance);
    }

    fn of(&self, caller: Caller) -> Arc<Allowance> {
        let now = self.at(Instant::now());
        let mut callers = self.callers.lock();
        if let Some(allowance) = callers.get(&caller) {
            return Arc::clone(allowance);
        }
        if callers.len() == callers.capacity() {
            callers.retain(|_, allowance| Arc::strong_count(allowance) > 1 || allowance.until() > now);
        }
        // Nothing in store: who comes anew each time has no more than who stays.
        let number = self.given.fetch_add(1, Ordering::Relaxed) + 1;
        let allowance = Arc::new(Allowance { number, until: AtomicU64::new(now) });
        callers.insert(caller, Arc::clone(&allowance));
        allowance
    }

    /// Whether a caller is beyond its share while others are about: its turn is in the lane then.
    pub(crate) fn holds_back(&self, usage: &Usage, now: Instant) -> bool {
        let (now, caller) = (self.at(now), usage.decisive());
        if caller.until() <= now {
            self.saw(caller.number, now);
            return false;
        }
        for sight in &self.about {
            // Who asks for much is not one of those that others must wait for.
            if sight.who.load(Ordering::Relaxed) == caller.number {
                sight.who.store(NOBODY, Ordering::Relaxed);
            }
        }
        self.about.iter().any(|sight| sight.is_recent(now) && !usage.is_of(sight.who.load(Ordering::Relaxed)))
    }

    /// Somebody is about. What threads that race here make of it does not matter.
    fn saw(&self, who: u64, now: u64) {
        let [last, before] = &self.about;
        if last.who.load(Ordering::Relaxed) != who {
            before.when.store(last.when.load(Ordering::Relaxed), Ordering::Relaxed);
            before.who.store(last.who.swap(who, Ordering::Relaxed), Ordering::Relaxed);
        }
        last.when.store(now, Ordering::Relaxed);
    }

    /// Time was used.
    pub(crate) fn spent(&self, usage: &mut Usage, begun: Instant, ended: Instant) {
        let (time, now) = (nanoseconds(ended - begun), self.at(ended));
        usage.address.spend(time, now);
        match &usage.user {
            Some(user) => user.spend(time, now),
            None => usage.before = usage.before.saturating_add(time),
        }
    }

    fn at(&self, time: Instant) -> u64 {
        nanoseconds(time.saturating_duration_since(self.started))
    }
}

impl Sight {
    fn is_recent(&self, now: u64) -> bool {
        self.who.load(Ordering::Relaxed) != NOBODY
            && now.saturating_sub(self.when.load(Ordering::Relaxed)) <= nanoseconds(ABOUT)
    }
}

impl Allowance {
    fn until(&self) -> u64 {
        self.until.load(Ordering::Relaxed)
    }

    fn spend(&self, time: u64, now: u64) {
        let cost = time.saturating_mul(SHARE);
        let earliest = now.saturating_sub(nanoseconds(STORE).saturating_mul(SHARE));
        let latest = now.saturating_add(nanoseconds(DEBT).saturating_mul(SHARE));
        // What a racing turn of the same caller adds in between is lost, which does not matter.
        let until = self.until().max(earliest).saturating_add(cost).min(latest);
        self.until.store(until, Ordering::Relaxed);
    }
}

impl Usage {
    fn decisive(&self) -> &Allowance {
        self.user.as_deref().unwrap_or(&self.address)
    }

    /// Whether an allowance is one of these.
    fn is_of(&self, number: u64) -> bool {
        self.address.number == number || self.user.as_ref().is_some_and(|user| user.number == number)
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

    impl Fairness {
        fn spends(&self, usage: &mut Usage, time: Duration) {
            let ended = Instant::now();
            self.spent(usage, ended - time, ended);
        }

        fn holds(&self, usage: &Usage) -> bool {
            self.holds_back(usage, Instant::now())
        }
    }

    fn address(number: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, number).into()
    }

    /// Two callers who have been about for a second.
    async fn two(fairness: &Fairness) -> [Usage; 2] {
        let two = [1, 2].map(|number| fairness.of_address(address(number)));
        advance(Duration::from_secs(1)).await;
        two
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_beyond_the_share_is_held_back_while_others_are_about() {
        let fairness = Fairness::new();
        let [mut greedy, modest] = two(&fairness).await;
        fairness.spends(&mut greedy, 10 * MILLISECOND);
        assert!(!fairness.holds(&modest));
        assert!(fairness.holds(&greedy));
        advance(ABOUT / 2).await;
        assert!(!fairness.holds(&modest));
        assert!(fairness.holds(&greedy), "2 ms of 10 were in store, and 80 ms of waiting pay for the rest");
        advance(ABOUT / 2).await;
        assert!(!fairness.holds(&greedy));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_held_back_for_nobody() {
        let fairness = Fairness::new();
        let [mut greedy, modest] = two(&fairness).await;
        assert!(!fairness.holds(&modest));
        advance(ABOUT + MILLISECOND).await;
        fairness.spends(&mut greedy, Duration::from_secs(1));
        assert!(!fairness.holds(&greedy));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_held_back_for_themselves() {
        let fairness = Fairness::new();
        let [mut greedy, modest] = two(&fairness).await;
        assert!(!fairness.holds(&greedy));
        fairness.is_user(&mut greedy, &User::anonymous(address(9)));
        assert!(!fairness.holds(&greedy));
        fairness.spends(&mut greedy, 10 * MILLISECOND);
        assert!(!fairness.holds(&greedy), "it was about itself, as an address and as a user");
        assert!(!fairness.holds(&modest));
        assert!(fairness.holds(&greedy));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_held_against_a_caller_is_bounded() {
        let fairness = Fairness::new();
        let [mut greedy, modest] = two(&fairness).await;
        for _ in 0..100 {
            fairness.spends(&mut greedy, Duration::from_millis(500));
        }
        let mut waited = Duration::ZERO;
        while !fairness.holds(&modest) && fairness.holds(&greedy) {
            advance(MILLISECOND).await;
            waited += MILLISECOND;
        }
        assert_eq!(waited, DEBT * 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_is_one_on_all_connections_and_nothing_is_in_store_for_a_new_one() {
        let fairness = Fairness::new();
        let [one, other] = two(&fairness).await;
        let same = |usage: Usage| Arc::ptr_eq(&one.address, &usage.address);
        assert!(same(fairness.of_address(address(1))));
        assert!(same(fairness.of_address(Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped().into())));
        assert!(!fairness.holds(&other));
        let mut new = fairness.of_address(address(3));
        fairness.spends(&mut new, MILLISECOND / 1_000);
        assert!(fairness.holds(&new));
    }

    #[tokio::test(start_paused = true)]
    async fn a_user_has_a_share_of_its_own_wherever_it_calls_from() {
        let fairness = Fairness::new();
        let [mut one, mut other] = two(&fairness).await;
        let modest = fairness.of_address(address(3));
        let user = User::anonymous(address(9));
        fairness.spends(&mut one, 5 * MILLISECOND);
        fairness.is_user(&mut one, &user);
        assert!(!fairness.holds(&modest) && !fairness.holds(&other));
        assert!(fairness.holds(&one), "what was used before is the user's");
        fairness.is_user(&mut other, &user);
        assert!(fairness.holds(&other), "at any address");
        advance(Duration::from_secs(1)).await;
        assert!(!fairness.holds(&modest) && !fairness.holds(&one));
        fairness.spends(&mut one, 5 * MILLISECOND);
        assert!(fairness.holds(&fairness.of_address(address(1))), "what users take is the address's, too");
    }

    #[tokio::test(start_paused = true)]
    async fn callers_who_have_gone_are_forgotten_once_nothing_is_held_against_them() {
        let fairness = Fairness::new();
        let [mut greedy, modest] = two(&fairness).await;
        fairness.spends(&mut greedy, 10 * MILLISECOND);
        drop(greedy);
        for number in 3..=255 {
            fairness.of_address(address(number));
        }
        assert!(fairness.callers.lock().len() < 64);
        assert!(!fairness.holds(&modest));
        assert!(fairness.holds(&fairness.of_address(address(1))), "who connects anew has the same debt");
    }
}
