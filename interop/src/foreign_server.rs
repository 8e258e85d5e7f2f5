//! NSPI servers made of other people's DCE/RPC, for our client: each a process of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::logon::Mechanism;
use crate::process::{here, python};
use crate::wine::{Prefix, renumbering};

/// A running server. Killed when dropped.
#[derive(Debug)]
pub struct ForeignServer {
    process: Child,
    /// Port of 127.0.0.1 that NSPI is served on.
    pub port: u16,
    /// Ends after the process that runs in it.
    _wine: Option<Prefix>,
}

impl ForeignServer {
    /// scapy's, for alice by this mechanism, or for anyone: NDR 2.0 and NDR64, levels connect, integrity and privacy.
    ///
    /// # Panics
    /// If it does not start: `interop/install` brings what it needs.
    #[must_use]
    pub fn scapy(mechanism: Option<Mechanism>) -> Self {
        Self::start(&["scapy_server.py", mechanism.map_or("none", Mechanism::name)])
    }

    /// impacket's, for anyone, one connection at a time: NDR 2.0, level none.
    ///
    /// # Panics
    /// As [`scapy`](Self::scapy).
    #[must_use]
    pub fn impacket() -> Self {
        Self::start(&["impacket_server.py"])
    }

    /// Wine's RPC runtime under a program for Windows, for anyone: NDR 2.0, level none.
    ///
    /// # Panics
    /// As [`scapy`](Self::scapy).
    #[must_use]
    pub fn wine() -> Self {
        let prefix = Prefix::new();
        let mut server = Self::run(prefix.command(Command::new, "server.exe"), Some(prefix));
        server.port = renumbering(server.port);
        server
    }

    fn start(program: &[&str]) -> Self {
        let mut command = Command::new(python());
        // Leave no compiled modules behind.
        command.arg("-B").args(program).current_dir(here().join("servers"));
        Self::run(command, None)
    }

    fn run(mut command: Command, wine: Option<Prefix>) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().strip_prefix("ready ").and_then(|port| port.parse().ok());
        let port = port.unwrap_or_else(|| panic!("{command:?} is not ready: it said {line:?}"));
        Self { process, port, _wine: wine }
    }
}

impl Drop for ForeignServer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
