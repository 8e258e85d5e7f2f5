//! What the server runs with.
mod regedit;
pub mod registry;
