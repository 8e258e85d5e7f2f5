//! `nspi ls`: the hierarchy of containers.

use nspi_client::{Connection, Error, Stat};
use nspi_proto::nspi::property::tags;
use nspi_proto::nspi::{PropertyRowBuf, PropertyTag, SpecialTableFlags, ValueBuf};
use serde_json::json;

use crate::output::{self, Output};

pub(crate) async fn run(connection: &Connection, output: &mut Output) -> Result<(), Error> {
    let session = connection.bind(Stat::default()).await?;
    let table = session.special_table(Stat::default(), SpecialTableFlags::UNICODE_STRINGS).await;
    let unbound = session.unbind().await;
    let rows = table?.rows;
    unbound?;
    let containers: Vec<Container> = rows.iter().map(Container::of).collect();
    let rows: Vec<Vec<String>> = containers
        .iter()
        .map(|Container { id, depth, name }| vec![id.to_string(), format!("{}{name}", "  ".repeat(*depth))])
        .collect();
    output.table(&["id".to_owned(), "container".to_owned()], &rows, || {
        containers
            .iter()
            .map(|Container { id, depth, name }| json!({ "id": id, "depth": depth, "name": name }))
            .collect()
    });
    Ok(())
}

/// Most levels that are shown by indenting.
const DEEPEST: usize = 16;

struct Container {
    id: u32,
    depth: usize,
    name: String,
}

impl Container {
    fn of(row: &PropertyRowBuf) -> Self {
        let id = number(row, tags::CONTAINER_ID);
        let name = output::cell(row.find(tags::DISPLAY_NAME));
        // Servers leave the Global Address List without a name: it is the client's to give, in its own language.
        let name = if name.is_empty() && id == 0 { "Global Address List".to_owned() } else { name };
        let depth = usize::try_from(number(row, tags::DEPTH)).unwrap_or(DEEPEST).min(DEEPEST);
        Self { id, depth, name }
    }
}

fn number(row: &PropertyRowBuf, tag: PropertyTag) -> u32 {
    match row.find(tag) {
        Some(ValueBuf::Integer32(number)) => number.cast_unsigned(),
        _ => 0,
    }
}
