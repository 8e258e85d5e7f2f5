//! What clients do with sessions while tcpdump listens: the labelled corpus of nspi-trace, and its live tests.
//!
//! ```text
//!   impacket, scapy, nspi ──► lo ──► nspi-server (cap of 20; its log counts)
//!                             └──► tcpdump ──► NAME.pcap, and the truth: NAME.json
//! ```

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::eventually;
use crate::{ALICE, BOB, Client, Connection, LOGON_FAILED, Level, Logon, NspiServer, STRANGER, Tcpdump, binary};

/// The server's cap in all scenarios.
pub const CAP: u32 = 20;

/// What is true of a capture: of the one user in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// What happened, for people.
    pub what: String,
    /// The account as `DOMAIN\user`, or empty where it cannot be known.
    pub user: String,
    /// NspiBind that succeeded within the capture.
    pub binds: u64,
    /// Sessions opened before the capture began, and used in it.
    pub from_before: u64,
    /// Sessions closed by NspiUnbind.
    pub unbound: u64,
    /// Sessions that ended with their connection.
    pub ended_by_disconnect: u64,
    /// Sessions still open at the end.
    pub never_ended: u64,
    /// NspiBind refused over the cap.
    pub refused: u64,
    /// The verdict: `leaks`, `healthy`, `needs`, ..
    pub verdict: String,
    /// Whether stubs are encrypted, so that only lengths tell.
    pub sealed: bool,
    /// The password that decrypts them.
    pub password: String,
}

/// A scenario by its name.
pub struct Scenario {
    /// Its name, and its file's.
    pub name: &'static str,
    /// How it goes.
    pub play: fn(&mut Stage),
}

/// Server, capture, and what has happened so far.
pub struct Stage {
    server: NspiServer,
    dump: Option<Tcpdump>,
    file: PathBuf,
    snap: u32,
    truth: Truth,
    /// Sessions that the server opened, seen by tcpdump or not.
    opened: u64,
}

/// All scenarios.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "impacket_plain_leak", play: |stage| leak(stage, Level::Connect) },
    Scenario { name: "impacket_signed_leak", play: |stage| leak(stage, Level::Integrity) },
    Scenario { name: "impacket_sealed_leak", play: |stage| leak(stage, Level::Privacy) },
    Scenario { name: "impacket_plain_correct", play: |stage| correct(stage, Level::Connect, None) },
    Scenario { name: "impacket_sealed_correct", play: |stage| correct(stage, Level::Privacy, None) },
    Scenario { name: "impacket_fragmented_correct", play: |stage| correct(stage, Level::Integrity, Some(16)) },
    Scenario { name: "impacket_plain_killed", play: |stage| killed(stage, Level::Connect) },
    Scenario { name: "impacket_sealed_killed", play: |stage| killed(stage, Level::Privacy) },
    Scenario { name: "impacket_sealed_needs", play: |stage| needs(stage, Level::Privacy) },
    Scenario { name: "impacket_unauthenticated_leak", play: unauthenticated },
    Scenario { name: "impacket_plain_midstream", play: midstream },
    Scenario { name: "impacket_unauthenticated_cut", play: cut },
    Scenario { name: "scapy_sealed_correct", play: scapy },
    Scenario { name: "nspi_spnego_sealed_leak", play: |stage| ours(stage, &["--negotiate"]) },
    Scenario { name: "nspi_ndr64_sealed_leak", play: |stage| ours(stage, &["--ndr64"]) },
    Scenario { name: "nspi_ipv6_signed_leak", play: |stage| ours(stage, &["--level", "integrity"]) },
];

/// Plays a scenario into `file`, and tells what is true of it.
///
/// # Panics
/// If it does not go as it should.
#[must_use]
pub fn play(scenario: &Scenario, file: &Path) -> Truth {
    let listen = if scenario.name.contains("ipv6") { "[::1]:0" } else { "127.0.0.1:0" };
    let directory = TempDir::new().unwrap();
    let settings = directory.path().join("settings.toml");
    let text = format!("min-auth-level = \"none\"\nallow-anonymous = true\nmax-sessions-per-user = {CAP}\n");
    std::fs::write(&settings, text).unwrap();
    let server = NspiServer::telling(listen, &["--config".as_ref(), settings.as_os_str()]);
    let truth = Truth { user: r"ACME\alice".to_owned(), password: ALICE.password.to_owned(), ..Truth::default() };
    let snap = if scenario.name.ends_with("_cut") { 200 } else { 0 };
    let mut stage = Stage { server, dump: None, file: file.to_owned(), snap, truth, opened: 0 };
    stage.listen();
    (scenario.play)(&mut stage);
    stage.stop();
    stage.check();
    stage.truth
}

