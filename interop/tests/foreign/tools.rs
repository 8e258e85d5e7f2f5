//! Tools that administrators and attackers have, asking the endpoint mapper and remote management: Samba's rpcclient and
//! smbtorture, impacket's rpcdump.py and rpcmap.py; and nmap, who asks in other protocols what it is that listens.

use std::net::SocketAddrV4;
use std::process::{Command, Output};

use interop::{AUTHENTICATED, Level, Mechanism, Namespace, NspiServer, Tap, eventually, inside, installed};

use super::{DEFAULTS, wire};

const NSPI: &str = "f5cc5a18-4264-101a-8c59-08002b2f8426";
const MAPPER: &str = "e1af8308-5d1f-11c9-91a4-08002b14a0fa";
const ALICE: [&str; 2] = ["-U", r"ACME\alice%Passw0rd!A"];
const MECHANISMS: [Mechanism; 2] = [Mechanism::Ntlm, Mechanism::Negotiate];

/// What a tool said, on either stream.
fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}: run interop/install"));
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    said(&output)
}

/// The options of Samba's binding strings.
fn binding_options(mechanism: Mechanism, level: Level) -> String {
    let mechanism = match mechanism {
        Mechanism::Ntlm => "ntlm",
        Mechanism::Kerberos => "krb5",
        Mechanism::Negotiate | Mechanism::NegotiateKerberos | Mechanism::NegotiateEither => "spnego",
    };
    let level = match level {
        Level::None => panic!("nobody is authenticated by a mechanism"),
        Level::Connect => "connect",
        Level::Packet => "packet",
        Level::Integrity => "sign",
        Level::Privacy => "seal",
    };
    format!("{mechanism},{level}")
}

#[test]
fn rpcmap_finds_what_is_served_for_a_stranger_and_for_alice_at_each_level() {
    let server = NspiServer::start(&DEFAULTS);
    let rpcmap = |port: u16, arguments: &[&str]| {
        let mut rpcmap = Command::new(installed("python"));
        rpcmap.arg(installed("rpcmap.py")).arg(format!("ncacn_ip_tcp:127.0.0.1[{port}]")).args(arguments);
        let found = run(&mut rpcmap);
        let is_found = |uuid: &str| found.to_lowercase().contains(&format!("uuid: {uuid}"));
        assert!(is_found(NSPI) && is_found(MAPPER), "{arguments:?}: {found}");
    };
    for port in [server.port, server.mapper] {
        rpcmap(port, &[]);
        for level in ["2", "5", "6"] {
            rpcmap(port, &["-auth-rpc", "ACME/alice:Passw0rd!A", "-auth-level", level]);
        }
    }
}

/// By the bind_nak with which servers of Windows, too, meet who speaks SMB or DNS to them.
#[test]
fn nmap_knows_both_ports_for_microsofts_rpc() {
    let server = NspiServer::start(&DEFAULTS);
    let ports = [server.port, server.mapper].map(|port| port.to_string());
    let report = run(Command::new("nmap").args(["-n", "-Pn", "-sV", "-p", &ports.join(","), "127.0.0.1"]));
    for port in ports {
        let known = |line: &str| line.starts_with(&format!("{port}/tcp")) && line.contains("msrpc");
        assert!(report.lines().any(known), "{port}: {report}");
    }
}

/// A network where the endpoint mapper has its own port, with a tap in front of it.
struct Lab {
    namespace: Namespace,
    tap: Tap,
    _server: NspiServer,
}

impl Lab {
    fn new() -> Self {
        let namespace = Namespace::new();
        let [tapped, mapper]: [SocketAddrV4; 2] = ["127.0.0.1:135", "127.0.0.2:135"].map(|at| at.parse().unwrap());
        let server = NspiServer::start_in(
            namespace.name(),
            &["--listen", "127.0.0.2:6002", "--endpoint-mapper", &mapper.to_string()],
        );
        let tap = inside(namespace.name(), || Tap::between(tapped, mapper));
        Self { namespace, tap, _server: server }
    }

    /// A suite of smbtorture's: how each of its tests ended, in order, and all that was said.
    fn smbtorture(&self, suite: &str, options: &str, user: &[&str]) -> (Vec<String>, String) {
        let mut torture = self.namespace.command("smbtorture");
        torture.args(user).arg(format!("ncacn_ip_tcp:127.0.0.1[{options}]")).arg(suite);
        let output = torture.output().unwrap();
        let said = said(&output);
        let ended = |line: &str| line.starts_with("success: ") || line.starts_with("failure: ");
        let outcomes = said.lines().filter(|line| ended(line)).map(|line| line.trim_end_matches(" [").to_owned());
        (outcomes.collect(), said)
    }

