//! Through the public API alone.

mod model;

#[cfg(feature = "evtx")]
mod events;
#[cfg(feature = "evtx")]
mod evtx_file;
#[cfg(feature = "cli")]
mod follow;
mod html;
mod sample;
mod schema;
mod vendor;
