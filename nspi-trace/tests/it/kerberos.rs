//! Captures of clients who come by Kerberos, with and without the keytab that opens their tickets.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nspi_trace::report::{Counts, NameSource, Report, UserName};
use nspi_trace::{Keytab, Options};
use rstest::rstest;
use serde::Deserialize;

use super::reading::analyse;

/// As `interop/src/scenario_kerberos.rs` writes it: what matters here.
#[derive(Debug, Deserialize)]
struct Truth {
    user: String,
    binds: u64,
    unbound: u64,
    ended_by_disconnect: u64,
}

const KERBEROS: &str = "nspi_kerberos_sealed_leak";
const NEGOTIATE: &str = "nspi_negotiate_kerberos_sealed_leak";
const IMPACKET: &str = "impacket_negotiate_kerberos_sealed_killed";
const SAMBA: &str = "samba_negotiate_kerberos_sealed_killed";
const SAMBA_KERBEROS: &str = "samba_kerberos_sealed_killed";
const BOTH: &str = "nspi_kerberos_then_ntlm_sealed_leak";

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/kerberos").join(name)
}

fn capture(name: &str) -> PathBuf {
    file(&format!("{name}.pcap"))
}

fn truth(name: &str) -> Truth {
    serde_json::from_str(&fs::read_to_string(file(&format!("{name}.json"))).unwrap()).unwrap()
}

fn with_keytab(name: &str, keytab: &str) -> Report {
    let keytab = Keytab::parse(&fs::read(file(keytab)).unwrap()).unwrap();
    analyse(&capture(name), Options { keytab, ..Options::default() })
}

fn users(report: &Report) -> Vec<(&UserName, Counts)> {
    report.users().map(|(_, user)| (&user.name, user.counts)).collect()
}

#[rstest]
#[case(KERBEROS)]
#[case(NEGOTIATE)]
#[case(IMPACKET)]
#[case(SAMBA)]
#[case(SAMBA_KERBEROS)]
fn without_a_keytab_the_address_stands_for_the_user_and_the_reason_is_told(#[case] name: &str) {
    let report = analyse(&capture(name), Options::default());
    let users = users(&report);
    let [(UserName::Address { why, .. }, counts)] = users.as_slice() else { panic!("{users:#?}") };
    assert_eq!(why, "Kerberos hides the account");
    assert_eq!(counts.binds, truth(name).binds);
    assert!(!report.notes.iter().any(|note| note.contains("keytab does not open")), "{:?}", report.notes);
}

#[rstest]
#[case(KERBEROS)]
#[case(NEGOTIATE)]
#[case(IMPACKET)]
#[case(SAMBA)]
#[case(SAMBA_KERBEROS)]
fn with_the_keytab_the_name_is_the_tickets(#[case] name: &str) {
    let (report, truth) = (with_keytab(name, "nspi.keytab"), truth(name));
    let users = users(&report);
    let [(user, counts)] = users.as_slice() else { panic!("{users:#?}") };
    assert!(matches!(user, UserName::Account { source: NameSource::Ticket, .. }), "{user:?}");
    assert_eq!(user.to_string(), truth.user);
    let counted = (counts.binds, counts.unbound, counts.ended_by_disconnect);
    assert_eq!(counted, (truth.binds, truth.unbound, truth.ended_by_disconnect));
}

#[rstest]
#[case(KERBEROS, 0)]
#[case(NEGOTIATE, 0)]
#[case(IMPACKET, 0)]
#[case(SAMBA, 0)]
#[case(SAMBA_KERBEROS, 0)]
#[case(BOTH, 6)]
fn with_the_keytab_sealed_calls_are_read_and_only_those_of_ntlm_inferred(#[case] name: &str, #[case] inferred: u64) {
    let report = with_keytab(name, "nspi.keytab");
    assert_eq!(users(&report)[0].1.inferred, inferred);
    let evidence = report.users().flat_map(|(_, user)| &user.clients).flat_map(|client| &client.evidence);
    let opened: Vec<_> = evidence.filter(|evidence| evidence.sentence.contains("NspiBind opened")).collect();
    assert!(!opened.is_empty());
    if inferred == 0 {
        assert!(opened.iter().all(|evidence| evidence.handle.is_some()), "{opened:#?}");
    }
    // Without the key nothing is read, and nothing is taken for read.
    assert_eq!(users(&with_keytab(KERBEROS, "another.keytab"))[0].1.inferred, 6);
}

