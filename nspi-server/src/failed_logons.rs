//! Failed logons, by account and by address: who guesses is made to wait, and nobody else is.

use std::net::IpAddr;
use std::sync::Arc;

use nspi_auth::{Doorkeeper, GuessPolicy, Guesses, Slowing};
use nspi_proto::dcerpc::auth::SecurityError;
use parking_lot::Mutex;
use tokio::time::Instant;
use tracing::debug;

use crate::config::Limits;

/// Who guessed what on this server. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct FailedLogons(Arc<Mutex<Guesses>>);

impl FailedLogons {
    pub(crate) fn new(limits: &Limits) -> Self {
        // 0 in the settings: any number is free.
        let free = |failures: u32| if failures == 0 { u32::MAX } else { failures };
        let policy = GuessPolicy {
            address: Slowing { free: free(limits.free_failed_logons_per_address), ..Slowing::ADDRESS },
            account_and_address: Slowing {
                free: free(limits.free_failed_logons_per_account_and_address),
                ..Slowing::ACCOUNT_AND_ADDRESS
            },
            account: free(limits.free_failed_logons_per_account),
            newcomer: Slowing::NEWCOMER,
        };
        Self(Arc::new(Mutex::new(Guesses::new(policy))))
    }

    /// Who is asked about the proofs that come from an address.
    pub(crate) fn at(&self, address: IpAddr) -> Arc<dyn Doorkeeper> {
        Arc::new(At { guesses: self.clone(), address })
    }
}

struct At {
    guesses: FailedLogons,
    address: IpAddr,
}

impl Doorkeeper for At {
    fn admit(&self, account: &str) -> Result<(), SecurityError> {
        let admitted = self.guesses.0.lock().check(account, self.address, now());
        if admitted.is_err() {
            debug!(address = %self.address, "a logon must wait: too many failed before it");
        }
        admitted
    }

    fn judged(&self, account: &str, right: bool) {
        let mut guesses = self.guesses.0.lock();
        if right { guesses.right(account, self.address) } else { guesses.wrong(account, self.address, now()) }
    }
}

/// By tokio's clock, which tests can put forward.
fn now() -> std::time::Instant {
    Instant::now().into_std()
}
