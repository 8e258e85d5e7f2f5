//! The limiter as its callers see it.

use std::fmt;
use std::hash::Hash;

use crate::policy::Policy;
use crate::registry::Registry;
use crate::slots::{Admission, LimitReached, Permit, UserSlots};
use crate::sync::Arc;

/// An exact cap on concurrent sessions per user. All clones share the counts and the policy.
///
/// `U` is the user: whatever is equal is counted together, so fold the spellings of one account to one value first.
/// The `Hash` and `Eq` of `U` run under a lock and must not call the limiter. No method waits for more than the
/// others' short look-ups, and none panics.
pub struct SessionLimiter<U>(Arc<Registry<U>>);

impl<U> SessionLimiter<U> {
    /// A limiter without any session.
    #[must_use]
    pub fn new(policy: Policy<U>) -> Self {
        Self(Arc::new(Registry::new(policy)))
    }

    /// The policy in force.
    #[must_use]
    pub fn policy(&self) -> std::sync::Arc<Policy<U>> {
        self.0.policy()
    }

    /// How many users have a counter here: those with a [`Permit`] or a [`UserSlots`] somewhere.
    #[must_use]
    pub fn users(&self) -> usize {
        self.0.len()
    }
}

impl<U: Clone + Eq + Hash> SessionLimiter<U> {
    /// The slots of one user: finds or makes the counter. Once a security context, then [`UserSlots::try_acquire`] at
    /// each NspiBind costs no look-up.
    #[must_use]
    pub fn user(&self, user: U) -> UserSlots<U> {
        UserSlots::new(Registry::find_or_make(&self.0, user))
    }

    /// Takes a slot of this user, or refuses at once. The same as `limiter.user(user).try_acquire()`.
    ///
    /// # Errors
    /// [`LimitReached`] if the user holds as many sessions as the policy allows.
    pub fn try_acquire(&self, user: U) -> Result<Permit<U>, LimitReached<U>> {
        Ok(self.admit(user)?.permit)
    }

    /// As [`try_acquire`](Self::try_acquire), with what there is to report of it.
    ///
    /// # Errors
    /// [`LimitReached`] if the user holds as many sessions as the policy allows.
    pub fn admit(&self, user: U) -> Result<Admission<U>, LimitReached<U>> {
        self.user(user).into_admission()
    }

    /// The sessions that this user holds at this moment; 0 for a user never seen.
    #[must_use]
    pub fn sessions(&self, user: &U) -> u32 {
        self.0.find(user).map_or(0, |counter| counter.sessions())
    }

    /// Every user who holds a session, and how many, in no order. Not one instant of all users: others go on meanwhile.
    #[must_use]
    pub fn snapshot(&self) -> Vec<(U, u32)> {
        let counters = self.0.counters();
        let counts = counters.iter().map(|counter| (counter.user(), counter.sessions()));
        counts.filter(|(_, sessions)| *sessions > 0).map(|(user, sessions)| (user.clone(), sessions)).collect()
    }

    /// Puts a policy in force, for the users there are and those to come. When this returns, every decision that starts
    /// is the new policy's. A lowered cap refuses new sessions and ends none: a user may hold more than the cap until
    /// enough of them have ended.
    pub fn set_policy(&self, policy: Policy<U>) {
        self.0.set_policy(policy);
    }
}

impl<U> Clone for SessionLimiter<U> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<U> Default for SessionLimiter<U> {
    /// With [`Policy::default`]: 50 sessions a user.
    fn default() -> Self {
        Self::new(Policy::default())
    }
}

impl<U> fmt::Debug for SessionLimiter<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionLimiter").field("users", &self.users()).finish_non_exhaustive()
    }
}
