//! OpenLDAP's server, as an ordinary process with a directory of its own.

use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use interop::eventually;
use tempfile::TempDir;

/// The directory's root, and who may do everything.
pub(crate) const BASE: &str = "dc=acme,dc=test";
pub(crate) const ADMIN: &str = "cn=admin,dc=acme,dc=test";
pub(crate) const PASSWORD: &str = "secret";

/// A running directory with alice, bob, carol and a group. Killed when dropped.
pub(crate) struct Slapd {
    process: Option<Child>,
    pub(crate) port: u16,
    pub(crate) tls_port: u16,
    folder: TempDir,
}

/// What is in it at first.
const PEOPLE: &str = "\
dn: dc=acme,dc=test
objectClass: dcObject
objectClass: organization
dc: acme
o: ACME

dn: ou=people,dc=acme,dc=test
objectClass: organizationalUnit
ou: people

dn: uid=alice,ou=people,dc=acme,dc=test
objectClass: inetOrgPerson
uid: alice
cn: Alice Adams
sn: Adams
givenName: Alice
displayName: Alice Adams
mail: alice@acme.test
title: Managing Director

dn: uid=bob,ou=people,dc=acme,dc=test
objectClass: inetOrgPerson
uid: bob
cn: Bob Baker
sn: Baker
mail: bob@acme.test
manager: uid=alice,ou=people,dc=acme,dc=test
telephoneNumber: +44 1632 960001
jpegPhoto:: /9j/4AAQ

dn: uid=carol,ou=people,dc=acme,dc=test
objectClass: inetOrgPerson
uid: carol
cn:: xb1vZmllIMOFbmdzdHLDtm0=
sn: Clark
mail: carol@acme.test

dn: cn=staff,ou=people,dc=acme,dc=test
objectClass: groupOfNames
objectClass: extensibleObject
cn: staff
displayName: All Staff
mail: staff@acme.test
member: uid=alice,ou=people,dc=acme,dc=test
";

impl Slapd {
    pub(crate) fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        fs::create_dir(path("db")).unwrap();
        certificate(&path("key.pem"), &path("cert.pem"));
        let schema = |name: &str| format!("include /etc/ldap/schema/{name}.schema\n");
        let configuration = ["core", "cosine", "inetorgperson"].map(schema).concat()
            + &format!(
                "modulepath /usr/lib/ldap\nmoduleload back_mdb\nmoduleload syncprov\n\
                 TLSCertificateFile {}\nTLSCertificateKeyFile {}\n\
                 database mdb\nsuffix {BASE}\nrootdn {ADMIN}\nrootpw {PASSWORD}\ndirectory {}\nmaxsize 1073741824\n\
                 overlay syncprov\n",
                path("cert.pem"),
                path("key.pem"),
                path("db")
            );
        fs::write(path("slapd.conf"), configuration).unwrap();
        let mut slapd = Self { process: None, port: free_port(), tls_port: free_port(), folder };
        slapd.resume();
        slapd.change("ldapadd", PEOPLE);
        slapd
    }

    /// Starts it again, on the ports it had.
    pub(crate) fn resume(&mut self) {
        let log = fs::File::create(self.path("log")).unwrap();
        let urls = format!("ldap://127.0.0.1:{} ldaps://127.0.0.1:{}", self.port, self.tls_port);
        let mut command = Command::new("/usr/sbin/slapd");
        command.args(["-d", "0", "-h", &urls, "-f"]).arg(self.path("slapd.conf"));
        self.process = Some(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
        eventually("slapd listens", || TcpStream::connect(("127.0.0.1", self.port)).ok());
    }

    /// Kills it, as a power cut does.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Has OpenLDAP's own client change something: `ldapadd`, `ldapmodify` or `ldapdelete`, and its input.
    pub(crate) fn change(&self, program: &str, input: &str) {
        let mut command = Command::new(program);
        command.args(["-H", &format!("ldap://127.0.0.1:{}", self.port), "-x", "-D", ADMIN, "-w", PASSWORD]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        process.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// A file beside its own.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        self.kill();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A certificate for 127.0.0.1 that vouches for itself.
fn certificate(key: &str, certificate: &str) {
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=directory"]);
    command.args(["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"]);
    let output = command.args(["-keyout", key, "-out", certificate]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
