//! Every interleaving of a few threads at the counter and in a shard, the weak memory orders included:
//! `RUSTFLAGS="--cfg loom" cargo test -p nspi-limiter --release --test loom`
#![cfg(loom)]

use std::hash::{Hash, Hasher};

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use nspi_limiter::{Notice, Policy, SessionLimiter, SoftThreshold};

fn capped(cap: u32) -> SessionLimiter<&'static str> {
    SessionLimiter::new(Policy::capped(Some(cap)))
}

/// Users whose hashes are all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Colliding(u32);

impl Hash for Colliding {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

#[test]
fn two_acquires_race_for_one_slot_and_one_gets_it() {
    loom::model(|| {
        let alice = capped(1).user("alice");
        let other = alice.clone();
        let theirs = thread::spawn(move || other.try_acquire().ok());
        let ours = alice.try_acquire().ok();
        let theirs = theirs.join().unwrap();
        assert!(ours.is_some() ^ theirs.is_some());
        assert_eq!(alice.sessions(), 1);
    });
}

#[test]
fn three_acquires_race_for_two_slots_and_two_get_one() {
    // Up to three preemptions: without a bound it takes half a minute and finds no more.
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let alice = capped(2).user("alice");
        let others = [0, 1].map(|_| {
            let other = alice.clone();
            thread::spawn(move || other.try_acquire().ok())
        });
        let ours = alice.try_acquire().ok();
        let theirs = others.map(|other| other.join().unwrap());
        assert_eq!(theirs.iter().flatten().chain(&ours).count(), 2);
        assert_eq!(alice.sessions(), 2);
    });
}

#[test]
fn an_acquire_that_races_a_release_gets_the_slot_or_leaves_it_free() {
    loom::model(|| {
        let alice = capped(1).user("alice");
        let held = alice.try_acquire().unwrap();
        let released = thread::spawn(move || drop(held));
        let permit = alice.try_acquire().ok();
        released.join().unwrap();
        assert_eq!(alice.sessions(), u32::from(permit.is_some()));
        drop(permit);
        assert_eq!(alice.sessions(), 0);
        assert!(alice.try_acquire().is_ok());
    });
}

#[test]
fn a_refusal_never_costs_a_third_one_a_free_slot() {
    // Who has just released finds the slot free, unless the other one was granted it. Adding first and taking back
    // afterwards refuses both.
    loom::model(|| {
        let alice = capped(1).user("alice");
        let held = alice.try_acquire().unwrap();
        let other = alice.clone();
        let theirs = thread::spawn(move || other.try_acquire().ok());
        drop(held);
        let ours = alice.try_acquire().ok();
        let theirs = theirs.join().unwrap();
        assert!(ours.is_some() ^ theirs.is_some());
    });
}

#[test]
fn the_next_holder_sees_what_the_last_one_did() {
    loom::model(|| {
        let alice = capped(1).user("alice");
        let guarded = Arc::new(UnsafeCell::new(0_u32));
        let (other, theirs) = (alice.clone(), guarded.clone());
        let add = |guarded: &UnsafeCell<u32>| guarded.with_mut(|_| ());
        let thread = thread::spawn(move || {
            if let Ok(_permit) = other.try_acquire() {
                add(&theirs); // loom ends the run if the two accesses are not ordered
            }
        });
        if let Ok(_permit) = alice.try_acquire() {
            add(&guarded);
        }
        thread.join().unwrap();
    });
}

#[test]
fn an_acquire_that_starts_after_a_lowering_obeys_it() {
    loom::model(|| {
        let limiter = capped(2);
        let alice = limiter.user("alice");
        let (other, lowered) = (alice.clone(), Arc::new(AtomicBool::new(false)));
        let seen = lowered.clone();
        let theirs = thread::spawn(move || {
            let after = seen.load(Ordering::Acquire);
            (after, other.try_acquire().ok())
        });
        let _ours = alice.try_acquire().ok();
        limiter.set_policy(Policy::capped(Some(1)));
        lowered.store(true, Ordering::Release);
        let (after, permit) = theirs.join().unwrap();
        assert!(!(after && permit.is_some()), "one is held, the cap is one, and another was granted");
        assert!(alice.try_acquire().is_err());
    });
}

#[test]
fn a_change_of_policy_loses_no_acquire() {
    loom::model(|| {
        let limiter = capped(1);
        let alice = limiter.user("alice");
        let other = alice.clone();
        let acquired = thread::spawn(move || other.try_acquire().unwrap());
        limiter.set_policy(Policy::capped(Some(2)));
        let first = acquired.join().unwrap();
        assert_eq!(alice.sessions(), 1);
        let second = alice.try_acquire().unwrap();
        assert_eq!(alice.try_acquire().unwrap_err().limit, 2);
        drop((first, second));
    });
}

