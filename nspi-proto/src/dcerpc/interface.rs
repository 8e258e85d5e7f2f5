//! Names of interfaces and of transfer syntaxes: what a presentation context is about.

use core::fmt;

use bitflags::bitflags;
use uuid::{Uuid, uuid};

use crate::ndr::{AnyOrder, Decode, DecodeError, Decoder, Encode, Encoder, Syntax};

/// [C706 12.6.3.1, `p_syntax_id_t`] An interface (abstract syntax): UUID and version.
#[doc(alias = "abstract_syntax")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InterfaceId {
    /// The interface's UUID.
    pub uuid: Uuid,
    /// Major version: another one is another interface.
    pub major: u16,
    /// Minor version: a higher one adds operations at the end.
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

    pub(super) fn decode_id<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        let uuid = input.uuid("if_uuid")?;
        let [a, b, c, d] = input.u32("if_version")?.to_be_bytes(); // minor << 16 | major
        Ok(Self { uuid, major: u16::from_be_bytes([c, d]), minor: u16::from_be_bytes([a, b]) })
    }

    pub(super) fn encode_id<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.uuid(self.uuid);
        out.u32(u32::from(self.minor) << 16 | u32::from(self.major));
    }
}

impl fmt::Display for InterfaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} v{}.{}", self.uuid, self.major, self.minor)
    }
}

/// As a parameter of a call [C706 Appendix N, `rpc_if_id_t`]: the two halves of the version are numbers of their own, which
/// shows in big-endian stubs.
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

/// [C706 12.6.3.1, `p_syntax_id_t`] A transfer syntax: UUID and version.
#[doc(alias = "transfer_syntax")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TransferSyntaxId {
    /// The syntax's UUID.
    pub uuid: Uuid,
    /// Its version.
    pub version: u32,
}

impl TransferSyntaxId {
    /// NDR, version 2.0 [C706 chapter 14].
    pub const NDR20: Self = Self { uuid: uuid!("8A885D04-1CEB-11C9-9FE8-08002B104860"), version: 2 };
    /// NDR64, version 1.0 [MS-RPCE 2.2.5].
    pub const NDR64: Self = Self { uuid: uuid!("71710533-BEBA-4937-8319-B5DBEF9CCC36"), version: 1 };
    /// What stands in the result of a context that was not accepted: zeros.
    pub const NONE: Self = Self { uuid: Uuid::nil(), version: 0 };

    /// The first eight octets, in wire order, of every bind-time feature negotiation "syntax".
    const FEATURES: [u8; 8] = [0x2C, 0x1C, 0xB7, 0x6C, 0x12, 0x98, 0x40, 0x45];

    /// [MS-RPCE 3.3.1.5.3] The pretended transfer syntax that offers bind-time features.
    #[must_use]
    pub fn offering(features: BindTimeFeatures) -> Self {
        let [a, b, c, d, e, f, g, h] = Self::FEATURES;
        let [low, high] = features.bits().to_le_bytes();
        Self { uuid: Uuid::from_bytes_le([a, b, c, d, e, f, g, h, low, high, 0, 0, 0, 0, 0, 0]), version: 1 }
    }

    /// The bind-time features that this pretended syntax offers; `None` if it is a real one.
    #[must_use]
    pub fn features(&self) -> Option<BindTimeFeatures> {
        let [a, b, c, d, e, f, g, h, low, high, ..] = self.uuid.to_bytes_le();
        ([a, b, c, d, e, f, g, h] == Self::FEATURES && self.version == 1)
            .then(|| BindTimeFeatures::from_bits_retain(u16::from_le_bytes([low, high])))
    }

    /// How a stub in this syntax is laid out, its PDU having that byte order; `None` if this crate does not know it.
    #[must_use]
    pub fn layout(&self, big_endian: bool) -> Option<AnyOrder> {
        match *self {
            Self::NDR20 => Some(AnyOrder { wide: false, big_endian }),
            Self::NDR64 => Some(AnyOrder { wide: true, big_endian }),
            _ => None,
        }
    }

    pub(super) fn decode<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        Ok(Self { uuid: input.uuid("transfer_syntax_uuid")?, version: input.u32("transfer_syntax_version")? })
    }

    pub(super) fn encode<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.uuid(self.uuid);
        out.u32(self.version);
    }
}

impl fmt::Display for TransferSyntaxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NDR20 => f.write_str("NDR 2.0"),
            Self::NDR64 => f.write_str("NDR64"),
            Self { uuid, version } => write!(f, "{uuid} v{version}"),
        }
    }
}

bitflags! {
    /// [MS-RPCE 2.2.2.14] Features that client and server can agree on in a bind. Unknown bits survive.
    #[doc(alias = "BindTimeFeatureNegotiationBitmask")]
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct BindTimeFeatures: u16 {
        /// Several security contexts on one connection.
        const SECURITY_CONTEXT_MULTIPLEXING = 0x0001;
        /// An orphaned call does not end the connection.
        const KEEP_CONNECTION_ON_ORPHAN = 0x0002;
    }
}

/// `p_cont_id`: names one presentation context of a connection.
#[doc(alias = "p_cont_id")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContextId(pub u16);

/// `assoc_group_id`: names an association group of a server. Never 0 once it is known.
#[doc(alias = "assoc_group_id")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AssocGroupId(pub u32);
