//! Association groups: the connections of one client process, and who owns its sessions.
//!
//! ```text
//!   Groups ─ ─ Weak ─ ─► AssociationGroup ─ ─ Weak ─ ─► UserSessions ──► Entry { permit, .. }
//!                              ▲                             ▲
//!                              │ Arc                         │ Arc, taken when a security context of its own
//!                              └───────── connection ────────┘ is established as that user
//! ```
//!
//! Joining a group gives a connection the group's id and nothing else. Only authentication as a user gives it that
//! user's sessions: so a stranger who reads or guesses a 32-bit id keeps no dead client's slots.
//!
//! Lock order: registry, group, limiter shard. No Arc is let go under a lock.

use std::collections::HashMap;

use nspi_limiter::SessionLimiter;
use nspi_proto::epm::Inquiries;
use rand::Rng as _;

use crate::budget::Budget;
use crate::sessions::UserSessions;
use crate::sync::{Arc, Mutex, Weak};
use crate::user::User;

/// Inquiries of the endpoint mapper that a group may have under way.
const MAX_INQUIRIES: usize = 16;

/// All groups of a server, by id.
#[derive(Debug)]
pub(crate) struct Groups {
    registry: Mutex<HashMap<u32, Weak<AssociationGroup>>>,
    limiter: SessionLimiter<User>,
    budget: Arc<Budget>,
}

impl Groups {
    pub(crate) fn new(limiter: SessionLimiter<User>, budget: Arc<Budget>) -> Arc<Self> {
        Arc::new(Self { registry: Mutex::default(), limiter, budget })
    }

    /// A new group. Its id is random, and never 0.
    pub(crate) fn create(self: &Arc<Self>) -> Arc<AssociationGroup> {
        let mut registry = self.registry.lock();
        let id = loop {
            let id = rand::rng().next_u32();
            if id != 0 && !registry.contains_key(&id) {
                break id;
            }
        };
        let group = Arc::new(AssociationGroup {
            id,
            users: Mutex::default(),
            inquiries: Mutex::new(Inquiries::new(MAX_INQUIRIES)),
            groups: Arc::clone(self),
        });
        registry.insert(id, Arc::downgrade(&group));
        group
    }

    /// The group of this id, if one of its connections lives.
    pub(crate) fn join(&self, id: u32) -> Option<Arc<AssociationGroup>> {
        // The Arc leaves the lock with the return value: dropping the last one here would lock the registry again.
        self.registry.lock().get(&id).and_then(Weak::upgrade)
    }

    /// Octets that the sessions of all groups take.
    pub(crate) fn session_octets(&self) -> usize {
        self.budget.used()
    }

    /// Groups alive.
    pub(crate) fn len(&self) -> usize {
        self.registry.lock().len()
    }

    /// The sessions of a caller who belongs to no group: each anonymous connection has its own.
    pub(crate) fn sessions_apart(&self, user: User) -> Arc<UserSessions> {
        Arc::new(UserSessions::new(self.limiter.user(user), &self.budget))
    }
}

/// The connections of one client process, by what they agreed to be: everybody who named this id.
#[derive(Debug)]
pub(crate) struct AssociationGroup {
    id: u32,
    users: Mutex<HashMap<User, Weak<UserSessions>>>,
    /// The endpoint mapper's context handles belong to the group, too.
    inquiries: Mutex<Inquiries>,
    groups: Arc<Groups>,
}

impl AssociationGroup {
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// The endpoint mapper's inquiries, to read and to change.
    pub(crate) fn with_inquiries<T>(&self, then: impl FnOnce(&mut Inquiries) -> T) -> T {
        then(&mut self.inquiries.lock())
    }

    /// The sessions of a user whom the caller has just proved to be.
    pub(crate) fn sessions_of(&self, user: &User) -> Arc<UserSessions> {
        let mut users = self.users.lock();
        if let Some(sessions) = users.get(user).and_then(Weak::upgrade) {
            return sessions;
        }
        users.retain(|_, sessions| sessions.strong_count() > 0);
        let sessions = self.groups.sessions_apart(user.clone());
        users.insert(user.clone(), Arc::downgrade(&sessions));
        sessions
    }
}

impl Drop for AssociationGroup {
    fn drop(&mut self) {
        let mut registry = self.groups.registry.lock();
        // Another group may have been given the id between the last Arc's end and this line.
        if registry.get(&self.id).is_some_and(|group| group.strong_count() == 0) {
            registry.remove(&self.id);
        }
    }
}
