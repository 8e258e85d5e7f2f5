//! What other implementations sent, frozen: our side must say the same, and come to the same signatures.

use std::sync::Arc;

use nspi_auth::ntlm::message::Authenticate;
use nspi_auth::ntlm::{NtlmContext, Role, SessionKey};
use nspi_auth::spnego::token::{NegTokenInit, NegTokenResp};
use nspi_auth::spnego::{Acceptor, Initiator, Oid};
use nspi_auth::{ANONYMOUS_LOGON, Credentials, ntlm};
use nspi_proto::dcerpc::auth::{AuthLevel, Handshake, Progress, SecurityContext, SecurityError};
use rstest::rstest;

use super::peer::Kerberos;
use crate::lab::{Frozen, settings};
use crate::vectors::Vectors;

const ALICE: &str = r"ACME\alice";
const BODY: std::ops::Range<usize> = 24..32;

/// Gives a recorded client's tokens to our server, which must answer as recorded.
fn accept(vectors: &Vectors, tokens: usize, who: &str) -> Box<dyn SecurityContext> {
    let mut server = Acceptor::new(Arc::new(settings().allow_anonymous(true).environment(Frozen)));
    for number in 1..=tokens {
        let answer = match server.step(vectors.octets(&format!("client_{number}"))).unwrap() {
            Progress::Continue { token } => token,
            Progress::Done { token, context, identity } => {
                assert_eq!((identity.name.as_str(), number), (who, tokens));
                assert_eq!(token.unwrap(), vectors.octets(&format!("server_{number}")));
                return context;
            }
        };
        assert_eq!(answer, vectors.octets(&format!("server_{number}")));
    }
    panic!("the server is not done");
}

/// Gives a recorded server's tokens to our client, which must say what is recorded.
fn initiate(vectors: &Vectors, mut client: Initiator, tokens: usize) -> Box<dyn SecurityContext> {
    let mut last: &[u8] = &[];
    for number in 1..=tokens {
        let Progress::Continue { token } = client.step(last).unwrap() else { panic!() };
        assert_eq!(token, vectors.octets(&format!("client_{number}")));
        last = vectors.octets(&format!("server_{number}"));
    }
    let Progress::Done { token: None, context, .. } = client.step(last).unwrap() else { panic!() };
    context
}

/// Signs and verifies what was signed in turn, and looks for the sequence numbers.
fn assert_signs_alike(vectors: &Vectors, mut ours: Box<dyn SecurityContext>, own: &str, peers: &str) {
    let mut message = vectors.octets("message").to_vec();
    for number in [1u8, 2] {
        let signature = vectors.octets(&format!("{peers}_signature_{number}"));
        assert_eq!(signature[12..], [number, 0, 0, 0]);
        ours.unprotect(AuthLevel::Integrity, &mut message, BODY, signature).unwrap();
        let mut signature = [0; 16];
        ours.protect(AuthLevel::Integrity, &mut message, BODY, &mut signature).unwrap();
        assert_eq!(signature, *vectors.octets(&format!("{own}_signature_{number}")));
    }
}

#[rstest]
#[case("pyspnego_spnego_client", 2)]
#[case("pyspnego_spnego_client_fallback", 3)]
#[case("samba_spnego", 2)]
fn foreign_client_is_taken_for_alice(#[case] name: &str, #[case] tokens: usize) {
    let vectors = Vectors::read(name);
    assert_signs_alike(&vectors, accept(&vectors, tokens, ALICE), "server", "client");
}

#[rstest]
#[case("pyspnego_spnego_server", false, 2)]
#[case("pyspnego_spnego_server_fallback", true, 3)]
fn pyspnego_server_was_told_this(#[case] name: &str, #[case] kerberos: bool, #[case] tokens: usize) {
    let vectors = Vectors::read(name);
    let credentials = Credentials::ntlm("ACME", "alice", "Passw0rd!A").workstation("WS1");
    let ntlm = ntlm::Initiator::new(credentials, AuthLevel::Privacy).environment(Frozen);
    let client = if kerberos { Initiator::over(Kerberos).or(ntlm) } else { Initiator::over(ntlm) };
    assert_signs_alike(&vectors, initiate(&vectors, client, tokens), "client", "server");
}

