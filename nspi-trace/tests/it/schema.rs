//! What `--json` writes is what the published schema promises.

use std::path::{Path, PathBuf};

use nspi_trace::Options;
use nspi_trace::report::{JSON_SCHEMA, Report};
use serde_json::{Value, json};

use crate::reading::analyse;
use crate::sample::report;

/// What is wrong with a report, by the schema.
fn complaints(report: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(JSON_SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(report).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn reports_keep_to_the_schema() {
    for report in [Report::default(), report()] {
        assert_eq!(complaints(&serde_json::to_value(&report).unwrap()), [""; 0]);
    }
}

#[test]
fn reports_of_the_corpus_keep_to_the_schema() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let files = std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path());
    let captures: Vec<PathBuf> = files.filter(|file| file.extension().is_some_and(|name| name == "pcap")).collect();
    assert!(captures.len() >= 16, "{captures:?}");
    for capture in captures {
        let report = analyse(&capture, Options::default());
        assert_eq!(complaints(&serde_json::to_value(&report).unwrap()), [""; 0], "{capture:?}");
    }
}

#[test]
fn the_schema_tells_what_is_not_a_report() {
    let whole = serde_json::to_value(report()).unwrap();
    let spoil: [fn(&mut Value); 5] = [
        |report| report["schema"] = json!("one"),
        |report| drop(report["servers"][0].as_object_mut().unwrap().remove("cap")),
        |report| report["servers"][0]["users"][0]["counts"]["binds"] = json!(-1),
        |report| report["servers"][0]["users"][0]["judgement"]["verdict"]["kind"] = json!("gossips"),
        |report| report["capture"]["first"] = json!(5),
    ];
    for spoil in spoil {
        let mut report = whole.clone();
        spoil(&mut report);
        assert_eq!(complaints(&report).len(), 1, "{:?}", complaints(&report));
    }
}

#[test]
fn later_versions_may_add_fields() {
    let mut report = serde_json::to_value(report()).unwrap();
    report["servers"][0]["users"][0]["mood"] = json!("fine");
    assert_eq!(complaints(&report), [""; 0]);
}

#[test]
fn every_field_is_explained() {
    let schema: Value = serde_json::from_str(JSON_SCHEMA).unwrap();
    let mut mute = Vec::new();
    let definitions = schema["$defs"].as_object().unwrap();
    for (name, definition) in
        definitions.iter().map(|(name, value)| (name.as_str(), value)).chain([("Report", &schema)])
    {
        let fields = definition["properties"].as_object().into_iter().flatten();
        mute.extend(
            fields.filter(|(_, field)| field["description"].is_null()).map(|(field, _)| format!("{name}.{field}")),
        );
    }
    assert_eq!(mute, [""; 0]);
}
