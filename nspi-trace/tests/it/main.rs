//! Through the public API alone.

mod model;
