//! Is that DCE/RPC? Told from the first octets, so that everything else is let go at once.

use nspi_proto::dcerpc::{Header, PduType};

/// What the first octets of a direction say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Probe {
    /// Something else.
    No,
    /// Too few octets to tell.
    Perhaps,
    /// A PDU of this type.
    Yes(PduType),
}

pub(crate) fn probe(octets: &[u8]) -> Probe {
    match octets {
        [5, 0 | 1, kind, _, 0x00 | 0x10, 0, 0, 0, ..] if PduType::from_octet(*kind).is_some() => {
            match Header::decode(octets) {
                Ok(header) => Probe::Yes(header.kind),
                Err(_) if octets.len() < Header::LEN => Probe::Perhaps,
                Err(_) => Probe::No,
            }
        }
        [5] | [5, 0 | 1] | [5, 0 | 1, 0..=19, ..] if octets.len() < 8 => Probe::Perhaps,
        _ => Probe::No,
    }
}

/// Whether a PDU of this type comes from a client.
pub(crate) fn is_clients(kind: PduType) -> bool {
    match kind {
        PduType::Request
        | PduType::Bind
        | PduType::AlterContext
        | PduType::Auth3
        | PduType::CoCancel
        | PduType::Orphaned => true,
        PduType::Response
        | PduType::Fault
        | PduType::BindAck
        | PduType::BindNak
        | PduType::AlterContextResp
        | PduType::Shutdown => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PDU: [u8; 16] = [5, 0, 11, 3, 0x10, 0, 0, 0, 72, 0, 0, 0, 1, 0, 0, 0];

    #[test]
    fn a_pdu_is_recognised_however_little_of_it_there_is() {
        assert_eq!(probe(&PDU), Probe::Yes(PduType::Bind));
        for length in 1..16 {
            assert_eq!(probe(&PDU[..length]), Probe::Perhaps, "{length} octets");
        }
    }

    #[test]
    fn other_protocols_are_let_go() {
        for octets in [
            &b"GET / HTTP/1.1\r\n\r\n"[..],
            b"\x16\x03\x01\x02\0\x01\0\x01\xFC",
            b"\0\0\0\x40\xFESMB",
            b"\x05\x01\0\x00x",
            b"",
        ] {
            assert_eq!(probe(octets), if octets.len() == 5 { Probe::Perhaps } else { Probe::No }, "{octets:?}");
        }
    }
}
