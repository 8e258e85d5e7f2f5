//! Wine, for programs of `wine/`: Windows' RPC runtime and NDR engine as Wine's authors understand them.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::process::here;

/// A Wine prefix with a wineserver of its own, which holds the sockets of its programs. Ends when dropped.
#[derive(Debug)]
pub(crate) struct Prefix {
    directory: TempDir,
}

impl Prefix {
    /// Over the files of the one that `interop/install` has made; nothing runs in it yet.
    pub(crate) fn new() -> Self {
        let made = here().join(".wine/prefix/made");
        assert!(made.exists(), "{} is missing: run interop/install", made.display());
        Self { directory: TempDir::new().unwrap() }
    }

    /// Runs one of the programs of `wine/`, in a network namespace if `in_network` enters one.
    pub(crate) fn command(&self, in_network: impl Fn(PathBuf) -> Command, program: &str) -> Command {
        let mut command = in_network(headless());
        command.arg(self.directory.path()).arg("wine").arg(here().join(".wine").join(program));
        command
    }
}

impl Drop for Prefix {
    fn drop(&mut self) {
        // Wine's services linger; if they have ended by themselves, there is nothing to end.
        let _ = Command::new(headless()).arg(self.directory.path()).args(["wineserver", "--kill"]).status();
    }
}

fn headless() -> PathBuf {
    here().join("wine/headless")
}
