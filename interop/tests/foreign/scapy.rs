//! The same wall, met by scapy: a second program by other people, which checks what impacket takes on trust.

use interop::{ALICE, BOB, Client, Level, Logon, NULL_HANDLE, NspiServer, Refusal, STRANGER, Syntax};
use serde_json::{Value, json};

use super::{ACCESS_DENIED, CONTEXT_MISMATCH, DEFAULTS, READABLE};

/// Levels that scapy speaks; at level packet it signs nothing.
const LEVELS: [Level; 3] = [Level::Connect, Level::Integrity, Level::Privacy];

/// The server's signatures are right, header signing and the verification trailer are understood.
#[test]
fn scapy_opens_uses_and_closes_a_session_at_each_level() {
    let server = NspiServer::start(&READABLE);
    let mut scapy = Client::scapy();
    for level in LEVELS {
        let alice = scapy.open(&server, &Logon { level, ..ALICE }).unwrap();
        let session = scapy.bind(alice).unwrap();
        assert!(session.status == 0 && session.guid.is_some(), "{session:?}");
        let asked = json!({ "handle": session.handle, "stat": { "Delta": 3 } });
        let moved: Value = scapy.on(alice, "update_stat", asked).unwrap();
        assert_eq!((&moved["status"], &moved["delta"], &moved["stat"]["NumPos"]), (&json!(0), &json!(3), &json!(3)));
        let unbound = scapy.unbind(alice, &session.handle).unwrap();
        assert_eq!((unbound.status, unbound.handle.as_str()), (1, NULL_HANDLE));
        assert_eq!(scapy.unbind(alice, &session.handle).unwrap_err(), CONTEXT_MISMATCH);
    }
}

/// Whichever transfer syntax the server picks of the two, the calls work.
#[test]
fn scapy_may_offer_ndr64_beside_ndr20() {
    let server = NspiServer::start(&DEFAULTS);
    let mut scapy = Client::scapy();
    let alice = scapy.open(&server, &Logon { syntax: Syntax::Either, ..ALICE }).unwrap();
    let session = scapy.bind(alice).unwrap();
    assert_eq!(session.status, 0);
    assert_eq!(scapy.unbind(alice, &session.handle).unwrap().status, 1);
    assert_eq!(scapy.bind_all(alice), 50);
}

#[test]
fn scapy_and_impacket_share_the_users_sessions() {
    let server = NspiServer::start(&DEFAULTS);
    let (mut scapy, mut impacket) = (Client::scapy(), Client::impacket());
    let one = scapy.open(&server, &ALICE).unwrap();
    let other = impacket.open(&server, &ALICE).unwrap();
    for _ in 0..20 {
        assert_eq!(impacket.bind(other).unwrap().status, 0);
    }
    assert_eq!(scapy.bind_all(one), 30);
    assert_eq!(impacket.bind_all(other), 0);
    let bob = scapy.open(&server, &BOB).unwrap();
    assert_eq!(scapy.bind_all(bob), 50);
}

#[test]
fn scapy_with_a_wrong_password_is_refused_at_each_level() {
    let server = NspiServer::start(&READABLE);
    let mut scapy = Client::scapy();
    for level in LEVELS {
        let alice = scapy.open(&server, &Logon { level, password: "wrong", ..ALICE }).unwrap();
        assert_eq!(scapy.bind(alice).unwrap_err(), ACCESS_DENIED, "{level:?}");
    }
    let stranger = scapy.open(&server, &STRANGER).unwrap();
    assert_eq!(scapy.bind(stranger), Err(Refusal::Fault(5)));
}
