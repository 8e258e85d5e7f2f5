//! The same for clients who come by Kerberos: beside a domain controller, in its network namespace.
//!
//! ```text
//!   nspi, impacket, Samba ──► lo of the namespace ──► nspi-server, with the keytab of svc-nspi
//!        └─► KDC              └──► tcpdump ──► NAME.pcap, and the truth: NAME.json
//! ```

use std::path::Path;

use crate::process::eventually;
use crate::scenario::Truth;
use crate::{ALICE, Client, DomainController, Level, Logon, Mechanism, NspiServer, Tcpdump, binary, inside};

/// What alice's programs do, each time with six sessions, none of which they unbind, or two.
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
    /// Impacket, by Kerberos within SPNEGO; it asks, unbinds two sessions and is killed.
    Impacket,
    /// The same by Samba's client library.
    Samba,
    /// The same by Samba's client library and Kerberos itself.
    SambaKerberos,
}

/// All of them.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "nspi_kerberos_sealed_leak", ways: &[Way::Kerberos] },
    Scenario { name: "nspi_negotiate_kerberos_sealed_leak", ways: &[Way::Negotiate] },
    Scenario { name: "nspi_kerberos_then_ntlm_sealed_leak", ways: &[Way::Kerberos, Way::Negotiate, Way::Ntlm] },
    Scenario { name: "impacket_negotiate_kerberos_sealed_killed", ways: &[Way::Impacket] },
    Scenario { name: "samba_negotiate_kerberos_sealed_killed", ways: &[Way::Samba] },
    Scenario { name: "samba_kerberos_sealed_killed", ways: &[Way::SambaKerberos] },
];

/// Sessions that are opened each time, and those that foreign clients unbind.
const SESSIONS: u64 = 6;
const UNBOUND: usize = 2;

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
    let mut unbound = 0;
    for (before, way) in scenario.ways.iter().enumerate() {
        unbound += match way {
            Way::Kerberos | Way::Negotiate | Way::Ntlm => ours(&server, controller, *way),
            Way::Impacket => foreign(&server, Client::impacket_beside(controller), Mechanism::NegotiateKerberos),
            Way::Samba => foreign(&server, Client::samba_beside(controller), Mechanism::NegotiateKerberos),
            Way::SambaKerberos => foreign(&server, Client::samba_beside(controller), Mechanism::Kerberos),
        };
        eventually("the server runs them down", || {
            (server.log().matches(" disconnected").count() == before + 1).then_some(())
        });
    }
    dump.stop();
    let binds = SESSIONS * u64::try_from(scenario.ways.len()).unwrap();
    Truth {
        what: format!("opens six sessions by each mechanism of its name, and unbinds {unbound} of them all"),
        user: r"ACME\alice".to_owned(),
        binds,
        unbound,
        ended_by_disconnect: binds - unbound,
        verdict: "leaks".to_owned(),
        sealed: true,
        password: ALICE.password.to_owned(),
        ..Truth::default()
    }
}

/// Gives how many it unbinds.
fn foreign(server: &NspiServer, mut client: Client, mechanism: Mechanism) -> u64 {
    let target = Some(DomainController::SERVER_HOST);
    let logon = Logon { domain: "ACME.TEST", mechanism, target, level: Level::Privacy, ..ALICE };
    let alice = client.open(server, &logon).unwrap();
    let handles: Vec<_> = (0..SESSIONS).map(|_| client.bind(alice).unwrap().handle).collect();
    for handle in handles.iter().take(UNBOUND) {
        assert_eq!(client.unbind(alice, handle).unwrap().status, 1);
    }
    client.kill();
    UNBOUND.try_into().unwrap()
}

/// This project's own client leaves without NspiUnbind.
fn ours(server: &NspiServer, controller: &DomainController, way: Way) -> u64 {
    let (user, options): (_, &[&str]) = match way {
        Way::Kerberos => ("alice@ACME.TEST", &["--kerberos", "--spn", "exchangeAB/mail.acme.test"]),
        Way::Negotiate => ("alice@ACME.TEST", &["--kerberos", "--negotiate", "--spn", "exchangeAB/mail.acme.test"]),
        _ => (r"ACME\alice", &[]),
    };
    let mut command = controller.command(binary("nspi"));
    command.env("NSPI_PASSWORD", ALICE.password).args(["bind", "--leak", "--user", user]).args(options);
    command.args(["--count", &SESSIONS.to_string(), "--server", &format!("127.0.0.1:{}", server.port)]);
    let ended = command.output().unwrap();
    assert!(ended.status.success(), "{way:?}: {}", String::from_utf8_lossy(&ended.stderr));
    0
}
