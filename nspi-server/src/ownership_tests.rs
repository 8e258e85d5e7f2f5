//! Groups, sessions and limiter together: who keeps a session alive, and that a slot is freed exactly once.
//!
//! The rules run as ordinary tests, and their races under the `shuttle` scheduler as well:
//! `RUSTFLAGS="--cfg shuttle" cargo test -p nspi-server --lib ownership`.

use nspi_limiter::{Policy, SessionLimiter};
use nspi_proto::dcerpc::auth::{AuthLevel, Identity};
use nspi_proto::ndr::ContextHandle;

use crate::budget::Budget;
use crate::group::Groups;
use crate::sessions::UserSessions;
use crate::sync::Arc;
use crate::user::User;

/// A server's bookkeeping.
struct World {
    limiter: SessionLimiter<User>,
    groups: Arc<Groups>,
}

impl World {
    fn with(cap: u32, octets: usize) -> Self {
        let limiter = SessionLimiter::new(Policy { default_cap: Some(cap), ..Policy::default() });
        Self { groups: Groups::new(limiter.clone(), Budget::new(octets)), limiter }
    }

    /// A cap of two, and memory enough.
    fn new() -> Self {
        Self::with(2, 1 << 20)
    }

    fn sessions(&self, user: &User) -> u32 {
        self.limiter.sessions(user)
    }

    fn is_empty(&self) -> bool {
        self.groups.len() == 0 && self.limiter.users() == 0
    }
}

fn user(name: &str) -> User {
    User::authenticated(&Identity { account: name.to_uppercase(), name: name.to_owned() })
}

fn bind(sessions: &UserSessions) -> Option<ContextHandle> {
    sessions.insert(sessions.slots().try_acquire().ok()?, AuthLevel::Integrity).ok()
}

#[cfg(not(shuttle))]
mod rules {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::sessions::SESSION_OCTETS;

    #[test]
    fn a_session_ends_with_the_last_connection_of_the_group_that_proved_its_user() {
        let (world, alice) = (World::new(), user("ACME\\alice"));
        let group = world.groups.create();
        let one = group.sessions_of(&alice);
        let other = world.groups.join(group.id()).unwrap().sessions_of(&alice);
        let handle = bind(&one).unwrap();
        drop(one);
        assert!(other.admits(&handle, AuthLevel::Integrity), "the second connection goes on using it");
        assert_eq!(world.sessions(&alice), 1);
        drop(other);
        assert_eq!(world.sessions(&alice), 0);
        drop(group);
        assert!(world.is_empty());
    }

    #[test]
    fn a_stranger_who_joins_the_group_keeps_nothing_alive() {
        let (world, alice, mallory) = (World::new(), user("ACME\\alice"), user("ACME\\mallory"));
        let group = world.groups.create();
        let stranger = world.groups.join(group.id()).unwrap();
        let not_alice = stranger.sessions_of(&mallory);
        let sessions = group.sessions_of(&alice);
        let handle = bind(&sessions).unwrap();
        assert!(!not_alice.admits(&handle, AuthLevel::Privacy), "a handle answers only to its user");
        drop((sessions, group));
        assert_eq!(world.sessions(&alice), 0);
    }

    #[test]
    fn a_handle_answers_only_in_its_group() {
        let (world, alice) = (World::new(), user("ACME\\alice"));
        let (here, there) = (world.groups.create(), world.groups.create());
        let (mine, elsewhere) = (here.sessions_of(&alice), there.sessions_of(&alice));
        let handle = bind(&mine).unwrap();
        assert!(!elsewhere.admits(&handle, AuthLevel::Privacy));
        assert!(!elsewhere.remove(&handle, AuthLevel::Privacy));
        assert_eq!(world.sessions(&alice), 1);
    }

    #[test]
    fn a_handle_answers_at_no_lower_level_than_it_was_opened_with() {
        let (world, alice) = (World::new(), user("ACME\\alice"));
        let sessions = world.groups.create().sessions_of(&alice);
        let handle = bind(&sessions).unwrap();
        assert!(!sessions.admits(&handle, AuthLevel::Connect));
        assert!(!sessions.remove(&handle, AuthLevel::Connect));
        assert!(sessions.admits(&handle, AuthLevel::Privacy));
    }

    #[test]
    fn a_handle_with_another_place_or_secret_is_nobodys() {
        let world = World::new();
        let sessions = world.groups.create().sessions_of(&user("ACME\\alice"));
        let handle = bind(&sessions).unwrap();
        for octet in 0..16 {
            let mut guess = *handle.uuid.as_bytes();
            guess[octet] ^= 1;
            let guess = ContextHandle::new(uuid::Uuid::from_bytes(guess));
            assert!(!sessions.admits(&guess, AuthLevel::Privacy));
        }
        assert!(!sessions.admits(&ContextHandle { attributes: 1, ..handle }, AuthLevel::Privacy));
        assert!(!sessions.admits(&ContextHandle::NULL, AuthLevel::Privacy));
    }

