//! Mechanism, level, client: each test is a client and a mechanism, and walks the levels and the syntaxes that the client
//! has. At each it opens a session, asks, closes it, and meets the cap.
//!
//! What the client says that it does is not taken on trust: tshark reads it off the wire.

use std::collections::BTreeSet;

use interop::{ALICE, AUTHENTICATED, Client, Level, Logon, Mechanism, NULL_HANDLE, NspiServer, Syntax, Tap};
use nspi_client::{AuthLevel, ConnectOptions, Connection, Credentials, Error, Stat, TransferSyntaxes};
use nspi_proto::nspi::property::tags;
use serde_json::{Value, json};

use super::{CONTEXT_MISMATCH, wire};

const CAP: usize = 2;
const SETTINGS: [&str; 4] = ["--min-auth-level", "connect", "--max-sessions-per-user", "2"];

/// The first in the table.
const FIRST: [&str; 4] = ["Alice Adams", "All Engineering", "All Finance", "All Management"];

/// scapy, aiosmb and Wine sign nothing at level packet.
const WITHOUT_PACKET: [Level; 3] = [Level::Connect, Level::Integrity, Level::Privacy];

#[test]
fn impacket_by_ntlm() {
    walk(Client::impacket, Mechanism::Ntlm, &AUTHENTICATED, &[Syntax::Ndr20]);
}

#[test]
fn scapy_by_ntlm() {
    walk(Client::scapy, Mechanism::Ntlm, &WITHOUT_PACKET, &[Syntax::Ndr20, Syntax::Ndr64]);
}

#[test]
fn scapy_by_negotiate() {
    walk(Client::scapy, Mechanism::Negotiate, &WITHOUT_PACKET, &[Syntax::Ndr20, Syntax::Ndr64]);
}

#[test]
fn samba_by_ntlm() {
    walk(Client::samba, Mechanism::Ntlm, &AUTHENTICATED, &[Syntax::Ndr20, Syntax::BigEndian, Syntax::Ndr64]);
}

#[test]
fn samba_by_negotiate() {
    walk(Client::samba, Mechanism::Negotiate, &AUTHENTICATED, &[Syntax::Ndr20, Syntax::BigEndian, Syntax::Ndr64]);
}

#[test]
fn dpapi_ng_by_ntlm() {
    walk(Client::dpapi_ng, Mechanism::Ntlm, &[Level::Privacy], &[Syntax::Ndr20, Syntax::Ndr64]);
}

#[test]
fn dpapi_ng_by_negotiate() {
    walk(Client::dpapi_ng, Mechanism::Negotiate, &[Level::Privacy], &[Syntax::Ndr20, Syntax::Ndr64]);
}

#[test]
fn aiowmi_by_ntlm() {
    walk(Client::aiowmi, Mechanism::Ntlm, &[Level::Privacy], &[Syntax::Ndr20]);
}

#[test]
fn aiosmb_by_ntlm() {
    walk(Client::aiosmb, Mechanism::Ntlm, &WITHOUT_PACKET, &[Syntax::Ndr20]);
}

#[test]
fn wine_by_ntlm() {
    walk(Client::wine, Mechanism::Ntlm, &WITHOUT_PACKET, &[Syntax::Ndr20]);
}

/// NTLM without SPNEGO around it, under the number of Negotiate.
#[test]
fn wine_by_negotiate() {
    walk(Client::wine, Mechanism::Negotiate, &WITHOUT_PACKET, &[Syntax::Ndr20]);
}

#[test]
fn our_client_by_ntlm() {
    walk_with_ours(Mechanism::Ntlm);
}

#[test]
fn our_client_by_negotiate() {
    walk_with_ours(Mechanism::Negotiate);
}

