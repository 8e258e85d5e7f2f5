//! What an inquiry selects from the endpoint map.

use crate::dcerpc::InterfaceId;

/// [MS-RPCE 2.2.1.2.4] `inquiry_type`: which elements of the map are wanted.
///
/// [MS-RPCE 2.2.1.2.4]: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-rpce/86fc67d3-f44c-4a14-afeb-1e46048841c5
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InquiryType(pub u32);

impl InquiryType {
    /// All; object, interface and version are ignored.
    #[doc(alias = "RPC_C_EP_ALL_ELTS")]
    pub const ALL: Self = Self(0);
    /// Those of an interface.
    #[doc(alias = "RPC_C_EP_MATCH_BY_IF")]
    pub const BY_INTERFACE: Self = Self(1);
    /// Those of an object.
    #[doc(alias = "RPC_C_EP_MATCH_BY_OBJ")]
    pub const BY_OBJECT: Self = Self(2);
    /// Those of an interface and an object.
    #[doc(alias = "RPC_C_EP_MATCH_BY_BOTH")]
    pub const BY_BOTH: Self = Self(3);
}

/// [MS-RPCE 2.2.1.2.4] `vers_option`: which versions of an interface are wanted.
///
/// [MS-RPCE 2.2.1.2.4]: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-rpce/86fc67d3-f44c-4a14-afeb-1e46048841c5
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VersionOption(pub u32);

impl VersionOption {
    /// Every one.
    #[doc(alias = "RPC_C_VERS_ALL")]
    pub const ALL: Self = Self(1);
    /// The same major version, and a minor version no lower.
    #[doc(alias = "RPC_C_VERS_COMPATIBLE")]
    pub const COMPATIBLE: Self = Self(2);
    /// The same version.
    #[doc(alias = "RPC_C_VERS_EXACT")]
    pub const EXACT: Self = Self(3);
    /// The same major version.
    #[doc(alias = "RPC_C_VERS_MAJOR_ONLY")]
    pub const MAJOR_ONLY: Self = Self(4);
    /// Versions no higher.
    #[doc(alias = "RPC_C_VERS_UPTO")]
    pub const UP_TO: Self = Self(5);

    /// Whether `served` is one that a client that asks for `asked` wants; `None` if the option is not known.
    #[must_use]
    pub fn admits(self, served: InterfaceId, asked: InterfaceId) -> Option<bool> {
        let version = |interface: InterfaceId| (interface.major, interface.minor);
        let admitted = match self {
            Self::ALL => true,
            Self::COMPATIBLE => served.serves(&asked),
            Self::EXACT => version(served) == version(asked),
            Self::MAJOR_ONLY => served.major == asked.major,
            Self::UP_TO => version(served) <= version(asked),
            _ => return None,
        };
        Some(admitted && served.uuid == asked.uuid)
    }
}
