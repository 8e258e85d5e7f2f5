//! A container page by page.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use nspi_proto::nspi::{MinimalId, Operation, PropertyTag, Stat};

use super::Person;
use crate::calls::RowsBuf;
use crate::error::Error;
use crate::session::Session;

/// The rows of a container, as many at a time as [`page_size`](Self::page_size) says. Ends after the last row, or the
/// first error.
///
/// A `Stream`; [`next`](Self::next) is for who has no combinators at hand. One page is held at a time, so a list of any
/// length takes no more memory than a page. Rows that come or go while it is read are seen or not, as the server's
/// positions have it. It borrows the session, so drop it before [`Session::unbind`].
#[must_use = "nothing is read until somebody asks for the next page"]
pub struct Pages<'s> {
    session: &'s Session,
    columns: Arc<[PropertyTag]>,
    /// Where the next page starts.
    stat: Stat,
    page_size: u32,
    /// The call that is under way.
    pending: Option<Reading<'s>>,
    total: Option<u32>,
}

/// A call of NspiQueryRows.
type Reading<'s> = Pin<Box<dyn Future<Output = Result<RowsBuf, Error>> + Send + 's>>;

impl<'s> Pages<'s> {
    pub(super) fn new(session: &'s Session, container: MinimalId, columns: &[PropertyTag]) -> Self {
        let stat = Stat { container_id: container, ..Stat::default() };
        Self { session, columns: columns.into(), stat, page_size: 200, pending: None, total: None }
    }

    /// How many rows to ask for at a time; 200 unless told otherwise. Servers may give fewer.
    pub fn page_size(self, rows: u32) -> Self {
        Self { page_size: rows.max(1), ..self }
    }

    /// How many rows the container has: the server's word, once a page was read.
    #[must_use]
    pub fn total(&self) -> Option<u32> {
        self.total
    }

    /// The next page; `None` after the last one. Nothing is lost if this future is dropped: the next one goes on.
    ///
    /// # Errors
    /// As [`Session::call`]; [`Error::Stalled`] if the server gives the same rows again. There is no further page then.
    pub async fn next(&mut self) -> Option<Result<Vec<Person>, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    fn take(&mut self, page: RowsBuf) -> Option<Result<Vec<Person>, Error>> {
        let stalled = page.stat.current_rec == self.stat.current_rec && !page.rows.is_empty();
        self.stat = page.stat;
        self.total = Some(page.stat.total_recs);
        if page.rows.is_empty() || stalled {
            self.end();
        }
        match page.rows {
            rows if rows.is_empty() => None,
            _ if stalled => Some(Err(Error::Stalled { operation: Operation::NspiQueryRows })),
            rows => Some(Ok(rows.into_iter().map(Person::from).collect())),
        }
    }

    fn end(&mut self) {
        self.stat.current_rec = MinimalId::END_OF_TABLE;
    }
}

impl Stream for Pages<'_> {
    type Item = Result<Vec<Person>, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.pending.is_none() && this.stat.current_rec == MinimalId::END_OF_TABLE {
            return Poll::Ready(None);
        }
        let pending = this.pending.get_or_insert_with(|| {
            let (session, stat, rows, columns) = (this.session, this.stat, this.page_size, this.columns.clone());
            Box::pin(async move { session.query_rows(stat, rows, &columns).await })
        });
        let page = ready!(pending.as_mut().poll(context));
        this.pending = None;
        Poll::Ready(match page {
            Ok(page) => this.take(page),
            Err(error) => {
                this.end();
                Some(Err(error))
            }
        })
    }
}

impl fmt::Debug for Pages<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("stat", &self.stat).field("page_size", &self.page_size).finish_non_exhaustive()
    }
}
