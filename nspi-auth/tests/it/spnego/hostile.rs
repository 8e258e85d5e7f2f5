//! No octets from anywhere make a parser or a negotiation panic, open, or allocate much.

use nspi_auth::spnego::Oid;
use nspi_auth::spnego::token::{MechTypeList, NegTokenInit, NegTokenResp};
use nspi_proto::dcerpc::auth::{AuthLevel, Handshake, Progress};
use proptest::collection::vec;
use proptest::prelude::*;

use super::peer::{Prefers, acceptor, alice, token};
use crate::vectors::Vectors;

/// Everything that a token may meet. A message that is understood must survive its own encoding.
fn feed(octets: &[u8]) {
    if let Ok(message) = NegTokenInit::parse(octets) {
        assert_eq!(NegTokenInit::parse(&message.encode()), Ok(message));
        assert!((1..=64).contains(&message.mech_types.iter().count()));
    }
    if let Ok(message) = NegTokenResp::parse(octets) {
        assert_eq!(NegTokenResp::parse(&message.encode()), Ok(message));
    }
    let _ = MechTypeList::parse(octets);
    let _ = Oid::from_octets(octets).map(|oid| oid.to_string());
    for prefers in [Prefers::Ntlm, Prefers::Kerberos] {
        let (mut client, mut server) = (alice(prefers, AuthLevel::Privacy), acceptor());
        assert!(!is_done(acceptor().step(octets)), "nobody gets in at once");
        let answer = token(server.step(&token(client.step(&[]).unwrap())).unwrap());
        assert!(!is_done(server.step(octets)), "nobody gets in without a proof over this challenge");
        let _ = client.step(octets);
        // One leg further on.
        let (mut client, mut server) = (alice(prefers, AuthLevel::Privacy), acceptor());
        token(server.step(&token(client.step(&[]).unwrap())).unwrap());
        token(client.step(&answer).unwrap());
        assert!(!is_done(client.step(octets)), "no server is believed without its MIC");
    }
}

fn is_done(step: Result<Progress, nspi_proto::dcerpc::auth::SecurityError>) -> bool {
    matches!(step, Ok(Progress::Done { .. }))
}

const RECORDED: [&str; 4] =
    ["scapy_spnego", "scapy_spnego_connect", "pyspnego_spnego_client_fallback", "pyspnego_spnego_server"];
const TOKENS: [&str; 4] = ["client_1", "server_1", "client_2", "server_2"];

#[test]
fn truncated_tokens_do_not_panic() {
    for name in RECORDED {
        let vectors = Vectors::read(name);
        for section in TOKENS {
            let octets = vectors.octets(section);
            (0..octets.len()).for_each(|end| feed(&octets[..end]));
        }
    }
}

#[test]
fn deep_nesting_costs_nothing() {
    for tag in [0x30, 0x60, 0xa0, 0xa1] {
        let mut octets = Vec::new();
        while octets.len() < 60_000 {
            let length = octets.len() as u32;
            octets.splice(0..0, [&[tag, 0x84][..], &length.to_be_bytes()].concat());
        }
        feed(&octets);
    }
}

#[test]
fn parsing_allocates_nothing_however_long_the_list() {
    let list = MechTypeList::encode(&vec![Oid::KERBEROS; 64]);
    let big = vec![7; 60_000];
    let init = NegTokenInit { mech_types: MechTypeList::parse(&list).unwrap(), mech_token: Some(&big) }.encode();
    let resp = NegTokenResp { response_token: Some(&big), mech_list_mic: Some(&big), ..Default::default() }.encode();
    let long = MechTypeList::encode(&vec![Oid::KERBEROS; 5_000]);
    let cost = allocation_counter::measure(|| {
        assert_eq!(NegTokenInit::parse(&init).unwrap().mech_types.iter().count(), 64);
        assert!(NegTokenResp::parse(&resp).is_ok());
        assert!(MechTypeList::parse(&long).is_err());
        assert!(NegTokenResp::parse(&[0xa1, 0x84, 0xff, 0xff, 0xff, 0xff]).is_err());
    });
    assert_eq!(cost.count_total, 0);
}

proptest! {
    #[test]
    fn random_octets_do_not_panic(octets in vec(any::<u8>(), 0..200)) {
        feed(&octets);
        feed(&[&[0x60, octets.len() as u8 + 8, 6, 6], Oid::SPNEGO.octets(), &octets].concat());
        feed(&[&[0xa1, octets.len() as u8 + 2, 0x30, octets.len() as u8], &octets[..]].concat());
    }

    #[test]
    fn mutated_tokens_do_not_panic(
        name in prop::sample::select(&RECORDED[..]),
        section in prop::sample::select(&TOKENS[..]),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        end in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let mut octets = Vectors::read(name).octets(section).to_vec();
        for (at, value) in changes {
            let at = at.index(octets.len());
            octets[at] = value;
        }
        if cut {
            octets.truncate(end.index(octets.len()));
        }
        feed(&octets);
    }
}
