//! The rig's `pcapgen` writes captures of any size, and which sessions it never unbound.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use nspi_trace::capture::Captures;
use nspi_trace::report::{SessionEnd, SessionRecord};
use nspi_trace::{Analysis, Options};
use tempfile::TempDir;

/// Writes a capture; the truth is beside it.
fn generate(file: &Path, options: &[&str]) {
    let rig = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/rig/Cargo.toml");
    let done = Command::new(env!("CARGO"))
        .args(["run", "--release", "--quiet", "--bin", "pcapgen", "--manifest-path"])
        .arg(rig)
        .args(["--", "--out"])
        .arg(file)
        .args(options)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn exactly_the_sessions_of_the_rig_are_found() {
    let directory = TempDir::new().unwrap();
    for (name, options) in [
        ("few", &["--mb", "4", "--window", "20", "--leak", "10"][..]),
        ("noise", &["--mb", "12", "--window", "300", "--leak", "5", "--noise", "50", "--seed", "7"]),
    ] {
        let file = directory.path().join(name);
        generate(&file, options);
        let truth = std::fs::read_to_string(format!("{}.truth", file.display())).unwrap();
        let (leaked, totals): (Vec<&str>, Vec<&str>) = truth.lines().partition(|line| !line.starts_with('#'));
        // 10.1.0.1:20000 52d0f2a0-.. stream=0
        let leaked: BTreeSet<String> = leaked.iter().map(|line| line.rsplit_once(' ').unwrap().0.to_owned()).collect();
        let total = |name: &str| {
            let (_, rest) = totals[0].split_once(&format!(" {name}=")).unwrap();
            rest.split(' ').next().unwrap().parse::<usize>().unwrap()
        };

        let seen: Arc<Mutex<Vec<SessionRecord>>> = Arc::default();
        let mut analysis = Analysis::new(Options::default());
        let kept = Arc::clone(&seen);
        analysis.on_session(move |session| kept.lock().unwrap().push(session));
        let mut captures = Captures::open(vec![file.into()]).unwrap();
        while captures.next(|packet| analysis.packet(packet)).unwrap() {}
        analysis.finish(captures.facts());
        let report = analysis.report();
        let seen = seen.lock().unwrap();

        assert_eq!(seen.len(), total("sessions"), "{name}");
        assert_eq!(report.capture.packets, total("packets") as u64, "{name}");
        let name_of = |session: &SessionRecord| format!("{} {}", session.client, session.handle.as_ref().unwrap());
        let forgotten: BTreeSet<String> =
            seen.iter().filter(|session| session.end == SessionEnd::Disconnect).map(name_of).collect();
        assert_eq!(forgotten, leaked, "{name}");
        let unbound = seen.iter().filter(|session| session.end == SessionEnd::Unbound).count();
        assert_eq!(unbound, total("sessions") - leaked.len(), "{name}");
        assert_eq!(report.servers[0].totals.ended_by_disconnect, leaked.len() as u64, "{name}");
        assert!(leaked.len() > 3 && report.has_leak(), "{name}");
    }
}
