//! What the client adds to the calls of nspi-proto: which of them belong to a session, and what is kept of a response.

use nspi_proto::ndr::ContextHandle;
use nspi_proto::nspi::{
    Call, NspiBindRequest, NspiBindResponse, NspiGetSpecialTableRequest, NspiGetSpecialTableResponse,
    NspiQueryRowsRequest, NspiQueryRowsResponse, NspiUnbindRequest, NspiUnbindResponse, NspiUpdateStatRequest,
    NspiUpdateStatResponse, PropertyRowBuf, PropertyRowSet, Stat,
};

/// A call that needs a session: all but NspiBind and NspiUnbind.
pub trait SessionCall: Call {
    /// The same call, of this session.
    #[must_use]
    fn in_session(self, handle: ContextHandle) -> Self;
}

impl SessionCall for NspiUpdateStatRequest {
    fn in_session(self, handle: ContextHandle) -> Self {
        Self { handle, ..self }
    }
}

impl SessionCall for NspiQueryRowsRequest<'_> {
    fn in_session(self, handle: ContextHandle) -> Self {
        Self { handle, ..self }
    }
}

impl SessionCall for NspiGetSpecialTableRequest {
    fn in_session(self, handle: ContextHandle) -> Self {
        Self { handle, ..self }
    }
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

/// What is kept of an NspiQueryRowsResponse.
#[derive(Debug, Clone, PartialEq)]
pub struct RowsBuf {
    /// After the last row: what the next call starts from. Its `current_rec` is
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
