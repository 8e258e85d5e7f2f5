//! The sessions of one user in one association group.
//!
//! ```text
//!   UserSessions ── slab ──► Entry { permit, secret, level }      handle on the wire: place in the slab, secret
//! ```
//!
//! The permit stands in the entry and nowhere else. NspiUnbind takes one entry out; the end of the last
//! [`Arc<UserSessions>`](std::sync::Arc) drops the slab, every permit in it gives its slot back, and that *is* rundown
//! [MS-RPCE 3.3.3.7.1]. Nobody calls "release".

use nspi_limiter::{Permit, UserSlots};
use nspi_proto::dcerpc::auth::AuthLevel;
use nspi_proto::ndr::ContextHandle;
use rand::Rng as _;
use slab::Slab;
use uuid::Uuid;

use crate::budget::{Budget, Exhausted, Share};
use crate::sync::{Arc, Mutex};
use crate::user::User;

/// How many entries a slab grows by at least. Five times that is the default cap, so a user at the cap has room for just
/// the sessions there are.
const GROWTH: usize = 10;

/// Octets of one session in memory, its share of the slab.
pub const SESSION_OCTETS: usize = size_of::<Entry>();

/// An open session.
#[derive(Debug)]
struct Entry {
    /// Held for its Drop alone.
    _permit: Permit<User>,
    /// What a client must repeat, besides the place, to be believed.
    secret: [u8; 12],
    /// The level it was opened at: no call may come at a lower one.
    level: AuthLevel,
}

/// The sessions of one user in one group. Held by each connection of the group that has a security context of its own
/// for this user, and by nothing else.
#[derive(Debug)]
pub(crate) struct UserSessions {
    slots: UserSlots<User>,
    /// INVARIANT: the share has drawn `SESSION_OCTETS` for each entry that the slab has room for.
    open: Mutex<(Slab<Entry>, Share)>,
}

impl UserSessions {
    pub(crate) fn new(slots: UserSlots<User>, budget: &Arc<Budget>) -> Self {
        Self { slots, open: Mutex::new((Slab::new(), Share::new(budget))) }
    }

    /// The user's counter.
    pub(crate) fn slots(&self) -> &UserSlots<User> {
        &self.slots
    }

    /// Opens a session that owns `permit`.
    pub(crate) fn insert(&self, permit: Permit<User>, level: AuthLevel) -> Result<ContextHandle, Exhausted> {
        let mut secret = [0; 12];
        rand::rng().fill_bytes(&mut secret);
        let mut open = self.open.lock();
        let (slab, share) = &mut *open;
        if slab.len() == slab.capacity() {
            let growth = GROWTH.max(slab.capacity() / 8);
            share.grow(growth * SESSION_OCTETS)?;
            slab.reserve_exact(growth);
        }
        let place = slab.insert(Entry { _permit: permit, secret, level });
        Ok(handle(place, secret))
    }

    /// Whether the handle is one of these sessions, and may be used at this level.
    pub(crate) fn admits(&self, handle: &ContextHandle, level: AuthLevel) -> bool {
        let open = self.open.lock();
        find(&open.0, handle, level).is_some()
    }

    /// Closes a session: its entry, and with it its permit, goes when this returns. Whether there was one.
    pub(crate) fn remove(&self, handle: &ContextHandle, level: AuthLevel) -> bool {
        let mut open = self.open.lock();
        let (slab, share) = &mut *open;
        let Some(place) = find(slab, handle, level) else { return false };
        let entry = slab.remove(place);
        // The first entries' room is kept: programs that open and close one session at a time are the good ones.
        if slab.is_empty() && slab.capacity() > GROWTH {
            *slab = Slab::new();
            share.release();
        }
        drop(open);
        drop(entry);
        true
    }
}

fn handle(place: usize, secret: [u8; 12]) -> ContextHandle {
    let mut octets = [0; 16];
    // A slab of more than 2^32 entries would take more than 64 GB: the budget ends it long before.
    octets[..4].copy_from_slice(&(place as u32).to_be_bytes());
    octets[4..].copy_from_slice(&secret);
    ContextHandle::new(Uuid::from_bytes(octets))
}

fn find(slab: &Slab<Entry>, handle: &ContextHandle, level: AuthLevel) -> Option<usize> {
    let (place, secret) = handle.uuid.as_bytes().split_first_chunk::<4>()?;
    let place = u32::from_be_bytes(*place) as usize;
    let entry = slab.get(place)?;
    (handle.attributes == 0 && entry.secret == secret && level >= entry.level).then_some(place)
}
