//! What the client adds to the calls of nspi-proto: which of them belong to a session, and what is kept of a response.

use nspi_proto::ndr::ContextHandle;
use nspi_proto::nspi::{
    Call, MinimalId, MinimalIdArray, NspiBindRequest, NspiBindResponse, NspiCompareMIdsRequest,
    NspiCompareMIdsResponse, NspiDNToMIdRequest, NspiDNToMIdResponse, NspiGetIDsFromNamesRequest,
    NspiGetIDsFromNamesResponse, NspiGetMatchesRequest, NspiGetMatchesResponse, NspiGetNamesFromIDsRequest,
    NspiGetNamesFromIDsResponse, NspiGetPropListRequest, NspiGetPropListResponse, NspiGetPropsRequest,
    NspiGetPropsResponse, NspiGetSpecialTableRequest, NspiGetSpecialTableResponse, NspiGetTemplateInfoRequest,
    NspiGetTemplateInfoResponse, NspiModLinkAttRequest, NspiModLinkAttResponse, NspiModPropsRequest,
    NspiModPropsResponse, NspiQueryColumnsRequest, NspiQueryColumnsResponse, NspiQueryRowsRequest,
    NspiQueryRowsResponse, NspiResolveNamesRequest, NspiResolveNamesResponse, NspiResolveNamesWRequest,
    NspiResolveNamesWResponse, NspiResortRestrictionRequest, NspiResortRestrictionResponse, NspiSeekEntriesRequest,
    NspiSeekEntriesResponse, NspiUnbindRequest, NspiUnbindResponse, NspiUpdateStatRequest, NspiUpdateStatResponse,
    PropertyName, PropertyRowBuf, PropertyRowSet, PropertyTag, PropertyTagArray, Stat,
};

/// A call that needs a session: all but NspiBind and NspiUnbind.
pub trait SessionCall: Call {
    /// The same call, of this session.
    #[must_use]
    fn in_session(self, handle: ContextHandle) -> Self;
}

/// All of them have a handle, and differ in nothing else here.
macro_rules! session_calls {
    ($($request:ty),* $(,)?) => {$(
        impl SessionCall for $request {
            fn in_session(self, handle: ContextHandle) -> Self {
                Self { handle, ..self }
            }
        }
    )*};
}

session_calls! {
    NspiUpdateStatRequest,
    NspiQueryRowsRequest<'_>,
    NspiSeekEntriesRequest<'_>,
    NspiGetMatchesRequest<'_>,
    NspiResortRestrictionRequest<'_>,
    NspiDNToMIdRequest<'_>,
    NspiGetPropListRequest,
    NspiGetPropsRequest<'_>,
    NspiCompareMIdsRequest,
    NspiModPropsRequest<'_>,
    NspiGetSpecialTableRequest,
    NspiGetTemplateInfoRequest<'_>,
    NspiModLinkAttRequest<'_>,
    NspiQueryColumnsRequest,
    NspiGetNamesFromIDsRequest<'_>,
    NspiGetIDsFromNamesRequest<'_>,
    NspiResolveNamesRequest<'_>,
    NspiResolveNamesWRequest<'_>,
}

/// A call whose response can be kept. Responses borrow from the octets that came; `Kept` does not.
pub trait Keep: Call {
    /// What is kept.
    type Kept: Send + 'static;

    /// Copies what is lent.
    fn keep(response: Self::Response<'_>) -> Self::Kept;
}

impl Keep for NspiBindRequest {
    type Kept = NspiBindResponse;

    fn keep(response: NspiBindResponse) -> NspiBindResponse {
        response
    }
}

impl Keep for NspiUnbindRequest {
    type Kept = NspiUnbindResponse;

    fn keep(response: NspiUnbindResponse) -> NspiUnbindResponse {
        response
    }
}

impl Keep for NspiUpdateStatRequest {
    type Kept = NspiUpdateStatResponse;

    fn keep(response: NspiUpdateStatResponse) -> NspiUpdateStatResponse {
        response
    }
}

impl Keep for NspiQueryRowsRequest<'_> {
    type Kept = RowsBuf;

    fn keep(response: NspiQueryRowsResponse<'_>) -> RowsBuf {
        RowsBuf { stat: response.stat, rows: rows(response.rows) }
    }
}

impl Keep for NspiGetSpecialTableRequest {
    type Kept = SpecialTableBuf;

    fn keep(response: NspiGetSpecialTableResponse<'_>) -> SpecialTableBuf {
        SpecialTableBuf { version: response.version, rows: rows(response.rows) }
    }
}

impl Keep for NspiSeekEntriesRequest<'_> {
    type Kept = RowsBuf;

    fn keep(response: NspiSeekEntriesResponse<'_>) -> RowsBuf {
        RowsBuf { stat: response.stat, rows: rows(response.rows) }
    }
}

impl Keep for NspiGetMatchesRequest<'_> {
    type Kept = MatchesBuf;

    fn keep(response: NspiGetMatchesResponse<'_>) -> MatchesBuf {
        MatchesBuf { stat: response.stat, ids: ids(response.ids), rows: rows(response.rows) }
    }
}

impl Keep for NspiDNToMIdRequest<'_> {
    type Kept = Vec<MinimalId>;

    fn keep(response: NspiDNToMIdResponse<'_>) -> Vec<MinimalId> {
        ids(response.ids)
    }
}

impl Keep for NspiGetPropListRequest {
    type Kept = Vec<PropertyTag>;

    fn keep(response: NspiGetPropListResponse<'_>) -> Vec<PropertyTag> {
        tags(response.tags)
    }
}