#[test]
fn one_person_by_kerberos_spnego_and_ntlm_is_one_user() {
    let (report, truth) = (with_keytab(BOTH, "nspi.keytab"), truth(BOTH));
    let users = users(&report);
    let [(user, counts)] = users.as_slice() else { panic!("{users:#?}") };
    assert_eq!((user.to_string(), counts.binds), (truth.user, truth.binds));
    let without = analyse(&capture(BOTH), Options::default());
    let kinds: Vec<_> = without.users().map(|(_, user)| user.name.to_string()).collect();
    assert_eq!(kinds, ["<127.0.0.1>", r"ACME\alice"]);
}

#[test]
fn a_ticket_that_no_key_opens_leaves_the_address_and_a_note_names_the_key_that_would() {
    let report = with_keytab(KERBEROS, "another.keytab");
    let users = users(&report);
    let [(UserName::Address { why, .. }, _)] = users.as_slice() else { panic!("{users:#?}") };
    assert_eq!(why, "no key of the keytab opens the Kerberos ticket");
    let note = report.notes.iter().find(|note| note.contains("Kerberos tickets")).unwrap();
    for expected in ["does not open: 1;", "exchangeAB/mail.acme.test@ACME.TEST", "aes256-cts-hmac-sha1-96"] {
        assert!(note.contains(expected), "{expected}: {note}");
    }
}

/// Where a packet has this, and how many there are.
fn places(octets: &[u8], what: &[u8]) -> Vec<usize> {
    octets.windows(what.len()).enumerate().filter(|(_, window)| *window == what).map(|(place, _)| place).collect()
}

#[test]
fn a_damaged_ticket_names_nobody_and_breaks_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let good = fs::read(capture(KERBEROS)).unwrap();
    let keytab = Keytab::parse(&fs::read(file("nspi.keytab")).unwrap()).unwrap();
    // The AP-REQ begins in front of its realm; behind that the ticket goes on.
    let realm = places(&good, b"ACME.TEST")[0];
    let mut reasons = Vec::new();
    for place in (realm - 48)..(realm + 120) {
        let mut octets = good.clone();
        octets[place] ^= 0x55;
        let path = directory.path().join("damaged.pcap");
        fs::write(&path, octets).unwrap();
        let report = analyse(&path, Options { keytab: keytab.clone(), ..Options::default() });
        for (_, user) in report.users() {
            match &user.name {
                // The name in the ticket, and its version, are not protected.
                UserName::Account { .. } => assert_eq!(user.name.to_string(), r"ACME\alice", "{place}"),
                UserName::Address { why, .. } => reasons.push(why.clone()),
                UserName::Anonymous { .. } => panic!("{place}"),
            }
        }
    }
    for expected in ["no key of the keytab opens", "ticket is damaged", "encrypted in a way that is not read"] {
        assert!(reasons.iter().any(|why| why.contains(expected)), "{expected}: {reasons:?}");
    }
}

#[test]
fn the_program_takes_keytabs_and_says_what_is_wrong_with_them() {
    let program = |keytab: &Path| {
        let program =
            Command::new(env!("CARGO_BIN_EXE_nspi-trace")).arg(capture(KERBEROS)).arg("--keytab").arg(keytab).output();
        let output = program.unwrap();
        let text = [output.stdout, output.stderr].map(|octets| String::from_utf8(octets).unwrap()).concat();
        (output.status.code(), text)
    };
    let (code, text) = program(&file("nspi.keytab"));
    assert!(code == Some(0) && text.contains(r"ACME\alice leaks"), "{text}");
    let (code, text) = program(&capture(KERBEROS));
    assert!(code == Some(3) && text.contains("it is no keytab"), "{text}");
    let (code, text) = program(Path::new("nowhere.keytab"));
    assert!(code == Some(3) && text.contains("nowhere.keytab"), "{text}");
}
