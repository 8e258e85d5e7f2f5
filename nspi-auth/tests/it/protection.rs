//! PDUs under protection: altered, repeated, reordered, misused.

use nspi_proto::dcerpc::auth::{AuthLevel, SecurityContext, SecurityError};
use rstest::rstest;

use crate::lab::{Established, acceptor, alice, shake_hands};

const BODY: std::ops::Range<usize> = 24..48;

fn established(level: AuthLevel) -> Established {
    shake_hands(alice(level), acceptor()).unwrap()
}

/// A PDU and its signature as `ends.client` sends it.
fn sent(ends: &mut Established, level: AuthLevel, fill: u8) -> (Vec<u8>, [u8; 16]) {
    let (mut pdu, mut signature) = (vec![fill; 56], [0; 16]);
    ends.client.protect(level, &mut pdu, BODY, &mut signature).unwrap();
    (pdu, signature)
}

const BAD: Result<(), SecurityError> = Err(SecurityError::BadSignature);

#[rstest]
fn each_altered_octet_is_found(
    #[values(AuthLevel::Packet, AuthLevel::Integrity, AuthLevel::Privacy)] level: AuthLevel,
) {
    for at in 0..56usize + 16 {
        let mut ends = established(level);
        let (mut pdu, mut signature) = sent(&mut ends, level, 7);
        match at.checked_sub(pdu.len()) {
            None => pdu[at] ^= 1,
            Some(at) => signature[at] ^= 1,
        }
        assert_eq!(ends.server.unprotect(level, &mut pdu, BODY, &signature), BAD, "octet {at}");
    }
}

#[rstest]
fn repeated_pdu_is_refused(#[values(AuthLevel::Integrity, AuthLevel::Privacy)] level: AuthLevel) {
    let mut ends = established(level);
    let (pdu, signature) = sent(&mut ends, level, 7);
    ends.server.unprotect(level, &mut pdu.clone(), BODY, &signature).unwrap();
    assert_eq!(ends.server.unprotect(level, &mut pdu.clone(), BODY, &signature), BAD);
}

#[rstest]
fn reordered_pdus_are_refused(#[values(AuthLevel::Integrity, AuthLevel::Privacy)] level: AuthLevel) {
    let mut ends = established(level);
    let _first = sent(&mut ends, level, 7);
    let (mut second, signature) = sent(&mut ends, level, 8);
    assert_eq!(ends.server.unprotect(level, &mut second, BODY, &signature), BAD);
}

#[rstest]
fn nothing_is_accepted_after_a_bad_signature(#[values(AuthLevel::Integrity, AuthLevel::Privacy)] level: AuthLevel) {
    let mut ends = established(level);
    assert_eq!(ends.server.unprotect(level, &mut [0; 56], BODY, &[0; 16]), BAD);
    let (mut pdu, signature) = sent(&mut ends, level, 7);
    assert_eq!(ends.server.unprotect(level, &mut pdu, BODY, &signature), BAD);
    let mic = ends.client.mic(b"message");
    assert_eq!(ends.server.verify_mic(b"message", &mic), BAD);
}

#[test]
fn reflected_pdu_is_refused() {
    let mut ends = established(AuthLevel::Integrity);
    let (mut pdu, signature) = sent(&mut ends, AuthLevel::Integrity, 7);
    assert_eq!(ends.client.unprotect(AuthLevel::Integrity, &mut pdu, BODY, &signature), BAD);
}

#[test]
fn pdu_of_another_connection_is_refused() {
    let (mut one, mut other) = (established(AuthLevel::Privacy), established(AuthLevel::Privacy));
    let (mut pdu, signature) = sent(&mut one, AuthLevel::Privacy, 7);
    assert_eq!(other.server.unprotect(AuthLevel::Privacy, &mut pdu, BODY, &signature), BAD);
}

#[test]
fn mic_over_another_message_is_refused() {
    let mut ends = established(AuthLevel::Integrity);
    let mic = ends.client.mic(b"one");
    assert_eq!(ends.server.verify_mic(b"two", &mic), BAD);
}

#[test]
fn signature_of_another_length_is_refused() {
    let mut ends = established(AuthLevel::Integrity);
    let (mut pdu, signature) = sent(&mut ends, AuthLevel::Integrity, 7);
    assert_eq!(ends.server.unprotect(AuthLevel::Integrity, &mut pdu, BODY, &signature[..15]), BAD);
}

#[test]
fn level_beyond_what_was_negotiated_is_refused() {
    let mut ends = established(AuthLevel::Connect);
    let signed = ends.client.protect(AuthLevel::Integrity, &mut [0; 56], BODY, &mut [0; 16]);
    assert_eq!(signed, Err(SecurityError::Refused("signing that was not negotiated")));
    let mut ends = established(AuthLevel::Integrity);
    let sealed = ends.server.unprotect(AuthLevel::Privacy, &mut [0; 56], BODY, &[0; 16]);
    assert_eq!(sealed, Err(SecurityError::Refused("encryption that was not negotiated")));
}

#[test]
fn misuse_is_an_error_and_spoils_nothing() {
    let mut ends = established(AuthLevel::Privacy);
    let level = AuthLevel::Privacy;
    for (body, room) in [(24..57, 16), (57..58, 16), (BODY, 15), (BODY, 17)] {
        let misused = ends.client.protect(level, &mut [0; 56], body, &mut vec![0; room]);
        assert!(matches!(misused, Err(SecurityError::Misuse(_))), "{misused:?}");
    }
    let misused = ends.server.unprotect(level, &mut [0; 56], 24..57, &[0; 16]);
    assert!(matches!(misused, Err(SecurityError::Misuse(_))), "{misused:?}");
    let (mut pdu, signature) = sent(&mut ends, level, 7);
    ends.server.unprotect(level, &mut pdu, BODY, &signature).unwrap();
    assert_eq!(pdu, [7; 56]);
}

#[test]
fn token_at_connect_level_is_not_looked_at() {
    let mut ends = established(AuthLevel::Connect);
    assert_eq!(ends.server.signature_len(AuthLevel::Connect), 0);
    ends.server.unprotect(AuthLevel::Connect, &mut [0; 56], BODY, &[0xee; 16]).unwrap();
    ends.client.protect(AuthLevel::Connect, &mut [0; 56], BODY, &mut []).unwrap();
}
