//! The answers of a server, from what it knows of itself.

use alloc::vec::Vec;

use super::{
    InqIfIdsResponse, InqPrincNameResponse, InqStatsResponse, IsServerListeningResponse, Request, Response, Statistics,
    Status, StopServerListeningResponse,
};
use crate::dcerpc::InterfaceId;

/// What a server tells about one of its endpoints.
///
/// ```
/// use nspi_proto::mgmt::{Management, Request, Statistics, Status};
/// let management = Management { interfaces: &[], statistics: Statistics::default(), principals: &[(10, "ACME\\dc1")] };
/// let refused = management.answer(&Request::StopServerListening);
/// assert_eq!(refused.status(), Status::ACCESS_DENIED);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Management<'a> {
    /// The interfaces served there. Samba leaves the management interface itself out.
    pub interfaces: &'a [InterfaceId],
    /// Calls and packets so far.
    pub statistics: Statistics,
    /// As whom the server authenticates, by authentication type.
    pub principals: &'a [(u32, &'a str)],
}

impl Management<'_> {
    /// Answers any call.
    #[must_use]
    pub fn answer(&self, request: &Request) -> Response {
        match *request {
            Request::InqIfIds => {
                Response::InqIfIds(InqIfIdsResponse { interfaces: Some(self.interfaces.to_vec()), status: Status::OK })
            }
            Request::InqStats { count } => {
                let wanted = usize::try_from(count).unwrap_or(usize::MAX);
                let statistics = self.statistics.to_array().into_iter().take(wanted).collect();
                Response::InqStats(InqStatsResponse { statistics, status: Status::OK })
            }
            Request::IsServerListening => {
                Response::IsServerListening(IsServerListeningResponse { status: Status::OK, result: true })
            }
            Request::StopServerListening => {
                Response::StopServerListening(StopServerListeningResponse { status: Status::ACCESS_DENIED })
            }
            Request::InqPrincName { authn_proto, princ_name_size } => {
                Response::InqPrincName(self.principal(authn_proto, princ_name_size))
            }
        }
    }

    fn principal(&self, authn_proto: u32, princ_name_size: u32) -> InqPrincNameResponse {
        let princ_name_size = usize::try_from(princ_name_size).unwrap_or(usize::MAX);
        let named = self.principals.iter().find(|(proto, _)| *proto == authn_proto);
        let (princ_name, status) = match named {
            Some((_, name)) if name.len() < princ_name_size => (name.as_bytes().to_vec(), Status::OK),
            Some(_) => (Vec::new(), Status::INSUFFICIENT_BUFFER),
            None => (Vec::new(), Status::UNKNOWN_AUTHN_SERVICE),
        };
        InqPrincNameResponse { princ_name_size, princ_name, status }
    }
}
