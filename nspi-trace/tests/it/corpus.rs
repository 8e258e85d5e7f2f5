//! The labelled corpus: captures of clients on `nspi-server`, each with its truth beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use nspi_auth::NtHash;
use nspi_trace::report::{Counts, Report, User, UserName, Verdict};
use nspi_trace::{Key, Options};
use serde::Deserialize;

use super::reading::{analyse, analyse_all};

/// As `interop/src/scenario.rs` writes it.
#[derive(Debug, Deserialize)]
struct Truth {
    what: String,
    user: String,
    binds: u64,
    from_before: u64,
    unbound: u64,
    ended_by_disconnect: u64,
    never_ended: u64,
    refused: u64,
    verdict: String,
    sealed: bool,
    password: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// Each file with its truth.
fn corpus() -> BTreeMap<PathBuf, Truth> {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let truths = files.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
    let read = |file: PathBuf| {
        let truth = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        (file.with_extension("pcap"), truth)
    };
    let corpus: BTreeMap<_, _> = truths.map(read).collect();
    assert!(corpus.len() >= 16, "{} files", corpus.len());
    corpus
}

fn only(report: &Report) -> &User {
    let users: Vec<_> = report.users().collect();
    let [(_, user)] = users.as_slice() else { panic!("{users:#?}") };
    user
}

fn check(file: &Path, truth: &Truth, report: &Report, inferred: u64) {
    let user = only(report);
    match &user.name {
        UserName::Account { .. } => assert_eq!(user.name.to_string(), truth.user, "{file:?}"),
        other => assert_eq!(truth.user, "", "{file:?}: {other:?}"),
    }
    let expected = Counts {
        binds: truth.binds,
        from_before: truth.from_before,
        unbound: truth.unbound,
        ended_by_disconnect: truth.ended_by_disconnect,
        never_ended: truth.never_ended,
        refused: truth.refused,
        inferred,
        ..Counts { calls: user.counts.calls, ..Counts::default() }
    };
    assert_eq!(user.counts, expected, "{file:?}: {}", truth.what);
    assert_eq!(user.counts.sessions(), truth.unbound + truth.ended_by_disconnect + truth.never_ended, "{file:?}");
    let verdict = match user.judgement.verdict {
        Verdict::Leaks { .. } => "leaks",
        Verdict::Needs { .. } => "needs",
        Verdict::Healthy => "healthy",
        _ => "another",
    };
    assert_eq!(verdict, truth.verdict, "{file:?}: {}", user.judgement.sentence);
}

#[test]
fn every_file_is_judged_as_its_truth_says() {
    for (file, truth) in corpus() {
        let inferred = if truth.sealed { truth.binds + truth.refused } else { 0 };
        check(&file, &truth, &analyse(&file, Options::default()), inferred);
    }
}

#[test]
fn with_the_password_encrypted_files_are_read_and_nothing_is_inferred() {
    for (file, truth) in corpus() {
        let keys = vec![Key { user: None, hash: NtHash::of_password(&truth.password) }];
        let report = analyse(&file, Options { keys, ..Options::default() });
        check(&file, &truth, &report, 0);
        let handles = only(&report).clients.iter().flat_map(|client| &client.evidence);
        let sessions = handles.filter(|evidence| evidence.sentence.contains("NspiBind opened"));
        assert!(sessions.map(|evidence| &evidence.handle).all(Option::is_some), "{file:?}");
    }
}

#[test]
fn a_file_in_two_halves_and_in_any_order_says_the_same() {
    let directory = tempfile::tempdir().unwrap();
    for (file, truth) in corpus() {
        let octets = fs::read(&file).unwrap();
        let (head, mut rest) = octets.split_at(24);
        let mut halves = [head.to_vec(), head.to_vec()];
        let mut number = 0;
        while let Some((packet, _)) = rest.split_first_chunk::<16>() {
            let length = 16 + u32::from_le_bytes(packet[8..12].try_into().unwrap()) as usize;
            // Every third packet is in the second file: they overlap.
            halves[usize::from(number % 3 == 2)].extend_from_slice(&rest[..length]);
            rest = &rest[length..];
            number += 1;
        }
        let paths = ["one", "other"].map(|name| directory.path().join(name));
        for (path, half) in paths.iter().zip(&halves) {
            fs::write(path, half).unwrap();
        }
        for order in [[0, 1], [1, 0]] {
            let files = order.map(|place: usize| paths[place].clone());
            let report = analyse_all(&files, Options::default());
            let inferred = if truth.sealed { truth.binds + truth.refused } else { 0 };
            check(&file, &truth, &report, inferred);
            assert_eq!(report.capture.packets, number, "{file:?}");
        }
    }
}

#[test]
fn whoever_leaks_is_found_by_has_leak() {
    for (file, truth) in corpus() {
        assert_eq!(analyse(&file, Options::default()).has_leak(), truth.verdict == "leaks", "{file:?}");
    }
}
