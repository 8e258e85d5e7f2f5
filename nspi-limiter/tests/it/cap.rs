//! What one user may hold, decided on one thread.

use nspi_limiter::{DEFAULT_SESSIONS_PER_USER, LimitReached, Permit, Policy, SessionLimiter};

fn capped(cap: u32) -> SessionLimiter<&'static str> {
    SessionLimiter::new(Policy::capped(Some(cap)))
}

#[test]
fn the_51st_session_is_refused_by_default() {
    let limiter = SessionLimiter::default();
    let held: Vec<Permit<&str>> =
        (0..DEFAULT_SESSIONS_PER_USER).map(|_| limiter.try_acquire("alice").unwrap()).collect();
    let refused = limiter.try_acquire("alice").unwrap_err();
    assert_eq!((refused.user, refused.limit), ("alice", 50));
    assert_eq!((held.len(), limiter.sessions(&"alice")), (50, 50));
}

#[test]
fn a_freed_slot_can_be_taken_again() {
    let alice = capped(1).user("alice");
    let first = alice.try_acquire().unwrap();
    assert!(alice.try_acquire().is_err());
    drop(first);
    let second = alice.try_acquire().unwrap();
    assert!(alice.try_acquire().is_err());
    drop(second);
    assert_eq!(alice.sessions(), 0);
}

#[test]
fn a_refusal_takes_no_slot() {
    let alice = capped(1).user("alice");
    let permit = alice.try_acquire().unwrap();
    for _ in 0..3 {
        assert!(alice.try_acquire().is_err());
    }
    assert_eq!(alice.sessions(), 1);
    drop(permit);
    assert_eq!(alice.sessions(), 0);
}

#[test]
fn another_user_is_not_affected() {
    let limiter = capped(1);
    let _alices = limiter.try_acquire("alice").unwrap();
    assert!(limiter.try_acquire("alice").is_err());
    let bobs = limiter.try_acquire("bob").unwrap();
    assert_eq!(*bobs.user(), "bob");
}

#[test]
fn slots_look_ups_and_clones_count_together() {
    let limiter = capped(3);
    let slots = limiter.user("alice");
    let _first = slots.try_acquire().unwrap();
    let second = limiter.clone().try_acquire("alice").unwrap();
    let _third = second.slots().try_acquire().unwrap();
    assert!(slots.clone().try_acquire().is_err());
    assert_eq!((slots.sessions(), limiter.sessions(&"alice")), (3, 3));
}

#[test]
fn a_cap_of_zero_refuses_the_first_session() {
    let limiter = capped(0);
    assert_eq!(limiter.try_acquire("alice").unwrap_err().limit, 0);
    assert_eq!(limiter.sessions(&"alice"), 0);
}

#[test]
fn no_cap_and_the_largest_cap_refuse_nobody() {
    for cap in [None, Some(u32::MAX)] {
        let alice = SessionLimiter::new(Policy::capped(cap)).user("alice");
        let held: Vec<_> = (0..1000).map(|_| alice.try_acquire().unwrap()).collect();
        assert_eq!(alice.sessions(), 1000);
        drop(held);
        assert_eq!(alice.sessions(), 0);
    }
}

#[test]
fn the_snapshot_names_users_who_hold_sessions() {
    let limiter = capped(5);
    let _idle = limiter.user("carol");
    let _held = [
        limiter.try_acquire("alice").unwrap(),
        limiter.try_acquire("bob").unwrap(),
        limiter.try_acquire("bob").unwrap(),
    ];
    let mut snapshot = limiter.snapshot();
    snapshot.sort_unstable();
    assert_eq!(snapshot, [("alice", 1), ("bob", 2)]);
}

#[test]
fn a_refusal_is_an_error_that_says_the_limit() {
    let refused: LimitReached<&str> = capped(0).try_acquire("alice").unwrap_err();
    let error: Box<dyn std::error::Error> = Box::new(refused);
    assert_eq!(error.to_string(), "the limit of 0 concurrent sessions per user is reached");
}
