//! `nspi resolve` and `nspi search`: people by name.

use nspi_client::directory::{Meant, Person};
use nspi_client::{Connection, Error, Stat};
use serde_json::{Map, Value as Json, json};

use crate::arguments::{Resolve, Search};
use crate::columns;
use crate::output::{self, Output};

pub(crate) async fn resolve(connection: &Connection, wanted: &Resolve, output: &mut Output) -> Result<(), Error> {
    let names: Vec<&str> = wanted.names.iter().map(String::as_str).collect();
    let shown = &wanted.shown.columns;
    let session = connection.bind(Stat::default()).await?;
    let resolved = session.resolve(wanted.shown.container, &names, shown).await;
    let unbound = session.unbind().await;
    let resolved = resolved?;
    unbound?;

    let (mut cells, mut objects) = (Vec::new(), Vec::new());
    for (&name, meant) in names.iter().zip(&resolved) {
        let (means, person) = match meant {
            Meant::One(person) => ("one", Some(person)),
            Meant::Several => ("several", None),
            Meant::Nobody => ("nobody", None),
        };
        let mut line = vec![output::clean(name), means.to_owned()];
        let mut object = Map::from_iter([("asked".to_owned(), json!(name)), ("means".to_owned(), json!(means))]);
        if let Some(person) = person {
            line.extend(shown.iter().map(|&tag| output::cell(person.get(tag))));
            object.extend(output::object(shown, person.row()));
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
    let shown = &wanted.shown;
    let session = connection.bind(Stat::default()).await?;
    let found = session.search(shown.container, &wanted.text, wanted.count, &shown.columns).await;
    let unbound = session.unbind().await;
    let found = found?;
    unbound?;
    output.rows(&shown.columns, found.iter().map(Person::row));
    output.remark(format_args!("{} found", found.len()));
    Ok(())
}
