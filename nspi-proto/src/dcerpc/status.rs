//! Why a call returns nothing.

use core::fmt;

/// [C706 Appendix N, MS-RPCE 2.2.2.8, MS-ERREF 2.2] The status of a fault. Unknown values survive.
///
/// ```
/// use nspi_proto::dcerpc::FaultStatus;
/// assert_eq!(FaultStatus(0x1C00_001A).to_string(), "nca_s_fault_context_mismatch (0x1c00001a)");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FaultStatus(pub u32);

impl FaultStatus {
    /// The caller may not do this.
    pub const ACCESS_DENIED: Self = Self(0x0000_0005);
    /// The server is not there.
    pub const SERVER_UNAVAILABLE: Self = Self(0x0000_06BA);
    /// No call is active.
    pub const NO_CALL_ACTIVE: Self = Self(0x0000_06BD);
    /// The server cannot do this now.
    pub const CANNOT_PERFORM: Self = Self(0x0000_06D8);
    /// Not enough resources for this call.
    pub const OUT_OF_RESOURCES: Self = Self(0x0000_06D9);
    /// A context handle that must not be NULL is.
    pub const NULL_CONTEXT: Self = Self(0x0000_06EF);
    /// The stub is not what the operation takes.
    pub const BAD_STUB_DATA: Self = Self(0x0000_06F7);
    /// The security provider refused.
    pub const SEC_PKG_ERROR: Self = Self(0x0000_0721);
    /// A union's discriminant names no arm.
    pub const INVALID_TAG: Self = Self(0x1C00_0006);
    /// An array's bound is outside of its range.
    pub const INVALID_BOUND: Self = Self(0x1C00_0007);
    /// Refused, for no particular reason.
    pub const UNSPEC_REJECT: Self = Self(0x1C00_0009);
    /// The operation was never entered.
    pub const MANAGER_NOT_ENTERED: Self = Self(0x1C00_000C);
    /// The call was cancelled.
    pub const CANCEL: Self = Self(0x1C00_000D);
    /// Something else.
    pub const UNSPEC: Self = Self(0x1C00_0012);
    /// A context handle that is unknown here, or not the caller's.
    pub const CONTEXT_MISMATCH: Self = Self(0x1C00_001A);
    /// The server has no memory.
    pub const REMOTE_NO_MEMORY: Self = Self(0x1C00_001B);
    /// The presentation context is unknown.
    pub const INVALID_PRES_CONTEXT_ID: Self = Self(0x1C00_001C);
    /// The level of authentication is not supported.
    pub const UNSUPPORTED_AUTHN_LEVEL: Self = Self(0x1C00_001D);
    /// The checksum does not fit.
    pub const INVALID_CHECKSUM: Self = Self(0x1C00_001F);
    /// The CRC does not fit.
    pub const INVALID_CRC: Self = Self(0x1C00_0020);
    /// A fault with data of the interface's own.
    pub const USER_DEFINED: Self = Self(0x1C00_0021);
    /// The interface has no such operation.
    pub const OP_RNG_ERROR: Self = Self(0x1C01_0002);
    /// The interface, or the presentation context, is unknown.
    pub const UNK_IF: Self = Self(0x1C01_0003);
    /// The server was started anew since.
    pub const WRONG_BOOT_TIME: Self = Self(0x1C01_0006);
    /// The server thinks that the client crashed.
    pub const YOU_CRASHED: Self = Self(0x1C01_0009);
    /// A PDU that is not allowed here.
    pub const PROTO_ERROR: Self = Self(0x1C01_000B);
    /// The answer would be too large.
    pub const OUT_ARGS_TOO_BIG: Self = Self(0x1C01_0013);
    /// The server has too much to do.
    pub const SERVER_TOO_BUSY: Self = Self(0x1C01_0014);
    /// The object is of a type that is not supported.
    pub const UNSUPPORTED_TYPE: Self = Self(0x1C01_0017);

    /// The name in the specification; `None` for a status that this crate does not know.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::ACCESS_DENIED => "access denied",
            Self::SERVER_UNAVAILABLE => "RPC_S_SERVER_UNAVAILABLE",
            Self::NO_CALL_ACTIVE => "RPC_S_NO_CALL_ACTIVE",
            Self::CANNOT_PERFORM => "EPT_S_CANT_PERFORM_OP",
            Self::OUT_OF_RESOURCES => "RPC_S_OUT_OF_RESOURCES",
            Self::NULL_CONTEXT => "RPC_X_SS_IN_NULL_CONTEXT",
            Self::BAD_STUB_DATA => "RPC_X_BAD_STUB_DATA",
            Self::SEC_PKG_ERROR => "RPC_S_SEC_PKG_ERROR",
            Self::INVALID_TAG => "nca_s_fault_invalid_tag",
            Self::INVALID_BOUND => "nca_s_fault_invalid_bound",
            Self::UNSPEC_REJECT => "nca_s_unspec_reject",
            Self::MANAGER_NOT_ENTERED => "nca_s_manager_not_entered",
            Self::CANCEL => "nca_s_fault_cancel",
            Self::UNSPEC => "nca_s_fault_unspec",
            Self::CONTEXT_MISMATCH => "nca_s_fault_context_mismatch",
            Self::REMOTE_NO_MEMORY => "nca_s_fault_remote_no_memory",
            Self::INVALID_PRES_CONTEXT_ID => "nca_s_invalid_pres_context_id",
            Self::UNSUPPORTED_AUTHN_LEVEL => "nca_s_unsupported_authn_level",
            Self::INVALID_CHECKSUM => "nca_s_invalid_checksum",
            Self::INVALID_CRC => "nca_s_invalid_crc",
            Self::USER_DEFINED => "nca_s_fault_user_defined",
            Self::OP_RNG_ERROR => "nca_s_op_rng_error",
            Self::UNK_IF => "nca_s_unk_if",
            Self::WRONG_BOOT_TIME => "nca_s_wrong_boot_time",
            Self::YOU_CRASHED => "nca_s_you_crashed",
            Self::PROTO_ERROR => "nca_s_proto_error",
            Self::OUT_ARGS_TOO_BIG => "nca_s_out_args_too_big",
            Self::SERVER_TOO_BUSY => "nca_s_server_too_busy",
            Self::UNSUPPORTED_TYPE => "nca_s_unsupported_type",
            _ => return None,
        })
    }

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
