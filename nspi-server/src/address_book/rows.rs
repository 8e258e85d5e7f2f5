//! [MS-NSPI 3.1.4.8] NspiQueryRows: the rows of a table from where a STAT stands, or of objects by id.

use nspi_proto::ndr::Utf16;
use nspi_proto::nspi::property::{PropertyRowSet, PropertyTag, PropertyType, PropertyValue, Value, tags};
use nspi_proto::nspi::{CodePage, MinimalId, NspiQueryRowsRequest, RetrieveFlags, Stat, Status};

use super::code_page;
use super::reader::Reader;
use super::table::{Place, refuse_unicode};

/// The columns of a client that names none, in this order, strings in the STAT's code page.
pub(super) const DEFAULT_COLUMNS: [PropertyTag; 7] = [
    tags::CONTAINER_ID,
    tags::OBJECT_TYPE,
    tags::DISPLAY_TYPE,
    string8(tags::DISPLAY_NAME),
    string8(tags::PRIMARY_TELEPHONE_NUMBER),
    string8(tags::DEPARTMENT_NAME),
    string8(tags::OFFICE_LOCATION),
];

const fn string8(tag: PropertyTag) -> PropertyTag {
    PropertyTag(tag.0 & 0xFFFF_0000 | PropertyType::STRING8.0 as u32)
}

impl<'a> Reader<'a> {
    /// [3.1.4.8] NspiQueryRows: at most `count` rows, and the STAT after the last of them.
    ///
    /// Fewer rows than asked for come back at the end of the table, and where an answer reaches its [`Limits`]: at
    /// least one, if there is one. An explicit table is read from its start and leaves the STAT alone; ids in it that
    /// name nothing have rows of PtypErrorCode. Columns are answered one for one, in the type they ask for;
    /// PtypUnspecified asks for the native one.
    ///
    /// # Errors
    /// In this order: [`Status::NOT_SUPPORTED`] for code page CP_WINUNICODE; without an explicit table
    /// [`Status::INVALID_PARAMETER`] for a count of 0 (the specification leaves it open),
    /// [`Status::INVALID_BOOKMARK`] for an unknown container and [`Status::NOT_FOUND`] if the current row is not in it;
    /// [`Status::TABLE_TOO_BIG`] for too many columns; [`Status::INVALID_CODEPAGE`] if 8-bit strings are asked for in
    /// an unknown code page; [`Status::TABLE_TOO_BIG`] if not one row fits.
    ///
    /// [`Limits`]: super::Limits
    pub fn query_rows(&self, request: &NspiQueryRowsRequest<'_>) -> Result<(Stat, PropertyRowSet<'a>), Status> {
        let NspiQueryRowsRequest { flags, stat, count, .. } = *request;
        refuse_unicode(stat.code_page)?;
        let place = match request.explicit_table {
            Some(_) => None,
            None if count == 0 => return Err(Status::INVALID_PARAMETER),
            None => Some(Place::find(self.view, &stat)?),
        };
        let given = request.columns.map(|columns| columns.0);
        let columns: &[PropertyTag] = match &given {
            None => &DEFAULT_COLUMNS,
            Some(given) if given.len() > self.limits.columns => return Err(Status::TABLE_TOO_BIG),
            Some(given) => self.arena.alloc_slice_fill_iter(given.iter()),
        };
        if columns.iter().any(is_string8) && !code_page::has_octets(stat.code_page) {
            return Err(Status::INVALID_CODEPAGE);
        }
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(self.limits.rows);
        let page = Page { reader: *self, columns, flags, code_page: stat.code_page };
        let Some(place) = place else {
            let ids = request.explicit_table.iter().flatten().take(count);
            return Ok((stat, page.of(ids)?));
        };
        let rows = page.of(place.rows.iter().copied().skip(place.row).take(count))?;
        // As NspiUpdateStat with Delta raised by the rows returned, but from where the move really ended: a STAT that
        // was clamped at the first row must not come back to it.
        Ok((place.stat_at(&stat, place.row + rows.len()), rows))
    }
}

pub(super) fn is_string8(tag: &PropertyTag) -> bool {
    matches!(tag.property_type(), PropertyType::STRING8 | PropertyType::MULTIPLE_STRING8)
}

/// What all rows of an answer have in common.
pub(super) struct Page<'c, 'a> {
    pub(super) reader: Reader<'a>,
    pub(super) columns: &'c [PropertyTag],
    pub(super) flags: RetrieveFlags,
    pub(super) code_page: CodePage,
}

impl<'a> Page<'_, 'a> {
    /// As many rows as fit, of objects in this order.
    fn of(&self, ids: impl Iterator<Item = MinimalId>) -> Result<PropertyRowSet<'a>, Status> {
        // Room for a usual page; a long one grows, so that a count alone reserves nothing.
        let mut rows = PropertyRowSet::with_capacity(ids.size_hint().0.min(100), self.columns.len());
        let mut row = Vec::with_capacity(self.columns.len());
        let mut left = self.reader.limits.octets;
        for id in ids {
            match self.row(id, left, &mut row) {
                Some(unused) => left = unused,
                None if rows.is_empty() => return Err(Status::TABLE_TOO_BIG),
                None => break,
            }
            rows.push_row(row.drain(..));
        }
        Ok(rows)
    }

    /// Reads the columns of one object into `row`; the octets left of `left`, or `None` if they are not enough.
    pub(super) fn row(&self, id: MinimalId, left: usize, row: &mut Vec<PropertyValue<'a>>) -> Option<usize> {
        let object = self.reader.view.object(id);
        let mut left = left.checked_sub(ROW_OCTETS)?;
        for &tag in self.columns {
            let value = self.reader.column(id, object.as_ref(), tag, self.flags, self.code_page);
            left = left.checked_sub(octets(&value.value))?;
            row.push(value);
        }
        Some(left)
    }
}

/// A PropertyRow_r without its values in NDR64, the wider syntax, and the count before them.
const ROW_OCTETS: usize = 24;

/// A PropertyValue_r without its referents in NDR64.
const VALUE_OCTETS: usize = 32;

/// Counts, terminator and padding of a string or of octets in NDR64, and of its place in an array.
const REFERENT_OCTETS: usize = 48;

/// What a value costs on the wire at most. A bound, not a measure: no text is read through for it.
fn octets(value: &Value<'_>) -> usize {
    fn text(text: Utf16<'_>) -> usize {
        REFERENT_OCTETS + 2 * text.units().size_hint().1.unwrap_or(0)
    }
    let referents = match value {
        Value::String(Some(value)) => text(*value),
        Value::String8(Some(value)) => REFERENT_OCTETS + value.0.len(),
        Value::Binary(Some(octets)) => REFERENT_OCTETS + octets.len(),
        Value::MultipleString(Some(values)) => values.iter().flatten().map(text).sum(),
        Value::MultipleString8(Some(values)) => values.iter().flatten().map(|v| REFERENT_OCTETS + v.0.len()).sum(),
        Value::MultipleBinary(Some(values)) => {
            values.iter().map(|v| REFERENT_OCTETS + v.0.map_or(0, <[u8]>::len)).sum()
        }
        Value::MultipleInteger16(Some(values)) => 2 * values.len(),
        Value::MultipleInteger32(Some(values)) => 4 * values.len(),
        Value::MultipleTime(Some(values)) => 8 * values.len(),
        Value::MultipleGuid(Some(values)) => 24 * values.len(),
        _ => 0,
    };
    VALUE_OCTETS + referents
}
