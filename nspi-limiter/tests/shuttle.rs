//! Random schedules of more threads than loom can exhaust, through look-ups, policies and the last drops:
//! `RUSTFLAGS="--cfg shuttle" cargo test -p nspi-limiter --release --test shuttle`
#![cfg(shuttle)]

use std::hash::{Hash, Hasher};

use nspi_limiter::{Policy, SessionLimiter};
use shuttle::sync::Arc;
use shuttle::sync::atomic::{AtomicU32, Ordering};
use shuttle::{check_pct, check_random, thread};

/// Schedules tried by each of the two schedulers.
const SCHEDULES: usize = 5_000;

/// At random, and with few but nasty switches.
fn check(test: fn()) {
    check_random(test, SCHEDULES);
    check_pct(test, SCHEDULES, 3);
}

#[test]
fn comers_and_goers_never_exceed_the_cap_and_leave_nothing() {
    check(|| {
        let limiter = SessionLimiter::new(Policy::capped(Some(2)));
        let inside = Arc::new(AtomicU32::new(0));
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let (limiter, inside) = (limiter.clone(), inside.clone());
                thread::spawn(move || {
                    for _ in 0..3 {
                        // Some keep the counter at hand, some look it up; it dies and is made anew in between.
                        let slots = (number % 2 == 0).then(|| limiter.user("alice"));
                        let permit = match &slots {
                            Some(slots) => slots.try_acquire(),
                            None => limiter.try_acquire("alice"),
                        };
                        if let Ok(_permit) = permit {
                            assert!(inside.fetch_add(1, Ordering::SeqCst) < 2);
                            inside.fetch_sub(1, Ordering::SeqCst);
                        }
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(limiter.users(), 0);
    });
}

#[test]
fn policies_change_under_way_and_the_last_one_stays() {
    check(|| {
        let limiter = SessionLimiter::new(Policy::capped(Some(1)));
        let changers = [2, 3].map(|cap| {
            let limiter = limiter.clone();
            thread::spawn(move || limiter.set_policy(Policy::capped(Some(cap))))
        });
        let users = ["alice", "bob"].map(|user| {
            let limiter = limiter.clone();
            thread::spawn(move || {
                drop(limiter.try_acquire(user));
                limiter.user(user)
            })
        });
        changers.into_iter().for_each(|changer| changer.join().unwrap());
        let cap = limiter.policy().default_cap.unwrap();
        assert_ne!(cap, 1);
        for slots in users.map(|user| user.join().unwrap()) {
            let held: Vec<_> = (0..4).map_while(|_| slots.try_acquire().ok()).collect();
            assert_eq!(u32::try_from(held.len()), Ok(cap));
        }
        assert_eq!(limiter.users(), 0);
    });
}

#[test]
fn onlookers_never_wait_for_what_they_hold() {
    // Looking at a counter holds it, perhaps as the last one: its end must not meet the lock it was looked up under.
    check(|| {
        let limiter = SessionLimiter::new(Policy::capped(Some(1)));
        let comer_and_goer = |user: u32| {
            let limiter = limiter.clone();
            thread::spawn(move || (0..2).for_each(|_| drop(limiter.try_acquire(Colliding(user)))))
        };
        let onlooker = |look: fn(&SessionLimiter<Colliding>)| {
            let limiter = limiter.clone();
            thread::spawn(move || look(&limiter))
        };
        let threads = [
            comer_and_goer(1),
            comer_and_goer(2),
            onlooker(|limiter| limiter.set_policy(Policy::capped(Some(2)))),
            onlooker(|limiter| drop(limiter.snapshot())),
            onlooker(|limiter| assert_eq!(limiter.sessions(&Colliding(3)), 0)),
        ];
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(limiter.users(), 0);
    });
}

/// Users whose hashes are all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Colliding(u32);

impl Hash for Colliding {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

#[test]
fn the_limiter_may_go_first() {
    check(|| {
        let limiter = SessionLimiter::new(Policy::capped(Some(1)));
        let threads = ["alice", "alice", "bob"].map(|user| {
            let limiter = limiter.clone();
            thread::spawn(move || {
                let slots = limiter.user(user);
                let permit = slots.try_acquire();
                drop(limiter);
                drop(slots);
                drop(permit);
            })
        });
        drop(limiter);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}
