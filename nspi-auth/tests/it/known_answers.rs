//! The values that MS-NLMP publishes.

use nspi_auth::ntlm::message::{Authenticate, Challenge};
use nspi_auth::ntlm::{Initiator, NtResponse, NtlmContext, Role, SessionKey, Step, verify};
use nspi_auth::{Credentials, Environment, FileTime, NtHash};
use nspi_proto::dcerpc::auth::{AuthLevel, SecurityContext, SecurityError};

use crate::vectors::Vectors;

/// [MS-NLMP 4.2.1] Time 0, client challenge aa.., session key 55...
struct Published;

impl Environment for Published {
    fn now(&self) -> FileTime {
        FileTime(0)
    }

    fn random(&self, octets: &mut [u8]) -> Result<(), SecurityError> {
        octets.fill(if octets.len() == 8 { 0xaa } else { 0x55 });
        Ok(())
    }
}

#[test]
fn password_hash_from_text_and_from_hex_is_the_published_one() {
    let vectors = Vectors::read("nlmp_4_2_4");
    let challenge = Challenge::parse(vectors.octets("challenge")).unwrap();
    let message = Authenticate::parse(vectors.octets("authenticate")).unwrap();
    for hash in [
        NtHash::of_password("Password"),
        NtHash::from_octets(vectors.key("nt_hash")),
        NtHash::from_hex("a4f49c406510bdcab6824ee7c30fd852").unwrap(),
    ] {
        let key = verify(challenge.server_challenge, &message, &hash).unwrap();
        assert_eq!(key.octets(), &vectors.key("session_key"));
    }
}

#[test]
fn published_messages_are_taken_apart() {
    let vectors = Vectors::read("nlmp_4_2_4");
    let challenge = Challenge::parse(vectors.octets("challenge")).unwrap();
    assert_eq!(challenge.target_name, "Server");
    assert_eq!(challenge.flags.bits(), 0xe28a_8233);
    assert_eq!(challenge.version.unwrap().0, [6, 0, 0x70, 0x17, 0, 0, 0, 15]);
    assert_eq!(challenge.target_info.iter().count(), 2);

    let message = Authenticate::parse(vectors.octets("authenticate")).unwrap();
    assert_eq!((message.domain.as_str(), message.user.as_str()), ("Domain", "User"));
    assert_eq!(message.workstation, "COMPUTER");
    assert_eq!(message.mic, None);
    let response = NtResponse::parse(message.nt_response).unwrap();
    assert_eq!((response.timestamp, response.nonce), (FileTime(0), [0xaa; 8]));
    assert!(!response.pairs.promises_mic());
}

#[test]
fn initiator_answers_the_published_challenge_with_the_published_responses() {
    let vectors = Vectors::read("nlmp_4_2_4");
    let credentials = Credentials::ntlm("Domain", "User", "Password").workstation("COMPUTER");
    let mut initiator = Initiator::new(credentials, AuthLevel::Privacy).environment(Published);
    initiator.advance(&[]).unwrap();
    let step = initiator.advance(vectors.octets("challenge")).unwrap();
    let Step::Done { token: Some(token), .. } = step else { panic!("{step:?}") };

    let published = Authenticate::parse(vectors.octets("authenticate")).unwrap();
    let ours = Authenticate::parse(&token).unwrap();
    assert_eq!(ours.lm_response, published.lm_response);
    assert_eq!(ours.nt_response, published.nt_response);
    assert_eq!(ours.session_key, published.session_key);
    assert_eq!((&ours.domain, &ours.user), (&published.domain, &published.user));
    assert_eq!(ours.workstation, published.workstation);
}

#[test]
fn published_plaintext_is_sealed_and_unsealed_as_published() {
    let vectors = Vectors::read("nlmp_4_2_4");
    let flags = Authenticate::parse(vectors.octets("authenticate")).unwrap().flags;
    let key = SessionKey::from_octets(vectors.key("session_key"));
    let mut client = NtlmContext::from_session_key(&key, flags, Role::Initiator).unwrap();
    let mut server = NtlmContext::from_session_key(&key, flags, Role::Acceptor).unwrap();

    let plaintext = vectors.octets("plaintext");
    let (mut message, mut signature) = (plaintext.to_vec(), [0; 16]);
    let whole = 0..message.len();
    client.protect(AuthLevel::Privacy, &mut message, whole.clone(), &mut signature).unwrap();
    assert_eq!(message, vectors.octets("sealed"));
    assert_eq!(signature, vectors.octets("signature"));
    server.unprotect(AuthLevel::Privacy, &mut message, whole, &signature).unwrap();
    assert_eq!(message, plaintext);
}
