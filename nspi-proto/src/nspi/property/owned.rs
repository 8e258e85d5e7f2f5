//! Owned twins of values and rows, for whoever keeps them.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::{fmt, iter};

use super::plain::{FileTime, FlatUid};
use super::row::PropertyRow;
use super::tag::PropertyTag;
use super::value::{PropertyValue, Value};
use super::visit::RowVisitor;
use crate::ndr::{Ansi, Encoder, Multi, MultiElement, Ndr20, Utf16};
use crate::nspi::Status;

/// An owned [`PropertyValue`].
///
/// ```
/// use nspi_proto::nspi::property::{PropertyValue, PropertyValueBuf, Value, tags};
/// let kept = PropertyValueBuf::from(PropertyValue::new(tags::DISPLAY_NAME, Value::from("Ann")));
/// assert_eq!(kept.as_ref().value, Value::from("Ann"));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PropertyValueBuf {
    /// `ulPropTag`.
    pub tag: PropertyTag,
    /// The value.
    pub value: ValueBuf,
}

/// An owned [`Value`]. Text loses unpaired surrogates.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ValueBuf {
    /// As [`Value::Integer16`].
    Integer16(i16),
    /// As [`Value::Integer32`].
    Integer32(i32),
    /// As [`Value::Boolean`].
    Boolean(u16),
    /// As [`Value::String8`].
    String8(Option<Box<[u8]>>),
    /// As [`Value::Binary`].
    Binary(Option<Box<[u8]>>),
    /// As [`Value::String`].
    String(Option<String>),
    /// As [`Value::Guid`].
    Guid(Option<FlatUid>),
    /// As [`Value::Time`].
    Time(FileTime),
    /// As [`Value::ErrorCode`].
    ErrorCode(Status),
    /// As [`Value::MultipleInteger16`].
    MultipleInteger16(Option<MultiBuf>),
    /// As [`Value::MultipleInteger32`].
    MultipleInteger32(Option<MultiBuf>),
    /// As [`Value::MultipleString8`].
    MultipleString8(Option<MultiBuf>),
    /// As [`Value::MultipleBinary`].
    MultipleBinary(Option<MultiBuf>),
    /// As [`Value::MultipleGuid`].
    MultipleGuid(Option<MultiBuf>),
    /// As [`Value::MultipleString`].
    MultipleString(Option<MultiBuf>),
    /// As [`Value::MultipleTime`].
    MultipleTime(Option<MultiBuf>),
    /// As [`Value::Null`].
    Null(i32),
    /// As [`Value::EmbeddedTable`].
    EmbeddedTable(i32),
}

/// The elements of an owned array, kept as NDR 2.0: so any kind of element can be lent again as a [`Multi`], and
/// sending them is a copy. Which kind it is says the [`ValueBuf`] around it.
#[derive(Clone, PartialEq)]
pub struct MultiBuf {
    octets: Box<[u8]>,
    count: usize,
}

impl MultiBuf {
    /// Keeps the elements.
    pub fn new<'e, T: MultiElement<'e>>(elements: impl IntoIterator<Item = T>) -> Self {
        let elements: Vec<T> = elements.into_iter().collect();
        let mut octets = Vec::new();
        let mut out = Encoder::new(&mut octets, Ndr20);
        elements.iter().for_each(|element| element.encode_fixed(&mut out));
        elements.iter().for_each(|element| element.encode_referents(&mut out));
        drop(out);
        Self { octets: octets.into_boxed_slice(), count: elements.len() }
    }

    /// Lends the elements, which must be of the kind that was kept: of another kind, fewer or other ones come.
    #[must_use]
    pub fn lend<'s, T: MultiElement<'s>>(&'s self) -> Multi<'s, T> {
        Multi::kept(&self.octets, self.count)
    }
}

impl fmt::Debug for MultiBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MultiBuf({} elements)", self.count)
    }
}

fn keep<'a, T: MultiElement<'a>>(values: Option<Multi<'a, T>>) -> Option<MultiBuf> {
    values.map(|values| MultiBuf::new(values.iter()))
}

impl From<PropertyValue<'_>> for PropertyValueBuf {
    #[inline(always)]
    fn from(value: PropertyValue<'_>) -> Self {
        Self { tag: value.tag, value: value.value.into() }
    }
}

