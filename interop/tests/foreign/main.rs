//! What the server must show to foreign clients. One test a row of the tables in README.md.

mod address_book;
mod calls;
mod cap;
mod capture;
mod domain_controller;
mod half_open;
mod handles;
mod logon;
mod mapper;
mod matrix;
mod operations;
mod rundown;
mod scapy;
mod servers;
mod settings;
mod tampering;
mod tools;
mod wine;
mod wine_server;
mod wire;

/// For a server with nothing but defaults.
const DEFAULTS: [&str; 0] = [];

/// Stubs may be read, and every level may call.
const READABLE: [&str; 2] = ["--min-auth-level", "connect"];

/// nca_s_fault_context_mismatch: no such handle, for this caller.
const CONTEXT_MISMATCH: interop::Refusal = interop::Refusal::Fault(0x1C00_001A);

/// ERROR_ACCESS_DENIED.
const ACCESS_DENIED: interop::Refusal = interop::Refusal::Fault(5);