impl Stage {
    /// Captures from here on.
    fn listen(&mut self) {
        self.dump = None;
        self.dump = Some(Tcpdump::start(self.server.port, &self.file, self.snap));
    }

    /// What comes now is no longer captured.
    fn stop(&mut self) {
        if let Some(dump) = self.dump.take() {
            dump.stop();
        }
    }

    fn open(&mut self, client: &mut Client, logon: &Logon<'_>) -> Connection {
        self.truth.sealed |= logon.level == Level::Privacy;
        client.open(&self.server, logon).unwrap()
    }

    /// NspiBind; its handle if it succeeds.
    fn bind(&mut self, client: &mut Client, on: Connection) -> Option<String> {
        let bound = client.bind(on).unwrap();
        match bound.status {
            0 => (self.truth.binds, self.opened) = (self.truth.binds + 1, self.opened + 1),
            LOGON_FAILED => self.truth.refused += 1,
            other => panic!("NspiBind: {other:#x}"),
        }
        (bound.status == 0).then_some(bound.handle)
    }

    fn unbind(&mut self, client: &mut Client, on: Connection, handle: &str) {
        assert_eq!(client.unbind(on, handle).unwrap().status, 1);
        self.truth.unbound += 1;
    }

    /// How often the server says that it did something.
    fn said(&self, what: &str) -> u64 {
        let log = self.server.log();
        log.lines().filter(|line| line.split_whitespace().any(|word| word == what)).count().try_into().unwrap()
    }

    /// The truth is what the server itself counted.
    fn check(&self) {
        let said = (self.said("NspiBind"), self.said("NspiUnbind"));
        assert_eq!(said, (self.opened, self.truth.unbound), "{}", self.server.log());
    }
}

/// Opens sessions until the cap and beyond, and closes three.
fn leak(stage: &mut Stage, level: Level) {
    stage.truth.what = "opens 25 sessions, unbinds 3 of them, and stays; the cap is 20".to_owned();
    stage.truth.verdict = "leaks".to_owned();
    let mut client = Client::impacket();
    let alice = stage.open(&mut client, &Logon { level, ..ALICE });
    let mut handles = Vec::new();
    for _ in 0..25 {
        if let Some(handle) = stage.bind(&mut client, alice) {
            if handles.len() < 3 {
                client.query_names(alice, &handle, 1).unwrap();
            }
            handles.push(handle);
        }
        if stage.truth.refused > stage.truth.unbound && stage.truth.unbound < 3 {
            stage.unbind(&mut client, alice, &handles.remove(0));
        }
    }
    stage.truth.never_ended = stage.truth.binds - stage.truth.unbound;
    stage.stop();
    client.kill();
}

/// Each session is used and unbound; the connection is closed at last.
fn correct(stage: &mut Stage, level: Level, max_fragment: Option<u32>) {
    stage.truth.what = "three connections; on each, three sessions one after the other, used and unbound".to_owned();
    stage.truth.verdict = "healthy".to_owned();
    let mut client = Client::impacket();
    for _ in 0..3 {
        let alice = stage.open(&mut client, &Logon { level, max_fragment, ..ALICE });
        for _ in 0..3 {
            let handle = stage.bind(&mut client, alice).unwrap();
            client.query_names(alice, &handle, 2).unwrap();
            stage.unbind(&mut client, alice, &handle);
        }
        let _: Value = client.on(alice, "close", json!({})).unwrap();
    }
}

/// Killed with its sessions open, on two connections of one group each.
fn killed(stage: &mut Stage, level: Level) {
    stage.truth.what = "opens four sessions on two connections, unbinds one, and is killed".to_owned();
    stage.truth.verdict = "leaks".to_owned();
    let mut client = Client::impacket();
    for _ in 0..2 {
        let alice = stage.open(&mut client, &Logon { level, ..ALICE });
        for _ in 0..2 {
            let handle = stage.bind(&mut client, alice).unwrap();
            client.query_names(alice, &handle, 2).unwrap();
            if stage.truth.unbound == 0 {
                stage.unbind(&mut client, alice, &handle);
            }
        }
    }
    stage.truth.ended_by_disconnect = stage.truth.binds - stage.truth.unbound;
    client.kill();
    eventually("the server runs them down", || (stage.said("disconnected") == 2).then_some(()));
}

