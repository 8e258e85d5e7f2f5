//! What the lessons stand on: a server to talk to, a chart, and a capture. The lessons are in `src/bin`; `README.md`
//! has the order to read them in.

pub mod capture;
pub mod chart;
mod lab;
mod pcapng;

pub use lab::Lab;

/// The code of the project's README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