fn walk(start: fn() -> Client, mechanism: Mechanism, levels: &[Level], syntaxes: &[Syntax]) {
    for &level in levels {
        let server = NspiServer::start(&SETTINGS);
        let tap = Tap::before(server.port);
        for &syntax in syntaxes {
            let mut client = start();
            let alice = client.open_port(tap.port, &Logon { level, mechanism, syntax, ..ALICE }).unwrap();
            let session = client.bind(alice).unwrap();
            assert!(session.status == 0 && session.guid.is_some(), "{level:?} {syntax:?}: {session:?}");
            let asked = json!({ "handle": session.handle, "stat": { "Delta": 3 } });
            let moved: Value = client.on(alice, "update_stat", asked).unwrap();
            assert_eq!(
                (&moved["status"], &moved["delta"], &moved["stat"]["NumPos"]),
                (&json!(0), &json!(3), &json!(3))
            );
            assert_eq!(client.query_names(alice, &session.handle, 4).unwrap(), FIRST);
            let unbound = client.unbind(alice, &session.handle).unwrap();
            assert_eq!((unbound.status, unbound.handle.as_str()), (1, NULL_HANDLE));
            assert_eq!(client.unbind(alice, &session.handle).unwrap_err(), CONTEXT_MISMATCH);
            assert_eq!(client.bind_all(alice), CAP, "{level:?} {syntax:?}");
            // The next one finds all slots free: this process, and its connection, have gone.
            drop(client);
            interop::eventually("the sessions end with their connection", || all_slots_are_free(&server));
        }
        is_on_the_wire(&tap, mechanism, level);
    }
}

/// Asked for by impacket, which has no part in what is measured.
fn all_slots_are_free(server: &NspiServer) -> Option<()> {
    let mut impacket = Client::impacket();
    let alice = impacket.open(server, &ALICE).unwrap();
    (impacket.bind_all(alice) == CAP).then_some(())
}

fn walk_with_ours(mechanism: Mechanism) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for level in AUTHENTICATED {
        let server = NspiServer::start(&SETTINGS);
        let tap = Tap::before(server.port);
        for syntaxes in [TransferSyntaxes::Ndr20, TransferSyntaxes::Ndr64] {
            let options = ConnectOptions::new()
                .credentials(Credentials::ntlm(ALICE.domain, ALICE.user, ALICE.password))
                .mechanism(match mechanism {
                    Mechanism::Ntlm => nspi_client::Mechanism::Ntlm,
                    _ => nspi_client::Mechanism::Negotiate,
                })
                .level(match level {
                    Level::None => AuthLevel::None,
                    Level::Connect => AuthLevel::Connect,
                    Level::Packet => AuthLevel::Packet,
                    Level::Integrity => AuthLevel::Integrity,
                    Level::Privacy => AuthLevel::Privacy,
                })
                .transfer_syntaxes(syntaxes);
            runtime.block_on(async {
                let connection = Connection::open(format!("127.0.0.1:{}", tap.port), options).await.unwrap();
                let session = connection.bind(Stat::default()).await.unwrap();
                let page = session.query_rows(Stat::default(), 4, &[tags::DISPLAY_NAME]).await.unwrap();
                assert_eq!(page.rows.len(), FIRST.len());
                let second = connection.bind(Stat::default()).await.unwrap();
                let refused = connection.bind(Stat::default()).await.unwrap_err();
                assert!(matches!(refused, Error::LogonFailed(_)), "{refused}");
                session.unbind().await.unwrap();
                second.unbind().await.unwrap();
                connection.close().await.unwrap();
            });
        }
        is_on_the_wire(&tap, mechanism, level);
    }
}

/// Each association was made by this mechanism at this level, and where calls are protected, each call was.
fn is_on_the_wire(tap: &Tap, mechanism: Mechanism, level: Level) {
    let expected = BTreeSet::from([wire::protection(mechanism, level)]);
    assert_eq!(wire::seen(tap, wire::BIND), expected, "{level:?}");
    let requests = wire::seen(tap, wire::REQUEST);
    assert!(requests == expected || level == Level::Connect, "{level:?}: {requests:?}");
}
