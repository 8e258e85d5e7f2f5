//! From a call to its answer: which interface, and whether the caller may.

mod epm;
mod mgmt;
mod nspi;

use std::net::Ipv4Addr;

use nspi_proto::dcerpc::auth::AuthLevel;
use nspi_proto::dcerpc::{FaultStatus, InterfaceId};
use nspi_proto::ndr::AnyOrder;

use crate::group::AssociationGroup;
use crate::interfaces;
use crate::sessions::UserSessions;
use crate::shared::Shared;

/// A call, as far as its answer depends on it.
#[derive(Clone, Copy)]
pub(crate) struct Call<'c> {
    pub(crate) interface: InterfaceId,
    pub(crate) opnum: u16,
    pub(crate) stub: &'c [u8],
    /// The syntax of the request. Answers are in the same one, little-endian.
    pub(crate) syntax: AnyOrder,
    /// The level that the call came at.
    pub(crate) level: AuthLevel,
    /// The caller's sessions; `None`: nobody that may have any.
    pub(crate) sessions: Option<&'c UserSessions>,
    pub(crate) group: Option<&'c AssociationGroup>,
    /// The address that the caller reached.
    pub(crate) here: Ipv4Addr,
    /// How long the answer may take.
    pub(crate) effort: Effort,
}

/// How long an answer may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// About as long as others may be kept waiting: a turn.
    Small,
    /// As long as it takes, within the ceilings on one answer.
    Full,
}

/// Why a call has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// It was refused.
    Fault(FaultStatus),
    /// It takes more than [`Effort::Small`]; nothing has happened yet.
    TakesLong,
}

impl From<FaultStatus> for Unanswered {
    fn from(status: FaultStatus) -> Self {
        Self::Fault(status)
    }
}

impl Call<'_> {
    /// The syntax of the answer.
    fn answer_syntax(&self) -> AnyOrder {
        AnyOrder { big_endian: false, ..self.syntax }
    }
}

/// Appends the stub of the answer to `out`. The endpoint mapper and remote management answer anyone.
pub(crate) fn answer(shared: &Shared, call: Call<'_>, out: &mut Vec<u8>) -> Result<(), Unanswered> {
    match call.interface {
        interfaces::NSPI => match call.sessions {
            Some(sessions) if call.level >= *shared.settings.min_auth_level => {
                nspi::answer(shared, call, sessions, out)
            }
            _ => Err(FaultStatus::ACCESS_DENIED.into()),
        },
        interfaces::EPM => epm::answer(shared, call, out).map_err(Unanswered::from),
        interfaces::MGMT => mgmt::answer(shared, call, out).map_err(Unanswered::from),
        _ => Err(FaultStatus::UNK_IF.into()),
    }
}
