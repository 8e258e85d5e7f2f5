//! Where interfaces are served: the questions to an endpoint mapper.

use nspi_proto::dcerpc::{InterfaceId, TransferSyntaxId};
use nspi_proto::epm::{
    self, EptEntry, EptLookupHandleFreeRequest, EptLookupRequest, EptLookupResponse, EptMapRequest, EptMapResponse,
    Tower,
};
use nspi_proto::ndr::ContextHandle;
use nspi_proto::nspi::interface;

use super::Inquiry;
use crate::connection::authority;
use crate::error::Error;
use crate::options::ConnectOptions;

/// Entries that one answer may hold; Samba has about 50 in all.
const PAGE: usize = 100;

/// Entries at which a list is long enough: no server has as many, and a hostile one would not end.
const LONGEST: usize = 10_000;

/// A server's endpoint mapper, which tells where the server's interfaces are: the program on port 135.
///
/// ```
/// use nspi_client::{ConnectOptions, EndpointMapper, Error};
/// use nspi_proto::nspi::interface::INTERFACE;
///
/// # async fn ask(port: u16) -> Result<(), Error> {
/// // Any credentials may be given; mappers answer anyone.
/// let mut mapper = EndpointMapper::open("127.0.0.1", ConnectOptions::new().mapper_port(port)).await?;
/// println!("NSPI is on port {}", mapper.tcp_port(INTERFACE).await?);
/// for entry in mapper.entries().await? {
///     println!("{}", String::from_utf8_lossy(&entry.annotation));
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct EndpointMapper {
    inquiry: Inquiry,
}

impl EndpointMapper {
    /// Connects to the mapper of `host`, on port 135 unless [`ConnectOptions::mapper_port`] says otherwise, and
    /// authenticates if the options have credentials. Most mappers do not care who asks.
    ///
    /// # Errors
    /// As [`Connection::open`](crate::Connection::open).
    pub async fn open(host: &str, options: ConnectOptions) -> Result<Self, Error> {
        let server = authority(host, options.mapper_port);
        Inquiry::open(server, epm::INTERFACE, options).await.map(|inquiry| Self { inquiry })
    }

    /// [C706 Appendix O] `ept_map`: the TCP port that `interface` is served on. Only the port of the answer is told: the
    /// address in it is the server's own idea of itself, which may not be ours.
    ///
    /// # Errors
    /// [`Error::NoEndpoint`] if the mapper knows none; [`Error::NotAuthenticated`], [`Error::Timeout`],
    /// [`Error::Protocol`].
    pub async fn tcp_port(&mut self, interface: InterfaceId) -> Result<u16, Error> {
        let question = EptMapRequest::tcp(interface, TransferSyntaxId::NDR20);
        let encode = |syntax, stub: &mut _| question.encode(syntax, stub);
        let (syntax, answer) = self.inquiry.ask(EptMapRequest::OPNUM, encode).await?;
        let answer = EptMapResponse::decode(&answer, syntax).map_err(|error| Error::Protocol(error.into()))?;
        self.free(answer.entry_handle).await?;
        let port = answer.towers.iter().find_map(Tower::tcp_port);
        port.ok_or_else(|| match answer.status {
            epm::Status::OK => self.no_endpoint(epm::Status::NOT_REGISTERED),
            status => self.no_endpoint(status),
        })
    }

    /// [C706 Appendix O] `ept_lookup`: everything that the mapper knows, at most about 10,000 entries.
    ///
    /// # Errors
    /// As [`tcp_port`](Self::tcp_port).
    pub async fn entries(&mut self) -> Result<Vec<EptEntry>, Error> {
        let mut entries = Vec::new();
        let mut question = EptLookupRequest::all(PAGE);
        loop {
            let encode = |syntax, stub: &mut _| question.encode(syntax, stub);
            let (syntax, answer) = self.inquiry.ask(EptLookupRequest::OPNUM, encode).await?;
            let answer = EptLookupResponse::decode(&answer, syntax).map_err(|error| Error::Protocol(error.into()))?;
            let nothing_new = answer.entries.is_empty();
            entries.extend(answer.entries);
            question.entry_handle = answer.entry_handle;
            match answer.status {
                // Samba's file server says with the last entries that there are no more, others in an answer of its own.
                epm::Status::OK | epm::Status::NOT_REGISTERED if answer.entry_handle.is_null() => return Ok(entries),
                epm::Status::OK if !nothing_new && entries.len() < LONGEST => {}
                epm::Status::OK | epm::Status::NOT_REGISTERED => {
                    self.free(answer.entry_handle).await?;
                    return Ok(entries);
                }
                status => return Err(self.no_endpoint(status)),
            }
        }
    }

    /// [C706 Appendix O] `ept_lookup_handle_free`: ends an inquiry that has more to tell.
    async fn free(&mut self, handle: ContextHandle) -> Result<(), Error> {
        if handle.is_null() {
            return Ok(());
        }
        let question = EptLookupHandleFreeRequest { entry_handle: handle };
        let encode = |syntax, stub: &mut _| question.encode(syntax, stub);
        self.inquiry.ask(EptLookupHandleFreeRequest::OPNUM, encode).await.map(|_| ())
    }

    fn no_endpoint(&self, status: epm::Status) -> Error {
        Error::NoEndpoint { mapper: self.inquiry.server.clone(), status }
    }
}

/// The TCP port of NSPI at `host`, asked without credentials.
pub(crate) async fn look_up(host: &str, options: &ConnectOptions) -> Result<u16, Error> {
    EndpointMapper::open(host, options.unauthenticated()).await?.tcp_port(interface::INTERFACE).await
}
