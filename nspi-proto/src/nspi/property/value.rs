//! One value, in place.

use alloc::vec::Vec;

use super::plain::{Binary, FileTime, FlatUid};
use super::tag::{PropertyTag, PropertyType};
use super::{MAX_BINARY, MAX_VALUES};
use crate::ndr::{
    Ansi, Decode, DecodeError, DecodeErrorKind, Decoder, Encode, EncodeError, Encoder, Kind, Multi, MultiElement, Step,
    Syntax, Utf16,
};
use crate::nspi::Status;

/// [MS-NSPI 2.3.1.12] `PropertyValue_r`: a property and its value. Borrows from the stub; free to copy.
///
/// ```
/// use nspi_proto::nspi::property::{PropertyValue, Value, tags};
/// let name = PropertyValue::new(tags::DISPLAY_NAME, Value::from("Ann"));
/// assert_eq!(format!("{:?}", name.value), r#"String(Some("Ann"))"#);
/// ```
#[doc(alias = "PropertyValue_r")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PropertyValue<'a> {
    /// `ulPropTag`. Its type is the value's.
    pub tag: PropertyTag,
    /// `ulReserved`: 0.
    pub reserved: u32,
    /// The value.
    pub value: Value<'a>,
}

/// [MS-NSPI 2.3.1.11] `PROP_VAL_UNION`: a value. `None` is a NULL pointer, which is not an empty value.
#[doc(alias = "PROP_VAL_UNION")]
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// `i`: PtypInteger16.
    Integer16(i16),
    /// `l`: PtypInteger32.
    Integer32(i32),
    /// `b`: PtypBoolean; 0 or 1.
    Boolean(u16),
    /// `lpszA`: PtypString8.
    String8(Option<Ansi<'a>>),
    /// `bin`: PtypBinary, at most 2,097,152 octets.
    Binary(Option<&'a [u8]>),
    /// `lpszW`: PtypString.
    String(Option<Utf16<'a>>),
    /// `lpguid`: PtypGuid.
    Guid(Option<FlatUid>),
    /// `ft`: PtypTime.
    Time(FileTime),
    /// `err`: PtypErrorCode.
    ErrorCode(Status),
    /// `MVi`: PtypMultipleInteger16. This and the others at most 100,000 values.
    MultipleInteger16(Option<Multi<'a, i16>>),
    /// `MVl`: PtypMultipleInteger32.
    MultipleInteger32(Option<Multi<'a, i32>>),
    /// `MVszA`: PtypMultipleString8.
    MultipleString8(Option<Multi<'a, Option<Ansi<'a>>>>),
    /// `MVbin`: PtypMultipleBinary.
    MultipleBinary(Option<Multi<'a, Binary<'a>>>),
    /// `MVguid`: PtypMultipleGuid.
    MultipleGuid(Option<Multi<'a, Option<FlatUid>>>),
    /// `MVszW`: PtypMultipleString.
    MultipleString(Option<Multi<'a, Option<Utf16<'a>>>>),
    /// `MVft`: PtypMultipleTime.
    MultipleTime(Option<Multi<'a, FileTime>>),
    /// `lReserved` under PtypNull: the value cannot be expressed.
    Null(i32),
    /// `lReserved` under PtypEmbeddedTable: a table that other operations read.
    EmbeddedTable(i32),
}

impl<'a> Value<'a> {
    /// The type that a tag must have to carry this value.
    #[must_use]
    pub fn property_type(&self) -> PropertyType {
        match self {
            Self::Integer16(_) => PropertyType::INTEGER16,
            Self::Integer32(_) => PropertyType::INTEGER32,
            Self::Boolean(_) => PropertyType::BOOLEAN,
            Self::String8(_) => PropertyType::STRING8,
            Self::Binary(_) => PropertyType::BINARY,
            Self::String(_) => PropertyType::STRING,
            Self::Guid(_) => PropertyType::GUID,
            Self::Time(_) => PropertyType::TIME,
            Self::ErrorCode(_) => PropertyType::ERROR_CODE,
            Self::MultipleInteger16(_) => PropertyType::MULTIPLE_INTEGER16,
            Self::MultipleInteger32(_) => PropertyType::MULTIPLE_INTEGER32,
            Self::MultipleString8(_) => PropertyType::MULTIPLE_STRING8,
            Self::MultipleBinary(_) => PropertyType::MULTIPLE_BINARY,
            Self::MultipleGuid(_) => PropertyType::MULTIPLE_GUID,
            Self::MultipleString(_) => PropertyType::MULTIPLE_STRING,
            Self::MultipleTime(_) => PropertyType::MULTIPLE_TIME,
            Self::Null(_) => PropertyType::NULL,
            Self::EmbeddedTable(_) => PropertyType::EMBEDDED_TABLE,
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    /// A PtypString.
    fn from(text: &'a str) -> Self {
        Self::String(Some(Utf16::from(text)))
    }
}

impl<'a> PropertyValue<'a> {
    /// A property with this value; the tag's type becomes the value's.
    #[must_use]
    pub fn new(tag: PropertyTag, value: Value<'a>) -> Self {
        Self { tag: tag.with_type(value.property_type()), reserved: 0, value }
    }

    /// A property that has no value, and why: PtypErrorCode under the tag's number.
    #[must_use]
    pub fn error(tag: PropertyTag, status: Status) -> Self {
        Self::new(tag, Value::ErrorCode(status))
    }

    /// Reads the fixed part and hands it to `put`, in each arm by itself: so the value is built where it will stay.
    /// What pointers announce is filled in by [`referents`](Self::referents); until then a set pointer is an empty
    /// value, or one that has the announced length and nothing else.
    #[inline(always)]
    fn fixed<S: Syntax>(input: &mut Decoder<'a, S>, put: impl FnOnce(Self)) -> Result<(), DecodeError> {
        input.align_pointer("PropertyValue_r")?;
        let [tag, reserved, discriminant] = input.words(&["ulPropTag", "ulReserved", "switch_is"])?;
        let tag = PropertyTag(tag);
        if discriminant != u32::from(tag.property_type().0) {
            let announced = tag.property_type().0.into();
            return Err(input
                .error("Value", DecodeErrorKind::CountMismatch { found: discriminant.into(), expected: announced }));
        }
        input.align_pointer("Value")?;
        macro_rules! put {
            ($value:expr) => {{
                put(Self { tag, reserved, value: $value });
                input.structure_end("PropertyValue_r")
            }};
        }
        // What nearly every value is; the loop over values that this stands in has no room in registers for more.
        match tag.property_type() {
            PropertyType::STRING => put!(Value::String(input.pointer("lpszW")?.then_some(Utf16::from("")))),
            PropertyType::INTEGER32 => put!(Value::Integer32(input.i32("l")?)),
            PropertyType::BINARY => put!(Value::Binary(announced_octets(input)?)),
            PropertyType::TIME => {
                put!(Value::Time(FileTime::from_words(input.words(&["dwLowDateTime", "dwHighDateTime"])?)))
            }
            PropertyType::BOOLEAN => put!(Value::Boolean(input.u16("b")?)),
            PropertyType::ERROR_CODE => put!(Value::ErrorCode(Status(input.u32("err")?))),
            _ => {
                let value = input.apart(|input| Self::rare_fixed(tag.property_type(), input))?;
                put!(value)
            }
        }
    }

    /// The arms that [`fixed`](Self::fixed) leaves out.
    #[cold]
    #[inline(never)]
    fn rare_fixed<S: Syntax>(kind: PropertyType, input: &mut Decoder<'a, S>) -> Result<Value<'a>, DecodeError> {
        Ok(match kind {
            PropertyType::INTEGER16 => {
                let word = input.u16("i")?;
                input.is(Kind::Signed);
                Value::Integer16(word.cast_signed())
            }
            PropertyType::STRING8 => Value::String8(input.pointer("lpszA")?.then_some(Ansi(&[]))),
            PropertyType::GUID => Value::Guid(input.pointer("lpguid")?.then_some(FlatUid::default())),
            PropertyType::MULTIPLE_INTEGER16 => Value::MultipleInteger16(announced_values(input, "lpi")?),
            PropertyType::MULTIPLE_INTEGER32 => Value::MultipleInteger32(announced_values(input, "lpl")?),
            PropertyType::MULTIPLE_STRING8 => Value::MultipleString8(announced_values(input, "lppszA")?),
            PropertyType::MULTIPLE_BINARY => Value::MultipleBinary(announced_values(input, "lpbin")?),
            PropertyType::MULTIPLE_GUID => Value::MultipleGuid(announced_values(input, "lpguid")?),
            PropertyType::MULTIPLE_STRING => Value::MultipleString(announced_values(input, "lppszW")?),
            PropertyType::MULTIPLE_TIME => Value::MultipleTime(announced_values(input, "lpft")?),
            PropertyType::NULL => Value::Null(input.i32("lReserved")?),
            PropertyType::EMBEDDED_TABLE => Value::EmbeddedTable(input.i32("lReserved")?),
            _ => return Err(input.error("Value", DecodeErrorKind::InvalidTag { discriminant: kind.0.into() })),
        })
    }

    /// Reads what the pointers of the fixed part announced.
    #[inline(always)]
    fn referents<S: Syntax>(&mut self, input: &mut Decoder<'a, S>) -> Result<(), DecodeError> {
        match self.tag.property_type() {
            PropertyType::STRING => {
                if let Value::String(Some(text)) = &mut self.value {
                    *text = input.value("lpszW")?;
                }
            }
            PropertyType::BINARY => {
                if let Value::Binary(Some(octets)) = &mut self.value {
                    input.conformance_of(octets.len(), "lpb")?;
                    *octets = input.octets(octets.len(), "lpb")?;
                }
            }
            PropertyType::INTEGER32 | PropertyType::TIME | PropertyType::BOOLEAN | PropertyType::ERROR_CODE => {}
            _ => self.value = input.apart(|input| self.value.rare_referents(input))?,
        }
        Ok(())
    }
}

impl<'a> Value<'a> {
    /// The arms that [`PropertyValue::referents`] leaves out.
    #[cold]
    #[inline(never)]
    fn rare_referents<S: Syntax>(mut self, input: &mut Decoder<'a, S>) -> Result<Self, DecodeError> {
        match &mut self {
            Value::String8(Some(text)) => *text = input.value("lpszA")?,
            Value::Guid(Some(guid)) => *guid = input.value("lpguid")?,
            Value::MultipleInteger16(Some(values)) => read_values(values, input, "lpi")?,
            Value::MultipleInteger32(Some(values)) => read_values(values, input, "lpl")?,
            Value::MultipleString8(Some(values)) => read_values(values, input, "lppszA")?,
            Value::MultipleBinary(Some(values)) => read_values(values, input, "lpbin")?,
            Value::MultipleGuid(Some(values)) => read_values(values, input, "lpguid")?,
            Value::MultipleString(Some(values)) => read_values(values, input, "lppszW")?,
            Value::MultipleTime(Some(values)) => read_values(values, input, "lpft")?,
            _ => {}
        }
        Ok(self)
    }
}

/// The fixed part of a Binary_r: a slice that has `cb` octets, which are not yet the right ones.
#[inline(always)]
fn announced_octets<'de, S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Option<&'de [u8]>, DecodeError> {
    let count = input.count("cb", MAX_BINARY)?;
    if !input.pointer("lpb")? {
        return Ok(None);
    }
    input.room_for(count, 1, "lpb")?;
    Ok(input.rest().get(..count))
}

/// The fixed part of an array of values: a view that has `cValues` elements, and no octets yet.
#[inline(always)]
pub(super) fn announced_values<'de, T, S: Syntax>(
    input: &mut Decoder<'de, S>,
    field: &'static str,
) -> Result<Option<Multi<'de, T>>, DecodeError> {
    let count = input.count("cValues", MAX_VALUES)?;
    Ok(input.pointer(field)?.then(|| Multi::announced(count)))
}

/// The elements of an array that was announced.
pub(super) fn read_values<'de, T: MultiElement<'de>, S: Syntax>(
    values: &mut Multi<'de, T>,
    input: &mut Decoder<'de, S>,
    field: &'static str,
) -> Result<(), DecodeError> {
    let count = values.len();
    input.within(Step::Member(field), |input| {
        input.conformance_of(count, field)?;
        *values = Multi::decode(input, count, field)?;
        Ok(())
    })
}

impl<'de> Decode<'de> for PropertyValue<'de> {
    type Fixed = Self;
    const MIN_FIXED: usize = 14;

    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        let mut value = None;
        Self::fixed(input, |fixed| value = Some(fixed))?;
        value.ok_or_else(|| input.error("Value", DecodeErrorKind::Malformed("the union has no arm")))
    }

    fn decode_referents<S: Syntax>(mut fixed: Self, input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        fixed.referents(input)?;
        Ok(fixed)
    }

    /// Pushed in place and then completed: three times as fast as moving each value about.
    #[inline(never)]
    fn decode_array<S: Syntax>(n: usize, input: &mut Decoder<'de, S>, out: &mut Vec<Self>) -> Result<(), DecodeError> {
        input.room_for(n, Self::MIN_FIXED, "lpProps")?;
        let first = out.len();
        out.reserve(n);
        let mut here = input.clone(); // our own, so that it stays in registers: see `Decoder::apart`
        for element in 0..n {
            here.within(Step::Element(element), |here| Self::fixed(here, |value| out.push(value)))?;
        }
        for (element, value) in out.get_mut(first..).unwrap_or_default().iter_mut().enumerate() {
            here.within(Step::Element(element), |here| value.referents(here))?;
        }
        *input = here;
        Ok(())
    }
}

impl Encode for PropertyValue<'_> {
    #[inline(always)]
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        let property_type = self.value.property_type();
        if self.tag.property_type() != property_type {
            out.broke(EncodeError::Inconsistent { field: "ulPropTag", what: "the tag has not the type of its value" });
        }
        out.align_pointer();
        out.words([self.tag.0, self.reserved, property_type.0.into()]);
        out.align_pointer();
        match &self.value {
            Value::Integer16(value) => out.u16(value.cast_unsigned()),
            Value::Integer32(value) | Value::Null(value) | Value::EmbeddedTable(value) => out.i32(*value),
            Value::Boolean(value) => out.u16(*value),
            Value::ErrorCode(status) => out.u32(status.0),
            Value::Time(time) => time.encode_fixed(out),
            Value::String8(text) => out.pointer(text.is_some()),
            Value::String(text) => out.pointer(text.is_some()),
            Value::Guid(guid) => out.pointer(guid.is_some()),
            Value::Binary(octets) => Binary(*octets).encode_fixed(out),
            Value::MultipleInteger16(values) => out.apart(|out| announce(values, out)),
            Value::MultipleInteger32(values) => out.apart(|out| announce(values, out)),
            Value::MultipleString8(values) => out.apart(|out| announce(values, out)),
            Value::MultipleBinary(values) => out.apart(|out| announce(values, out)),
            Value::MultipleGuid(values) => out.apart(|out| announce(values, out)),
            Value::MultipleString(values) => out.apart(|out| announce(values, out)),
            Value::MultipleTime(values) => out.apart(|out| announce(values, out)),
        }
        out.structure_end();
    }

    #[inline(always)]
    fn encode_referents<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        match &self.value {
            Value::String(Some(text)) => text.encode(out),
            Value::String8(Some(text)) => text.encode(out),
            Value::Binary(octets) => Binary(*octets).encode_referents(out),
            Value::Guid(Some(guid)) => guid.encode(out),
            Value::MultipleInteger16(Some(values)) => out.apart(|out| write_values(values, out)),
            Value::MultipleInteger32(Some(values)) => out.apart(|out| write_values(values, out)),
            Value::MultipleString8(Some(values)) => out.apart(|out| write_values(values, out)),
            Value::MultipleBinary(Some(values)) => out.apart(|out| write_values(values, out)),
            Value::MultipleGuid(Some(values)) => out.apart(|out| write_values(values, out)),
            Value::MultipleString(Some(values)) => out.apart(|out| write_values(values, out)),
            Value::MultipleTime(Some(values)) => out.apart(|out| write_values(values, out)),
            _ => {}
        }
    }
}

/// The fixed part of an array of values.
#[inline(never)]
pub(super) fn announce<'a, T: MultiElement<'a>, S: Syntax>(values: &Option<Multi<'a, T>>, out: &mut Encoder<'_, S>) {
    out.count("cValues", values.as_ref().map_or(0, Multi::len), MAX_VALUES);
    out.pointer(values.is_some());
}

/// The elements of an array that was announced.
#[inline(never)]
pub(super) fn write_values<'a, T: MultiElement<'a>, S: Syntax>(values: &Multi<'a, T>, out: &mut Encoder<'_, S>) {
    out.conformance(values.len());
    values.encode(out);
}
