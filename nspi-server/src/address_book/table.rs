//! [MS-NSPI 3.1.4.4] Where a STAT stands in a table, and where it goes.
//!
//! A client holds its own place: a row's id, or a fraction of the table, and a number of rows to move from there. Rows
//! are counted from 0; the place after the last row is a place too. Pure: rows in, places out.

use nspi_proto::nspi::{CodePage, MinimalId, Stat, Status};

use super::{Table, View};

/// A STAT, found in its table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The whole table.
    pub(super) rows: &'a [MinimalId],
    /// Where the STAT stood before moving: 0 to the number of rows.
    pub(super) start: usize,
    /// Where it stands after moving: 0 to the number of rows.
    pub(super) row: usize,
}

impl<'a> Place<'a> {
    /// Finds a STAT's table and its place in it.
    ///
    /// # Errors
    /// [`Status::INVALID_BOOKMARK`] if there is no such container, [`Status::NOT_FOUND`] if its current row is not in
    /// it. The specification leaves the latter's place undefined for all operations but NspiUpdateStat; to answer it
    /// alike everywhere spares a client from reading the first page for ever.
    pub(super) fn find(view: &'a dyn View, stat: &Stat) -> Result<Self, Status> {
        let table = Table::from(stat);
        let rows = view.rows(table).ok_or(Status::INVALID_BOOKMARK)?;
        let start = match stat.current_rec {
            MinimalId::BEGINNING_OF_TABLE => 0,
            MinimalId::END_OF_TABLE => rows.len(),
            MinimalId::CURRENT => fraction(rows.len(), stat.num_pos, stat.total_recs),
            id => view.position(table, id).ok_or(Status::NOT_FOUND)?,
        };
        Ok(Self { rows, start, row: moved(start, stat.delta, rows.len()) })
    }

    /// `stat` as an operation leaves it that ended at `row`.
    pub(super) fn stat_at(&self, stat: &Stat, row: usize) -> Stat {
        let row = row.min(self.rows.len());
        Stat {
            current_rec: self.rows.get(row).copied().unwrap_or(MinimalId::END_OF_TABLE),
            delta: 0,
            num_pos: u32::try_from(row).unwrap_or(u32::MAX),
            total_recs: u32::try_from(self.rows.len()).unwrap_or(u32::MAX),
            ..*stat
        }
    }
}

/// [3.1.4.4] NspiUpdateStat: the STAT after moving, and by how many rows it moved.
///
/// ```
/// use nspi_proto::nspi::{MinimalId, Stat};
/// use nspi_server::address_book::{AddressBook, MemoryBook, update_stat};
///
/// let view = MemoryBook::company().view();
/// let (stat, moved) = update_stat(&*view, &Stat { delta: i32::MAX, ..Stat::default() })?;
/// assert_eq!((stat.current_rec, stat.num_pos), (MinimalId::END_OF_TABLE, stat.total_recs));
/// assert_eq!(u32::try_from(moved), Ok(stat.total_recs));
/// # Ok::<(), nspi_proto::nspi::Status>(())
/// ```
///
/// # Errors
/// [`Status::NOT_SUPPORTED`] for code page CP_WINUNICODE, [`Status::INVALID_BOOKMARK`] for an unknown container,
/// [`Status::NOT_FOUND`] if its current row is not in it.
pub fn update_stat(view: &dyn View, stat: &Stat) -> Result<(Stat, i32), Status> {
    refuse_unicode(stat.code_page)?;
    let place = Place::find(view, stat)?;
    let distance = i32::try_from(place.row.abs_diff(place.start)).unwrap_or(i32::MAX);
    let moved = if place.start <= place.row { distance } else { -distance };
    Ok((place.stat_at(stat, place.row), moved))
}

/// CP_WINUNICODE is no code page of 8-bit strings. The specification leaves open what a STAT with it gives.
pub(super) fn refuse_unicode(code_page: CodePage) -> Result<(), Status> {
    if code_page == CodePage::UNICODE { Err(Status::NOT_SUPPORTED) } else { Ok(()) }
}

/// [3.1.4.4.2] Fractional positioning: the row that is as far in this table as `num_pos` was in the client's of
/// `total_recs` rows. The specification does not say what a fraction of nothing is: here the first row.
fn fraction(rows: usize, num_pos: u32, total_recs: u32) -> usize {
    let intended = (rows as u128 * u128::from(num_pos)).checked_div(total_recs.into()).unwrap_or(0);
    usize::try_from(intended).map_or(rows, |row| row.min(rows))
}

/// `delta` rows from `start`, but not before the first row and no further than one past the last.
fn moved(start: usize, delta: i32, rows: usize) -> usize {
    let distance = usize::try_from(delta.unsigned_abs()).unwrap_or(usize::MAX);
    if delta < 0 { start.saturating_sub(distance) } else { start.saturating_add(distance).min(rows) }
}
