//! Names of interfaces and of transfer syntaxes, as floors of a tower and inquiries carry them.

use core::fmt;

use uuid::{Uuid, uuid};

use crate::ndr::{Decode, DecodeError, Decoder, Encode, Encoder, Syntax};

/// [C706 Appendix N, `rpc_if_id_t`] An interface: UUID and version.
///
/// ```
/// use nspi_proto::epm::{self, InterfaceId};
/// let mapper = InterfaceId::new(epm::UUID, epm::MAJOR, epm::MINOR);
/// assert_eq!(mapper.to_string(), "e1af8308-5d1f-11c9-91a4-08002b14a0fa v3.0");
/// ```
#[doc(alias = "rpc_if_id_t")]
#[doc(alias = "RPC_IF_ID")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InterfaceId {
    /// `uuid`.
    pub uuid: Uuid,
    /// `vers_major`: another one is another interface.
    pub major: u16,
    /// `vers_minor`: a higher one adds operations at the end.
    pub minor: u16,
}

impl InterfaceId {
    /// An interface by its UUID and version.
    #[must_use]
    pub const fn new(uuid: Uuid, major: u16, minor: u16) -> Self {
        Self { uuid, major, minor }
    }

    /// Whether a server of this interface can serve a client that asks for `wanted`: same UUID and major version, and
    /// a minor version at least as high [C706 6.1.2].
    #[must_use]
    pub fn serves(&self, wanted: &Self) -> bool {
        self.uuid == wanted.uuid && self.major == wanted.major && self.minor >= wanted.minor
    }
}

impl fmt::Display for InterfaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} v{}.{}", self.uuid, self.major, self.minor)
    }
}

/// A transfer syntax: UUID and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TransferSyntaxId {
    /// The syntax's UUID.
    pub uuid: Uuid,
    /// Its version: minor << 16 | major.
    pub version: u32,
}

impl TransferSyntaxId {
    /// NDR, version 2.0 [C706 chapter 14].
    pub const NDR20: Self = Self { uuid: uuid!("8a885d04-1ceb-11c9-9fe8-08002b104860"), version: 2 };
    /// NDR64, version 1.0 [MS-RPCE 2.2.5].
    pub const NDR64: Self = Self { uuid: uuid!("71710533-beba-4937-8319-b5dbef9ccc36"), version: 1 };
}

impl<'de> Decode<'de> for InterfaceId {
    type Fixed = Self;
    const MIN_FIXED: usize = 20;

    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self { uuid: input.uuid("uuid")?, major: input.u16("vers_major")?, minor: input.u16("vers_minor")? })
    }

    fn decode_referents<S: Syntax>(fixed: Self, _: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(fixed)
    }
}

impl Encode for InterfaceId {
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.uuid(self.uuid);
        out.u16(self.major);
        out.u16(self.minor);
    }
}
