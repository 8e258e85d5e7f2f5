//! The limiter through its public API.
#![cfg(not(any(loom, shuttle)))]

mod cap;
mod lifetime;
mod model;
mod policy;
mod race;
