//! How many sessions this process holds: by connection, and by server and user.
//!
//! The number is for people who see MAPI_E_LOGON_FAILED: is it this program that holds all those sessions? It counts
//! what went over the wire, so raw binds that were never unbound count too. The server counts for itself.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// A server's address and a user's name.
type Key = (String, String);

static PROCESS: Mutex<BTreeMap<Key, Weak<AtomicU32>>> = Mutex::new(BTreeMap::new());

/// The sessions of one connection, and of this process with the same server and user. Changed by the connection's
/// driver alone, read by anyone.
#[derive(Debug)]
pub(crate) struct Held {
    connection: AtomicU32,
    process: Arc<AtomicU32>,
}

impl Held {
    pub(crate) fn new(server: &str, user: &str) -> Self {
        let key = (server.to_owned(), nspi_auth::upper_case(user));
        let mut counts = PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
        let known = counts.get(&key).and_then(Weak::upgrade);
        let process = known.unwrap_or_else(|| {
            counts.retain(|_, count| count.strong_count() > 0);
            let count = Arc::new(AtomicU32::new(0));
            counts.insert(key, Arc::downgrade(&count));
            count
        });
        Self { connection: AtomicU32::new(0), process }
    }

    /// An NspiBind succeeded.
    pub(crate) fn opened(&self) {
        self.connection.fetch_add(1, Ordering::Relaxed);
        self.process.fetch_add(1, Ordering::Relaxed);
    }

    /// An NspiUnbind succeeded. It may be for a session of another connection of the group: then nothing was counted
    /// here.
    pub(crate) fn closed(&self) {
        let lower = self.connection.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| held.checked_sub(1));
        if lower.is_ok() {
            self.process.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// The connection has ended, and with it, unless others of its group live on, its sessions.
    pub(crate) fn ended(&self) {
        self.process.fetch_sub(self.connection.swap(0, Ordering::Relaxed), Ordering::Relaxed);
    }

    /// On this connection.
    pub(crate) fn on_connection(&self) -> u32 {
        self.connection.load(Ordering::Relaxed)
    }

    /// In this process.
    pub(crate) fn in_process(&self) -> u32 {
        self.process.load(Ordering::Relaxed)
    }
}
