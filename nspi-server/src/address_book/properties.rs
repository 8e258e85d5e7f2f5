//! What an object has: [MS-NSPI 3.1.4.7] NspiGetProps, [3.1.4.6] NspiGetPropList and [3.1.4.5] NspiQueryColumns.

use std::sync::LazyLock;

use bumpalo::collections::Vec as ArenaVec;
use nspi_proto::nspi::property::{PropertyTag, PropertyType, SingleRow, Value, tags};
use nspi_proto::nspi::{
    CodePage, MinimalId, NspiGetPropListRequest, NspiGetPropListResponse, NspiGetPropsRequest, NspiGetPropsResponse,
    NspiQueryColumnsRequest, NspiQueryColumnsResponse, QueryColumnsFlags, RetrieveFlags, Status,
};

use super::reader::Reader;
use super::rows::{Page, is_string8};
use super::table::refuse_unicode;
use super::{AttributeMap, Table, code_page};

/// What follows from an object's name and kind; a group has them all, everybody else all but the last two.
const OF_EVERYBODY: [PropertyTag; 19] = [
    tags::OBJECT_TYPE,
    tags::DISPLAY_TYPE,
    tags::DISPLAY_TYPE_EX,
    tags::ENTRY_ID,
    tags::INSTANCE_KEY,
    tags::RECORD_KEY,
    tags::SEARCH_KEY,
    tags::TEMPLATE_ID,
    tags::MAPPING_SIGNATURE,
    tags::CONTAINER_ID,
    tags::INITIAL_DETAILS_PANE,
    tags::DISPLAY_NAME,
    tags::DISPLAY_NAME_PRINTABLE,
    tags::TRANSMITTABLE_DISPLAY_NAME,
    tags::ADDRESS_TYPE,
    tags::EMAIL_ADDRESS,
    tags::OBJECT_DISTINGUISHED_NAME,
    tags::CONTAINER_CONTENTS,
    tags::CONTAINER_FLAGS,
];

/// What the table of attributes does not have: the ways back, and a default.
const OTHERS: [PropertyTag; 3] = [tags::IS_MEMBER_OF_DISTRIBUTION_LIST, tags::REPORTS, tags::SEND_RICH_INFO];

impl<'a> Reader<'a> {
    /// [3.1.4.7] NspiGetProps: a value for each column, in order; without columns, for each property of
    /// [`prop_list`](Self::prop_list) with the STAT's code page. The status is ErrorsReturned if one of them is none.
    ///
    /// An object that is not there has no values.
    ///
    /// # Errors
    /// In this order: [`Status::NOT_SUPPORTED`] if 8-bit strings are asked for in code page CP_WINUNICODE;
    /// [`Status::INVALID_BOOKMARK`] for an unknown container; [`Status::TABLE_TOO_BIG`] for too many columns;
    /// [`Status::INVALID_CODEPAGE`] if 8-bit strings are asked for in an unknown code page;
    /// [`Status::TABLE_TOO_BIG`] if the values are too large for an answer.
    pub fn props(&self, request: &NspiGetPropsRequest<'_>) -> Result<NspiGetPropsResponse<'a>, Status> {
        let NspiGetPropsRequest { flags, stat, columns, .. } = *request;
        let is_8_bit = |tag: PropertyTag| is_string8(&tag);
        if columns.is_some_and(|columns| columns.0.iter().any(is_8_bit)) {
            refuse_unicode(stat.code_page)?;
        }
        self.view.rows(Table::from(&stat)).ok_or(Status::INVALID_BOOKMARK)?;
        let columns: &[PropertyTag] = match columns {
            Some(columns) if self.limits.columns < columns.0.len() => return Err(Status::TABLE_TOO_BIG),
            Some(columns) => self.arena.alloc_slice_fill_iter(columns.0.iter()),
            None => self.tags(stat.current_rec, flags, stat.code_page),
        };
        if columns.iter().any(is_string8) && !code_page::has_octets(stat.code_page) {
            return Err(Status::INVALID_CODEPAGE);
        }
        let mut row = Vec::with_capacity(columns.len());
        let page = Page { reader: *self, columns, flags, code_page: stat.code_page };
        page.row(stat.current_rec, self.limits.octets, &mut row).ok_or(Status::TABLE_TOO_BIG)?;
        let errors = row.iter().any(|value| matches!(value.value, Value::ErrorCode(_)));
        let status = if errors { Status::ERRORS_RETURNED } else { Status::SUCCESS };
        Ok(NspiGetPropsResponse { row: Some(SingleRow::from(row)), status })
    }

    /// [3.1.4.6] NspiGetPropList: the properties that an object has values of; strings are PtypString for code page
    /// CP_WINUNICODE and PtypString8 for all others.
    ///
    /// # Errors
    /// [`Status::INVALID_CODEPAGE`] for an unknown code page, [`Status::GENERAL_FAILURE`] for an unknown object.
    pub fn prop_list(&self, request: &NspiGetPropListRequest) -> Result<NspiGetPropListResponse<'a>, Status> {
        if !code_page::is_supported(request.code_page) {
            return Err(Status::INVALID_CODEPAGE);
        }
        self.view.object(request.id).ok_or(Status::GENERAL_FAILURE)?;
        let tags = self.tags(request.id, request.flags, request.code_page);
        Ok(NspiGetPropListResponse { tags: Some(tags.into()), status: Status::SUCCESS })
    }

