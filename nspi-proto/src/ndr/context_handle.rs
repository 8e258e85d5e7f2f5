//! Context handles: a server's state, by a name that only it understands.

use core::fmt;

use uuid::Uuid;

use super::decode::Decode;
use super::decoder::Decoder;
use super::encoder::{Encode, Encoder};
use super::error::DecodeError;
use super::syntax::Syntax;
use super::trace::Kind;

/// [C706 Appendix N, `ndr_context_handle`] 20 octets: attributes, always 0, and a UUID that the server chose.
///
/// ```
/// use nspi_proto::ndr::ContextHandle;
/// assert!(ContextHandle::NULL.is_null());
/// ```
#[doc(alias = "ndr_context_handle")]
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ContextHandle {
    /// `context_handle_attributes`: 0.
    pub attributes: u32,
    /// `context_handle_uuid`.
    pub uuid: Uuid,
}

impl ContextHandle {
    /// All octets zero: no context. What a server returns when it closed, or never opened, one.
    pub const NULL: Self = Self { attributes: 0, uuid: Uuid::nil() };

    /// A handle with this name.
    #[must_use]
    pub fn new(uuid: Uuid) -> Self {
        Self { attributes: 0, uuid }
    }

    /// Whether all octets are zero.
    #[must_use]
    pub fn is_null(&self) -> bool {
        *self == Self::NULL
    }

    /// The 20 octets, little-endian.
    #[must_use]
    pub fn to_octets(self) -> [u8; 20] {
        let mut octets = [0; 20];
        octets.first_chunk_mut().into_iter().for_each(|place| *place = self.attributes.to_le_bytes());
        octets.last_chunk_mut().into_iter().for_each(|place| *place = self.uuid.to_bytes_le());
        octets
    }
}

impl fmt::Debug for ContextHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContextHandle({self})")
    }
}

impl fmt::Display for ContextHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_null() { f.write_str("NULL") } else { self.uuid.fmt(f) }
    }
}

impl<'de, S: Syntax> Decoder<'de, S> {
    /// A UUID in the byte order of the stub: its first three fields are numbers [C706 A.1].
    ///
    /// # Errors
    /// If the stub ends first.
    pub fn uuid(&mut self, field: &'static str) -> Result<Uuid, DecodeError> {
        self.align(4, field)?;
        let octets = self.array::<16>(field)?;
        self.is(Kind::Uuid);
        Ok(if self.syntax().big_endian() { Uuid::from_bytes(octets) } else { Uuid::from_bytes_le(octets) })
    }
}

impl<S: Syntax> Encoder<'_, S> {
    /// A UUID in the byte order of the stub.
    pub fn uuid(&mut self, uuid: Uuid) {
        self.align(4);
        let octets = if self.syntax().big_endian() { uuid.into_bytes() } else { uuid.to_bytes_le() };
        self.octets(&octets);
    }
}

impl<'de> Decode<'de> for ContextHandle {
    type Fixed = Self;
    const MIN_FIXED: usize = 20;

    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(Self { attributes: input.u32("context_handle_attributes")?, uuid: input.uuid("context_handle_uuid")? })
    }

    fn decode_referents<S: Syntax>(fixed: Self, _: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(fixed)
    }
}

impl Encode for ContextHandle {
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.u32(self.attributes);
        out.uuid(self.uuid);
    }
}
