//! Network Data Representation [C706 chapter 14; MS-RPCE 2.2.5]: octets, without knowing which call they belong to.
//!
//! ```text
//!   stub octets ──► Decoder ──► values          values ──► Encoder ──► stub octets
//!                      │                                      │
//!                      └──────────── Syntax ──────────────────┘     NDR 2.0 or NDR64, as a type
//! ```
//!
//! A type is its *fixed part*, followed by the *referents* that its pointers announced. [`Decode`] and [`Encode`] keep
//! the two apart, so that arrays of structures can write all fixed parts first, as NDR demands. Everything is written
//! once for all transfer syntaxes; [`Syntax`] says how wide counts and pointers are and which octet comes first. A
//! [`Trace`] records each field as it is read, for whoever explains octets to people.

mod array;
mod context_handle;
mod decode;
mod decoder;
mod encoder;
mod error;
mod pointer;
mod string;
mod syntax;
mod trace;

pub use array::{Multi, MultiElement, MultiIter};
pub use context_handle::ContextHandle;
pub use decode::Decode;
pub use decoder::{DEPTH_LIMIT, Decoder};
pub use encoder::{Encode, Encoder};
pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use string::{Ansi, Utf16};
pub use syntax::{AnyOrder, Ndr20, Ndr64, Reorder, Syntax};
pub use trace::{Event, Kind, Read, Step, Trace, Traced};
