//! Any sequence of calls, against a model that is a page of arithmetic.

use std::collections::{BTreeMap, BTreeSet};

use nspi_limiter::{Notice, Permit, Policy, SessionLimiter, SoftThreshold, UserSlots};
use proptest::collection::{hash_map, hash_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;

type User = u8;

#[derive(Debug, Clone)]
enum Step {
    LookUpAndAcquire(User),
    TakeSlots(User),
    AcquireAtHand(Index),
    DropPermit(Index),
    DropSlots(Index),
    SetPolicy(Policy<User>),
}

fn user() -> impl Strategy<Value = User> {
    0..4_u8
}

fn policy() -> impl Strategy<Value = Policy<User>> {
    let cap = || option::weighted(0.9, 0..6_u32);
    let threshold =
        prop_oneof![(0..7_u32).prop_map(SoftThreshold::Count), (0..120_u8).prop_map(SoftThreshold::Percent)];
    let parts = (
        cap(),
        hash_map(user(), cap(), 0..3),
        hash_set(user(), 0..2),
        prop::bool::weighted(0.2),
        option::of(threshold),
    );
    parts.prop_map(|(default_cap, overrides, exempt, dry_run, soft_threshold)| Policy {
        default_cap,
        overrides,
        exempt,
        dry_run,
        soft_threshold,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    prop_oneof![
        4 => user().prop_map(Step::LookUpAndAcquire),
        2 => user().prop_map(Step::TakeSlots),
        4 => index().prop_map(Step::AcquireAtHand),
        4 => index().prop_map(Step::DropPermit),
        1 => index().prop_map(Step::DropSlots),
        1 => policy().prop_map(Step::SetPolicy),
    ]
}

/// What an acquire must answer, from the words of the documentation alone.
fn expected(policy: &Policy<User>, user: User, held: u32) -> Result<Option<Notice>, u32> {
    let exempt = policy.exempt.contains(&user);
    let cap = policy.overrides.get(&user).copied().unwrap_or(policy.default_cap);
    let (Some(limit), false) = (cap, exempt) else { return Ok(None) };
    let sessions = held + 1;
    let near = match policy.soft_threshold {
        None => false,
        Some(SoftThreshold::Count(count)) => sessions == count.max(1),
        // The first session that is this share of the cap or more.
        Some(SoftThreshold::Percent(percent)) => {
            let reached = |sessions: u32| sessions * 100 >= limit * u32::from(percent);
            reached(sessions) && (sessions == 1 || !reached(sessions - 1))
        }
    };
    match (sessions > limit, policy.dry_run) {
        (true, false) => Err(limit),
        (true, true) => Ok(Some(Notice::OverLimit { sessions, limit })),
        (false, _) => Ok(near.then_some(Notice::NearLimit { sessions, limit })),
    }
}

proptest! {
    #[test]
    fn any_sequence_of_calls_answers_as_the_model(first in policy(), steps in vec(step(), 1..120)) {
        let limiter = SessionLimiter::new(first.clone());
        let mut policy = first;
        let (mut permits, mut slots) = (Vec::<Permit<User>>::new(), Vec::<UserSlots<User>>::new());
        let held = |permits: &[Permit<User>], user| permits.iter().filter(|permit| *permit.user() == user).count() as u32;

        for step in steps {
            let acquired = match step {
                Step::LookUpAndAcquire(user) => Some((user, limiter.admit(user))),
                Step::AcquireAtHand(index) if !slots.is_empty() => {
                    let slots = index.get(&slots);
                    Some((*slots.user(), slots.admit()))
                }
                Step::TakeSlots(user) => { slots.push(limiter.user(user)); None }
                Step::DropPermit(index) if !permits.is_empty() => { drop(permits.swap_remove(index.index(permits.len()))); None }
                Step::DropSlots(index) if !slots.is_empty() => { drop(slots.swap_remove(index.index(slots.len()))); None }
                Step::SetPolicy(new) => { limiter.set_policy(new.clone()); policy = new; None }
                Step::AcquireAtHand(_) | Step::DropPermit(_) | Step::DropSlots(_) => None,
            };
            if let Some((user, answer)) = acquired {
                let expected = expected(&policy, user, held(&permits, user));
                match answer {
                    Ok(admission) => {
                        prop_assert_eq!(Ok(admission.notice), expected);
                        permits.push(admission.permit);
                    }
                    Err(refused) => {
                        prop_assert_eq!(refused.user, user);
                        prop_assert_eq!(Err(refused.limit), expected);
                    }
                }
            }

            let mut counts = BTreeMap::<User, u32>::new();
            permits.iter().for_each(|permit| *counts.entry(*permit.user()).or_default() += 1);
            prop_assert_eq!(limiter.snapshot().into_iter().collect::<BTreeMap<_, _>>(), counts);
            for slots in &slots {
                prop_assert_eq!(slots.sessions(), held(&permits, *slots.user()));
            }
            let alive: BTreeSet<User> = permits.iter().map(Permit::user).chain(slots.iter().map(UserSlots::user)).copied().collect();
            prop_assert_eq!(limiter.users(), alive.len());
        }
    }
}
