//! How PDUs were protected, as tshark reads it off the wire: what a program says that it does is not taken on trust.

use std::collections::BTreeSet;

use interop::{Level, Mechanism, Tap, tshark};

/// PDU types.
pub(crate) const REQUEST: u8 = 0;
pub(crate) const BIND: u8 = 11;

/// The protections of the PDUs of this type that have passed the tap and have a sec_trailer.
pub(crate) fn seen(tap: &Tap, pdu: u8) -> BTreeSet<String> {
    let capture = tempfile::NamedTempFile::new().unwrap();
    tap.write(capture.path()).unwrap();
    let filter = format!("dcerpc.pkt_type == {pdu} && dcerpc.auth_type");
    let packets = tshark(capture.path(), &filter, &["dcerpc.auth_type", "dcerpc.auth_level"]);
    // Several PDUs may have come in one packet: their fields are joined by commas.
    let of_packet = |fields: Vec<String>| -> Vec<String> {
        let (mechanisms, levels) = (fields[0].split(','), fields[1].split(','));
        mechanisms.zip(levels).map(|(mechanism, level)| format!("type {mechanism}, level {level}")).collect()
    };
    packets.into_iter().flat_map(of_packet).collect()
}

/// How [`seen`] calls a mechanism at a level.
pub(crate) fn protection(mechanism: Mechanism, level: Level) -> String {
    let mechanism = match mechanism {
        Mechanism::Ntlm => 10,
        Mechanism::Kerberos => 16,
        Mechanism::Negotiate | Mechanism::NegotiateKerberos | Mechanism::NegotiateEither => 9,
    };
    let level = match level {
        Level::None => 1,
        Level::Connect => 2,
        Level::Packet => 4,
        Level::Integrity => 5,
        Level::Privacy => 6,
    };
    format!("type {mechanism}, level {level}")
}
