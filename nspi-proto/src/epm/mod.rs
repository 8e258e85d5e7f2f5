//! The endpoint mapper [C706 appendices L and O; MS-RPCE 2.2.1.2]: which port serves which interface.
//!
//! ```text
//!   stub ──► Request ──► EndpointMap::answer ──► Response ──► stub        at the server
//!   EptMapRequest::tcp(NSPI, NDR20) ──► stub ··· stub ──► Response ──► Tower::tcp_address   at the client
//! ```
//!
//! Three operations are served. The others (`ept_insert` 0, `ept_delete` 1, `ept_inq_object` 5, `ept_mgmt_delete` 6)
//! change the map or are for local callers; [`Request::decode`] gives `None` for them, and the server answers with the
//! fault `nca_s_op_rng_error`, as Samba's is to remote callers.

mod endpoint_map;
mod floor;
mod handle_free;
mod inquiry;
mod lookup;
mod map;
mod tower;

use alloc::vec::Vec;
use core::fmt;

use uuid::uuid;

use crate::dcerpc::InterfaceId;
use crate::ndr::{AnyOrder, DecodeError, DecodeErrorKind, Decoder, EncodeError, Encoder, Syntax};

pub use endpoint_map::{EndpointMap, Inquiries, RegisterError, UnknownHandle};
pub use floor::{Floor, Protocol};
pub use handle_free::{EptLookupHandleFreeRequest, EptLookupHandleFreeResponse};
pub use inquiry::{InquiryType, VersionOption};
pub use lookup::{ANNOTATION_LIMIT, EptEntry, EptLookupRequest, EptLookupResponse};
pub use map::{EptMapRequest, EptMapResponse};
pub use tower::{Route, Tower};

/// The interface `ept`, version 3.0 [C706 Appendix O].
pub const INTERFACE: InterfaceId = InterfaceId::new(uuid!("e1af8308-5d1f-11c9-91a4-08002b14a0fa"), 3, 0);
/// Its well-known TCP port.
pub const TCP_PORT: u16 = 135;

/// The most towers or entries that one answer may be asked for: `[range(0,500)]` [MS-RPCE 2.2.1.2.4, 2.2.1.2.5].
pub const ENTRIES_LIMIT: u32 = 500;

/// [MS-RPCE 2.2.1.2.4] How an operation of the endpoint mapper ended. Unknown values survive.
///
/// [MS-RPCE 2.2.1.2.4]: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-rpce/86fc67d3-f44c-4a14-afeb-1e46048841c5
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Status(pub u32);

impl Status {
    /// At least one element was found.
    pub const OK: Self = Self(0);
    /// The map will not do that: an unknown `inquiry_type` or `vers_option`, or too many inquiries are open.
    #[doc(alias = "ept_s_cant_perform_op")]
    pub const CANT_PERFORM_OP: Self = Self(0x16C9_A0CD);
    /// There is no element, or no further one.
    #[doc(alias = "ept_s_not_registered")]
    pub const NOT_REGISTERED: Self = Self(0x16C9_A0D6);
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::OK => f.write_str("success"),
            Self::CANT_PERFORM_OP => f.write_str("the endpoint mapper cannot do that"),
            Self::NOT_REGISTERED => f.write_str("no endpoint is registered, or no further one"),
            Self(other) => write!(f, "{other:#010x}"),
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Status({:#010x})", self.0)
    }
}

/// A call of the endpoint mapper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Opnum 2.
    Lookup(EptLookupRequest),
    /// Opnum 3.
    Map(EptMapRequest),
    /// Opnum 4.
    LookupHandleFree(EptLookupHandleFreeRequest),
}

impl Request {
    /// Reads the stub of a call; `None` if `opnum` is not one that is served.
    ///
    /// # Errors
    /// If the octets are not that call.
    pub fn decode(opnum: u16, stub: &[u8], syntax: AnyOrder) -> Result<Option<Self>, DecodeError> {
        Self::read(opnum, &mut Decoder::new(stub, syntax))
    }

    /// As [`decode`](Self::decode), by a decoder that may be [watched](crate::ndr::Trace).
    ///
    /// # Errors
    /// If the octets are not that call.
    pub fn read<S: Syntax>(opnum: u16, input: &mut Decoder<'_, S>) -> Result<Option<Self>, DecodeError> {
        match opnum {
            EptLookupRequest::OPNUM => EptLookupRequest::read(input).map(Self::Lookup),
            EptMapRequest::OPNUM => EptMapRequest::read(input).map(Self::Map),
            EptLookupHandleFreeRequest::OPNUM => EptLookupHandleFreeRequest::read(input).map(Self::LookupHandleFree),
            _ => return Ok(None),
        }
        .map(Some)
    }

