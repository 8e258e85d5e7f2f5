//! A real conversation, NTLM or SPNEGO at any level, and a hand on the wire that changes octets, drops, repeats and swaps
//! messages as the fuzzer says. Whatever it does: a call that the server takes for signed is one that the client made, in
//! that order, each once; and so is an answer that the client takes for signed.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use nspi_auth::ntlm::{self, AcceptorSettings, ServerNames};
use nspi_auth::{AccountList, Credentials, Environment, FileTime, spnego};
use nspi_proto::dcerpc::auth::{AuthContextId, AuthLevel, AuthType, Handshake, Progress, SecurityError};
use nspi_proto::dcerpc::{
    AssocGroupId, Client, ClientEvent, ClientOptions, ContextElement, ContextId, FirstToken, Offer, Server,
    ServerEvent, ServerOptions, TransferSyntaxId,
};
use nspi_proto::nspi;

const CALLER: AuthContextId = AuthContextId(1);

/// The same each time, so that what was found is found again.
struct Frozen;

impl Environment for Frozen {
    fn now(&self) -> FileTime {
        FileTime(133_500_000_000_000_000)
    }

    fn random(&self, octets: &mut [u8]) -> Result<(), SecurityError> {
        octets.fill(0x5A);
        Ok(())
    }
}

static SETTINGS: LazyLock<Arc<AcceptorSettings>> = LazyLock::new(|| {
    let accounts: AccountList = "domain ACME acme.test\nuser ACME\\alice password unguessable".parse().unwrap();
    let settings = AcceptorSettings::new(accounts, ServerNames::new("ACME", "acme.test", "DC1"));
    Arc::new(settings.environment(Frozen))
});

/// Four octets each: which message, what to do, where, with what.
struct Hand<'p> {
    plan: &'p [[u8; 4]],
    carried: u8,
}

impl Hand<'_> {
    /// Carries what one end sent to the other.
    fn carry(&mut self, mut octets: Vec<u8>) -> Vec<u8> {
        if octets.is_empty() {
            return octets;
        }
        for [message, act, place, value] in self.plan.iter().filter(|step| step[0] == self.carried) {
            let at = (usize::from(*place) | usize::from(act >> 4) << 8) % octets.len();
            match act & 7 {
                0..=3 => octets[at] ^= value,
                4 => octets.truncate(at),
                5 if octets.len() < 1 << 14 => octets.extend_from_within(..),
                5 => {}
                6 => drop(octets.drain(..at)),
                _ => octets.insert(at, *message ^ value),
            }
            if octets.is_empty() {
                break;
            }
        }
        self.carried = self.carried.wrapping_add(1);
        octets
    }
}

fn stub(number: u32) -> Vec<u8> {
    [number.to_le_bytes(), [0xA5; 4]].concat().repeat(4 + number as usize % 3)
}

fuzz_target!(|octets: &[u8]| {
    let Some(([how, level], plan)) = octets.split_first_chunk() else { return };
    let (plan, _) = plan.as_chunks::<4>();
    let mut hand = Hand { plan, carried: 0 };
    let level =
        [AuthLevel::Connect, AuthLevel::Packet, AuthLevel::Integrity, AuthLevel::Privacy][usize::from(level % 4)];
    let (mechanism, alice) = (if how & 1 == 0 { AuthType::NTLM } else { AuthType::SPNEGO }, || {
        Credentials::ntlm("ACME", "alice", "unguessable")
    });
    let ntlm = || ntlm::Initiator::new(alice(), level).environment(Frozen);
    let (mut initiator, mut acceptor): (Box<dyn Handshake>, Box<dyn Handshake>) = match mechanism {
        AuthType::NTLM => (Box::new(ntlm()), Box::new(ntlm::Acceptor::new(Arc::clone(&SETTINGS)))),
        _ => (Box::new(spnego::Initiator::over(ntlm())), Box::new(spnego::Acceptor::new(Arc::clone(&SETTINGS)))),
    };
    let mut client = Client::new(ClientOptions { header_signing: how & 2 == 0, ..ClientOptions::default() });
    let mut server = Server::new(ServerOptions {
        offers: vec![Offer::ndr20_or_ndr64(nspi::interface::INTERFACE)],
        mechanisms: vec![mechanism],
        ..ServerOptions::default()
    });

    let Ok(Progress::Continue { token }) = initiator.step(&[]) else { unreachable!("the client speaks first") };
    let context = ContextElement {
        id: ContextId(0),
        interface: nspi::interface::INTERFACE,
        transfer_syntaxes: vec![TransferSyntaxId::NDR20],
    };
    let (mut up, mut down) = (Vec::new(), Vec::new());
    let first = FirstToken { id: CALLER, mechanism, level, token: &token };
    client.bind(None, vec![context], Some(first), &mut up).expect("a bind can be written");

    let (mut made, mut taken, mut told) = (0, 0, 0);
    for _ in 0..12 {
        server.receive(&hand.carry(std::mem::take(&mut up)));
        loop {
            match server.poll(&mut down) {
                Err(_) => return,
                Ok(None) => break,
                Ok(Some(ServerEvent::Bind { group })) => server.join(Ok(group.unwrap_or(AssocGroupId(1))), &mut down),
                Ok(Some(ServerEvent::Authenticate { id, token, .. })) => {
                    let progress = acceptor.step(token);
                    server.authenticated(id, progress, &mut down);
                }
                Ok(Some(ServerEvent::Request { call, opnum, level: came_at, caller, stub: parameters, .. })) => {
                    if came_at > AuthLevel::Connect {
                        assert_eq!((caller, opnum), (Some(CALLER), 3));
                        assert_eq!(parameters, stub(taken), "a call that the client did not make, or not now");
                        taken += 1;
                    }
                    let answer: Vec<u8> = parameters.iter().rev().copied().collect();
                    if server.respond(call, &answer, &mut down).is_err() {
                        return;
                    }
                }
                Ok(Some(_)) => {}
            }
        }
        client.receive(&hand.carry(std::mem::take(&mut down)));
        loop {
            let token = match client.poll() {
                Err(_) => return,
                Ok(None) => break,
                Ok(Some(ClientEvent::Bound { token, .. } | ClientEvent::Altered { token, .. })) => {
                    token.map(<[u8]>::to_vec)
                }
                Ok(Some(ClientEvent::Response { stub: results, .. })) => {
                    if level > AuthLevel::Connect {
                        let expected: Vec<u8> = stub(told).into_iter().rev().collect();
                        assert_eq!(results, expected, "an answer that the server did not give, or not now");
                        told += 1;
                    }
                    None
                }
                Ok(Some(_)) => None,
            };
            if let Some(token) = token {
                let Ok(progress) = initiator.step(&token) else { return };
                if client.authenticated(CALLER, progress, &mut up).is_err() {
                    return;
                }
            }
        }
        if client.may_call() && client.call(ContextId(0), 3, None, &stub(made), Some(CALLER), &mut up).is_ok() {
            made += 1;
        }
    }
    assert!(!plan.is_empty() || (taken > 3 || level == AuthLevel::Connect), "an honest conversation gets nowhere");
});
