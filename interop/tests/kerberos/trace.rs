//! What nspi-trace makes of live captures with the server's keytab: the user's name, and every call.

use interop::DomainController;
use interop::scenario_kerberos::{SCENARIOS, Way, play};
use nspi_trace::capture::Captures;
use nspi_trace::{Analysis, Keytab, Options};
use tempfile::TempDir;

#[test]
fn with_the_keytab_everybody_has_a_name_and_what_kerberos_sealed_is_read() {
    let (controller, directory) = (DomainController::shared(), TempDir::new().unwrap());
    let keytab = Keytab::parse(&std::fs::read(controller.path("nspi.keytab")).unwrap()).unwrap();
    for scenario in SCENARIOS {
        let file = directory.path().join(scenario.name);
        let truth = play(scenario, controller, &file);
        let mut analysis = Analysis::new(Options { keytab: keytab.clone(), ..Options::default() });
        let mut captures = Captures::open(vec![file.into()]).unwrap();
        while captures.next(|packet| analysis.packet(packet)).unwrap() {}
        analysis.finish(captures.facts());
        let report = analysis.report();
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
