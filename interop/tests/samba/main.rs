//! Samba's own conformance tests of DCE/RPC, which expect of each PDU what Windows does, against the server.
//!
//! `interop/samba/raw_protocol.py` runs them and says which ones there are.

use std::process::Command;

use interop::NspiServer;

/// The interpreter that Debian's python3-samba is for.
const PYTHON: &str = "/usr/bin/python3";

/// Of Samba's 194 tests those that need neither named pipes of SMB nor Kerberos, the three that Samba fails included.
const TESTS: u32 = 171;

/// Security contexts of a connection, where nothing is set.
const MAX_SECURITY_CONTEXTS: &str = "16";

/// Runs the tests; returns how many passed, and panics with what was said if any failed.
fn passed(server: &NspiServer, arguments: &[&str]) -> u32 {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/samba/raw_protocol.py");
    let port = server.mapper.to_string();
    let run = Command::new(PYTHON).args([script, "--strict", "--epmport", &port]).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    let last = said.lines().last().and_then(|line| line.strip_suffix(" passed, 0 failed"));
    let passed = last.filter(|_| run.status.success()).and_then(|passed| passed.parse().ok());
    passed.unwrap_or_else(|| panic!("{said}{}{}", String::from_utf8_lossy(&run.stderr), server.log()))
}

#[test]
fn the_server_passes_the_tests_that_samba_passes_and_those_that_windows_does() {
    let server = NspiServer::start::<&str>(&[]);
    let passed = passed(&server, &["--max-num-auth", MAX_SECURITY_CONTEXTS]);
    assert!(passed >= TESTS, "{passed}");
}

#[test]
fn a_connection_may_have_as_many_security_contexts_as_with_windows() {
    let directory = tempfile::TempDir::new().unwrap();
    let file = directory.path().join("windows.toml");
    std::fs::write(&file, "[limits]\nmax-security-contexts = 2049\n").unwrap();
    let server = NspiServer::start(&["--config".as_ref(), file.as_os_str()]);
    assert_eq!(passed(&server, &["--only", "multiple_auth_limit"]), 1);
}
