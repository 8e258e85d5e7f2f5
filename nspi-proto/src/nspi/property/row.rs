//! Rows: the values of one object, and the rows of a table.

use alloc::vec::Vec;
use core::fmt;

use super::MAX_VALUES;
use super::tag::PropertyTag;
use super::value::PropertyValue;
use super::visit::{RowVisitor, fixed_row, visit_row, visit_rows, visit_single_row};
use crate::ndr::{Decode, DecodeError, Decoder, Encode, Encoder, Syntax};

/// [MS-NSPI 2.3.2] `PropertyRow_r` of a [`PropertyRowSet`]: a view of it.
#[doc(alias = "PropertyRow_r")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PropertyRow<'s, 'a> {
    /// `Reserved`: 0.
    pub reserved: u32,
    /// `lpProps`: the values; `None` where the pointer is NULL.
    pub values: Option<&'s [PropertyValue<'a>]>,
}

impl<'s, 'a> PropertyRow<'s, 'a> {
    /// The value of a property, whatever its type.
    #[must_use]
    pub fn find(&self, tag: PropertyTag) -> Option<&'s PropertyValue<'a>> {
        self.values?.iter().find(|value| value.tag.number() == tag.number())
    }
}

/// [MS-NSPI 2.3.3] `PropertyRowSet_r`: the rows of a table, flat. At most 100,000 rows of 100,000 values.
///
/// ```
/// use nspi_proto::nspi::property::{PropertyRowSet, PropertyValue, Value, tags};
/// let mut rows = PropertyRowSet::default();
/// rows.push_row([PropertyValue::new(tags::DISPLAY_NAME, Value::from("Ann"))]);
/// assert_eq!(rows.rows().len(), 1);
/// ```
#[doc(alias = "PropertyRowSet_r")]
#[derive(Clone, PartialEq, Default)]
pub struct PropertyRowSet<'a> {
    /// The values of all rows, one row after the other.
    values: Vec<PropertyValue<'a>>,
    rows: Vec<RowEnd>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct RowEnd {
    reserved: u32,
    /// Whether `lpProps` is set.
    set: bool,
    /// Where the row's values end.
    end: usize,
}

impl<'a> PropertyRowSet<'a> {
    /// Room for `rows` rows of `columns` values.
    #[must_use]
    pub fn with_capacity(rows: usize, columns: usize) -> Self {
        Self { values: Vec::with_capacity(rows.saturating_mul(columns)), rows: Vec::with_capacity(rows) }
    }

    /// Appends a row.
    pub fn push_row(&mut self, values: impl IntoIterator<Item = PropertyValue<'a>>) {
        self.values.extend(values);
        self.rows.push(RowEnd { reserved: 0, set: true, end: self.values.len() });
    }

    /// Appends a row whose `lpProps` is NULL.
    pub fn push_null_row(&mut self) {
        self.rows.push(RowEnd { reserved: 0, set: false, end: self.values.len() });
    }

    /// The rows in order.
    #[must_use]
    pub fn rows(&self) -> Rows<'_, 'a> {
        Rows { values: &self.values, start: 0, rows: self.rows.iter() }
    }

    /// The values of all rows in order.
    #[must_use]
    pub fn values(&self) -> &[PropertyValue<'a>] {
        &self.values
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl<'a> PropertyRowSet<'a> {
    /// Reads a set of rows, hands all of it to `visitor`, and returns an empty one.
    pub(crate) fn visit<S: Syntax, V: RowVisitor<'a>>(
        input: &mut Decoder<'a, S>,
        visitor: &mut V,
    ) -> Result<Self, DecodeError> {
        visit_rows(input, visitor)?;
        Ok(Self::default())
    }
}

impl fmt::Debug for PropertyRowSet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.rows()).finish()
    }
}

/// The rows of a [`PropertyRowSet`].
#[derive(Debug, Clone)]
pub struct Rows<'s, 'a> {
    values: &'s [PropertyValue<'a>],
    start: usize,
    rows: core::slice::Iter<'s, RowEnd>,
}

