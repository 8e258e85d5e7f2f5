//! PDUs that the server cannot read, and what it says to them. Samba's domain controller (4.17.12) says the same.

use nspi_proto::dcerpc::{Body, FaultStatus, NakReason, Pdu, PfcFlags, ProtocolError, Server};
use rstest::rstest;

use super::server::{bound, last_word, options};
use super::vector;

/// Something in the header that is not spoken here: where, and what.
#[rstest]
fn what_cannot_be_read_is_refused_in_words(
    #[values((4, 0x11), (5, 1), (6, 1), (2, 1), (2, 20), (2, 77), (10, 200))] odd: (usize, u8),
    #[values(false, true)] bound_before: bool,
) {
    let mut octets = vector(if bound_before { "pdu_nspibind_req" } else { "pdu_bind" });
    (octets[odd.0], octets[12]) = (odd.1, 9);
    let mut server = if bound_before { bound("pdu_bind") } else { Server::new(options()) };
    let (out, error) = last_word(&mut server, &octets);
    assert!(matches!(error, ProtocolError::Malformed(_)), "{error}");
    let answer = Pdu::decode(&out).unwrap();
    assert_eq!(answer.header.call_id, 9);
    match answer.body {
        Body::BindNak(nak) if !bound_before => assert_eq!(nak.reason, NakReason::PROTOCOL_VERSION_NOT_SUPPORTED),
        Body::Fault(fault) if bound_before => {
            assert_eq!(fault.status, FaultStatus::PROTO_ERROR);
            assert!(answer.header.has(PfcFlags::DID_NOT_EXECUTE));
        }
        body => panic!("{body:?}"),
    }
}

#[test]
fn a_big_endian_call_id_is_repeated_as_a_number() {
    let (out, _) = last_word(&mut Server::new(options()), &[5, 0, 77, 3, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 1, 2]);
    assert_eq!(Pdu::decode(&out).unwrap().header.call_id, 0x0102);
}

#[rstest]
#[case::no_room_for_a_header([5, 0, 0, 3, 0x10, 0, 0, 0, 15, 0, 0, 0, 1, 0, 0, 0])]
#[case::another_protocol(*b"GET / HTTP/1.1\r\n")]
fn to_what_is_no_pdu_at_all_nothing_is_said(#[case] octets: [u8; 16]) {
    for server in [&mut Server::new(options()), &mut bound("pdu_bind")] {
        let (out, error) = last_word(server, &octets);
        assert!(out.is_empty());
        assert!(matches!(error, ProtocolError::Malformed(_)), "{error}");
    }
}
