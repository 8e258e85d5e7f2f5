//! Guessing passwords made slow, and nobody locked out by it.
//!
//! ```text
//!   account, address ──► by both:     a few mistakes are free, then 1 s, 2 s, 4 s .. a quarter of an hour
//!                   ──► has this account logged on from here before?  ── yes ──► the proof is looked at
//!                   ──► by address:   many people may be behind it: more are free, and it waits a minute at most
//!                   ──► by account:   guessed at from many places?  ── yes ──► a newcomer waits half a minute first
//! ```

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::time::Instant;

use nspi_proto::dcerpc::auth::SecurityError;

use crate::recent::Recent;
use crate::{Attempts, Slowing, counted_address};

/// Places that accounts logged on from: so many are remembered at least, 9 octets each.
const PLACES: usize = 65_536;

/// Who is made to wait, for how many mistakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuessPolicy {
    /// One account from one address.
    pub account_and_address: Slowing,
    /// All accounts from one address.
    pub address: Slowing,
    /// Wrong proofs for one account, from addresses that it never logged on from, before newcomers wait.
    pub account: u32,
    /// How these wait: the first time before any look at their proof, then after each mistake.
    pub newcomer: Slowing,
}

impl Default for GuessPolicy {
    fn default() -> Self {
        Self {
            account_and_address: Slowing::ACCOUNT_AND_ADDRESS,
            address: Slowing::ADDRESS,
            account: Slowing::ADDRESS.free,
            newcomer: Slowing::NEWCOMER,
        }
    }
}

/// Who guessed what, and who has been right before.
///
/// An account is never locked. A stranger's guesses slow down that stranger's address, for this account most. Where an
/// account has logged on before, nobody elsewhere can make it wait: that holds as long as the place is remembered, which
/// is the 65,536 latest of all accounts. Where it has not, the others' guesses make it wait for half a minute, once.
///
/// What that cannot do: keep somebody with very many addresses from guessing from each of them, about ten times in the
/// first quarter of an hour and four times an hour after that. And who shares an address with the account's owner has a
/// few guesses for each of the owner's logons. Good passwords are not found that way; others are.
///
/// Names are kept as fingerprints under a key of this process: people type passwords where names belong.
///
/// ```
/// use std::net::IpAddr;
/// use std::time::{Duration, Instant};
/// use nspi_auth::{GuessPolicy, Guesses};
///
/// let (mut guesses, now) = (Guesses::new(GuessPolicy::default()), Instant::now());
/// let [office, stranger]: [IpAddr; 2] = [[192, 0, 2, 1].into(), [198, 51, 100, 7].into()];
/// guesses.right(r"ACME\ALICE", office);
/// for _ in 0..100 {
///     guesses.wrong(r"ACME\ALICE", stranger, now);
/// }
/// assert!(guesses.check(r"ACME\ALICE", stranger, now + Duration::from_secs(600)).is_err());
/// assert!(guesses.check(r"ACME\ALICE", office, now).is_ok());
/// ```
#[derive(Debug)]
pub struct Guesses {
    by_both: Attempts<u64>,
    by_address: Attempts<IpAddr>,
    /// Only counted, for [`is_guessed_at`](Self::is_guessed_at): nobody waits by the account alone.
    by_account: Attempts<u64>,
    newcomers: Attempts<u64>,
    /// Account and address that were right together.
    places: Recent<u64, ()>,
    account: u32,
    fingerprints: RandomState,
}

impl Guesses {
    /// Nobody has guessed yet.
    #[must_use]
    pub fn new(policy: GuessPolicy) -> Self {
        Self {
            by_both: Attempts::new(policy.account_and_address),
            by_address: Attempts::new(policy.address),
            by_account: Attempts::new(policy.newcomer),
            newcomers: Attempts::new(policy.newcomer),
            places: Recent::new(PLACES),
            account: policy.account,
            fingerprints: RandomState::new(),
        }
    }

    /// Whether a proof of being `account` (its canonical id) that comes from `address` is looked at now.
    ///
    /// # Errors
    /// [`SecurityError::SlowedDown`] if not. Asking again does not make the wait longer.
    pub fn check(&mut self, account: &str, address: IpAddr, now: Instant) -> Result<(), SecurityError> {
        let address = counted_address(address);
        let both = self.fingerprints.hash_one((account, address));
        self.by_both.check(&both, now)?;
        if self.places.find(&both).is_some() {
            return Ok(());
        }
        self.by_address.check(&address, now)?;
        if !self.is_guessed_at(account, now) {
            return Ok(());
        }
        if self.newcomers.failures(&both, now) == 0 {
            self.newcomers.failed(both, now); // the wait begins with the first time that somebody asks
        }
        self.newcomers.check(&both, now)
    }

    /// A proof was looked at, and was wrong.
    pub fn wrong(&mut self, account: &str, address: IpAddr, now: Instant) {
        let address = counted_address(address);
        let both = self.fingerprints.hash_one((account, address));
        self.by_both.failed(both, now);
        self.by_address.failed(address, now);
        if self.places.find(&both).is_none() {
            if self.is_guessed_at(account, now) {
                self.newcomers.failed(both, now);
            }
            self.by_account.failed(self.fingerprints.hash_one(account), now);
        }
    }

    /// A proof was looked at, and was right. What the address did with other accounts is not forgotten: a guesser may
    /// have one, too.
    pub fn right(&mut self, account: &str, address: IpAddr) {
        let both = self.fingerprints.hash_one((account, counted_address(address)));
        self.by_both.succeeded(&both);
        self.newcomers.succeeded(&both);
        self.places.insert(both, ());
    }

    fn is_guessed_at(&self, account: &str, now: Instant) -> bool {
        self.by_account.failures(&self.fingerprints.hash_one(account), now) >= self.account
    }
}
