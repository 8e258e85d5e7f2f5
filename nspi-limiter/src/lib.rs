//! An exact cap on concurrent sessions per user, with permits that free themselves.
//!
//! ```text
//!   SessionLimiter ── user(alice) ──► UserSlots ── try_acquire() ──► Permit          over the cap: LimitReached
//!         │            (a look-up, once a         (one compare-       (in the session's entry; its Drop
//!         ▼             security context)          exchange)           gives the slot back)
//!   64 shards: hash ──► Weak ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─► Counter { cap | held, user } ◄── held by slots and permits alone
//! ```
//!
//! Windows domain controllers grant each user 50 NSPI sessions at a time and refuse the next one (KB949469). This crate
//! is that decision and nothing else: it knows users, but neither their sessions nor any protocol.
//!
//! - **Exact.** Cap and count are one word, changed by compare-exchange only while the count is below the cap. However
//!   many threads race for the last slot, one of them gets it; and nobody is refused because of another's refusal.
//! - **Never waits.** A decision is yes or no, at once; nothing queues.
//! - **Permits free themselves.** A [`Permit`] is one word, gives its slot back exactly once when it is dropped, and
//!   keeps neither the limiter nor anything else alive but its own user's counter.
//! - **Nothing stays.** A user whom neither a permit nor a [`UserSlots`] holds takes no place in the table.
//! - **Live.** [`SessionLimiter::set_policy`] changes caps under way; a lowered cap refuses new sessions and ends none.
//!
//! ```
//! use nspi_limiter::{Policy, SessionLimiter};
//!
//! let limiter = SessionLimiter::new(Policy { default_cap: Some(2), ..Policy::default() });
//! let alice = limiter.user("ACME\\alice");       // once, when she has authenticated
//! let first = alice.try_acquire()?;              // at each NspiBind
//! let _second = alice.try_acquire()?;
//! assert_eq!(alice.try_acquire().unwrap_err().limit, 2);
//!
//! drop(first);                                   // NspiUnbind: the slot is free again
//! let _third = alice.try_acquire()?;
//! let _bobs = limiter.try_acquire("ACME\\bob")?; // other users are not affected
//! assert_eq!(limiter.sessions(&"ACME\\alice"), 2);
//! # Ok::<(), nspi_limiter::LimitReached<&'static str>>(())
//! ```
#![forbid(unsafe_code)]
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod counter;
mod limiter;
mod policy;
mod registry;
mod slots;
mod sync;

pub use limiter::SessionLimiter;
pub use policy::{DEFAULT_SESSIONS_PER_USER, Policy, SoftThreshold};
pub use slots::{Admission, LimitReached, Notice, Permit, UserSlots};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
