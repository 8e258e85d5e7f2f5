//! Guessing is slow, mistakes are not, and neither costs memory without end.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use nspi_auth::{Attempts, Slowing, counted_address};
use nspi_proto::dcerpc::auth::SecurityError;
use proptest::prelude::*;
use rstest::rstest;

const SECOND: Duration = Duration::from_secs(1);
const SLOWING: Slowing =
    Slowing { free: 2, first: SECOND, longest: Duration::from_secs(10), memory: Duration::from_secs(60), capacity: 4 };

#[test]
fn waits_double_up_to_the_longest() {
    let (mut attempts, now) = (Attempts::new(SLOWING), Instant::now());
    let mut waits = vec![];
    for _ in 0..40 {
        attempts.failed("alice", now);
        waits.push(attempts.wait(&"alice", now).as_secs());
    }
    assert_eq!(waits[..8], [0, 0, 1, 2, 4, 8, 10, 10]);
    assert!(waits[8..].iter().all(|wait| *wait == 10));
}

#[test]
fn attempt_is_let_through_when_the_wait_is_over_and_not_before() {
    let (mut attempts, now) = (Attempts::new(SLOWING), Instant::now());
    (0..4).for_each(|_| attempts.failed("alice", now));
    assert_eq!(attempts.check(&"alice", now + SECOND * 2 - Duration::from_nanos(1)), Err(SecurityError::SlowedDown));
    assert_eq!(attempts.check(&"alice", now + SECOND * 2), Ok(()));
    // Refused attempts were not looked at, and so do not lengthen the wait.
    assert_eq!(attempts.wait(&"alice", now + SECOND), SECOND);
}

#[test]
fn others_do_not_wait() {
    let (mut attempts, now) = (Attempts::new(SLOWING), Instant::now());
    (0..9).for_each(|_| attempts.failed(("alice", "192.0.2.1"), now));
    assert!(attempts.check(&("alice", "192.0.2.1"), now).is_err());
    assert!(attempts.check(&("alice", "192.0.2.2"), now).is_ok());
    assert!(attempts.check(&("bob", "192.0.2.1"), now).is_ok());
}

#[test]
fn success_forgets_the_failures_before_it() {
    let (mut attempts, now) = (Attempts::new(SLOWING), Instant::now());
    (0..3).for_each(|_| attempts.failed("alice", now));
    attempts.succeeded(&"alice");
    assert!(attempts.is_empty());
    (0..2).for_each(|_| attempts.failed("alice", now));
    assert_eq!(attempts.check(&"alice", now), Ok(()));
}

#[test]
fn time_forgets_too_but_not_while_somebody_goes_on_failing() {
    let (mut attempts, mut now) = (Attempts::new(SLOWING), Instant::now());
    (0..5).for_each(|_| attempts.failed("alice", now));
    now += SECOND * 60;
    attempts.failed("alice", now);
    assert_eq!(attempts.wait(&"alice", now), SECOND * 8);
    now += SECOND * 61;
    attempts.failed("alice", now);
    assert_eq!(attempts.check(&"alice", now), Ok(()));
}

#[test]
fn memory_is_never_shorter_than_the_longest_wait() {
    let (mut attempts, now) = (Attempts::new(Slowing { memory: Duration::ZERO, ..SLOWING }), Instant::now());
    (0..9).for_each(|_| attempts.failed("alice", now));
    attempts.failed("alice", now + SECOND * 10);
    assert_eq!(attempts.wait(&"alice", now + SECOND * 10), SECOND * 10);
}

#[test]
fn clock_that_goes_back_does_not_let_anybody_through() {
    let (mut attempts, now) = (Attempts::new(SLOWING), Instant::now() + SECOND * 100);
    (0..3).for_each(|_| attempts.failed("alice", now));
    assert_eq!(attempts.wait(&"alice", now - SECOND * 50), SECOND);
}

#[test]
fn flood_of_names_is_bounded_and_keeps_the_latest() {
    let (mut attempts, now) = (Attempts::new(SLOWING), Instant::now());
    for name in 0..1_000 {
        (0..3).for_each(|_| attempts.failed(name, now));
        assert!(attempts.len() <= 2 * SLOWING.capacity);
        for latest in (0..=name).rev().take(SLOWING.capacity) {
            assert!(attempts.check(&latest, now).is_err(), "{latest} of {name}");
        }
    }
    assert_eq!(attempts.check(&0, now), Ok(()));
}

#[test]
fn capacity_of_nothing_remembers_one() {
    let (mut attempts, now) = (Attempts::new(Slowing { capacity: 0, ..SLOWING }), Instant::now());
    (0..3).for_each(|_| attempts.failed("alice", now));
    assert!(attempts.check(&"alice", now).is_err());
}

#[rstest]
#[case("192.0.2.7", "192.0.2.7")]
#[case("::ffff:192.0.2.7", "192.0.2.7")]
#[case("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
#[case("::1", "::")]
fn address_counts_as(#[case] address: &str, #[case] counted: &str) {
    assert_eq!(counted_address(address.parse().unwrap()), counted.parse::<std::net::IpAddr>().unwrap());
}

proptest! {
    /// Below the capacity it is a plain count.
    #[test]
    fn agrees_with_a_table_of_counts(events in prop::collection::vec((0..4u8, 0..20u64, any::<bool>()), 0..100)) {
        let (mut attempts, mut now) = (Attempts::new(SLOWING), Instant::now());
        let mut counts: HashMap<u8, (u32, Instant)> = HashMap::new();
        for (key, later, right) in events {
            now += SECOND * u32::try_from(later).unwrap();
            let (count, last) = counts.get(&key).copied().unwrap_or((0, now));
            let wait = if count > 2 { 10.min(1u64 << (count - 3).min(9)) } else { 0 };
            let may = now >= last + Duration::from_secs(wait);
            prop_assert_eq!(attempts.check(&key, now).is_ok(), may);
            match (may, right) {
                (false, _) => {}
                (true, true) => {
                    attempts.succeeded(&key);
                    counts.remove(&key);
                }
                (true, false) => {
                    attempts.failed(key, now);
                    let count = if now - last > Duration::from_secs(60) { 0 } else { count };
                    counts.insert(key, (count + 1, now));
                }
            }
        }
    }
}
