//! Wine, for programs of `wine/`: Windows' RPC runtime and NDR engine as Wine's authors understand them.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

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
        command.stderr(Stdio::null()); // the wineserver that it starts talks there about its end
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

/// Stands before a server of Wine's, and gives its answers the numbers of what they answer; returns the port to connect to.
///
/// Wine 8.0 numbers its answers itself, from 1 on [C706 12.6.3.1: a response has the request's call_id], which fits clients that
/// number as Wine does. One call at a time is enough for a relay here.
pub(crate) fn renumbering(server: u16) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).unwrap();
            let asked = Arc::new(Mutex::new([0; 4]));
            for (from, to, is_answer) in
                [(client.try_clone(), server.try_clone(), false), (server.try_clone(), client.try_clone(), true)]
            {
                let (from, to, asked) = (from.unwrap(), to.unwrap(), Arc::clone(&asked));
                thread::spawn(move || pass_on(from, to, &asked, is_answer));
            }
        }
    });
    port
}

/// Passes PDUs on until one end has closed, and then closes the other.
fn pass_on(mut from: TcpStream, mut to: TcpStream, asked: &Mutex<[u8; 4]>, is_answer: bool) -> io::Result<()> {
    loop {
        let mut pdu = vec![0; HEADER];
        if from.read_exact(&mut pdu).is_err() {
            return to.shutdown(Shutdown::Both);
        }
        pdu.resize(usize::from(u16::from_le_bytes([pdu[8], pdu[9]])), 0);
        from.read_exact(&mut pdu[HEADER..])?;
        let number = &mut pdu[CALL_ID];
        if is_answer {
            number.copy_from_slice(&*asked.lock().unwrap());
        } else {
            asked.lock().unwrap().copy_from_slice(number);
        }
        to.write_all(&pdu)?;
    }
}

/// Octets of a PDU's header, and of its `call_id` in there.
const HEADER: usize = 16;
const CALL_ID: std::ops::Range<usize> = 12..16;
