//! Why something did not work: what a caller may want to tell apart.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use nspi_proto::dcerpc::auth::SecurityError;
use nspi_proto::dcerpc::{FaultStatus, NakReason, ProtocolError, RejectReason};
use nspi_proto::ndr::{DecodeError, EncodeError};
use nspi_proto::nspi::{Operation, Status};
use nspi_proto::{epm, mgmt};

use crate::refusal::{LogonFailed, NotAuthenticated};

/// Why a connection could not be opened, or a call has no result.
///
/// | tier | variants | the connection |
/// |---|---|---|
/// | no connection | `Connect`, `NoEndpoint`, `Disconnected`, `Closed` | is none |
/// | octets are not a PDU, or not now | `Protocol`, `Security`, `BindRefused`, `InterfaceRefused` | has ended |
/// | the PDU is fine, the call is not | `Fault`, `NotAuthenticated` | goes on, unless the server closes it |
/// | the call is fine, the answer is no | `Status`, `Stalled`, `LogonFailed`, `Management` | goes on |
///
/// A `Timeout` of a call is the call's alone: the connection goes on.
///
/// ```
/// # use nspi_client::{Connection, Error, Session, Stat, Status};
/// # async fn lesson(connection: &Connection) -> Result<Option<Session>, Error> {
/// match connection.bind(Stat::default()).await {
///     Err(Error::LogonFailed(reason)) => {
///         println!("{reason}"); // who holds how many, and what to do: it is not the password
///         Ok(None)
///     }
///     Err(Error::Disconnected(_) | Error::Closed) => Ok(None), // open another connection
///     Err(Error::Status { status: Status::OUT_OF_RESOURCES, .. }) => Ok(None), // later
///     other => other.map(Some),
/// }
/// # }
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no TCP connection to be had.
    #[error("cannot connect to {server}: {source}")]
    Connect {
        /// What was asked for.
        server: String,
        /// Why not.
        source: Arc<io::Error>,
    },
    /// The endpoint mapper does not know where NSPI, or what else it was asked for, is served.
    #[error("the endpoint mapper at {mapper} does not tell where the interface is served: {status}")]
    NoEndpoint {
        /// Whom was asked.
        mapper: String,
        /// What it answered.
        status: epm::Status,
    },
    /// Nothing came in time. A call may have run all the same; a session that it opened is closed again.
    #[error("{what} took longer than {after:?}")]
    Timeout {
        /// What was waited for.
        what: Waiting,
        /// How long.
        after: Duration,
    },
    /// The server, or the network, ended the connection. Its sessions are the server's to close; open another connection,
    /// and bind again.
    #[error("the connection was lost, its sessions with it: {0}")]
    Disconnected(Arc<io::Error>),
    /// [`Connection::close`](crate::Connection::close) was called.
    #[error("the connection is closed")]
    Closed,
    /// The server broke the protocol.
    #[error("the server broke the protocol: {0}")]
    Protocol(ProtocolError),
    /// The stub of a response is not what the operation returns.
    #[error("the server's response to {operation} is malformed: {error}")]
    Response {
        /// Which operation.
        operation: Operation,
        /// The field, and the offset.
        error: DecodeError,
    },
    /// A request has a value that cannot be put on the wire.
    #[error("{operation} cannot be called: {error}")]
    Request {
        /// Which operation.
        operation: Operation,
        /// The field, and its bound.
        error: EncodeError,
    },
    /// The handshake failed at this end, or a signature of the server's is wrong.
    #[error("security: {0}")]
    Security(SecurityError),
    /// The server wants no association (bind_nak).
    #[error("the server refuses the association: {0}")]
    BindRefused(NakReason),
    /// The server does not serve the interface, or not in a transfer syntax that was offered.
    #[error("the server does not offer the interface: {}", why(*.0))]
    InterfaceRefused(RejectReason),
    /// The server does not take the caller for who he says he is.
    #[error(transparent)]
    NotAuthenticated(Box<NotAuthenticated>),
    /// The server would not run a call.
    #[error("the server refuses the call: {0}")]
    Fault(FaultStatus),
    /// An operation ran, and says no.
    #[error("{operation} answers {status}{}", because(*status))]
    Status {
        /// Which operation.
        operation: Operation,
        /// What it answered.
        status: Status,
    },
    /// Remote management says no.
    #[error("remote management answers: {0}")]
    Management(mgmt::Status),
    /// An operation gives the same rows again, however often it is called.
    #[error("{operation} does not move on: the server gives the same rows again")]
    Stalled {
        /// Which operation.
        operation: Operation,
    },
    /// NspiBind says MAPI_E_LOGON_FAILED: no right, or the session cap.
    #[error(transparent)]
    LogonFailed(Box<LogonFailed>),
}

/// What an [`Error::Timeout`] was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waiting {
    /// Opening a connection.
    Connect,
    /// A call of this operation.
    Call(Operation),
    /// An answer of the endpoint mapper, or of remote management.
    Inquiry,
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect => f.write_str("opening the connection"),
            Self::Call(operation) => operation.fmt(f),
            Self::Inquiry => f.write_str("an answer of the endpoint mapper, or of remote management,"),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Disconnected(Arc::new(error))
    }
}

impl From<SecurityError> for Error {
    fn from(error: SecurityError) -> Self {
        Self::Security(error)
    }
}

impl From<ProtocolError> for Error {
    fn from(error: ProtocolError) -> Self {
        match error {
            ProtocolError::Security { error, .. } => Self::Security(error),
            other => Self::Protocol(other),
        }
    }
}

/// What a status usually comes of, where the caller can do something about it.
fn because(status: Status) -> &'static str {
    match status {
        Status::TABLE_TOO_BIG => ": there is more than was asked for",
        Status::INVALID_BOOKMARK => ": there is no such container",
        Status::NOT_FOUND => ": there is no such object, row or property",
        Status::ACCESS_DENIED => ": the caller may not, or nobody may",
        Status::INVALID_CODEPAGE => ": the server does not have this code page",
        Status::INVALID_LOCALE => ": the server does not have this locale",
        Status::TOO_COMPLEX => ": the restriction asks for too much",
        Status::OUT_OF_RESOURCES | Status::NOT_ENOUGH_MEMORY => {
            ": the server is short of memory; this is not the session cap"
        }
        _ => "",
    }
}

fn why(reason: RejectReason) -> String {
    match reason {
        RejectReason::ABSTRACT_SYNTAX_NOT_SUPPORTED => "it is unknown there".to_owned(),
        RejectReason::TRANSFER_SYNTAXES_NOT_SUPPORTED => "no transfer syntax is common".to_owned(),
        RejectReason::LOCAL_LIMIT_EXCEEDED => "too many associations".to_owned(),
        RejectReason(other) => format!("reason {other}"),
    }
}