#[test]
fn a_change_of_policy_loses_no_release() {
    loom::model(|| {
        let limiter = capped(1);
        let alice = limiter.user("alice");
        let permit = alice.try_acquire().unwrap();
        let released = thread::spawn(move || drop(permit));
        limiter.set_policy(Policy::capped(Some(2)));
        released.join().unwrap();
        assert_eq!(alice.sessions(), 0);
    });
}

#[test]
fn the_threshold_is_reported_by_one_of_two() {
    loom::model(|| {
        let policy = Policy { soft_threshold: Some(SoftThreshold::Count(2)), ..Policy::capped(Some(2)) };
        let alice = SessionLimiter::new(policy).user("alice");
        let other = alice.clone();
        let theirs = thread::spawn(move || other.admit().unwrap());
        let ours = alice.admit().unwrap();
        let notices = [ours.notice, theirs.join().unwrap().notice];
        let near = Notice::NearLimit { sessions: 2, limit: 2 };
        assert_eq!(notices.into_iter().flatten().collect::<Vec<_>>(), [near]);
    });
}

#[test]
fn a_look_up_that_races_the_last_drop_counts_from_a_counter_that_stays() {
    loom::model(|| {
        let limiter = capped(1);
        let last = limiter.try_acquire("alice").unwrap();
        let other = limiter.clone();
        let threads = [
            thread::spawn(move || drop(last)),
            thread::spawn(move || drop(other.user("alice"))), // a second counter, that may die before the first one's end
        ];
        // A counter of the others' that still lives, or a new one beside the entries of the dying.
        let alice = limiter.user("alice");
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(limiter.users(), 1, "the dying counters removed their own entries");
        let permit = alice.try_acquire().unwrap();
        assert!(limiter.try_acquire("alice").is_err(), "the look-up finds the counter that holds the permit");
        drop((alice, permit));
        assert_eq!(limiter.users(), 0);
    });
}

#[test]
fn two_look_ups_make_one_counter() {
    loom::model(|| {
        let limiter = capped(1);
        let other = limiter.clone();
        let theirs = thread::spawn(move || other.try_acquire("alice").ok());
        let ours = limiter.try_acquire("alice").ok();
        let theirs = theirs.join().unwrap();
        assert!(ours.is_some() ^ theirs.is_some());
        assert_eq!(limiter.users(), 1);
        drop((ours, theirs));
        assert_eq!(limiter.users(), 0);
    });
}

#[test]
fn a_counter_that_is_made_while_the_policy_changes_ends_with_the_new_one() {
    loom::model(|| {
        let limiter = capped(0);
        let other = limiter.clone();
        let made = thread::spawn(move || other.user("alice"));
        limiter.set_policy(Policy::capped(Some(1)));
        let alice = made.join().unwrap();
        let _permit = alice.try_acquire().unwrap();
        assert!(alice.try_acquire().is_err());
    });
}

#[test]
fn a_change_of_policy_or_a_snapshot_may_hold_the_counter_last() {
    let looks: [fn(&SessionLimiter<&'static str>); 2] =
        [|limiter| limiter.set_policy(Policy::default()), |limiter| drop(limiter.snapshot())];
    for look in looks {
        loom::model(move || {
            let limiter = capped(1);
            let permit = limiter.try_acquire("alice").unwrap();
            let dropped = thread::spawn(move || drop(permit));
            look(&limiter); // loom ends the run if the counter's end waits for a lock held here
            dropped.join().unwrap();
            assert_eq!(limiter.users(), 0);
        });
    }
}

#[test]
fn a_look_up_of_another_user_may_hold_the_counter_last() {
    loom::model(|| {
        let limiter = SessionLimiter::new(Policy::capped(Some(1)));
        let permit = limiter.try_acquire(Colliding(1)).unwrap();
        let dropped = thread::spawn(move || drop(permit));
        assert_eq!(limiter.sessions(&Colliding(2)), 0);
        drop(limiter.user(Colliding(3)));
        dropped.join().unwrap();
        assert_eq!(limiter.users(), 0);
    });
}

#[test]
fn the_last_permit_may_go_while_the_limiter_goes() {
    loom::model(|| {
        let limiter = capped(1);
        let permit = limiter.try_acquire("alice").unwrap();
        let dropped = thread::spawn(move || drop(permit));
        drop(limiter);
        dropped.join().unwrap();
    });
}
