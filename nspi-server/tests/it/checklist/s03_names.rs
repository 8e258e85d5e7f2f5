//! S03: ambiguous name resolution.

use nspi_proto::nspi::property::tags;
use nspi_proto::nspi::{MinimalId, Stat};

use super::lab::{Lab, stat};
use super::s02_strings::{CODE_PAGES, COLUMNS, assert_converted};

const NAME: [nspi_proto::nspi::PropertyTag; 1] = [tags::DISPLAY_NAME];
const UNRESOLVED: MinimalId = MinimalId::UNRESOLVED;
const AMBIGUOUS: MinimalId = MinimalId::AMBIGUOUS;
const RESOLVED: MinimalId = MinimalId::RESOLVED;

#[tokio::test]
async fn s03_tc01_names_are_unresolved_ambiguous_or_resolved_with_a_row() {
    let lab = Lab::open().await;
    let names: [Option<&[u8]>; 6] = [Some(b"nobody"), Some(b"r"), Some(b"alice"), None, Some(b""), Some(b"bob")];
    let table = lab.resolve(stat(), &names, &NAME, 0).await;
    assert_eq!(table.ids, Some(vec![UNRESOLVED, RESOLVED, RESOLVED, UNRESOLVED, UNRESOLVED, RESOLVED]));
    assert_eq!(table.names(), ["Remote Rita", "Alice Adams", "Bob Baker"]);
    // The group is Staff, and the folder's account staff.news.
    let several = lab.resolve(stat(), &[Some(b"n"), Some(b"st")], &NAME, 0).await;
    assert_eq!((several.names(), several.ids), (vec!["News".to_owned()], Some(vec![RESOLVED, AMBIGUOUS])));
    let rows = lab.resolve(stat(), &[Some(b"quotes")], &[], 0).await;
    assert_eq!(rows.rows()[0].values.len(), 7, "the default columns");
    lab.close().await;
}

#[tokio::test]
async fn s03_tc02_unicode_names_are_unresolved_ambiguous_or_resolved_with_a_row() {
    let lab = Lab::open().await;
    let names = [Some("nobody"), Some("alice"), None, Some(""), Some("sta"), Some("zoë")];
    let table = lab.resolve_w(stat(), &names, &NAME, 0).await;
    assert_eq!(table.ids, Some(vec![UNRESOLVED, RESOLVED, UNRESOLVED, UNRESOLVED, AMBIGUOUS, RESOLVED]));
    assert_eq!(table.names(), ["Alice Adams", "Zoë Ångström"]);
    lab.close().await;
}

#[tokio::test]
async fn s03_tc03_names_come_in_and_rows_go_out_in_the_code_page() {
    let lab = Lab::open().await;
    for (code_page, title) in CODE_PAGES {
        let sent = Stat { code_page, ..stat() };
        let table = lab.resolve(sent, &[Some(b"zoe")], &COLUMNS, 0).await;
        assert_converted(&table.rows()[0], title);
    }
    let teletex = lab.resolve(stat(), &[Some(b"Zo\xc8e \xcaA")], &NAME, 0).await;
    assert_eq!(teletex.names(), ["Zoë Ångström"]);
    lab.close().await;
}

#[tokio::test]
async fn s03_tc04_rows_of_unicode_names_go_out_in_the_code_page_and_case_does_not_matter() {
    let lab = Lab::open().await;
    for (code_page, title) in CODE_PAGES {
        let sent = Stat { code_page, ..stat() };
        let table = lab.resolve_w(sent, &[Some("ZOË")], &COLUMNS, 0).await;
        assert_converted(&table.rows()[0], title);
    }
    let outcomes = lab.resolve_w(stat(), &[Some("A"), Some("b"), Some("x"), None, Some("  ")], &NAME, 0).await;
    assert_eq!(outcomes.ids, Some(vec![RESOLVED, RESOLVED, UNRESOLVED, UNRESOLVED, UNRESOLVED]));
    lab.close().await;
}
