//! Why the program ends, when it does not end well.

use std::io;
use std::path::PathBuf;

use nspi_client::{Error, Waiting};
use nspi_proto::nspi::{Operation, Status};

use crate::arguments::{Command, Common, LAB_SERVER, Server};

/// The exit codes that are not 0; 2 is a wrong command line, clap's own.
const REFUSED: u8 = 1;
const USAGE: u8 = 2;
const NOT_CONNECTED: u8 = 3;
const LOGON_FAILED: u8 = 4;
/// As shells have it for what SIGINT ended.
const INTERRUPTED: u8 = 130;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Client(#[from] Error),
    /// The server answered, and the answer is not what was asked for.
    #[error("{0}")]
    Answer(String),
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    /// The command line is wrong, in a way that clap cannot see.
    #[error("{0}")]
    Usage(String),
    /// By ctrl-c.
    #[error("interrupted")]
    Interrupted,
}

impl Failure {
    pub(crate) fn code(&self) -> u8 {
        use Error::{Connect, NoEndpoint, Timeout};
        match self {
            Self::Client(Connect { .. } | NoEndpoint { .. } | Timeout { what: Waiting::Connect, .. }) => NOT_CONNECTED,
            Self::Client(Error::LogonFailed(_)) => LOGON_FAILED,
            Self::Usage(_) => USAGE,
            Self::Interrupted => INTERRUPTED,
            _ => REFUSED,
        }
    }

    /// What programs tell failures apart by; `docs/nspi-json.md` lists them.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Client(Error::Connect { .. }) => "connect",
            Self::Client(Error::NoEndpoint { .. }) => "no_endpoint",
            Self::Client(Error::Timeout { .. }) => "timeout",
            Self::Client(Error::Disconnected(_) | Error::Closed) => "disconnected",
            Self::Client(Error::NotAuthenticated(_) | Error::Security(_)) => "not_authenticated",
            Self::Client(Error::LogonFailed(_)) => "logon_failed",
            Self::Client(Error::Status { .. }) => "status",
            Self::Client(Error::Fault(_) | Error::BindRefused(_) | Error::InterfaceRefused(_)) => "refused",
            Self::Client(_) => "protocol",
            Self::Answer(_) => "not_found",
            Self::File { .. } => "file",
            Self::Usage(_) => "usage",
            Self::Interrupted => "interrupted",
        }
    }

    /// What to do, where the error itself does not know what was asked for.
    pub(crate) fn advice(&self, common: &Common, command: &Command) -> Option<String> {
        let error = match self {
            Self::Client(error) => error,
            Self::Interrupted => return Some("the file is as it was before".to_owned()),
            _ => return None,
        };
        Some(match (error, &common.server) {
            (Error::Connect { .. }, Server::At(address)) if address == LAB_SERVER => {
                "is nspi-server running there? --server names another server".to_owned()
            }
            (Error::Connect { .. } | Error::NoEndpoint { .. }, Server::ThroughMapper(host)) => {
                let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
                format!("the endpoint mapper was asked, since no port was given: --server {host}:PORT does without it")
            }
            (Error::NotAuthenticated(_), _) if common.is_nobody() => {
                "--level none sends no credentials: leave it out".to_owned()
            }
            (Error::NotAuthenticated(_), _) if common.is_lab_user() => {
                "that is the account of the lab: --user names yours".to_owned()
            }
            (Error::Status { operation: Operation::NspiGetMatches, status: Status::TABLE_TOO_BIG }, _) => {
                format!("that was {}: --count allows more", command.count()?)
            }
            (Error::Status { status: Status::INVALID_BOOKMARK, .. }, _) => {
                format!("not {}; `nspi ls` lists them", command.container()?)
            }
            _ => return None,
        })
    }
}
