//! What is refused, on purpose, and with which words.

use std::sync::Arc;

use nspi_auth::ntlm::av_pair::{self, AvId};
use nspi_auth::ntlm::message::{Authenticate, Challenge, Negotiate};
use nspi_auth::ntlm::{Acceptor, Initiator, NegotiateFlags as Flags, NtlmContext, Role, SessionKey, Step};
use nspi_auth::{Account, AccountList, AccountName, Accounts, AccountsErrorKind, Credentials, NtHash};
use nspi_proto::dcerpc::auth::{AuthLevel, SecurityContext as _, SecurityError};
use rstest::rstest;

use crate::lab::{Frozen, acceptor, alice, settings, shake_hands, token};

/// An acceptor that awaits an AUTHENTICATE, and the one that alice sends at `level`.
fn before_the_end(level: AuthLevel) -> (Acceptor, Vec<u8>) {
    let (mut client, mut server) = (alice(level), acceptor());
    let negotiate = token(client.advance(&[]).unwrap());
    let challenge = token(server.advance(&negotiate).unwrap());
    let step = client.advance(&challenge).unwrap();
    let Step::Done { token: Some(authenticate), .. } = step else { panic!("{step:?}") };
    (server, authenticate)
}

#[rstest]
fn wrong_password_is_refused_at_each_level(
    #[values(AuthLevel::Connect, AuthLevel::Packet, AuthLevel::Integrity, AuthLevel::Privacy)] level: AuthLevel,
) {
    let initiator = Initiator::new(Credentials::ntlm("ACME", "alice", "Passw0rd!B"), level);
    assert_eq!(shake_hands(initiator, acceptor()).unwrap_err(), SecurityError::WrongCredentials);
}

#[rstest]
#[case("ACME", "nobody")]
#[case("OTHER", "alice")]
#[case("", "alice@other.test")]
fn unknown_account_is_refused_as_a_wrong_password_is(#[case] domain: &str, #[case] user: &str) {
    let initiator = Initiator::new(Credentials::ntlm(domain, user, "Passw0rd!A"), AuthLevel::Privacy);
    assert_eq!(shake_hands(initiator, acceptor()).unwrap_err(), SecurityError::WrongCredentials);
}

