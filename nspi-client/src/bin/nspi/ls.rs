//! `nspi ls`: the hierarchy of containers.

use nspi_client::directory::{Container, GLOBAL_ADDRESS_LIST};
use nspi_client::{Connection, Error, Stat};
use serde_json::json;

use crate::output::{Output, clean};

pub(crate) async fn run(connection: &Connection, output: &mut Output) -> Result<(), Error> {
    let session = connection.bind(Stat::default()).await?;
    let containers = session.containers().await;
    let unbound = session.unbind().await;
    let containers = containers?;
    unbound?;
    let row = |container: &Container| {
        vec![container.id.0.to_string(), format!("{}{}", "  ".repeat(container.depth), name(container))]
    };
    let rows: Vec<Vec<String>> = containers.iter().map(row).collect();
    output.table(&["id".to_owned(), "container".to_owned()], &rows, || {
        let object =
            |container: &Container| json!({ "id": container.id.0, "depth": container.depth, "name": name(container) });
        containers.iter().map(object).collect()
    });
    Ok(())
}

/// Servers leave the Global Address List without a name: it is the client's to give, in its own language.
fn name(container: &Container) -> String {
    if container.name.is_empty() && container.id == GLOBAL_ADDRESS_LIST {
        return "Global Address List".to_owned();
    }
    clean(&container.name)
}
