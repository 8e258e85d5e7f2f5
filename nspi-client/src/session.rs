//! A session: what NspiBind opens and NspiUnbind closes.

use std::fmt;
use std::mem;

use nspi_proto::ndr::ContextHandle;
use tokio::sync::oneshot;
use tracing::warn;

use crate::calls::{Keep, SessionCall};
use crate::connection::Connection;
use crate::driver::Command;
use crate::error::Error;

/// One of the user's sessions with a server, which allows only so many. [`unbind`](Self::unbind) it.
///
/// A session that is dropped is unbound too, with a warning in the log; but then nobody learns when, or whether it
/// worked. `std::mem::forget` is the one way to leak it while the connection lives.
///
/// All methods but `unbind` borrow it, so several calls may be under way at a time; tasks share it in an `Arc`, and who
/// gets it back by `Arc::into_inner` unbinds it.
///
/// | for | methods |
/// |---|---|
/// | people and lists | [`pages`](Self::pages), [`containers`](Self::containers), [`resolve`](Self::resolve), [`search`](Self::search), [`person`](Self::person), [`links`](Self::links) |
/// | each operation of MS-NSPI | [`query_rows`](Self::query_rows), [`get_matches`](Self::get_matches), .. |
/// | any request, whole | [`call`](Self::call), [`call_with`](Self::call_with) |
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
