//! Rows: the values of one object, and the rows of a table.

use alloc::vec::Vec;
use core::fmt;

use super::MAX_VALUES;
use super::tag::PropertyTag;
use super::value::PropertyValue;
use crate::ndr::{Decode, DecodeError, Decoder, Encode, Encoder, Step, Syntax};

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

/// The fixed part of a PropertyRow_r: `Reserved`, and `cValues` if `lpProps` is set.
fn fixed_row<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<(u32, Option<usize>), DecodeError> {
    input.align_pointer("PropertyRow_r")?;
    let [reserved, values] = input.words(&["Reserved", "cValues"])?;
    let count = input.in_range(values, "cValues", MAX_VALUES)?;
    Ok((reserved, input.pointer("lpProps")?.then_some(count)))
}

/// The values of one row, behind those of the rows before it.
fn row_values<'de, S: Syntax>(
    count: usize,
    input: &mut Decoder<'de, S>,
    values: &mut Vec<PropertyValue<'de>>,
) -> Result<(), DecodeError> {
    input.conformance_of(count, "lpProps")?;
    input.within(Step::Member("lpProps"), |input| PropertyValue::decode_array(count, input, values))
}

impl<'de> Decode<'de> for PropertyRowSet<'de> {
    type Fixed = Self;
    const MIN_FIXED: usize = 8;

    /// `max_count` (hoisted), `cRows`, the fixed part of each row, then each row's values.
    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        let max = input.conformance("PropertyRowSet_r")?;
        input.align_pointer("PropertyRowSet_r")?;
        let count = input.count("cRows", MAX_VALUES)?;
        if max != count {
            return Err(input.mismatch("cRows", count, max));
        }
        input.align_pointer("aRow")?;
        input.room_for(count, 12, "aRow")?;
        let mut fixed = Vec::with_capacity(count);
        for row in 0..count {
            fixed.push(input.within(Step::Element(row), fixed_row)?);
        }
        let mut set = Self { values: Vec::new(), rows: Vec::with_capacity(count) };
        let total = fixed.iter().filter_map(|&(_, announced)| announced).fold(0, usize::saturating_add);
        input.room_for(total, PropertyValue::MIN_FIXED, "lpProps")?;
        set.values.reserve(total);
        for (row, (reserved, announced)) in fixed.into_iter().enumerate() {
            if let Some(count) = announced {
                input.within(Step::Element(row), |input| row_values(count, input, &mut set.values))?;
            }
            set.rows.push(RowEnd { reserved, set: announced.is_some(), end: set.values.len() });
        }
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

impl<'de> Decode<'de> for SingleRow<'de> {
    /// `Reserved`, and `cValues` if `lpProps` is set.
    type Fixed = (u32, Option<usize>);
    const MIN_FIXED: usize = 12;

    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self::Fixed, DecodeError> {
        fixed_row(input)
    }

    fn decode_referents<S: Syntax>(
        (reserved, announced): Self::Fixed,
        input: &mut Decoder<'de, S>,
    ) -> Result<Self, DecodeError> {
        let Some(count) = announced else { return Ok(Self { reserved, values: None }) };
        let mut values = Vec::new();
        row_values(count, input, &mut values)?;
        Ok(Self { reserved, values: Some(values) })
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
