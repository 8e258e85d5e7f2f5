//! How much memory all owners of a kind together may take: all sessions; the octets that wait on all connections.

use crate::sync::{Arc, AtomicUsize, Ordering};

/// A total in octets that many [`Share`]s draw on. Exact: never above its limit, not even for a moment.
#[derive(Debug)]
pub(crate) struct Budget {
    used: AtomicUsize,
    limit: usize,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { used: AtomicUsize::new(0), limit })
    }

    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }
}

/// What one owner has drawn. Given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    budget: Arc<Budget>,
    octets: usize,
}

impl Share {
    pub(crate) fn new(budget: &Arc<Budget>) -> Self {
        Self { budget: Arc::clone(budget), octets: 0 }
    }

    /// Draws more, or says that there is no more.
    pub(crate) fn grow(&mut self, octets: usize) -> Result<(), Exhausted> {
        let limit = self.budget.limit;
        self.budget
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(octets).filter(|&sum| sum <= limit)
            })
            .map_err(|_| Exhausted)?;
        self.octets += octets;
        Ok(())
    }

    /// Draws or gives back, so that the share is `octets`.
    pub(crate) fn set(&mut self, octets: usize) -> Result<(), Exhausted> {
        match octets.checked_sub(self.octets) {
            Some(0) => Ok(()),
            Some(more) => self.grow(more),
            None => {
                let less = std::mem::replace(&mut self.octets, octets) - octets;
                self.budget.used.fetch_sub(less, Ordering::Relaxed);
                Ok(())
            }
        }
    }

    /// Gives everything back.
    pub(crate) fn release(&mut self) {
        self.budget.used.fetch_sub(std::mem::take(&mut self.octets), Ordering::Relaxed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.release();
    }
}

/// The budget is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exhausted;
