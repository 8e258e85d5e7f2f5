//! A bound on how often something is said.
//!
//! A token bucket kept as one instant: when it will be full again. The clock is an argument.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// A token bucket: a burst at once, then one each interval. What it holds back, it counts.
///
/// ```
/// use std::time::{Duration, Instant};
/// use nspi_server::events::RateBound;
///
/// let (bound, now) = (RateBound::new(1, Duration::from_secs(1)), Instant::now());
/// assert_eq!(bound.admit(now), Some(0));
/// assert_eq!(bound.admit(now), None);
/// assert_eq!(bound.admit(now + Duration::from_secs(1)), Some(1));
/// ```
#[derive(Debug)]
pub struct RateBound {
    depth: Duration,
    interval: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When the bucket is full again; `None` while nothing was admitted.
    full_at: Option<Instant>,
    suppressed: u64,
}

impl RateBound {
    /// A full bucket of `burst` tokens that gains one each `interval`.
    #[must_use]
    pub fn new(burst: u32, interval: Duration) -> Self {
        Self { depth: interval.saturating_mul(burst), interval, state: Mutex::default() }
    }

    /// Takes a token: how many were held back since the last one, or `None` if this one must be.
    pub fn admit(&self, now: Instant) -> Option<u64> {
        let mut state = self.state.lock();
        let full_at = state.full_at.map_or(now, |full_at| full_at.max(now));
        if full_at.duration_since(now).saturating_add(self.interval) <= self.depth {
            state.full_at = full_at.checked_add(self.interval);
            Some(std::mem::take(&mut state.suppressed))
        } else {
            state.suppressed += 1;
            None
        }
    }
}
