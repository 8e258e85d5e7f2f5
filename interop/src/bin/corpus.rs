//! Makes the labelled corpus of nspi-trace again: `corpus DIRECTORY [PART]`, as root, since tcpdump captures. PART: of a name,
//! so that only some are made.
//!
//! Each scenario gives NAME.pcap and, beside it, the truth in NAME.json. Those of Kerberos are in DIRECTORY/kerberos, with
//! the keytab that opens their tickets.

use std::path::{Path, PathBuf};

use interop::scenario::{SCENARIOS, Truth, play};
#[cfg(target_os = "linux")]
use interop::{DomainController, scenario_kerberos};

fn main() {
    let directory = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("nspi-trace/tests/corpus"), PathBuf::from);
    let part = std::env::args().nth(2).unwrap_or_default();
    for scenario in SCENARIOS.iter().filter(|scenario| scenario.name.contains(&part)) {
        let file = directory.join(scenario.name).with_extension("pcap");
        write(&file, &play(scenario, &file));
    }
    #[cfg(target_os = "linux")]
    by_kerberos(&directory.join("kerberos"), &part);
}

#[cfg(target_os = "linux")]
fn by_kerberos(directory: &Path, part: &str) {
    let wanted: Vec<_> = scenario_kerberos::SCENARIOS.iter().filter(|scenario| scenario.name.contains(part)).collect();
    if wanted.is_empty() {
        return;
    }
    std::fs::create_dir_all(directory).unwrap();
    let controller = DomainController::start(0);
    std::fs::copy(controller.path("nspi.keytab"), directory.join("nspi.keytab")).unwrap();
    std::fs::copy(controller.path("alice.keytab"), directory.join("another.keytab")).unwrap();
    for scenario in wanted {
        let file = directory.join(scenario.name).with_extension("pcap");
        write(&file, &scenario_kerberos::play(scenario, &controller, &file));
    }
}

/// The truth, beside its capture.
fn write(file: &Path, truth: &Truth) {
    let json = serde_json::to_string_pretty(truth).unwrap();
    std::fs::write(file.with_extension("json"), json + "\n").unwrap();
    println!("{}", file.display());
}
