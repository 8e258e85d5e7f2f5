//! `nspi`.
fn main() {}