impl<'s, 'a> Iterator for Rows<'s, 'a> {
    type Item = PropertyRow<'s, 'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next()?;
        let values = self.values.get(self.start..row.end).unwrap_or_default();
        self.start = row.end;
        Some(PropertyRow { reserved: row.reserved, values: row.set.then_some(values) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}

impl ExactSizeIterator for Rows<'_, '_> {}

impl<'a> RowVisitor<'a> for PropertyRowSet<'a> {
    /// The rows that were there are gone.
    fn start(&mut self) {
        self.values.clear();
        self.rows.clear();
    }

    fn table(&mut self, rows: usize, values: usize) {
        self.values.reserve(values);
        self.rows.reserve(rows);
    }

    fn row(&mut self, reserved: u32, values: Option<usize>) {
        let end = self.values.len().saturating_add(values.unwrap_or(0));
        self.rows.push(RowEnd { reserved, set: values.is_some(), end });
    }

    #[inline(always)]
    fn value(&mut self, value: PropertyValue<'a>) {
        self.values.push(value);
    }
}

impl<'de> Decode<'de> for PropertyRowSet<'de> {
    type Fixed = Self;
    const MIN_FIXED: usize = 8;

    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        let mut set = Self::default();
        visit_rows(input, &mut set)?;
        Ok(set)
    }

    fn decode_referents<S: Syntax>(fixed: Self, _: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(fixed)
    }
}

impl Encode for PropertyRowSet<'_> {
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.conformance(self.rows.len());
        out.align_pointer();
        out.count("cRows", self.rows.len(), MAX_VALUES);
        out.align_pointer();
        let mut here = out.split();
        for row in self.rows() {
            row.encode_fixed(&mut here);
        }
        for row in self.rows() {
            row.encode_referents(&mut here);
        }
        out.join(here);
    }
}

impl Encode for PropertyRow<'_, '_> {
    #[inline(always)]
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        let count = out.in_range("cValues", self.values.map_or(0, <[_]>::len), MAX_VALUES);
        out.align_pointer();
        out.words([self.reserved, count]);
        out.pointer(self.values.is_some());
    }

    #[inline(always)]
    fn encode_referents<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        if let Some(values) = self.values {
            out.conformance(values.len());
            for value in values {
                value.encode_fixed(out);
            }
            for value in values {
                value.encode_referents(out);
            }
        }
    }
}

/// [MS-NSPI 2.3.2] `PropertyRow_r` as a parameter: at most 100,000 values of one object.
///
/// ```
/// use nspi_proto::nspi::property::{PropertyValue, SingleRow, Value, tags};
/// let row = SingleRow::from(vec![PropertyValue::new(tags::DISPLAY_NAME, Value::from("Ann"))]);
/// assert!(row.as_row().find(tags::DISPLAY_NAME).is_some());
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SingleRow<'a> {
    /// `Reserved`: 0.
    pub reserved: u32,
    /// `lpProps`: the values; `None` where the pointer is NULL.
    pub values: Option<Vec<PropertyValue<'a>>>,
}

impl<'a> SingleRow<'a> {
    /// Reads a row, hands all of it to `visitor`, and returns one without values.
    pub(crate) fn visit<S: Syntax, V: RowVisitor<'a>>(
        input: &mut Decoder<'a, S>,
        visitor: &mut V,
    ) -> Result<Self, DecodeError> {
        visit_single_row(input, visitor)?;
        Ok(Self::default())
    }

    /// The row as one of a table is seen.
    #[must_use]
    pub fn as_row(&self) -> PropertyRow<'_, 'a> {
        PropertyRow { reserved: self.reserved, values: self.values.as_deref() }
    }
}

impl<'a> From<Vec<PropertyValue<'a>>> for SingleRow<'a> {
    fn from(values: Vec<PropertyValue<'a>>) -> Self {
        Self { reserved: 0, values: Some(values) }
    }
}

impl<'a> RowVisitor<'a> for SingleRow<'a> {
    /// As no row had been there.
    fn start(&mut self) {
        *self = Self::default();
    }

    fn row(&mut self, reserved: u32, values: Option<usize>) {
        *self = Self { reserved, values: values.map(Vec::with_capacity) };
    }

    fn value(&mut self, value: PropertyValue<'a>) {
        self.values.get_or_insert_default().push(value);
    }
}

impl<'de> Decode<'de> for SingleRow<'de> {
    /// `Reserved`, and `cValues` if `lpProps` is set.
    type Fixed = (u32, Option<usize>);
    const MIN_FIXED: usize = 12;

    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self::Fixed, DecodeError> {
        fixed_row(input)
    }

    fn decode_referents<S: Syntax>(fixed: Self::Fixed, input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        let mut row = Self::default();
        visit_row(fixed, input, &mut row)?;
        Ok(row)
    }
}

impl Encode for SingleRow<'_> {
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.as_row().encode_fixed(out);
    }

    fn encode_referents<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.as_row().encode_referents(out);
    }
}
