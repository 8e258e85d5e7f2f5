//! The published JSON Schema is made from the types and their comments. Here, since only a build for tests derives it.

use schemars::generate::SchemaSettings;

use super::{Report, SCHEMA};

/// `UPDATE_EXPECT=1 cargo test -p nspi-trace --lib` writes it anew. A field that was renamed, removed or given another meaning
/// needs a new number: [`SCHEMA`], the file's name, and this test.
#[test]
fn the_published_schema_is_that_of_the_types() {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<Report>();
    schema.insert("title".to_owned(), format!("nspi-trace report, version {SCHEMA}").into());
    schema.insert("$id".to_owned(), format!("urn:nspi-trace:report:{SCHEMA}").into());
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    expect_test::expect_file!["../../schema/report-1.schema.json"].assert_eq(&text);
    assert_eq!(SCHEMA, 1, "the file's name has the number");
}
