//! Tokens of SPNEGO: object identifiers, lists and DER by themselves, and fed to either end of a negotiation in the middle
//! of it. What is understood is encoded and understood again; nobody is let in.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use nspi_auth::ntlm::{AcceptorSettings, ServerNames};
use nspi_auth::spnego::token::{MechTypeList, NegTokenInit, NegTokenResp};
use nspi_auth::spnego::{Acceptor, Initiator, Oid};
use nspi_auth::{AccountList, Credentials};
use nspi_proto::dcerpc::auth::{AuthLevel, Handshake, Progress};

static SETTINGS: LazyLock<Arc<AcceptorSettings>> = LazyLock::new(|| {
    let accounts: AccountList = "domain ACME acme.test\nuser ACME\\alice password unguessable".parse().unwrap();
    Arc::new(AcceptorSettings::new(accounts, ServerNames::new("ACME", "acme.test", "DC1")))
});

fuzz_target!(|octets: &[u8]| {
    let _ = Oid::from_octets(octets);
    if let Ok(list) = MechTypeList::parse(octets) {
        let again: Vec<Oid<'_>> = list.iter().collect();
        assert!(again.len() <= octets.len());
    }
    if let Ok(first) = NegTokenInit::parse(octets) {
        let again = first.encode();
        assert_eq!(NegTokenInit::parse(&again).expect("what was encoded is understood").encode(), again);
    }
    if let Ok(answer) = NegTokenResp::parse(octets) {
        let again = answer.encode();
        assert_eq!(NegTokenResp::parse(&again).expect("what was encoded is understood").encode(), again);
    }

    let [split, tokens @ ..] = octets else { return };
    let (first, second) = tokens.split_at(usize::from(*split).min(tokens.len()));
    let mut acceptor = Acceptor::new(Arc::clone(&SETTINGS));
    for token in [first, second] {
        assert!(!matches!(acceptor.step(token), Ok(Progress::Done { .. })), "somebody without a password was let in");
    }
    // In the middle: the server has seen a real first token, the client has sent one.
    let alice = || Initiator::new(Credentials::ntlm("ACME", "alice", "unguessable"), AuthLevel::Privacy);
    let (mut client, mut server) = (alice(), Acceptor::new(Arc::clone(&SETTINGS)));
    let Ok(Progress::Continue { token }) = client.step(&[]) else { unreachable!("the client speaks first") };
    assert!(matches!(server.step(&token), Ok(Progress::Continue { .. })));
    assert!(!matches!(server.step(tokens), Ok(Progress::Done { .. })));
    let _ = client.step(tokens);
});
