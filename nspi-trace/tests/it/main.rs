//! Through the public API alone.

mod model;

mod events;
mod evtx_file;
mod html;
mod sample;
