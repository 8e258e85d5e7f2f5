//! What NTLM costs: one PDU protected and unprotected, and one handshake, both ends together, bare and inside SPNEGO.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nspi_auth::ntlm::{Acceptor, AcceptorSettings, Initiator, NtlmContext, ServerNames, Step};
use nspi_auth::{AccountList, Credentials, spnego};
use nspi_proto::dcerpc::auth::{AuthLevel, Handshake, Progress, SecurityContext};

/// Header, stub and sec_trailer of a small request.
const PDU_LEN: usize = 100;
const BODY: std::ops::Range<usize> = 24..92;

fn settings() -> Arc<AcceptorSettings> {
    let accounts: AccountList = "domain ACME acme.test\nuser alice password Passw0rd!A".parse().expect("it is right");
    Arc::new(AcceptorSettings::new(accounts, ServerNames::new("ACME", "acme.test", "DC1")))
}

fn shake_hands(credentials: &Credentials, settings: &Arc<AcceptorSettings>) -> (Box<NtlmContext>, Box<NtlmContext>) {
    let mut initiator = Initiator::new(credentials.clone(), AuthLevel::Privacy);
    let mut acceptor = Acceptor::new(settings.clone());
    let mut token = Vec::new();
    loop {
        let (answer, client) = match initiator.advance(&token).expect("the server is honest") {
            Step::Continue { token } => (token, None),
            Step::Done { token, context, .. } => (token.unwrap_or_default(), Some(context)),
        };
        match (acceptor.advance(&answer).expect("the client is alice"), client) {
            (Step::Continue { token: challenge }, None) => token = challenge,
            (Step::Done { context, .. }, Some(client)) => return (client, context),
            (step, _) => panic!("out of step: {step:?}"),
        }
    }
}

/// All tokens of SPNEGO, to the end of both sides.
fn negotiate(credentials: &Credentials, settings: &Arc<AcceptorSettings>) -> [Progress; 2] {
    let mut initiator = spnego::Initiator::new(credentials.clone(), AuthLevel::Privacy);
    let mut acceptor = spnego::Acceptor::new(settings.clone());
    let mut token = Vec::new();
    loop {
        let Progress::Continue { token: sent } = initiator.step(&token).expect("the server is honest") else {
            panic!("the server has the last word");
        };
        match acceptor.step(&sent).expect("the client is alice") {
            Progress::Continue { token: answer } => token = answer,
            mut done @ Progress::Done { .. } => {
                let Progress::Done { token: Some(last), .. } = &mut done else {
                    panic!("the server has the last word")
                };
                return [initiator.step(last).expect("the server is honest"), done];
            }
        }
    }
}

fn handshake(c: &mut Criterion) {
    let (credentials, settings) = (Credentials::ntlm("ACME", "alice", "Passw0rd!A"), settings());
    c.bench_function("handshake, both ends", |b| b.iter(|| shake_hands(&credentials, &settings)));
    c.bench_function("handshake inside SPNEGO, both ends", |b| b.iter(|| negotiate(&credentials, &settings)));
}

fn pdu(c: &mut Criterion) {
    let (credentials, settings) = (Credentials::ntlm("ACME", "alice", "Passw0rd!A"), settings());
    let mut group = c.benchmark_group("100-octet PDU, protect and unprotect");
    group.throughput(Throughput::Elements(1));
    for level in [AuthLevel::Integrity, AuthLevel::Privacy] {
        let (mut client, mut server) = shake_hands(&credentials, &settings);
        let (mut pdu, mut signature) = ([7; PDU_LEN], [0; 16]);
        group.bench_function(level.to_string(), |b| {
            b.iter(|| {
                client.protect(level, black_box(&mut pdu), BODY, &mut signature).expect("it is in step");
                server.unprotect(level, black_box(&mut pdu), BODY, &signature).expect("it is in step");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, handshake, pdu);
criterion_main!(benches);
