//! The binary `nspi-server`, as a user starts it.

use std::env;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use tempfile::TempDir;

use crate::domain_controller::DomainController;
use crate::process::signal;

/// A running server, on ports of its own. Killed when dropped.
#[derive(Debug)]
pub struct NspiServer {
    process: Child,
    /// Port that NSPI is served on.
    pub port: u16,
    /// Port of the endpoint mapper.
    pub mapper: u16,
    /// Where its log goes; files of the test may lie here, too.
    directory: TempDir,
}

impl NspiServer {
    /// Starts the server with these arguments and the lab's accounts, on free ports of 127.0.0.1, and waits until it says
    /// that it is ready.
    ///
    /// # Panics
    /// If the binary is not there, or ends, or says something else.
    #[must_use]
    pub fn start<A: AsRef<OsStr>>(arguments: &[A]) -> Self {
        let mut command = Command::new(binary("nspi-server"));
        command.args(["--listen", "127.0.0.1:0", "--endpoint-mapper", "127.0.0.1:0"]).args(arguments);
        Self::run(command)
    }

    /// As [`start`](Self::start), at this address; its log tells of each session.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn telling<A: AsRef<OsStr>>(listen: &str, arguments: &[A]) -> Self {
        let mut command = Command::new(binary("nspi-server"));
        command.env("RUST_LOG", "nspi_server=debug");
        command.args(["--listen", listen, "--endpoint-mapper", "127.0.0.1:0"]).args(arguments);
        Self::run(command)
    }

    /// Starts the server in a network namespace, on these addresses.
    ///
    /// # Panics
    /// As [`start`](Self::start), or if the namespace cannot be entered.
    #[must_use]
    pub fn start_in<A: AsRef<OsStr>>(namespace: &str, arguments: &[A]) -> Self {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", namespace]).arg(binary("nspi-server")).args(arguments);
        Self::run(command)
    }

    /// Starts the server beside a domain controller, in its network namespace, with its `krb5.conf`, on a free port of
    /// 127.0.0.1; `mapper` is where the endpoint mapper answers, `log` what is logged, as `RUST_LOG` has it.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_beside<A: AsRef<OsStr>>(
        controller: &DomainController,
        mapper: &str,
        log: &str,
        arguments: &[A],
    ) -> Self {
        let mut command = controller.command(binary("nspi-server"));
        command.env("RUST_LOG", log);
        command.args(["--listen", "127.0.0.1:0", "--endpoint-mapper", mapper]).args(arguments);
        Self::run(command)
    }

    fn run(mut command: Command) -> Self {
        let directory = TempDir::new().unwrap();
        let log = File::create(directory.path().join("log")).unwrap();
        let mut process = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        // nspi-server ready: NSPI on 127.0.0.1:6002, endpoint mapper 127.0.0.1:1135; at most 50 sessions a user (..)
        let port = |label: &str| {
            let (_, rest) = line.split_once(label)?;
            let (address, _) = rest.split_once([',', ';'])?;
            address.rsplit_once(':')?.1.trim().parse().ok()
        };
        let (port, mapper) = (port("NSPI on "), port("endpoint mapper "));
        let mut server = Self { process, port: 0, mapper: 0, directory };
        let (Some(port), Some(mapper)) = (port, mapper) else {
            panic!("the server is not ready: it said {line:?} and {}", server.log())
        };
        (server.port, server.mapper) = (port, mapper);
        server
    }

    /// What it has written to its log so far.
    ///
    /// # Panics
    /// If the file cannot be read.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap()
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends it a signal by name: `TERM`, `HUP`.
    pub fn signal(&self, name: &str) {
        signal(name, self.process.id());
    }

    /// Whether it has ended, and how.
    ///
    /// # Panics
    /// If the system does not say.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().unwrap()
    }
}

impl Drop for NspiServer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A binary of the workspace, beside this program or one folder up: tests are `target/debug/deps/foreign-..`, the binary
/// is `target/debug/nspi-server`.
///
/// # Panics
/// If it has not been built.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    let this = env::current_exe().unwrap();
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    let binary = this.ancestors().skip(1).take(2).map(|folder| folder.join(&name)).find(|binary| binary.exists());
    binary.unwrap_or_else(|| panic!("{name} is missing: run interop/run, or `cargo build --workspace`"))
}
