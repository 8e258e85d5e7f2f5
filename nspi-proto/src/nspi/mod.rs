//! [MS-NSPI] Name Service Provider Interface: the address book of a domain controller.
//!
//! ```text
//!   NspiBind ──► session (a context handle) ──► NspiUpdateStat, NspiQueryRows, .. ──► NspiUnbind
//! ```
//!
//! [`interface`] has the table of operations, with [`Request`] and [`Response`] over all of them. Each operation has
//! two structures, named as in the specification, whose fields stand in wire order. They borrow from the stub: nothing
//! is copied until somebody wants to keep it ([`PropertyRowBuf`]).
//!
//! ```
//! use nspi_proto::ndr::AnyOrder;
//! use nspi_proto::nspi::{NspiBindRequest, ReadStub, Stat, WriteStub};
//!
//! let request = NspiBindRequest { stat: Stat::default(), ..Default::default() };
//! let mut stub = Vec::new();
//! request.encode_stub(AnyOrder::NDR20, &mut stub)?;
//! assert_eq!(NspiBindRequest::decode_stub(&stub, AnyOrder::NDR20)?, request);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod browse;
mod entry_id;
mod flags;
pub mod interface;
mod lookup;
mod message;
mod modify;
mod named;
mod names;
mod properties;
pub mod property;
mod restriction;
mod rows;
mod search;
mod session;
mod stat;
mod status;

pub use browse::{
    NspiGetSpecialTableRequest, NspiGetSpecialTableResponse, NspiQueryRowsRequest, NspiQueryRowsResponse,
    NspiUpdateStatRequest, NspiUpdateStatResponse,
};
pub use entry_id::{DisplayType, EntryIdError, EphemeralEntryId, GUID_NSPI, ObjectType, PermanentEntryId};
pub use flags::{
    BindFlags, BitMaskOperator, ComparisonFlags, ContainerFlags, FuzzyLevel, IdsFromNamesFlags, ModLinkFlags,
    QueryColumnsFlags, RelationalOperator, RetrieveFlags, SpecialTableFlags, TemplateInfoFlags,
};
pub use interface::{Operation, Request, Response};
pub use lookup::{
    NspiCompareMIdsRequest, NspiCompareMIdsResponse, NspiDNToMIdRequest, NspiDNToMIdResponse, NspiResolveNamesRequest,
    NspiResolveNamesResponse, NspiResolveNamesWRequest, NspiResolveNamesWResponse,
};
pub use message::{Answer, Call, ReadStub, WriteStub};
pub use modify::{NspiModLinkAttRequest, NspiModLinkAttResponse, NspiModPropsRequest, NspiModPropsResponse};
pub use names::{
    NspiGetIDsFromNamesRequest, NspiGetIDsFromNamesResponse, NspiGetNamesFromIDsRequest, NspiGetNamesFromIDsResponse,
};
pub use properties::{
    NspiGetPropListRequest, NspiGetPropListResponse, NspiGetPropsRequest, NspiGetPropsResponse,
    NspiGetTemplateInfoRequest, NspiGetTemplateInfoResponse, NspiQueryColumnsRequest, NspiQueryColumnsResponse,
};
pub use property::{
    BinaryArray, FileTime, FlatUid, MinimalIdArray, PropertyName, PropertyNameSet, PropertyRow, PropertyRowBuf,
    PropertyRowSet, PropertyTag, PropertyTagArray, PropertyType, PropertyValue, PropertyValueBuf, RowVisitor,
    SingleRow, StringsArray, Value, ValueBuf, WStringsArray,
};
pub use restriction::{Restriction, RestrictionBuf, RestrictionTree};
pub use search::{
    NspiGetMatchesRequest, NspiGetMatchesResponse, NspiResortRestrictionRequest, NspiResortRestrictionResponse,
    NspiSeekEntriesRequest, NspiSeekEntriesResponse,
};
pub use session::{NspiBindRequest, NspiBindResponse, NspiUnbindRequest, NspiUnbindResponse};
pub use stat::{CodePage, Lcid, MinimalId, SortType, Stat};
pub use status::Status;
