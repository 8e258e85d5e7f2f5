//! tcpdump on the loopback interface: what really crossed it.

use std::net::{Ipv4Addr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::process::{eventually, signal};

/// A running tcpdump. Killed when dropped.
#[derive(Debug)]
pub struct Tcpdump {
    process: Child,
    file: PathBuf,
    marker: UdpSocket,
}

impl Tcpdump {
    /// Captures what goes to and from a TCP port of this computer, and returns when it does. `snap`: the longest packet
    /// that is kept whole, 0 for any.
    ///
    /// # Panics
    /// If tcpdump is not there or may not capture: it needs root, or the right to capture.
    #[must_use]
    pub fn start(port: u16, file: &Path, snap: u32) -> Self {
        let marker = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mark = marker.local_addr().unwrap().port();
        let process = Command::new("tcpdump")
            .args(["-i", "lo", "-n", "-U", "--immediate-mode", "-Z", "root", "-s", &snap.to_string(), "-w"])
            .arg(file)
            .arg(format!("tcp port {port} or udp dst port {mark}"))
            .stderr(Stdio::null())
            .spawn()
            .expect("tcpdump is missing: run interop/install");
        let mut dump = Self { process, file: file.to_owned(), marker };
        dump.wait();
        dump
    }

    /// Waits until everything that was sent so far is in the file, and ends it.
    ///
    /// # Panics
    /// If it has ended by itself.
    pub fn stop(mut self) {
        self.wait();
        signal("INT", self.process.id());
        self.process.wait().unwrap();
    }

    /// Sends marks until one is in the file.
    fn wait(&mut self) {
        let seen = |mark: &[u8]| {
            let octets = std::fs::read(&self.file).unwrap_or_default();
            octets.windows(mark.len()).any(|window| window == mark)
        };
        // Another one each time: the file may be older than this wait.
        let size = std::fs::metadata(&self.file).map_or(0, |file| file.len());
        let mark = format!("everything before octet {size:010}");
        let mark = mark.as_bytes();
        let to = self.marker.local_addr().unwrap();
        eventually("tcpdump captures", || {
            if let Some(status) = self.process.try_wait().unwrap() {
                panic!("tcpdump has ended with {status}: capturing needs root");
            }
            self.marker.send_to(mark, to).unwrap();
            seen(mark).then_some(())
        });
    }
}

impl Drop for Tcpdump {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
