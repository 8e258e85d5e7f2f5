//! A tap on the wire that needs no privileges: it stands between client and server and writes down what passes.
//!
//! ```text
//!   client ──► Tap ──► server         what passed, as frames of TCP/IP with the tap's port as the server's ──► .pcap
//! ```
//!
//! The frames are made up, the octets in them are not. Sequence numbers and checksums are right, so that an analyser
//! finds nothing to complain about but what client and server said.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

/// pcap's number for packets that begin with an IP header.
const LINKTYPE_RAW: u32 = 101;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const PUSH: u8 = 0x08;
const ACK: u8 = 0x10;

/// Listens on a port of its own until the process ends.
#[derive(Debug)]
pub struct Tap {
    /// Where to connect in place of the server.
    pub port: u16,
    packets: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    /// Stands before the server at `port` of 127.0.0.1.
    ///
    /// # Panics
    /// If the system gives no port.
    #[must_use]
    pub fn before(port: u16) -> Self {
        Self::between(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0), SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
    }

    /// Stands at the address `here`, before the server at `there`.
    ///
    /// # Panics
    /// If `here` cannot be had.
    #[must_use]
    pub fn between(here: SocketAddrV4, there: SocketAddrV4) -> Self {
        let listener = TcpListener::bind(here).unwrap();
        let tap = Self { port: listener.local_addr().unwrap().port(), packets: Arc::default() };
        let packets = Arc::clone(&tap.packets);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(there).unwrap();
                pass_on(client, server, &packets).unwrap();
            }
        });
        tap
    }

    /// Writes what has passed so far as a pcap file.
    ///
    /// # Errors
    /// The system's.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        let mut octets = Vec::new();
        // Magic (time in microseconds), version 2.4, two unused words, the longest packet, what packets begin with.
        for word in [0xA1B2_C3D4, 0x0004_0002, 0, 0, 0x0004_0000, LINKTYPE_RAW] {
            octets.extend(word.to_le_bytes());
        }
        octets.extend(&*lock(&self.packets));
        std::fs::write(file, octets)
    }
}

fn lock(packets: &Mutex<Vec<u8>>) -> std::sync::MutexGuard<'_, Vec<u8>> {
    packets.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// One TCP connection, as the capture has it. Both directions share it: acknowledging needs the other's sequence number.
struct Conversation {
    ends: [SocketAddrV4; 2],
    next: [u32; 2],
    packets: Arc<Mutex<Vec<u8>>>,
}

fn pass_on(client: TcpStream, server: TcpStream, packets: &Arc<Mutex<Vec<u8>>>) -> io::Result<()> {
    let end = |address: SocketAddr| match address {
        SocketAddr::V4(address) => address,
        SocketAddr::V6(_) => unreachable!("the tap listens on IPv4"),
    };
    let ends = [end(client.peer_addr()?), end(client.local_addr()?)];
    let mut conversation = Conversation { ends, next: [1000, 5000], packets: Arc::clone(packets) };
    conversation.packet(0, SYN, &[]);
    conversation.packet(1, SYN | ACK, &[]);
    conversation.packet(0, ACK, &[]);
    let conversation = Arc::new(Mutex::new(conversation));
    for (from, mut source, mut sink) in
        [(0, client.try_clone()?, server.try_clone()?), (1, server.try_clone()?, client.try_clone()?)]
    {
        let conversation = Arc::clone(&conversation);
        thread::spawn(move || {
            let mut octets = [0; 16 << 10];
            // Whatever ends one direction, ends it for the other side, too.
            while let Ok(read @ 1..) = source.read(&mut octets) {
                conversation.lock().unwrap().packet(from, PUSH | ACK, &octets[..read]);
                if sink.write_all(&octets[..read]).is_err() {
                    break;
                }
            }
            conversation.lock().unwrap().packet(from, FIN | ACK, &[]);
            let _ = sink.shutdown(Shutdown::Write);
        });
    }
    Ok(())
}

impl Conversation {
    /// Writes down a packet from one of the ends: 0 is the client.
    fn packet(&mut self, from: usize, flags: u8, payload: &[u8]) {
        let [source, destination] = [self.ends[from], self.ends[1 - from]];
        let acknowledged = if flags & ACK == 0 { 0 } else { self.next[1 - from] };

        let mut tcp = Vec::with_capacity(20 + payload.len());
        tcp.extend(source.port().to_be_bytes());
        tcp.extend(destination.port().to_be_bytes());
        tcp.extend(self.next[from].to_be_bytes());
        tcp.extend(acknowledged.to_be_bytes());
        tcp.extend([5 << 4, flags, 0xFF, 0xFF, 0, 0, 0, 0]); // no options, window, checksum, urgent pointer
        tcp.extend(payload);
        let addresses = [source.ip().octets(), destination.ip().octets()].concat();
        let length = u16::try_from(tcp.len()).unwrap();
        let pseudo_header = [&addresses[..], &[0, 6], &length.to_be_bytes(), &tcp].concat();
        tcp[16..18].copy_from_slice(&checksum(&pseudo_header));

        let mut packet = vec![0x45, 0];
        packet.extend((20 + length).to_be_bytes());
        packet.extend([0, 0, 0x40, 0, 64, 6, 0, 0]); // identification, don't fragment, time to live, TCP, checksum
        packet.extend(&addresses);
        let header = checksum(&packet);
        packet[10..12].copy_from_slice(&header);
        packet.extend(tcp);

        let count = u32::try_from(payload.len()).unwrap() + u32::from(flags & (SYN | FIN) != 0);
        self.next[from] = self.next[from].wrapping_add(count);
        self.write_down(&packet);
    }

    fn write_down(&self, packet: &[u8]) {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let length = u32::try_from(packet.len()).unwrap();
        let mut packets = lock(&self.packets);
        for word in [u32::try_from(time.as_secs()).unwrap(), time.subsec_micros(), length, length] {
            packets.extend(word.to_le_bytes());
        }
        packets.extend(packet);
    }
}

/// [RFC 1071] The Internet checksum.
fn checksum(octets: &[u8]) -> [u8; 2] {
    let words = octets.chunks(2).map(|pair| u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |low| u32::from(*low)));
    let mut sum: u32 = words.sum();
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    (!u16::try_from(sum).unwrap()).to_be_bytes()
}
