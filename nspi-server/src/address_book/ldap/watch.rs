//! Follows a directory: asks what has changed, and puts a new snapshot where callers find it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::RwLock;
use tracing::{debug, info, warn};

use super::LdapError;
use super::attributes::wanted;
use super::connection::{Connection, Of};
use super::flavour::{Cursor, Flavour, Root};
use super::people::People;
use crate::address_book::AttributeMap;
use crate::address_book::snapshot::Snapshot;
use crate::config::LdapSettings;
use crate::ldif::Entry;

/// Work is followed by at least so many times as long of rest: for the directory when it was asked, for this machine when
/// a snapshot was made.
const REST: u32 = 2;

/// Listing all entries is the directory's hardest work.
const REST_AFTER_LIST: u32 = 20;

/// Between two listings of all entries at least.
const LIST: Duration = Duration::from_secs(5);

/// Between two attempts to reach a directory that is away.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

pub(super) struct Watch {
    settings: LdapSettings,
    wanted: Vec<String>,
    /// Taken out only while a snapshot is made of it.
    people: People,
    cursor: Cursor,
    connection: Option<Connection>,
    next_list: Instant,
    /// Something has changed, and it is nobody who is there: a listing will show who has gone.
    unexplained: bool,
}

impl Watch {
    /// Reads everything.
    pub(super) async fn begin(settings: LdapSettings, attributes: AttributeMap) -> Result<(Self, Snapshot), LdapError> {
        let began = Instant::now();
        let mut connection = Connection::open(&settings).await?;
        let root = connection.root().await?;
        connection.hang_bell(&root).await;
        let cursor = Cursor { root, newest: String::new() };
        let wanted = wanted(&attributes);
        let people = People::new(attributes);
        let connection = Some(connection);
        let mut watch = Self { settings, wanted, people, cursor, connection, next_list: began, unexplained: false };
        watch.read_all().await?;
        let snapshot = watch.people.snapshot()?;
        let (url, entries, took) = (&watch.settings.url, watch.people.len(), began.elapsed());
        info!(%url, entries, seconds = took.as_secs_f32(), flavour = ?watch.cursor.root.flavour, "directory read");
        Ok((watch, snapshot))
    }

    /// Follows the directory until it is aborted.
    pub(super) async fn run(mut self, current: Arc<RwLock<Arc<Snapshot>>>) {
        let poll = Duration::from_secs(self.settings.poll_seconds.into());
        let mut back_off = BACK_OFF.0;
        // Rest is taken in any case; then it is listened.
        let (mut rest, mut pause) = (Duration::ZERO, poll);
        loop {
            tokio::time::sleep(rest).await;
            if let Some(connection) = &mut self.connection {
                connection.listen(pause).await;
            }
            let began = Instant::now();
            match self.poll().await {
                Ok(changes) => {
                    if changes > 0 {
                        self = self.publish(&current, changes).await;
                    }
                    back_off = BACK_OFF.0;
                    rest = began.elapsed() * REST;
                    let next_list = self.next_list.saturating_duration_since(Instant::now());
                    let next = if self.unexplained { poll.min(next_list) } else { poll };
                    pause = next.saturating_sub(rest);
                }
                Err(reason) => {
                    self.connection = None;
                    let (people, seconds) = (self.people.len(), back_off.as_secs());
                    warn!(people, "the last state of the directory is served, asked again in {seconds} s: {reason}");
                    rest = back_off;
                    back_off = (back_off * 2).min(BACK_OFF.1);
                }
            }
        }
    }

    /// Makes a snapshot beside the callers, and lets them have it.
    async fn publish(mut self, current: &RwLock<Arc<Snapshot>>, changes: usize) -> Self {
        let last = Arc::clone(&current.read());
        let made = tokio::task::spawn_blocking(move || {
            let snapshot = self.people.updated(&last);
            (self, snapshot)
        });
        let (watch, snapshot) = match made.await {
            Ok(made) => made,
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        };
        match snapshot {
            Ok(snapshot) => {
                info!(changes, entries = watch.people.len(), "the directory has changed");
                let old = std::mem::replace(&mut *current.write(), Arc::new(snapshot));
                drop(old);
            }
            Err(reason) => warn!("the last state of the directory is served: {reason}"),
        }
        watch
    }

