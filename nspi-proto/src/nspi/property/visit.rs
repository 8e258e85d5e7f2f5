//! Reading rows: each value is handed over as soon as it is read, and whoever wants to keep it does.
//!
//! ```text
//!   octets ──► fixed parts of a row ──► referents, one value after the other ──► RowVisitor::value
//!                                                                                ├─ PropertyRowSet: keeps, borrowed
//!                                                                                ├─ Vec<PropertyRowBuf>: keeps, owned
//!                                                                                └─ your closure: looks
//! ```

use alloc::vec::Vec;

use super::MAX_VALUES;
use super::announced::{Announced, each_value};
use super::value::PropertyValue;
use crate::ndr::{Decode, DecodeError, Decoder, Step, Syntax};

/// Who is told of rows while they are read: see [`visit_stub`](crate::nspi::ReadStub::visit_stub). A closure that takes
/// values is one.
///
/// To look at values as they go by takes two thirds of the time that it takes to keep them first, and no memory.
///
/// ```
/// use nspi_proto::ndr::AnyOrder;
/// use nspi_proto::nspi::property::{PropertyRowSet, PropertyValue, Value, tags};
/// use nspi_proto::nspi::{NspiQueryRowsResponse, ReadStub, Stat, Status, WriteStub};
///
/// let mut rows = PropertyRowSet::default();
/// rows.push_row([PropertyValue::new(tags::DISPLAY_NAME, Value::from("Ann"))]);
/// rows.push_row([PropertyValue::new(tags::DISPLAY_NAME, Value::from("Bob"))]);
/// let mut stub = Vec::new();
/// NspiQueryRowsResponse { stat: Stat::default(), rows: Some(rows), status: Status::SUCCESS }
///     .encode_stub(AnyOrder::NDR20, &mut stub)?;
///
/// let mut names = String::new();
/// let mut look = |value: PropertyValue<'_>| {
///     if let (tags::DISPLAY_NAME, Value::String(Some(name))) = (value.tag, value.value) {
///         name.push_to(&mut names);
///     }
/// };
/// let reply = NspiQueryRowsResponse::visit_stub(&stub, AnyOrder::NDR20, &mut look)?;
/// assert_eq!(reply.status, Status::SUCCESS);
/// assert_eq!(names, "AnnBob");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait RowVisitor<'a> {
    /// A message begins; what was heard of another is over. If the message has no rows, this is all that is said.
    fn start(&mut self) {}

    /// So many rows follow, with so many values in all: no more than the octets left could hold. Said at most once.
    fn table(&mut self, _rows: usize, _values: usize) {}

    /// A row begins, of so many values; `None` where `lpProps` is NULL. `reserved` is `Reserved`: 0.
    fn row(&mut self, _reserved: u32, _values: Option<usize>) {}

    /// The next value of the row.
    fn value(&mut self, value: PropertyValue<'a>);
}

impl<'a, F: FnMut(PropertyValue<'a>)> RowVisitor<'a> for F {
    #[inline(always)]
    fn value(&mut self, value: PropertyValue<'a>) {
        self(value);
    }
}

/// The fixed part of a PropertyRow_r: `Reserved`, and `cValues` if `lpProps` is set.
#[inline(always)]
pub(super) fn fixed_row<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<(u32, Option<usize>), DecodeError> {
    input.align_pointer("PropertyRow_r")?;
    let [reserved, values] = input.words(&["Reserved", "cValues"])?;
    let count = input.in_range(values, "cValues", MAX_VALUES)?;
    Ok((reserved, input.pointer("lpProps")?.then_some(count)))
}

/// `max_count` (hoisted), `cRows`, the fixed part of each row, then each row's values.
pub(super) fn visit_rows<'de, S: Syntax>(
    input: &mut Decoder<'de, S>,
    visitor: &mut impl RowVisitor<'de>,
) -> Result<(), DecodeError> {
    let max = input.conformance("PropertyRowSet_r")?;
    input.align_pointer("PropertyRowSet_r")?;
    let rows = input.count("cRows", MAX_VALUES)?;
    if max != rows {
        return Err(input.mismatch("cRows", rows, max));
    }
    input.align_pointer("aRow")?;
    input.room_for(rows, 12, "aRow")?;
    let mut fixed = input.clone();
    let mut total = 0_usize;
    for row in 0..rows {
        let (_, values) = input.within(Step::Element(row), fixed_row)?;
        total = total.saturating_add(values.unwrap_or(0));
    }
    input.room_for(total, PropertyValue::MIN_FIXED, "lpProps")?;
    visitor.table(rows, total);
    let mut heads = Vec::new();
    for row in 0..rows {
        let part = fixed_row(&mut fixed)?;
        visitor.row(part.0, part.1);
        if let Some(count) = part.1 {
            input.within(Step::Element(row), |input| row_values(count, input, &mut heads, visitor))?;
        }
    }
    Ok(())
}

/// A row that stands alone, whole.
pub(super) fn visit_single_row<'de, S: Syntax>(
    input: &mut Decoder<'de, S>,
    visitor: &mut impl RowVisitor<'de>,
) -> Result<(), DecodeError> {
    let fixed = fixed_row(input)?;
    visit_row(fixed, input, visitor)
}

/// The referents of a row that stands alone.
pub(super) fn visit_row<'de, S: Syntax>(
    (reserved, values): (u32, Option<usize>),
    input: &mut Decoder<'de, S>,
    visitor: &mut impl RowVisitor<'de>,
) -> Result<(), DecodeError> {
    input.room_for(values.unwrap_or(0), PropertyValue::MIN_FIXED, "lpProps")?;
    visitor.table(1, values.unwrap_or(0));
    visitor.row(reserved, values);
    let Some(count) = values else { return Ok(()) };
    row_values(count, input, &mut Vec::new(), visitor)
}

/// The values of one row.
#[inline(never)]
fn row_values<'de, S: Syntax>(
    count: usize,
    input: &mut Decoder<'de, S>,
    heads: &mut Vec<Announced>,
    visitor: &mut impl RowVisitor<'de>,
) -> Result<(), DecodeError> {
    input.conformance_of(count, "lpProps")?;
    input.within(Step::Member("lpProps"), |input| each_value(count, input, heads, visitor))
}
