//! A map that forgets: bounded in memory, and what was put in last stays longest.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;

/// At least the `capacity` keys that were put in last, and twice as many at most. A look-up or two each time.
#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    capacity: usize,
    /// INVARIANT: a key is in one of the two at most, and neither holds more than `capacity`, or one.
    recent: HashMap<K, V>,
    /// Those that were there when `recent` was full last. What it holds is dropped when that happens again.
    earlier: HashMap<K, V>,
}

impl<K: Eq + Hash, V> Recent<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), recent: HashMap::new(), earlier: HashMap::new() }
    }

    pub(crate) fn find(&self, key: &K) -> Option<&V> {
        self.recent.get(key).or_else(|| self.earlier.get(key))
    }

    /// Puts a key in as the latest, whether it was there or not.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.remove(&key);
        if self.recent.len() >= self.capacity {
            self.earlier = mem::take(&mut self.recent);
        }
        self.recent.insert(key, value);
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        self.recent.remove(key).or_else(|| self.earlier.remove(key))
    }

    pub(crate) fn len(&self) -> usize {
        self.recent.len() + self.earlier.len()
    }
}
