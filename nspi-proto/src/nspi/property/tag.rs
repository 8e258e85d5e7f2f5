//! What a property is: its number, and the type of its value.

use core::fmt;

use super::tags;
use crate::ndr::{Decode, DecodeError, Decoder, Encode, Encoder, Syntax};
use crate::nspi::named::named;

/// [MS-NSPI 2.2.1] The type of a value: the low half of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PropertyType(pub u16);

named! { PropertyType:
    /// Only a client says it, for any type.
    UNSPECIFIED = 0x0000, "PtypUnspecified";
    NULL = 0x0001, "PtypNull";
    INTEGER16 = 0x0002, "PtypInteger16";
    INTEGER32 = 0x0003, "PtypInteger32";
    /// The value could not be given, and why.
    ERROR_CODE = 0x000A, "PtypErrorCode";
    BOOLEAN = 0x000B, "PtypBoolean";
    EMBEDDED_TABLE = 0x000D, "PtypEmbeddedTable";
    /// 8-bit characters of the STAT's code page.
    STRING8 = 0x001E, "PtypString8";
    /// UTF-16.
    STRING = 0x001F, "PtypString";
    TIME = 0x0040, "PtypTime";
    GUID = 0x0048, "PtypGuid";
    BINARY = 0x0102, "PtypBinary";
    MULTIPLE_INTEGER16 = 0x1002, "PtypMultipleInteger16";
    MULTIPLE_INTEGER32 = 0x1003, "PtypMultipleInteger32";
    MULTIPLE_STRING8 = 0x101E, "PtypMultipleString8";
    MULTIPLE_STRING = 0x101F, "PtypMultipleString";
    MULTIPLE_TIME = 0x1040, "PtypMultipleTime";
    MULTIPLE_GUID = 0x1048, "PtypMultipleGuid";
    MULTIPLE_BINARY = 0x1102, "PtypMultipleBinary";
}

/// A property tag: a number in the high half, a [`PropertyType`] in the low half.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct PropertyTag(pub u32);

impl PropertyTag {
    /// The type of its value.
    #[must_use]
    pub fn property_type(self) -> PropertyType {
        let [low, high, ..] = self.0.to_le_bytes();
        PropertyType(u16::from_le_bytes([low, high]))
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u16 {
        let [.., low, high] = self.0.to_le_bytes();
        u16::from_le_bytes([low, high])
    }

    /// The same property with a value of another type: PtypString8 for PtypString, or PtypErrorCode.
    #[must_use]
    pub fn with_type(self, property_type: PropertyType) -> Self {
        Self(self.0 & 0xFFFF_0000 | u32::from(property_type.0))
    }
}

impl fmt::Debug for PropertyTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for PropertyTag {
    /// The name in MS-OXPROPS where the property is one of [`tags`], else the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match tags::name(*self) {
            Some(name) => f.write_str(name),
            None => write!(f, "{:#010x}", self.0),
        }
    }
}

impl<'de> Decode<'de> for PropertyTag {
    type Fixed = Self;
    const MIN_FIXED: usize = 4;

    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        input.u32("aulPropTag").map(Self)
    }

    fn decode_referents<S: Syntax>(fixed: Self, _: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(fixed)
    }
}

impl Encode for PropertyTag {
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.u32(self.0);
    }
}
