//! Samba's own conformance tests of DCE/RPC, with Kerberos.

use interop::{DomainController, NspiServer};

/// All of Samba's 194 tests but the 12 that go through named pipes, the three that Samba itself fails included.
const TESTS: u32 = 182;

/// Security contexts of a connection, where nothing is set.
const MAX_SECURITY_CONTEXTS: &str = "16";

#[test]
fn the_server_passes_the_tests_with_kerberos_too() {
    let controller = DomainController::shared();
    let keytab = controller.path("nspi.keytab");
    let server =
        NspiServer::start_beside(controller, "127.0.0.2:135", "info", &["--keytab".as_ref(), keytab.as_os_str()]);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/samba/raw_protocol.py");
    let target = DomainController::SERVER_HOST;
    let mut python = controller.command("/usr/bin/python3");
    python.args([script, "--krb5", "--strict", "--host", "127.0.0.2", "--target", target]);
    let run = python.args(["--max-num-auth", MAX_SECURITY_CONTEXTS]).output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    let last = said.lines().last().unwrap_or_default();
    assert_eq!(last, format!("{TESTS} passed, 0 failed"), "{said}{}", server.log());
}
