//! Who answers a call of a connection: everything that the answer depends on, but not the machine, from which the call's
//! octets are borrowed.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use nspi_proto::dcerpc::auth::{AuthContextId, AuthLevel};
use nspi_proto::dcerpc::{CallId, InterfaceId};
use nspi_proto::ndr::AnyOrder;

use crate::callers::Callers;
use crate::dispatch::{self, Call, Effort, Unanswered};
use crate::group::AssociationGroup;
use crate::interfaces;
use crate::sessions::UserSessions;
use crate::shared::Shared;
use crate::user::User;

pub(crate) struct Desk {
    pub(crate) shared: Arc<Shared>,
    pub(crate) group: Option<Arc<AssociationGroup>>,
    pub(crate) callers: Callers,
    /// The sessions of callers who proved nothing, where such are allowed.
    pub(crate) anonymous: Option<Arc<UserSessions>>,
    /// Where the peer is.
    pub(crate) address: IpAddr,
    /// What it reached.
    pub(crate) local: SocketAddr,
}

/// A call as it came.
pub(crate) struct Asked<'s> {
    pub(crate) call: CallId,
    pub(crate) interface: InterfaceId,
    pub(crate) syntax: AnyOrder,
    pub(crate) opnum: u16,
    /// The security context that signed it.
    pub(crate) caller: Option<AuthContextId>,
    pub(crate) level: AuthLevel,
    pub(crate) stub: Cow<'s, [u8]>,
}

impl Asked<'_> {
    pub(crate) fn into_owned(self) -> Asked<'static> {
        Asked { stub: Cow::Owned(self.stub.into_owned()), ..self }
    }
}

impl Desk {
    /// Writes the stub of the answer to `answer`, in place of what is there.
    pub(crate) fn answer(&mut self, asked: &Asked<'_>, effort: Effort, answer: &mut Vec<u8>) -> Result<(), Unanswered> {
        let nobody = asked.caller.is_none() && self.anonymous.is_none();
        if nobody && self.shared.admits_anonymous() {
            self.anonymous = Some(self.shared.groups.sessions_apart(User::anonymous(self.address)));
        }
        let here = match self.local.ip().to_canonical() {
            IpAddr::V4(here) => here,
            IpAddr::V6(_) => Ipv4Addr::UNSPECIFIED,
        };
        let &Asked { interface, syntax, opnum, level, .. } = asked;
        let (sessions, group) = (self.sessions(asked.caller), self.group.as_deref());
        answer.clear();
        let call = Call { interface, opnum, stub: &asked.stub, syntax, level, sessions, group, here, effort };
        dispatch::answer(&self.shared, call, answer)
    }

    /// Who logged on as nobody may ask for anything but NSPI, and is sent away for that.
    pub(crate) fn sends_away(&self, asked: &Asked<'_>) -> bool {
        asked.interface == interfaces::NSPI && asked.caller.is_some() && self.sessions(asked.caller).is_none()
    }

    fn sessions(&self, caller: Option<AuthContextId>) -> Option<&UserSessions> {
        match caller {
            Some(id) => self.callers.sessions(id),
            None => self.anonymous.as_deref(),
        }
    }
}
