//! `docs/logon-failed.md` says what to type: here it is typed, line by line, by an administrator whose program leaks.
//!
//! The domain controller of the page, 192.0.2.10, is `nspi-server` on 127.0.0.1. tcpdump needs root.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;

use interop::{ALICE, Client, LOGON_FAILED, NspiServer, binary, eventually};
use nspi_trace::events::EventLog;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::evtx_file::{Record, evtx_file};

const PAGE: &str = include_str!("../../../docs/logon-failed.md");

/// The cap that the story's server has.
const CAP: usize = 5;

/// The lines behind a `$`, in order.
fn commands() -> Vec<String> {
    PAGE.split("```console\n")
        .skip(1)
        .flat_map(|block| block.split("```").next().unwrap().lines())
        .map(|line| line.trim().strip_prefix("$ ").unwrap_or_else(|| panic!("no command: {line}")).to_owned())
        .collect()
}

/// A tcpdump of the page, for the story's own machine: other tests talk on the loopback interface as well.
fn of(server: &NspiServer, command: &str) -> String {
    command.replace("host 192.0.2.10", &format!("tcp port {}", server.port))
}

/// A command of the page.
fn shell(directory: &TempDir, command: &str) -> Command {
    let programs = binary("nspi-trace");
    let path = format!("{}:{}", programs.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(directory.path()).env("PATH", path);
    shell
}

fn run(directory: &TempDir, command: &str) -> Output {
    shell(directory, command).stdin(Stdio::null()).output().unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// tcpdump, by the page's own line, from when it listens.
struct Dump(Child);

impl Dump {
    fn start(directory: &TempDir, command: &str) -> Self {
        let command = format!("exec {command}");
        let mut child = shell(directory, &command).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("listening on") {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "tcpdump has ended; it needs root");
        }
        thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self(child)
    }

    /// Ends it once the file has stopped growing.
    fn end(mut self, file: &Path) {
        let mut length = 0;
        eventually("everything is in the capture", || {
            let before = length;
            length = fs::metadata(file).map_or(0, |file| file.len());
            thread::sleep(std::time::Duration::from_millis(300)); // tcpdump hands packets over in blocks
            (length > 0 && length == before).then_some(())
        });
        interop::signal("INT", self.0.id());
        self.0.wait().unwrap();
    }
}

impl Drop for Dump {
    fn drop(&mut self) {
        // It may have ended as it should.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_steps_of_logon_failed_lead_from_symptom_to_verdict_as_written() {
    let commands = commands();
    let find = |part: &str| commands.iter().find(|command| command.contains(part)).unwrap_or_else(|| panic!("{part}"));
    let directory = TempDir::new().unwrap();
    let file = |name: &str| directory.path().join(name);
    let cap = CAP.to_string();
    let events = file("events.xml");
    let server = NspiServer::start(&["--max-sessions-per-user", &cap, "--event-log", events.to_str().unwrap()]);

    // Step 2: a program that leaks, and is refused, while tcpdump looks on.
    let dump = Dump::start(&directory, &of(&server, find("-w capture.pcap")));
    let mut client = Client::impacket();
    for number in 0..CAP + 3 {
        let alice = client.open(&server, &ALICE).unwrap();
        let status = client.bind(alice).unwrap().status;
        assert_eq!(status, if number < CAP { 0 } else { LOGON_FAILED });
    }
    dump.end(&file("capture.pcap"));
    drop(client);

    // Step 1: the log of the domain controller, as Windows would export it.
    let log = EventLog::read(&events).unwrap();
    let micros = |time: &nspi_trace::report::Moment| u64::try_from(time.0).unwrap();
    let limits: Vec<String> = log.refusals.iter().map(|refusal| refusal.limit.unwrap().to_string()).collect();
    let records = log.refusals.iter().zip(&limits).map(|(refusal, limit)| Record {
        event_id: 2820,
        time: micros(&refusal.time),
        computer: refusal.computer.as_deref().unwrap(),
        data: [limit, &refusal.user],
    });
    fs::write(file("directory-service.evtx"), evtx_file(&records.collect::<Vec<_>>())).unwrap();
    let told = run(&directory, "nspi-trace --events directory-service.evtx");
    assert!(commands.contains(&"nspi-trace --events directory-service.evtx".to_owned()));
    assert!(told.status.success(), "{told:?}");
    assert!(text(&told.stdout).contains(r"ACME\alice"), "{told:?}");

    // Step 3.
    assert!(commands.contains(&"nspi-trace capture.pcap".to_owned()));
    let verdict = run(&directory, "nspi-trace capture.pcap");
    assert!(text(&verdict.stdout).contains("leaks"), "{}", text(&verdict.stdout));
    assert!(text(&verdict.stdout).contains("alice"), "{}", text(&verdict.stdout));

    // Step 4.
    let page = run(&directory, find("--html"));
    assert!(page.status.success(), "{page:?}");
    let page = fs::read_to_string(file("report.html")).unwrap();
    assert!(page.contains("3 of 3 events 2820 belong to an NspiBind that was refused in the capture."));
    let rows = run(&directory, find("tshark"));
    assert!(rows.status.success(), "{rows:?}");

    // Step 5.
    let vendor = run(&directory, find("--for-vendor"));
    assert!(vendor.status.success(), "{vendor:?}");
    let vendor = fs::read_to_string(file("for-the-vendor.md")).unwrap();
    assert!(vendor.contains("3.1.4.2") && !vendor.contains("alice") && !vendor.contains("127.0.0.1"), "{vendor}");
    let trap = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\NTDS]\r\n\"NSPI max sessions per user\"=dword:000000fa\r\n";
    fs::write(file("ntds.reg"), trap).unwrap();
    let registry = run(&directory, find("nspi-server"));
    assert!(text(&registry.stdout).contains("max-sessions-per-user = 50"), "{registry:?}");
    assert!(text(&registry.stderr).contains("where Windows does not look for it"), "{registry:?}");

    // Afterwards: the same work, with NspiUnbind.
    let server = NspiServer::start(&["--max-sessions-per-user", &cap]);
    let dump = Dump::start(&directory, &of(&server, find("-w capture.pcap")).replace("capture.pcap", "mended.pcap"));
    let mut client = Client::impacket();
    for _ in 0..CAP + 3 {
        let alice = client.open(&server, &ALICE).unwrap();
        let session = client.bind(alice).unwrap();
        assert_eq!(client.unbind(alice, &session.handle).unwrap().status, 1);
        let _: Value = client.on(alice, "close", json!({})).unwrap();
    }
    dump.end(&file("mended.pcap"));
    assert!(run(&directory, find("--fail-on-leak")).status.success());
    let leaking = find("--fail-on-leak").replace("mended", "capture");
    assert!(!run(&directory, &leaking).status.success());
}

#[test]
fn a_live_capture_is_followed_as_the_page_says() {
    let command = commands().into_iter().find(|command| command.contains("--follow")).unwrap();
    let directory = TempDir::new().unwrap();
    let server = NspiServer::start(&["--max-sessions-per-user", "5"]);
    // tcpdump ends by itself here, in place of Ctrl-C: after the packets of the story are through.
    let command = of(&server, &command).replace("tcpdump ", "timeout -s INT 8 tcpdump ");
    let mut child = shell(&directory, &command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("listening on") {
        line.clear();
        assert!(said.read_line(&mut line).unwrap() > 0, "tcpdump has ended; it needs root");
    }
    let mut client = Client::impacket();
    let alice = client.open(&server, &ALICE).unwrap();
    assert_eq!(client.bind_all(alice), 5);
    let output = child.wait_with_output().unwrap();
    let told = text(&output.stdout);
    let refused =
        told.lines().find(|line| line.contains("alice") && line.contains("5 of ")).unwrap_or_else(|| panic!("{told}"));
    assert!(refused.contains("1 refused"), "{told}");
}

/// `script` lends it a terminal.
#[test]
fn on_a_terminal_a_key_ends_the_view_and_the_report_follows() {
    let directory = TempDir::new().unwrap();
    let corpus = here("../nspi-trace/tests/corpus/impacket_plain_leak.pcap");
    let command = format!("stty cols 120 rows 20; nspi-trace --follow {}", corpus.display());
    let mut child = shell(&directory, &format!("exec script -qfec '{command}' /dev/null"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keys = child.stdin.take().unwrap();
    let mut screen = child.stdout.take().unwrap();
    let (mut seen, mut octets, mut pressed) = (Vec::new(), [0; 4_096], false);
    while let Ok(read @ 1..) = screen.read(&mut octets) {
        seen.extend(&octets[..read]);
        // The view is there once its last line is, and the capture has been read once somebody is in it.
        let view = text(&seen);
        if !pressed && view.contains("q end, with the report") && view.contains("alice") {
            keys.write_all(b"q").unwrap();
            pressed = true;
        }
    }
    assert!(child.wait().unwrap().success());
    let seen = text(&seen);
    let (view, report) = seen.split_once("\u{1b}[?1049l").unwrap_or_else(|| panic!("{seen}"));
    assert!(view.contains("verdict so far") && view.contains("alice"), "{view}");
    assert!(report.contains("VERDICT") && report.contains("alice"), "{report}");
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn all_commands_of_the_page_are_tried() {
    let tried = [
        "--events directory-service.evtx",
        "-w capture.pcap",
        "nspi-trace capture.pcap",
        "--follow -",
        "--html",
        "tshark",
        "--for-vendor",
        "nspi-server",
        "--fail-on-leak",
    ];
    let commands = commands();
    assert_eq!(commands.len(), tried.len(), "{commands:#?}");
    for part in tried {
        assert!(commands.iter().any(|command| command.contains(part)), "{part}");
    }
}
