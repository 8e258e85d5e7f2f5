//! What a server may be asked beside NSPI: where interfaces are served, and what it is.
//!
//! ```text
//!   EndpointMapper ──┐
//!                    ├──► Inquiry ──► Association ──► port 135, or any port
//!   RemoteManagement ┘    one question at a time, each in its time
//! ```

mod management;
mod mapper;

use std::fmt;

use nspi_proto::dcerpc::{FaultStatus, InterfaceId};
use nspi_proto::ndr::{AnyOrder, EncodeError};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio::time::timeout;

use crate::association::Association;
use crate::connection::{connect, in_time};
use crate::error::{Error, Waiting};
use crate::options::ConnectOptions;
use crate::refusal::NotAuthenticated;

pub use management::RemoteManagement;
pub use mapper::EndpointMapper;
pub(crate) use mapper::look_up;

/// An association that is asked one question at a time; no task drives it, and closing it is dropping it.
#[derive(Debug)]
struct Inquiry {
    association: Association<TcpStream>,
    server: String,
    options: ConnectOptions,
    /// Whether any question has been answered: until then a refusal is about the caller.
    answered: bool,
}

impl Inquiry {
    async fn open<A>(server: A, interface: InterfaceId, options: ConnectOptions) -> Result<Self, Error>
    where
        A: ToSocketAddrs + fmt::Display,
    {
        let server_name = server.to_string();
        let opening = async {
            let stream = connect(server, &server_name).await?;
            Association::open(stream, &server_name, interface, &options).await
        };
        match in_time(&options, opening).await {
            Ok(association) => Ok(Self { association, server: server_name, options, answered: false }),
            // Only a handshake is answered with a fault here.
            Err(Error::Fault(fault)) => Err(refused(server_name, &options, fault)),
            Err(error) => Err(error),
        }
    }

    /// Makes a call, and waits for its answer: the stub of it, and its syntax.
    async fn ask(
        &mut self,
        opnum: u16,
        encode: impl FnOnce(AnyOrder, &mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(AnyOrder, Vec<u8>), Error> {
        let mut stub = Vec::new();
        encode(self.association.syntax, &mut stub).map_err(|error| Error::Protocol(error.into()))?;
        let after = self.options.call_timeout;
        let answer = timeout(after, self.association.exchange(opnum, &stub)).await;
        match answer.unwrap_or(Err(Error::Timeout { what: Waiting::Inquiry, after })) {
            Err(Error::Fault(fault @ (FaultStatus::ACCESS_DENIED | FaultStatus::SEC_PKG_ERROR))) if !self.answered => {
                Err(refused(self.server.clone(), &self.options, fault))
            }
            answer => {
                self.answered |= answer.is_ok();
                answer
            }
        }
    }
}

fn refused(server: String, options: &ConnectOptions, fault: FaultStatus) -> Error {
    Error::NotAuthenticated(Box::new(NotAuthenticated {
        server,
        user: options.caller(),
        level: options.level_in_force(),
        fault,
    }))
}
