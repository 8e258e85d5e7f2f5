//! Other processes: where they are, how they are told to end, and waiting for what they do in their own time.

use std::path::PathBuf;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long something may take that happens in another process, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// The interpreter that Debian's python3-samba is for.
pub(crate) const SAMBA_PYTHON: &str = "/usr/bin/python3";

/// The directory of this crate.
pub(crate) fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The Python of `interop/install`.
pub(crate) fn python() -> PathBuf {
    installed("python")
}

/// A program that `interop/install` has brought into `.venv`.
///
/// # Panics
/// If it is not there.
#[must_use]
pub fn installed(name: &str) -> PathBuf {
    let program = here().join(".venv/bin").join(name);
    assert!(program.exists(), "{} is missing: run interop/install", program.display());
    program
}

/// Sends a signal by its name (`TERM`, `HUP`, `KILL`) to a process that the caller started.
///
/// # Panics
/// If there is no such process or signal.
pub fn signal(name: &str, process: u32) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {process}")]).status().unwrap();
    assert!(sent.success(), "cannot send SIG{name} to process {process}");
}

/// Waits until `happened` returns something: what the other end of a connection does, it does a moment later.
///
/// # Panics
/// If it has not within 20 seconds.
pub fn eventually<T>(what: &str, mut happened: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(outcome) = happened() {
            return outcome;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        sleep(Duration::from_millis(5));
    }
}
