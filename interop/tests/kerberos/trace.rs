//! What nspi-trace makes of live captures with the server's keytab: the user's name, and every call.

use std::path::Path;

use interop::scenario_kerberos::{SCENARIOS, Way, play};
use interop::{DomainController, Tcpdump, inside};
use nspi_trace::capture::Captures;
use nspi_trace::report::Report;
use nspi_trace::{Analysis, Keytab, Options};
use tempfile::TempDir;

use crate::{Beside, SPN, said};

/// What a capture says to whoever has the server's keytab.
fn report(capture: &Path) -> Report {
    let keytab = std::fs::read(DomainController::shared().path("nspi.keytab")).unwrap();
    let mut analysis = Analysis::new(Options { keytab: Keytab::parse(&keytab).unwrap(), ..Options::default() });
    let mut captures = Captures::open(vec![capture.to_path_buf().into()]).unwrap();
    while captures.next(|packet| analysis.packet(packet)).unwrap() {}
    analysis.finish(captures.facts());
    analysis.report()
}

#[test]
fn with_the_keytab_everybody_has_a_name_and_what_kerberos_sealed_is_read() {
    let (controller, directory) = (DomainController::shared(), TempDir::new().unwrap());
    for scenario in SCENARIOS {
        let file = directory.path().join(scenario.name);
        let truth = play(scenario, controller, &file);
        let report = report(&file);
        let users: Vec<_> = report.users().map(|(_, user)| user).collect();
        let [alice] = users.as_slice() else { panic!("{}: {users:#?}", scenario.name) };
        assert_eq!(alice.name.to_string(), truth.user, "{}", scenario.name);
        let counts = alice.counts;
        let counted = (counts.binds, counts.unbound, counts.ended_by_disconnect);
        assert_eq!(counted, (truth.binds, truth.unbound, truth.ended_by_disconnect), "{}", scenario.name);
        // NTLM's password was not given.
        let by_ntlm = scenario.ways.contains(&Way::Ntlm);
        assert_eq!(counts.inferred > 0, by_ntlm, "{}: {counts:?}", scenario.name);
    }
}

#[test]
fn a_user_principal_name_is_reported_as_the_account_that_the_server_counts() {
    let (controller, directory) = (DomainController::shared(), TempDir::new().unwrap());
    controller.add_person("grace", "grace.hopper", "Passw0rd!G");
    let beside = Beside::new(None, "");
    let file = directory.path().join("grace.pcap");
    let dump = inside(controller.namespace(), || Tcpdump::start(beside.server.port, &file, 0));
    for principal in ["grace@ACME.TEST", "grace.hopper@ACME.TEST"] {
        said(&beside.nspi(&[&["--user", principal, "--kerberos", "bind"][..], &SPN].concat(), "Passw0rd!G"));
    }
    dump.stop();
    let report = report(&file);
    let users: Vec<_> = report.users().map(|(_, user)| (user.name.to_string(), user.counts.binds)).collect();
    assert_eq!(users, [(r"ACME\grace".to_owned(), 2)]);
    assert_eq!(beside.server.log().matches(r"user=ACME\grace ").count(), 2, "{}", beside.server.log());
}
