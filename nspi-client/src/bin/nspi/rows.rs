//! `nspi rows`: rows of a container.

use nspi_client::{Connection, Error, Session, Stat};
use nspi_proto::nspi::{MinimalId, PropertyRowBuf};

use crate::arguments::Rows;
use crate::output::Output;

/// Rows to ask for at a time.
const PAGE: u32 = 200;

pub(crate) async fn run(connection: &Connection, wanted: &Rows, output: &mut Output) -> Result<(), Error> {
    let session = connection.bind(Stat::default()).await?;
    let read = read(&session, wanted).await;
    let unbound = session.unbind().await;
    let (rows, total) = read?;
    unbound?;

    output.rows(&wanted.shown.columns, &rows);
    output.remark(format_args!("{} of {total} rows", rows.len()));
    Ok(())
}

/// The rows, and how many the container has.
async fn read(session: &Session, wanted: &Rows) -> Result<(Vec<PropertyRowBuf>, u32), Error> {
    let mut stat = Stat { container_id: wanted.shown.container, ..Stat::default() };
    let mut rows = Vec::new();
    let mut left = if wanted.all { u32::MAX } else { wanted.count };
    while left > 0 && stat.current_rec != MinimalId::END_OF_TABLE {
        let page = session.query_rows(stat, left.min(PAGE), &wanted.shown.columns).await?;
        let Ok(count @ 1..) = u32::try_from(page.rows.len()) else { break };
        left = left.saturating_sub(count);
        stat = page.stat;
        rows.extend(page.rows);
    }
    Ok((rows, stat.total_recs))
}
