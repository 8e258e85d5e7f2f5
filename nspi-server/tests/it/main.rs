//! The rules of the server's parts that need no network, through the public API.

mod address_book;
mod address_book_table;
mod checklist;
mod config;
mod documented_settings;
mod encodings;
mod events;
mod hostile;
mod hostile_callers;
mod lab;
mod ldif;
mod operations;
mod peer;
mod registry;
mod windows;
