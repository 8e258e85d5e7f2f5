//! The cap, as impacket meets it.

use std::sync::Barrier;
use std::thread;

use interop::{ALICE, BOB, Bound, Client, Connection, LOGON_FAILED, Logon, NULL_HANDLE, NspiServer, Unbound};

use super::{DEFAULTS, READABLE};

/// [MS-NSPI 3.1.4.1] rule 3, and rule 2: a response, in which everything else is NULL.
fn refused() -> Bound {
    Bound { status: LOGON_FAILED, guid: None, handle: NULL_HANDLE.to_owned() }
}

#[test]
fn the_51st_bind_on_one_connection_is_refused_and_unbind_frees_one() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let alice = client.open(&server, &ALICE).unwrap();
    let sessions: Vec<Bound> = (0..50).map(|_| client.bind(alice).unwrap()).collect();
    assert!(sessions.iter().all(|session| session.status == 0 && session.guid.is_some()));
    assert_eq!(client.bind(alice).unwrap(), refused());

    // The connection goes on, and so do its sessions.
    let unbound = client.unbind(alice, &sessions[7].handle).unwrap();
    assert_eq!(unbound, Unbound { status: 1, handle: NULL_HANDLE.to_owned() });
    assert_eq!(client.bind_all(alice), 1);
}

#[test]
fn the_51st_bind_over_many_connections_is_refused() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let mut bind_anew = || {
        let alice: Connection = client.open(&server, &ALICE).unwrap();
        (alice.group, client.bind(alice).unwrap())
    };
    let (mut groups, sessions): (Vec<u32>, Vec<Bound>) = (0..50).map(|_| bind_anew()).unzip();
    assert!(sessions.iter().all(|session| session.status == 0));
    groups.sort_unstable();
    groups.dedup();
    assert_eq!(groups.len(), 50, "each connection is an association group of its own");
    assert_eq!(bind_anew().1, refused());
}

#[test]
fn a_second_user_is_not_affected() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let alice = client.open(&server, &ALICE).unwrap();
    let bob = client.open(&server, &BOB).unwrap();
    assert_eq!(client.bind_all(alice), 50);
    assert_eq!(client.bind_all(bob), 50);
}

/// One person is one account object, by whatever name, and at whatever level.
#[test]
fn all_spellings_of_a_name_are_one_user() {
    let server = NspiServer::start(&READABLE);
    let mut client = Client::impacket();
    let spellings = [
        ("ACME", "alice"),
        ("acme", "ALICE"),
        ("AcMe", "Alice"),
        ("acme.test", "alice"),
        ("ACME.TEST", "aLiCe"),
        ("", "alice"),
        ("", "alice@acme.test"),
        ("", "ALICE@ACME.TEST"),
    ];
    let connections: Vec<Connection> = spellings
        .iter()
        .zip(interop::AUTHENTICATED.iter().cycle())
        .map(|(&(domain, user), &level)| client.open(&server, &Logon { domain, user, level, ..ALICE }).unwrap())
        .collect();
    for connection in &connections {
        assert_eq!(client.bind(*connection).unwrap().status, 0);
    }
    assert_eq!(client.bind_all(connections[0]), 50 - spellings.len());
    for connection in &connections {
        assert_eq!(client.bind(*connection).unwrap(), refused());
    }
}

#[test]
fn a_bind_refused_for_its_code_page_takes_no_slot() {
    const INVALID_CODEPAGE: u32 = 0x8004_011E;
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let alice = client.open(&server, &ALICE).unwrap();
    for _ in 0..60 {
        let bound: Bound = client.on(alice, "bind", serde_json::json!({ "code_page": 99_999 })).unwrap();
        assert_eq!(bound, Bound { status: INVALID_CODEPAGE, ..refused() });
    }
    assert_eq!(client.bind_all(alice), 50);
}

#[test]
fn clients_that_race_for_the_slots_get_exactly_50() {
    const RACERS: usize = 6;
    let server = NspiServer::start(&DEFAULTS);
    let start = Barrier::new(RACERS);
    let won: Vec<usize> = thread::scope(|scope| {
        let race = || {
            let mut client = Client::impacket();
            let alice = client.open(&server, &ALICE).unwrap();
            start.wait();
            let won = client.bind_all(alice);
            // Nobody leaves before all have finished.
            start.wait();
            won
        };
        let racers: Vec<_> = (0..RACERS).map(|_| scope.spawn(race)).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert_eq!(won.iter().sum::<usize>(), 50, "{won:?}");
}
