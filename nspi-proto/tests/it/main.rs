//! The crate's promises, through its public API.

mod dcerpc;
mod epm;
mod hex;
mod mgmt;
mod nspi;
mod vectors;
