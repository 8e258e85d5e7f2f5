//! What other implementations sent, frozen: our side must come to the same keys, signatures and clear text.

use std::sync::Arc;

use nspi_auth::ntlm::message::{Authenticate, Challenge, Negotiate};
use nspi_auth::ntlm::{Acceptor, Initiator, NtResponse, NtlmContext, Role, SessionKey, Step, mic, verify};
use nspi_auth::{Credentials, NtHash};
use nspi_proto::dcerpc::auth::{AuthLevel, SecurityContext};
use rstest::rstest;

use crate::lab::{Frozen, settings, token};
use crate::vectors::Vectors;

/// Header of a request or response, and sec_trailer.
const HEADER: usize = 24;
const SEC_TRAILER: usize = 8;

/// The key of a recorded handshake, found with the password alone, as an observer does.
fn session_key(vectors: &Vectors, password: &str) -> SessionKey {
    let challenge = Challenge::parse(vectors.octets("challenge")).unwrap();
    let message = Authenticate::parse(vectors.octets("authenticate")).unwrap();
    verify(challenge.server_challenge, &message, &NtHash::of_password(password)).unwrap()
}

fn context(vectors: &Vectors, role: Role) -> NtlmContext {
    let flags = Authenticate::parse(vectors.octets("authenticate")).unwrap().flags;
    NtlmContext::from_session_key(&SessionKey::from_octets(vectors.key("session_key")), flags, role).unwrap()
}

fn assert_unprotects(context: &mut NtlmContext, level: AuthLevel, vectors: &Vectors, pdu: &str, plain: &str) {
    let (mut octets, signature) = vectors.pdu(pdu);
    let body = HEADER..octets.len() - SEC_TRAILER;
    context.unprotect(level, &mut octets, body.clone(), signature).unwrap();
    assert_eq!(octets[body], *vectors.octets(plain));
}

#[rstest]
#[case("impacket_lab", "Passw0rd!")]
#[case("scapy_ntlm", "Passw0rd!")]
#[case("scapy_spnego", "Passw0rd!")]
#[case("impacket_acme", "Passw0rd!A")]
#[case("pyspnego_acme", "Passw0rd!A")]
#[case("oem_acme", "Passw0rd!A")]
#[case("initiator_acme", "Passw0rd!A")]
fn password_gives_the_session_key_of_a_recorded_handshake(#[case] name: &str, #[case] password: &str) {
    let vectors = Vectors::read(name);
    Negotiate::parse(vectors.octets("negotiate")).unwrap();
    assert_eq!(session_key(&vectors, password).octets(), &vectors.key("session_key"));
}

#[rstest]
#[case("scapy_ntlm")]
#[case("scapy_spnego")]
#[case("pyspnego_acme")]
#[case("oem_acme")]
#[case("initiator_acme")]
fn mic_of_a_recorded_handshake_fits(#[case] name: &str) {
    let vectors = Vectors::read(name);
    let [negotiate, challenge, authenticate] =
        ["negotiate", "challenge", "authenticate"].map(|message| vectors.octets(message));
    let message = Authenticate::parse(authenticate).unwrap();
    assert!(NtResponse::parse(message.nt_response).unwrap().pairs.promises_mic());
    let key = SessionKey::from_octets(vectors.key("session_key"));
    assert_eq!(message.mic, Some(mic(&key, negotiate, challenge, authenticate)));
}

#[rstest]
#[case("impacket_acme")]
#[case("pyspnego_acme")]
#[case("oem_acme")]
#[case("initiator_acme")]
fn acceptor_takes_a_foreign_client_for_alice(#[case] name: &str) {
    let vectors = Vectors::read(name);
    let mut acceptor = Acceptor::new(Arc::new(settings().environment(Frozen)));
    let challenge = token(acceptor.advance(vectors.octets("negotiate")).unwrap());
    assert_eq!(challenge, vectors.octets("challenge"));
    let step = acceptor.advance(vectors.octets("authenticate")).unwrap();
    let Step::Done { identity, .. } = step else { panic!("{step:?}") };
    assert_eq!(identity.name, r"ACME\alice");
}

