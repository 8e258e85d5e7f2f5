//! A capture file: TCP segments as frames, frames as blocks of pcapng
//! [draft-ietf-opsawg-pcapng; little-endian, one Ethernet interface].

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use etherparse::PacketBuilder;

/// Octets of payload in one segment: what fits an Ethernet frame.
const SEGMENT_LEN: usize = 1460;

const SECTION_HEADER: u32 = 0x0A0D_0D0A;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
const LINKTYPE_ETHERNET: u16 = 1;

/// A frame and when it crossed.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) time: SystemTime,
    pub(crate) octets: Vec<u8>,
}

/// One host of a capture.
#[derive(Debug, Clone, Copy)]
struct Host {
    mac: [u8; 6],
    ip: [u8; 4],
    port: u16,
    /// The next sequence number it sends.
    sequence: u32,
}

/// The two ends of one TCP connection, and how far each has got.
#[derive(Debug)]
pub(crate) struct Segments {
    client: Host,
    server: Host,
}

/// What a segment is for, besides its octets.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Syn,
    SynAck,
    Data,
    Fin,
}

impl Segments {
    /// A connection from a workstation to a domain controller; addresses of the documentation network (RFC 5737).
    pub(crate) fn between(client_port: u16, server_port: u16) -> Self {
        let host = |last, port| Host { mac: [2, 0, 0, 0, 0, last], ip: [192, 0, 2, last], port, sequence: 1000 };
        Self { client: host(10, client_port), server: host(1, server_port) }
    }

    /// The handshake.
    pub(crate) fn open(&mut self) -> Vec<Vec<u8>> {
        let syn = segment(&mut self.client, &self.server, Kind::Syn, &[]);
        let syn_ack = segment(&mut self.server, &self.client, Kind::SynAck, &[]);
        vec![syn, syn_ack, segment(&mut self.client, &self.server, Kind::Data, &[])]
    }

    pub(crate) fn of_client(&mut self, octets: &[u8]) -> Vec<Vec<u8>> {
        octets.chunks(SEGMENT_LEN).map(|part| segment(&mut self.client, &self.server, Kind::Data, part)).collect()
    }

    pub(crate) fn of_server(&mut self, octets: &[u8]) -> Vec<Vec<u8>> {
        octets.chunks(SEGMENT_LEN).map(|part| segment(&mut self.server, &self.client, Kind::Data, part)).collect()
    }

    /// The end, from both sides.
    pub(crate) fn close(&mut self) -> Vec<Vec<u8>> {
        let from_client = segment(&mut self.client, &self.server, Kind::Fin, &[]);
        let from_server = segment(&mut self.server, &self.client, Kind::Fin, &[]);
        vec![from_client, from_server, segment(&mut self.client, &self.server, Kind::Data, &[])]
    }
}

/// One segment as an Ethernet frame; the sender moves on.
fn segment(from: &mut Host, to: &Host, kind: Kind, octets: &[u8]) -> Vec<u8> {
    let headers = PacketBuilder::ethernet2(from.mac, to.mac).ipv4(from.ip, to.ip, 64).tcp(
        from.port,
        to.port,
        from.sequence,
        u16::MAX,
    );
    let headers = match kind {
        Kind::Syn => headers.syn(),
        Kind::SynAck => headers.syn().ack(to.sequence),
        Kind::Data if octets.is_empty() => headers.ack(to.sequence),
        Kind::Data => headers.psh().ack(to.sequence),
        Kind::Fin => headers.fin().ack(to.sequence),
    };
    let mut frame = Vec::with_capacity(headers.size(octets.len()));
    let written = headers.write(&mut frame, octets);
    debug_assert!(written.is_ok(), "a segment fits a frame");
    let counted = u32::try_from(octets.len()).unwrap_or(0) + u32::from(kind != Kind::Data);
    from.sequence = from.sequence.wrapping_add(counted);
    frame
}

/// Writes the frames as a capture file.
pub(crate) fn write_capture(path: &Path, frames: &[Frame]) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    // Byte order, version 1.0, a section of unknown length.
    let section = [&0x1A2B_3C4D_u32.to_le_bytes()[..], &[1, 0, 0, 0], &u64::MAX.to_le_bytes()].concat();
    block(&mut out, SECTION_HEADER, &section)?;
    // Link type, reserved, no limit on a frame's length. Times are in microseconds, the default.
    block(&mut out, INTERFACE_DESCRIPTION, &[&LINKTYPE_ETHERNET.to_le_bytes()[..], &[0; 6]].concat())?;
    for Frame { time, octets } in frames {
        let micros = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros());
        let micros = u64::try_from(micros).unwrap_or(u64::MAX);
        let [a, b, c, d, e, f, g, h] = micros.to_be_bytes();
        let [high, low] = [[a, b, c, d], [e, f, g, h]].map(u32::from_be_bytes);
        let len = u32::try_from(octets.len()).unwrap_or(u32::MAX);
        let mut packet: Vec<u8> = [0, high, low, len, len].iter().flat_map(|word| word.to_le_bytes()).collect();
        packet.extend(octets);
        block(&mut out, ENHANCED_PACKET, &packet)?;
    }
    out.flush()
}

/// Type, length, body padded to 4, length again.
fn block(out: &mut impl Write, kind: u32, body: &[u8]) -> io::Result<()> {
    let padding = body.len().wrapping_neg() % 4;
    let length = u32::try_from(12 + body.len() + padding).map_err(io::Error::other)?.to_le_bytes();
    out.write_all(&kind.to_le_bytes())?;
    out.write_all(&length)?;
    out.write_all(body)?;
    out.write_all(&[0; 3][..padding])?;
    out.write_all(&length)
}
