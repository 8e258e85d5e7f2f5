//! What callers hold: a user's slots, and one slot of them.

use std::fmt;

use crate::counter::Counter;
use crate::sync::Arc;

/// The slots of one user, found once and asked often. Cheap to clone; all clones count together.
///
/// Keeps the user's counter, and neither a slot nor the limiter. It goes on deciding when the limiter has gone, by the
/// policy that was last in force.
pub struct UserSlots<U>(Arc<Counter<U>>);

impl<U> UserSlots<U> {
    pub(crate) fn new(counter: Arc<Counter<U>>) -> Self {
        Self(counter)
    }

    /// Whose slots these are.
    #[must_use]
    pub fn user(&self) -> &U {
        self.0.user()
    }

    /// The sessions that the user holds at this moment.
    #[must_use]
    pub fn sessions(&self) -> u32 {
        self.0.sessions()
    }
}

impl<U: Clone> UserSlots<U> {
    /// Takes a slot, or refuses at once.
    ///
    /// # Errors
    /// [`LimitReached`] if the user holds as many sessions as the policy allows.
    pub fn try_acquire(&self) -> Result<Permit<U>, LimitReached<U>> {
        Ok(self.admit()?.permit)
    }

    /// As [`try_acquire`](Self::try_acquire), with what there is to report of it: the way for servers that warn before
    /// they refuse, or try a cap before they enforce it.
    ///
    /// # Errors
    /// [`LimitReached`] if the user holds as many sessions as the policy allows.
    pub fn admit(&self) -> Result<Admission<U>, LimitReached<U>> {
        self.clone().into_admission()
    }

    pub(crate) fn into_admission(self) -> Result<Admission<U>, LimitReached<U>> {
        match self.0.raise() {
            Ok(granted) => {
                let notice = Notice::of(granted.sessions, granted.limit, granted.warn_at);
                Ok(Admission { permit: Permit(self.0), notice })
            }
            Err(limit) => Err(LimitReached { user: self.0.user().clone(), limit }),
        }
    }
}

/// One of a user's slots. Whoever holds it holds a session; dropping it gives the slot back.
///
/// One word, `Option<Permit>` too. It cannot be cloned, so a slot is given back exactly once. A permit that is leaked
/// (`std::mem::forget`) takes its slot for good.
#[must_use = "a permit that is dropped at once gives its slot back at once"]
pub struct Permit<U>(Arc<Counter<U>>);

impl<U> Permit<U> {
    /// Whose slot this is.
    #[must_use]
    pub fn user(&self) -> &U {
        self.0.user()
    }

    /// The slots that this one is of.
    #[must_use]
    pub fn slots(&self) -> UserSlots<U> {
        UserSlots(self.0.clone())
    }
}

impl<U> Drop for Permit<U> {
    fn drop(&mut self) {
        self.0.lower();
    }
}

/// A granted slot, and what there is to report of it.
#[derive(Debug)]
#[must_use = "an admission that is dropped at once gives its slot back at once"]
pub struct Admission<U> {
    /// The slot.
    pub permit: Permit<U>,
    /// What there is to report, mostly nothing.
    pub notice: Option<Notice>,
}

/// What may be worth reporting of a slot that was granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Notice {
    /// This session reached [`Policy::soft_threshold`]; the ones after it do not report it again until the count has
    /// been below.
    ///
    /// [`Policy::soft_threshold`]: crate::Policy::soft_threshold
    NearLimit {
        /// The sessions held, this one included.
        sessions: u32,
        /// The user's cap.
        limit: u32,
    },
    /// This session is over the cap, and granted only because of [`Policy::dry_run`].
    ///
    /// [`Policy::dry_run`]: crate::Policy::dry_run
    OverLimit {
        /// The sessions held, this one included.
        sessions: u32,
        /// The user's cap.
        limit: u32,
    },
}

impl Notice {
    fn of(sessions: u32, limit: u32, warn_at: u32) -> Option<Self> {
        if sessions > limit {
            Some(Self::OverLimit { sessions, limit })
        } else if sessions == warn_at {
            Some(Self::NearLimit { sessions, limit })
        } else {
            None
        }
    }
}

/// No slot is free: the user holds as many sessions as the policy allows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
#[error("the limit of {limit} concurrent sessions per user is reached")]
#[non_exhaustive]
pub struct LimitReached<U> {
    /// Whose slots are all taken.
    pub user: U,
    /// The cap that was in force at the decision.
    pub limit: u32,
}

impl<U> Clone for UserSlots<U> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<U: fmt::Debug> fmt::Debug for UserSlots<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserSlots").field("user", self.user()).field("sessions", &self.sessions()).finish()
    }
}

impl<U: fmt::Debug> fmt::Debug for Permit<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Permit").field(self.user()).finish()
    }
}
