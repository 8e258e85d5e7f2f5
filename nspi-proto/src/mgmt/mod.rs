//! Remote management [C706 Appendix Q]: what any client may ask any RPC server about itself.
//!
//! ```text
//!   stub ──► Request ──► Management::answer ──► Response ──► stub
//! ```
//!
//! Every endpoint serves it beside its own interfaces. The one operation that would change something,
//! `stop_server_listening`, is refused.

mod answer;
mod response;

use alloc::vec::Vec;
use core::fmt;

use crate::dcerpc::InterfaceId;
use crate::ndr::{AnyOrder, DecodeError, DecodeErrorKind, Decoder, EncodeError, Encoder, Syntax};

pub use answer::Management;
pub use response::{
    InqIfIdsResponse, InqPrincNameResponse, InqStatsResponse, IsServerListeningResponse, Response, Statistics,
    StopServerListeningResponse,
};

/// The interface `mgmt`, version 1.0 [C706 Appendix Q].
pub const INTERFACE: InterfaceId = InterfaceId::new(uuid::uuid!("afa8bd80-7d8a-11c9-bef4-08002b102989"), 1, 0);

/// How a management operation ended: 0 or a Win32 error. Unknown values survive.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Status(pub u32);

impl Status {
    /// It was done.
    pub const OK: Self = Self(0);
    /// The caller may not do that.
    #[doc(alias = "ERROR_ACCESS_DENIED")]
    pub const ACCESS_DENIED: Self = Self(5);
    /// The principal's name and its NUL need more than `princ_name_size` octets.
    #[doc(alias = "ERROR_INSUFFICIENT_BUFFER")]
    pub const INSUFFICIENT_BUFFER: Self = Self(122);
    /// The server does not know that authentication service, or has no name in it.
    #[doc(alias = "RPC_S_UNKNOWN_AUTHN_SERVICE")]
    pub const UNKNOWN_AUTHN_SERVICE: Self = Self(1747);
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::OK => f.write_str("success"),
            Self::ACCESS_DENIED => f.write_str("access denied"),
            Self::INSUFFICIENT_BUFFER => f.write_str("the name does not fit"),
            Self::UNKNOWN_AUTHN_SERVICE => f.write_str("unknown authentication service"),
            Self(other) => write!(f, "{other:#010x}"),
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Status({:#010x})", self.0)
    }
}

/// A management call. The variants without fields have empty stubs.
///
/// ```
/// use nspi_proto::{mgmt::Request, ndr::AnyOrder};
/// assert_eq!(Request::decode(2, &[], AnyOrder::NDR20)?, Some(Request::IsServerListening));
/// assert_eq!(Request::decode(5, &[], AnyOrder::NDR20)?, None); // the fault nca_s_op_rng_error
/// # Ok::<(), nspi_proto::ndr::DecodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// `rpc__mgmt_inq_if_ids` (opnum 0): which interfaces are served?
    InqIfIds,
    /// `rpc__mgmt_inq_stats` (opnum 1): how many calls and packets came and went?
    InqStats {
        /// `count`: how many numbers are wanted; there are 4.
        count: u32,
    },
    /// `rpc__mgmt_is_server_listening` (opnum 2): does the server take calls?
    IsServerListening,
    /// `rpc__mgmt_stop_server_listening` (opnum 3): stop taking calls.
    StopServerListening,
    /// `rpc__mgmt_inq_princ_name` (opnum 4): as whom does the server authenticate?
    InqPrincName {
        /// `authn_proto`: the authentication type, as in a sec_trailer.
        authn_proto: u32,
        /// `princ_name_size`: octets that the answer may hold, with NUL; at least 1.
        princ_name_size: u32,
    },
}

impl Request {
    /// Reads the stub of a call; `None` if `opnum` is not one of this interface.
    ///
    /// Octets that follow are ignored: Samba sends a dword more than `inq_stats` has.
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
        Ok(Some(match opnum {
            0 => Self::InqIfIds,
            1 => Self::InqStats { count: input.u32("count")? },
            2 => Self::IsServerListening,
            3 => Self::StopServerListening,
            4 => {
                let authn_proto = input.u32("authn_proto")?;
                let princ_name_size = input.u32("princ_name_size")?;
                if princ_name_size == 0 {
                    let kind = DecodeErrorKind::Malformed("no room for the terminator of the answer");
                    return Err(input.error("princ_name_size", kind));
                }
                Self::InqPrincName { authn_proto, princ_name_size }
            }
            _ => return Ok(None),
        }))
    }

    /// Which operation it calls.
    #[must_use]
    pub fn opnum(&self) -> u16 {
        match self {
            Self::InqIfIds => 0,
            Self::InqStats { .. } => 1,
            Self::IsServerListening => 2,
            Self::StopServerListening => 3,
            Self::InqPrincName { .. } => 4,
        }
    }

    /// Appends the call's stub to `stub`.
    ///
    /// # Errors
    /// If `princ_name_size` is 0.
    pub fn encode(&self, syntax: AnyOrder, stub: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut out = Encoder::new(stub, syntax);
        match *self {
            Self::InqIfIds | Self::IsServerListening | Self::StopServerListening => {}
            Self::InqStats { count } => out.u32(count),
            Self::InqPrincName { authn_proto, princ_name_size } => {
                if princ_name_size == 0 {
                    let what = "no room for the terminator of the answer";
                    out.broke(EncodeError::Inconsistent { field: "princ_name_size", what });
                }
                out.words([authn_proto, princ_name_size]);
            }
        }
        out.finish()
    }
}
