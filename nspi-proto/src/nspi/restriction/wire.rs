//! Restrictions as octets: `rt`, the discriminant of the union, which says the same again, and the arm.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Restriction;
use crate::ndr::{
    DEPTH_LIMIT, Decode, DecodeError, DecodeErrorKind, Decoder, Encode, EncodeError, Encoder, Step, Syntax,
};
use crate::nspi::flags::{BitMaskOperator, FuzzyLevel, RelationalOperator};
use crate::nspi::property::{MAX_VALUES, PropertyTag};

impl<'de> Decode<'de> for Restriction<'de> {
    /// The restriction with every pointer NULL, and how many elements its pointer announced if it is set.
    type Fixed = (Self, Option<usize>);
    const MIN_FIXED: usize = 12;

    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self::Fixed, DecodeError> {
        input.align_pointer("Restriction_r")?;
        let rt = input.u32("rt")?;
        input.align_pointer("res")?;
        let discriminant = input.u32("switch_is")?;
        if discriminant != rt {
            let kind = DecodeErrorKind::CountMismatch { found: discriminant.into(), expected: rt.into() };
            return Err(input.error("res", kind));
        }
        input.align_pointer("res")?;
        let fixed = match rt {
            0 => (Self::And(None), announced(input)?),
            1 => (Self::Or(None), announced(input)?),
            2 => (Self::Not(None), input.pointer("lpRes")?.then_some(1)),
            3 => {
                let fuzzy_level = FuzzyLevel(input.u32("ulFuzzyLevel")?);
                let tag = PropertyTag(input.u32("ulPropTag")?);
                (Self::Content { fuzzy_level, tag, value: None }, input.pointer("lpProp")?.then_some(1))
            }
            4 => {
                let operator = RelationalOperator(input.u32("relop")?);
                let tag = PropertyTag(input.u32("ulPropTag")?);
                (Self::Property { operator, tag, value: None }, input.pointer("lpProp")?.then_some(1))
            }
            5 => {
                let operator = RelationalOperator(input.u32("relop")?);
                let left = PropertyTag(input.u32("ulPropTag1")?);
                let right = PropertyTag(input.u32("ulPropTag2")?);
                (Self::CompareProperties { operator, left, right }, None)
            }
            6 => {
                let operator = BitMaskOperator(input.u32("relBMR")?);
                let tag = PropertyTag(input.u32("ulPropTag")?);
                (Self::BitMask { operator, tag, mask: input.u32("ulMask")? }, None)
            }
            7 => {
                let operator = RelationalOperator(input.u32("relop")?);
                let tag = PropertyTag(input.u32("ulPropTag")?);
                (Self::Size { operator, tag, size: input.u32("cb")? }, None)
            }
            8 => {
                let reserved1 = input.u32("ulReserved1")?;
                let tag = PropertyTag(input.u32("ulPropTag")?);
                (Self::Exist { reserved1, tag, reserved2: input.u32("ulReserved2")? }, None)
            }
            9 => {
                let object = PropertyTag(input.u32("ulSubObject")?);
                (Self::Sub { object, restriction: None }, input.pointer("lpRes")?.then_some(1))
            }
            _ => return Err(input.error("res", DecodeErrorKind::InvalidTag { discriminant })),
        };
        input.structure_end("Restriction_r")?;
        Ok(fixed)
    }

    fn decode_referents<S: Syntax>(
        (mut restriction, announced): Self::Fixed,
        input: &mut Decoder<'de, S>,
    ) -> Result<Self, DecodeError> {
        input.nested("Restriction_r", |input| {
            let Some(count) = announced else { return Ok(restriction) };
            match &mut restriction {
                Self::And(children) | Self::Or(children) => {
                    input.within(Step::Member("lpRes"), |input| {
                        input.conformance_of(count, "lpRes")?;
                        Self::decode_array(count, input, children.insert(Vec::new()))
                    })?;
                }
                Self::Not(child) | Self::Sub { restriction: child, .. } => {
                    *child = Some(Box::new(input.value("lpRes")?));
                }
                Self::Content { value, .. } | Self::Property { value, .. } => {
                    *value = Some(input.value("lpProp")?);
                }
                Self::CompareProperties { .. } | Self::BitMask { .. } | Self::Size { .. } | Self::Exist { .. } => {}
            }
            Ok(restriction)
        })
    }
}

/// The fixed part of And and Or: `cRes`, if the pointer is set.
fn announced<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Option<usize>, DecodeError> {
    let count = input.count("cRes", MAX_VALUES)?;
    Ok(input.pointer("lpRes")?.then_some(count))
}

impl Encode for Restriction<'_> {
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.align_pointer();
        out.u32(self.discriminant());
        out.align_pointer();
        out.u32(self.discriminant());
        out.align_pointer();
        match self {
            Self::And(children) | Self::Or(children) => {
                out.count("cRes", children.as_ref().map_or(0, Vec::len), MAX_VALUES);
                out.pointer(children.is_some());
            }
            Self::Not(child) => out.pointer(child.is_some()),
            Self::Content { fuzzy_level, tag, value } => {
                out.words([fuzzy_level.0, tag.0]);
                out.pointer(value.is_some());
            }
            Self::Property { operator, tag, value } => {
                out.words([operator.0, tag.0]);
                out.pointer(value.is_some());
            }
            Self::CompareProperties { operator, left, right } => out.words([operator.0, left.0, right.0]),
            Self::BitMask { operator, tag, mask } => out.words([operator.0, tag.0, *mask]),
            Self::Size { operator, tag, size } => out.words([operator.0, tag.0, *size]),
            Self::Exist { reserved1, tag, reserved2 } => out.words([*reserved1, tag.0, *reserved2]),
            Self::Sub { object, restriction } => {
                out.u32(object.0);
                out.pointer(restriction.is_some());
            }
        }
        out.structure_end();
    }

    fn encode_referents<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.referents(out, 1);
    }
}

impl Restriction<'_> {
    /// Writes what the pointers announced, of a restriction at this level; the outermost one is at level 1.
    fn referents<S: Syntax>(&self, out: &mut Encoder<'_, S>, level: u8) {
        if level > DEPTH_LIMIT {
            out.broke(EncodeError::Inconsistent { field: "Restriction_r", what: "nested deeper than 64 levels" });
            return;
        }
        match self {
            Self::And(Some(children)) | Self::Or(Some(children)) => {
                out.conformance(children.len());
                children.iter().for_each(|child| child.encode_fixed(out));
                children.iter().for_each(|child| child.referents(out, level + 1));
            }
            Self::Not(Some(child)) | Self::Sub { restriction: Some(child), .. } => {
                child.encode_fixed(out);
                child.referents(out, level + 1);
            }
            Self::Content { value: Some(value), .. } | Self::Property { value: Some(value), .. } => value.encode(out),
            _ => {}
        }
    }
}
