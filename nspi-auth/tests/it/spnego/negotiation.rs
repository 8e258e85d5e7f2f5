//! Initiator against acceptor, with and without somebody in between.

use std::sync::Arc;

use nspi_auth::spnego::token::{MechTypeList, NegState, NegTokenInit, NegTokenResp};
use nspi_auth::spnego::{Acceptor, Initiator, Oid};
use nspi_auth::{ANONYMOUS_LOGON, Credentials};
use nspi_proto::dcerpc::auth::{AuthLevel, Handshake, Progress, SecurityError};
use rstest::rstest;

use super::peer::{
    AP_REQ, Established, Kerberos, NO_TICKET, NoTicket, Prefers, acceptor, alice, altered, negotiate,
    negotiate_through, old_acceptor, send, token,
};
use crate::lab;

const ALTERED: SecurityError = SecurityError::Refused("a list of mechanisms that was altered on its way");
const UNSIGNED: SecurityError = SecurityError::Refused("a choice of mechanism that the server did not sign");

#[rstest]
fn both_ends_agree_at_each_level(
    #[values(Prefers::Ntlm, Prefers::Kerberos)] prefers: Prefers,
    #[values(AuthLevel::Connect, AuthLevel::Packet, AuthLevel::Integrity, AuthLevel::Privacy)] level: AuthLevel,
) {
    let ends = negotiate(&mut alice(prefers, level), &mut acceptor()).unwrap();
    let Established { mut client, mut server, identity, tokens } = ends;
    assert_eq!(identity.name, r"ACME\alice");
    assert_eq!(tokens.len(), if prefers == Prefers::Ntlm { 4 } else { 6 });
    for number in 1..4 {
        let expected = if level.signs() { number } else { 0 };
        assert_eq!(send(client.as_mut(), server.as_mut(), level), expected);
        assert_eq!(send(server.as_mut(), client.as_mut(), level), expected);
    }
}

/// At level connect a context that could sign is one that Samba's server answers no call in.
#[rstest]
fn initiator_from_credentials_exchanges_mics_where_pdus_are_signed(
    #[values(AuthLevel::Connect, AuthLevel::Packet, AuthLevel::Integrity, AuthLevel::Privacy)] level: AuthLevel,
) {
    let mut initiator = Initiator::new(Credentials::ntlm("ACME", "alice", "Passw0rd!A"), level);
    let tokens = negotiate(&mut initiator, &mut acceptor()).unwrap().tokens;
    for token in &tokens[2..] {
        assert_eq!(NegTokenResp::parse(token).unwrap().mech_list_mic.is_some(), level.signs());
    }
}

#[test]
fn server_takes_the_first_token_of_the_mechanism_that_it_shares() {
    let tokens = negotiate(&mut alice(Prefers::Ntlm, AuthLevel::Privacy), &mut acceptor()).unwrap().tokens;
    let init = NegTokenInit::parse(&tokens[0]).unwrap();
    assert_eq!(init.mech_types.iter().collect::<Vec<_>>(), [Oid::NTLM]);
    let choice = NegTokenResp::parse(&tokens[1]).unwrap();
    assert_eq!((choice.neg_state, choice.supported_mech), (Some(NegState::AcceptIncomplete), Some(Oid::NTLM)));
    assert!(choice.response_token.is_some_and(|token| token.starts_with(b"NTLMSSP\0\x02")));
    let last = NegTokenResp::parse(&tokens[3]).unwrap();
    assert_eq!((last.neg_state, last.response_token), (Some(NegState::AcceptCompleted), None));
}

#[test]
fn server_without_the_preferred_mechanism_asks_for_mics_and_for_another_first_token() {
    let tokens = negotiate(&mut alice(Prefers::Kerberos, AuthLevel::Privacy), &mut acceptor()).unwrap().tokens;
    let init = NegTokenInit::parse(&tokens[0]).unwrap();
    assert_eq!(init.mech_types.iter().collect::<Vec<_>>(), [Oid::MS_KERBEROS, Oid::KERBEROS, Oid::NTLM]);
    assert_eq!(init.mech_token, Some(AP_REQ));
    let choice = NegTokenResp::parse(&tokens[1]).unwrap();
    let expected =
        NegTokenResp { neg_state: Some(NegState::RequestMic), supported_mech: Some(Oid::NTLM), ..Default::default() };
    assert_eq!(choice, expected);
    // Named once, in the first answer only [RFC 4178 4.2.2].
    assert_eq!(NegTokenResp::parse(&tokens[3]).unwrap().supported_mech, None);
}

