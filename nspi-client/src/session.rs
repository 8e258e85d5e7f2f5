//! A session: what NspiBind opens and NspiUnbind closes.

use std::cmp::Ordering;
use std::fmt;
use std::mem;

use nspi_proto::ndr::{Ansi, ContextHandle, Utf16};
use nspi_proto::nspi::property::tags;
use nspi_proto::nspi::{
    CodePage, MinimalId, NspiCompareMIdsRequest, NspiDNToMIdRequest, NspiGetMatchesRequest, NspiGetPropListRequest,
    NspiGetPropsRequest, NspiGetSpecialTableRequest, NspiQueryColumnsRequest, NspiQueryRowsRequest,
    NspiResolveNamesWRequest, NspiSeekEntriesRequest, NspiUpdateStatRequest, NspiUpdateStatResponse, PropertyRowBuf,
    PropertyTag, PropertyTagArray, PropertyValue, QueryColumnsFlags, Restriction, RetrieveFlags, SpecialTableFlags,
    Stat, Value,
};
use tokio::sync::oneshot;
use tracing::warn;

use crate::calls::{Keep, MatchesBuf, ResolvedBuf, RowsBuf, SessionCall, SpecialTableBuf};
use crate::connection::Connection;
use crate::driver::Command;
use crate::error::Error;

/// One of the user's sessions with a server, which allows only so many. [`unbind`](Self::unbind) it.
///
/// A session that is dropped is unbound too, with a warning in the log; but then nobody learns when, or whether it
/// worked. `std::mem::forget` is the one way to leak it while the connection lives.
#[must_use = "a session that is dropped at once is unbound at once"]
pub struct Session {
    connection: Connection,
    /// NULL once it was unbound.
    handle: ContextHandle,
}

impl Session {
    /// Made by the driver alone, when the response to an NspiBind has come.
    pub(crate) fn new(connection: Connection, handle: ContextHandle) -> Self {
        Self { connection, handle }
    }

    /// [MS-NSPI 3.1.4.2] NspiUnbind: closes the session. Nothing can be called on it afterwards.
    ///
    /// If this future is dropped, the session is closed all the same.
    ///
    /// # Errors
    /// If the server says anything but "destroyed", or nothing.
    pub async fn unbind(mut self) -> Result<(), Error> {
        let (reply, unbound) = oneshot::channel();
        let handle = mem::replace(&mut self.handle, ContextHandle::NULL);
        self.connection.post(Command::Unbind { handle, reply: Some(reply) })?;
        self.connection.receive(unbound).await
    }

    /// Any call of this session, and a copy of its response. The handle in `request` does not matter.
    ///
    /// # Errors
    /// [`Error::Status`] if the operation says no, and the tiers below.
    pub async fn call<Q: SessionCall + Keep>(&self, request: Q) -> Result<Q::Kept, Error> {
        self.connection.call(request.in_session(self.handle)).await
    }

    /// Any call of this session; the response is lent to `then`, and nothing is copied but its octets. Decoding a table
    /// in place is several times as fast as keeping it.
    ///
    /// ```
    /// # use nspi_client::{Error, Session};
    /// # use nspi_proto::nspi::{NspiQueryRowsRequest, PropertyRowSet};
    /// # async fn count(session: Session) -> Result<usize, Error> {
    /// let request = NspiQueryRowsRequest { count: 500, ..Default::default() };
    /// let found = session.call_with(request, |response| response.rows.map_or(0, |rows| rows.len())).await?;
    /// # session.unbind().await?; Ok(found) }
    /// ```
    ///
    /// # Errors
    /// As [`call`](Self::call); `then` is not called then.
    pub async fn call_with<Q: SessionCall, T>(
        &self,
        request: Q,
        then: impl FnOnce(Q::Response<'_>) -> T,
    ) -> Result<T, Error> {
        self.connection.call_with(request.in_session(self.handle), then).await
    }

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

    /// [MS-NSPI 3.1.4.3] NspiGetSpecialTable: the hierarchy of containers, or with
    /// [`ADDRESS_CREATION_TEMPLATES`](SpecialTableFlags::ADDRESS_CREATION_TEMPLATES) the templates.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn special_table(&self, stat: Stat, flags: SpecialTableFlags) -> Result<SpecialTableBuf, Error> {
        self.call(NspiGetSpecialTableRequest { stat, flags, ..Default::default() }).await
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

    /// [MS-NSPI 3.1.4.5] NspiQueryColumns: the properties that the server knows, strings as PtypString.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn query_columns(&self) -> Result<Vec<PropertyTag>, Error> {
        self.call(NspiQueryColumnsRequest { flags: QueryColumnsFlags::UNICODE_PROPTYPES, ..Default::default() }).await
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

    /// Its name on the wire. Good on all connections of the association group, for the same user.
    #[must_use]
    pub fn handle(&self) -> ContextHandle {
        self.handle
    }

    /// The connection that it was opened on.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// Columns, or NULL where none are named.
fn given(columns: &[PropertyTag]) -> Option<PropertyTagArray<'_>> {
    Some(columns).filter(|columns| !columns.is_empty()).map(PropertyTagArray::from)
}

impl Drop for Session {
    /// Promise 2. Posts, and does not wait.
    fn drop(&mut self) {
        if self.handle.is_null() {
            return;
        }
        let (server, user) = (self.connection.server(), self.connection.user().unwrap_or("anonymous"));
        match self.connection.post(Command::Unbind { handle: self.handle, reply: None }) {
            Ok(()) => warn!(server, user, "a session was dropped without unbind; it is being unbound"),
            Err(error) => warn!(server, user, %error, "a session was dropped after its connection; rundown closes it"),
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("handle", &self.handle).field("connection", &self.connection).finish()
    }
}
