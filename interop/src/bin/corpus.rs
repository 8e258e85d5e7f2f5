//! Makes the labelled corpus of nspi-trace again: `corpus DIRECTORY`, as root, since tcpdump captures.
//!
//! Each scenario gives NAME.pcap and, beside it, the truth in NAME.json.

use std::path::PathBuf;

use interop::scenario::{SCENARIOS, play};

fn main() {
    let directory = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("nspi-trace/tests/corpus"), PathBuf::from);
    for scenario in SCENARIOS {
        let file = directory.join(scenario.name).with_extension("pcap");
        let truth = play(scenario, &file);
        let json = serde_json::to_string_pretty(&truth).unwrap();
        std::fs::write(file.with_extension("json"), json + "\n").unwrap();
        println!("{}", file.display());
    }
}