#[test]
fn a_mechanism_that_cannot_begin_is_not_offered() {
    let mut client = Initiator::over(NoTicket).or(lab::alice(AuthLevel::Privacy));
    let tokens = negotiate(&mut client, &mut acceptor()).unwrap().tokens;
    assert_eq!(NegTokenInit::parse(&tokens[0]).unwrap().mech_types.iter().collect::<Vec<_>>(), [Oid::NTLM]);
    assert_eq!(Initiator::over(NoTicket).step(&[]).unwrap_err(), NO_TICKET);
}

/// As a Samba client does at level connect: it prefers Kerberos, and the NTLM that it falls back on cannot sign.
#[test]
fn a_fallback_that_cannot_sign_is_taken_without_mics() {
    let mut server = acceptor();
    let mut client = lab::alice(AuthLevel::Connect);
    let mech_types = MechTypeList::encode(&[Oid::KERBEROS, Oid::NTLM]);
    let init = NegTokenInit { mech_types: MechTypeList::parse(&mech_types).unwrap(), mech_token: Some(AP_REQ) };
    let choice = token(server.step(&init.encode()).unwrap());
    assert_eq!(NegTokenResp::parse(&choice).unwrap().supported_mech, Some(Oid::NTLM));
    let framed = |token: &[u8]| NegTokenResp { response_token: Some(token), ..Default::default() }.encode();
    let negotiate = token(Handshake::step(&mut client, &[]).unwrap());
    let challenge = token(server.step(&framed(&negotiate)).unwrap());
    let challenge = NegTokenResp::parse(&challenge).unwrap().response_token.unwrap();
    let Ok(Progress::Done { token: Some(authenticate), .. }) = Handshake::step(&mut client, challenge) else {
        panic!()
    };
    let Ok(Progress::Done { token: Some(last), identity, .. }) = server.step(&framed(&authenticate)) else { panic!() };
    assert_eq!(identity.name, r"ACME\alice");
    let last = NegTokenResp::parse(&last).unwrap();
    assert_eq!((last.neg_state, last.mech_list_mic), (Some(NegState::AcceptCompleted), None));
}

#[test]
fn client_chooses_by_its_own_order_and_its_name_is_echoed() {
    for name in [Oid::MS_KERBEROS, Oid::KERBEROS] {
        let mech_types = MechTypeList::encode(&[name, Oid::NTLM]);
        let init = NegTokenInit { mech_types: MechTypeList::parse(&mech_types).unwrap(), mech_token: Some(b"AP-REQ") };
        let mut server = Acceptor::over(lab::acceptor()).or(Kerberos);
        let answer = token(server.step(&init.encode()).unwrap());
        let answer = NegTokenResp::parse(&answer).unwrap();
        assert_eq!((answer.supported_mech, answer.response_token), (Some(name), Some(AP_REQ)));
    }
}

#[test]
fn client_without_a_first_token_is_told_to_send_one() {
    let ends = negotiate_through(&mut alice(Prefers::Ntlm, AuthLevel::Privacy), &mut acceptor(), |number, token| {
        if number > 0 {
            return token;
        }
        NegTokenInit { mech_token: None, ..NegTokenInit::parse(&token).unwrap() }.encode()
    });
    // The client did send one, and so does not understand why it is asked.
    assert!(matches!(ends, Err(SecurityError::BadToken { what: "no token of the mechanism", .. })), "{ends:?}");

    let (mut client, mut server) = (lab::alice(AuthLevel::Privacy), acceptor());
    let mech_types = MechTypeList::encode(&[Oid::NTLM]);
    let mech_types = MechTypeList::parse(&mech_types).unwrap();
    let init = NegTokenInit { mech_types, mech_token: Some(&[]) }; // an empty one is none
    let choice = token(server.step(&init.encode()).unwrap());
    let expected = Some(NegState::AcceptIncomplete);
    assert_eq!(NegTokenResp::parse(&choice).unwrap().neg_state, expected);
    let negotiate = token(client.step(&[]).unwrap());
    let challenge = NegTokenResp { response_token: Some(&negotiate), ..Default::default() }.encode();
    let challenge = token(server.step(&challenge).unwrap());
    assert!(NegTokenResp::parse(&challenge).unwrap().response_token.unwrap().starts_with(b"NTLMSSP\0\x02"));
}

