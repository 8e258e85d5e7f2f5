//! The one place where atomics, locks and shared ownership come from: the real ones, or those of a model checker.
//!
//! `--cfg loom` and `--cfg shuttle` swap them, so that `tests/loom.rs` and `tests/shuttle.rs` run the very code that
//! ships. A crate that is checked together with this one is built with the same flag.

#[cfg(not(any(loom, shuttle)))]
mod real {
    pub(crate) use parking_lot::Mutex;
    pub(crate) use std::sync::atomic::{AtomicU64, Ordering};
    pub(crate) use std::sync::{Arc, Weak};
}
#[cfg(not(any(loom, shuttle)))]
pub(crate) use real::*;

#[cfg(any(loom, shuttle))]
mod model {
    #[cfg(loom)]
    use loom::sync as checker;
    #[cfg(all(shuttle, not(loom)))]
    use shuttle::sync as checker;

    pub(crate) use checker::atomic::{AtomicU64, Ordering};
    use std::ops::Deref;
    use std::sync::PoisonError;

    /// The checker's mutex with parking_lot's signature.
    pub(crate) struct Mutex<T>(checker::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(checker::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> checker::MutexGuard<'_, T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    /// std's `Arc`, whose every change of the count is one the checker sees and orders: neither checker has a `Weak`.
    /// `touched` stands for the count, with the memory orders of the real one.
    pub(crate) struct Arc<T> {
        value: std::sync::Arc<T>,
        touched: std::sync::Arc<AtomicU64>,
    }

    pub(crate) struct Weak<T> {
        value: std::sync::Weak<T>,
        touched: std::sync::Arc<AtomicU64>,
    }

    impl<T> Arc<T> {
        pub(crate) fn new(value: T) -> Self {
            Self { value: std::sync::Arc::new(value), touched: std::sync::Arc::new(AtomicU64::new(0)) }
        }

        pub(crate) fn downgrade(this: &Self) -> Weak<T> {
            Weak { value: std::sync::Arc::downgrade(&this.value), touched: this.touched.clone() }
        }
    }

    impl<T> Weak<T> {
        pub(crate) fn upgrade(&self) -> Option<Arc<T>> {
            self.touched.fetch_add(1, Ordering::Acquire);
            let value = self.value.upgrade()?;
            Some(Arc { value, touched: self.touched.clone() })
        }

        pub(crate) fn as_ptr(&self) -> *const T {
            self.value.as_ptr()
        }
    }

    impl<T> Clone for Arc<T> {
        fn clone(&self) -> Self {
            self.touched.fetch_add(1, Ordering::Relaxed);
            Self { value: self.value.clone(), touched: self.touched.clone() }
        }
    }

    impl<T> Drop for Arc<T> {
        fn drop(&mut self) {
            self.touched.fetch_add(1, Ordering::Release);
        }
    }

    impl<T> Deref for Arc<T> {
        type Target = T;

        fn deref(&self) -> &T {
            &self.value
        }
    }
}
#[cfg(any(loom, shuttle))]
pub(crate) use model::*;
