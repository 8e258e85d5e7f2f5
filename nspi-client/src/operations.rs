//! A method for each operation, in the order of opnums.
//!
//! Each takes what a caller has to say, leaves reserved fields 0, and returns what is kept of the response. Strings are
//! asked for as PtypString. What people want of an address book stands above this, in
//! [`directory`](crate::directory).

use std::cmp::Ordering;

use nspi_proto::ndr::{Ansi, ContextHandle, Multi, Utf16};
use nspi_proto::nspi::property::{Binary, tags};
use nspi_proto::nspi::{
    BinaryArray, CodePage, DisplayType, FlatUid, IdsFromNamesFlags, Lcid, MinimalId, MinimalIdArray, ModLinkFlags,
    NspiCompareMIdsRequest, NspiDNToMIdRequest, NspiGetIDsFromNamesRequest, NspiGetMatchesRequest,
    NspiGetNamesFromIDsRequest, NspiGetPropListRequest, NspiGetPropsRequest, NspiGetSpecialTableRequest,
    NspiGetTemplateInfoRequest, NspiModLinkAttRequest, NspiModPropsRequest, NspiQueryColumnsRequest,
    NspiQueryRowsRequest, NspiResolveNamesRequest, NspiResolveNamesWRequest, NspiResortRestrictionRequest,
    NspiSeekEntriesRequest, NspiUpdateStatRequest, NspiUpdateStatResponse, PropertyName, PropertyRowBuf, PropertyTag,
    PropertyTagArray, PropertyValue, QueryColumnsFlags, Restriction, RetrieveFlags, SingleRow, SortType,
    SpecialTableFlags, Stat, TemplateInfoFlags, Value,
};

use crate::calls::{MatchesBuf, NamesBuf, ResolvedBuf, RowsBuf, SortedBuf, SpecialTableBuf};
use crate::error::Error;
use crate::session::Session;

