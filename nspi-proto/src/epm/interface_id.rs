//! Which interface, in which version.

use core::fmt;

use uuid::Uuid;

use crate::ndr::{Decode, DecodeError, Decoder, Encode, Encoder, Syntax};

/// [C706 Appendix N, `rpc_if_id_t`] An interface, or a transfer syntax: both are named by a UUID and a version.
///
/// ```
/// use nspi_proto::epm::InterfaceId;
/// assert_eq!(InterfaceId::NDR20.to_string(), "8a885d04-1ceb-11c9-9fe8-08002b104860 v2.0");
/// ```
#[doc(alias = "rpc_if_id_t")]
#[doc(alias = "RPC_IF_ID")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct InterfaceId {
    /// `uuid`.
    pub uuid: Uuid,
    /// `vers_major`: versions that differ in it do not understand each other.
    pub major: u16,
    /// `vers_minor`: a server understands clients of its own minor version and of those below.
    pub minor: u16,
}

impl InterfaceId {
    /// The transfer syntax NDR 2.0 [C706 Appendix I].
    pub const NDR20: Self = Self::new(uuid::uuid!("8a885d04-1ceb-11c9-9fe8-08002b104860"), 2, 0);
    /// The transfer syntax NDR64 [MS-RPCE 2.2.5].
    pub const NDR64: Self = Self::new(uuid::uuid!("71710533-beba-4937-8319-b5dbef9ccc36"), 1, 0);

    /// An interface by its UUID and version.
    #[must_use]
    pub const fn new(uuid: Uuid, major: u16, minor: u16) -> Self {
        Self { uuid, major, minor }
    }

    /// Whether a server of this interface understands clients of `asked`: the same UUID and major version, a minor
    /// version no lower [C706 6.1.5.2].
    #[must_use]
    pub fn understands(self, asked: Self) -> bool {
        self.uuid == asked.uuid && self.major == asked.major && self.minor >= asked.minor
    }
}

impl fmt::Display for InterfaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} v{}.{}", self.uuid, self.major, self.minor)
    }
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
