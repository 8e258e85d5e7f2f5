//! Why the program ends, when it does not end well.

use std::io;
use std::path::PathBuf;

use nspi_client::{Error, Waiting};

/// The exit codes that are not 0; 2 is a wrong command line, clap's own.
const REFUSED: u8 = 1;
pub(crate) const USAGE: u8 = 2;
const NOT_CONNECTED: u8 = 3;
const LOGON_FAILED: u8 = 4;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Client(#[from] Error),
    /// The server answered, and the answer is not what was asked for.
    #[error("{0}")]
    Answer(String),
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
}

impl Failure {
    pub(crate) fn code(&self) -> u8 {
        use Error::{Connect, NoEndpoint, Timeout};
        match self {
            Self::Client(Connect { .. } | NoEndpoint { .. } | Timeout { what: Waiting::Connect, .. }) => NOT_CONNECTED,
            Self::Client(Error::LogonFailed(_)) => LOGON_FAILED,
            _ => REFUSED,
        }
    }
}
