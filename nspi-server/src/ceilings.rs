//! Who may connect, and for how long: ceilings on connections, and the one sweep that ends overdue ones.

use std::collections::HashMap;
use std::net::{IpAddr, Shutdown, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use slab::Slab;
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tracing::debug;

use crate::config::Limits;

/// All connections of a server.
#[derive(Debug)]
pub(crate) struct Connections {
    started: Instant,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    peers: Slab<Arc<Peer>>,
    by_address: HashMap<IpAddr, usize>,
}

/// One connection's socket and what is known of its life. The connection's task alone reads, and alone writes; the sweep
/// can only shut the socket down, which the task sees as its end.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) writer: OwnedWriteHalf,
    pub(crate) address: SocketAddr,
    /// When it connected and when octets last came, in milliseconds since the server started.
    connected: u64,
    heard: AtomicU64,
    authenticated: AtomicBool,
}

/// A connection's place among the others. Dropping it gives the place back.
#[derive(Debug)]
pub(crate) struct Place {
    connections: Arc<Connections>,
    key: usize,
    pub(crate) peer: Arc<Peer>,
}

impl Connections {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { started: Instant::now(), table: Mutex::default() })
    }

    /// Takes a connection in, and hands over its half to read from; or lets it drop: too many in all, or from its
    /// address.
    pub(crate) fn admit(
        self: &Arc<Self>,
        stream: TcpStream,
        address: SocketAddr,
        limits: &Limits,
    ) -> Option<(OwnedReadHalf, Place)> {
        let now = self.now();
        let mut table = self.table.lock();
        let from_address = table.by_address.get(&address.ip()).copied().unwrap_or(0);
        if table.peers.len() >= limits.max_connections || from_address >= limits.max_connections_per_address {
            debug!(%address, connections = table.peers.len(), from_address, "too many connections");
            return None;
        }
        let (heard, authenticated) = (AtomicU64::new(now), AtomicBool::new(false));
        let (reader, writer) = stream.into_split();
        let peer = Arc::new(Peer { writer, address, connected: now, heard, authenticated });
        *table.by_address.entry(address.ip()).or_default() += 1;
        let key = table.peers.insert(Arc::clone(&peer));
        Some((reader, Place { connections: Arc::clone(self), key, peer }))
    }

    /// Connections open.
    pub(crate) fn len(&self) -> usize {
        self.table.lock().peers.len()
    }

    /// Ends connections that have not authenticated in time, or have been silent for too long. Once a second for all,
    /// in place of a timer for each read.
    pub(crate) async fn sweep(self: Arc<Self>, limits: Limits) {
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let unauthenticated = milliseconds(limits.unauthenticated_deadline());
        let idle = limits.idle_deadline().map_or(u64::MAX, milliseconds);
        loop {
            ticks.tick().await;
            let now = self.now();
            for (_, peer) in &self.table.lock().peers {
                let strange = !peer.authenticated.load(Ordering::Relaxed);
                let late = strange && now.saturating_sub(peer.connected) > unauthenticated;
                if late || now.saturating_sub(peer.heard.load(Ordering::Relaxed)) > idle {
                    peer.end();
                }
            }
        }
    }

    /// Ends all connections; each one's task sees it and leaves.
    pub(crate) fn end_all(&self) {
        self.table.lock().peers.iter().for_each(|(_, peer)| peer.end());
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Peer {
    fn end(&self) {
        // The connection may just have ended by itself; then there is nothing to do.
        let _ = SockRef::from(self.writer.as_ref()).shutdown(Shutdown::Both);
    }
}

impl Place {
    /// Octets came.
    pub(crate) fn heard(&self) {
        self.peer.heard.store(self.connections.now(), Ordering::Relaxed);
    }

    /// The caller is known: the deadline for strangers is over.
    pub(crate) fn authenticated(&self) {
        self.peer.authenticated.store(true, Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.connections.table.lock();
        table.peers.remove(self.key);
        let address = self.peer.address.ip();
        if let Some(count) = table.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                table.by_address.remove(&address);
            }
        }
    }
}
