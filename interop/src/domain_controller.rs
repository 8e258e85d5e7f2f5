//! A real domain controller, Samba's, in a network namespace of its own: KDC, LDAP directory and DCE/RPC server.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::process::here;

/// A running domain controller of the domain ACME, realm ACME.TEST. Needs root, and about ten seconds to start.
///
/// `samba/domain_controller.sh` makes it, and says what there is: accounts, keytabs, ports. It stops when this is dropped,
/// and, since the script waits for the end of its standard input, also when this process ends in any other way.
#[derive(Debug)]
pub struct DomainController {
    script: Child,
    namespace: String,
    directory: PathBuf,
    tickets: OnceLock<PathBuf>,
}

impl DomainController {
    /// Its name, 127.0.0.1 inside of the namespace. Ports: 88, 135, 389, 636, 3268, 3269.
    pub const HOST: &str = "dc1.acme.test";

    /// The name of the server under test, 127.0.0.2 inside of the namespace, where every port is free.
    pub const SERVER_HOST: &str = "mail.acme.test";

    /// Who may do everything, and the password.
    pub const ADMINISTRATOR: (&str, &str) = ("Administrator@ACME.TEST", "Passw0rd!AD");

    /// The one that all tests of a binary share: started by the first who asks, stopped when the process ends.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<DomainController> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(20))
    }

    /// Starts one with `users` users besides alice and bob: `user0001`, `user0002`, ..
    ///
    /// # Panics
    /// If it does not start; what the script said is above the panic's message.
    #[must_use]
    pub fn start(users: u32) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let directory = env::temp_dir().join(format!("nspi-domain-controller-{}-{number}", std::process::id()));
        let mut script = Command::new(here().join("samba/domain_controller.sh"))
            .arg("serve")
            .arg(&directory)
            .arg(users.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(script.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let namespace = line.trim().strip_prefix("ready ").expect("the domain controller starts (it needs root)");
        Self { namespace: namespace.to_owned(), script, directory, tickets: OnceLock::new() }
    }

    /// A command that will run in the controller's network, with its `krb5.conf`.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace]).arg(program).env("KRB5_CONFIG", self.path("krb5.conf"));
        command
    }

    /// Runs a program in the controller's network to its end, with `input` as its standard input; returns what it said.
    ///
    /// # Panics
    /// If it fails, with what it said.
    pub fn run<A: AsRef<OsStr>>(&self, program: &str, arguments: &[A], input: &str) -> String {
        let mut command = self.command(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        // It need not read it, and may have ended already.
        let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
        let output = process.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{command:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }

    /// Adds a person who logs on as `account` and as `principal`@acme.test, and is called by the latter.
    ///
    /// # Panics
    /// If there is one already.
    pub fn add_person(&self, account: &str, principal: &str, password: &str) {
        let (database, settings) = (self.path("private/sam.ldb"), self.path("etc/smb.conf"));
        let [database, settings] = [&database, &settings].map(|path| path.display().to_string());
        let mail = format!("--mail-address={principal}@acme.test");
        self.run("samba-tool", &["user", "create", account, password, &mail, "-H", &database, "-s", &settings], "");
        self.change(&format!(
            "dn: CN={account},CN=Users,DC=acme,DC=test\nchangetype: modify\nreplace: userPrincipalName\n\
             userPrincipalName: {principal}@acme.test\n-\nreplace: displayName\ndisplayName: {principal}\n"
        ));
    }

    /// Has OpenLDAP's client change something, as the administrator.
    ///
    /// # Panics
    /// If it fails.
    pub fn change(&self, ldif: &str) {
        let (who, password) = Self::ADMINISTRATOR;
        self.run("ldapmodify", &["-H", "ldap://127.0.0.1", "-x", "-D", who, "-w", password], ldif);
    }

    /// A cache with the ticket of a principal, and its ticket for the server under test.
    ///
    /// # Panics
    /// If there is none to be had.
    pub fn tickets(&self, principal: &str, password: &str) -> PathBuf {
        let cache = self.path(&format!("run/{principal}.tickets"));
        self.run("kinit", &["-c".as_ref(), cache.as_os_str(), principal.as_ref()], &format!("{password}\n"));
        let service = format!("host/{}", Self::SERVER_HOST);
        self.run("kvno", &["-c".as_ref(), cache.as_os_str(), service.as_ref()], "");
        cache
    }

    /// A cache with alice's ticket, and hers for the server under test.
    pub fn tickets_of_alice(&self) -> &Path {
        self.tickets.get_or_init(|| self.tickets("alice", "Passw0rd!A"))
    }

    /// A file of the controller: `krb5.conf`, `nspi.keytab`, `alice.keytab`, `etc/smb.conf`, `private/sam.ldb`.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Its network namespace, as `ip netns` knows it.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }
}

impl Drop for DomainController {
    fn drop(&mut self) {
        drop(self.script.stdin.take()); // tells the script to stop it
        let _ = self.script.wait();
    }
}
