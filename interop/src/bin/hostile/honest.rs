//! Somebody who wants nothing but ten rows of the address book, a thousand times a second.

use std::error::Error;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use nspi_client::{ConnectOptions, Connection, Credentials, Session, Stat};
use tokio::runtime::{Builder, Runtime};

/// Between two calls.
const PAUSE: Duration = Duration::from_millis(1);

/// How long calls took, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
}

/// An open session.
pub(crate) struct Honest {
    runtime: Runtime,
    session: Session,
}

impl Honest {
    pub(crate) fn open(port: u16) -> Result<Self, Box<dyn Error>> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let session = runtime.block_on(async {
            let options = ConnectOptions::new().credentials(Credentials::ntlm("ACME", "alice", "Passw0rd!A"));
            Connection::open(SocketAddr::from(([127, 0, 0, 1], port)), options).await?.bind(Stat::default()).await
        })?;
        Ok(Self { runtime, session })
    }

    /// Calls again and again for so long.
    pub(crate) fn latency(&self, length: Duration) -> Result<Latency, Box<dyn Error>> {
        let mut took: Vec<f64> = self.runtime.block_on(async {
            let (begun, mut took) = (Instant::now(), Vec::new());
            while begun.elapsed() < length {
                let asked = Instant::now();
                let page = self.session.query_rows(Stat::default(), 10, &[]).await?;
                took.push(asked.elapsed().as_secs_f64() * 1e6);
                assert_eq!(page.rows.len(), 10);
                tokio::time::sleep(PAUSE).await;
            }
            Ok::<_, nspi_client::Error>(took)
        })?;
        took.sort_by(f64::total_cmp);
        let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
        Ok(Latency { p50: at(0.50), p95: at(0.95), p99: at(0.99) })
    }

    pub(crate) fn leave(self) -> Result<(), Box<dyn Error>> {
        let Self { runtime, session } = self;
        Ok(runtime.block_on(session.unbind())?)
    }
}