impl Session {
    /// [MS-NSPI 3.1.4.4] NspiUpdateStat: moves `stat` by its `delta`, and says by how many rows it was moved.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn update_stat(&self, stat: Stat) -> Result<NspiUpdateStatResponse, Error> {
        self.call(NspiUpdateStatRequest { stat, delta: Some(0), ..Default::default() }).await
    }

    /// [MS-NSPI 3.1.4.8] NspiQueryRows: up to `count` rows from where `stat` stands. Without `columns` the server
    /// chooses: entry id, names, address and display type.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn query_rows(&self, stat: Stat, count: u32, columns: &[PropertyTag]) -> Result<RowsBuf, Error> {
        self.call(NspiQueryRowsRequest { stat, count, columns: given(columns), ..Default::default() }).await
    }

    /// [MS-NSPI 3.1.4.9] NspiSeekEntries: to the first row of the container of `stat` whose display name is not before
    /// `name`. Rows from there on come if `columns` are given; the STAT stands at the first of them.
    ///
    /// # Errors
    /// As [`call`](Self::call); [`Status::NOT_FOUND`](nspi_proto::nspi::Status::NOT_FOUND) if all rows are before.
    pub async fn seek_entries(&self, stat: Stat, name: &str, columns: &[PropertyTag]) -> Result<RowsBuf, Error> {
        self.call(NspiSeekEntriesRequest {
            handle: ContextHandle::NULL,
            reserved: 0,
            stat,
            target: PropertyValue::new(tags::DISPLAY_NAME, Value::from(name)),
            explicit_table: None,
            columns: given(columns),
        })
        .await
    }

    /// [MS-NSPI 3.1.4.10] NspiGetMatches: the objects of the container of `stat` that `filter` admits, at most
    /// `requested`, with these `columns`. Whom a name may mean says a restriction of
    /// [`ANR`](nspi_proto::nspi::property::tags::ANR).
    ///
    /// ```
    /// # use nspi_client::{Error, Restriction, Session, Stat, tags};
    /// # async fn lesson(session: &Session) -> Result<usize, Error> {
    /// let heads = Restriction::starts_with(tags::TITLE, "Head of");
    /// let found = session.get_matches(Stat::default(), heads, 100, &[tags::DISPLAY_NAME]).await?;
    /// # Ok(found.rows.len()) }
    /// ```
    ///
    /// # Errors
    /// As [`call`](Self::call); [`Status::TABLE_TOO_BIG`](nspi_proto::nspi::Status::TABLE_TOO_BIG) for more.
    pub async fn get_matches(
        &self,
        stat: Stat,
        filter: Restriction<'_>,
        requested: u32,
        columns: &[PropertyTag],
    ) -> Result<MatchesBuf, Error> {
        let columns = given(columns);
        self.call(NspiGetMatchesRequest { stat, filter: Some(filter), requested, columns, ..Default::default() }).await
    }

    /// [MS-NSPI 3.1.4.10] NspiGetMatches without a restriction: the objects that a property of the object `id` refers
    /// to, as the members of a list or a person's manager, sorted by display name.
    ///
    /// # Errors
    /// As [`call`](Self::call); [`Status::NOT_SUPPORTED`](nspi_proto::nspi::Status::NOT_SUPPORTED) if the property
    /// refers to none, [`Status::TABLE_TOO_BIG`](nspi_proto::nspi::Status::TABLE_TOO_BIG) for more than `requested`.
    pub async fn get_links(
        &self,
        id: MinimalId,
        property: PropertyTag,
        requested: u32,
        columns: &[PropertyTag],
    ) -> Result<MatchesBuf, Error> {
        // Where there is no filter and no name, the container's place holds the property; the sort type says that it is
        // no container.
        let (sort_type, container_id) = (SortType::DISPLAY_NAME_READ_ONLY, MinimalId(property.0));
        let stat = Stat { sort_type, container_id, current_rec: id, ..Stat::default() };
        self.call(NspiGetMatchesRequest { stat, requested, columns: given(columns), ..Default::default() }).await
    }

    /// [MS-NSPI 3.1.4.11] NspiResortRestriction: sorts objects as the table of `stat` is sorted; those that do not exist
    /// are left out.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn resort_restriction(&self, stat: Stat, ids: &[MinimalId]) -> Result<SortedBuf, Error> {
        let ids = MinimalIdArray::from(ids);
        self.call(NspiResortRestrictionRequest { stat, ids, ..Default::default() }).await
    }

    /// [MS-NSPI 3.1.4.13] NspiDNToMId: the objects of these distinguished names; 0 where there is none.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn dn_to_mid(&self, names: &[&str]) -> Result<Vec<MinimalId>, Error> {
        let names: Vec<Option<Ansi<'_>>> = names.iter().map(|name| Some(Ansi::from(*name))).collect();
        self.call(NspiDNToMIdRequest { names: names[..].into(), ..Default::default() }).await
    }

    /// [MS-NSPI 3.1.4.6] NspiGetPropList: the properties that an object has, strings as PtypString.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn get_prop_list(&self, id: MinimalId, flags: RetrieveFlags) -> Result<Vec<PropertyTag>, Error> {
        let code_page = CodePage::UNICODE;
        self.call(NspiGetPropListRequest { handle: ContextHandle::NULL, flags, id, code_page }).await
    }

    /// [MS-NSPI 3.1.4.7] NspiGetProps: the values of the object at `stat`'s `current_rec`; of all its properties if no
    /// `columns` are named. A property without a value is one of type PtypErrorCode.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn get_props(&self, stat: Stat, columns: &[PropertyTag]) -> Result<PropertyRowBuf, Error> {
        self.call(NspiGetPropsRequest { stat, columns: given(columns), ..Default::default() }).await
    }

    /// [MS-NSPI 3.1.4.12] NspiCompareMIds: which of two rows of a table comes first.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn compare_mids(&self, stat: Stat, id1: MinimalId, id2: MinimalId) -> Result<Ordering, Error> {
        let response = self.call(NspiCompareMIdsRequest { stat, id1, id2, ..Default::default() }).await?;
        Ok(response.result.cmp(&0))
    }

    /// [MS-NSPI 3.1.4.14] NspiModProps: of the object at `stat`'s `current_rec` takes the values of the properties
    /// `removed` out, and puts `values` in: all of it, or nothing.
    ///
    /// # Errors
    /// As [`call`](Self::call); [`Status::ACCESS_DENIED`](nspi_proto::nspi::Status::ACCESS_DENIED) where the book, or
    /// the object, cannot be changed by the caller.
    pub async fn mod_props(
        &self,
        stat: Stat,
        removed: &[PropertyTag],
        values: &[PropertyValue<'_>],
    ) -> Result<(), Error> {
        let removed = Some(PropertyTagArray::from(removed)); // NULL is refused
        self.call(NspiModPropsRequest { stat, removed, row: SingleRow::from(values.to_vec()), ..Default::default() })
            .await
    }

    /// [MS-NSPI 3.1.4.3] NspiGetSpecialTable: the hierarchy of containers, or with
    /// [`ADDRESS_CREATION_TEMPLATES`](SpecialTableFlags::ADDRESS_CREATION_TEMPLATES) the templates.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn special_table(&self, stat: Stat, flags: SpecialTableFlags) -> Result<SpecialTableBuf, Error> {
        self.call(NspiGetSpecialTableRequest { stat, flags, ..Default::default() }).await
    }

    /// [MS-NSPI 3.1.4.20] NspiGetTemplateInfo: the template of the dialog that shows objects of a kind, in the locale
    /// and code page of `stat`; what of it, say the flags.
    ///
    /// # Errors
    /// As [`call`](Self::call); [`Status::INVALID_LOCALE`](nspi_proto::nspi::Status::INVALID_LOCALE) where there is no
    /// such template.
    pub async fn get_template_info(
        &self,
        stat: Stat,
        flags: TemplateInfoFlags,
        kind: DisplayType,
    ) -> Result<PropertyRowBuf, Error> {
        let Stat { code_page, template_locale: locale, .. } = stat;
        self.template(flags, kind, None, code_page, locale).await
    }

    /// [MS-NSPI 3.1.4.20] NspiGetTemplateInfo: the template of this name, which is a distinguished name.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn get_named_template(
        &self,
        stat: Stat,
        flags: TemplateInfoFlags,
        name: &str,
    ) -> Result<PropertyRowBuf, Error> {
        let Stat { code_page, template_locale: locale, .. } = stat;
        self.template(flags, DisplayType::MAIL_USER, Some(Ansi::from(name)), code_page, locale).await
    }

    async fn template(
        &self,
        flags: TemplateInfoFlags,
        display_type: DisplayType,
        distinguished_name: Option<Ansi<'_>>,
        code_page: CodePage,
        locale: Lcid,
    ) -> Result<PropertyRowBuf, Error> {
        let handle = ContextHandle::NULL;
        self.call(NspiGetTemplateInfoRequest { handle, flags, display_type, distinguished_name, code_page, locale })
            .await
    }

    /// [MS-NSPI 3.1.4.15] NspiModLinkAtt: adds objects, by entry ids of either form, to those that `property` of the
    /// object `id` refers to, as the members of a list; with [`DELETE`](ModLinkFlags::DELETE) takes them out.
    ///
    /// # Errors
    /// As [`call`](Self::call); [`Status::ACCESS_DENIED`](nspi_proto::nspi::Status::ACCESS_DENIED) where the book, or
    /// the object, cannot be changed by the caller.
    pub async fn mod_link_att(
        &self,
        flags: ModLinkFlags,
        property: PropertyTag,
        id: MinimalId,
        entry_ids: &[&[u8]],
    ) -> Result<(), Error> {
        let entry_ids: Vec<Binary<'_>> = entry_ids.iter().map(|octets| Binary(Some(octets))).collect();
        let (handle, entry_ids) = (ContextHandle::NULL, BinaryArray::from(&entry_ids[..]));
        self.call(NspiModLinkAttRequest { handle, flags, tag: property, id, entry_ids }).await
    }

    /// [MS-NSPI 3.1.4.5] NspiQueryColumns: the properties that the server knows, strings as PtypString.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn query_columns(&self) -> Result<Vec<PropertyTag>, Error> {
        self.call(NspiQueryColumnsRequest { flags: QueryColumnsFlags::UNICODE_PROPTYPES, ..Default::default() }).await
    }

    /// [MS-NSPI 3.1.4.16] NspiGetNamesFromIDs: the names of properties, in the property set `guid` or in all of them;
    /// of all named properties if no `tags` are given, which then come back, too.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn get_names_from_ids(&self, guid: Option<FlatUid>, tags: &[PropertyTag]) -> Result<NamesBuf, Error> {
        self.call(NspiGetNamesFromIDsRequest { guid, tags: given(tags), ..Default::default() }).await
    }

    /// [MS-NSPI 3.1.4.17] NspiGetIDsFromNames: the properties of these names, of type PtypUnspecified; 0x0000000A
    /// where a name is not known, unless the flags say that all must be.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn get_ids_from_names(
        &self,
        flags: IdsFromNamesFlags,
        names: &[PropertyName],
    ) -> Result<Vec<PropertyTag>, Error> {
        let names: Vec<Option<PropertyName>> = names.iter().copied().map(Some).collect();
        let (handle, reserved, names) = (ContextHandle::NULL, 0, Multi::from(&names[..]));
        self.call(NspiGetIDsFromNamesRequest { handle, reserved, flags, names }).await
    }

    /// [MS-NSPI 3.1.4.18] NspiResolveNames: as [`resolve_names`](Self::resolve_names), with names in the code page of
    /// `stat`.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn resolve_names_ansi(
        &self,
        stat: Stat,
        names: &[&[u8]],
        columns: &[PropertyTag],
    ) -> Result<ResolvedBuf, Error> {
        let names: Vec<Option<Ansi<'_>>> = names.iter().map(|name| Some(Ansi(name))).collect();
        let (names, columns) = (names[..].into(), given(columns));
        self.call(NspiResolveNamesRequest { stat, columns, names, ..Default::default() }).await
    }

    /// [MS-NSPI 3.1.4.19] NspiResolveNamesW: whom names mean, as people write them, and the rows of those that mean
    /// one object.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn resolve_names(
        &self,
        stat: Stat,
        names: &[&str],
        columns: &[PropertyTag],
    ) -> Result<ResolvedBuf, Error> {
        let names: Vec<Option<Utf16<'_>>> = names.iter().map(|name| Some(Utf16::from(*name))).collect();
        let (names, columns) = (names[..].into(), given(columns));
        self.call(NspiResolveNamesWRequest { stat, columns, names, ..Default::default() }).await
    }
}

/// Columns, or NULL where none are named.
fn given(columns: &[PropertyTag]) -> Option<PropertyTagArray<'_>> {
    Some(columns).filter(|columns| !columns.is_empty()).map(PropertyTagArray::from)
}
