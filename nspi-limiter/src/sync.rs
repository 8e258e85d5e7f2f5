//! The one place where atomics and locks come from: the real ones, or those of a model checker.
//!
//! `--cfg loom` and `--cfg shuttle` swap them, so that `tests/loom.rs` and `tests/shuttle.rs` run the very code that
//! ships. `Arc` and `Weak` stay std's in all three: loom has no `Weak`, and what may go wrong here happens at the
//! counter's word and at the shard's lock, both of which the checkers see.

pub(crate) use std::sync::{Arc, Weak};

#[cfg(not(any(loom, shuttle)))]
mod real {
    pub(crate) use parking_lot::Mutex;
    pub(crate) use std::sync::atomic::{AtomicU64, Ordering};
}
#[cfg(not(any(loom, shuttle)))]
pub(crate) use real::*;

#[cfg(any(loom, shuttle))]
mod model {
    #[cfg(loom)]
    pub(crate) use loom::sync::{
        Mutex as StdMutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    };
    #[cfg(all(shuttle, not(loom)))]
    pub(crate) use shuttle::sync::{
        Mutex as StdMutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    };
    use std::sync::PoisonError;

    /// The checker's mutex with parking_lot's signature.
    pub(crate) struct Mutex<T>(StdMutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(StdMutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }
}
#[cfg(any(loom, shuttle))]
pub(crate) use model::*;
