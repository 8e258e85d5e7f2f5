//! [MS-NSPI 3.1.4.10] NspiGetMatches: the objects of a container that a restriction admits, or those that a property of
//! one object refers to. And [3.1.4.11] NspiResortRestriction: such objects, sorted.

use std::collections::BTreeSet;

use bumpalo::collections::Vec as ArenaVec;
use nspi_proto::ndr::Multi;
use nspi_proto::nspi::property::{PropertyRowSet, PropertyTag, PropertyTagArray, PropertyType};
use nspi_proto::nspi::{
    MinimalId, NspiGetMatchesRequest, NspiGetMatchesResponse, NspiQueryRowsRequest, NspiResortRestrictionRequest,
    NspiResortRestrictionResponse, Restriction, RetrieveFlags, SortType, Stat, Status,
};

use super::reader::Reader;
use super::restriction::Condition;
use super::table::refuse_unicode;
use super::{Arena, Table, names};

impl<'a> Reader<'a> {
    /// [3.1.4.10] NspiGetMatches: the objects found in table order, and their rows if columns are given.
    ///
    /// A restriction is met by texts that compare equal in the default locale, whatever its fuzzy level says of case
    /// and marks. Without a restriction `current_rec` is an object, and the property is the one that
    /// `property_name` names or, without it, the tag in `container_id`; the STAT comes back with the object as its
    /// container.
    ///
    /// # Errors
    /// In this order: [`Status::NOT_SUPPORTED`] for code page CP_WINUNICODE; [`Status::TOO_COMPLEX`] if `reserved` is
    /// set; [`Status::GENERAL_FAILURE`] for a sort type that is not known, the phonetic one among them;
    /// [`Status::INVALID_BOOKMARK`] for an unknown container, unless it is a tag. With a restriction
    /// [`Status::TOO_COMPLEX`] for one that cannot be answered, or takes too many comparisons, and
    /// [`Status::INVALID_CODEPAGE`] for its 8-bit text in an unknown code page. Without one
    /// [`Status::GENERAL_FAILURE`] if there is no such object, [`Status::NOT_SUPPORTED`] if a property that can be
    /// changed is asked for and this one cannot, or if it refers to nobody. Then [`Status::TABLE_TOO_BIG`] for more objects
    /// than `requested`, more than one answer's limit or rows that do not fit, and the errors of
    /// [`query_rows`](Self::query_rows).
    pub fn matches(&self, request: &NspiGetMatchesRequest<'_>) -> Result<NspiGetMatchesResponse<'a>, Status> {
        let stat = request.stat;
        refuse_unicode(stat.code_page)?;
        if request.reserved.is_some() {
            return Err(Status::TOO_COMPLEX);
        }
        let list_of_one = [SortType::DISPLAY_NAME_READ_ONLY, SortType::DISPLAY_NAME_WRITABLE].contains(&stat.sort_type);
        if stat.sort_type != SortType::DISPLAY_NAME && !list_of_one {
            return Err(Status::GENERAL_FAILURE);
        }
        let by_name = Table { sort_type: SortType::DISPLAY_NAME, ..Table::from(&stat) };
        if !(list_of_one && request.filter.is_none()) && self.view.rows(by_name).is_none() {
            return Err(Status::INVALID_BOOKMARK);
        }
        let most = usize::try_from(request.requested).unwrap_or(usize::MAX).min(self.limits.rows);
        let (stat, ids) = match &request.filter {
            Some(filter) => (stat, self.filtered(by_name, filter, &stat, most)?),
            None => (Stat { container_id: stat.current_rec, ..stat }, self.linked(request)?),
        };
        if ids.len() > most {
            return Err(Status::TABLE_TOO_BIG);
        }
        let rows = request.columns.map(|columns| self.rows_of(ids, RetrieveFlags::EPHEMERAL_IDS, &stat, Some(columns)));
        Ok(NspiGetMatchesResponse { stat, ids: Some(ids.into()), rows: rows.transpose()?, status: Status::SUCCESS })
    }

    /// The rows of a table that a restriction admits, in its order; more than `most` are refused as soon as they are
    /// found.
    fn filtered(
        &self,
        table: Table,
        filter: &Restriction<'_>,
        stat: &Stat,
        most: usize,
    ) -> Result<&'a [MinimalId], Status> {
        let condition = Condition::new(filter, stat.code_page, self.arena)?;
        let rows = self.view.rows(table).unwrap_or_default();
        let candidates = condition.candidates(self.view);
        let candidates = candidates.filter(|ids| ids.size_hint().1.is_some_and(|most| most < rows.len()));
        let mut scratch = Arena::new();
        let mut left = self.limits.comparisons;
        let mut found = BTreeSet::new();
        for id in candidates.unwrap_or_else(|| Box::new(rows.iter().copied())) {
            let Some(position) = self.view.position(table, id) else { continue };
            if !found.contains(&position)
                && self.aside(&mut scratch, |reader| condition.admits(reader, id, &mut left))?
            {
                found.insert(position);
                if most < found.len() {
                    return Err(Status::TABLE_TOO_BIG);
                }
            }
        }
        let ids = found.into_iter().filter_map(|position| rows.get(position).copied());
        Ok(ArenaVec::from_iter_in(ids, self.arena).into_bump_slice())
    }

