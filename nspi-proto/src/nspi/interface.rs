//! The interface: its name, its operations and their numbers.

use alloc::vec::Vec;
use core::fmt;

use uuid::uuid;

use super::browse::{
    NspiGetSpecialTableRequest, NspiGetSpecialTableResponse, NspiQueryRowsRequest, NspiQueryRowsResponse,
    NspiUpdateStatRequest, NspiUpdateStatResponse,
};
use super::message::{Answer, ReadStub, WriteStub};
use super::session::{NspiBindRequest, NspiBindResponse, NspiUnbindRequest, NspiUnbindResponse};
use super::status::Status;
use crate::dcerpc::InterfaceId;
use crate::ndr::{AnyOrder, DecodeError, EncodeError};

/// [MS-NSPI 1.9] The interface, version 56.0.
pub const INTERFACE: InterfaceId = InterfaceId::new(uuid!("f5cc5a18-4264-101a-8c59-08002b2f8426"), 56, 0);

/// Makes [`Operation`] of all lines, and [`Request`] and [`Response`] of those that say what their messages are. The
/// server matches on [`Request`] without a default: a new line does not compile until it is answered.
macro_rules! operations {
    (
        coded { $($number:literal $name:ident($request:ty) -> $response:ty;)* }
        named { $($other_number:literal $other:ident;)* }
    ) => {
        /// [MS-NSPI 3.1.4] An operation of the interface.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Operation {
            $(#[doc = concat!("Opnum ", $number, ".")] $name,)*
            $(#[doc = concat!("Opnum ", $other_number, ".")] $other,)*
        }

        impl Operation {
            /// All operations that are used on the wire.
            pub const ALL: &[Self] = &[$(Self::$name,)* $(Self::$other,)*];

            /// Its number on the wire.
            #[must_use]
            pub fn opnum(self) -> u16 {
                match self { $(Self::$name => $number,)* $(Self::$other => $other_number,)* }
            }

            /// The operation of a number, if there is one.
            #[must_use]
            pub fn from_opnum(opnum: u16) -> Option<Self> {
                match opnum {
                    $($number => Some(Self::$name),)*
                    $($other_number => Some(Self::$other),)*
                    _ => None,
                }
            }

            /// Its name in the specification.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* $(Self::$other => stringify!($other),)* }
            }
        }

        /// A request of any operation that has a codec.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(missing_docs, reason = "each variant is named as its operation")]
        pub enum Request<'a> {
            $($name($request),)*
        }

        impl<'a> Request<'a> {
            /// Reads the stub of a request. `None`: this opnum has no codec here; the proper answer is the fault
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

        /// A response of any operation that has a codec.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(missing_docs, reason = "each variant is named as its operation")]
        pub enum Response<'a> {
            $($name($response),)*
        }

        impl<'a> Response<'a> {
            /// Reads the stub of a response. `None`: this opnum has no codec here.
            ///
            /// # Errors
            /// If the octets are not that response.
            pub fn decode(opnum: u16, stub: &'a [u8], syntax: AnyOrder) -> Result<Option<Self>, DecodeError> {
                Ok(Some(match opnum {
                    $($number => Self::$name(ReadStub::decode_stub(stub, syntax)?),)*
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
    coded {
        0 NspiBind(NspiBindRequest) -> NspiBindResponse;
        1 NspiUnbind(NspiUnbindRequest) -> NspiUnbindResponse;
        2 NspiUpdateStat(NspiUpdateStatRequest) -> NspiUpdateStatResponse;
        3 NspiQueryRows(NspiQueryRowsRequest<'a>) -> NspiQueryRowsResponse<'a>;
        12 NspiGetSpecialTable(NspiGetSpecialTableRequest) -> NspiGetSpecialTableResponse<'a>;
    }
    named {
        4 NspiSeekEntries;
        5 NspiGetMatches;
        6 NspiResortRestriction;
        7 NspiDNToMId;
        8 NspiGetPropList;
        9 NspiGetProps;
        10 NspiCompareMIds;
        11 NspiModProps;
        13 NspiGetTemplateInfo;
        14 NspiModLinkAtt;
        16 NspiQueryColumns;
        17 NspiGetNamesFromIDs;
        18 NspiGetIDsFromNames;
        19 NspiResolveNames;
        20 NspiResolveNamesW;
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