#[test]
fn bare_ntlm_needs_no_negotiation_and_counts_from_zero() {
    let level = AuthLevel::Privacy;
    let (mut client, mut server) = (lab::alice(level), acceptor());
    let challenge = token(server.step(&token(client.step(&[]).unwrap())).unwrap());
    let Progress::Done { token: Some(token), context: mut ours, .. } = client.step(&challenge).unwrap() else {
        panic!()
    };
    let Progress::Done { token: None, context: mut theirs, identity } = server.step(&token).unwrap() else { panic!() };
    assert_eq!(identity.name, r"ACME\alice");
    assert_eq!(send(ours.as_mut(), theirs.as_mut(), level), 0);
}

/// As Wine's Negotiate begins, and with the framing of GSS-API as others do; the answers have none either.
#[rstest]
#[case::in_dce_style(b"\x6E\x01\x30")]
#[case::framed(b"\x60\x0E\x06\x09\x2A\x86\x48\x86\xF7\x12\x01\x02\x02\x01\x00\x6E")]
#[case::framed_by_its_old_name(b"\x60\x0E\x06\x09\x2A\x86\x48\x82\xF7\x12\x01\x02\x02\x01\x00\x6E")]
fn bare_kerberos_needs_no_negotiation(#[case] ap_req: &[u8]) {
    let mut server = acceptor().or(Kerberos);
    assert_eq!(token(server.step(ap_req).unwrap()), AP_REQ);
    assert_eq!(token(server.step(b"an AP-REP").unwrap()), AP_REQ);
    let refused = acceptor().step(ap_req).unwrap_err();
    assert_eq!(refused, SecurityError::Refused("every mechanism that the client offers"));
}

#[test]
fn bare_ntlm_cannot_take_the_place_of_a_negotiated_one() {
    let (mut client, mut server) = (lab::alice(AuthLevel::Privacy), acceptor());
    token(server.step(&token(alice(Prefers::Ntlm, AuthLevel::Privacy).step(&[]).unwrap())).unwrap());
    let refused = server.step(&token(client.step(&[]).unwrap()));
    assert!(matches!(refused, Err(SecurityError::BadToken { mechanism: "SPNEGO", .. })), "{refused:?}");
}

#[test]
fn anonymous_logon_exchanges_no_mics_and_counts_from_zero() {
    let mut client = Initiator::new(Credentials::anonymous(), AuthLevel::Privacy);
    let mut server = Acceptor::new(Arc::new(lab::settings().allow_anonymous(true)));
    let mut ends = negotiate(&mut client, &mut server).unwrap();
    assert_eq!(ends.identity.name, ANONYMOUS_LOGON);
    assert_eq!(NegTokenResp::parse(&ends.tokens[3]).unwrap().mech_list_mic, None);
    assert_eq!(send(ends.client.as_mut(), ends.server.as_mut(), AuthLevel::Privacy), 0);
}

#[rstest]
fn old_ntlm_exchanges_no_mics_and_counts_from_zero(
    #[values(AuthLevel::Connect, AuthLevel::Integrity, AuthLevel::Privacy)] level: AuthLevel,
) {
    let mut ends = negotiate(&mut alice(Prefers::Ntlm, level), &mut old_acceptor()).unwrap();
    for token in &ends.tokens[1..] {
        assert_eq!(NegTokenResp::parse(token).unwrap().mech_list_mic, None);
    }
    assert_eq!(send(ends.client.as_mut(), ends.server.as_mut(), level), 0);
    assert_eq!(send(ends.server.as_mut(), ends.client.as_mut(), level), 0);
}

#[test]
fn mic_that_a_server_asks_for_is_sent_even_by_old_ntlm() {
    let ask = |number, token: Vec<u8>| {
        if number == 1 { altered(&token, |message| message.neg_state = Some(NegState::RequestMic)) } else { token }
    };
    let mut ends = negotiate_through(&mut alice(Prefers::Ntlm, AuthLevel::Privacy), &mut old_acceptor(), ask).unwrap();
    assert_eq!(send(ends.client.as_mut(), ends.server.as_mut(), AuthLevel::Privacy), 1);
}

/// Somebody who strikes the wish for MICs from the server's first token; the NTLM is an old one.
fn careless(number: usize, token: Vec<u8>) -> Vec<u8> {
    match number {
        1 => altered(&token, |message| message.neg_state = Some(NegState::AcceptIncomplete)),
        _ => token,
    }
}

