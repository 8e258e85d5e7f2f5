//! Our client, the program `nspi`, by each source of credentials and at each level. Only Kerberos can have succeeded.

use interop::DomainController;
use tempfile::TempDir;

use crate::{Beside, OTHER_PASSWORDS, SPN, refusal, said};

const LEVELS: [&str; 4] = ["connect", "packet", "integrity", "privacy"];
const WAYS: [&[&str]; 2] = [&["--kerberos"], &["--kerberos", "--negotiate"]];

/// Binds, asks, unbinds, and meets the cap, with these credentials.
fn walk(credentials: &[&str], password: Option<&str>, cache: Option<&str>) {
    let beside = Beside::new(Some(OTHER_PASSWORDS), "");
    for level in LEVELS {
        for way in WAYS {
            let nspi = |command: &[&str]| {
                let arguments = [command, way, &SPN, credentials, &["--level", level]].concat();
                beside.nspi_with(&arguments, |nspi| match (password, cache) {
                    (Some(password), _) => nspi.env("NSPI_PASSWORD", password),
                    (None, Some(cache)) => nspi.env("KRB5CCNAME", cache),
                    (None, None) => nspi,
                })
            };
            assert!(said(&nspi(&["rows", "--count", "1"])).contains("Alice Adams"), "{level} {way:?}");
            let opened = said(&nspi(&["bind", "--count", "2"]));
            assert!(opened.contains("alice@ACME.TEST"), "{level} {way:?}: {opened}");
            let why = refusal(&nspi(&["bind", "--count", "3"]), 4);
            assert!(why.contains("KB949469"), "{why}");
        }
    }
}

#[test]
fn by_password() {
    walk(&["--user", "alice@ACME.TEST"], Some("Passw0rd!A"), None);
}

#[test]
fn by_keytab() {
    let keytab = DomainController::shared().path("alice.keytab");
    walk(&["--user", "alice@ACME.TEST", "--keytab", keytab.to_str().unwrap()], None, None);
}

/// A cache with alice's ticket in it.
fn kinit(directory: &TempDir) -> String {
    let cache = format!("FILE:{}", directory.path().join("tickets").display());
    DomainController::shared().run("kinit", &["-c", &cache, "alice"], "Passw0rd!A\n");
    cache
}

#[test]
fn by_the_default_cache() {
    let directory = TempDir::new().unwrap();
    walk(&[], None, Some(&kinit(&directory)));
}

#[test]
fn by_a_cache_that_is_named() {
    let directory = TempDir::new().unwrap();
    walk(&["--ticket-cache", &kinit(&directory)], None, None);
}