#[test]
fn signature_of_a_foreign_client_fits() {
    let vectors = Vectors::read("pyspnego_acme");
    let mut server = context(&vectors, Role::Acceptor);
    server.verify_mic(vectors.octets("message"), vectors.octets("signature")).unwrap();
}

#[test]
fn initiator_says_what_foreign_implementations_computed() {
    let vectors = Vectors::read("initiator_acme");
    let credentials = Credentials::ntlm("ACME", "alice", "Passw0rd!A").workstation("WS1");
    let initiator = Initiator::new(credentials, AuthLevel::Privacy).environment(Frozen);
    let mut initiator = initiator.target_name("exchangeAB/dc1.acme.test");
    assert_eq!(token(initiator.advance(&[]).unwrap()), vectors.octets("negotiate"));
    let step = initiator.advance(vectors.octets("challenge")).unwrap();
    let Step::Done { token: Some(authenticate), mut context, .. } = step else { panic!("{step:?}") };
    assert_eq!(authenticate, vectors.octets("authenticate"));
    assert_eq!(context.mic(vectors.octets("message")), vectors.octets("signature"));
}

#[test]
fn impacket_sealed_request_is_unsealed() {
    let vectors = Vectors::read("impacket_lab");
    let mut server = context(&vectors, Role::Acceptor);
    assert_unprotects(&mut server, AuthLevel::Privacy, &vectors, "sealed_request", "plain_stub");
}

#[test]
fn impacket_signed_request_is_verified() {
    let vectors = Vectors::read("impacket_lab");
    let mut server = context(&vectors, Role::Acceptor);
    assert_unprotects(&mut server, AuthLevel::Integrity, &vectors, "signed_request", "plain_stub");
}

#[test]
fn impacket_request_is_sealed_and_signed_to_the_same_octets() {
    let vectors = Vectors::read("impacket_lab");
    for (level, name) in [(AuthLevel::Privacy, "sealed_request"), (AuthLevel::Integrity, "signed_request")] {
        let (sealed, expected) = vectors.pdu(name);
        let body = HEADER..sealed.len() - SEC_TRAILER;
        let (mut pdu, mut signature) = (sealed.clone(), [0; 16]);
        pdu[body.clone()].copy_from_slice(vectors.octets("plain_stub"));
        context(&vectors, Role::Initiator).protect(level, &mut pdu, body, &mut signature).unwrap();
        assert_eq!(pdu, sealed);
        assert_eq!(signature, expected);
    }
}

#[test]
fn scapy_call_is_unsealed_in_both_directions_by_an_observer() {
    let vectors = Vectors::read("scapy_ntlm");
    let (mut of_client, mut of_server) = (context(&vectors, Role::Acceptor), context(&vectors, Role::Initiator));
    assert_unprotects(&mut of_client, AuthLevel::Privacy, &vectors, "request", "plain_request");
    assert_unprotects(&mut of_server, AuthLevel::Privacy, &vectors, "response", "plain_response");
}

#[test]
fn scapy_spnego_call_is_unsealed_after_the_mics_and_a_restart_of_the_streams() {
    let vectors = Vectors::read("scapy_spnego");
    let mechanisms = vectors.octets("mech_list");
    let (mut client, mut server) = (context(&vectors, Role::Initiator), context(&vectors, Role::Acceptor));
    assert_eq!(client.mic(mechanisms), vectors.octets("client_mic"));
    assert_eq!(server.mic(mechanisms), vectors.octets("server_mic"));
    server.verify_mic(mechanisms, vectors.octets("client_mic")).unwrap();
    client.verify_mic(mechanisms, vectors.octets("server_mic")).unwrap();
    client.restart_streams();
    server.restart_streams();
    assert_unprotects(&mut server, AuthLevel::Privacy, &vectors, "request", "plain_request");
    assert_unprotects(&mut client, AuthLevel::Privacy, &vectors, "response", "plain_response");
}