#[test]
fn fallback_is_signed_whatever_the_mechanism_and_the_server_want() {
    let mut client = alice(Prefers::Kerberos, AuthLevel::Privacy);
    let ends = negotiate_through(&mut client, &mut old_acceptor(), careless).unwrap();
    assert!(NegTokenResp::parse(&ends.tokens[4]).unwrap().mech_list_mic.is_some());
    assert!(NegTokenResp::parse(&ends.tokens[5]).unwrap().mech_list_mic.is_some());
}

#[test]
fn fallback_that_the_server_does_not_sign_is_refused_by_the_client() {
    let complete = |number, token| match number {
        5 => NegTokenResp { neg_state: Some(NegState::AcceptCompleted), ..Default::default() }.encode(),
        _ => careless(number, token),
    };
    let ends = negotiate_through(&mut alice(Prefers::Kerberos, AuthLevel::Privacy), &mut old_acceptor(), complete);
    assert_eq!(ends.unwrap_err(), UNSIGNED);
}

#[test]
fn fallback_that_the_client_does_not_sign_is_refused_by_the_server() {
    let strike = |number, token: Vec<u8>| match number {
        4 => altered(&token, |message| message.mech_list_mic = None),
        // The server says what it lacks; the client has sent all it has.
        5 => {
            assert_eq!(NegTokenResp::parse(&token).unwrap().neg_state, Some(NegState::AcceptIncomplete));
            token
        }
        _ => careless(number, token),
    };
    let ends = negotiate_through(&mut alice(Prefers::Kerberos, AuthLevel::Privacy), &mut old_acceptor(), strike);
    assert_eq!(ends.unwrap_err(), bad("the server neither goes on nor completes"));
}

#[rstest]
fn wrong_password_is_refused_as_it_is_without_negotiation(
    #[values(true, false)] optimistic: bool,
    #[values("alice", "nobody")] user: &str,
    #[values(AuthLevel::Connect, AuthLevel::Privacy)] level: AuthLevel,
) {
    let ntlm = nspi_auth::ntlm::Initiator::new(Credentials::ntlm("ACME", user, "wrong"), level);
    let mut client = if optimistic { Initiator::over(ntlm) } else { Initiator::over(Kerberos).or(ntlm) };
    let refused = negotiate(&mut client, &mut acceptor()).unwrap_err();
    assert_eq!(refused, SecurityError::WrongCredentials);
}

#[test]
fn kerberos_struck_out_of_the_list_is_found() {
    // Somebody makes the server believe that NTLM is all there is.
    let strike = |number, token: Vec<u8>| {
        if number > 0 {
            return token;
        }
        let mech_types = MechTypeList::encode(&[Oid::NTLM]);
        NegTokenInit { mech_types: MechTypeList::parse(&mech_types).unwrap(), mech_token: None }.encode()
    };
    let ends = negotiate_through(&mut alice(Prefers::Kerberos, AuthLevel::Privacy), &mut acceptor(), strike);
    assert_eq!(ends.unwrap_err(), ALTERED);
}

#[test]
fn mechanisms_put_in_another_order_are_found() {
    let shuffle = |number, token: Vec<u8>| {
        if number > 0 {
            return token;
        }
        let mech_types = MechTypeList::encode(&[Oid::KERBEROS, Oid::MS_KERBEROS, Oid::NTLM]);
        NegTokenInit { mech_types: MechTypeList::parse(&mech_types).unwrap(), mech_token: Some(AP_REQ) }.encode()
    };
    let ends = negotiate_through(&mut alice(Prefers::Kerberos, AuthLevel::Privacy), &mut acceptor(), shuffle);
    assert_eq!(ends.unwrap_err(), ALTERED);
}

#[test]
fn altered_mic_of_the_client_is_refused() {
    let spoil = |number, token: Vec<u8>| {
        if number == 2 { altered(&token, |message| message.mech_list_mic = Some(&[1; 16])) } else { token }
    };
    let ends = negotiate_through(&mut alice(Prefers::Ntlm, AuthLevel::Privacy), &mut acceptor(), spoil);
    assert_eq!(ends.unwrap_err(), ALTERED);
}

