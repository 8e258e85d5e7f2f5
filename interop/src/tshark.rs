//! tshark, Wireshark without windows, as a second opinion on what crossed the wire.

use std::path::Path;
use std::process::Command;

/// The packets of a capture that a display filter lets through: these fields of each, in order.
///
/// # Panics
/// If tshark is not there, or cannot read the file: `interop/install` brings it.
#[must_use]
pub fn tshark(capture: &Path, filter: &str, fields: &[&str]) -> Vec<Vec<String>> {
    let fields = fields.iter().flat_map(|field| ["-e", field]);
    let output = Command::new("tshark")
        .arg("-r")
        .arg(capture)
        .args(["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"])
        .args(["-n", "-Y", filter, "-T", "fields"])
        .args(fields)
        .output()
        .expect("tshark is missing: run interop/install");
    assert!(output.status.success(), "tshark: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}
