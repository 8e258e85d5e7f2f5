//! The responses that carry rows: read whole, or with somebody who is told of the rows while they are read.

use super::browse::{NspiGetSpecialTableResponse, NspiQueryRowsResponse};
use super::lookup::{NspiResolveNamesResponse, NspiResolveNamesWResponse};
use super::message::ReadStub;
use super::properties::{NspiGetPropsResponse, NspiGetTemplateInfoResponse};
use super::property::{PropertyRowSet, RowVisitor, SingleRow};
use super::search::{NspiGetMatchesResponse, NspiSeekEntriesResponse};
use crate::ndr::{Decode as _, DecodeError, Decoder, Syntax};

/// A message's `read_with` reads its parameters, and is told here what to make of the rows.
macro_rules! read_rows {
    ($($message:ident: $rows:ident,)*) => {$(
        impl<'de> ReadStub<'de> for $message<'de> {
            fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
                Self::read_with(input, $rows::decode)
            }

            fn visit<S: Syntax, V: RowVisitor<'de>>(
                input: &mut Decoder<'de, S>,
                visitor: &mut V,
            ) -> Result<Self, DecodeError> {
                visitor.start();
                Self::read_with(input, |input| $rows::visit(input, visitor))
            }
        }
    )*};
}

read_rows! {
    NspiQueryRowsResponse: PropertyRowSet,
    NspiGetSpecialTableResponse: PropertyRowSet,
    NspiResolveNamesResponse: PropertyRowSet,
    NspiResolveNamesWResponse: PropertyRowSet,
    NspiSeekEntriesResponse: PropertyRowSet,
    NspiGetMatchesResponse: PropertyRowSet,
    NspiGetPropsResponse: SingleRow,
    NspiGetTemplateInfoResponse: SingleRow,
}
