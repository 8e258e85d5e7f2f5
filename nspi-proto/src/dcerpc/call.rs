//! Calls and their answers: request, response, fault [C706 12.6.4.6 to 12.6.4.10].
//!
//! Each begins with a head of fixed layout; the stub follows, with its padding if the PDU is protected.

use uuid::Uuid;

use super::header::{Header, PfcFlags};
use super::interface::ContextId;
use super::status::FaultStatus;
use crate::ndr::{AnyOrder, DecodeError, DecodeErrorKind, Decoder, Encoder, Syntax};

/// `call_id`: names one call of a connection. The client chooses it; every PDU of the call repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub u32);

/// [C706 12.6.4.9] `request`: a call, or a fragment of one.
#[doc(alias = "rpcconn_request_hdr_t")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// Octets of stub in this and all later fragments, or 0. A hint: never trusted.
    pub alloc_hint: u32,
    /// `p_cont_id`: the presentation context.
    pub context: ContextId,
    /// Which operation of the interface.
    pub opnum: u16,
    /// The object that the call is about, if it names one.
    pub object: Option<Uuid>,
    /// This fragment's part of the stub, and its padding.
    pub stub: &'a [u8],
}

impl Request<'_> {
    /// Length of the header, in octets, without an object.
    pub const LEN: usize = 24;

    /// Reads everything but the stub; also says where the stub starts.
    pub(super) fn decode_head(header: &Header, pdu: &[u8]) -> Result<(Self, usize), DecodeError> {
        let mut input = body(pdu, header.order())?;
        Ok((Self::read_head(header, &mut input)?, input.offset()))
    }

    pub(super) fn read_head<S: Syntax>(header: &Header, input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            alloc_hint: input.u32("alloc_hint")?,
            context: ContextId(input.u16("p_cont_id")?),
            opnum: input.u16("opnum")?,
            object: if header.has(PfcFlags::OBJECT_UUID) { Some(input.uuid("object")?) } else { None },
            stub: &[],
        })
    }

    pub(super) fn encode(&self, out: &mut Encoder<'_, AnyOrder>) {
        out.u32(self.alloc_hint);
        out.u16(self.context.0);
        out.u16(self.opnum);
        if let Some(object) = self.object {
            out.uuid(object);
        }
        out.octets(self.stub);
    }
}

/// [C706 12.6.4.10] `response`: what a call returned, or a fragment of it.
#[doc(alias = "rpcconn_response_hdr_t")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Response<'a> {
    /// Octets of stub in this and all later fragments, or 0. A hint: never trusted.
    pub alloc_hint: u32,
    /// `p_cont_id`: that of the request.
    pub context: ContextId,
    /// Cancels that the server received while the call ran.
    pub cancel_count: u8,
    /// This fragment's part of the stub, and its padding.
    pub stub: &'a [u8],
}

impl Response<'_> {
    /// Length of the header in octets.
    pub const LEN: usize = 24;

    /// Reads everything but the stub; also says where the stub starts.
    pub(super) fn decode_head(header: &Header, pdu: &[u8]) -> Result<(Self, usize), DecodeError> {
        let mut input = body(pdu, header.order())?;
        Ok((Self::read_head(header, &mut input)?, input.offset()))
    }

    pub(super) fn read_head<S: Syntax>(_: &Header, input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        let alloc_hint = input.u32("alloc_hint")?;
        let context = ContextId(input.u16("p_cont_id")?);
        let cancel_count = input.u8("cancel_count")?;
        input.u8("reserved")?;
        Ok(Self { alloc_hint, context, cancel_count, stub: &[] })
    }

    pub(super) fn encode(&self, out: &mut Encoder<'_, AnyOrder>) {
        out.u32(self.alloc_hint);
        out.u16(self.context.0);
        out.octets(&[self.cancel_count, 0]);
        out.octets(self.stub);
    }
}

/// [C706 12.6.4.7, MS-RPCE 2.2.2.8] `fault`: why a call returns nothing.
#[doc(alias = "rpcconn_fault_hdr_t")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault<'a> {
    /// Length of header and data in octets, or 0. A hint: never trusted.
    pub alloc_hint: u32,
    /// `p_cont_id`: that of the request.
    pub context: ContextId,
    /// Cancels that the server received while the call ran.
    pub cancel_count: u8,
    /// Bit 0: the data is extended error information [MS-RPCE 2.2.2.8].
    pub flags: u8,
    /// What went wrong.
    pub status: FaultStatus,
    /// Data of a user-defined fault, or extended error information; usually empty.
    pub data: &'a [u8],
}

impl Fault<'_> {
    /// Length of the header in octets.
    pub const LEN: usize = 32;

    /// A fault without data.
    #[must_use]
    pub fn new(context: ContextId, cancel_count: u8, status: FaultStatus) -> Self {
        Self { alloc_hint: 32, context, cancel_count, flags: 0, status, data: &[] }
    }

    /// Reads everything but the data; also says where the data starts.
    pub(super) fn decode_head(header: &Header, pdu: &[u8]) -> Result<(Self, usize), DecodeError> {
        let mut input = body(pdu, header.order())?;
        Ok((Self::read_head(header, &mut input)?, input.offset()))
    }

    pub(super) fn read_head<S: Syntax>(_: &Header, input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        let alloc_hint = input.u32("alloc_hint")?;
        let context = ContextId(input.u16("p_cont_id")?);
        let [cancel_count, flags] = [input.u8("cancel_count")?, input.u8("fault_flags")?];
        let status = FaultStatus(input.u32("status")?);
        input.u32("reserved2")?;
        Ok(Self { alloc_hint, context, cancel_count, flags, status, data: &[] })
    }

    pub(super) fn encode(&self, out: &mut Encoder<'_, AnyOrder>) {
        out.u32(self.alloc_hint);
        out.u16(self.context.0);
        out.octets(&[self.cancel_count, self.flags]);
        out.u32(self.status.0);
        out.u32(0);
        out.octets(self.data);
    }
}

/// A decoder that stands behind the common header.
pub(super) fn body<'a, S: Syntax>(pdu: &'a [u8], syntax: S) -> Result<Decoder<'a, S>, DecodeError> {
    if pdu.len() < Header::LEN {
        let kind = DecodeErrorKind::Truncated { needed: Header::LEN, left: pdu.len() };
        return Err(DecodeError::new("common header", 0, kind));
    }
    Ok(Decoder::starting(pdu, Header::LEN, syntax))
}