    /// By nobody, and by each mechanism at each level; what was protected is seen on the wire.
    fn smbtorture_in_each_way(&self, suite: &str, judge: impl Fn(&[String], &str)) {
        let (outcomes, said) = self.smbtorture(suite, "", &["-U%"]);
        judge(&outcomes, &said);
        for mechanism in MECHANISMS {
            for level in AUTHENTICATED {
                let options = binding_options(mechanism, level);
                let (outcomes, said) = self.smbtorture(suite, &options, &ALICE);
                judge(&outcomes, &said);
                eventually("the capture has it", || {
                    wire::seen(&self.tap, wire::BIND).contains(&wire::protection(mechanism, level)).then_some(())
                });
            }
        }
    }
}

/// rpcclient knows the mapper on port 135 only, whatever its binding string says.
#[test]
fn rpcclient_epmlookup_lists_the_map_for_a_stranger_and_by_each_mechanism_at_each_level() {
    let list = |options: &str, user: &[&str]| -> Tap {
        let lab = Lab::new();
        let mut rpcclient = lab.namespace.command("rpcclient");
        rpcclient.args(user).arg(format!("ncacn_ip_tcp:127.0.0.1[135{options}]")).args(["-c", "epmlookup"]);
        let list = run(&mut rpcclient);
        let nspi = format!("ncacn_ip_tcp:127.0.0.2[6002,abstract_syntax={NSPI}/0x00000038]");
        assert!(list.contains(&nspi) && list.contains("no more entries"), "{options}: {list}");
        lab.tap
    };
    let tap = list("", &["-U%"]);
    assert!(wire::seen(&tap, wire::BIND).is_empty());
    for mechanism in MECHANISMS {
        for level in AUTHENTICATED {
            let options = format!(",{}", binding_options(mechanism, level));
            let tap = list(&options, &ALICE);
            let expected = [wire::protection(mechanism, level)];
            assert!(wire::seen(&tap, wire::BIND).iter().eq(&expected), "{options}");
            assert!(level == Level::Connect || wire::seen(&tap, wire::REQUEST).iter().eq(&expected), "{options}");
        }
    }
}

/// rpcdump.py knows port 135 only.
#[test]
fn rpcdump_lists_the_map() {
    let lab = Lab::new();
    let mut rpcdump = lab.namespace.command(installed("python"));
    let list = run(rpcdump.arg(installed("rpcdump.py")).args(["127.0.0.1", "-port", "135"]));
    let nspi = "Protocol: [MS-NSPI]: Name Service Provider Interface (NSPI) Protocol";
    assert!(list.contains(nspi) && list.contains("ncacn_ip_tcp:127.0.0.2[6002]"), "{list}");
    assert!(list.contains("Received 4 endpoints."), "{list}");
}

/// It asks the mapper for each interface that Samba knows, and then the management interface of each that is there.
#[test]
fn smbtorture_rpc_mgmt_passes_for_a_stranger_and_by_each_mechanism_at_each_level() {
    Lab::new().smbtorture_in_each_way("rpc.mgmt", |outcomes, said| {
        assert_eq!(outcomes, ["success: mgmt"], "{said}");
        let told = ["server is listening", "refused to stop listening - WERR_ACCESS_DENIED", r"is 'ACME\DC1$'", NSPI];
        assert!(told.iter().all(|part| said.contains(part)), "{said}");
    });
}

/// Of five tests the two that a server with a fixed map can pass; Samba's own domain controller passes the second alone.
///
/// - `Map_full` and `Insert_noreplace` register endpoints (ept_insert), which is for callers on the same machine: the
///   answer is nca_s_op_rng_error, as Samba's domain controller gives it.
/// - `Lookup_simple` wants 0x16C9A0D6 with the last entries, which Samba's file server alone says; Samba's domain controller
///   says 0 there, and impacket's rpcdump.py takes anything else for a failure.
#[test]
fn smbtorture_rpc_epmapper_passes_what_needs_no_registering() {
    Lab::new().smbtorture_in_each_way("rpc.epmapper", |outcomes, said| {
        let expected = [
            "success: epmapper.Map_simple",
            "failure: epmapper.Map_full",
            "failure: epmapper.Lookup_simple",
            "success: epmapper.Lookup_terminate_search",
            "failure: epmapper.Insert_noreplace",
        ];
        assert_eq!(outcomes, expected, "{said}");
        assert_eq!(said.matches("NT_STATUS_RPC_PROCNUM_OUT_OF_RANGE").count(), 2, "{said}");
    });
}
