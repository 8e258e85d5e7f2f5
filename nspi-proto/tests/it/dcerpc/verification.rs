//! The verification trailer of our client, and what it is good for: what nobody signs cannot be changed all the same.

use nspi_proto::dcerpc::auth::{AuthLevel, AuthType};
use nspi_proto::dcerpc::{
    Body, ClientOptions, FaultStatus, Pdu, PfcFlags, ServerOptions, TransferSyntaxId, VerificationTrailer,
};
use rstest::rstest;

use super::pair::{PASSWORD, Pair, Seen, server_options};
use super::pdu::INTERFACE;

/// The trailer of the last PDU, a signed request.
fn trailer(sent: &[u8]) -> Option<VerificationTrailer> {
    let mut rest = sent;
    loop {
        let (pdu, after) = rest.split_at(u16::from_le_bytes([rest[8], rest[9]]).into());
        if after.is_empty() {
            let Body::Request(request) = Pdu::decode(pdu).unwrap().body else { panic!("not a request") };
            let at = VerificationTrailer::find(request.stub)?;
            return Some(VerificationTrailer::decode(&request.stub[at..]).unwrap());
        }
        rest = after;
    }
}

fn bound(level: AuthLevel, header_signing: bool) -> Pair {
    let options = ServerOptions { header_signing, ..server_options() };
    let mut pair = Pair::new(ClientOptions::default(), options, usize::MAX);
    pair.bind_as(AuthType::NTLM, level, PASSWORD);
    pair.run();
    pair
}

#[rstest]
fn a_signed_call_says_what_was_agreed_on_until_it_is_answered(
    #[values(AuthLevel::Packet, AuthLevel::Integrity)] level: AuthLevel,
) {
    let mut pair = bound(level, true);
    for answered_before in [false, true] {
        let call = pair.call(b"stub", Some(1));
        let expected = VerificationTrailer {
            header_signing: Some(true),
            presentation: Some((INTERFACE, TransferSyntaxId::NDR20)),
            header: None, // it is signed
        };
        assert_eq!(trailer(&pair.to_server), (!answered_before).then_some(expected));
        pair.run();
        assert_eq!(pair.seen.pop(), Some(Seen::Response { call, stub: b"buts".to_vec() }));
    }
}

#[test]
fn a_header_that_is_not_signed_is_repeated_in_each_call() {
    let mut pair = bound(AuthLevel::Integrity, false);
    for answered_before in [false, true] {
        let call = pair.call(b"stub", Some(1));
        let said = trailer(&pair.to_server).unwrap();
        assert_eq!(said.header_signing, (!answered_before).then_some(true));
        let header = said.header.unwrap();
        assert_eq!((header.call_id, header.opnum), (call.0, 3));
        pair.run();
        assert_eq!(pair.seen.pop(), Some(Seen::Response { call, stub: b"buts".to_vec() }));
    }
}

#[test]
fn an_unsigned_call_has_none() {
    let mut pair = bound(AuthLevel::Connect, true);
    pair.call(b"stub", Some(1));
    assert_eq!(trailer(&pair.to_server), None);
}

/// Somebody in between takes the offer to sign headers out of the bind, and so has headers to change: another operation, for
/// one.
#[test]
fn an_offer_to_sign_headers_that_was_struck_out_is_found() {
    let mut pair = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
    pair.bind_as(AuthType::NTLM, AuthLevel::Integrity, PASSWORD);
    pair.to_server[3] &= !PfcFlags::SUPPORT_HEADER_SIGN.bits();
    pair.run();
    let call = pair.call(b"stub", Some(1));
    pair.run();
    assert_eq!(pair.calls, []);
    let status = FaultStatus::ACCESS_DENIED;
    assert_eq!(pair.seen.pop(), Some(Seen::Fault { call, status, did_not_execute: false }));
}

#[test]
fn an_operation_that_was_changed_where_headers_are_not_signed_is_found() {
    let mut pair = bound(AuthLevel::Integrity, false);
    let call = pair.call(b"stub", Some(1));
    pair.to_server[22] ^= 1; // opnum
    pair.run();
    assert_eq!(pair.calls, []);
    let status = FaultStatus::ACCESS_DENIED;
    assert_eq!(pair.seen.pop(), Some(Seen::Fault { call, status, did_not_execute: false }));
}

/// Somebody in between lets the server see another transfer syntax than the client proposes, and the client see its own again.
#[test]
fn a_transfer_syntax_that_was_changed_is_found() {
    let swap = |octets: &mut Vec<u8>, from: TransferSyntaxId, to: TransferSyntaxId| {
        let on_wire =
            |syntax: TransferSyntaxId| [&syntax.uuid.to_bytes_le()[..], &syntax.version.to_le_bytes()].concat();
        let (from, to) = (on_wire(from), on_wire(to));
        let at = octets.windows(from.len()).position(|window| window == from).unwrap();
        octets[at..at + to.len()].copy_from_slice(&to);
    };
    let mut pair = Pair::new(ClientOptions::default(), server_options(), usize::MAX);
    pair.bind_as(AuthType::NTLM, AuthLevel::Integrity, PASSWORD);
    swap(&mut pair.to_server, TransferSyntaxId::NDR20, TransferSyntaxId::NDR64);
    pair.serve();
    swap(&mut pair.to_client, TransferSyntaxId::NDR64, TransferSyntaxId::NDR20);
    pair.run();
    assert!(matches!(pair.seen.pop(), Some(Seen::Bound { .. })));
    let call = pair.call(b"stub", Some(1));
    pair.run();
    assert_eq!(pair.calls, []);
    let status = FaultStatus::ACCESS_DENIED;
    assert_eq!(pair.seen.pop(), Some(Seen::Fault { call, status, did_not_execute: false }));
}
