//! Guessing made slow: who has failed too often must wait before the next attempt is looked at.
//!
//! ```text
//!   check ──► Ok ──► is the proof right? ── no ──► failed      after `free` failures: wait `first`, then twice as long
//!        └──► SlowedDown: the proof is not looked at, and nothing is counted      each time, `longest` at most
//! ```
//!
//! One [`Attempts`] is one way to count. [`Guesses`](crate::Guesses) puts together those that a server wants. The clock
//! is an argument, and the owner locks: nothing here waits.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

use nspi_proto::dcerpc::auth::SecurityError;

use crate::recent::Recent;

/// How failures turn into waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slowing {
    /// How many failures in a row cost nothing.
    pub free: u32,
    /// The wait after the first failure that does. It doubles with each further one.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// How long after the last failure all is forgotten. Never sooner than after [`longest`](Self::longest).
    pub memory: Duration,
    /// How many keys are remembered at least, if so many failed. Twice as many are remembered at most; beyond that, the
    /// ones that have not failed for longest are forgotten.
    pub capacity: usize,
}

impl Slowing {
    /// For one account from one address: five mistakes are free, then 1 s, 2 s, 4 s, up to a quarter of an hour.
    pub const ACCOUNT_AND_ADDRESS: Self = Self {
        free: 5,
        first: Duration::from_secs(1),
        longest: Duration::from_secs(900),
        memory: Duration::from_secs(3_600),
        capacity: 16_384,
    };

    /// For all accounts from one address, behind which there may be many people: 30 mistakes are free.
    pub const ADDRESS: Self = Self { free: 30, longest: Duration::from_secs(60), ..Self::ACCOUNT_AND_ADDRESS };

    /// For one account from addresses that it never logged on from, while it is being guessed at from such: half a minute
    /// for each newcomer, then twice as long after each mistake. See [`Guesses`](crate::Guesses).
    pub const NEWCOMER: Self = Self { free: 0, first: Duration::from_secs(30), ..Self::ACCOUNT_AND_ADDRESS };

    /// The wait after so many failures.
    fn wait(&self, failures: u32) -> Duration {
        match failures.saturating_sub(self.free) {
            0 => Duration::ZERO,
            beyond => self.first.saturating_mul(1u32.checked_shl(beyond - 1).unwrap_or(u32::MAX)).min(self.longest),
        }
    }
}

/// Who failed how often. Bounded in memory; each call costs a look-up or two.
///
/// ```
/// use std::time::{Duration, Instant};
/// use nspi_auth::{Attempts, Slowing};
///
/// let mut attempts = Attempts::new(Slowing { free: 1, ..Slowing::ACCOUNT_AND_ADDRESS });
/// let now = Instant::now();
/// attempts.failed(r"ACME\ALICE", now);
/// assert!(attempts.check(&r"ACME\ALICE", now).is_ok(), "one mistake is free");
/// attempts.failed(r"ACME\ALICE", now);
/// assert!(attempts.check(&r"ACME\ALICE", now).is_err());
/// assert!(attempts.check(&r"ACME\ALICE", now + Duration::from_secs(1)).is_ok());
/// ```
#[derive(Debug)]
pub struct Attempts<K> {
    slowing: Slowing,
    failures: Recent<K, Failures>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

impl<K: Eq + Hash> Attempts<K> {
    /// Nobody has failed yet.
    #[must_use]
    pub fn new(slowing: Slowing) -> Self {
        Self { slowing, failures: Recent::new(slowing.capacity) }
    }

    /// How often `key` has failed, as far as it is remembered.
    #[must_use]
    pub fn failures(&self, key: &K, now: Instant) -> u32 {
        let memory = self.slowing.memory.max(self.slowing.longest);
        let remembered = |failures: &&Failures| now.saturating_duration_since(failures.last) <= memory;
        self.failures.find(key).filter(remembered).map_or(0, |failures| failures.count)
    }

    /// How long `key` still has to wait; zero if an attempt may be made.
    #[must_use]
    pub fn wait(&self, key: &K, now: Instant) -> Duration {
        let Some(failures) = self.failures.find(key) else { return Duration::ZERO };
        self.slowing.wait(failures.count).saturating_sub(now.saturating_duration_since(failures.last))
    }

    /// Whether `key` may make an attempt now. It is not counted yet.
    ///
    /// # Errors
    /// [`SecurityError::SlowedDown`] if it has to wait. The attempt must then be refused without a look at it.
    pub fn check(&self, key: &K, now: Instant) -> Result<(), SecurityError> {
        if self.wait(key, now).is_zero() { Ok(()) } else { Err(SecurityError::SlowedDown) }
    }

    /// An attempt was made, and was wrong.
    pub fn failed(&mut self, key: K, now: Instant) {
        let count = self.failures(&key, now).saturating_add(1);
        self.failures.insert(key, Failures { count, last: now });
    }

    /// An attempt was made, and was right: the failures before it are forgotten. Not to be called for an address, whose
    /// owner could otherwise wipe the slate clean with an account of their own.
    pub fn succeeded(&mut self, key: &K) {
        self.failures.remove(key);
    }

    /// How many keys are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.failures.len()
    }

    /// Whether nobody is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What an address counts as: an IPv4 address is itself, also when it is written as an IPv6 address; of an IPv6 address
/// the first 64 bits count, since who has one has all that begin so.
#[must_use]
pub fn counted_address(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}
