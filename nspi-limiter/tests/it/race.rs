//! Real threads: exactly as many as the cap, whatever the order.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use nspi_limiter::{Policy, SessionLimiter, UserSlots};

/// Hundred threads race for fifty slots, round after round; each round's winners, and the count after it.
fn race(
    rounds: u32,
    limiter: &SessionLimiter<&'static str>,
    at_hand: Option<UserSlots<&'static str>>,
) -> Vec<(u32, u32)> {
    let start_and_end = Barrier::new(100);
    let granted: Vec<AtomicU32> = (0..rounds).map(|_| AtomicU32::new(0)).collect();
    let left: Vec<AtomicU32> = (0..rounds).map(|_| AtomicU32::new(u32::MAX)).collect();
    thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| {
                for (granted, left) in granted.iter().zip(&left) {
                    start_and_end.wait();
                    let permit = match &at_hand {
                        Some(slots) => slots.try_acquire(),
                        None => limiter.try_acquire("alice"),
                    };
                    granted.fetch_add(u32::from(permit.is_ok()), Ordering::Relaxed);
                    start_and_end.wait();
                    drop(permit);
                    if start_and_end.wait().is_leader() {
                        left.store(limiter.sessions(&"alice"), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    granted.into_iter().zip(left).map(|(granted, left)| (granted.into_inner(), left.into_inner())).collect()
}

#[test]
fn a_hundred_threads_racing_for_fifty_slots_get_exactly_fifty() {
    let limiter = SessionLimiter::default();
    let slots = limiter.user("alice");
    assert_eq!(race(100, &limiter, Some(slots)), vec![(50, 0); 100]);
    assert_eq!(limiter.users(), 0);
}

#[test]
fn looked_up_each_time_they_get_exactly_fifty_too() {
    // The counter comes and goes with each round.
    let limiter = SessionLimiter::default();
    assert_eq!(race(100, &limiter, None), vec![(50, 0); 100]);
    assert_eq!(limiter.users(), 0);
}

#[test]
fn a_cap_of_one_is_a_lock() {
    // Whoever holds the only slot adds without an atomic addition: two at a time, or a holder that does not see what
    // the last one did, would lose some. Each look-up may find the counter, a dying one, or none.
    let limiter = SessionLimiter::new(Policy::capped(Some(1)));
    let (guarded, granted) = (AtomicU32::new(0), AtomicU32::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100_000 {
                    if let Ok(_permit) = limiter.try_acquire("alice") {
                        guarded.store(guarded.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
                        granted.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(guarded.into_inner(), granted.into_inner());
    assert_eq!(limiter.users(), 0);
}

#[test]
fn changing_caps_are_never_exceeded() {
    const CAPS: [u32; 4] = [5, 1, 3, 0];
    let limiter = SessionLimiter::new(Policy::capped(Some(0)));
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let alice = limiter.user("alice");
                while !stop.load(Ordering::Relaxed) {
                    let held: Vec<_> = (0..6).map_while(|_| alice.try_acquire().ok()).collect();
                    assert!(held.len() <= 5 && alice.sessions() <= 5);
                }
            });
        }
        for cap in CAPS.into_iter().cycle().take(1000) {
            limiter.set_policy(Policy::capped(Some(cap)));
            // New users find the new policy at once, while the others go on.
            let held: Vec<_> = (0..6).map_while(|_| limiter.try_acquire("bob").ok()).collect();
            assert_eq!(u32::try_from(held.len()), Ok(cap));
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(limiter.users(), 0);
}

#[test]
fn a_user_made_while_the_policy_changes_obeys_the_new_one() {
    let limiter = Arc::new(SessionLimiter::new(Policy::capped(Some(0))));
    for round in 0..2000_u32 {
        let barrier = Barrier::new(2);
        thread::scope(|scope| {
            let made = scope.spawn(|| {
                barrier.wait();
                limiter.user(round)
            });
            barrier.wait();
            limiter.set_policy(Policy::capped(Some(round % 3)));
            let alice = made.join().unwrap();
            let held: Vec<_> = (0..4).map_while(|_| alice.try_acquire().ok()).collect();
            assert_eq!(u32::try_from(held.len()), Ok(round % 3));
        });
    }
    assert_eq!(limiter.users(), 0);
}
