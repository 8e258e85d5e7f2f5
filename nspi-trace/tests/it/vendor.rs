//! The text for the maker of a program: what it says, and what it must not.

use nspi_trace::report::Report;

use crate::sample::report;

#[test]
fn it_says_who_when_how_many_and_where_to_look() {
    let text = report().for_vendor().text;
    for part in [
        "| A | 1 | 1 | 80 | 25 | 5 | 50 | 7 | 50 |",
        "leaks about 51.6 sessions an hour",
        "From 2026-11-22 12:00:00 to 2026-11-22 13:00:00, 60 minutes of traffic.",
        "| 40 | 2026-11-22T12:01:00.000000Z | NspiBind opens a session that is never unbound |",
        "[MS-NSPI] 3.1.4.2",
        "## Client B",
        "holds 39 sessions",
    ] {
        assert!(text.contains(part), "{part} is missing from\n{text}");
    }
}

#[test]
fn it_has_no_names_addresses_files_or_handles() {
    let mut report = report();
    report.capture.files.push(report.capture.files[0].clone());
    let text = report.for_vendor().text;
    let secrets = [
        "ACME",
        "acme",
        "svc-bes",
        "BES01",
        "192.0.2",
        "2001:db8",
        "dc1",
        "capture.pcapng",
        "6f9619ff",
        "tcp.stream",
        "49700",
        "svc-vault",
        "EVIL",
    ];
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} in\n{text}");
    }
    assert!(text.contains("| 40 of capture 1 |"));
}

#[test]
fn the_key_to_its_pseudonyms_stays_with_the_administrator() {
    let key = report().for_vendor().key;
    let has = |pseudonym: &str, name: &str| key.contains(&(pseudonym.to_owned(), name.to_owned()));
    assert!(has("client A", "192.0.2.20 (BES01)"));
    assert!(has("client B", "2001:db8::30"));
    assert!(has("account 1", r"ACME\svc-bes"));
    assert!(has("server 1", "dc1.acme.test (192.0.2.10)"));
    assert!(has("capture 1", "capture.pcapng"));
    assert_eq!(key.len(), 6, "those who do not leak are not told of: {key:?}");
}

#[test]
fn where_nobody_leaks_there_is_nothing_to_mend() {
    let text = Report::default().for_vendor();
    assert!(text.text.contains("There is nothing to mend."));
    assert!(text.key.is_empty());
}
