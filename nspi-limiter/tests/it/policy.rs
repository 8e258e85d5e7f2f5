//! What a policy says, and what changes when it changes.

use nspi_limiter::{Notice, Permit, Policy, SessionLimiter, SoftThreshold, UserSlots};

/// The notices of one acquire after the other, all granted and held.
fn notices(slots: &UserSlots<&'static str>, acquires: usize) -> Vec<Option<Notice>> {
    let admitted: Vec<_> = (0..acquires).map(|_| slots.admit().unwrap()).collect();
    admitted.iter().map(|admission| admission.notice).collect()
}

#[test]
fn an_override_stands_in_place_of_the_default() {
    let policy = Policy {
        default_cap: Some(1),
        overrides: [("backup", Some(3)), ("service", None), ("blocked", Some(0))].into(),
        ..Policy::default()
    };
    let limiter = SessionLimiter::new(policy);
    let granted = |user| {
        let held: Vec<_> = (0..100).map_while(|_| limiter.try_acquire(user).ok()).collect();
        held.len()
    };
    assert_eq!([granted("alice"), granted("backup"), granted("service"), granted("blocked")], [1, 3, 100, 0]);
}

#[test]
fn an_exempt_user_is_counted_and_never_refused_nor_reported() {
    let policy = Policy {
        default_cap: Some(1),
        overrides: [("monitor", Some(0))].into(),
        exempt: ["monitor"].into(),
        soft_threshold: Some(SoftThreshold::Count(1)),
        ..Policy::default()
    };
    let limiter = SessionLimiter::new(policy);
    let monitor = limiter.user("monitor");
    assert_eq!(notices(&monitor, 100), vec![None; 100]);
    let _held: Vec<_> = (0..7).map(|_| monitor.try_acquire().unwrap()).collect();
    assert_eq!(limiter.snapshot(), [("monitor", 7)]);
}

#[test]
fn a_dry_run_reports_what_it_would_refuse() {
    let policy = Policy { default_cap: Some(2), dry_run: true, ..Policy::default() };
    let alice = SessionLimiter::new(policy).user("alice");
    let over = |sessions| Some(Notice::OverLimit { sessions, limit: 2 });
    assert_eq!(notices(&alice, 4), [None, None, over(3), over(4)]);
}

#[test]
fn the_session_that_reaches_the_threshold_is_reported_alone() {
    for (threshold, cap, expected) in [
        (SoftThreshold::Count(3), 5, Some(3)),
        (SoftThreshold::Count(0), 5, Some(1)),
        (SoftThreshold::Count(6), 5, None),
        (SoftThreshold::Percent(80), 5, Some(4)),
        (SoftThreshold::Percent(79), 5, Some(4)), // 3.95: rounded up
        (SoftThreshold::Percent(0), 5, Some(1)),
        (SoftThreshold::Percent(100), 5, Some(5)),
        (SoftThreshold::Percent(101), 5, None),
        (SoftThreshold::Percent(255), u32::MAX, None),
    ] {
        let policy = Policy { default_cap: Some(cap), soft_threshold: Some(threshold), ..Policy::default() };
        let alice = SessionLimiter::new(policy).user("alice");
        let reported: Vec<Notice> = notices(&alice, 5).into_iter().flatten().collect();
        let near = expected.map(|sessions| Notice::NearLimit { sessions, limit: cap });
        assert_eq!(reported, Vec::from_iter(near), "{threshold:?} of {cap}");
    }
}

#[test]
fn the_threshold_is_reported_again_once_the_count_was_below() {
    let policy = Policy { default_cap: Some(3), soft_threshold: Some(SoftThreshold::Count(2)), ..Policy::default() };
    let alice = SessionLimiter::new(policy).user("alice");
    let near = Some(Notice::NearLimit { sessions: 2, limit: 3 });
    let _first = alice.try_acquire().unwrap();
    assert_eq!(notices(&alice, 2), [near, None]);
    assert_eq!(notices(&alice, 2), [near, None]);
}

#[test]
fn a_user_without_a_cap_never_comes_near_it() {
    let policy = Policy { default_cap: None, soft_threshold: Some(SoftThreshold::Count(1)), ..Policy::default() };
    let alice = SessionLimiter::new(policy).user("alice");
    assert_eq!(notices(&alice, 3), [None; 3]);
}

#[test]
fn a_lowered_cap_refuses_new_sessions_and_ends_none() {
    let limiter = SessionLimiter::new(Policy::capped(Some(3)));
    let alice = limiter.user("alice");
    let mut held: Vec<Permit<&str>> = (0..3).map(|_| alice.try_acquire().unwrap()).collect();
    limiter.set_policy(Policy::capped(Some(1)));
    assert_eq!(limiter.policy().default_cap, Some(1));
    assert_eq!(alice.sessions(), 3);
    for left in [2, 1] {
        assert_eq!(alice.try_acquire().unwrap_err().limit, 1);
        held.pop();
        assert_eq!(alice.sessions(), left);
    }
    assert!(alice.try_acquire().is_err());
    held.pop();
    assert!(alice.try_acquire().is_ok());
}

#[test]
fn a_raised_cap_holds_for_users_known_and_new() {
    let limiter = SessionLimiter::new(Policy::capped(Some(0)));
    let alice = limiter.user("alice");
    limiter.set_policy(Policy::capped(Some(1)));
    let _alices = alice.try_acquire().unwrap();
    assert!(alice.try_acquire().is_err());
    let _bobs = limiter.try_acquire("bob").unwrap();
    assert!(limiter.try_acquire("bob").is_err());
}

#[test]
fn every_part_of_a_policy_changes_live() {
    let limiter = SessionLimiter::new(Policy::capped(Some(0)));
    let (alice, monitor) = (limiter.user("alice"), limiter.user("monitor"));
    let policy = Policy {
        default_cap: Some(0),
        overrides: [("alice", Some(1))].into(),
        exempt: ["monitor"].into(),
        dry_run: true,
        soft_threshold: Some(SoftThreshold::Percent(100)),
    };
    limiter.set_policy(policy.clone());
    assert_eq!(*limiter.policy(), policy);
    let near = Some(Notice::NearLimit { sessions: 1, limit: 1 });
    assert_eq!(notices(&alice, 2), [near, Some(Notice::OverLimit { sessions: 2, limit: 1 })]);
    assert_eq!(notices(&monitor, 2), [None; 2]);
    limiter.set_policy(Policy::capped(Some(0)));
    assert!(alice.try_acquire().is_err() && monitor.try_acquire().is_err());
}
