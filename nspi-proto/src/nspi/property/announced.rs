//! Reading values: what a fixed part announces, and what its referents make of it.

use alloc::vec::Vec;

use super::plain::FileTime;
use super::tag::{PropertyTag, PropertyType};
use super::value::{PropertyValue, Value};
use super::visit::RowVisitor;
use super::{MAX_BINARY, MAX_VALUES};
use crate::ndr::{Decode, DecodeError, DecodeErrorKind, Decoder, Kind, Multi, MultiElement, Step, Syntax};
use crate::nspi::Status;

/// The fixed part of a [`PropertyValue`] that was read: 16 octets, whatever its type.
#[derive(Debug, Clone, Copy, Default)]
pub struct Announced {
    tag: PropertyTag,
    reserved: u32,
    /// The number itself, or `dwLowDateTime`, or how many octets or elements the referent has.
    low: u32,
    /// `dwHighDateTime`, or whether the pointer is set.
    high: u32,
}

impl Announced {
    #[inline(always)]
    fn read<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        input.pad_pointer();
        let [tag, reserved, discriminant] = input.words(&["ulPropTag", "ulReserved", "switch_is"])?;
        let tag = PropertyTag(tag);
        let kind = tag.property_type();
        if discriminant != u32::from(kind.0) {
            let announced = kind.0.into();
            return Err(input
                .error("Value", DecodeErrorKind::CountMismatch { found: discriminant.into(), expected: announced }));
        }
        input.pad_pointer();
        // What nearly every value is; the loop over values that this stands in has no room in registers for more.
        let [low, high] = match kind {
            PropertyType::STRING => [0, input.pointer("lpszW")?.into()],
            PropertyType::INTEGER32 => [input.i32("l")?.cast_unsigned(), 0],
            PropertyType::BINARY => counted(input, "cb", MAX_BINARY, "lpb")?,
            PropertyType::TIME => input.words(&["dwLowDateTime", "dwHighDateTime"])?,
            PropertyType::BOOLEAN => [input.u16("b")?.into(), 0],
            PropertyType::ERROR_CODE => [input.u32("err")?, 0],
            _ => input.apart(|input| Self::rare(kind, input))?,
        };
        input.structure_end("PropertyValue_r")?;
        Ok(Self { tag, reserved, low, high })
    }

    /// The arms that [`read`](Self::read) leaves out.
    #[cold]
    #[inline(never)]
    fn rare<S: Syntax>(kind: PropertyType, input: &mut Decoder<'_, S>) -> Result<[u32; 2], DecodeError> {
        Ok(match kind {
            PropertyType::INTEGER16 => {
                let word = input.u16("i")?;
                input.is(Kind::Signed);
                [word.into(), 0]
            }
            PropertyType::STRING8 => [0, input.pointer("lpszA")?.into()],
            PropertyType::GUID => [0, input.pointer("lpguid")?.into()],
            PropertyType::MULTIPLE_INTEGER16 => counted(input, "cValues", MAX_VALUES, "lpi")?,
            PropertyType::MULTIPLE_INTEGER32 => counted(input, "cValues", MAX_VALUES, "lpl")?,
            PropertyType::MULTIPLE_STRING8 => counted(input, "cValues", MAX_VALUES, "lppszA")?,
            PropertyType::MULTIPLE_BINARY => counted(input, "cValues", MAX_VALUES, "lpbin")?,
            PropertyType::MULTIPLE_GUID => counted(input, "cValues", MAX_VALUES, "lpguid")?,
            PropertyType::MULTIPLE_STRING => counted(input, "cValues", MAX_VALUES, "lppszW")?,
            PropertyType::MULTIPLE_TIME => counted(input, "cValues", MAX_VALUES, "lpft")?,
            PropertyType::NULL | PropertyType::EMBEDDED_TABLE => [input.i32("lReserved")?.cast_unsigned(), 0],
            _ => return Err(input.error("Value", DecodeErrorKind::InvalidTag { discriminant: kind.0.into() })),
        })
    }

    /// Reads the referents and hands the value over, in each arm by itself: so it is built where it will stay.
    #[inline(always)]
    fn complete<'de, S: Syntax>(
        &self,
        input: &mut Decoder<'de, S>,
        visitor: &mut impl RowVisitor<'de>,
    ) -> Result<(), DecodeError> {
        let &Self { tag, reserved, low, high } = self;
        macro_rules! put {
            ($value:expr) => {{
                let value = $value;
                visitor.value(PropertyValue { tag, reserved, value })
            }};
        }
        match tag.property_type() {
            PropertyType::STRING if high != 0 => put!(Value::String(Some(input.value("lpszW")?))),
            PropertyType::INTEGER32 => put!(Value::Integer32(low.cast_signed())),
            PropertyType::BINARY if high != 0 => {
                let count = self.count();
                input.conformance_of(count, "lpb")?;
                put!(Value::Binary(Some(input.octets(count, "lpb")?)));
            }
            PropertyType::TIME => put!(Value::Time(FileTime::from_words([low, high]))),
            PropertyType::BOOLEAN => put!(Value::Boolean(self.half())),
            PropertyType::ERROR_CODE => put!(Value::ErrorCode(Status(low))),
            _ => {
                let value = input.apart(|input| self.rare_value(input))?;
                put!(value);
            }
        }
        Ok(())
    }

    /// The arms that [`complete`](Self::complete) leaves out.
    #[cold]
    #[inline(never)]
    fn rare_value<'de, S: Syntax>(&self, input: &mut Decoder<'de, S>) -> Result<Value<'de>, DecodeError> {
        Ok(match self.tag.property_type() {
            PropertyType::INTEGER16 => Value::Integer16(self.half().cast_signed()),
            PropertyType::STRING8 => Value::String8(self.pointee(input, "lpszA")?),
            PropertyType::BINARY => Value::Binary(None),
            PropertyType::STRING => Value::String(None),
            PropertyType::GUID => Value::Guid(self.pointee(input, "lpguid")?),
            PropertyType::MULTIPLE_INTEGER16 => Value::MultipleInteger16(self.elements(input, "lpi")?),
            PropertyType::MULTIPLE_INTEGER32 => Value::MultipleInteger32(self.elements(input, "lpl")?),
            PropertyType::MULTIPLE_STRING8 => Value::MultipleString8(self.elements(input, "lppszA")?),
            PropertyType::MULTIPLE_BINARY => Value::MultipleBinary(self.elements(input, "lpbin")?),
            PropertyType::MULTIPLE_GUID => Value::MultipleGuid(self.elements(input, "lpguid")?),
            PropertyType::MULTIPLE_STRING => Value::MultipleString(self.elements(input, "lppszW")?),
            PropertyType::MULTIPLE_TIME => Value::MultipleTime(self.elements(input, "lpft")?),
            PropertyType::EMBEDDED_TABLE => Value::EmbeddedTable(self.low.cast_signed()),
            _ => Value::Null(self.low.cast_signed()),
        })
    }

    /// The number of 16 bits that was read.
    #[inline(always)]
    fn half(&self) -> u16 {
        let [low, high, ..] = self.low.to_le_bytes();
        u16::from_le_bytes([low, high])
    }

    #[inline(always)]
    fn count(&self) -> usize {
        usize::try_from(self.low).unwrap_or(usize::MAX)
    }

    fn pointee<'de, T: Decode<'de>, S: Syntax>(
        &self,
        input: &mut Decoder<'de, S>,
        field: &'static str,
    ) -> Result<Option<T>, DecodeError> {
        if self.high != 0 { input.value(field).map(Some) } else { Ok(None) }
    }

    fn elements<'de, T: MultiElement<'de>, S: Syntax>(
        &self,
        input: &mut Decoder<'de, S>,
        field: &'static str,
    ) -> Result<Option<Multi<'de, T>>, DecodeError> {
        if self.high != 0 { read_values(self.count(), input, field).map(Some) } else { Ok(None) }
    }
}

