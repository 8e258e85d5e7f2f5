//! Values without pointers, and the one octet string.

use core::fmt;

use super::MAX_BINARY;
use crate::ndr::{Decode, DecodeError, Decoder, Encode, Encoder, Syntax};

/// [MS-NSPI 2.3.1.1] `FlatUID_r`: 16 octets that are compared, never read as a number. Alignment 1.
#[doc(alias = "FlatUID_r")]
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FlatUid(pub [u8; 16]);

impl fmt::Debug for FlatUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FlatUid({self})")
    }
}

impl fmt::Display for FlatUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl<'de> Decode<'de> for FlatUid {
    type Fixed = Self;
    const MIN_FIXED: usize = 16;

    #[inline(always)]
    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        input.array("FlatUID_r").map(Self)
    }

    #[inline(always)]
    fn decode_referents<S: Syntax>(fixed: Self, _: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(fixed)
    }
}

impl Encode for FlatUid {
    #[inline(always)]
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.octets(&self.0);
    }
}

/// [MS-DTYP 2.3.3] `FILETIME`: tenths of a microsecond since 1601-01-01 UTC. Two words on the wire, alignment 4.
#[doc(alias = "FILETIME")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FileTime(pub u64);

impl FileTime {
    /// From the two words `dwLowDateTime` and `dwHighDateTime`.
    #[must_use]
    pub fn from_words([low, high]: [u32; 2]) -> Self {
        Self(u64::from(high) << 32 | u64::from(low))
    }

    /// `dwLowDateTime` and `dwHighDateTime`.
    #[must_use]
    pub fn words(self) -> [u32; 2] {
        let [a, b, c, d, e, f, g, h] = self.0.to_le_bytes();
        [u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])]
    }
}

impl<'de> Decode<'de> for FileTime {
    type Fixed = Self;
    const MIN_FIXED: usize = 8;

    #[inline(always)]
    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        input.words(&["dwLowDateTime", "dwHighDateTime"]).map(Self::from_words)
    }

    #[inline(always)]
    fn decode_referents<S: Syntax>(fixed: Self, _: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(fixed)
    }
}

impl Encode for FileTime {
    #[inline(always)]
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.words(self.words());
    }
}

/// [MS-NSPI 2.3.1.3] `Binary_r`: a count and a unique pointer to that many octets; `None` where the pointer is NULL.
#[doc(alias = "Binary_r")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Binary<'a>(pub Option<&'a [u8]>);

impl<'de> Decode<'de> for Binary<'de> {
    /// `cb`, if the pointer is set.
    type Fixed = Option<usize>;
    const MIN_FIXED: usize = 8;

    #[inline(always)]
    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self::Fixed, DecodeError> {
        input.align_pointer("Binary_r")?;
        let count = input.count("cb", MAX_BINARY)?;
        Ok(input.pointer("lpb")?.then_some(count))
    }

    #[inline(always)]
    fn decode_referents<S: Syntax>(count: Self::Fixed, input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        let Some(count) = count else { return Ok(Self(None)) };
        input.conformance_of(count, "lpb")?;
        Ok(Self(Some(input.octets(count, "lpb")?)))
    }
}

impl Encode for Binary<'_> {
    #[inline(always)]
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.align_pointer();
        out.count("cb", self.0.map_or(0, <[u8]>::len), MAX_BINARY);
        out.pointer(self.0.is_some());
    }

    #[inline(always)]
    fn encode_referents<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        if let Some(octets) = self.0 {
            out.conformance(octets.len());
            out.octets(octets);
        }
    }
}
