//! The program `nspi-trace`: what it prints, and how it ends.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use nspi_trace::report::{Report, SCHEMA, SessionEnd, SessionRecord};
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_nspi-trace"))
}

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name).with_extension("pcap")
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_table_says_who_leaks_and_where_to_look() {
    let output = program().arg(corpus("impacket_plain_leak")).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = text(&output);
    for expected in [
        r"ACME\alice leaks",
        "cap of 20",
        "22 sessions opened, 3 unbound",
        "Wireshark: ip.addr == 127.0.0.1",
        "packet ",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(!text.contains('\x1B'), "colours are for terminals");
    assert!(output.stderr.is_empty());
}

#[test]
fn healthy_users_are_shown_on_request() {
    let file = corpus("impacket_plain_correct");
    let few = text(&program().arg(&file).output().unwrap());
    assert!(!few.contains("alice") && few.contains("--all"), "{few}");
    let all = text(&program().arg(&file).arg("--all").output().unwrap());
    assert!(all.contains(r"ACME\alice healthy"), "{all}");
}

#[test]
fn a_leak_fails_on_request_only() {
    for (name, code) in [("impacket_plain_leak", 1), ("impacket_plain_correct", 0), ("impacket_sealed_needs", 0)] {
        let output = program().arg("--fail-on-leak").arg(corpus(name)).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{name}");
    }
}

#[test]
fn json_is_a_report_of_the_schema() {
    let output = program().arg("--json").arg(corpus("impacket_sealed_killed")).output().unwrap();
    let report: Report = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report.schema, SCHEMA);
    assert!(report.tool.starts_with("nspi-trace "));
    assert_eq!(report.servers[0].totals.ended_by_disconnect, 3);
}

#[test]
fn the_standard_input_is_read() {
    let mut process = program().args(["--json", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let octets = std::fs::read(corpus("impacket_plain_killed")).unwrap();
    let mut input = process.stdin.take().unwrap();
    for piece in octets.chunks(1_000) {
        input.write_all(piece).unwrap();
    }
    drop(input);
    let output = process.wait_with_output().unwrap();
    let report: Report = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report.servers[0].totals.ended_by_disconnect, 3);
    assert_eq!(report.capture.files[0].name, "-");
}

#[test]
fn each_session_is_a_line_on_request() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("sessions");
    program().arg("--sessions").arg(&file).arg(corpus("impacket_plain_leak")).output().unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    let sessions: Vec<SessionRecord> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ended = |end| sessions.iter().filter(|session| session.end == end).count();
    assert_eq!((ended(SessionEnd::Unbound), ended(SessionEnd::Never), sessions.len()), (3, 19, 22));
}

#[test]
fn secrets_come_from_a_file_or_as_a_hash() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("passwords");
    std::fs::write(&file, "not this\nPassw0rd!A\n").unwrap();
    let inferred = |arguments: &[&str]| {
        let output = program().arg("--json").args(arguments).arg(corpus("impacket_sealed_leak")).output().unwrap();
        let report: Report = serde_json::from_slice(&output.stdout).unwrap();
        report.servers[0].totals.inferred
    };
    assert_eq!(inferred(&[]), 25);
    let file = file.to_str().unwrap();
    assert_eq!(inferred(&["--password-file", file]), 0);
    assert_eq!(inferred(&["--password-file", file, "--user", r"ACME\Alice"]), 0);
    assert_eq!(inferred(&["--password-file", file, "--user", "bob"]), 25);
    let output = program().args(["--nt-hash", "xyz", "any"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("32 hexadecimal digits"));
}

#[test]
fn wrong_usage_and_unreadable_files_have_codes_of_their_own() {
    assert_eq!(program().output().unwrap().status.code(), Some(2));
    let output = program().arg("nowhere.pcap").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("nspi-trace: cannot open nowhere.pcap: "), "{error}");
    let output = program().arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn names_from_the_network_do_not_reach_a_terminal_as_they_are() {
    let octets = std::fs::read(corpus("impacket_plain_leak")).unwrap();
    let name: Vec<u8> = "alice".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let evil: Vec<u8> = "a\x1B[2J".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut changed = octets.clone();
    for place in 0..octets.len() - name.len() {
        if octets[place..].starts_with(&name) {
            changed[place..place + name.len()].copy_from_slice(&evil);
        }
    }
    assert_ne!(changed, octets);
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("evil");
    std::fs::write(&file, changed).unwrap();
    let text = text(&program().arg(&file).output().unwrap());
    assert!(!text.contains('\x1B') && text.contains(r"a\u{1b}[2J"), "{text}");
}

#[test]
fn columns_stay_in_line_whatever_characters_a_name_has() {
    let octets = std::fs::read(corpus("impacket_plain_leak")).unwrap();
    let units = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let (name, wide) = (units("alice"), units("山田さんa"));
    let place = octets.windows(name.len()).position(|window| window == name).unwrap();
    let changed = [&octets[..place], &wide, &octets[place + name.len()..]].concat();
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("wide");
    std::fs::write(&file, changed).unwrap();
    let text = text(&program().arg(&file).output().unwrap());
    let line = |of: &str| text.lines().find(|line| line.contains(of)).unwrap_or_else(|| panic!("{of}: {text}"));
    let column = |line: &str, of: &str| UnicodeWidthStr::width(&line[..line.find(of).unwrap() + of.len()]);
    assert_eq!(column(line("山田さん"), " 22"), column(line("OPENED"), "OPENED"), "{text}");
}

#[test]
fn one_thing_at_most_goes_to_the_standard_output() {
    let capture = corpus("impacket_plain_leak");
    for two in [&["--json", "--html", "-"][..], &["--html", "-", "--for-vendor", "-"]] {
        let output = program().args(two).arg(&capture).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{two:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("only one of them"), "{two:?}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn what_cannot_be_written_is_told_by_its_name_and_ends_with_3() {
    let capture = corpus("impacket_plain_leak");
    let fails = |arguments: &[&str], stdout: Stdio, what: &str| {
        let output = program().args(arguments).arg(&capture).stdout(stdout).stderr(Stdio::piped()).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {error}");
        assert!(error.starts_with(&format!("nspi-trace: cannot write {what}: ")), "{arguments:?}: {error}");
    };
    let full = || Stdio::from(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    for arguments in [&[][..], &["--json"], &["--html", "-"], &["--for-vendor", "-"]] {
        fails(arguments, full(), "to standard output");
    }
    for option in ["--html", "--for-vendor", "--sessions"] {
        fails(&[option, "/dev/full"], Stdio::null(), "/dev/full");
    }
}

#[test]
fn who_listens_no_more_ends_the_view_though_the_capture_goes_on() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut process = program();
    process.args(["--follow", "-"]).stdin(Stdio::piped()).stdout(writer).stderr(Stdio::piped());
    let mut process = process.spawn().unwrap();
    let mut input = process.stdin.take().unwrap();
    input.write_all(&std::fs::read(corpus("impacket_plain_leak")).unwrap()).unwrap();
    let output = process.wait_with_output().unwrap();
    drop(input); // there could have come more
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn an_empty_input_is_told_as_such() {
    let output = program().arg("-").stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "nspi-trace: - is empty\n");
}
