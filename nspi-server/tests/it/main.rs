//! The rules of the server's parts that need no network, through the public API.

mod address_book;
mod address_book_table;
mod checklist;
mod config;
mod events;
mod hostile;
mod lab;
mod ldif;
mod operations;
mod registry;
mod windows;
