//! A recorder between client and server: what crosses it is written as a capture that Wireshark opens.
//!
//! No privileges are needed, since nothing is sniffed: the recorder is a TCP relay, and it writes the octets that it
//! carries as the TCP segments that they were.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::pcapng::{Frame, Segments, write_capture};

/// Relays connections to a server, and keeps what crosses.
#[derive(Debug)]
pub struct Recorder {
    /// Where clients connect.
    pub address: SocketAddr,
    frames: Arc<Mutex<Vec<Frame>>>,
}

impl Recorder {
    /// Starts a relay to `server`. In the capture, clients have the address of a workstation and the server that of a
    /// domain controller, on the server's port.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let recorder = Self { address: listener.local_addr()?, frames: Arc::default() };
        let frames = Arc::clone(&recorder.frames);
        tokio::spawn(async move {
            while let Ok((client, from)) = listener.accept().await {
                let frames = Arc::clone(&frames);
                tokio::spawn(async move { relay(client, from, server, frames).await });
            }
        });
        Ok(recorder)
    }

    /// Frames that have crossed so far. What a client has received is among them.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Writes what has crossed so far; how many frames that are.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> io::Result<usize> {
        let frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        write_capture(path, &frames)?;
        Ok(frames.len())
    }
}

/// One connection: both directions, each ended when its sender ends.
async fn relay(client: TcpStream, from: SocketAddr, server: SocketAddr, frames: Arc<Mutex<Vec<Frame>>>) {
    let Ok(upstream) = TcpStream::connect(server).await else { return };
    let segments = Arc::new(Mutex::new(Segments::between(from.port(), server.port())));
    let keep = {
        let (segments, frames) = (Arc::clone(&segments), Arc::clone(&frames));
        move |make: &dyn Fn(&mut Segments) -> Vec<Vec<u8>>| {
            let mut segments = segments.lock().unwrap_or_else(PoisonError::into_inner);
            let made = make(&mut segments);
            let time = SystemTime::now();
            let mut frames = frames.lock().unwrap_or_else(PoisonError::into_inner);
            frames.extend(made.into_iter().map(|octets| Frame { time, octets }));
        }
    };
    keep(&Segments::open);
    let (client_in, client_out) = client.into_split();
    let (server_in, server_out) = upstream.into_split();
    tokio::join!(
        carry(client_in, server_out, |octets| keep(&|segments| segments.of_client(octets))),
        carry(server_in, client_out, |octets| keep(&|segments| segments.of_server(octets))),
    );
    keep(&Segments::close);
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, keep: impl Fn(&[u8])) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let octets = &buffer[..read];
        keep(octets);
        if to.write_all(octets).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}
