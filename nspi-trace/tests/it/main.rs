//! Through the public API alone.

mod corpus;
mod frames;
mod hostile;
mod kerberos;
mod model;

#[cfg(feature = "evtx")]
mod events;
#[cfg(feature = "evtx")]
mod evtx_file;
#[cfg(feature = "cli")]
mod follow;
mod html;
mod program;
mod reading;
mod sample;
mod schema;
mod tcp;
mod vendor;
