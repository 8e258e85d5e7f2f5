//! The address book on disk: imported by the program, served by it, read by impacket.

use std::fs;
use std::process::Command;

use interop::{ALICE, NspiServer, binary};

use crate::people::People;

/// Runs the server's program to its end: its exit code, and what it said.
pub(crate) fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(binary("nspi-server")).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn a_book_is_imported_checked_and_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let people: String = (0..600)
        .map(|n| {
            format!("dn: cn=p{n},dc=acme,dc=test\nobjectClass: person\ncn: Person {n:03}\nmail: p{n}@acme.test\n\n")
        })
        .collect();
    fs::write(path("people.ldif"), people).unwrap();
    let (code, said) = run(&["import", &path("people.ldif"), &path("people.book")]);
    assert_eq!((code, said.contains("people.book: 600 people, whole")), (Some(0), true), "{said}");
    assert_eq!(run(&["check", &path("people.book")]).0, Some(0));

    let mut people = People::at(NspiServer::start(&["--book", &path("people.book")]), ALICE);
    let names = people.names();
    assert_eq!((names.len(), names[0].as_str(), names[599].as_str()), (600, "Person 000", "Person 599"));
    let found = people.id("Person 300");
    assert_eq!(people.property(&found, 0x39FE_001F), "p300@acme.test");

    // Damaged or foreign files are named, and none is served.
    let mut octets = fs::read(path("people.book")).unwrap();
    octets[1000] ^= 1;
    fs::write(path("damaged.book"), octets).unwrap();
    let (code, said) = run(&["check", &path("damaged.book")]);
    assert!(code == Some(2) && said.contains("damaged.book is damaged in the"), "{code:?}: {said}");
    let (code, said) = run(&["--book", &path("people.ldif")]);
    assert!(code == Some(2) && said.contains("is no address book"), "{code:?}: {said}");
}