impl From<Value<'_>> for ValueBuf {
    #[inline(always)]
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Integer16(value) => Self::Integer16(value),
            Value::Integer32(value) => Self::Integer32(value),
            Value::Boolean(value) => Self::Boolean(value),
            Value::String8(text) => Self::String8(text.map(|Ansi(octets)| octets.into())),
            Value::Binary(octets) => Self::Binary(octets.map(Into::into)),
            Value::String(text) => Self::String(text.map(Utf16::to_text)),
            Value::Guid(guid) => Self::Guid(guid),
            Value::Time(time) => Self::Time(time),
            Value::ErrorCode(status) => Self::ErrorCode(status),
            Value::MultipleInteger16(values) => Self::MultipleInteger16(keep(values)),
            Value::MultipleInteger32(values) => Self::MultipleInteger32(keep(values)),
            Value::MultipleString8(values) => Self::MultipleString8(keep(values)),
            Value::MultipleBinary(values) => Self::MultipleBinary(keep(values)),
            Value::MultipleGuid(values) => Self::MultipleGuid(keep(values)),
            Value::MultipleString(values) => Self::MultipleString(keep(values)),
            Value::MultipleTime(values) => Self::MultipleTime(keep(values)),
            Value::Null(value) => Self::Null(value),
            Value::EmbeddedTable(value) => Self::EmbeddedTable(value),
        }
    }
}

impl ValueBuf {
    /// Lends the value.
    #[must_use]
    pub fn as_ref(&self) -> Value<'_> {
        match self {
            Self::Integer16(value) => Value::Integer16(*value),
            Self::Integer32(value) => Value::Integer32(*value),
            Self::Boolean(value) => Value::Boolean(*value),
            Self::String8(octets) => Value::String8(octets.as_deref().map(Ansi)),
            Self::Binary(octets) => Value::Binary(octets.as_deref()),
            Self::String(text) => Value::String(text.as_deref().map(Utf16::from)),
            Self::Guid(guid) => Value::Guid(*guid),
            Self::Time(time) => Value::Time(*time),
            Self::ErrorCode(status) => Value::ErrorCode(*status),
            Self::MultipleInteger16(values) => Value::MultipleInteger16(values.as_ref().map(MultiBuf::lend)),
            Self::MultipleInteger32(values) => Value::MultipleInteger32(values.as_ref().map(MultiBuf::lend)),
            Self::MultipleString8(values) => Value::MultipleString8(values.as_ref().map(MultiBuf::lend)),
            Self::MultipleBinary(values) => Value::MultipleBinary(values.as_ref().map(MultiBuf::lend)),
            Self::MultipleGuid(values) => Value::MultipleGuid(values.as_ref().map(MultiBuf::lend)),
            Self::MultipleString(values) => Value::MultipleString(values.as_ref().map(MultiBuf::lend)),
            Self::MultipleTime(values) => Value::MultipleTime(values.as_ref().map(MultiBuf::lend)),
            Self::Null(value) => Value::Null(*value),
            Self::EmbeddedTable(value) => Value::EmbeddedTable(*value),
        }
    }
}

impl fmt::Display for ValueBuf {
    /// The value for people: text as it is, several values joined by `; `, octets in hex, nothing for NULL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn hex(octets: &[u8]) -> String {
            octets
                .iter()
                .flat_map(|octet| [octet >> 4, octet & 15])
                .filter_map(|d| char::from_digit(d.into(), 16))
                .collect()
        }
        fn ansi(octets: &[u8]) -> String {
            String::from_utf8_lossy(octets).into_owned()
        }
        fn join(f: &mut fmt::Formatter<'_>, values: impl Iterator<Item = String>) -> fmt::Result {
            f.write_str(&values.collect::<Vec<_>>().join("; "))
        }
        match self.as_ref() {
            Value::Integer16(value) => value.fmt(f),
            Value::Integer32(value) | Value::Null(value) | Value::EmbeddedTable(value) => value.fmt(f),
            Value::Boolean(value) => (value != 0).fmt(f),
            Value::String8(text) => text.map_or(Ok(()), |Ansi(octets)| f.write_str(&ansi(octets))),
            Value::String(text) => text.map_or(Ok(()), |text| text.fmt(f)),
            Value::Binary(octets) => octets.map_or(Ok(()), |octets| f.write_str(&hex(octets))),
            Value::Guid(guid) => guid.map_or(Ok(()), |guid| guid.fmt(f)),
            Value::Time(FileTime(ticks)) => ticks.fmt(f),
            Value::ErrorCode(status) => status.fmt(f),
            Value::MultipleInteger16(values) => join(f, values.iter().flatten().map(|v| v.to_string())),
            Value::MultipleInteger32(values) => join(f, values.iter().flatten().map(|v| v.to_string())),
            Value::MultipleString8(values) => join(f, values.iter().flatten().flatten().map(|v| ansi(v.0))),
            Value::MultipleString(values) => join(f, values.iter().flatten().flatten().map(|v| v.to_string())),
            Value::MultipleBinary(values) => join(f, values.iter().flatten().filter_map(|v| v.0).map(hex)),
            Value::MultipleGuid(values) => join(f, values.iter().flatten().flatten().map(|v| v.to_string())),
            Value::MultipleTime(values) => join(f, values.iter().flatten().map(|v| v.0.to_string())),
        }
    }
}

