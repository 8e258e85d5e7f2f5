//! Initiator against acceptor.

use std::sync::Arc;

use nspi_auth::ntlm::message::{Authenticate, Challenge, Negotiate};
use nspi_auth::ntlm::{Acceptor, Initiator, NegotiateFlags, NtResponse, Step, av_pair::AvId};
use nspi_auth::{ANONYMOUS_LOGON, Credentials};
use nspi_proto::dcerpc::auth::{AuthLevel, Handshake, Progress, SecurityContext, SecurityError};
use rstest::rstest;

use crate::lab::{Established, acceptor, alice, settings, shake_hands, token};

const SIGN: NegotiateFlags = NegotiateFlags::SIGN;
const SEAL: NegotiateFlags = NegotiateFlags::SEAL;

#[rstest]
#[case(AuthLevel::Connect, NegotiateFlags::empty())]
#[case(AuthLevel::Call, SIGN)]
#[case(AuthLevel::Packet, SIGN)]
#[case(AuthLevel::Integrity, SIGN)]
#[case(AuthLevel::Privacy, SIGN.union(SEAL))]
fn each_level_asks_for_what_it_needs_and_both_ends_agree(#[case] level: AuthLevel, #[case] needs: NegotiateFlags) {
    let Established { mut client, mut server, identity } = shake_hands(alice(level), acceptor()).unwrap();
    assert_eq!(client.flags() & (SIGN | SEAL), needs);
    assert_eq!(client.flags(), server.flags());
    assert_eq!(identity.name, r"ACME\alice");

    // A PDU each way, twice: streams and counts go on.
    for (sender, receiver) in [(0, 1), (1, 0), (0, 1), (1, 0)] {
        let (mut pdu, mut signature) = ([0x5a; 56], vec![0; client.signature_len(level)]);
        let ends = [&mut client, &mut server];
        ends[sender].protect(level, &mut pdu, 24..48, &mut signature).unwrap();
        assert_eq!(pdu[24..48] != [0x5a; 24], level.seals());
        assert_eq!((&pdu[..24], &pdu[48..]), (&[0x5a; 24][..], &[0x5a; 8][..]));
        ends[receiver].unprotect(level, &mut pdu, 24..48, &signature).unwrap();
        assert_eq!(pdu, [0x5a; 56]);
    }
}

#[rstest]
#[case("ACME", "alice")]
#[case("acme", "ALICE")]
#[case("acme.test", "alice")]
#[case("ACME.TEST", "Alice")]
#[case("", "alice")]
#[case("", "alice@acme.test")]
#[case("", "ALICE@ACME.TEST")]
#[case("", "alice@acme")]
#[case("ACME", "alice@acme.test")]
#[case("", r"ACME\alice")]
fn every_spelling_of_alice_is_one_account(#[case] domain: &str, #[case] user: &str) {
    let initiator = Initiator::new(Credentials::ntlm(domain, user, "Passw0rd!A"), AuthLevel::Integrity);
    let identity = shake_hands(initiator, acceptor()).unwrap().identity;
    assert_eq!((identity.account.as_str(), identity.name.as_str()), (r"ACME\ALICE", r"ACME\alice"));
}

#[test]
fn hash_of_the_password_is_as_good_as_the_password() {
    let hash = nspi_auth::NtHash::of_password("Passw0rd!B");
    let initiator = Initiator::new(Credentials::ntlm_hash("ACME", "bob", hash), AuthLevel::Privacy);
    assert_eq!(shake_hands(initiator, acceptor()).unwrap().identity.name, r"ACME\bob");
}

#[test]
fn traits_lead_to_the_same_end() {
    let (mut client, mut server) = (alice(AuthLevel::Integrity), acceptor());
    assert!(!client.may_block() && !server.may_block());
    let Progress::Continue { token } = client.step(&[]).unwrap() else { panic!() };
    let Progress::Continue { token } = server.step(&token).unwrap() else { panic!() };
    let Progress::Done { token: Some(token), identity: own, .. } = client.step(&token).unwrap() else { panic!() };
    let Progress::Done { token: None, identity, .. } = server.step(&token).unwrap() else { panic!() };
    assert_eq!(own, identity);
}

#[test]
fn challenge_names_the_server_and_has_a_time_but_no_flags() {
    let negotiate = token(alice(AuthLevel::Privacy).advance(&[]).unwrap());
    let octets = token(acceptor().advance(&negotiate).unwrap());
    let challenge = Challenge::parse(&octets).unwrap();
    assert_eq!(challenge.target_name, "ACME");
    let text = |id| challenge.target_info.text(id).unwrap();
    assert_eq!(text(AvId::NETBIOS_DOMAIN), "ACME");
    assert_eq!(text(AvId::NETBIOS_COMPUTER), "DC1");
    assert_eq!(text(AvId::DNS_DOMAIN), "acme.test");
    assert_eq!(text(AvId::DNS_COMPUTER), "dc1.acme.test");
    assert_eq!(text(AvId::DNS_TREE), "acme.test");
    assert!(challenge.target_info.timestamp().is_some());
    assert_eq!(challenge.target_info.find(AvId::FLAGS), None);
}

