//! What all handles of a connection know about it.

use std::sync::OnceLock;
use std::time::Duration;

use nspi_proto::dcerpc::auth::AuthLevel;
use nspi_proto::dcerpc::{AssocGroupId, FaultStatus};
use nspi_proto::ndr::AnyOrder;
use nspi_proto::nspi::{Operation, Status};

use crate::census::Held;
use crate::error::Error;
use crate::refusal::{LogonFailed, NotAuthenticated};

/// The other end, and how it is spoken to. Fixed once the association is open, but for the counts and the end.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) server: String,
    /// As whom it is spoken to; `None`: anonymously.
    pub(crate) user: Option<String>,
    pub(crate) level: AuthLevel,
    pub(crate) group: AssocGroupId,
    /// The syntax of requests.
    pub(crate) syntax: AnyOrder,
    pub(crate) call_timeout: Duration,
    pub(crate) held: Held,
    /// Why the connection has ended, once it has.
    pub(crate) ended: OnceLock<Error>,
}

impl Peer {
    /// Why nothing can be called any more.
    pub(crate) fn why_ended(&self) -> Error {
        self.ended.get().cloned().unwrap_or(Error::Closed)
    }

    /// Tier three: whether an operation did what was asked.
    pub(crate) fn check(&self, operation: Operation, status: Status) -> Result<(), Error> {
        match (operation, status) {
            // [MS-NSPI 3.1.4.2] a successful NspiUnbind returns 1.
            (Operation::NspiUnbind, status) if status.is_success_of_unbind() => Ok(()),
            (Operation::NspiUnbind, status) => Err(Error::Status { operation, status }),
            (_, status) if status.is_success() => Ok(()),
            (Operation::NspiBind, Status::LOGON_FAILED) => Err(Error::LogonFailed(Box::new(LogonFailed {
                server: self.server.clone(),
                user: self.user.clone(),
                held_by_process: self.held.in_process(),
                held_by_connection: self.held.on_connection(),
            }))),
            (operation, status) => Err(Error::Status { operation, status }),
        }
    }

    /// Tier two: what a fault means, which depends on whether any call has been `answered` before.
    pub(crate) fn refused(&self, fault: FaultStatus, answered: bool) -> Error {
        match fault {
            FaultStatus::ACCESS_DENIED | FaultStatus::SEC_PKG_ERROR if !answered => {
                let (server, user, level) = (self.server.clone(), self.user.clone(), self.level);
                Error::NotAuthenticated(Box::new(NotAuthenticated { server, user, level, fault }))
            }
            fault => Error::Fault(fault),
        }
    }
}
