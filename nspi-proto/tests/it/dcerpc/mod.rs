//! Connection-oriented DCE/RPC: PDUs against vectors, machines against hand-fed octets and against each other.

mod any_octets;
mod any_time;
mod association;
mod observer;
mod pair;
mod pdu;
mod server;
mod toy;
mod unreadable;
mod verification;

/// The octets of `tests/vectors/NAME.hex`.
fn vector(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/vectors/{name}.hex", env!("CARGO_MANIFEST_DIR"));
    crate::hex::octets(&std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}")))
}
