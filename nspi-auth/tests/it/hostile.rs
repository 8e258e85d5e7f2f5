//! No octets from anywhere make a parser or a handshake panic.

use nspi_auth::ntlm::NtResponse;
use nspi_auth::ntlm::av_pair::AvPairs;
use nspi_auth::ntlm::message::{Authenticate, Challenge, Negotiate};
use nspi_auth::{AccountList, ntlm};
use nspi_proto::dcerpc::auth::{AuthLevel, SecurityError};
use proptest::collection::vec;
use proptest::prelude::*;
use rstest::rstest;

use crate::lab::{acceptor, alice, token};
use crate::vectors::Vectors;

/// Everything that a token may meet. A message that is understood must survive its own encoding.
fn feed(token: &[u8]) {
    if let Ok(message) = Negotiate::parse(token) {
        assert_eq!(Negotiate::parse(&message.encode().unwrap()).unwrap().flags, message.flags);
    }
    if let Ok(message) = Challenge::parse(token) {
        assert!(message.target_info.iter().count() <= token.len());
    }
    if let Ok(message) = Authenticate::parse(token) {
        let _ = NtResponse::parse(message.nt_response);
        // Names that were not in Unicode come out in Unicode; otherwise everything is as it was.
        if let (true, Ok(octets)) = (message.flags.contains(ntlm::NegotiateFlags::UNICODE), message.encode()) {
            let again = Authenticate::parse(&octets).unwrap();
            assert_eq!((again.nt_response, again.user), (message.nt_response, message.user));
        }
    }
    let _ = AvPairs::parse(token).map(|pairs| pairs.iter().count());
    let _ = acceptor().advance(token);
    let mut challenged = acceptor();
    let mut client = alice(AuthLevel::Privacy);
    let negotiate = crate::lab::token(client.advance(&[]).unwrap());
    challenged.advance(&negotiate).unwrap();
    assert!(challenged.advance(token).is_err(), "nobody gets in without a proof over this challenge");
    let _ = client.advance(token);
}

const HANDSHAKES: [&str; 4] = ["impacket_lab", "scapy_ntlm", "pyspnego_acme", "initiator_acme"];
const MESSAGES: [&str; 3] = ["negotiate", "challenge", "authenticate"];

#[test]
fn truncated_messages_do_not_panic() {
    for name in HANDSHAKES {
        let vectors = Vectors::read(name);
        for message in MESSAGES {
            let octets = vectors.octets(message);
            (0..octets.len()).for_each(|end| feed(&octets[..end]));
        }
    }
}

proptest! {
    #[test]
    fn random_octets_do_not_panic(octets in vec(any::<u8>(), 0..200)) {
        feed(&octets);
        feed(&[&b"NTLMSSP\0"[..], &octets].concat());
    }

    #[test]
    fn mutated_messages_do_not_panic(
        name in prop::sample::select(&HANDSHAKES[..]),
        message in prop::sample::select(&MESSAGES[..]),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        end in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let mut octets = Vectors::read(name).octets(message).to_vec();
        for (at, value) in changes {
            let at = at.index(octets.len());
            octets[at] = value;
        }
        if cut {
            octets.truncate(end.index(octets.len()));
        }
        feed(&octets);
    }

    #[test]
    fn any_text_is_accounts_or_an_error(text in "([a-z\"#@\\\\ \n]|domain |user |password |upn ){0,60}") {
        let _ = text.parse::<AccountList>();
    }
}

#[rstest]
#[case::beyond_the_end(&[2, 0, 9, 0, 1])]
#[case::no_end(&[2, 0, 2, 0, 65, 0])]
#[case::end_with_value(&[0, 0, 1, 0, 7])]
#[case::short_time(&[7, 0, 4, 0, 1, 2, 3, 4, 0, 0, 0, 0])]
#[case::long_flags(&[6, 0, 5, 0, 1, 2, 3, 4, 5, 0, 0, 0, 0])]
#[case::half_a_head(&[2, 0, 0])]
fn broken_av_pairs_are_refused(#[case] octets: &[u8]) {
    assert!(matches!(AvPairs::parse(octets), Err(SecurityError::BadToken { .. })));
}

#[test]
fn what_follows_the_end_of_av_pairs_is_left_out() {
    let pairs = AvPairs::parse(&[9, 0, 2, 0, 65, 0, 0, 0, 0, 0, 6, 0, 4, 0, 2, 0, 0, 0]).unwrap();
    assert_eq!(pairs.iter().count(), 1);
    assert!(!pairs.promises_mic());
}

#[rstest]
#[case::lm(12)]
#[case::nt(20)]
#[case::domain(28)]
#[case::user(36)]
#[case::workstation(44)]
#[case::session_key(52)]
fn field_that_points_out_of_the_message_is_refused(
    #[case] at: usize,
    #[values(1, 0x1000, 0x7fff_ffff, u32::MAX)] offset: u32,
) {
    let vectors = Vectors::read("initiator_acme");
    let mut octets = vectors.octets("authenticate").to_vec();
    octets[at..at + 2].copy_from_slice(&u16::MAX.to_le_bytes());
    octets[at + 4..at + 8].copy_from_slice(&offset.to_le_bytes());
    assert!(matches!(Authenticate::parse(&octets), Err(SecurityError::BadToken { .. })));
}

#[test]
fn name_that_is_half_a_surrogate_pair_is_refused() {
    let vectors = Vectors::read("initiator_acme");
    let mut octets = vectors.octets("authenticate").to_vec();
    let user = u32::from_le_bytes(octets[40..44].try_into().unwrap()) as usize;
    octets[user..user + 2].copy_from_slice(&[0x00, 0xd8]);
    assert!(matches!(Authenticate::parse(&octets), Err(SecurityError::BadToken { what: "a name is no text", .. })));
}

#[test]
fn name_too_long_for_a_message_is_an_error_of_the_client() {
    let credentials = nspi_auth::Credentials::ntlm("ACME", "a".repeat(40_000), "x");
    let mut client = ntlm::Initiator::new(credentials, AuthLevel::Privacy);
    let challenge = token(acceptor().advance(&token(client.advance(&[]).unwrap())).unwrap());
    assert!(matches!(client.advance(&challenge), Err(SecurityError::Misuse(_))));
}
