//! `docs/nspi-json.md` names every key that `nspi --json` prints, and README.md every operation.

use std::collections::BTreeSet;

use nspi_proto::nspi::Operation;
use serde_json::Value as Json;

use crate::lab::Lab;
use crate::program::{nspi, nspi_at, objects};

const DOCUMENT: &str = include_str!("../../../docs/nspi-json.md");

/// The keys of a value and of what is in it; what `stop` holds are the server's names, not ours.
fn keys(value: &Json, stop: &[&str], found: &mut BTreeSet<String>) {
    match value {
        Json::Array(values) => values.iter().for_each(|value| keys(value, stop, found)),
        Json::Object(members) => {
            for (key, value) in members {
                found.insert(key.clone());
                match value {
                    Json::Object(inner) if stop.contains(&key.as_str()) => {
                        inner.values().for_each(|value| keys(value, stop, found));
                    }
                    value => keys(value, stop, found),
                }
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn every_key_is_in_the_document() {
    let lab = Lab::start().await;
    let stub = "0000000000000000";
    let runs = [
        nspi_at(&lab, &["ls", "--json"]).await,
        nspi_at(&lab, &["rows", "--json"]).await,
        nspi_at(&lab, &["search", "al", "--json"]).await,
        nspi_at(&lab, &["resolve", "alice", "a", "zzz", "--json"]).await,
        nspi_at(&lab, &["show", "bob", "--json"]).await,
        nspi_at(&lab, &["export", "--json", "--columns", "name,mail"]).await,
        nspi_at(&lab, &["export", "--json", "--output", "/dev/null"]).await,
        nspi_at(&lab, &["bind", "--json", "--count", "51"]).await,
        nspi_at(&lab, &["bind", "--json", "--leak"]).await,
        nspi(&["explain", "--request", "1", "--check", "--json", stub]).await,
    ];
    let mut found = BTreeSet::new();
    for run in &runs {
        let printed = objects(run);
        assert!(!printed.is_empty(), "{run:?}");
        printed.iter().for_each(|value| keys(value, &["properties", "links"], &mut found));
    }
    let failure = nspi_at(&lab, &["show", "zzz", "--json"]).await;
    keys(&serde_json::from_slice(&failure.stderr).unwrap(), &[], &mut found);
    let columns = ["title", "phone"]; // of the rows: those that are listed by `--help`
    let unknown: Vec<&String> = found
        .iter()
        .filter(|key| !DOCUMENT.contains(&format!("`{key}`")) && !columns.contains(&key.as_str()))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(found.contains("differences") && found.contains("advice"));
}

#[test]
fn readme_has_a_row_for_each_operation_with_a_method_that_there_is() {
    let readme = include_str!("../../../README.md");
    let sources = concat!(
        include_str!("../../src/operations.rs"),
        include_str!("../../src/session.rs"),
        include_str!("../../src/connection.rs"),
        include_str!("../../src/directory/mod.rs")
    );
    for operation in Operation::ALL {
        let row = readme.lines().find(|line| line.starts_with(&format!("| {} | {operation} |", operation.opnum())));
        let row = row.unwrap_or_else(|| panic!("{operation}"));
        let methods = row.split('|').nth(5).unwrap_or_default().split('`').skip(1).step_by(2);
        let methods: Vec<&str> = methods.map(|method| method.rsplit("::").next().unwrap_or_default()).collect();
        assert!(!methods.is_empty(), "{row}");
        for method in methods {
            assert!(
                sources.contains(&format!("pub async fn {method}(")) || sources.contains(&format!("pub fn {method}(")),
                "{method}"
            );
        }
    }
}
