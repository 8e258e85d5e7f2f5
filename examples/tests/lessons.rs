//! Every lesson is run, and what it prints is read.

use std::process::{Command, Stdio};

/// What a lesson prints. It must end well.
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{program}: {printed}\n{}", String::from_utf8_lossy(&output.stderr));
    printed
}

#[test]
fn session_leak_is_refused_at_the_fifty_first_mailbox() {
    let printed = run(env!("CARGO_BIN_EXE_session_leak"), &[]);
    assert!(printed.contains("mailbox 51: "), "{printed}");
    assert!(printed.contains("MAPI_E_LOGON_FAILED (0x80040111)"), "{printed}");
    assert!(printed.contains("This process holds 50 sessions"), "{printed}");
    assert!(printed.ends_with("50 mailboxes served; sessions open at the server: 50\n"), "{printed}");
}

#[test]
fn session_fix_serves_all_mailboxes_and_leaves_nothing() {
    let printed = run(env!("CARGO_BIN_EXE_session_fix"), &[]);
    assert_eq!(printed, "60 mailboxes served; sessions open at the server: 0\n");
}

#[test]
fn leak_and_fix_differ_only_in_the_lines_that_matter() {
    let code = |text: &'static str| -> Vec<&'static str> {
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).collect()
    };
    let leak = code(include_str!("../src/bin/session_leak.rs"));
    let fix = code(include_str!("../src/bin/session_fix.rs"));
    let added: Vec<_> = fix.iter().filter(|line| !leak.contains(line)).collect();
    let gone: Vec<_> = leak.iter().filter(|line| !fix.contains(line)).collect();
    assert!(added.iter().all(|line| line.contains("NspiUnbindRequest")), "{added:?}");
    assert_eq!(gone.len(), 1, "only the import: {gone:?}");
}

#[test]
fn cancelled_binds_leave_nothing() {
    let printed = run(env!("CARGO_BIN_EXE_cancelled_bind"), &[]);
    assert!(printed.contains("the server opened 40 sessions"), "{printed}");
    assert!(printed.ends_with("closed 40 of them by NspiUnbind: 0 are open\n"), "{printed}");
}

#[test]
fn two_users_have_slots_of_their_own_and_spellings_have_not() {
    let printed = run(env!("CARGO_BIN_EXE_two_users"), &[]);
    assert!(printed.contains("alice opened 50 sessions, then was refused"), "{printed}");
    assert_eq!(printed.matches("is refused: the same user").count(), 2, "{printed}");
    assert!(printed.contains(r#"[("ACME\\alice", 50), ("ACME\\bob", 1)]"#), "{printed}");
    assert!(printed.ends_with("sessions open at the server: 0\n"), "{printed}");
}

#[test]
fn rundown_comes_with_the_last_connection_of_the_user_in_the_group() {
    let printed = run(env!("CARGO_BIN_EXE_rundown"), &[]);
    assert!(printed.contains("one connection ended: 50 sessions"), "{printed}");
    assert!(printed.contains("the last of hers ended: 0 sessions"), "{printed}");
}

#[test]
fn registry_relief_delays_the_errors_and_does_not_stop_the_leak() {
    let printed = run(env!("CARGO_BIN_EXE_registry_relief"), &[]);
    assert!(printed.contains("default cap: 50 of 300 mailboxes"), "{printed}");
    assert!(printed.contains("at most 250 sessions a user (registry file)"), "{printed}");
    assert!(printed.contains("raised cap: 250 of 300 mailboxes, then MAPI_E_LOGON_FAILED"), "{printed}");
}

#[test]
fn the_story_is_told_and_captured() {
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("story.pcapng");
    let printed = run(env!("CARGO_BIN_EXE_story"), &[capture.to_str().unwrap()]);
    for told in [
        "alice's program bound 50 times. NspiBind number 51:",
        "MAPI_E_LOGON_FAILED (0x80040111)",
        "Windows Security",
        "NSPI max connection limit for the user has reached.",
        r"│ ACME\alice",
        "bob is not affected",
        "0 sessions.",
        "served 60 mailboxes and never held more than one session",
        " 50 ┄",
    ] {
        assert!(printed.contains(told), "{told}: {printed}");
    }
    let octets = std::fs::read(capture).unwrap();
    assert_eq!(octets[..4], [0x0A, 0x0D, 0x0D, 0x0A], "a section header block");
    assert!(octets.windows(4).any(|window| window == [0x11, 0x01, 0x04, 0x80]), "the refusal can be read in it");
}

#[test]
fn the_story_ends_in_silence_where_nobody_listens_and_takes_no_option_for_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let story = |argument: &str, stdout: Stdio| {
        let mut story = Command::new(env!("CARGO_BIN_EXE_story"));
        story.current_dir(&folder).arg(argument).stdout(stdout).output().unwrap()
    };
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let unheard = story("story.pcapng", writer.into());
    assert!(unheard.status.success() && unheard.stderr.is_empty(), "{unheard:?}");
    let asked = story("--help", Stdio::null());
    assert!(String::from_utf8_lossy(&asked.stderr).contains("usage: story [CAPTURE]"), "{asked:?}");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}
