//! The interface: its name, its operations and their numbers.

use alloc::vec::Vec;
use core::fmt;

use uuid::uuid;

use super::browse::{
    NspiGetSpecialTableRequest, NspiGetSpecialTableResponse, NspiQueryRowsRequest, NspiQueryRowsResponse,
    NspiUpdateStatRequest, NspiUpdateStatResponse,
};
use super::lookup::{
    NspiCompareMIdsRequest, NspiCompareMIdsResponse, NspiDNToMIdRequest, NspiDNToMIdResponse, NspiResolveNamesRequest,
    NspiResolveNamesResponse, NspiResolveNamesWRequest, NspiResolveNamesWResponse,
};
use super::message::{Answer, ReadStub, WriteStub};
use super::modify::{NspiModLinkAttRequest, NspiModLinkAttResponse, NspiModPropsRequest, NspiModPropsResponse};
use super::names::{
    NspiGetIDsFromNamesRequest, NspiGetIDsFromNamesResponse, NspiGetNamesFromIDsRequest, NspiGetNamesFromIDsResponse,
};
use super::properties::{
    NspiGetPropListRequest, NspiGetPropListResponse, NspiGetPropsRequest, NspiGetPropsResponse,
    NspiGetTemplateInfoRequest, NspiGetTemplateInfoResponse, NspiQueryColumnsRequest, NspiQueryColumnsResponse,
};
use super::property::RowVisitor;
use super::search::{
    NspiGetMatchesRequest, NspiGetMatchesResponse, NspiResortRestrictionRequest, NspiResortRestrictionResponse,
    NspiSeekEntriesRequest, NspiSeekEntriesResponse,
};
use super::session::{NspiBindRequest, NspiBindResponse, NspiUnbindRequest, NspiUnbindResponse};
use super::status::Status;
use crate::dcerpc::InterfaceId;
use crate::ndr::{AnyOrder, DecodeError, Decoder, EncodeError, Syntax};

/// [MS-NSPI 1.9] The interface, version 56.0.
pub const INTERFACE: InterfaceId = InterfaceId::new(uuid!("f5cc5a18-4264-101a-8c59-08002b2f8426"), 56, 0);

/// Makes [`Operation`], [`Request`] and [`Response`] of all lines. The server matches on [`Request`] without a default: a
/// new line does not compile until it is answered. Opnum 15 is not used on the wire.
macro_rules! operations {
    ($($number:literal $name:ident($request:ty) -> $response:ty;)*) => {
        /// [MS-NSPI 3.1.4] An operation of the interface.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Operation {
            $(#[doc = concat!("Opnum ", $number, ".")] $name,)*
        }

        impl Operation {
            /// All operations that are used on the wire.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its number on the wire.
            #[must_use]
            pub fn opnum(self) -> u16 {
                match self { $(Self::$name => $number,)* }
            }

            /// The operation of a number, if there is one.
            #[must_use]
            pub fn from_opnum(opnum: u16) -> Option<Self> {
                match opnum {
                    $($number => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// Its name in the specification.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }
        }

        /// A request of any operation.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(missing_docs, reason = "each variant is named as its operation")]
        pub enum Request<'a> {
            $($name($request),)*
        }

        impl<'a> Request<'a> {
            /// Reads the stub of a request. `None`: there is no such operation; the proper answer is the fault
            /// `nca_s_op_rng_error`.
            ///
            /// # Errors
            /// If the octets are not that request.
            pub fn decode(opnum: u16, stub: &'a [u8], syntax: AnyOrder) -> Result<Option<Self>, DecodeError> {
                Ok(Some(match opnum {
                    $($number => Self::$name(ReadStub::decode_stub(stub, syntax)?),)*
                    _ => return Ok(None),
                }))
            }

            /// As [`decode`](Self::decode), by a decoder that may be [watched](crate::ndr::Trace).
            ///
            /// # Errors
            /// If the octets are not that request.
            pub fn read<S: Syntax>(opnum: u16, input: &mut Decoder<'a, S>) -> Result<Option<Self>, DecodeError> {
                Ok(Some(match opnum {
                    $($number => Self::$name(ReadStub::read(input)?),)*
                    _ => return Ok(None),
                }))
            }

            /// Appends the stub to `out`.
            ///
            /// # Errors
            /// The first bound that a value breaks.
            pub fn encode(&self, syntax: AnyOrder, out: &mut Vec<u8>) -> Result<(), EncodeError> {
                match self { $(Self::$name(request) => request.encode_stub(syntax, out),)* }
            }

            /// Which operation this is.
            #[must_use]
            pub fn operation(&self) -> Operation {
                match self { $(Self::$name(_) => Operation::$name,)* }
            }
        }

        /// A response of any operation.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(missing_docs, reason = "each variant is named as its operation")]
        pub enum Response<'a> {
            $($name($response),)*
        }

        impl<'a> Response<'a> {
            /// As [`decode`](Self::decode), and hands the rows, if it has some, to `visitor`: see
            /// [`ReadStub::visit`].
            ///
            /// # Errors
            /// If the octets are not that response.
            pub fn visit<V: RowVisitor<'a>>(
                opnum: u16,
                stub: &'a [u8],
                syntax: AnyOrder,
                visitor: &mut V,
            ) -> Result<Option<Self>, DecodeError> {
                Ok(Some(match opnum {
                    $($number => Self::$name(ReadStub::visit_stub(stub, syntax, visitor)?),)*
                    _ => return Ok(None),
                }))
            }

            /// Reads the stub of a response. `None`: there is no such operation.
            ///
            /// # Errors
            /// If the octets are not that response.
            pub fn decode(opnum: u16, stub: &'a [u8], syntax: AnyOrder) -> Result<Option<Self>, DecodeError> {
                Ok(Some(match opnum {
                    $($number => Self::$name(ReadStub::decode_stub(stub, syntax)?),)*
                    _ => return Ok(None),
                }))
            }

            /// As [`decode`](Self::decode), by a decoder that may be [watched](crate::ndr::Trace).
            ///
            /// # Errors
            /// If the octets are not that response.
            pub fn read<S: Syntax>(opnum: u16, input: &mut Decoder<'a, S>) -> Result<Option<Self>, DecodeError> {
                Ok(Some(match opnum {
                    $($number => Self::$name(ReadStub::read(input)?),)*
                    _ => return Ok(None),
                }))
            }

            /// Appends the stub to `out`.
            ///
            /// # Errors
            /// The first bound that a value breaks.
            pub fn encode(&self, syntax: AnyOrder, out: &mut Vec<u8>) -> Result<(), EncodeError> {
                match self { $(Self::$name(response) => response.encode_stub(syntax, out),)* }
            }

            /// Which operation this answers.
            #[must_use]
            pub fn operation(&self) -> Operation {
                match self { $(Self::$name(_) => Operation::$name,)* }
            }
        }

        impl Answer for Response<'_> {
            fn status(&self) -> Status {
                match self { $(Self::$name(response) => response.status(),)* }
            }
        }

        $(impl<'a> From<$response> for Response<'a> {
            fn from(response: $response) -> Self {
                Self::$name(response)
            }
        })*
    };
}