#[test]
fn unknown_account_is_refused_even_with_the_hash_it_is_compared_against() {
    // With known dice, the hash that unknown names are checked against is known too: it must not open the door.
    let hash = NtHash::from_octets([1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
    let initiator = Initiator::new(Credentials::ntlm_hash("ACME", "nobody", hash), AuthLevel::Privacy);
    let acceptor = Acceptor::new(Arc::new(settings().environment(Frozen)));
    assert_eq!(shake_hands(initiator, acceptor).unwrap_err(), SecurityError::WrongCredentials);
}

#[test]
fn proof_is_over_the_spelling_that_was_sent() {
    // The account is found by any spelling, so a lookup that answers with another person's account must still fail.
    struct Everyone(AccountList);
    impl Accounts for Everyone {
        fn find(&self, _: &AccountName) -> Option<Account> {
            self.0.find(&AccountName::new("ACME", "bob"))
        }
    }
    let everyone = Everyone(crate::lab::ACCOUNTS.parse().unwrap());
    let names = nspi_auth::ntlm::ServerNames::new("ACME", "acme.test", "DC1");
    let acceptor = Acceptor::new(Arc::new(nspi_auth::ntlm::AcceptorSettings::new(everyone, names)));
    assert_eq!(shake_hands(alice(AuthLevel::Privacy), acceptor).unwrap_err(), SecurityError::WrongCredentials);
}

#[rstest]
#[case(Flags::UNICODE, "NTLM without Unicode and without OEM names")]
#[case(Flags::EXTENDED_SESSION_SECURITY, "NTLM without extended session security")]
#[case(Flags::KEY_128, "NTLM with keys of less than 128 bits")]
fn acceptor_refuses_a_negotiate_that_lacks(#[case] flag: Flags, #[case] why: &'static str) {
    let octets = token(alice(AuthLevel::Privacy).advance(&[]).unwrap());
    let mut negotiate = Negotiate::parse(&octets).unwrap();
    negotiate.flags -= flag;
    let refused = acceptor().advance(&negotiate.encode().unwrap()).unwrap_err();
    assert_eq!(refused, SecurityError::Refused(why));
}

#[test]
fn acceptor_refuses_connectionless_ntlm() {
    let octets = token(alice(AuthLevel::Privacy).advance(&[]).unwrap());
    let mut negotiate = Negotiate::parse(&octets).unwrap();
    negotiate.flags |= Flags::DATAGRAM;
    let refused = acceptor().advance(&negotiate.encode().unwrap()).unwrap_err();
    assert_eq!(refused, SecurityError::Refused("connectionless NTLM"));
}

#[rstest]
#[case(Flags::UNICODE, "NTLM without Unicode")]
#[case(Flags::EXTENDED_SESSION_SECURITY, "NTLM without extended session security")]
#[case(Flags::KEY_128, "NTLM with keys of less than 128 bits")]
#[case(Flags::SIGN, "a server that does not sign")]
#[case(Flags::SEAL, "a server that does not encrypt")]
fn initiator_refuses_a_challenge_that_lacks(#[case] flag: Flags, #[case] why: &'static str) {
    let mut client = alice(AuthLevel::Privacy);
    let negotiate = token(client.advance(&[]).unwrap());
    let mut challenge = token(acceptor().advance(&negotiate).unwrap());
    let flags = Challenge::parse(&challenge).unwrap().flags - flag;
    challenge[20..24].copy_from_slice(&flags.bits().to_le_bytes());
    if flag == Flags::UNICODE {
        challenge[12..14].copy_from_slice(&[0, 0]); // a UTF-16 name is no OEM one
    }
    assert_eq!(client.advance(&challenge).unwrap_err(), SecurityError::Refused(why));
}

#[test]
fn ntlm_v1_and_lm_responses_are_refused() {
    let (mut server, octets) = before_the_end(AuthLevel::Privacy);
    let mut message = Authenticate::parse(&octets).unwrap();
    message.nt_response = &[7; 24];
    let refused = server.advance(&message.encode().unwrap()).unwrap_err();
    assert_eq!(refused, SecurityError::Refused("NTLMv1"));

    let (mut server, octets) = before_the_end(AuthLevel::Privacy);
    let mut message = Authenticate::parse(&octets).unwrap();
    (message.lm_response, message.nt_response) = (&[7; 24], &[]);
    let refused = server.advance(&message.encode().unwrap()).unwrap_err();
    assert!(matches!(refused, SecurityError::BadToken { .. }), "{refused}");
}

#[test]
fn any_altered_octet_of_an_authenticate_is_refused() {
    for at in 0..before_the_end(AuthLevel::Integrity).1.len() {
        let (mut server, mut authenticate) = before_the_end(AuthLevel::Integrity);
        authenticate[at] ^= 0x20; // turns upper into lower case too: the MIC sees it even where the proof does not
        assert!(server.advance(&authenticate).is_err(), "octet {at}");
    }
}

#[test]
fn altered_negotiate_is_found_by_the_mic() {
    let (mut client, mut server) = (alice(AuthLevel::Privacy), acceptor());
    let mut negotiate = token(client.advance(&[]).unwrap());
    negotiate[12] ^= 0x04; // REQUEST_TARGET: nothing that the handshake would stumble over
    let challenge = token(server.advance(&negotiate).unwrap());
    let step = client.advance(&challenge).unwrap();
    let Step::Done { token: Some(authenticate), .. } = step else { panic!("{step:?}") };
    assert_eq!(server.advance(&authenticate).unwrap_err(), SecurityError::WrongCredentials);
}

/// Without a time stamp in the CHALLENGE clients promise no MIC. That they had none is in what they prove.
#[test]
fn challenge_that_was_robbed_of_its_time_stamp_is_found_out() {
    for robbed in [AvId::TIMESTAMP, AvId::DNS_TREE, AvId::NETBIOS_COMPUTER] {
        let (mut client, mut server) = (alice(AuthLevel::Privacy), acceptor());
        let challenge = token(server.advance(&token(client.advance(&[]).unwrap())).unwrap());
        let message = Challenge::parse(&challenge).unwrap();
        let mut pairs = Vec::new();
        for (id, value) in message.target_info.iter().filter(|(id, _)| *id != robbed) {
            av_pair::push(&mut pairs, id, value).unwrap();
        }
        av_pair::push(&mut pairs, AvId::EOL, &[]).unwrap();
        // The target information is the last field.
        let at = usize::try_from(u32::from_le_bytes(challenge[44..48].try_into().unwrap())).unwrap();
        let length = u16::try_from(pairs.len()).unwrap().to_le_bytes();
        let fields = [&challenge[..40], &length, &length, &challenge[44..at], &pairs].concat();
        let step = client.advance(&fields).unwrap();
        let Step::Done { token: Some(authenticate), has_mic, .. } = step else { panic!("{step:?}") };
        assert_eq!(has_mic, robbed != AvId::TIMESTAMP);
        let refused = server.advance(&authenticate).unwrap_err();
        assert_eq!(refused, SecurityError::Refused("target information that was altered on its way"));
    }
}

#[test]
fn promised_mic_that_is_cut_out_is_missed() {
    let (mut server, octets) = before_the_end(AuthLevel::Privacy);
    let mut message = Authenticate::parse(&octets).unwrap();
    message.mic = None;
    let refused = server.advance(&message.encode().unwrap()).unwrap_err();
    assert!(matches!(refused, SecurityError::BadToken { what: "the promised MIC is missing", .. }), "{refused}");
}

#[test]
fn authenticate_for_another_challenge_is_refused() {
    let (_, authenticate) = before_the_end(AuthLevel::Privacy);
    let (mut server, _) = before_the_end(AuthLevel::Privacy);
    assert_eq!(server.advance(&authenticate).unwrap_err(), SecurityError::WrongCredentials);
}

#[test]
fn failed_or_finished_handshake_is_not_taken_up_again() {
    let (mut server, authenticate) = before_the_end(AuthLevel::Privacy);
    server.advance(&authenticate).unwrap();
    assert!(matches!(server.advance(&authenticate), Err(SecurityError::BadToken { .. })));

    let (mut server, authenticate) = before_the_end(AuthLevel::Privacy);
    server.advance(b"no NTLM").unwrap_err();
    assert!(matches!(server.advance(&authenticate), Err(SecurityError::BadToken { .. })));
}

#[test]
fn messages_out_of_turn_are_refused() {
    let negotiate = token(alice(AuthLevel::Privacy).advance(&[]).unwrap());
    let challenge = token(acceptor().advance(&negotiate).unwrap());
    for out_of_turn in [&challenge[..], &[]] {
        assert!(matches!(acceptor().advance(out_of_turn), Err(SecurityError::BadToken { .. })));
    }
    assert!(matches!(alice(AuthLevel::Privacy).advance(&challenge), Err(SecurityError::BadToken { .. })));
}

#[rstest]
#[case(r#"user ACME\guest password """#)]
#[case(r"user ACME\guest nt-hash 31d6cfe0d16ae931b73c59d7e0c089c0")]
fn account_with_an_empty_password_is_none(#[case] line: &str) {
    let error = format!("domain ACME\n{line}").parse::<AccountList>().unwrap_err();
    assert_eq!((error.line, error.kind), (2, AccountsErrorKind::EmptyPassword));
}

/// [MS-NLMP 3.2.5.1.2] allows to hold the client's time against the server's. Nothing would be gained: a response is bound
/// to a challenge that was never given before, and a client whose clock is wrong gives the server's time back anyway.
#[test]
fn time_of_a_response_does_not_matter() {
    struct Wrong;
    impl nspi_auth::Environment for Wrong {
        fn now(&self) -> nspi_auth::FileTime {
            nspi_auth::FileTime(1)
        }
        fn random(&self, octets: &mut [u8]) -> Result<(), SecurityError> {
            nspi_auth::System.random(octets)
        }
    }
    shake_hands(alice(AuthLevel::Privacy).environment(Wrong), acceptor()).unwrap();
    shake_hands(alice(AuthLevel::Privacy), Acceptor::new(Arc::new(settings().environment(Wrong)))).unwrap();
}

/// Who stands in the middle between a client and another server has that server's challenge answered, not ours.
#[test]
fn relayed_challenge_of_another_server_is_seen_through() {
    let (mut client, mut server, mut other) = (alice(AuthLevel::Privacy), acceptor(), acceptor());
    let negotiate = token(client.advance(&[]).unwrap());
    token(server.advance(&negotiate).unwrap());
    let step = client.advance(&token(other.advance(&negotiate).unwrap())).unwrap();
    let Step::Done { token: Some(authenticate), .. } = step else { panic!("{step:?}") };
    assert_eq!(server.advance(&authenticate).unwrap_err(), SecurityError::WrongCredentials);
}

/// Who passes our own challenge on, and its answer back, is believed, since DCE/RPC has no channel that NTLM could be bound
/// to; but without the session key, which the client sends encrypted, nothing can be signed in the client's name.
#[test]
fn relayed_handshake_gives_no_keys() {
    let (mut client, mut server) = (alice(AuthLevel::Integrity), acceptor());
    let challenge = token(server.advance(&token(client.advance(&[]).unwrap())).unwrap());
    let step = client.advance(&challenge).unwrap();
    let Step::Done { token: Some(authenticate), .. } = step else { panic!("{step:?}") };
    let Step::Done { mut context, .. } = server.advance(&authenticate).unwrap() else { panic!("not done") };
    let sent = Authenticate::parse(&authenticate).unwrap();
    let seen = SessionKey::from_octets(sent.session_key.try_into().unwrap());
    let mut relay = NtlmContext::from_session_key(&seen, sent.flags, Role::Initiator).unwrap();
    let (mut pdu, mut signature) = ([7; 40], [0; 16]);
    relay.protect(AuthLevel::Integrity, &mut pdu, 24..32, &mut signature).unwrap();
    let verified = context.unprotect(AuthLevel::Integrity, &mut pdu, 24..32, &signature);
    assert_eq!(verified.unwrap_err(), SecurityError::BadSignature);
}

/// Without the flags for it an AUTHENTICATE cannot talk the server out of what its level needs.
#[test]
fn flags_that_are_taken_back_in_the_end_take_the_level_with_them() {
    for (flag, level) in [(Flags::SEAL, AuthLevel::Privacy), (Flags::SIGN | Flags::SEAL, AuthLevel::Integrity)] {
        // An old client: without a time stamp there is no MIC that would see it.
        let (mut client, mut server) = (alice(AuthLevel::Privacy), acceptor());
        let challenge = token(server.advance(&token(client.advance(&[]).unwrap())).unwrap());
        let step = client.advance(&challenge).unwrap();
        let Step::Done { token: Some(authenticate), .. } = step else { panic!("{step:?}") };
        let mut message = Authenticate::parse(&authenticate).unwrap();
        message.flags -= flag;
        match server.advance(&message.encode().unwrap()) {
            Err(_) => {}
            Ok(Step::Done { mut context, .. }) => {
                assert!(context.unprotect(level, &mut [7; 40], 24..32, &[0; 16]).is_err());
                assert!(context.protect(level, &mut [7; 40], 24..32, &mut [0; 16]).is_err());
            }
            Ok(step) => panic!("{step:?}"),
        }
    }
}

/// An anonymous logon that names somebody is not that somebody.
#[test]
fn anonymous_flag_does_not_let_a_name_through() {
    let (mut client, mut server) =
        (alice(AuthLevel::Privacy), Acceptor::new(Arc::new(settings().allow_anonymous(true))));
    let challenge = token(server.advance(&token(client.advance(&[]).unwrap())).unwrap());
    let step = client.advance(&challenge).unwrap();
    let Step::Done { token: Some(authenticate), .. } = step else { panic!("{step:?}") };
    let mut message = Authenticate::parse(&authenticate).unwrap();
    (message.nt_response, message.lm_response, message.session_key) = (&[], &[0], &[]);
    message.flags |= Flags::ANONYMOUS;
    assert!(server.advance(&message.encode().unwrap()).is_err());
}

#[test]
fn challenges_do_not_repeat() {
    let negotiate = token(alice(AuthLevel::Privacy).advance(&[]).unwrap());
    let settings = Arc::new(settings());
    let challenges: std::collections::HashSet<[u8; 8]> = (0..10_000)
        .map(|_| token(Acceptor::new(Arc::clone(&settings)).advance(&negotiate).unwrap()))
        .map(|challenge| Challenge::parse(&challenge).unwrap().server_challenge)
        .collect();
    assert_eq!(challenges.len(), 10_000);
}
