//! `nspi rows`: rows of a container.

use nspi_client::directory::Person;
use nspi_client::{Connection, Error, Session, Stat};

use crate::arguments::Rows;
use crate::output::Output;

/// Rows to ask for at a time.
const PAGE: u32 = 200;

pub(crate) async fn run(connection: &Connection, wanted: &Rows, output: &mut Output) -> Result<(), Error> {
    let session = connection.bind(Stat::default()).await?;
    let read = read(&session, wanted).await;
    let unbound = session.unbind().await;
    let (people, total) = read?;
    unbound?;

    output.rows(&wanted.shown.columns, people.iter().map(Person::row));
    output.remark(format_args!("{} of {total} rows", people.len()));
    Ok(())
}

/// The rows, and how many the container has.
async fn read(session: &Session, wanted: &Rows) -> Result<(Vec<Person>, u32), Error> {
    let most = if wanted.all { usize::MAX } else { usize::try_from(wanted.count).unwrap_or(usize::MAX) };
    let shown = &wanted.shown;
    let page = if wanted.all { PAGE } else { wanted.count.min(PAGE) };
    let mut pages = session.pages(shown.container, &shown.columns).page_size(page);
    let mut people = Vec::new();
    while people.len() < most
        && let Some(page) = pages.next().await
    {
        people.extend(page?);
    }
    people.truncate(most);
    Ok((people, pages.total().unwrap_or(0)))
}
