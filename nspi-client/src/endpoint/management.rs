//! What a server is: the questions of remote management.

use std::fmt;

use nspi_proto::dcerpc::auth::AuthType;
use nspi_proto::dcerpc::{InterfaceId, ProtocolError};
use nspi_proto::mgmt::{self, Request, Response, Status};
use tokio::net::ToSocketAddrs;

use super::Inquiry;
use crate::error::Error;
use crate::options::ConnectOptions;

/// Octets that a principal's name may have, with its NUL.
const PRINCIPAL_NAME: u32 = 1024;

/// Remote management [C706 Appendix Q], which every port of every DCE/RPC server has.
///
/// ```
/// use nspi_client::{ConnectOptions, Error, RemoteManagement};
///
/// # async fn ask() -> Result<(), Error> {
/// let mut management = RemoteManagement::open("127.0.0.1:6002", ConnectOptions::new()).await?;
/// for interface in management.interfaces().await? {
///     println!("{interface}");
/// }
/// println!("{} calls so far", management.statistics().await?[0]);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct RemoteManagement {
    inquiry: Inquiry,
}

impl RemoteManagement {
    /// Connects to `server` (`HOST:PORT`, or a socket address) and authenticates if the options have credentials.
    ///
    /// # Errors
    /// As [`Connection::open`](crate::Connection::open).
    pub async fn open<A: ToSocketAddrs + fmt::Display>(server: A, options: ConnectOptions) -> Result<Self, Error> {
        Inquiry::open(server, mgmt::INTERFACE, options).await.map(|inquiry| Self { inquiry })
    }

    /// `inq_if_ids`: the interfaces that are served on this port, or by this program.
    ///
    /// # Errors
    /// [`Error::Management`] if the answer is no; [`Error::NotAuthenticated`], [`Error::Fault`], [`Error::Timeout`],
    /// [`Error::Protocol`].
    pub async fn interfaces(&mut self) -> Result<Vec<InterfaceId>, Error> {
        self.ask(Request::InqIfIds, |answer| match answer {
            Response::InqIfIds(answer) => Some(answer.interfaces.unwrap_or_default()),
            _ => None,
        })
        .await
    }

    /// `inq_stats`: calls received, calls sent, packets received, packets sent since the server started. Servers may tell
    /// fewer.
    ///
    /// # Errors
    /// As [`interfaces`](Self::interfaces).
    pub async fn statistics(&mut self) -> Result<Vec<u32>, Error> {
        self.ask(Request::InqStats { count: 4 }, |answer| match answer {
            Response::InqStats(answer) => Some(answer.statistics),
            _ => None,
        })
        .await
    }

    /// `is_server_listening`: whether the server takes calls.
    ///
    /// # Errors
    /// As [`interfaces`](Self::interfaces).
    pub async fn is_listening(&mut self) -> Result<bool, Error> {
        self.ask(Request::IsServerListening, |answer| match answer {
            Response::IsServerListening(answer) => Some(answer.result),
            _ => None,
        })
        .await
    }

    /// `inq_princ_name`: as whom the server authenticates with this mechanism, as it spells it.
    ///
    /// # Errors
    /// As [`interfaces`](Self::interfaces); with [`Status::UNKNOWN_AUTHN_SERVICE`] the server has no such name.
    pub async fn principal_name(&mut self, mechanism: AuthType) -> Result<Vec<u8>, Error> {
        let request = Request::InqPrincName { authn_proto: mechanism.0.into(), princ_name_size: PRINCIPAL_NAME };
        self.ask(request, |answer| match answer {
            Response::InqPrincName(answer) => Some(answer.princ_name),
            _ => None,
        })
        .await
    }

    /// `stop_server_listening`: asks the server to take no more calls. Servers refuse.
    ///
    /// # Errors
    /// As [`interfaces`](Self::interfaces), usually with [`Status::ACCESS_DENIED`].
    pub async fn stop_listening(&mut self) -> Result<(), Error> {
        self.ask(Request::StopServerListening, |_| Some(())).await
    }

    async fn ask<T>(&mut self, request: Request, then: impl FnOnce(Response) -> Option<T>) -> Result<T, Error> {
        let opnum = request.opnum();
        let encode = |syntax, stub: &mut Vec<u8>| {
            request.encode(syntax, stub)?;
            if let Request::InqStats { .. } = request {
                // Samba's server takes no fewer than the two dwords that its client sends; others read C706's one.
                stub.extend([0; 4]);
            }
            Ok(())
        };
        let (syntax, answer) = self.inquiry.ask(opnum, encode).await?;
        let answer = Response::decode(opnum, &answer, syntax).map_err(|error| Error::Protocol(error.into()))?;
        match answer {
            Some(answer) if answer.status() != Status::OK => Err(Error::Management(answer.status())),
            // An answer is decoded by the opnum of its question, so there is one, of the kind that is asked for.
            answer => answer.and_then(then).ok_or(Error::Protocol(ProtocolError::Closed)),
        }
    }
}
