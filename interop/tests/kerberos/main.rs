//! Kerberos, and SPNEGO that prefers it, judged by a real KDC and by foreign clients and servers.
//!
//! All tests share one domain controller and its network namespace. Where only Kerberos may succeed, the server's accounts
//! have other passwords than the KDC's.

mod clients;
mod conformance;
mod fallback;
mod foreign_server;
mod identity;
mod order;
mod our_client;
mod refusals;
mod trace;

use std::path::PathBuf;
use std::process::{Command, Output};

use interop::{ALICE, DomainController, Logon, Mechanism, NspiServer, binary};
use tempfile::TempDir;

/// A user with tickets; the realm is the domain.
const ALICE_OF_REALM: Logon<'_> = Logon {
    domain: "ACME.TEST",
    mechanism: Mechanism::NegotiateKerberos,
    target: Some(DomainController::SERVER_HOST),
    ..ALICE
};

/// Alice and bob, with passwords that the KDC does not know: NTLM by theirs fails.
const OTHER_PASSWORDS: &str = "domain ACME acme.test\nuser ACME\\alice password other-than-the-kdcs\nuser ACME\\bob password other-than-the-kdcs\n";

/// A server with the controller's keytab, its accounts, and what else is to be set. Two sessions a user.
struct Beside {
    server: NspiServer,
    _directory: TempDir,
}

impl Beside {
    fn new(accounts: Option<&str>, settings: &str) -> Self {
        Self::with_keytab(accounts, settings, Some(DomainController::shared().path("nspi.keytab")))
    }

    fn with_keytab(accounts: Option<&str>, settings: &str, keytab: Option<PathBuf>) -> Self {
        let directory = TempDir::new().unwrap();
        let file = |name: &str, text: &str| {
            let path = directory.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let named = accounts.map(|text| format!("accounts = {:?}\n", file("accounts", text))).unwrap_or_default();
        let config = format!("max-sessions-per-user = 2\nmin-auth-level = \"connect\"\n{named}{settings}");
        let mut arguments = vec!["--config".into(), file("nspi.toml", &config)];
        arguments.extend(keytab.into_iter().flat_map(|keytab| ["--keytab".into(), keytab]));
        // Why a logon is refused stands in the log alone.
        let log = "info,nspi_server::callers=debug";
        let server = NspiServer::start_beside(DomainController::shared(), "127.0.0.1:0", log, &arguments);
        Self { server, _directory: directory }
    }

    /// Runs our own client, the program, against it.
    fn nspi(&self, arguments: &[&str], password: &str) -> Output {
        self.nspi_with(arguments, |command| command.env("NSPI_PASSWORD", password))
    }

    fn nspi_with(&self, arguments: &[&str], prepare: impl FnOnce(&mut Command) -> &mut Command) -> Output {
        let mut command = DomainController::shared().command(binary("nspi"));
        let server = format!("127.0.0.1:{}", self.server.port);
        prepare(command.args(["--server", &server]).args(arguments)).output().unwrap()
    }
}

/// The ticket that the server's keytab is for, in a client's words.
const SPN: [&str; 2] = ["--spn", "exchangeAB/mail.acme.test"];

/// What a program said, if it ended well.
fn said(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// Why a program failed, with this exit code.
fn refusal(output: &Output, code: i32) -> String {
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{}{why}", String::from_utf8_lossy(&output.stdout));
    why
}
