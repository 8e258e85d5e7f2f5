//! Objects by name: [MS-NSPI 3.1.4.13] NspiDNToMId, [3.1.4.18, 3.1.4.19] NspiResolveNames and its twin for Unicode, and
//! [3.1.4.12] NspiCompareMIds.

use std::cmp::Ordering;

use bumpalo::collections::Vec as ArenaVec;
use nspi_proto::ndr::Ansi;
use nspi_proto::nspi::property::{PropertyRowSet, PropertyTagArray};
use nspi_proto::nspi::{
    MinimalId, NspiCompareMIdsRequest, NspiCompareMIdsResponse, NspiDNToMIdRequest, NspiDNToMIdResponse,
    NspiResolveNamesRequest, NspiResolveNamesResponse, NspiResolveNamesWRequest, NspiResolveNamesWResponse,
    RetrieveFlags, Stat, Status,
};

use super::anr::Anr;
use super::fold::compare;
use super::property::characters;
use super::reader::Reader;
use super::table::refuse_unicode;
use super::{Arena, Table, code_page};

impl<'a> Reader<'a> {
    /// [3.1.4.13] NspiDNToMId: one id for each name in order, 0 where nobody has it. Never refused.
    ///
    /// Names are compared without case. A name that an object had before is found among its addresses (`X500:`), and
    /// containers have names too; the Global Address List's id is 0.
    pub fn dn_to_mid(&self, request: &NspiDNToMIdRequest<'_>) -> NspiDNToMIdResponse<'a> {
        let mut scratch = Arena::new();
        let ids = request.names.0.iter().map(|name| {
            let name = name.and_then(|Ansi(octets)| std::str::from_utf8(octets).ok()).unwrap_or_default();
            self.aside(&mut scratch, |reader| reader.named(name)).unwrap_or_default()
        });
        let ids: &[MinimalId] = ArenaVec::from_iter_in(ids, self.arena).into_bump_slice();
        NspiDNToMIdResponse { ids: Some(ids.into()), status: Status::SUCCESS }
    }

    pub(super) fn named(&self, name: &str) -> Option<MinimalId> {
        if name.is_empty() {
            return None;
        }
        let containers = self.view.containers().iter();
        let container = |name: &str| {
            containers.clone().find(|list| list.distinguished_name.eq_ignore_ascii_case(name)).map(|list| list.id)
        };
        self.view.find(name).or_else(|| container(name)).or_else(|| {
            let former = format!("X500:{name}");
            self.view
                .candidates(&former)
                .find(|id| self.addresses(*id).any(|address| compare(address, &former).is_eq()))
        })
    }

    /// [3.1.4.12] NspiCompareMIds: negative if the first of two rows of a table comes first, positive if the second
    /// does, 0 if they are one.
    ///
    /// # Errors
    /// [`Status::NOT_SUPPORTED`] for code page CP_WINUNICODE, [`Status::INVALID_BOOKMARK`] for an unknown container,
    /// [`Status::GENERAL_FAILURE`] if one of them is not in it.
    pub fn compare_mids(&self, request: &NspiCompareMIdsRequest) -> Result<NspiCompareMIdsResponse, Status> {
        refuse_unicode(request.stat.code_page)?;
        let table = Table::from(&request.stat);
        self.view.rows(table).ok_or(Status::INVALID_BOOKMARK)?;
        let position = |id| self.view.position(table, id).ok_or(Status::GENERAL_FAILURE);
        let result = match position(request.id1)?.cmp(&position(request.id2)?) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        };
        Ok(NspiCompareMIdsResponse { result, status: Status::SUCCESS })
    }

