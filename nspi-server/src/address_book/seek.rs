//! [MS-NSPI 3.1.4.9] NspiSeekEntries: to the first row that is not before a name.

use bumpalo::collections::Vec as ArenaVec;
use nspi_proto::ndr::Ansi;
use nspi_proto::nspi::property::{Value, tags};
use nspi_proto::nspi::{
    MinimalId, NspiSeekEntriesRequest, NspiSeekEntriesResponse, RetrieveFlags, SortType, Stat, Status,
};

use super::property::characters;
use super::reader::Reader;
use super::table::refuse_unicode;
use super::{Table, code_page};

/// Rows that come with a place in a container, if columns are given. The number is the server's choice: a screenful.
const ROWS: usize = 50;

impl<'a> Reader<'a> {
    /// [3.1.4.9] NspiSeekEntries: the STAT at the first row that is not before `target`, and rows from there on if
    /// columns are given: of an explicit table all that remain, of a container 50.
    ///
    /// An explicit table must be rows of the container in its order.
    ///
    /// # Errors
    /// In this order: [`Status::NOT_SUPPORTED`] for code page CP_WINUNICODE; [`Status::INVALID_BOOKMARK`] for an unknown
    /// container; [`Status::GENERAL_FAILURE`] for any sort type but that by display name, a target that is none, or an
    /// explicit table that is not sorted rows of the container; [`Status::INVALID_CODEPAGE`] for an 8-bit target in an
    /// unknown code page; [`Status::NOT_FOUND`] if all rows are before the target; the errors of
    /// [`query_rows`](Self::query_rows), and [`Status::TABLE_TOO_BIG`] if the rows do not fit.
    pub fn seek_entries(&self, request: &NspiSeekEntriesRequest<'_>) -> Result<NspiSeekEntriesResponse<'a>, Status> {
        let stat = request.stat;
        refuse_unicode(stat.code_page)?;
        let table = Table { sort_type: SortType::DISPLAY_NAME, ..Table::from(&stat) };
        let rows = self.view.rows(table).ok_or(Status::INVALID_BOOKMARK)?;
        let is_name = request.target.tag.number() == tags::DISPLAY_NAME.number();
        if stat.sort_type != SortType::DISPLAY_NAME || !is_name {
            return Err(Status::GENERAL_FAILURE);
        }
        let name = match request.target.value {
            Value::String(Some(text)) => characters(text, self.arena),
            Value::String8(Some(Ansi(octets))) => {
                let octets = self.arena.alloc_slice_copy(octets);
                code_page::decode(octets, stat.code_page, self.arena).ok_or(Status::INVALID_CODEPAGE)?
            }
            _ => return Err(Status::GENERAL_FAILURE),
        };
        let row = self.view.seek(table, name).ok_or(Status::INVALID_BOOKMARK)?;
        let (ids, row) = match request.explicit_table {
            None => (rows, row),
            Some(ids) => self.within(ids.0.iter(), table, row)?,
        };
        let behind = ids.get(row..).unwrap_or_default();
        let found = *behind.first().ok_or(Status::NOT_FOUND)?;
        let rows = request.columns.map(|columns| {
            let shown = if request.explicit_table.is_some() { behind.len() } else { behind.len().min(ROWS) };
            self.rows_of(behind.get(..shown).unwrap_or_default(), RetrieveFlags::EPHEMERAL_IDS, &stat, Some(columns))
        });
        let stat = Stat {
            current_rec: found,
            num_pos: u32::try_from(row).unwrap_or(u32::MAX),
            total_recs: u32::try_from(ids.len()).unwrap_or(u32::MAX),
            ..stat
        };
        Ok(NspiSeekEntriesResponse { stat, rows: rows.transpose()?, status: Status::SUCCESS })
    }

    /// An explicit table, and how many of its rows stand before a row of the container.
    fn within(
        &self,
        ids: impl Iterator<Item = MinimalId>,
        table: Table,
        row: usize,
    ) -> Result<(&'a [MinimalId], usize), Status> {
        let mut kept = ArenaVec::new_in(self.arena);
        let (mut last, mut before) = (0, 0);
        for id in ids {
            let position = self.view.position(table, id).filter(|position| last <= *position);
            last = position.ok_or(Status::GENERAL_FAILURE)?;
            before += usize::from(last < row);
            kept.push(id);
        }
        Ok((kept.into_bump_slice(), before))
    }
}
