//! NSPI sessions on the wire: NDR, connection-oriented DCE/RPC, and MS-NSPI, without any I/O.
//!
//! Three floors, each knowing only the ones below it:
//!
//! | module | knows | source |
//! |---|---|---|
//! | [`ndr`] | octets: alignment, pointers, arrays, strings | C706 chapter 14, MS-RPCE 2.2.5 |
//! | [`dcerpc`] | calls: PDUs, fragments, associations, security contexts | C706 chapter 12, MS-RPCE |
//! | [`epm`], [`mgmt`] | the endpoint mapper and remote management | C706 appendices L, O and Q |
//! | [`nspi`] | the address book: operations and their values | MS-NSPI |
//!
//! Octets from anywhere give a value or an error that names the field and the offset; never a panic.
#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::as_conversions
    )
)]

extern crate alloc;

pub mod dcerpc;
pub mod epm;
pub mod mgmt;
pub mod ndr;
pub mod nspi;
