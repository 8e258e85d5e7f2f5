//! The same for clients who come by Kerberos: beside a domain controller, in its network namespace.
//!
//! ```text
//!   nspi --kerberos ──► lo of the namespace ──► nspi-server, with the keytab of svc-nspi
//!        └─► KDC        └──► tcpdump ──► NAME.pcap, and the truth: NAME.json
//! ```

use std::path::Path;

use crate::process::eventually;
use crate::scenario::Truth;
use crate::{ALICE, DomainController, NspiServer, Tcpdump, binary, inside};

/// What alice's program does, each time with six sessions that it does not unbind.
pub struct Scenario {
    /// Its name, and its file's.
    pub name: &'static str,
    /// How she authenticates, one time after another.
    pub ways: &'static [Way],
}

/// A mechanism, as the program `nspi` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Kerberos itself.
    Kerberos,
    /// Kerberos within SPNEGO.
    Negotiate,
    /// NTLM.
    Ntlm,
}

/// All of them.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "nspi_kerberos_sealed_leak", ways: &[Way::Kerberos] },
    Scenario { name: "nspi_negotiate_kerberos_sealed_leak", ways: &[Way::Negotiate] },
    Scenario { name: "nspi_kerberos_then_ntlm_sealed_leak", ways: &[Way::Kerberos, Way::Negotiate, Way::Ntlm] },
];

/// Sessions that are opened each time.
const SESSIONS: u64 = 6;

/// Plays a scenario into `file`, and tells what is true of it.
///
/// # Panics
/// If it does not go as it should.
#[must_use]
pub fn play(scenario: &Scenario, controller: &DomainController, file: &Path) -> Truth {
    let keytab = controller.path("nspi.keytab");
    let arguments = ["--keytab".as_ref(), keytab.as_os_str()];
    let server = NspiServer::start_beside(controller, "127.0.0.1:0", "nspi_server=debug", &arguments);
    let dump = inside(controller.namespace(), || Tcpdump::start(server.port, file, 0));
    for (before, way) in scenario.ways.iter().enumerate() {
        leak(&server, controller, *way);
        eventually("the server runs them down", || {
            (server.log().matches(" disconnected").count() == before + 1).then_some(())
        });
    }
    dump.stop();
    let binds = SESSIONS * u64::try_from(scenario.ways.len()).unwrap();
    Truth {
        what: "opens six sessions and leaves without NspiUnbind, once by each mechanism of its name".to_owned(),
        user: r"ACME\alice".to_owned(),
        binds,
        ended_by_disconnect: binds,
        verdict: "leaks".to_owned(),
        sealed: true,
        password: ALICE.password.to_owned(),
        ..Truth::default()
    }
}

fn leak(server: &NspiServer, controller: &DomainController, way: Way) {
    let (user, options): (_, &[&str]) = match way {
        Way::Kerberos => ("alice@ACME.TEST", &["--kerberos", "--spn", "exchangeAB/mail.acme.test"]),
        Way::Negotiate => ("alice@ACME.TEST", &["--kerberos", "--negotiate", "--spn", "exchangeAB/mail.acme.test"]),
        Way::Ntlm => (r"ACME\alice", &[]),
    };
    let mut command = controller.command(binary("nspi"));
    command.env("NSPI_PASSWORD", ALICE.password).args(["bind", "--leak", "--user", user]).args(options);
    command.args(["--count", &SESSIONS.to_string(), "--server", &format!("127.0.0.1:{}", server.port)]);
    let ended = command.output().unwrap();
    assert!(ended.status.success(), "{way:?}: {}", String::from_utf8_lossy(&ended.stderr));
}