    #[test]
    fn unbind_frees_the_slot_at_once_and_once() {
        let (world, alice) = (World::new(), user("ACME\\alice"));
        let sessions = world.groups.create().sessions_of(&alice);
        let [first, _second] = [bind(&sessions).unwrap(), bind(&sessions).unwrap()];
        assert!(bind(&sessions).is_none(), "the cap is two");
        assert!(sessions.remove(&first, AuthLevel::Integrity));
        assert!(!sessions.remove(&first, AuthLevel::Integrity));
        assert_eq!(world.sessions(&alice), 1);
        assert!(bind(&sessions).is_some());
    }

    #[test]
    fn without_memory_nothing_is_opened_and_the_slot_goes_back() {
        let (world, alice) = (World::with(2, SESSION_OCTETS), user("ACME\\alice"));
        let sessions = world.groups.create().sessions_of(&alice);
        assert!(sessions.insert(sessions.slots().try_acquire().unwrap(), AuthLevel::Integrity).is_err());
        assert_eq!(world.sessions(&alice), 0);
    }

    #[test]
    fn memory_goes_back_when_the_last_session_closes() {
        let (world, alice, bob) = (World::with(20, 20 * SESSION_OCTETS), user("ACME\\alice"), user("ACME\\bob"));
        let group = world.groups.create();
        let (hers, his) = (group.sessions_of(&alice), group.sessions_of(&bob));
        let handles: Vec<_> = (0..11).map(|_| bind(&hers).unwrap()).collect();
        assert!(bind(&his).is_none(), "alice has drawn all the memory there is");
        assert!(handles.iter().all(|handle| hers.remove(handle, AuthLevel::Integrity)));
        assert!(bind(&his).is_some());
    }

    #[test]
    fn anonymous_callers_of_one_address_share_its_slots_and_nothing_else() {
        let (world, address) = (World::new(), IpAddr::V4(Ipv4Addr::LOCALHOST));
        let [one, other] = [0, 1].map(|_| world.groups.sessions_apart(User::anonymous(address)));
        let handle = bind(&one).unwrap();
        assert!(!other.admits(&handle, AuthLevel::Privacy));
        assert_eq!(world.sessions(&User::anonymous(address)), 1);
    }

    #[test]
    fn a_session_takes_at_most_32_octets_of_limiter_and_table_together() {
        const USERS: usize = 1_000;
        let world = World::with(50, usize::MAX);
        let names: Vec<_> = (0..USERS).map(|number| format!("BENCH\\user{number:06}")).collect();
        let mut held = Vec::with_capacity(USERS);
        let measured = allocation_counter::measure(|| {
            held.extend(names.iter().map(|name| world.groups.sessions_apart(user(name))));
            held.iter().for_each(|sessions| while bind(sessions).is_some() {});
        });
        assert_eq!(world.limiter.snapshot().iter().map(|(_, count)| *count as usize).sum::<usize>(), USERS * 50);
        let each = measured.bytes_current as f64 / (USERS * 50) as f64;
        assert!((24.0..=32.0).contains(&each), "{each} octets");
    }
}

/// The races, each run under many schedules.
#[cfg(shuttle)]
mod races {
    use super::*;
    use shuttle::thread;

    const SCHEDULES: usize = 2_000;

    #[test]
    fn ownership_unbind_racing_with_disconnect_frees_once() {
        shuttle::check_random(
            || {
                let (world, alice) = (World::new(), user("ACME\\alice"));
                let group = world.groups.create();
                let sessions = group.sessions_of(&alice);
                let handle = bind(&sessions).unwrap();
                let unbinding = Arc::clone(&sessions);
                let one = thread::spawn(move || unbinding.remove(&handle, AuthLevel::Integrity));
                let other = thread::spawn(move || drop((sessions, group)));
                one.join().unwrap();
                other.join().unwrap();
                assert!(world.is_empty());
            },
            SCHEDULES,
        );
    }

    #[test]
    fn ownership_bind_in_flight_goes_with_its_connection() {
        shuttle::check_random(
            || {
                let (world, alice) = (World::new(), user("ACME\\alice"));
                let group = world.groups.create();
                let sessions = group.sessions_of(&alice);
                let late = Arc::clone(&sessions);
                let one = thread::spawn(move || {
                    let _ = bind(&late);
                });
                let other = thread::spawn(move || drop((sessions, group)));
                one.join().unwrap();
                other.join().unwrap();
                assert_eq!(world.sessions(&alice), 0);
                assert!(world.is_empty());
            },
            SCHEDULES,
        );
    }

    #[test]
    fn ownership_two_connections_joining_as_one_user_share_or_start_anew() {
        shuttle::check_random(
            || {
                let (world, alice) = (World::new(), user("ACME\\alice"));
                let group = world.groups.create();
                let id = group.id();
                let leaving = thread::spawn({
                    let alice = alice.clone();
                    move || {
                        let sessions = group.sessions_of(&alice);
                        let _ = bind(&sessions);
                        drop((sessions, group));
                    }
                });
                let joining = thread::spawn({
                    let (groups, alice) = (Arc::clone(&world.groups), alice.clone());
                    move || {
                        let Some(group) = groups.join(id) else { return };
                        let sessions = group.sessions_of(&alice);
                        let _handle = bind(&sessions);
                        drop((sessions, group));
                    }
                });
                leaving.join().unwrap();
                joining.join().unwrap();
                assert_eq!(world.sessions(&alice), 0);
                assert!(world.is_empty());
            },
            SCHEDULES,
        );
    }
}
