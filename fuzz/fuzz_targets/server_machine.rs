//! The server's machine with NTLM, fed in chunks, driven as the server drives it. No octets give a panic, an endless
//! loop, memory without bound, or a call at a level that somebody must have authenticated for.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use nspi_auth::AccountList;
use nspi_auth::ntlm::{Acceptor, AcceptorSettings, ServerNames};
use nspi_proto::dcerpc::auth::{AuthContextId, AuthLevel, AuthType, Handshake, SecurityError};
use nspi_proto::dcerpc::{AssocGroupId, FaultStatus, InterfaceId, Offer, Server, ServerEvent, ServerOptions};
use nspi_proto::{epm, mgmt, nspi};

/// Octets that the machine may keep of what it was fed.
const MAX_STUB: usize = 64 << 10;

static SETTINGS: LazyLock<Arc<AcceptorSettings>> = LazyLock::new(|| {
    let accounts: AccountList = "domain ACME acme.test\nuser ACME\\alice password unguessable".parse().unwrap();
    Arc::new(AcceptorSettings::new(accounts, ServerNames::new("ACME", "acme.test", "DC1")))
});

fn options() -> ServerOptions {
    let interfaces: [InterfaceId; 3] = [nspi::interface::INTERFACE, epm::INTERFACE, mgmt::INTERFACE];
    ServerOptions {
        offers: interfaces.into_iter().map(Offer::ndr20_or_ndr64).collect(),
        mechanisms: vec![AuthType::NTLM],
        secondary_address: b"6002".to_vec(),
        max_stub: MAX_STUB,
        ..ServerOptions::default()
    }
}

fuzz_target!(|octets: &[u8]| {
    let [chunk, stream @ ..] = octets else { return };
    let mut server = Server::new(options());
    let mut handshakes: Vec<(AuthContextId, Acceptor)> = Vec::new();
    let mut out = Vec::new();
    for octets in stream.chunks(usize::from(*chunk).max(1)) {
        server.receive(octets);
        loop {
            match server.poll(&mut out) {
                Err(_) => return,
                Ok(None) => break,
                Ok(Some(ServerEvent::Bind { group })) => server.join(Ok(group.unwrap_or(AssocGroupId(1))), &mut out),
                Ok(Some(ServerEvent::Authenticate { id, token, .. })) => {
                    let known = handshakes.iter().position(|(known, _)| *known == id);
                    let at = known.unwrap_or_else(|| {
                        handshakes.push((id, Acceptor::new(Arc::clone(&SETTINGS))));
                        handshakes.len() - 1
                    });
                    let progress: Result<_, SecurityError> = handshakes[at].1.step(token);
                    server.authenticated(id, progress, &mut out);
                }
                Ok(Some(ServerEvent::Request { call, caller, level, stub, .. })) => {
                    assert!(caller.is_none() && level == AuthLevel::None, "nobody has proved anything");
                    let answer = stub.to_vec();
                    if answer.len() % 2 == 0 {
                        let _ = server.respond(call, &answer, &mut out);
                    } else {
                        server.fault(call, FaultStatus::BAD_STUB_DATA, &mut out);
                    }
                }
                Ok(Some(_)) => {}
            }
        }
        assert!(server.pending_octets() <= stream.len());
        out.clear();
    }
});
