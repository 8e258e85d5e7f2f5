//! One value, in place.

use super::MAX_VALUES;
use super::plain::{Binary, FileTime, FlatUid};
use super::tag::{PropertyTag, PropertyType};
use crate::ndr::{Ansi, Encode, EncodeError, Encoder, Multi, MultiElement, Syntax, Utf16};
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