    /// [3.1.4.18] NspiResolveNames: as [`resolve_names_w`](Self::resolve_names_w), of names in the STAT's code page.
    ///
    /// # Errors
    /// As there, and [`Status::INVALID_CODEPAGE`] for an unknown code page behind the unknown container.
    pub fn resolve_names(&self, request: &NspiResolveNamesRequest<'_>) -> Result<NspiResolveNamesResponse<'a>, Status> {
        let code_page = request.stat.code_page;
        let mut scratch = Arena::new();
        let names = request.names.0.iter().map(|name| {
            scratch.reset();
            let Some(Ansi(octets)) = name else { return Ok(None) };
            let text = code_page::decode(octets, code_page, &scratch).ok_or(Status::INVALID_CODEPAGE)?;
            Ok(Some(text.to_owned()))
        });
        let (ids, rows) = self.resolve(names, &request.stat, request.columns)?;
        Ok(NspiResolveNamesResponse { ids: Some(ids.into()), rows: Some(rows), status: Status::SUCCESS })
    }

    /// [3.1.4.19] NspiResolveNamesW: for each name whether it means nobody, several or one of the container's objects,
    /// and a row for each of those that were resolved.
    ///
    /// Whom a name means is told by its beginning: of the display name, of given name, surname, account, address, or of
    /// given name and surname together; with `=` in front by all of it; or by all of a distinguished name.
    ///
    /// # Errors
    /// In this order: [`Status::NOT_SUPPORTED`] for code page CP_WINUNICODE, [`Status::INVALID_BOOKMARK`] for an unknown
    /// container, [`Status::TABLE_TOO_BIG`] for more names than an answer may have rows,
    /// [`Status::OUT_OF_RESOURCES`] if resolving them takes too many comparisons, and the errors of
    /// [`query_rows`](Self::query_rows).
    pub fn resolve_names_w(
        &self,
        request: &NspiResolveNamesWRequest<'_>,
    ) -> Result<NspiResolveNamesWResponse<'a>, Status> {
        let names = request.names.0.iter().map(|name| Ok(name.map(|name| name.to_string())));
        let (ids, rows) = self.resolve(names, &request.stat, request.columns)?;
        Ok(NspiResolveNamesWResponse { ids: Some(ids.into()), rows: Some(rows), status: Status::SUCCESS })
    }

    fn resolve(
        &self,
        names: impl ExactSizeIterator<Item = Result<Option<String>, Status>>,
        stat: &Stat,
        columns: Option<PropertyTagArray<'_>>,
    ) -> Result<(&'a [MinimalId], PropertyRowSet<'a>), Status> {
        refuse_unicode(stat.code_page)?;
        let table = Table::from(stat);
        self.view.rows(table).ok_or(Status::INVALID_BOOKMARK)?;
        if self.limits.rows < names.len() {
            return Err(Status::TABLE_TOO_BIG);
        }
        let mut outcomes = ArenaVec::with_capacity_in(names.len(), self.arena);
        let mut resolved = Vec::new();
        let mut left = self.limits.comparisons;
        for name in names {
            let name = name?.unwrap_or_default();
            outcomes.push(match self.meant(&name, table, &mut left)? {
                Meant::Nobody => MinimalId::UNRESOLVED,
                Meant::Several => MinimalId::AMBIGUOUS,
                Meant::One(id) => {
                    resolved.push(id);
                    MinimalId::RESOLVED
                }
            });
        }
        let rows = self.rows_of(&resolved, RetrieveFlags::empty(), stat, columns)?;
        Ok((outcomes.into_bump_slice(), rows))
    }

    /// Whom of a table a name means. The second one found ends the search.
    fn meant(&self, name: &str, table: Table, left: &mut usize) -> Result<Meant, Status> {
        let Some(name) = Anr::new(name) else { return Ok(Meant::Nobody) };
        let mut scratch = Arena::new();
        let mut one = None;
        for id in name.candidates(self.view) {
            *left = left.checked_sub(1).ok_or(Status::OUT_OF_RESOURCES)?;
            if one != Some(id)
                && self.view.position(table, id).is_some()
                && self.aside(&mut scratch, |reader| name.admits(reader, id))
            {
                if one.is_some() {
                    return Ok(Meant::Several);
                }
                one = Some(id);
            }
        }
        Ok(one.map_or(Meant::Nobody, Meant::One))
    }

    /// The addresses of an object.
    fn addresses(&self, id: MinimalId) -> impl Iterator<Item = &'a str> {
        use nspi_proto::nspi::property::{Value, tags};
        let addresses = match self.view.value(id, tags::PROXY_ADDRESSES, self.arena) {
            Some(Value::MultipleString(addresses)) => addresses,
            _ => None,
        };
        let arena = self.arena;
        addresses.into_iter().flat_map(|texts| texts.iter()).flatten().map(move |text| characters(text, arena))
    }
}

/// What becomes of a name.
enum Meant {
    Nobody,
    One(MinimalId),
    Several,
}
