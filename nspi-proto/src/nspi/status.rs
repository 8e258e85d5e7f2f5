//! Return values of the operations.

use core::fmt;

/// [MS-NSPI 2.2.2] The return value of an operation. Unknown values survive.
///
/// ```
/// use nspi_proto::nspi::Status;
/// assert_eq!(Status::LOGON_FAILED.to_string(), "MAPI_E_LOGON_FAILED (0x80040111)");
/// assert!(Status::UNBIND_SUCCESS.is_success_of_unbind());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Status(pub u32);

macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident = $value:literal, $mapi:literal;)*) => {
        impl Status {
            $($(#[$doc])* pub const $name: Self = Self($value);)*

            /// The name that MAPI gives the value, if it is one that MS-NSPI permits.
            #[must_use]
            pub fn mapi_name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some($mapi),)*
                    _ => None,
                }
            }
        }
    };
}

statuses! {
    /// `Success`.
    SUCCESS = 0x0000_0000, "S_OK";
    /// `UnbindSuccess`: what a *successful* NspiUnbind returns.
    UNBIND_SUCCESS = 0x0000_0001, "UnbindSuccess";
    /// `UnbindFailure`.
    UNBIND_FAILURE = 0x0000_0002, "UnbindFailure";
    /// `ErrorsReturned`: a warning; some values are of type PtypErrorCode.
    ERRORS_RETURNED = 0x0004_0380, "MAPI_W_ERRORS_RETURNED";
    /// `GeneralFailure`, also `CallFailed`.
    GENERAL_FAILURE = 0x8000_4005, "MAPI_E_CALL_FAILED";
    /// `NotSupported`.
    NOT_SUPPORTED = 0x8004_0102, "MAPI_E_NO_SUPPORT";
    /// `InvalidObject`.
    INVALID_OBJECT = 0x8004_0108, "MAPI_E_INVALID_OBJECT";
    /// `OutOfResources`.
    OUT_OF_RESOURCES = 0x8004_010E, "MAPI_E_NOT_ENOUGH_RESOURCES";
    /// `NotFound`.
    NOT_FOUND = 0x8004_010F, "MAPI_E_NOT_FOUND";
    /// `LogonFailed`: no right, *or* the user's session cap is reached (KB949469).
    LOGON_FAILED = 0x8004_0111, "MAPI_E_LOGON_FAILED";
    /// `TooComplex`.
    TOO_COMPLEX = 0x8004_0117, "MAPI_E_TOO_COMPLEX";
    /// `InvalidCodepage`.
    INVALID_CODEPAGE = 0x8004_011E, "MAPI_E_UNKNOWN_CPID";
    /// `InvalidLocale`.
    INVALID_LOCALE = 0x8004_011F, "MAPI_E_UNKNOWN_LCID";
    /// `TableTooBig`.
    TABLE_TOO_BIG = 0x8004_0403, "MAPI_E_TABLE_TOO_BIG";
    /// `InvalidBookmark`: the container does not exist.
    INVALID_BOOKMARK = 0x8004_0405, "MAPI_E_INVALID_BOOKMARK";
    /// `AccessDenied`.
    ACCESS_DENIED = 0x8007_0005, "MAPI_E_NO_ACCESS";
    /// `NotEnoughMemory`.
    NOT_ENOUGH_MEMORY = 0x8007_000E, "MAPI_E_NOT_ENOUGH_MEMORY";
    /// `InvalidParameter`.
    INVALID_PARAMETER = 0x8007_0057, "MAPI_E_INVALID_PARAMETER";
}

impl Status {
    /// Whether the value says that an operation did what was asked, if with a warning. NspiUnbind differs: see
    /// [`is_success_of_unbind`](Self::is_success_of_unbind).
    #[must_use]
    pub fn is_success(self) -> bool {
        matches!(self, Self::SUCCESS | Self::ERRORS_RETURNED)
    }

    /// [MS-NSPI 3.1.4.2] Whether NspiUnbind succeeded: it then returns 1, not 0.
    #[must_use]
    pub fn is_success_of_unbind(self) -> bool {
        self == Self::UNBIND_SUCCESS
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mapi_name() {
            Some(name) => write!(f, "{name} ({:#010x})", self.0),
            None => write!(f, "{:#010x}", self.0),
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Status({self})")
    }
}