/// The fixed part of a counted array: how many elements, and whether the pointer is set.
#[inline(always)]
fn counted<S: Syntax>(
    input: &mut Decoder<'_, S>,
    count: &'static str,
    max: u32,
    pointer: &'static str,
) -> Result<[u32; 2], DecodeError> {
    let value = input.u32(count)?;
    input.in_range(value, count, max)?;
    Ok([value, input.pointer(pointer)?.into()])
}

/// The fixed part of an array of values: how many there are, if the pointer is set.
pub(super) fn announced_values<S: Syntax>(
    input: &mut Decoder<'_, S>,
    field: &'static str,
) -> Result<Option<usize>, DecodeError> {
    let count = input.count("cValues", MAX_VALUES)?;
    Ok(input.pointer(field)?.then_some(count))
}

/// The elements of an array that was announced.
pub(super) fn read_values<'de, T: MultiElement<'de>, S: Syntax>(
    count: usize,
    input: &mut Decoder<'de, S>,
    field: &'static str,
) -> Result<Multi<'de, T>, DecodeError> {
    input.within(Step::Member(field), |input| {
        input.conformance_of(count, field)?;
        Multi::decode(input, count, field)
    })
}

/// Reads `n` values and hands each to `put`. In between `heads` holds their fixed parts; what was in it is forgotten.
#[inline(always)]
pub(super) fn each_value<'de, S: Syntax>(
    n: usize,
    input: &mut Decoder<'de, S>,
    heads: &mut Vec<Announced>,
    visitor: &mut impl RowVisitor<'de>,
) -> Result<(), DecodeError> {
    input.room_for(n, PropertyValue::MIN_FIXED, "lpProps")?;
    if heads.len() < n {
        heads.resize(n, Announced::default());
    }
    let heads = heads.get_mut(..n).unwrap_or_default();
    let mut here = input.clone(); // our own, so that it stays in registers: see `Decoder::apart`
    for (element, head) in heads.iter_mut().enumerate() {
        here.enter(Step::Element(element));
        *head = Announced::read(&mut here)?;
        here.leave();
    }
    for (element, head) in heads.iter().enumerate() {
        here.enter(Step::Element(element));
        head.complete(&mut here, visitor)?;
        here.leave();
    }
    *input = here;
    Ok(())
}

impl<'de> Decode<'de> for PropertyValue<'de> {
    type Fixed = Announced;
    const MIN_FIXED: usize = 14;

    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Announced, DecodeError> {
        Announced::read(input)
    }

    fn decode_referents<S: Syntax>(fixed: Announced, input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        let mut value = Self { tag: fixed.tag, reserved: fixed.reserved, value: Value::Null(0) };
        fixed.complete(input, &mut |completed| value = completed)?;
        Ok(value)
    }
}
