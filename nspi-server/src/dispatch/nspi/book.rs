//! The operations of an open session: what the address book makes of each, as its response.

use nspi_proto::ndr::ContextHandle;
use nspi_proto::nspi::{
    Call, NspiCompareMIdsRequest, NspiDNToMIdRequest, NspiGetIDsFromNamesRequest, NspiGetMatchesRequest,
    NspiGetNamesFromIDsRequest, NspiGetPropListRequest, NspiGetPropsRequest, NspiGetSpecialTableRequest,
    NspiGetSpecialTableResponse, NspiGetTemplateInfoRequest, NspiModLinkAttRequest, NspiModPropsRequest,
    NspiQueryColumnsRequest, NspiQueryRowsRequest, NspiQueryRowsResponse, NspiResolveNamesRequest,
    NspiResolveNamesWRequest, NspiResortRestrictionRequest, NspiSeekEntriesRequest, NspiUpdateStatRequest,
    NspiUpdateStatResponse, Status,
};

use crate::address_book::{Reader, update_stat};

/// A call of a session.
pub(super) trait InSession: Call {
    /// The session.
    fn handle(&self) -> &ContextHandle;

    /// The answer.
    ///
    /// # Errors
    /// The status of an answer that says no, whose other parameters are all the same: [`Call::refuse`].
    fn answer<'a>(&self, reader: &Reader<'a>) -> Result<Self::Response<'a>, Status>;
}

/// One line an operation: its request, and what answers it.
macro_rules! answers {
    ($($request:ty: |$call:ident, $reader:ident| $answer:expr;)*) => {$(
        impl InSession for $request {
            fn handle(&self) -> &ContextHandle {
                &self.handle
            }

            fn answer<'a>(&self, $reader: &Reader<'a>) -> Result<Self::Response<'a>, Status> {
                let $call = self;
                $answer
            }
        }
    )*};
}

answers! {
    NspiUpdateStatRequest: |request, reader| {
        let (stat, moved) = update_stat(reader.view, &request.stat)?;
        Ok(NspiUpdateStatResponse { stat, delta: request.delta.map(|_| moved), status: Status::SUCCESS })
    };
    NspiQueryRowsRequest<'_>: |request, reader| {
        let (stat, rows) = reader.query_rows(request)?;
        Ok(NspiQueryRowsResponse { stat, rows: Some(rows), status: Status::SUCCESS })
    };
    NspiSeekEntriesRequest<'_>: |request, reader| reader.seek_entries(request);
    NspiGetMatchesRequest<'_>: |request, reader| reader.matches(request);
    NspiResortRestrictionRequest<'_>: |request, reader| reader.resort_restriction(request);
    NspiDNToMIdRequest<'_>: |request, reader| Ok(reader.dn_to_mid(request));
    NspiGetPropListRequest: |request, reader| reader.prop_list(request);
    NspiGetPropsRequest<'_>: |request, reader| reader.props(request);
    NspiCompareMIdsRequest: |request, reader| reader.compare_mids(request);
    NspiModPropsRequest<'_>: |request, reader| Ok(request.refuse(reader.mod_props(request)));
    NspiGetSpecialTableRequest: |request, reader| {
        let (version, rows) = reader.special_table(request)?;
        Ok(NspiGetSpecialTableResponse { version, rows: Some(rows), status: Status::SUCCESS })
    };
    NspiGetTemplateInfoRequest<'_>: |request, reader| reader.template_info(request);
    NspiModLinkAttRequest<'_>: |request, reader| Ok(request.refuse(reader.mod_link_att(request)));
    NspiQueryColumnsRequest: |request, reader| Ok(reader.query_columns(request));
    NspiGetNamesFromIDsRequest<'_>: |request, reader| reader.names_from_ids(request);
    NspiGetIDsFromNamesRequest<'_>: |request, reader| reader.ids_from_names(request);
    NspiResolveNamesRequest<'_>: |request, reader| reader.resolve_names(request);
    NspiResolveNamesWRequest<'_>: |request, reader| reader.resolve_names_w(request);
}
