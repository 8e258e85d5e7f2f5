//! What a handshake must know about the world: the time, and numbers nobody can guess. An argument, so that tests can
//! replay a published handshake octet by octet.

use std::time::{SystemTime, UNIX_EPOCH};

use nspi_proto::dcerpc::auth::SecurityError;

/// [MS-DTYP 2.3.3] `FILETIME`: 100-nanosecond intervals since 1601-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FileTime(pub u64);

impl FileTime {
    /// No time at all: 0. A server whose clock says so sends no time stamp, as very old ones do, and clients then promise no
    /// MIC.
    pub const UNKNOWN: Self = Self(0);

    /// 1970-01-01 00:00 UTC.
    const UNIX_EPOCH: u64 = 116_444_736_000_000_000;
}

impl From<SystemTime> for FileTime {
    /// Times before 1970 become 1970, times past the type's range its end.
    fn from(time: SystemTime) -> Self {
        let intervals = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() / 100);
        Self(u64::try_from(intervals).unwrap_or(u64::MAX).saturating_add(Self::UNIX_EPOCH))
    }
}

/// Clock and random source of a handshake. [`System`] is the real one.
pub trait Environment: Send + Sync {
    /// The time now.
    fn now(&self) -> FileTime;

    /// Fills `octets` with numbers that nobody can guess.
    ///
    /// # Errors
    /// [`SecurityError::Refused`] if there are none to be had; the handshake then fails.
    fn random(&self, octets: &mut [u8]) -> Result<(), SecurityError>;
}

/// The operating system's clock and random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Environment for System {
    fn now(&self) -> FileTime {
        SystemTime::now().into()
    }

    fn random(&self, octets: &mut [u8]) -> Result<(), SecurityError> {
        getrandom::fill(octets).map_err(|_| SecurityError::Refused("a handshake without a random source"))
    }
}
