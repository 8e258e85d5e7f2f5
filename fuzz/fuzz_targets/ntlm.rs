//! Tokens of NTLM: the messages by themselves, and fed to either end of a handshake. Nobody is let in.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use nspi_auth::ntlm::message::{Authenticate, Challenge, Negotiate};
use nspi_auth::ntlm::{Acceptor, AcceptorSettings, Initiator, ServerNames};
use nspi_auth::{AccountList, Credentials};
use nspi_proto::dcerpc::auth::{AuthLevel, Handshake, Progress};

static SETTINGS: LazyLock<Arc<AcceptorSettings>> = LazyLock::new(|| {
    let accounts: AccountList = "domain ACME acme.test\nuser ACME\\alice password unguessable".parse().unwrap();
    Arc::new(AcceptorSettings::new(accounts, ServerNames::new("ACME", "acme.test", "DC1")))
});

fuzz_target!(|octets: &[u8]| {
    let _ = Negotiate::parse(octets);
    let _ = Challenge::parse(octets);
    let _ = Authenticate::parse(octets);

    let [split, tokens @ ..] = octets else { return };
    let (first, second) = tokens.split_at(usize::from(*split).min(tokens.len()));
    let mut acceptor = Acceptor::new(Arc::clone(&SETTINGS));
    for token in [first, second] {
        assert!(!matches!(acceptor.step(token), Ok(Progress::Done { .. })), "somebody without a password was let in");
    }
    let mut initiator = Initiator::new(Credentials::ntlm("ACME", "alice", "unguessable"), AuthLevel::Privacy);
    let _ = initiator.step(&[]);
    let _ = initiator.step(tokens);
});
