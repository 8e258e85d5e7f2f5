//! Failed logons, counted by address: who guesses is made to wait.

use std::net::IpAddr;
use std::time::Instant;

use nspi_auth::{Attempts, Slowing, counted_address};
use nspi_proto::dcerpc::auth::SecurityError;
use parking_lot::Mutex;

/// How often each address has failed. Successes do not wipe the slate clean: the guesser may have an account, too.
#[derive(Debug)]
pub(crate) struct FailedLogons(Option<Mutex<Attempts<IpAddr>>>);

impl FailedLogons {
    /// So many failures of an address cost nothing; 0: none does.
    pub(crate) fn new(free: u32) -> Self {
        let slowing = Slowing { free, ..Slowing::ADDRESS };
        Self((free > 0).then(|| Mutex::new(Attempts::new(slowing))))
    }

    /// Whether a leg of a handshake from this address is looked at now.
    pub(crate) fn check(&self, address: IpAddr) -> Result<(), SecurityError> {
        self.0.as_ref().map_or(Ok(()), |attempts| attempts.lock().check(&counted_address(address), Instant::now()))
    }

    /// Somebody at this address failed.
    pub(crate) fn failed(&self, address: IpAddr) {
        if let Some(attempts) = &self.0 {
            attempts.lock().failed(counted_address(address), Instant::now());
        }
    }
}
