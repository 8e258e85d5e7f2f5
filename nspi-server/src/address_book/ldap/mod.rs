//! The people of a directory, by LDAP: Active Directory, Samba, OpenLDAP.
//!
//! ```text
//!   directory ──pages──► People ──packed──► Snapshot ◄── view()      callers never wait for the directory
//!       ▲                entries, ids                                 
//!       └── watch: what has changed since? every 2 s, or when the directory's bell rings
//!                                                       away: the last state is served, and asked again, 1 s .. 1 min
//! ```
//!
//! Each object keeps its id as long as the server runs, by its `objectGUID` or `entryUUID`: renamed or changed it is the
//! same object, and the id of a deleted one is never given to another.
//!
//! A change of values costs a new snapshot of those who changed and their neighbours; one of who there is, or who refers to
//! whom, one of everybody, which takes some thirty microseconds a person. Both are made beside the calls, and no more often
//! than leaves two thirds of a processor to others.

mod attributes;
mod bell;
mod connection;
mod error;
mod flavour;
mod packed_entry;
mod people;
#[cfg(test)]
mod update_tests;
mod watch;

use std::sync::Arc;

use parking_lot::RwLock;
use tokio::task::AbortHandle;

pub use error::LdapError;

use super::snapshot::Snapshot;
use super::{AddressBook, AttributeMap, View};
use crate::config::LdapSettings;
use watch::Watch;

/// An address book that follows a directory.
#[derive(Debug)]
pub struct LdapBook {
    current: Arc<RwLock<Arc<Snapshot>>>,
    watch: AbortHandle,
}

impl LdapBook {
    /// Reads the directory, and from then on what changes in it. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`LdapError`] if the directory cannot be reached, does not take the password, or cannot be read. Once it has been
    /// read it may go away: then its last state is served, and the log says so.
    pub async fn open(settings: &LdapSettings, attributes: AttributeMap) -> Result<Self, LdapError> {
        let (watch, snapshot) = Watch::begin(settings.clone(), attributes).await?;
        let current = Arc::new(RwLock::new(Arc::new(snapshot)));
        let watch = tokio::spawn(watch.run(Arc::clone(&current))).abort_handle();
        Ok(Self { current, watch })
    }
}

impl AddressBook for LdapBook {
    fn view(&self) -> Arc<dyn View> {
        self.current.read().clone()
    }
}

impl Drop for LdapBook {
    fn drop(&mut self) {
        self.watch.abort();
    }
}
