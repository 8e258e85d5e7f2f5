//! The cap, as impacket meets it.

use interop::{ALICE, BOB, Bound, Connection, Impacket, LOGON_FAILED, NULL_HANDLE, NspiServer, Unbound};

const NO_ARGUMENTS: [&str; 0] = [];

/// [MS-NSPI 3.1.4.1] rule 3, and rule 2: a response, in which everything else is NULL.
fn refused() -> Bound {
    Bound { status: LOGON_FAILED, guid: None, handle: NULL_HANDLE.to_owned() }
}

#[test]
fn the_51st_bind_on_one_connection_is_refused_and_unbind_frees_one() {
    let server = NspiServer::start(&NO_ARGUMENTS);
    let mut client = Impacket::start();
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
    let server = NspiServer::start(&NO_ARGUMENTS);
    let mut client = Impacket::start();
    let mut bind_anew = || {
        let alice: Connection = client.open(&server, &ALICE).unwrap();
        (alice.group, client.bind(alice).unwrap())
    };
    let mut groups: Vec<u32> = (0..50)
        .map(|_| {
            let (group, session) = bind_anew();
            assert_eq!(session.status, 0);
            group
        })
        .collect();
    groups.sort_unstable();
    groups.dedup();
    assert_eq!(groups.len(), 50, "each connection is an association group of its own");
    assert_eq!(bind_anew().1, refused());
}

#[test]
fn a_second_user_is_not_affected() {
    let server = NspiServer::start(&NO_ARGUMENTS);
    let mut client = Impacket::start();
    let alice = client.open(&server, &ALICE).unwrap();
    let bob = client.open(&server, &BOB).unwrap();
    assert_eq!(client.bind_all(alice), 50);
    assert_eq!(client.bind_all(bob), 50);
}
