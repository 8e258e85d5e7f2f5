//! `nspi resolve` and `nspi search`: people by name.

use nspi_client::{Connection, Error, ResolvedBuf, Stat};
use nspi_proto::nspi::property::{PropertyValue, tags};
use nspi_proto::nspi::{MinimalId, RelationalOperator, Restriction, Value};
use serde_json::{Map, Value as Json, json};

use crate::arguments::{Resolve, Search, Shown};
use crate::columns;
use crate::output::{self, Output};

pub(crate) async fn resolve(connection: &Connection, wanted: &Resolve, output: &mut Output) -> Result<(), Error> {
    let names: Vec<&str> = wanted.names.iter().map(String::as_str).collect();
    let session = connection.bind(Stat::default()).await?;
    let resolved = session.resolve_names(place(&wanted.shown), &names, &wanted.shown.columns).await;
    let unbound = session.unbind().await;
    let ResolvedBuf { outcomes, rows } = resolved?;
    unbound?;

    let shown = &wanted.shown.columns;
    let mut rows = rows.iter();
    let (mut cells, mut objects) = (Vec::new(), Vec::new());
    for (&name, outcome) in names.iter().zip(outcomes) {
        let (meant, row) = match outcome {
            MinimalId::RESOLVED => ("one", rows.next()),
            MinimalId::AMBIGUOUS => ("several", None),
            _ => ("nobody", None),
        };
        let mut line = vec![output::clean(name), meant.to_owned()];
        let mut object = Map::from_iter([("asked".to_owned(), json!(name)), ("means".to_owned(), json!(meant))]);
        if let Some(row) = row {
            line.extend(shown.iter().map(|&tag| output::cell(row.find(tag))));
            object.extend(output::object(shown, row));
        }
        cells.push(line);
        objects.push(Json::Object(object));
    }
    let headings = ["asked".to_owned(), "means".to_owned()].into_iter();
    let headings: Vec<String> = headings.chain(shown.iter().map(|&tag| columns::name(tag))).collect();
    output.table(&headings, &cells, || Json::Array(objects));
    Ok(())
}

pub(crate) async fn search(connection: &Connection, wanted: &Search, output: &mut Output) -> Result<(), Error> {
    let value = Some(PropertyValue::new(tags::ANR, Value::from(wanted.text.as_str())));
    let filter = Restriction::Property { operator: RelationalOperator::EQUAL, tag: tags::ANR, value };
    let session = connection.bind(Stat::default()).await?;
    let shown = &wanted.shown;
    let found = session.get_matches(place(shown), filter, wanted.count, &shown.columns).await;
    let unbound = session.unbind().await;
    let rows = found?.rows;
    unbound?;
    output.rows(&shown.columns, &rows);
    output.remark(format_args!("{} found", rows.len()));
    Ok(())
}

fn place(shown: &Shown) -> Stat {
    Stat { container_id: shown.container, ..Stat::default() }
}
