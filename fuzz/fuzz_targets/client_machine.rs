//! The client's machine, and the observer that reads along, fed with whatever a server might say. No octets give a panic,
//! an endless loop, memory without bound, or an answer to a signed call that nobody signed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nspi_auth::Credentials;
use nspi_auth::ntlm::Initiator;
use nspi_proto::dcerpc::auth::{AuthContextId, AuthLevel, AuthType, Handshake, Progress};
use nspi_proto::dcerpc::{
    Client, ClientEvent, ClientOptions, ContextElement, ContextId, Direction, FirstToken, Observer, TransferSyntaxId,
};
use nspi_proto::nspi;

const MAX_STUB: usize = 64 << 10;

fuzz_target!(|octets: &[u8]| {
    let [chunk, level, stream @ ..] = octets else { return };
    let level = if level & 1 == 0 { AuthLevel::None } else { AuthLevel::Integrity };
    let mut client = Client::new(ClientOptions { max_stub: MAX_STUB, ..ClientOptions::default() });
    let mut handshake = Initiator::new(Credentials::ntlm("ACME", "alice", "unguessable"), level);
    let syntaxes = [TransferSyntaxId::NDR20, TransferSyntaxId::NDR64];
    let contexts = (0..).zip(syntaxes).map(|(id, syntax)| ContextElement {
        id: ContextId(id),
        interface: nspi::interface::INTERFACE,
        transfer_syntaxes: vec![syntax],
    });
    let Ok(Progress::Continue { token }) = handshake.step(&[]) else { return };
    let first = FirstToken { id: AuthContextId(1), mechanism: AuthType::NTLM, level, token: &token };
    let mut out = Vec::new();
    let auth = (level != AuthLevel::None).then_some(first);
    if client.bind(None, contexts.collect(), auth, &mut out).is_err() {
        return;
    }
    let mut observer = Observer::new(MAX_STUB);
    observer.receive(Direction::ToServer, &out);
    observer.receive(Direction::ToClient, stream);
    while observer.poll().is_some() {}

    for octets in stream.chunks(usize::from(*chunk).max(1)) {
        client.receive(octets);
        loop {
            let token = match client.poll() {
                Err(_) => return,
                Ok(None) => break,
                Ok(Some(ClientEvent::Bound { token, .. } | ClientEvent::Altered { token, .. })) => {
                    token.map(<[u8]>::to_vec)
                }
                Ok(Some(ClientEvent::Response { .. })) => {
                    assert_eq!(level, AuthLevel::None, "an answer that the server cannot have signed");
                    None
                }
                Ok(Some(_)) => None,
            };
            if let Some(token) = token {
                let progress = handshake.step(&token);
                let Ok(progress) = progress else { return };
                if client.authenticated(AuthContextId(1), progress, &mut out).is_err() {
                    return;
                }
            }
            let caller = (level != AuthLevel::None).then_some(AuthContextId(1));
            if client.may_call() {
                let _ = client.call(ContextId(0), 0, None, &[7; 40], caller, &mut out);
            }
            out.clear();
        }
        assert!(client.pending_octets() <= stream.len());
    }
});