impl Keep for NspiGetPropsRequest<'_> {
    type Kept = PropertyRowBuf;

    fn keep(response: NspiGetPropsResponse<'_>) -> PropertyRowBuf {
        let row = response.row.unwrap_or_default();
        PropertyRowBuf::from(row.as_row())
    }
}

impl Keep for NspiCompareMIdsRequest {
    type Kept = NspiCompareMIdsResponse;

    fn keep(response: NspiCompareMIdsResponse) -> NspiCompareMIdsResponse {
        response
    }
}

impl Keep for NspiQueryColumnsRequest {
    type Kept = Vec<PropertyTag>;

    fn keep(response: NspiQueryColumnsResponse<'_>) -> Vec<PropertyTag> {
        tags(response.columns)
    }
}

impl Keep for NspiResortRestrictionRequest<'_> {
    type Kept = SortedBuf;

    fn keep(response: NspiResortRestrictionResponse<'_>) -> SortedBuf {
        SortedBuf { stat: response.stat, ids: ids(response.ids) }
    }
}

impl Keep for NspiModPropsRequest<'_> {
    type Kept = ();

    fn keep(_: NspiModPropsResponse) {}
}

impl Keep for NspiModLinkAttRequest<'_> {
    type Kept = ();

    fn keep(_: NspiModLinkAttResponse) {}
}

impl Keep for NspiGetTemplateInfoRequest<'_> {
    type Kept = PropertyRowBuf;

    fn keep(response: NspiGetTemplateInfoResponse<'_>) -> PropertyRowBuf {
        let row = response.row.unwrap_or_default();
        PropertyRowBuf::from(row.as_row())
    }
}

impl Keep for NspiGetNamesFromIDsRequest<'_> {
    type Kept = NamesBuf;

    fn keep(response: NspiGetNamesFromIDsResponse<'_>) -> NamesBuf {
        let names = response.names.iter().flat_map(|names| names.0.iter()).collect();
        NamesBuf { tags: tags(response.tags), names }
    }
}

impl Keep for NspiGetIDsFromNamesRequest<'_> {
    type Kept = Vec<PropertyTag>;

    fn keep(response: NspiGetIDsFromNamesResponse<'_>) -> Vec<PropertyTag> {
        tags(response.tags)
    }
}

impl Keep for NspiResolveNamesRequest<'_> {
    type Kept = ResolvedBuf;

    fn keep(response: NspiResolveNamesResponse<'_>) -> ResolvedBuf {
        ResolvedBuf { outcomes: ids(response.ids), rows: rows(response.rows) }
    }
}

impl Keep for NspiResolveNamesWRequest<'_> {
    type Kept = ResolvedBuf;

    fn keep(response: NspiResolveNamesWResponse<'_>) -> ResolvedBuf {
        ResolvedBuf { outcomes: ids(response.ids), rows: rows(response.rows) }
    }
}

/// What is kept of an NspiGetMatchesResponse.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchesBuf {
    /// As it was sent, but for the container where there was no restriction.
    pub stat: Stat,
    /// The objects found.
    pub ids: Vec<MinimalId>,
    /// A row for each of them, if columns were named.
    pub rows: Vec<PropertyRowBuf>,
}

/// What is kept of an NspiResortRestrictionResponse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortedBuf {
    /// At the same object as it was sent, wherever that is now.
    pub stat: Stat,
    /// The objects that exist, sorted.
    pub ids: Vec<MinimalId>,
}

/// What is kept of an NspiGetNamesFromIDsResponse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamesBuf {
    /// The properties, where none were given.
    pub tags: Vec<PropertyTag>,
    /// A name for each property; without a GUID where it has none.
    pub names: Vec<PropertyName>,
}

/// What is kept of an NspiResolveNamesWResponse, or of an NspiResolveNamesResponse.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedBuf {
    /// For each name [`UNRESOLVED`](MinimalId::UNRESOLVED), [`AMBIGUOUS`](MinimalId::AMBIGUOUS) or
    /// [`RESOLVED`](MinimalId::RESOLVED).
    pub outcomes: Vec<MinimalId>,
    /// A row for each name that was resolved, in their order.
    pub rows: Vec<PropertyRowBuf>,
}

/// What is kept of an NspiQueryRowsResponse, or of an NspiSeekEntriesResponse.
#[derive(Debug, Clone, PartialEq)]
pub struct RowsBuf {
    /// After the last row: what the next call starts from; after a search, at the first. Its `current_rec` is
    /// [`END_OF_TABLE`](nspi_proto::nspi::MinimalId::END_OF_TABLE) when there are no more.
    pub stat: Stat,
    /// The rows.
    pub rows: Vec<PropertyRowBuf>,
}

/// What is kept of an NspiGetSpecialTableResponse.
#[derive(Debug, Clone, PartialEq)]
pub struct SpecialTableBuf {
    /// The version of the table.
    pub version: u32,
    /// The rows; none if the version asked with is current.
    pub rows: Vec<PropertyRowBuf>,
}

fn rows(set: Option<PropertyRowSet<'_>>) -> Vec<PropertyRowBuf> {
    set.iter().flat_map(PropertyRowSet::rows).map(PropertyRowBuf::from).collect()
}

fn ids(ids: Option<MinimalIdArray<'_>>) -> Vec<MinimalId> {
    ids.iter().flat_map(|ids| ids.0.iter()).collect()
}

fn tags(tags: Option<PropertyTagArray<'_>>) -> Vec<PropertyTag> {
    tags.iter().flat_map(|tags| tags.0.iter()).collect()
}