    /// What a property of the current object refers to, by display name.
    fn linked(&self, request: &NspiGetMatchesRequest<'_>) -> Result<&'a [MinimalId], Status> {
        let Stat { current_rec, container_id, sort_type, .. } = request.stat;
        self.view.object(current_rec).ok_or(Status::GENERAL_FAILURE)?;
        let tag = match &request.property_name {
            Some(name) => names::tag(name).ok_or(Status::NOT_SUPPORTED)?,
            None => PropertyTag(container_id.0),
        };
        let can_be_changed = || self.editor.is_some_and(|by| by.book.may_modify(by.user, current_rec, tag));
        if sort_type == SortType::DISPLAY_NAME_WRITABLE && !can_be_changed() {
            return Err(Status::NOT_SUPPORTED);
        }
        let refers = self.known(tag).is_some_and(|known| known.property_type() == PropertyType::EMBEDDED_TABLE);
        if !refers {
            return Err(Status::NOT_SUPPORTED);
        }
        Ok(self.sorted(self.view.links(current_rec, tag).iter().copied(), &request.stat))
    }

    /// [3.1.4.11] NspiResortRestriction: the objects that exist, by display name.
    ///
    /// The STAT's current row is the one it was, wherever it is now, or the beginning if it is not among them.
    ///
    /// # Errors
    /// [`Status::NOT_SUPPORTED`] for code page CP_WINUNICODE, [`Status::GENERAL_FAILURE`] for any sort type but that by
    /// display name.
    pub fn resort_restriction(
        &self,
        request: &NspiResortRestrictionRequest<'_>,
    ) -> Result<NspiResortRestrictionResponse<'a>, Status> {
        let stat = request.stat;
        refuse_unicode(stat.code_page)?;
        if stat.sort_type != SortType::DISPLAY_NAME {
            return Err(Status::GENERAL_FAILURE);
        }
        let ids = self.sorted(request.ids.0.iter().filter(|id| self.view.object(*id).is_some()), &stat);
        let place = ids.iter().position(|id| *id == stat.current_rec);
        let stat = Stat {
            current_rec: place.map_or(MinimalId::BEGINNING_OF_TABLE, |_| stat.current_rec),
            num_pos: place.and_then(|place| u32::try_from(place).ok()).unwrap_or(0),
            total_recs: u32::try_from(ids.len()).unwrap_or(u32::MAX),
            ..stat
        };
        Ok(NspiResortRestrictionResponse { stat, ids: Some(ids.into()), status: Status::SUCCESS })
    }

    /// Objects in the order of the Global Address List, where all of them stand.
    fn sorted(&self, ids: impl Iterator<Item = MinimalId>, stat: &Stat) -> &'a [MinimalId] {
        let table = Table { locale: stat.sort_locale, ..Table::everybody() };
        let mut ids = ArenaVec::from_iter_in(ids, self.arena);
        ids.sort_by_cached_key(|id| self.view.position(table, *id).unwrap_or(usize::MAX));
        ids.into_bump_slice()
    }

    /// The rows of these objects, all of them, as NspiQueryRows gives them.
    pub(super) fn rows_of(
        &self,
        ids: &[MinimalId],
        flags: RetrieveFlags,
        stat: &Stat,
        columns: Option<PropertyTagArray<'_>>,
    ) -> Result<PropertyRowSet<'a>, Status> {
        let request = NspiQueryRowsRequest {
            flags,
            stat: *stat,
            explicit_table: Some(Multi::from(ids)),
            count: u32::try_from(ids.len()).unwrap_or(u32::MAX),
            columns,
            ..Default::default()
        };
        let (_, rows) = self.query_rows(&request)?;
        if rows.len() < ids.len() { Err(Status::TABLE_TOO_BIG) } else { Ok(rows) }
    }
}
