//! The binary's settings, signals and events, as an administrator and a client see them.

use std::fs;
use std::path::{Path, PathBuf};

use interop::{ALICE, BOB, Client, LOGON_FAILED, Level, Logon, NspiServer, STRANGER, eventually};
use tempfile::TempDir;

use super::{ACCESS_DENIED, DEFAULTS};

/// A registry file as regedit writes it: UTF-16 with a byte order mark, CR LF.
fn registry(directory: &Path, cap: u32) -> PathBuf {
    let text = format!(
        "Windows Registry Editor Version 5.00\r\n\r\n\
         [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\NTDS\\Parameters]\r\n\
         \"NSPI max sessions per user\"=dword:{cap:08x}\r\n"
    );
    let octets: Vec<u8> = text.encode_utf16().fold(vec![0xFF, 0xFE], |mut octets, unit| {
        octets.extend(unit.to_le_bytes());
        octets
    });
    let file = directory.join("cap.reg");
    fs::write(&file, octets).unwrap();
    file
}

#[test]
fn the_registry_sets_the_cap_and_sighup_reads_it_again() {
    let directory = TempDir::new().unwrap();
    let file = registry(directory.path(), 3);
    let server = NspiServer::start(&["--registry".as_ref(), file.as_os_str()]);
    let mut client = Client::impacket();
    let alice = client.open(&server, &ALICE).unwrap();
    assert_eq!(client.bind_all(alice), 3);

    registry(directory.path(), 5);
    server.signal("HUP");
    eventually("the cap is raised", || (client.bind(alice).unwrap().status == 0).then_some(()));
    assert_eq!(client.bind_all(alice), 1);

    // Lowering refuses new sessions and ends none.
    let bob = client.open(&server, &BOB).unwrap();
    let held: Vec<_> = (0..3).map(|_| client.bind(bob).unwrap()).collect();
    registry(directory.path(), 2);
    server.signal("HUP");
    eventually("the cap is lowered", || {
        let bound = client.bind(bob).unwrap();
        let refused = bound.status == LOGON_FAILED;
        if !refused {
            assert_eq!(client.unbind(bob, &bound.handle).unwrap().status, 1);
        }
        refused.then_some(())
    });
    for session in &held {
        assert!(!client.query_names(bob, &session.handle, 1).unwrap().is_empty());
    }
    for session in &held[1..] {
        assert_eq!(client.bind(bob).unwrap().status, LOGON_FAILED);
        assert_eq!(client.unbind(bob, &session.handle).unwrap().status, 1);
    }
    assert_eq!(client.bind(bob).unwrap().status, 0, "one of two");
}

#[test]
fn windows_2003_has_no_cap() {
    let server = NspiServer::start(&["--windows", "2003"]);
    let mut client = Client::impacket();
    let alice = client.open(&server, &ALICE).unwrap();
    for _ in 0..120 {
        assert_eq!(client.bind(alice).unwrap().status, 0);
    }
}

#[test]
fn a_cap_of_zero_refuses_every_session() {
    let server = NspiServer::start(&["--max-sessions-per-user", "0"]);
    let mut client = Client::impacket();
    let alice = client.open(&server, &ALICE).unwrap();
    assert_eq!(client.bind_all(alice), 0);
}

#[test]
fn each_refusal_is_an_event_2820() {
    const REFUSALS: usize = 25;
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("events.xml");
    let server = NspiServer::start(&["--event-log".as_ref(), file.as_os_str()]);
    let mut client = Client::impacket();
    // The user is the account, however spelt.
    let alice = client.open(&server, &Logon { domain: "", user: "ALICE@acme.test", ..ALICE }).unwrap();
    let bob = client.open(&server, &BOB).unwrap();
    assert_eq!(client.bind(bob).unwrap().status, 0);
    assert_eq!(client.bind_all(alice), 50);
    for _ in 1..REFUSALS {
        assert_eq!(client.bind(alice).unwrap().status, LOGON_FAILED);
    }

    let events = fs::read_to_string(&file).unwrap();
    assert_eq!(events.lines().count(), REFUSALS);
    for event in events.lines() {
        assert!(event.starts_with("<Event ") && event.ends_with("</Event>"), "{event}");
        assert!(event.contains("<EventID>2820</EventID>"), "{event}");
        assert!(event.contains(r"<Data>50</Data><Data>ACME\alice</Data>"), "{event}");
        assert!(event.contains("NSPI max connection limit for the user has reached."), "{event}");
    }
    // The log says it, too, but not as often.
    let log = server.log();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("event=2820")).collect();
    assert!((1..REFUSALS).contains(&lines.len()), "{log}");
    assert!(lines.iter().all(|line| line.contains("limit=50") && line.contains(r"ACME\\alice")), "{log}");
}

#[test]
fn windows_2008_logs_no_event_unless_asked_to() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("events.xml");
    let server = NspiServer::start(&["--windows".as_ref(), "2008".as_ref(), "--event-log".as_ref(), file.as_os_str()]);
    let mut client = Client::impacket();
    let alice = client.open(&server, &ALICE).unwrap();
    assert_eq!(client.bind_all(alice), 50);
    assert_eq!(fs::read_to_string(&file).unwrap_or_default(), "");
}

#[test]
fn the_minimum_level_holds() {
    let server = NspiServer::start(&["--min-auth-level", "privacy"]);
    let mut client = Client::impacket();
    for level in [Level::Connect, Level::Packet, Level::Integrity] {
        let alice = client.open(&server, &Logon { level, ..ALICE }).unwrap();
        assert_eq!(client.bind(alice).unwrap_err(), ACCESS_DENIED, "{level:?}");
    }
    let alice = client.open(&server, &ALICE).unwrap();
    assert_eq!(client.bind_all(alice), 50);
}

/// Where anonymous callers are allowed, all of an address are one user.
#[test]
fn anonymous_callers_are_counted_where_they_are_allowed() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("open.toml");
    fs::write(&file, "min-auth-level = \"none\"\nallow-anonymous = true\n").unwrap();
    let server = NspiServer::start(&["--config".as_ref(), file.as_os_str()]);
    let mut client = Client::impacket();
    let (one, other) = (client.open(&server, &STRANGER).unwrap(), client.open(&server, &STRANGER).unwrap());
    let session = client.bind(one).unwrap();
    assert_eq!(client.bind_all(other), 49);
    assert_eq!(client.unbind(other, &session.handle).unwrap_err(), super::CONTEXT_MISMATCH);
    assert_eq!(client.unbind(one, &session.handle).unwrap().status, 1);
    let alice = client.open(&server, &ALICE).unwrap();
    assert_eq!(client.bind_all(alice), 50);
}

#[test]
fn sigterm_ends_the_server_cleanly() {
    for name in ["TERM", "INT"] {
        let mut server = NspiServer::start(&DEFAULTS);
        let mut client = Client::impacket();
        let alice = client.open(&server, &ALICE).unwrap();
        assert_eq!(client.bind(alice).unwrap().status, 0);
        server.signal(name);
        let status = eventually("the server ends", || server.ended());
        assert_eq!(status.code(), Some(0), "SIG{name}: {}", server.log());
        assert!(client.bind(alice).is_err());
    }
}
