//! An NSPI server that caps concurrent sessions per user as Windows domain controllers do (KB949469).

pub mod config;
pub mod events;
pub mod ldif;
pub mod windows;