#[test]
fn scapy_client_is_taken_for_alice_and_its_pdu_is_unsealed() {
    let vectors = Vectors::read("scapy_spnego_privacy");
    let mut server = accept(&vectors, 2, ALICE);
    let mut pdu = vectors.octets("sealed").to_vec();
    server.unprotect(AuthLevel::Privacy, &mut pdu, BODY, vectors.octets("sealed_signature")).unwrap();
    assert_eq!(pdu, vectors.octets("message"));
}

#[rstest]
#[case::it_sends_one("scapy_spnego_connect", true)]
#[case::it_sends_none("samba_spnego_connect", false)]
fn mic_is_not_looked_at_where_signing_was_not_negotiated(#[case] name: &str, #[case] sent: bool) {
    let vectors = Vectors::read(name);
    assert_eq!(NegTokenResp::parse(vectors.octets("client_2")).unwrap().mech_list_mic.is_some(), sent);
    accept(&vectors, 2, ALICE);
    assert_eq!(NegTokenResp::parse(vectors.octets("server_2")).unwrap().mech_list_mic, None);
}

#[test]
fn anonymous_samba_client_is_let_in_and_nothing_is_signed() {
    let vectors = Vectors::read("samba_spnego_anonymous");
    let mut context = accept(&vectors, 2, ANONYMOUS_LOGON);
    context.unprotect(AuthLevel::Connect, &mut [0; 40], BODY, &[]).unwrap();
    let signed = context.protect(AuthLevel::Integrity, &mut [0; 40], BODY, &mut [0; 16]);
    assert_eq!(signed, Err(SecurityError::Refused("signing that was not negotiated")));
}

#[test]
fn client_whose_ntlm_has_no_mic_needs_none_in_the_negotiation() {
    let vectors = Vectors::read("impacket_acme");
    let mut server = Acceptor::new(Arc::new(settings().environment(Frozen)));
    let init = Vectors::read("scapy_spnego");
    let init = NegTokenInit::parse(init.octets("client_1")).unwrap();
    let init = NegTokenInit { mech_token: Some(vectors.octets("negotiate")), ..init }.encode();
    let Progress::Continue { token } = server.step(&init).unwrap() else { panic!() };
    assert_eq!(NegTokenResp::parse(&token).unwrap().response_token, Some(vectors.octets("challenge")));
    let last = NegTokenResp { response_token: Some(vectors.octets("authenticate")), ..Default::default() }.encode();
    let Progress::Done { token: Some(token), identity, .. } = server.step(&last).unwrap() else { panic!() };
    assert_eq!(identity.name, ALICE);
    assert_eq!(NegTokenResp::parse(&token).unwrap().mech_list_mic, None);
}

#[test]
fn scapy_session_is_read_by_an_observer_from_the_first_token_to_the_last_signature() {
    let vectors = Vectors::read("scapy_spnego");
    let init = NegTokenInit::parse(vectors.octets("client_1")).unwrap();
    assert_eq!(
        (init.mech_types.octets(), init.mech_token),
        (vectors.octets("mech_list"), Some(vectors.octets("negotiate")))
    );
    let choice = NegTokenResp::parse(vectors.octets("server_1")).unwrap();
    assert_eq!((choice.supported_mech, choice.response_token), (Some(Oid::NTLM), Some(vectors.octets("challenge"))));
    let answer = NegTokenResp::parse(vectors.octets("client_2")).unwrap();
    assert_eq!(answer.response_token, Some(vectors.octets("authenticate")));
    let last = NegTokenResp::parse(vectors.octets("server_2")).unwrap();

    let flags = Authenticate::parse(answer.response_token.unwrap()).unwrap().flags;
    let key = SessionKey::from_octets(vectors.key("session_key"));
    let list = init.mech_types.octets();
    for (role, mic, pdu, plain) in [
        (Role::Acceptor, answer.mech_list_mic, "request", "plain_request"),
        (Role::Initiator, last.mech_list_mic, "response", "plain_response"),
    ] {
        let mut context = NtlmContext::from_session_key(&key, flags, role).unwrap();
        context.verify_mic(list, mic.unwrap()).unwrap();
        context.restart_streams();
        let (mut octets, signature) = vectors.pdu(pdu);
        assert_eq!(signature[12..], [1, 0, 0, 0]);
        let body = 24..octets.len() - 8;
        context.unprotect(AuthLevel::Privacy, &mut octets, body.clone(), signature).unwrap();
        assert_eq!(octets[body], *vectors.octets(plain));
    }
}