    /// Which operation it calls.
    #[must_use]
    pub fn opnum(&self) -> u16 {
        match self {
            Self::Lookup(_) => EptLookupRequest::OPNUM,
            Self::Map(_) => EptMapRequest::OPNUM,
            Self::LookupHandleFree(_) => EptLookupHandleFreeRequest::OPNUM,
        }
    }

    /// Appends the call's stub to `stub`.
    ///
    /// # Errors
    /// The first bound that is broken.
    pub fn encode(&self, syntax: AnyOrder, stub: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::Lookup(request) => request.encode(syntax, stub),
            Self::Map(request) => request.encode(syntax, stub),
            Self::LookupHandleFree(request) => request.encode(syntax, stub),
        }
    }
}

/// The answer to a [`Request`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// Opnum 2.
    Lookup(EptLookupResponse),
    /// Opnum 3.
    Map(EptMapResponse),
    /// Opnum 4.
    LookupHandleFree(EptLookupHandleFreeResponse),
}

impl Response {
    /// Reads the stub of an answer; `None` if `opnum` is not one that is served.
    ///
    /// # Errors
    /// If the octets are not that answer.
    pub fn decode(opnum: u16, stub: &[u8], syntax: AnyOrder) -> Result<Option<Self>, DecodeError> {
        Self::read(opnum, &mut Decoder::new(stub, syntax))
    }

    /// As [`decode`](Self::decode), by a decoder that may be [watched](crate::ndr::Trace).
    ///
    /// # Errors
    /// If the octets are not that answer.
    pub fn read<S: Syntax>(opnum: u16, input: &mut Decoder<'_, S>) -> Result<Option<Self>, DecodeError> {
        match opnum {
            EptLookupRequest::OPNUM => EptLookupResponse::read(input).map(Self::Lookup),
            EptMapRequest::OPNUM => EptMapResponse::read(input).map(Self::Map),
            EptLookupHandleFreeRequest::OPNUM => EptLookupHandleFreeResponse::read(input).map(Self::LookupHandleFree),
            _ => return Ok(None),
        }
        .map(Some)
    }

    /// How the operation ended.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Lookup(response) => response.status,
            Self::Map(response) => response.status,
            Self::LookupHandleFree(response) => response.status,
        }
    }

    /// Appends the answer's stub to `stub`.
    ///
    /// # Errors
    /// The first bound that is broken.
    pub fn encode(&self, syntax: AnyOrder, stub: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::Lookup(response) => response.encode(syntax, stub),
            Self::Map(response) => response.encode(syntax, stub),
            Self::LookupHandleFree(response) => response.encode(syntax, stub),
        }
    }
}

/// The id of a full pointer (`[ptr]`), or 0. Ids of one stub differ, and count from 1 as those of Windows do, whose
/// receivers keep a table by id [C706 14.3.11.1].
fn full_pointer<S: Syntax>(out: &mut Encoder<'_, S>, id: Option<u32>) {
    let id = id.unwrap_or(0);
    if out.syntax().wide() { out.u64(id.into()) } else { out.u32(id) }
}

/// Reads the counts of an array `[size_is(max), length_is(expected)]`; `max` is what comes out.
fn array_counts<S: Syntax>(
    input: &mut Decoder<'_, S>,
    expected: usize,
    field: &'static str,
) -> Result<usize, DecodeError> {
    let max = input.conformance(field)?;
    let [offset, actual] = input.variance(field)?;
    if offset != 0 {
        return Err(input.error(field, DecodeErrorKind::Malformed("an array starts at its first element")));
    }
    if actual != expected {
        return Err(input.mismatch(field, actual, expected));
    }
    if actual > max { Err(input.mismatch(field, actual, max)) } else { Ok(max) }
}

/// Writes the counts of an array `[size_is(max), length_is(actual)]`.
fn encode_array_counts<S: Syntax>(out: &mut Encoder<'_, S>, max: usize, actual: usize, field: &'static str) {
    if actual > max {
        out.broke(EncodeError::OutOfRange { field, count: actual, max });
    }
    out.conformance(max);
    out.conformance(0);
    out.conformance(actual);
}