/// Works in parallel, unbinds everything, and is refused all the same.
fn needs(stage: &mut Stage, level: Level) {
    stage.truth.what = "23 connections want a session each, and unbind it; the cap is 20".to_owned();
    stage.truth.verdict = "needs".to_owned();
    let mut client = Client::impacket();
    let connections: Vec<_> = (0..23).map(|_| stage.open(&mut client, &Logon { level, ..ALICE })).collect();
    let held: Vec<_> = connections.iter().map(|&on| (on, stage.bind(&mut client, on))).collect();
    for (on, handle) in held {
        if let Some(handle) = handle {
            stage.unbind(&mut client, on, &handle);
        }
    }
}

fn unauthenticated(stage: &mut Stage) {
    stage.truth.what = "opens five sessions without authenticating, unbinds one, and is killed".to_owned();
    (stage.truth.user, stage.truth.verdict) = (String::new(), "leaks".to_owned());
    let mut client = Client::impacket();
    let nobody = stage.open(&mut client, &STRANGER);
    let handles: Vec<_> = (0..5).map(|_| stage.bind(&mut client, nobody).unwrap()).collect();
    stage.unbind(&mut client, nobody, &handles[2]);
    stage.truth.ended_by_disconnect = 4;
    client.kill();
    eventually("the server runs them down", || (stage.said("disconnected") == 1).then_some(()));
}

/// The capture begins when sessions are open already: one is used, one unbound; a second connection is seen whole.
fn midstream(stage: &mut Stage) {
    stage.truth.what = "the capture begins with four sessions open: one is used, one unbound; then all end".to_owned();
    stage.truth.verdict = "leaks".to_owned();
    let mut client = Client::impacket();
    let alice = stage.open(&mut client, &Logon { level: Level::Connect, ..ALICE });
    let handles: Vec<_> = (0..4).map(|_| stage.bind(&mut client, alice).unwrap()).collect();
    stage.truth.binds = 0;
    stage.listen();
    // From here the port is known to speak NSPI.
    let bob = stage.open(&mut client, &Logon { level: Level::Connect, ..BOB });
    let _: Value = client.on(bob, "close", json!({})).unwrap();
    client.query_names(alice, &handles[0], 1).unwrap();
    stage.unbind(&mut client, alice, &handles[1]);
    // The other two are never seen at all.
    stage.truth.from_before = 2;
    stage.truth.ended_by_disconnect = 1;
    stage.truth.user = String::new();
    client.kill();
    eventually("the server runs them down", || (stage.said("disconnected") == 2).then_some(()));
}

/// Packets are cut: rows are missing, NspiBind and NspiUnbind are not. Nobody authenticates, since a handshake that is cut
/// could not be read.
fn cut(stage: &mut Stage) {
    stage.truth.what = "three sessions, used and unbound; packets were captured up to 200 octets".to_owned();
    (stage.truth.user, stage.truth.verdict) = (String::new(), "healthy".to_owned());
    let mut client = Client::impacket();
    let nobody = stage.open(&mut client, &STRANGER);
    for _ in 0..3 {
        let handle = stage.bind(&mut client, nobody).unwrap();
        client.query_names(nobody, &handle, 4).unwrap();
        stage.unbind(&mut client, nobody, &handle);
    }
    let _: Value = client.on(nobody, "close", json!({})).unwrap();
}

fn scapy(stage: &mut Stage) {
    stage.truth.what = "two sessions, both unbound".to_owned();
    stage.truth.verdict = "healthy".to_owned();
    let mut client = Client::scapy();
    let alice = stage.open(&mut client, &ALICE);
    for _ in 0..2 {
        let handle = stage.bind(&mut client, alice).unwrap();
        stage.unbind(&mut client, alice, &handle);
    }
}

/// This project's own client leaves without NspiUnbind.
fn ours(stage: &mut Stage, options: &[&str]) {
    stage.truth.what = "opens six sessions and leaves without NspiUnbind".to_owned();
    stage.truth.verdict = "leaks".to_owned();
    stage.truth.sealed = !options.contains(&"integrity");
    let host = if stage.file.to_string_lossy().contains("ipv6") { "[::1]" } else { "127.0.0.1" };
    let server = format!("{host}:{}", stage.server.port);
    let ended = Command::new(binary("nspi"))
        .args(["bind", "--server", &server, "--count", "6", "--leak"])
        .args(options)
        .output()
        .unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    (stage.opened, stage.truth.binds, stage.truth.ended_by_disconnect) = (6, 6, 6);
    eventually("the server runs them down", || (stage.said("disconnected") == 1).then_some(()));
}
