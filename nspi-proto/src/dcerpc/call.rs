//! Calls and their answers: request, response, fault [C706 12.6.4.6 to 12.6.4.10].
//!
//! Each begins with a head of fixed layout; the stub follows, with its padding if the PDU is protected.

use core::fmt;

use uuid::Uuid;

use super::header::{Header, PfcFlags};
use super::interface::ContextId;
use crate::ndr::{AnyOrder, DecodeError, Decoder, Encoder};

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
        let mut input = body(header, pdu)?;
        let head = Self {
            alloc_hint: input.u32("alloc_hint")?,
            context: ContextId(input.u16("p_cont_id")?),
            opnum: input.u16("opnum")?,
            object: if header.has(PfcFlags::OBJECT_UUID) { Some(input.uuid("object")?) } else { None },
            stub: &[],
        };
        Ok((head, input.offset()))
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
        let mut input = body(header, pdu)?;
        let alloc_hint = input.u32("alloc_hint")?;
        let context = ContextId(input.u16("p_cont_id")?);
        let [cancel_count, _reserved] = input.array("cancel_count")?;
        Ok((Self { alloc_hint, context, cancel_count, stub: &[] }, input.offset()))
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
        let mut input = body(header, pdu)?;
        let alloc_hint = input.u32("alloc_hint")?;
        let context = ContextId(input.u16("p_cont_id")?);
        let [cancel_count, flags] = input.array("cancel_count")?;
        let status = FaultStatus(input.u32("status")?);
        input.u32("reserved2")?;
        Ok((Self { alloc_hint, context, cancel_count, flags, status, data: &[] }, input.offset()))
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
fn body<'a>(header: &Header, pdu: &'a [u8]) -> Result<Decoder<'a, AnyOrder>, DecodeError> {
    let mut input = Decoder::new(pdu, header.order());
    input.octets(Header::LEN, "common header")?;
    Ok(input)
}

/// [C706 Appendix N, MS-RPCE 2.2.2.8, MS-ERREF 2.2] The status of a fault. Unknown values survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FaultStatus(pub u32);

macro_rules! statuses {
    ($($(#[doc = $doc:literal])+ $name:ident = $value:literal, $text:literal;)+) => {
        impl FaultStatus {
            $($(#[doc = $doc])+ pub const $name: Self = Self($value);)+

            /// The name in the specification; `None` for a status that this crate does not know.
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                Some(match self {
                    $(Self::$name => $text,)+
                    _ => return None,
                })
            }
        }
    };
}

statuses! {
    /// The caller may not do this.
    ACCESS_DENIED = 0x0000_0005, "access denied";
    /// The server is not there.
    SERVER_UNAVAILABLE = 0x0000_06BA, "RPC_S_SERVER_UNAVAILABLE";
    /// No call is active.
    NO_CALL_ACTIVE = 0x0000_06BD, "RPC_S_NO_CALL_ACTIVE";
    /// The server cannot do this now.
    CANNOT_PERFORM = 0x0000_06D8, "EPT_S_CANT_PERFORM_OP";
    /// Not enough resources for this call.
    OUT_OF_RESOURCES = 0x0000_06D9, "RPC_S_OUT_OF_RESOURCES";
    /// A context handle that must not be NULL is.
    NULL_CONTEXT = 0x0000_06EF, "RPC_X_SS_IN_NULL_CONTEXT";
    /// The stub is not what the operation takes.
    BAD_STUB_DATA = 0x0000_06F7, "RPC_X_BAD_STUB_DATA";
    /// The security provider refused.
    SEC_PKG_ERROR = 0x0000_0721, "RPC_S_SEC_PKG_ERROR";
    /// A union's discriminant names no arm.
    INVALID_TAG = 0x1C00_0006, "nca_s_fault_invalid_tag";
    /// An array's bound is outside of its range.
    INVALID_BOUND = 0x1C00_0007, "nca_s_fault_invalid_bound";
    /// Refused, for no particular reason.
    UNSPEC_REJECT = 0x1C00_0009, "nca_s_unspec_reject";
    /// The operation was never entered.
    MANAGER_NOT_ENTERED = 0x1C00_000C, "nca_s_manager_not_entered";
    /// The call was cancelled.
    CANCEL = 0x1C00_000D, "nca_s_fault_cancel";
    /// Something else.
    UNSPEC = 0x1C00_0012, "nca_s_fault_unspec";
    /// A context handle that is unknown here, or not the caller's.
    CONTEXT_MISMATCH = 0x1C00_001A, "nca_s_fault_context_mismatch";
    /// The server has no memory.
    REMOTE_NO_MEMORY = 0x1C00_001B, "nca_s_fault_remote_no_memory";
    /// The presentation context is unknown.
    INVALID_PRES_CONTEXT_ID = 0x1C00_001C, "nca_s_invalid_pres_context_id";
    /// The level of authentication is not supported.
    UNSUPPORTED_AUTHN_LEVEL = 0x1C00_001D, "nca_s_unsupported_authn_level";
    /// The checksum does not fit.
    INVALID_CHECKSUM = 0x1C00_001F, "nca_s_invalid_checksum";
    /// The CRC does not fit.
    INVALID_CRC = 0x1C00_0020, "nca_s_invalid_crc";
    /// A fault with data of the interface's own.
    USER_DEFINED = 0x1C00_0021, "nca_s_fault_user_defined";
    /// The interface has no such operation.
    OP_RNG_ERROR = 0x1C01_0002, "nca_s_op_rng_error";
    /// The interface, or the presentation context, is unknown.
    UNK_IF = 0x1C01_0003, "nca_s_unk_if";
    /// The server was started anew since.
    WRONG_BOOT_TIME = 0x1C01_0006, "nca_s_wrong_boot_time";
    /// The server thinks that the client crashed.
    YOU_CRASHED = 0x1C01_0009, "nca_s_you_crashed";
    /// A PDU that is not allowed here.
    PROTO_ERROR = 0x1C01_000B, "nca_s_proto_error";
    /// The answer would be too large.
    OUT_ARGS_TOO_BIG = 0x1C01_0013, "nca_s_out_args_too_big";
    /// The server has too much to do.
    SERVER_TOO_BUSY = 0x1C01_0014, "nca_s_server_too_busy";
    /// The object is of a type that is not supported.
    UNSUPPORTED_TYPE = 0x1C01_0017, "nca_s_unsupported_type";
}

impl FaultStatus {
    /// Whether a server decides on this status before it runs the operation, so that the caller may try again
    /// elsewhere: `DID_NOT_EXECUTE` is set then.
    #[must_use]
    pub fn means_not_executed(self) -> bool {
        matches!(
            self,
            Self::ACCESS_DENIED
                | Self::MANAGER_NOT_ENTERED
                | Self::UNSUPPORTED_AUTHN_LEVEL
                | Self::OP_RNG_ERROR
                | Self::UNK_IF
                | Self::SERVER_TOO_BUSY
                | Self::UNSUPPORTED_TYPE
        )
    }
}

impl fmt::Display for FaultStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} ({:#010x})", self.0),
            None => write!(f, "{:#010x}", self.0),
        }
    }
}

impl core::error::Error for FaultStatus {}
