//! Where a user's counter is found: 64 tables, each under a lock of its own, chosen by the user's hash.
//!
//! A shard's lock is a leaf: no other lock is taken under it, and no counter is let go of, since a counter that goes
//! takes this very lock to remove its entry. An entry is removed by its own counter and by nobody else, so a dead one
//! is merely passed over: its counter is already waiting for the lock.

use std::hash::{BuildHasher, Hash};
use std::mem;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::counter::Counter;
use crate::policy::Policy;
use crate::sync::{Arc, Mutex, Weak};

/// A power of two. The model checkers get one shard: random hashes must not make a run differ from the next one.
const SHARDS: usize = if cfg!(any(loom, shuttle)) { 1 } else { 64 };

/// A table with room for more users than this shrinks when nearly all of them have gone.
const KEPT_CAPACITY: usize = 64;

pub(crate) struct Registry<U> {
    hasher: DefaultHashBuilder,
    shards: Box<[PaddedShard<U>]>,
    /// The policy in force. Locked before a shard, for as long as a change takes to reach them all.
    policy: Mutex<std::sync::Arc<Policy<U>>>,
}

/// Two cache lines, as processors fetch them in pairs: neighbours must not slow each other down.
#[repr(align(128))]
struct PaddedShard<U>(Mutex<Shard<U>>);

struct Shard<U> {
    entries: HashTable<Entry<U>>,
    /// A copy of the policy in force, so that a new counter needs no other lock to learn its terms.
    policy: std::sync::Arc<Policy<U>>,
}

struct Entry<U> {
    /// Kept, as a counter may be gone when the table grows.
    hash: u32,
    counter: Weak<Counter<U>>,
}

impl<U> Registry<U> {
    pub(crate) fn new(policy: Policy<U>) -> Self {
        let policy = std::sync::Arc::new(policy);
        let shard = || PaddedShard(Mutex::new(Shard { entries: HashTable::new(), policy: policy.clone() }));
        Self {
            hasher: DefaultHashBuilder::default(),
            shards: (0..SHARDS).map(|_| shard()).collect(),
            policy: Mutex::new(policy.clone()),
        }
    }

    pub(crate) fn policy(&self) -> std::sync::Arc<Policy<U>> {
        self.policy.lock().clone()
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.0.lock().entries.len()).sum()
    }

    /// Every counter that is alive, shard after shard: not one instant of them all.
    pub(crate) fn counters(&self) -> Vec<Arc<Counter<U>>> {
        let mut alive = Vec::new();
        for shard in &self.shards {
            alive.extend(shard.0.lock().counters());
        }
        alive
    }

    /// Takes out the entry of this counter, whose last holder has gone.
    pub(crate) fn forget(&self, hash: u32, counter: &Counter<U>) {
        let mut shard = self.shard(hash).lock();
        // By address: a successor of the same user may have an entry, too. No two have the same address, since the
        // `Weak` in an entry keeps the memory.
        if let Ok(entry) = shard.entries.find_entry(spread(hash), |entry| std::ptr::eq(entry.counter.as_ptr(), counter))
        {
            entry.remove();
        }
        shard.shrink();
    }

    fn shard(&self, hash: u32) -> &Mutex<Shard<U>> {
        // Bits that hashbrown uses neither for its tags (the highest seven) nor for its buckets (the lowest).
        let index = (hash >> 19) as usize & (SHARDS - 1);
        &self.shards[index].0
    }
}

impl<U: Eq + Hash> Registry<U> {
    /// 32 bits are plenty, and keep counters small: look-ups among many users wait for memory and for little else.
    fn hash(&self, user: &U) -> u32 {
        self.hasher.hash_one(user) as u32
    }

    /// The counter of this user, if there is one.
    pub(crate) fn find(&self, user: &U) -> Option<Arc<Counter<U>>> {
        let hash = self.hash(user);
        let mut others = Vec::new(); // outlives the lock
        let shard = self.shard(hash).lock();
        shard.find(hash, user, &mut others)
    }

    /// The counter of this user, made if there is none.
    pub(crate) fn find_or_make(registry: &Arc<Self>, user: U) -> Arc<Counter<U>> {
        let hash = registry.hash(&user);
        let mut others = Vec::new(); // outlives the lock
        let mut shard = registry.shard(hash).lock();
        if let Some(counter) = shard.find(hash, &user, &mut others) {
            return counter;
        }
        let terms = shard.policy.terms(&user);
        let counter = Arc::new(Counter::new(user, hash, terms, Arc::downgrade(registry)));
        let entry = Entry { hash, counter: Arc::downgrade(&counter) };
        shard.entries.insert_unique(spread(hash), entry, |entry| spread(entry.hash));
        counter
    }

    /// Puts a policy in force: for every counter there is, and every one to come.
    pub(crate) fn set_policy(&self, policy: Policy<U>) {
        let policy = std::sync::Arc::new(policy);
        let mut counters = Vec::new(); // outlives the locks
        let mut current = self.policy.lock();
        for shard in &self.shards {
            let first = counters.len();
            {
                // From here on new counters are made with the new policy; the others are all collected.
                let mut shard = shard.0.lock();
                shard.policy = policy.clone(); // `current` still holds the old one: nothing is freed here
                counters.extend(shard.counters());
            }
            for counter in &counters[first..] {
                counter.set_terms(policy.terms(counter.user()));
            }
        }
        let old = mem::replace(&mut *current, policy);
        drop(current);
        drop(old);
    }
}

impl<U> Shard<U> {
    fn counters(&self) -> impl Iterator<Item = Arc<Counter<U>>> {
        self.entries.iter().filter_map(|entry| entry.counter.upgrade())
    }

    fn shrink(&mut self) {
        let (len, capacity) = (self.entries.len(), self.entries.capacity());
        if capacity > KEPT_CAPACITY && len < capacity / 8 {
            self.entries.shrink_to(len * 2, |entry| spread(entry.hash));
        }
    }
}

impl<U: Eq> Shard<U> {
    /// The living counter of this user. Other users' counters that had to be held to be compared go to `others`: this
    /// may have become the last hold on one, so let go of them when the lock is open.
    fn find(&self, hash: u32, user: &U, others: &mut Vec<Arc<Counter<U>>>) -> Option<Arc<Counter<U>>> {
        for entry in self.entries.iter_hash(spread(hash)).filter(|entry| entry.hash == hash) {
            match entry.counter.upgrade() {
                Some(counter) if counter.user() == user => return Some(counter),
                Some(counter) => others.push(counter),
                None => {}
            }
        }
        None
    }
}

/// As hashbrown wants it: it takes its tags from the upper end and its buckets from the lower one.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}
