//! A context handle answers to its user, in its group, at no lower level than it was opened with; and to nobody else.

use interop::{ALICE, AUTHENTICATED, BOB, Client, Connection, Level, Logon, NULL_HANDLE, NspiServer, Refusal};
use serde_json::{Value, json};

use super::{CONTEXT_MISMATCH, DEFAULTS, READABLE};

/// `intruder` cannot close alice's session, and alice still can.
fn is_protected(client: &mut Client, alice: Connection, intruder: Connection) {
    let session = client.bind(alice).unwrap();
    assert_eq!(client.unbind(intruder, &session.handle).unwrap_err(), CONTEXT_MISMATCH);
    assert_eq!(client.unbind(alice, &session.handle).unwrap().status, 1);
}

#[test]
fn an_unbound_handle_is_a_context_mismatch() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let alice = client.open(&server, &ALICE).unwrap();
    let session = client.bind(alice).unwrap();
    assert_eq!(client.unbind(alice, &session.handle).unwrap().status, 1);
    assert_eq!(client.unbind(alice, &session.handle).unwrap_err(), CONTEXT_MISMATCH);
    let rows = client.query_names(alice, &session.handle, 1);
    assert_eq!(rows.unwrap_err(), CONTEXT_MISMATCH);
    assert_eq!(client.bind(alice).unwrap().status, 0, "the connection goes on");
}

#[test]
fn an_invented_handle_is_a_context_mismatch() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let alice = client.open(&server, &ALICE).unwrap();
    let session = client.bind(alice).unwrap();
    for invented in [format!("00000000{}", "11".repeat(16)), format!("01{}", &session.handle[2..])] {
        assert_eq!(client.unbind(alice, &invented).unwrap_err(), CONTEXT_MISMATCH);
    }
    assert_eq!(client.unbind(alice, &session.handle).unwrap().status, 1);
}

/// As a MIDL stub does: RPC_X_SS_IN_NULL_CONTEXT.
#[test]
fn unbinding_the_null_handle_is_a_fault() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let alice = client.open(&server, &ALICE).unwrap();
    assert_eq!(client.unbind(alice, NULL_HANDLE).unwrap_err(), Refusal::Fault(0x6EF));
}

#[test]
fn another_user_cannot_use_a_handle_even_in_its_group() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let alice = client.open(&server, &ALICE).unwrap();
    let bob = client.open(&server, &Logon { group: alice.group, ..BOB }).unwrap();
    is_protected(&mut client, alice, bob);
}

#[test]
fn its_user_cannot_use_a_handle_in_another_group() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let alice = client.open(&server, &ALICE).unwrap();
    let elsewhere = client.open(&server, &ALICE).unwrap();
    is_protected(&mut client, alice, elsewhere);
}

#[test]
fn a_handle_is_not_used_at_a_lower_level_than_it_was_opened_at() {
    let server = NspiServer::start(&READABLE);
    let mut client = Client::impacket();
    let first = client.open(&server, &ALICE).unwrap();
    let mut at = |level: Level| client.open(&server, &Logon { group: first.group, level, ..ALICE }).unwrap();
    let connections = AUTHENTICATED.map(&mut at);
    for (opened, alice) in connections.into_iter().enumerate() {
        for lower in &connections[..opened] {
            is_protected(&mut client, alice, *lower);
        }
        for higher in &connections[opened..] {
            let session = client.bind(alice).unwrap();
            assert_eq!(client.unbind(*higher, &session.handle).unwrap().status, 1);
        }
    }
}

/// alter_context: two presentation contexts and two security contexts on one TCP connection, each with keys of its own.
#[test]
fn a_second_security_context_of_the_user_shares_the_sessions() {
    let server = NspiServer::start(&READABLE);
    for level in [Level::Connect, Level::Integrity, Level::Privacy] {
        let mut client = Client::impacket();
        let first = client.open(&server, &Logon { level, ..ALICE }).unwrap();
        let session = client.bind(first).unwrap();
        let second: Connection = client.on(first, "alter", json!({})).unwrap();
        assert_eq!(client.bind(second).unwrap().status, 0);
        assert_eq!(client.unbind(second, &session.handle).unwrap().status, 1);
        assert_eq!(client.bind(first).unwrap().status, 0);
        assert_eq!(client.bind_all(second), 48);
        assert_eq!(client.bind_all(first), 0);
        // And a third one for another interface.
        let third: Connection = client.on(second, "alter", json!({ "interface": "mgmt" })).unwrap();
        let listening: Value = client.on(third, "call", json!({ "opnum": 2, "stub": "" })).unwrap();
        assert_eq!(listening["stub"], "0000000001000000");
        client.kill();
        let mut other = Client::impacket();
        let alice = other.open(&server, &ALICE).unwrap();
        interop::eventually("all are freed", || (other.bind_all(alice) > 0).then_some(()));
    }
}