#[test]
fn altered_mic_of_the_server_is_refused() {
    let spoil = |number, token: Vec<u8>| {
        if number == 3 { altered(&token, |message| message.mech_list_mic = Some(&[1; 16])) } else { token }
    };
    let ends = negotiate_through(&mut alice(Prefers::Ntlm, AuthLevel::Privacy), &mut acceptor(), spoil);
    assert_eq!(ends.unwrap_err(), ALTERED);
}

#[rstest]
#[case(Prefers::Ntlm, 3)]
#[case(Prefers::Kerberos, 5)]
fn missing_mic_of_the_server_is_refused(#[case] prefers: Prefers, #[case] last: usize) {
    let strike = |number, token: Vec<u8>| {
        if number == last { altered(&token, |message| message.mech_list_mic = None) } else { token }
    };
    let ends = negotiate_through(&mut alice(prefers, AuthLevel::Privacy), &mut acceptor(), strike);
    assert_eq!(ends.unwrap_err(), UNSIGNED);
}

/// A server that was given AUTHENTICATE without a MIC though one is due, what it answered, and the MIC.
fn without_mic(prefers: Prefers) -> (Initiator, Acceptor, Vec<u8>, Vec<u8>) {
    let (mut client, mut server) = (alice(prefers, AuthLevel::Privacy), acceptor());
    let mut last = Vec::new();
    loop {
        let sent = token(client.step(&last).unwrap());
        match NegTokenResp::parse(&sent).ok().and_then(|message| message.mech_list_mic) {
            None => last = token(server.step(&sent).unwrap()),
            Some(mic) => {
                let answer = token(server.step(&altered(&sent, |message| message.mech_list_mic = None)).unwrap());
                return (client, server, answer, mic.to_vec());
            }
        }
    }
}

#[rstest]
fn mic_may_come_in_a_token_of_its_own(#[values(Prefers::Ntlm, Prefers::Kerberos)] prefers: Prefers) {
    let (mut client, mut server, answer, mic) = without_mic(prefers);
    let servers_mic = NegTokenResp::parse(&answer).unwrap().mech_list_mic.unwrap();
    let mic = NegTokenResp { mech_list_mic: Some(&mic), ..Default::default() }.encode();
    let Progress::Done { token: Some(last), context: mut theirs, .. } = server.step(&mic).unwrap() else { panic!() };
    let completed = NegTokenResp { neg_state: Some(NegState::AcceptCompleted), ..Default::default() };
    assert_eq!(NegTokenResp::parse(&last).unwrap(), completed);
    let whole = NegTokenResp { mech_list_mic: Some(servers_mic), ..completed }.encode();
    let Progress::Done { token: None, context: mut ours, .. } = client.step(&whole).unwrap() else { panic!() };
    assert_eq!(send(ours.as_mut(), theirs.as_mut(), AuthLevel::Privacy), 1);
}

#[rstest]
fn server_does_not_go_on_without_the_clients_mic(#[values(Prefers::Ntlm, Prefers::Kerberos)] prefers: Prefers) {
    let (mut client, mut server, answer, mic) = without_mic(prefers);
    let answered = NegTokenResp::parse(&answer).unwrap();
    assert_eq!(answered.neg_state, Some(NegState::AcceptIncomplete));
    assert!(client.step(&answer).is_err(), "the client has sent all it has");
    assert!(server.step(&NegTokenResp::default().encode()).is_err());
    // And it cannot be made up for after that.
    let mic = NegTokenResp { mech_list_mic: Some(&mic), ..Default::default() }.encode();
    let over = SecurityError::BadToken { mechanism: "SPNEGO", what: "the handshake is over" };
    assert_eq!(server.step(&mic).unwrap_err(), over);

    let (_, mut server, answer, _) = without_mic(prefers);
    let reflected = NegTokenResp::parse(&answer).unwrap().mech_list_mic;
    let reflected = NegTokenResp { mech_list_mic: reflected, ..Default::default() }.encode();
    assert_eq!(server.step(&reflected).unwrap_err(), ALTERED);
}

#[test]
fn nothing_in_common_is_refused_by_the_server() {
    let refused = negotiate(&mut Initiator::over(Kerberos), &mut acceptor()).unwrap_err();
    assert_eq!(refused, SecurityError::Refused("every mechanism that the client offers"));
}

fn bad(what: &'static str) -> SecurityError {
    SecurityError::BadToken { mechanism: "SPNEGO", what }
}

