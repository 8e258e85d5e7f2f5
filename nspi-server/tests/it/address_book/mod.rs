//! The address book: what a backend lends, and the rules of MS-NSPI over it.

mod any_request;
mod attributes;
mod changes;
mod code_page;
#[cfg(feature = "collation")]
mod collation;
mod fold;
mod lookup;
mod matches;
mod memory;
mod names_and_changes;
mod properties;
mod property;
mod query_rows;
mod resolve;
mod seek;
mod special_table;
#[cfg(feature = "store")]
mod store;
mod templates;
mod update_stat;

use std::sync::Arc;

use nspi_proto::nspi::property::{PropertyRowSet, PropertyTag, PropertyType, PropertyValueBuf, tags};
use nspi_proto::nspi::{DisplayType, MinimalId, Stat};
use nspi_server::address_book::{AddressBook, MemoryBook, Recipient, View};

/// A mail user with this display name.
fn person(name: &str) -> Recipient {
    Recipient::new(DisplayType::MAIL_USER, named(name), name)
}

/// The distinguished name of a person.
fn named(name: &str) -> String {
    format!("/o=T/cn={}", name.escape_unicode())
}

/// A view of people with these names.
fn book(names: &[&str]) -> Arc<dyn View> {
    MemoryBook::new(names.iter().map(|name| person(name))).unwrap().view()
}

/// A view of `n` people in order: P000, P001, ..
fn numbered(n: usize) -> Arc<dyn View> {
    MemoryBook::new((0..n).map(|n| person(&format!("P{n:03}")))).unwrap().view()
}

fn everybody(view: &dyn View) -> Vec<MinimalId> {
    view.rows((&Stat::default()).into()).unwrap().to_vec()
}

/// The values of one column for people.
fn column(rows: &PropertyRowSet<'_>, tag: PropertyTag) -> Vec<String> {
    rows.rows().map(|row| PropertyValueBuf::from(*row.find(tag).unwrap()).value.to_string()).collect()
}

fn string8(tag: PropertyTag) -> PropertyTag {
    tag.with_type(PropertyType::STRING8)
}

fn names(rows: &PropertyRowSet<'_>) -> Vec<String> {
    column(rows, tags::DISPLAY_NAME)
}