operations! {
    0 NspiBind(NspiBindRequest) -> NspiBindResponse;
    1 NspiUnbind(NspiUnbindRequest) -> NspiUnbindResponse;
    2 NspiUpdateStat(NspiUpdateStatRequest) -> NspiUpdateStatResponse;
    3 NspiQueryRows(NspiQueryRowsRequest<'a>) -> NspiQueryRowsResponse<'a>;
    4 NspiSeekEntries(NspiSeekEntriesRequest<'a>) -> NspiSeekEntriesResponse<'a>;
    5 NspiGetMatches(NspiGetMatchesRequest<'a>) -> NspiGetMatchesResponse<'a>;
    6 NspiResortRestriction(NspiResortRestrictionRequest<'a>) -> NspiResortRestrictionResponse<'a>;
    7 NspiDNToMId(NspiDNToMIdRequest<'a>) -> NspiDNToMIdResponse<'a>;
    8 NspiGetPropList(NspiGetPropListRequest) -> NspiGetPropListResponse<'a>;
    9 NspiGetProps(NspiGetPropsRequest<'a>) -> NspiGetPropsResponse<'a>;
    10 NspiCompareMIds(NspiCompareMIdsRequest) -> NspiCompareMIdsResponse;
    11 NspiModProps(NspiModPropsRequest<'a>) -> NspiModPropsResponse;
    12 NspiGetSpecialTable(NspiGetSpecialTableRequest) -> NspiGetSpecialTableResponse<'a>;
    13 NspiGetTemplateInfo(NspiGetTemplateInfoRequest<'a>) -> NspiGetTemplateInfoResponse<'a>;
    14 NspiModLinkAtt(NspiModLinkAttRequest<'a>) -> NspiModLinkAttResponse;
    16 NspiQueryColumns(NspiQueryColumnsRequest) -> NspiQueryColumnsResponse<'a>;
    17 NspiGetNamesFromIDs(NspiGetNamesFromIDsRequest<'a>) -> NspiGetNamesFromIDsResponse<'a>;
    18 NspiGetIDsFromNames(NspiGetIDsFromNamesRequest<'a>) -> NspiGetIDsFromNamesResponse<'a>;
    19 NspiResolveNames(NspiResolveNamesRequest<'a>) -> NspiResolveNamesResponse<'a>;
    20 NspiResolveNamesW(NspiResolveNamesWRequest<'a>) -> NspiResolveNamesWResponse<'a>;
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