    /// [3.1.4.5] NspiQueryColumns: all properties that objects may have.
    pub fn query_columns(&self, request: &NspiQueryColumnsRequest) -> NspiQueryColumnsResponse<'a> {
        let unicode = request.flags.contains(QueryColumnsFlags::UNICODE_PROPTYPES);
        let columns = KNOWN.iter().map(|tag| in_form(*tag, unicode));
        let columns = ArenaVec::from_iter_in(columns, self.arena).into_bump_slice();
        NspiQueryColumnsResponse { columns: Some(columns.into()), status: Status::SUCCESS }
    }

    /// A property that objects may have, with its native type.
    pub(super) fn known(&self, tag: PropertyTag) -> Option<PropertyTag> {
        KNOWN.iter().find(|known| known.number() == tag.number()).copied()
    }

    /// The properties of an object, in the form a code page asks for; none of one that is not there.
    fn tags(&self, id: MinimalId, flags: RetrieveFlags, code_page: CodePage) -> &'a [PropertyTag] {
        let Some(object) = self.view.object(id) else { return &[] };
        let own = self.view.tags(id).iter().copied();
        let own = own.filter(|tag| !OF_EVERYBODY.iter().any(|other| other.number() == tag.number()));
        let natural = OF_EVERYBODY.into_iter().filter(|tag| self.value(id, &object, *tag, flags).is_some());
        let skip = |tag: &PropertyTag| {
            flags.contains(RetrieveFlags::SKIP_OBJECTS) && tag.property_type() == PropertyType::EMBEDDED_TABLE
        };
        let tags = natural.chain(own).filter(|tag| !skip(tag)).map(|tag| in_form(tag, code_page == CodePage::UNICODE));
        ArenaVec::from_iter_in(tags, self.arena).into_bump_slice()
    }
}

/// All properties, each once, with their native types.
static KNOWN: LazyLock<Vec<PropertyTag>> = LazyLock::new(|| {
    let attributes = AttributeMap::default();
    let mut known: Vec<PropertyTag> = Vec::new();
    for tag in OF_EVERYBODY.into_iter().chain(OTHERS).chain(attributes.iter().map(|(_, tag)| tag)) {
        if !known.iter().any(|other| other.number() == tag.number()) {
            known.push(tag);
        }
    }
    known
});

/// A tag with strings in the form that is asked for.
fn in_form(tag: PropertyTag, unicode: bool) -> PropertyTag {
    match (tag.property_type(), unicode) {
        (PropertyType::STRING, false) => tag.with_type(PropertyType::STRING8),
        (PropertyType::MULTIPLE_STRING, false) => tag.with_type(PropertyType::MULTIPLE_STRING8),
        _ => tag,
    }
}
