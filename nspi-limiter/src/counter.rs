//! One user's count, and the decision.
//!
//! Cap and count are the two halves of one word, so that a decision is one compare-exchange of both: no cap is
//! exceeded, not even by an acquire that races a lowering of the cap. Slots and permits hold a counter; the registry
//! only points at it, and when the last of them has gone, the counter takes its own entry out of the registry.

use crate::policy::Terms;
use crate::registry::Registry;
use crate::sync::{AtomicU64, Ordering, Weak};

/// One user's count. Alive as long as there is a `UserSlots` or a `Permit` of that user.
// In this order, so that the reference count, the word and the user, which each look-up touches, are neighbours.
#[repr(C)]
pub(crate) struct Counter<U> {
    /// The ceiling, and the sessions held. INVARIANT: held was below the ceiling whenever it was raised.
    word: AtomicU64,
    /// The limit to report, and the session that is near it. Read beside the decision, never for it.
    advice: AtomicU64,
    user: U,
    /// The registry's hash of `user`, which finds the entry.
    hash: u32,
    /// Weak: a permit must not keep a limiter alive.
    registry: Weak<Registry<U>>,
}

/// What a granted acquire saw.
pub(crate) struct Granted {
    /// The sessions held, this one included.
    pub(crate) sessions: u32,
    /// The limit to report.
    pub(crate) limit: u32,
    /// The session that is near the limit.
    pub(crate) warn_at: u32,
}

impl<U> Counter<U> {
    pub(crate) fn new(user: U, hash: u32, terms: Terms, registry: Weak<Registry<U>>) -> Self {
        Self {
            word: AtomicU64::new(pack(terms.ceiling, 0)),
            advice: AtomicU64::new(pack(terms.limit, terms.warn_at)),
            user,
            hash,
            registry,
        }
    }

    pub(crate) fn user(&self) -> &U {
        &self.user
    }

    /// The sessions held at this moment.
    pub(crate) fn sessions(&self) -> u32 {
        halves(self.word.load(Ordering::Relaxed)).1
    }

    /// Takes a slot, or says which ceiling stands in the way.
    ///
    /// Never add first and take back afterwards: while the addition stands, a third thread would be refused a slot that
    /// is free.
    pub(crate) fn raise(&self) -> Result<Granted, u32> {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let (ceiling, held) = halves(word);
            if held >= ceiling {
                return Err(ceiling);
            }
            // Acquire, as lower() releases: whoever gets a slot sees what its last holder did.
            match self.word.compare_exchange_weak(word, word + 1, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
        let (limit, warn_at) = halves(self.advice.load(Ordering::Relaxed));
        Ok(Granted { sessions: halves(word).1 + 1, limit, warn_at })
    }

    /// Gives a slot back. Once for each raise(): only the Drop of a permit calls it.
    pub(crate) fn lower(&self) {
        self.word.fetch_sub(1, Ordering::Release);
    }

    /// The policy has changed. The sessions held stay as they are, above the new ceiling too.
    pub(crate) fn set_terms(&self, terms: Terms) {
        self.advice.store(pack(terms.limit, terms.warn_at), Ordering::Relaxed);
        let mut word = self.word.load(Ordering::Relaxed);
        while let Err(now) = self.word.compare_exchange_weak(
            word,
            pack(terms.ceiling, halves(word).1),
            Ordering::Relaxed,
            Ordering::Relaxed,
        ) {
            word = now;
        }
    }
}

impl<U> Drop for Counter<U> {
    fn drop(&mut self) {
        if let Some(registry) = self.registry.upgrade() {
            registry.forget(self.hash, self);
        }
    }
}

fn pack(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

fn halves(word: u64) -> (u32, u32) {
    ((word >> 32) as u32, word as u32)
}
