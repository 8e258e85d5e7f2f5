//! A message of any interface that a server of this project serves.

use std::fmt;

use nspi_proto::dcerpc::{Direction, InterfaceId};
use nspi_proto::ndr::{AnyOrder, DecodeError, DecodeErrorKind, Decoder, EncodeError, Syntax};
use nspi_proto::{epm, mgmt, nspi};

/// An interface whose stubs can be explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Interface {
    /// The address book [MS-NSPI].
    Nspi,
    /// The endpoint mapper [C706 Appendix O].
    EndpointMapper,
    /// Remote management [C706 Appendix Q].
    Management,
}

impl Interface {
    const ALL: [(Self, InterfaceId, &'static str); 3] = [
        (Self::Nspi, nspi::interface::INTERFACE, "NSPI"),
        (Self::EndpointMapper, epm::INTERFACE, "endpoint mapper"),
        (Self::Management, mgmt::INTERFACE, "remote management"),
    ];

    /// The interface of this UUID.
    pub(super) fn of(id: uuid::Uuid) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| known.uuid == id).map(|(interface, ..)| *interface)
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Self::ALL.iter().filter(|(interface, ..)| interface == self).try_for_each(|(_, _, name)| f.write_str(name))
    }
}

/// One direction of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Call {
    /// Whose operation.
    pub interface: Interface,
    /// Which one.
    pub opnum: u16,
    /// Whether it is the request or the response.
    pub direction: Direction,
}

impl Call {
    /// The operation's name.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        const ENDPOINT_MAPPER: [&str; 3] = ["ept_lookup", "ept_map", "ept_lookup_handle_free"];
        const MANAGEMENT: [&str; 5] =
            ["inq_if_ids", "inq_stats", "is_server_listening", "stop_server_listening", "inq_princ_name"];
        let opnum = usize::from(self.opnum);
        match self.interface {
            Interface::Nspi => nspi::Operation::from_opnum(self.opnum).map(nspi::Operation::name),
            Interface::EndpointMapper => ENDPOINT_MAPPER.get(opnum.checked_sub(2)?).copied(),
            Interface::Management => MANAGEMENT.get(opnum).copied(),
        }
    }

    pub(super) fn exists(&self) -> bool {
        self.operation().is_some()
    }

    /// NspiUnbind has another set of statuses than its siblings.
    pub(super) fn is_unbind(&self) -> bool {
        self.interface == Interface::Nspi && self.opnum == nspi::Operation::NspiUnbind.opnum()
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.operation() {
            Some(name) => write!(f, "{name} (opnum {})", self.opnum)?,
            None => write!(f, "opnum {} ({})", self.opnum, self.interface)?,
        }
        f.write_str(match self.direction {
            Direction::ToServer => ", request",
            Direction::ToClient => ", response",
        })
    }
}

/// A decoded stub.
pub(super) enum Message<'a> {
    NspiRequest(nspi::Request<'a>),
    NspiResponse(nspi::Response<'a>),
    MapperRequest(epm::Request),
    MapperResponse(epm::Response),
    ManagementRequest(mgmt::Request),
    ManagementResponse(mgmt::Response),
}

impl<'a> Message<'a> {
    pub(super) fn read<S: Syntax>(call: Call, input: &mut Decoder<'a, S>) -> Result<Self, DecodeError> {
        use Direction::{ToClient, ToServer};
        use Interface::{EndpointMapper, Management, Nspi};
        let opnum = call.opnum;
        let message = match (call.interface, call.direction) {
            (Nspi, ToServer) => nspi::Request::read(opnum, input)?.map(Self::NspiRequest),
            (Nspi, ToClient) => nspi::Response::read(opnum, input)?.map(Self::NspiResponse),
            (EndpointMapper, ToServer) => epm::Request::read(opnum, input)?.map(Self::MapperRequest),
            (EndpointMapper, ToClient) => epm::Response::read(opnum, input)?.map(Self::MapperResponse),
            (Management, ToServer) => mgmt::Request::read(opnum, input)?.map(Self::ManagementRequest),
            (Management, ToClient) => mgmt::Response::read(opnum, input)?.map(Self::ManagementResponse),
        };
        message.ok_or_else(|| DecodeError::new("opnum", 0, DecodeErrorKind::Malformed("there is no such operation")))
    }

    pub(super) fn encode(&self, syntax: AnyOrder, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::NspiRequest(request) => request.encode(syntax, out),
            Self::NspiResponse(response) => response.encode(syntax, out),
            Self::MapperRequest(request) => request.encode(syntax, out),
            Self::MapperResponse(response) => response.encode(syntax, out),
            Self::ManagementRequest(request) => request.encode(syntax, out),
            Self::ManagementResponse(response) => response.encode(syntax, out),
        }
    }
}
