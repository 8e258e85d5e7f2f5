//! Who keeps what alive, and that nothing stays.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock, mpsc};
use std::time::Duration;

use nspi_limiter::{Permit, Policy, SessionLimiter};

#[test]
fn a_permit_is_one_word() {
    assert_eq!(size_of::<Permit<[u8; 28]>>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Permit<String>>>(), size_of::<usize>());
}

#[test]
fn nothing_stays_after_the_last_permit_and_slots() {
    let limiter = SessionLimiter::default();
    let permits: Vec<_> = (0..10_000).map(|user| limiter.try_acquire(user).unwrap()).collect();
    let slots: Vec<_> = (5_000..15_000).map(|user| limiter.user(user)).collect();
    assert_eq!(limiter.users(), 15_000);
    drop(permits);
    assert_eq!(limiter.users(), 10_000);
    assert!(limiter.snapshot().is_empty());
    drop(slots);
    assert_eq!(limiter.users(), 0);
}

#[test]
fn a_refused_or_asked_for_user_leaves_nothing() {
    let limiter = SessionLimiter::new(Policy::capped(Some(0)));
    assert!(limiter.try_acquire("alice").is_err());
    assert_eq!((limiter.sessions(&"bob"), limiter.users()), (0, 0));
}

#[test]
fn a_permit_keeps_the_count_when_the_slots_have_gone() {
    let limiter = SessionLimiter::new(Policy::capped(Some(1)));
    let slots = limiter.user("alice");
    let permit = slots.try_acquire().unwrap();
    drop(slots);
    assert!(limiter.try_acquire("alice").is_err());
    drop(permit);
    assert!(limiter.try_acquire("alice").is_ok());
}

#[test]
fn a_permit_keeps_no_limiter_alive() {
    let probe = Arc::new("mallory");
    let exempt = [probe.clone()].into();
    let limiter = SessionLimiter::new(Policy { exempt, ..Policy::default() });
    let permit = limiter.try_acquire(Arc::new("alice")).unwrap();
    drop(limiter);
    assert_eq!(Arc::strong_count(&probe), 1, "the limiter's policy has gone");
    assert_eq!(**permit.user(), "alice");
}

#[test]
fn slots_go_on_deciding_when_the_limiter_has_gone() {
    let limiter = SessionLimiter::new(Policy::default());
    let alice = limiter.user("alice");
    limiter.set_policy(Policy::capped(Some(1)));
    drop(limiter);
    let permit = alice.try_acquire().unwrap();
    assert_eq!(alice.try_acquire().unwrap_err().limit, 1);
    drop(permit);
    assert_eq!(alice.sessions(), 0);
}

/// Users whose hashes are all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Colliding(u32);

impl Hash for Colliding {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

#[test]
fn users_of_one_hash_are_counted_apart() {
    let limiter = SessionLimiter::new(Policy::capped(Some(1)));
    let mut held: Vec<_> = (0..100).map(|user| limiter.try_acquire(Colliding(user)).unwrap()).collect();
    assert!((0..100).all(|user| limiter.try_acquire(Colliding(user)).is_err()));
    drop(held.drain(10..90));
    assert_eq!(limiter.users(), 20);
    assert_eq!([limiter.sessions(&Colliding(9)), limiter.sessions(&Colliding(10))], [1, 0]);
    held.clear();
    assert_eq!(limiter.users(), 0);
}

/// A user who asks the limiter when it is dropped or cloned, which would never end if a lock were held.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Nosy(u32);

static NOSY: LazyLock<SessionLimiter<Nosy>> = LazyLock::new(|| SessionLimiter::new(Policy::capped(Some(1))));

impl Clone for Nosy {
    fn clone(&self) -> Self {
        assert!(NOSY.users() <= 100 && NOSY.policy().default_cap == Some(1));
        Self(self.0)
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        assert!(NOSY.users() <= 100 && NOSY.policy().default_cap == Some(1));
    }
}

#[test]
fn no_user_is_cloned_or_dropped_under_a_lock() {
    let (done, ended) = mpsc::channel();
    std::thread::spawn(move || {
        let held: Vec<_> = (0..100).map(|user| NOSY.try_acquire(Nosy(user)).unwrap()).collect();
        assert!((0..100).all(|user| NOSY.try_acquire(Nosy(user)).is_err()));
        for cap in [0, 1] {
            NOSY.set_policy(Policy { overrides: [(Nosy(7), Some(cap))].into(), ..Policy::capped(Some(1)) });
        }
        assert_eq!((NOSY.snapshot().len(), NOSY.sessions(&Nosy(3))), (100, 1));
        drop(held);
        assert_eq!(NOSY.users(), 0);
        done.send(()).unwrap();
    });
    assert_eq!(ended.recv_timeout(Duration::from_secs(60)), Ok(()));
}