#[rstest]
#[case::not_offered(|m: &mut NegTokenResp<'_>| m.supported_mech = Some(Oid::SPNEGO), bad("a mechanism that was not offered"))]
#[case::rejected(|m: &mut NegTokenResp<'_>| m.neg_state = Some(NegState::Reject), SecurityError::Refused("every mechanism that was offered"))]
#[case::too_early(|m: &mut NegTokenResp<'_>| m.neg_state = Some(NegState::AcceptCompleted), bad("the server completes too early"))]
#[case::no_token(|m: &mut NegTokenResp<'_>| m.response_token = None, bad("no token of the mechanism"))]
#[case::mic_too_early(|m: &mut NegTokenResp<'_>| m.mech_list_mic = Some(&[1; 16]), ALTERED)]
fn choice_that_makes_no_sense_is_refused_by_the_client(
    #[case] change: fn(&mut NegTokenResp<'_>),
    #[case] why: SecurityError,
) {
    let (mut client, mut server) = (alice(Prefers::Ntlm, AuthLevel::Privacy), acceptor());
    let choice = token(server.step(&token(client.step(&[]).unwrap())).unwrap());
    assert_eq!(client.step(&altered(&choice, change)).unwrap_err(), why);
    assert_eq!(client.step(&choice).unwrap_err(), bad("the handshake is over"));
}

#[test]
fn choice_without_a_name_is_the_preferred_mechanism() {
    let unnamed = |number, token: Vec<u8>| {
        if number == 1 { altered(&token, |message| message.supported_mech = None) } else { token }
    };
    negotiate_through(&mut alice(Prefers::Ntlm, AuthLevel::Privacy), &mut acceptor(), unnamed).unwrap();
}

#[test]
fn answer_to_a_token_that_was_not_sent_is_refused_by_the_client() {
    let spoil = |number, token: Vec<u8>| {
        if number == 1 { altered(&token, |message| message.response_token = Some(b"NTLMSSP\0")) } else { token }
    };
    let ends = negotiate_through(&mut alice(Prefers::Kerberos, AuthLevel::Privacy), &mut acceptor(), spoil);
    assert_eq!(ends.unwrap_err(), bad("an answer to a token that was not sent"));
}

#[rstest]
#[case(|m: &mut NegTokenResp<'_>| m.neg_state = Some(NegState::Reject), SecurityError::WrongCredentials)]
#[case(|m: &mut NegTokenResp<'_>| m.neg_state = None, bad("the server neither goes on nor completes"))]
#[case(|m: &mut NegTokenResp<'_>| m.response_token = Some(b"more"), bad("a token beyond the last one"))]
fn last_word_that_does_not_complete_is_refused(#[case] change: fn(&mut NegTokenResp<'_>), #[case] why: SecurityError) {
    let spoil = |number, token: Vec<u8>| if number == 3 { altered(&token, change) } else { token };
    let ends = negotiate_through(&mut alice(Prefers::Ntlm, AuthLevel::Privacy), &mut acceptor(), spoil);
    assert_eq!(ends.unwrap_err(), why);
}

#[test]
fn client_may_give_up() {
    let (mut client, mut server) = (alice(Prefers::Ntlm, AuthLevel::Privacy), acceptor());
    token(server.step(&token(client.step(&[]).unwrap())).unwrap());
    let reject = NegTokenResp { neg_state: Some(NegState::Reject), ..Default::default() }.encode();
    assert_eq!(server.step(&reject).unwrap_err(), SecurityError::Refused("the chosen mechanism, by the client,"));
}

#[test]
fn handshake_that_is_done_takes_no_more_tokens() {
    let (mut client, mut server) = (alice(Prefers::Ntlm, AuthLevel::Privacy), acceptor());
    let tokens = negotiate(&mut client, &mut server).unwrap().tokens;
    assert!(!client.may_block() && !server.may_block());
    assert_eq!(server.step(&tokens[2]).unwrap_err(), bad("the handshake is over"));
    assert_eq!(client.step(&tokens[3]).unwrap_err(), bad("the handshake is over"));
}

#[test]
fn secrets_are_absent_from_debug_output() {
    let (mut client, mut server) = (alice(Prefers::Ntlm, AuthLevel::Privacy), acceptor());
    let first = token(client.step(&[]).unwrap());
    assert_eq!(format!("{client:?}"), r#"Initiator { state: "awaits the server's choice", .. }"#);
    token(server.step(&first).unwrap());
    assert_eq!(format!("{server:?}"), r#"Acceptor { state: "the mechanism is under way", .. }"#);
}
