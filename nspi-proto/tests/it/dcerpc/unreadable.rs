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

/// What nmap says to find out what listens there; its table of answers has Windows' servers say this.
#[rstest]
#[case::smb_in_little_endian(
    b"\0\0\0\xA4\xFFSMBr\0\0\0\0\x08\x01\x40\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x40\x06\0\0\x01\0\0\x81\0\x02PC NETWORK PROGRAM 1.0\0\
      \x02MICROSOFT NETWORKS 1.03\0\x02MICROSOFT NETWORKS 3.0\0\x02LANMAN1.0\0\x02LM1.2X002\0\x02Samba\0\x02NT LANMAN 1.0\0\x02NT LM 0.12\0",
    0x4001_0800
)]
#[case::dns_in_big_endian(b"\0\x1E\0\x06\x01\0\0\x01\0\0\0\0\0\0\x07version\x04bind\0\0\x10\0\x03", 0x776)]
fn another_protocol_is_told_which_version_is_spoken(#[case] probe: &[u8], #[case] call_id: u32) {
    let (out, error) = last_word(&mut Server::new(options()), probe);
    assert!(matches!(error, ProtocolError::Malformed(_)), "{error}");
    let answer = Pdu::decode(&out).unwrap();
    let Body::BindNak(nak) = &answer.body else { panic!("{answer:?}") };
    assert_eq!((nak.reason, answer.header.call_id), (NakReason::PROTOCOL_VERSION_NOT_SUPPORTED, call_id));
}

#[rstest]
#[case::no_room_for_a_header([5, 0, 0, 3, 0x10, 0, 0, 0, 15, 0, 0, 0, 1, 0, 0, 0])]
#[case::another_protocol_cut_off(*b"GET / HTTP/1.1\r\n")]
fn to_what_is_no_pdu_at_all_nothing_is_said(#[case] octets: [u8; 16]) {
    for server in [&mut Server::new(options()), &mut bound("pdu_bind")] {
        let (out, error) = last_word(server, &octets);
        assert!(out.is_empty());
        assert!(matches!(error, ProtocolError::Malformed(_)), "{error}");
    }
}