impl PropertyValueBuf {
    /// Lends the property.
    #[must_use]
    pub fn as_ref(&self) -> PropertyValue<'_> {
        PropertyValue { tag: self.tag, reserved: 0, value: self.value.as_ref() }
    }
}

/// An owned [`PropertyRow`]: the values of one object.
///
/// Rows are read straight into a `Vec` of them, whose own memory is used again for the next page:
///
/// ```
/// # use nspi_proto::ndr::AnyOrder;
/// # use nspi_proto::nspi::property::{PropertyRowSet, PropertyValue, Value, tags};
/// use nspi_proto::nspi::{NspiQueryRowsResponse, PropertyRowBuf, ReadStub};
/// # use nspi_proto::nspi::{Stat, Status, WriteStub};
/// # let mut rows = PropertyRowSet::default();
/// # rows.push_row([PropertyValue::new(tags::DISPLAY_NAME, Value::from("Ann"))]);
/// # let mut stub = Vec::new();
/// # let reply = NspiQueryRowsResponse { stat: Stat::default(), rows: Some(rows), status: Status::SUCCESS };
/// # reply.encode_stub(AnyOrder::NDR20, &mut stub)?;
/// let mut rows: Vec<PropertyRowBuf> = Vec::new();
/// NspiQueryRowsResponse::visit_stub(&stub, AnyOrder::NDR20, &mut rows)?;
/// assert_eq!(rows[0].find(tags::DISPLAY_NAME).unwrap().to_string(), "Ann");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PropertyRowBuf {
    /// The values; empty where `lpProps` was NULL.
    pub values: Vec<PropertyValueBuf>,
}

impl From<PropertyRow<'_, '_>> for PropertyRowBuf {
    fn from(row: PropertyRow<'_, '_>) -> Self {
        let values = row.values.unwrap_or_default();
        let mut kept = Vec::with_capacity(values.len());
        for value in values {
            keep_value(&mut kept, *value);
        }
        Self { values: kept }
    }
}

/// Appends the twin of a value, made where it will stay: room is there before the value is, so no error on the way can
/// find it elsewhere and have to drop it there.
#[inline(always)]
fn keep_value(row: &mut Vec<PropertyValueBuf>, PropertyValue { tag, value, .. }: PropertyValue<'_>) {
    macro_rules! keep {
        ($value:expr) => {
            row.extend(iter::once_with(move || PropertyValueBuf { tag, value: $value }))
        };
    }
    match value {
        Value::String(Some(text)) => match text.to_ascii() {
            Some(text) => keep!(ValueBuf::String(Some(text))),
            None => keep_rare(row, tag, value),
        },
        Value::Binary(Some(octets)) => keep!(ValueBuf::Binary(Some(octets.into()))),
        Value::Integer32(value) => keep!(ValueBuf::Integer32(value)),
        Value::Time(value) => keep!(ValueBuf::Time(value)),
        Value::Boolean(value) => keep!(ValueBuf::Boolean(value)),
        Value::ErrorCode(value) => keep!(ValueBuf::ErrorCode(value)),
        value => keep_rare(row, tag, value),
    }
}

#[cold]
#[inline(never)]
fn keep_rare(row: &mut Vec<PropertyValueBuf>, tag: PropertyTag, value: Value<'_>) {
    row.push(PropertyValueBuf { tag, value: value.into() });
}

impl<'a> RowVisitor<'a> for Vec<PropertyRowBuf> {
    /// The rows that were there are gone.
    fn start(&mut self) {
        self.clear();
    }

    fn row(&mut self, _reserved: u32, values: Option<usize>) {
        self.push(PropertyRowBuf { values: Vec::with_capacity(values.unwrap_or(0)) });
    }

    #[inline(always)]
    fn value(&mut self, value: PropertyValue<'a>) {
        if let Some(row) = self.last_mut() {
            keep_value(&mut row.values, value);
        }
    }
}

impl PropertyRowBuf {
    /// The value of a property, whatever its type.
    #[must_use]
    pub fn find(&self, tag: PropertyTag) -> Option<&ValueBuf> {
        self.values.iter().find(|value| value.tag.number() == tag.number()).map(|value| &value.value)
    }
}
