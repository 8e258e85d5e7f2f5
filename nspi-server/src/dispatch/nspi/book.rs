//! The operations of an open session: what the address book makes of each, as its response.

use nspi_proto::ndr::{ContextHandle, Multi};
use nspi_proto::nspi::property::PropertyRowSet;
use nspi_proto::nspi::{
    Call, Lcid, MinimalId, NspiCompareMIdsRequest, NspiDNToMIdRequest, NspiGetIDsFromNamesRequest,
    NspiGetMatchesRequest, NspiGetNamesFromIDsRequest, NspiGetPropListRequest, NspiGetPropsRequest,
    NspiGetSpecialTableRequest, NspiGetSpecialTableResponse, NspiGetTemplateInfoRequest, NspiModLinkAttRequest,
    NspiModPropsRequest, NspiQueryColumnsRequest, NspiQueryRowsRequest, NspiQueryRowsResponse, NspiResolveNamesRequest,
    NspiResolveNamesWRequest, NspiResortRestrictionRequest, NspiSeekEntriesRequest, NspiUpdateStatRequest,
    NspiUpdateStatResponse, Status,
};

use crate::address_book::{Reader, update_stat};

/// A call of a session.
pub(super) trait InSession: Call {
    /// The session.
    fn handle(&self) -> &ContextHandle;

    /// How many objects it asks about, as far as that is known before they are looked at.
    fn objects(&self) -> usize {
        0
    }

    /// The locale that the table which it asks about is sorted by, if it asks about one.
    fn sort_locale(&self) -> Option<Lcid>;

    /// Whether an answer has fewer rows than there are, for want of room.
    fn is_short(&self, _: &Self::Response<'_>) -> bool {
        false
    }

    /// The answer.
    ///
    /// # Errors
    /// The status of an answer that says no, whose other parameters are all the same: [`Call::refuse`].
    fn answer<'a>(&self, reader: &Reader<'a>) -> Result<Self::Response<'a>, Status>;
}

/// One line an operation: its request, the STAT of those that look at a table, what answers it, and what else there is to say.
macro_rules! answers {
    ($($request:ty $([$stat:ident])?: |$call:ident, $reader:ident| $answer:expr $(, $more:item)*;)*) => {$(
        impl InSession for $request {
            fn handle(&self) -> &ContextHandle {
                &self.handle
            }

            fn sort_locale(&self) -> Option<Lcid> {
                None $(.or(Some(self.$stat.sort_locale)))?
            }

            fn answer<'a>(&self, $reader: &Reader<'a>) -> Result<Self::Response<'a>, Status> {
                let $call = self;
                $answer
            }

            $($more)*
        }
    )*};
}

answers! {
    NspiUpdateStatRequest [stat]: |request, reader| {
        let (stat, moved) = update_stat(reader.view, &request.stat)?;
        Ok(NspiUpdateStatResponse { stat, delta: request.delta.map(|_| moved), status: Status::SUCCESS })
    };
    NspiQueryRowsRequest<'_> [stat]: |request, reader| {
        let (stat, rows) = reader.query_rows(request)?;
        Ok(NspiQueryRowsResponse { stat, rows: Some(rows), status: Status::SUCCESS })
    },
        fn objects(&self) -> usize {
            self.explicit_table.as_ref().map_or(self.count as usize, Multi::len)
        },
        fn is_short(&self, answer: &NspiQueryRowsResponse<'_>) -> bool {
            let at_end = self.explicit_table.is_none() && answer.stat.current_rec == MinimalId::END_OF_TABLE;
            !at_end && answer.rows.as_ref().map_or(0, PropertyRowSet::len) < self.objects()
        };
    NspiSeekEntriesRequest<'_> [stat]: |request, reader| reader.seek_entries(request),
        fn objects(&self) -> usize {
            self.explicit_table.as_ref().map_or(0, |table| table.0.len())
        };
    NspiGetMatchesRequest<'_> [stat]: |request, reader| reader.matches(request),
        fn objects(&self) -> usize {
            // What a restriction looks at is counted while it looks; what an object refers to is not.
            if self.filter.is_some() { 0 } else { self.requested as usize }
        };
    NspiResortRestrictionRequest<'_> [stat]: |request, reader| reader.resort_restriction(request),
        fn objects(&self) -> usize {
            self.ids.0.len()
        };
    NspiDNToMIdRequest<'_>: |request, reader| Ok(reader.dn_to_mid(request)),
        fn objects(&self) -> usize {
            self.names.0.len()
        };
    NspiGetPropListRequest: |request, reader| reader.prop_list(request);
    NspiGetPropsRequest<'_>: |request, reader| reader.props(request);
    NspiCompareMIdsRequest [stat]: |request, reader| reader.compare_mids(request);
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
    NspiResolveNamesRequest<'_> [stat]: |request, reader| reader.resolve_names(request),
        fn objects(&self) -> usize {
            self.names.0.len()
        };
    NspiResolveNamesWRequest<'_> [stat]: |request, reader| reader.resolve_names_w(request),
        fn objects(&self) -> usize {
            self.names.0.len()
        };
}