    /// Looks for changes; how many there are.
    async fn poll(&mut self) -> Result<usize, LdapError> {
        let away = self.connection.is_none();
        if away {
            self.connection = Some(Connection::open(&self.settings).await?);
        }
        let Some(connection) = &mut self.connection else { return Ok(0) };
        let root = connection.root().await?;
        if away {
            info!(url = self.settings.url, "the directory is back");
            connection.hang_bell(&root).await;
            self.next_list = Instant::now();
        }
        if !self.cursor.continues_in(&root) {
            info!(server = root.server, "another server of the directory: reading all of it");
            self.cursor.root = root;
            return self.read_all().await;
        }
        let mut changes = 0;
        let still = root.version.is_some() && root.version == self.cursor.root.version;
        if !still {
            changes += self.read_changes(root).await?;
            self.unexplained |= changes == 0;
        }
        if self.next_list <= Instant::now() {
            changes += self.list().await?;
            self.unexplained = false;
        }
        Ok(changes)
    }

    fn filter(&self) -> &str {
        self.settings.filter.as_deref().unwrap_or(self.cursor.root.flavour.filter())
    }

    async fn search(&mut self, filter: &str, attributes: &[String], of: Of) -> Result<Vec<Entry>, LdapError> {
        match &mut self.connection {
            Some(connection) => connection.search(filter, attributes, of).await,
            None => Ok(Vec::new()),
        }
    }

    /// Takes all entries as they are now.
    async fn read_all(&mut self) -> Result<usize, LdapError> {
        let (filter, wanted) = (self.filter().to_owned(), self.wanted.clone());
        let entries = self.search(&filter, &wanted, Of::Living).await?;
        let flavour = self.cursor.root.flavour;
        let present: HashSet<_> = entries.iter().map(|entry| flavour.key(entry)).collect();
        Ok(self.people.keep(&present) + self.take(entries))
    }

    /// Takes the entries that changed since the cursor, and lets go of those that are recipients no more.
    async fn read_changes(&mut self, root: Root) -> Result<usize, LdapError> {
        let flavour = root.flavour;
        let changed = self.cursor.changed();
        let wanted = self.wanted.clone();
        let filter = format!("(&{}{changed})", self.filter());
        let entries = self.search(&filter, &wanted, Of::Living).await?;
        let present: HashSet<_> = entries.iter().map(|entry| flavour.key(entry)).collect();
        let key = [flavour.key_attribute().to_owned()];
        let mut touched = self.search(&changed, &key, Of::Living).await?;
        if flavour == Flavour::ActiveDirectory {
            let deleted = format!("(&(isDeleted=TRUE){changed})");
            match self.search(&deleted, &key, Of::Deleted).await {
                Ok(tombstones) => touched.extend(tombstones),
                // Who may not see them learns of it by the list.
                Err(LdapError::Search { reason, .. }) => debug!("tombstones are not shown: {reason}"),
                Err(other) => return Err(other),
            }
        }
        let gone = touched.iter().map(|entry| flavour.key(entry)).filter(|key| !present.contains(key));
        let gone = gone.filter(|key| self.people.remove(key)).count();
        let changes = gone + self.take(entries);
        self.cursor.root = root;
        Ok(changes)
    }

    /// Lists all entries, to find what has gone without a trace, or has changed unseen.
    async fn list(&mut self) -> Result<usize, LdapError> {
        let began = Instant::now();
        let flavour = self.cursor.root.flavour;
        let (filter, names) = (self.filter().to_owned(), [flavour.key_attribute(), flavour.stamp_attribute()]);
        let listed = self.search(&filter, &names.map(str::to_owned), Of::Living).await?;
        let unseen = |key, entry| self.people.stamp(&key) != Some(flavour.stamp(entry));
        let missed = listed.iter().any(|entry| unseen(flavour.key(entry), entry));
        let changes = if missed {
            self.read_all().await?
        } else {
            let present: HashSet<_> = listed.iter().map(|entry| flavour.key(entry)).collect();
            self.people.keep(&present)
        };
        self.next_list = Instant::now() + LIST.max(began.elapsed() * REST_AFTER_LIST);
        Ok(changes)
    }

    /// How many of these entries are not as they were.
    fn take(&mut self, entries: Vec<Entry>) -> usize {
        let flavour = self.cursor.root.flavour;
        let mut changes = 0;
        for entry in entries {
            let stamp = flavour.stamp(&entry);
            if self.cursor.newest.as_str() < stamp {
                self.cursor.newest = stamp.to_owned();
            }
            changes += usize::from(self.people.put(flavour, &entry));
        }
        changes
    }
}
