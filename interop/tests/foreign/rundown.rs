//! Sessions end with the last connection of their user in their association group, however it goes.

use interop::{ALICE, BOB, Client, Connection, LOGON_FAILED, Logon, NspiServer, Refusal, STRANGER, eventually};
use serde_json::{Value, json};

use super::{CONTEXT_MISMATCH, DEFAULTS};

/// A client that holds all of alice's sessions, and another one, which has none left.
fn all_taken(server: &NspiServer) -> (Client, Connection, Client, Connection) {
    let (mut holder, mut other) = (Client::impacket(), Client::impacket());
    let held = holder.open(server, &ALICE).unwrap();
    assert_eq!(holder.bind_all(held), 50);
    let waiting = other.open(server, &ALICE).unwrap();
    assert_eq!(other.bind(waiting).unwrap().status, LOGON_FAILED);
    (holder, held, other, waiting)
}

/// All 50 are free again, and not one more. The first may take a moment: a dropped connection says nothing.
fn all_freed(client: &mut Client, connection: Connection) {
    eventually("the sessions are freed", || (client.bind(connection).unwrap().status == 0).then_some(()));
    assert_eq!(client.bind_all(connection), 49);
}

#[test]
fn a_closed_connection_frees_its_sessions() {
    let server = NspiServer::start(&DEFAULTS);
    let (mut holder, held, mut other, waiting) = all_taken(&server);
    let _: Value = holder.on(held, "close", json!({})).unwrap();
    all_freed(&mut other, waiting);
}

#[test]
fn a_reset_connection_frees_its_sessions() {
    let server = NspiServer::start(&DEFAULTS);
    let (mut holder, held, mut other, waiting) = all_taken(&server);
    let _: Value = holder.on(held, "close", json!({ "reset": true })).unwrap();
    all_freed(&mut other, waiting);
}

#[test]
fn a_killed_client_frees_its_sessions() {
    let server = NspiServer::start(&DEFAULTS);
    let (holder, _, mut other, waiting) = all_taken(&server);
    holder.kill();
    all_freed(&mut other, waiting);
}

#[test]
fn an_unbound_session_is_not_freed_a_second_time_by_the_disconnect() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let (one, other) = (client.open(&server, &ALICE).unwrap(), client.open(&server, &ALICE).unwrap());
    let session = client.bind(one).unwrap();
    assert_eq!(client.unbind(one, &session.handle).unwrap().status, 1);
    let _: Value = client.on(one, "close", json!({})).unwrap();
    assert_eq!(client.bind_all(other), 50);
}

/// A handle belongs to the group and not to the connection: the second one keeps what the first one opened.
#[test]
fn the_same_user_in_the_group_keeps_the_sessions_alive() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let first = client.open(&server, &ALICE).unwrap();
    let second = client.open(&server, &Logon { group: first.group, ..ALICE }).unwrap();
    assert_eq!(second.group, first.group);
    // It has authenticated once a call of its own is answered.
    let own = client.bind(second).unwrap();
    assert_eq!(client.unbind(second, &own.handle).unwrap().status, 1);
    let session = client.bind(first).unwrap();
    let _: Value = client.on(first, "close", json!({})).unwrap();
    assert_eq!(client.unbind(second, &session.handle).unwrap().status, 1);
    assert_eq!(client.bind_all(second), 50);
}

#[test]
fn a_stranger_in_the_group_keeps_nothing_alive() {
    let server = NspiServer::start(&DEFAULTS);
    let (holder, held, mut other, waiting) = all_taken(&server);
    let stranger = other.open(&server, &Logon { group: held.group, ..STRANGER }).unwrap();
    assert_eq!(stranger.group, held.group, "joining is not refused: it only gives nothing");
    holder.kill();
    all_freed(&mut other, waiting);
    // The stranger is still there.
    assert_eq!(other.bind(stranger).unwrap_err(), super::ACCESS_DENIED);
}

#[test]
fn another_user_in_the_group_keeps_nothing_alive() {
    let server = NspiServer::start(&DEFAULTS);
    let (holder, held, mut other, waiting) = all_taken(&server);
    let bob = other.open(&server, &Logon { group: held.group, ..BOB }).unwrap();
    let own = other.bind(bob).unwrap();
    holder.kill();
    all_freed(&mut other, waiting);
    assert_eq!(other.unbind(bob, &own.handle).unwrap().status, 1, "and bob keeps his own");
}

#[test]
fn a_client_that_failed_to_authenticate_in_the_group_keeps_nothing_alive() {
    let server = NspiServer::start(&DEFAULTS);
    let (holder, held, mut other, waiting) = all_taken(&server);
    let _impostor = other.open(&server, &Logon { group: held.group, password: "wrong", ..ALICE }).unwrap();
    holder.kill();
    all_freed(&mut other, waiting);
}

#[test]
fn a_handle_does_not_outlive_its_group() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let first = client.open(&server, &ALICE).unwrap();
    let session = client.bind(first).unwrap();
    let _: Value = client.on(first, "close", json!({})).unwrap();
    let later = client.open(&server, &ALICE).unwrap();
    assert_eq!(client.unbind(later, &session.handle).unwrap_err(), CONTEXT_MISMATCH);
}

#[test]
fn an_unknown_group_is_refused() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let first = client.open(&server, &ALICE).unwrap();
    let unknown = Logon { group: first.group ^ 1, ..ALICE };
    // As Samba does: bind_nak, reason not specified.
    assert_eq!(client.open(&server, &unknown).unwrap_err(), Refusal::Nak(0));

    // A group that has ended is as unknown as one that never was.
    let _: Value = client.on(first, "close", json!({})).unwrap();
    let ended = Logon { group: first.group, ..ALICE };
    let refusal = eventually("the group ends", || {
        // Who joins it, since it has not ended yet, would keep it alive.
        let joined = client.open(&server, &ended).map(|joined| client.on::<Value>(joined, "close", json!({})));
        joined.err()
    });
    assert_eq!(refusal, Refusal::Nak(0));
}
