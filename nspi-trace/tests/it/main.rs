//! Through the public API alone.

mod corpus;
mod frames;
mod hostile;
mod model;
mod program;
mod reading;
mod tcp;