#[test]
fn two_challenges_are_never_the_same() {
    let negotiate = token(alice(AuthLevel::Privacy).advance(&[]).unwrap());
    let challenges = [0; 2].map(|_| token(acceptor().advance(&negotiate).unwrap()));
    let [one, two] = challenges.each_ref().map(|octets| Challenge::parse(octets).unwrap().server_challenge);
    assert_ne!(one, two);
}

#[test]
fn authenticate_gives_back_the_servers_pairs_and_adds_the_clients() {
    let (mut client, mut server) = (alice(AuthLevel::Privacy).target_name("exchangeAB/dc1.acme.test"), acceptor());
    let challenge = token(server.advance(&token(client.advance(&[]).unwrap())).unwrap());
    let step = client.advance(&challenge).unwrap();
    let Step::Done { token: Some(authenticate), .. } = step else { panic!("{step:?}") };
    let sent = Challenge::parse(&challenge).unwrap().target_info;
    let message = Authenticate::parse(&authenticate).unwrap();
    let pairs = NtResponse::parse(message.nt_response).unwrap().pairs;
    assert!(sent.iter().all(|(id, value)| pairs.find(id) == Some(value)));
    assert_eq!(pairs.text(AvId::TARGET_NAME).unwrap(), "exchangeAB/dc1.acme.test");
    assert_eq!(pairs.find(AvId::CHANNEL_BINDINGS), Some(&[0; 16][..]));
    assert!(pairs.promises_mic());
    assert_eq!(message.lm_response, [0; 24]);
}

#[test]
fn messages_encode_to_the_octets_they_were_taken_from() {
    let (mut client, mut server) = (alice(AuthLevel::Privacy), acceptor());
    let negotiate = token(client.advance(&[]).unwrap());
    assert_eq!(Negotiate::parse(&negotiate).unwrap().encode().unwrap(), negotiate);
    let step = client.advance(&token(server.advance(&negotiate).unwrap())).unwrap();
    let Step::Done { token: Some(authenticate), .. } = step else { panic!("{step:?}") };
    assert_eq!(Authenticate::parse(&authenticate).unwrap().encode().unwrap(), authenticate);
}

#[test]
fn anonymous_is_let_in_only_where_it_is_allowed() {
    let anonymous = || Initiator::new(Credentials::anonymous(), AuthLevel::Privacy);
    let refused = shake_hands(anonymous(), acceptor()).unwrap_err();
    assert_eq!(refused, SecurityError::Refused("an anonymous logon"));

    let acceptor = Acceptor::new(Arc::new(settings().allow_anonymous(true)));
    let Established { mut client, mut server, identity } = shake_hands(anonymous(), acceptor).unwrap();
    assert_eq!((identity.account.as_str(), identity.name.as_str()), (ANONYMOUS_LOGON, ANONYMOUS_LOGON));
    let (mut pdu, mut signature) = ([1; 40], [0; 16]);
    client.protect(AuthLevel::Privacy, &mut pdu, 24..32, &mut signature).unwrap();
    server.unprotect(AuthLevel::Privacy, &mut pdu, 24..32, &signature).unwrap();
    assert_eq!(pdu, [1; 40]);
}

#[test]
fn anonymous_without_extended_session_security_is_let_in_and_cannot_sign() {
    let mut client = Initiator::new(Credentials::anonymous(), AuthLevel::Privacy);
    let mut server = Acceptor::new(Arc::new(settings().allow_anonymous(true)));
    let challenge = token(server.advance(&token(client.advance(&[]).unwrap())).unwrap());
    let step = client.advance(&challenge).unwrap();
    let Step::Done { token: Some(authenticate), .. } = step else { panic!("{step:?}") };
    let mut message = Authenticate::parse(&authenticate).unwrap();
    message.flags -= NegotiateFlags::EXTENDED_SESSION_SECURITY;
    let step = server.advance(&message.encode().unwrap()).unwrap();
    let Step::Done { mut context, identity, .. } = step else { panic!("{step:?}") };
    assert_eq!(identity.account, ANONYMOUS_LOGON);
    assert!(!context.can_seal());
    for level in [AuthLevel::Integrity, AuthLevel::Privacy] {
        assert!(context.unprotect(level, &mut [1; 40], 24..32, &[0; 16]).is_err());
        assert!(context.protect(level, &mut [1; 40], 24..32, &mut [0; 16]).is_err());
    }
}

#[test]
fn secrets_are_absent_from_debug_output() {
    let secret = "Passw0rd!A";
    let hash = nspi_auth::NtHash::of_password(secret);
    let credentials = Credentials::ntlm("ACME", "alice", secret);
    let Established { client, .. } = shake_hands(alice(AuthLevel::Privacy), acceptor()).unwrap();
    assert_eq!(format!("{hash:?}"), "NtHash(..)");
    assert_eq!(format!("{credentials:?}"), r#"Credentials("ACME\\alice")"#);
    assert_eq!(format!("{:?}", nspi_auth::ntlm::SessionKey::from_octets([7; 16])), "SessionKey(..)");
    let context = format!("{client:?}");
    assert!(context.contains("sent: 0") && !context.contains("key:"), "{context}");
    let accounts: nspi_auth::AccountList = crate::lab::ACCOUNTS.parse().unwrap();
    assert!(!format!("{accounts:?}").contains(secret));
}
