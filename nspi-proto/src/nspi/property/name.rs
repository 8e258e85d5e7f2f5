//! The name of a property whose number is not fixed.

use super::plain::FlatUid;
use crate::ndr::{Decode, DecodeError, Decoder, Encode, Encoder, Step, Syntax};

/// [MS-NSPI 2.3.5.1] `PropertyName_r`: names a property by a GUID and a number in it.
#[doc(alias = "PropertyName_r")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PropertyName {
    /// `lpguid`: the property set; `None` where the pointer is NULL.
    pub guid: Option<FlatUid>,
    /// `ulReserved`: 0.
    pub reserved: u32,
    /// `lID`: the number in the set. Present even where `guid` is not.
    pub id: i32,
}

impl<'de> Decode<'de> for PropertyName {
    /// Whether `lpguid` is set, `ulReserved`, `lID`.
    type Fixed = (bool, u32, i32);
    const MIN_FIXED: usize = 12;

    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self::Fixed, DecodeError> {
        input.align_pointer("PropertyName_r")?;
        Ok((input.pointer("lpguid")?, input.u32("ulReserved")?, input.i32("lID")?))
    }

    fn decode_referents<S: Syntax>(
        (set, reserved, id): Self::Fixed,
        input: &mut Decoder<'de, S>,
    ) -> Result<Self, DecodeError> {
        Ok(Self {
            guid: input.within(Step::Member("lpguid"), |input| Option::decode_referents(set, input))?,
            reserved,
            id,
        })
    }
}

impl Encode for PropertyName {
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.align_pointer();
        out.pointer(self.guid.is_some());
        out.u32(self.reserved);
        out.i32(self.id);
    }

    fn encode_referents<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.guid.encode_referents(out);
    }
}
