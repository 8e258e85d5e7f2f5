//! Through the public API only.

mod lab;
mod promises;
