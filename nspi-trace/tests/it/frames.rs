//! Captures made by hand: a conversation of NSPI, in frames of any link type, in files of any format.

use std::time::Duration;

use nspi_proto::dcerpc::{
    AssocGroupId, ClientEvent, ClientOptions, ContextElement, ContextId, Offer, Server, ServerEvent, ServerOptions,
    TransferSyntaxId,
};
use nspi_proto::ndr::{AnyOrder, ContextHandle};
use nspi_proto::nspi::interface::INTERFACE;
use nspi_proto::nspi::{NspiBindRequest, NspiBindResponse, NspiUnbindRequest, NspiUnbindResponse, Status, WriteStub};
use uuid::Uuid;

/// What frames begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    Ethernet,
    Vlan,
    QinQ,
    Cooked,
    Cooked2,
    Null,
    Loop,
    Raw,
    Ipv6,
    /// With an extension header.
    Ipv6Extended,
}

impl Link {
    fn number(self) -> u32 {
        match self {
            Self::Ethernet | Self::Vlan | Self::QinQ => 1,
            Self::Cooked => 113,
            Self::Cooked2 => 276,
            Self::Null => 0,
            Self::Loop => 108,
            Self::Raw | Self::Ipv6 | Self::Ipv6Extended => 101,
        }
    }

    fn head(self) -> Vec<u8> {
        let hex = match self {
            Self::Ethernet => "020000000001 020000000002 0800",
            Self::Vlan => "020000000001 020000000002 8100 0005 0800",
            Self::QinQ => "020000000001 020000000002 88a8 0005 8100 0006 0800",
            Self::Cooked => "0000 0001 0006 0200000000010000 0800",
            Self::Cooked2 => "0800 0000 00000001 0001 00 06 0200000000010000",
            Self::Null => "02000000",
            Self::Loop => "00000002",
            Self::Raw | Self::Ipv6 | Self::Ipv6Extended => "",
        };
        let digits: Vec<u8> = hex.bytes().filter(|octet| *octet != b' ').collect();
        digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }
}

/// Frames, a millisecond apart.
#[derive(Debug, Clone, Default)]
pub(crate) struct Packets(pub(crate) Vec<Vec<u8>>);

impl Packets {
    pub(crate) fn len(&self) -> u64 {
        self.0.len() as u64
    }

    pub(crate) fn duration(&self) -> Duration {
        Duration::from_millis(self.len() - 1)
    }

    /// Makes a packet of raw IPv4 the first fragment of one.
    pub(crate) fn fragment(&mut self, number: usize) {
        self.0[number][6] = 0x20;
    }
}

/// A TCP connection in the making.
pub(crate) struct Tcp {
    link: Link,
    /// Sequence numbers of client and server.
    next: [u32; 2],
    pub(crate) packets: Packets,
    /// Ports of client and server.
    ports: [u16; 2],
}

const SYN: u8 = 2;
const ACK: u8 = 0x10;
const FIN: u8 = 1;

impl Tcp {
    pub(crate) fn new(link: Link, client: u16) -> Self {
        // Sequence numbers that wrap soon.
        Self::numbered(link, client, u32::MAX - 40)
    }

    /// With this sequence number of the client's SYN.
    pub(crate) fn numbered(link: Link, client: u16, first: u32) -> Self {
        let mut tcp = Self { link, next: [first, 7_000], packets: Packets::default(), ports: [client, 49_664] };
        tcp.segment(0, SYN, &[]);
        tcp.segment(1, SYN | ACK, &[]);
        tcp.segment(0, ACK, &[]);
        tcp
    }

    /// Client (0) or server (1) sends octets, in segments of 100.
    pub(crate) fn send(&mut self, from: usize, octets: &[u8]) {
        for octets in octets.chunks(100) {
            self.segment(from, ACK, octets);
        }
    }

    pub(crate) fn close(&mut self) {
        self.segment(0, FIN | ACK, &[]);
        self.segment(1, FIN | ACK, &[]);
        self.segment(0, ACK, &[]);
    }

    fn segment(&mut self, from: usize, flags: u8, octets: &[u8]) {
        let mut tcp = Vec::new();
        tcp.extend(self.ports[from].to_be_bytes());
        tcp.extend(self.ports[1 - from].to_be_bytes());
        tcp.extend(self.next[from].to_be_bytes());
        tcp.extend(self.next[1 - from].to_be_bytes());
        tcp.extend([0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0]);
        tcp.extend(octets);
        let length = u16::try_from(tcp.len()).unwrap();
        let mut frame = self.link.head();
        if matches!(self.link, Link::Ipv6 | Link::Ipv6Extended) {
            let (next, extension): (u8, &[u8]) = match self.link {
                Link::Ipv6Extended => (60, &[6, 0, 1, 4, 0, 0, 0, 0]), // destination options: padding
                _ => (6, &[]),
            };
            frame.extend([0x60, 0, 0, 0]);
            frame.extend((length + u16::try_from(extension.len()).unwrap()).to_be_bytes());
            frame.extend([next, 64]);
            for end in [from, 1 - from] {
                frame.extend([0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, u8::try_from(end).unwrap() + 1]);
            }
            frame.extend(extension);
        } else {
            frame.extend([0x45, 0]);
            frame.extend((length + 20).to_be_bytes());
            frame.extend([0, 1, 0x40, 0, 64, 6, 0, 0]);
            for end in [from, 1 - from] {
                frame.extend([10, 0, 0, u8::try_from(end).unwrap() + 1]);
            }
        }
        frame.extend(tcp);
        // The least length of a frame: padding that belongs to nobody.
        if self.link == Link::Ethernet && frame.len() < 60 {
            frame.resize(60, 0xEE);
        }
        self.packets.0.push(frame);
        let counted = u32::from(flags & (SYN | FIN) != 0) + u32::try_from(octets.len()).unwrap();
        self.next[from] = self.next[from].wrapping_add(counted);
    }
}

/// Four sessions on one connection, one of them unbound; then it is closed.
pub(crate) fn leak(link: Link) -> Packets {
    let mut tcp = Tcp::new(link, 50_000);
    converse(&mut tcp, 4, 1);
    tcp.close();
    tcp.packets
}

/// Client and server machines speak: so many sessions are opened, so many unbound.
pub(crate) fn converse(tcp: &mut Tcp, binds: u128, unbinds: u128) {
    let mut client = nspi_proto::dcerpc::Client::new(ClientOptions::default());
    let mut server = Server::new(ServerOptions { offers: vec![Offer::ndr20(INTERFACE)], ..ServerOptions::default() });
    let context =
        ContextElement { id: ContextId(0), interface: INTERFACE, transfer_syntaxes: [TransferSyntaxId::NDR20].into() };
    let (mut up, mut down) = (Vec::new(), Vec::new());
    client.bind(None, vec![context], None, &mut up).unwrap();
    let mut stub = Vec::new();
    let handle = |number| ContextHandle::new(Uuid::from_u128(0xACE0 + number));
    let calls = (0..binds).map(|number| (0, number)).chain((0..unbinds).map(|number| (1, number)));
    let mut calls = calls.collect::<Vec<_>>().into_iter();
    let mut current = (0, 0);
    loop {
        tcp.send(0, &up);
        server.receive(&up);
        up.clear();
        while let Some(event) = server.poll(&mut down).unwrap() {
            match event {
                ServerEvent::Bind { .. } => server.join(Ok(AssocGroupId(tcp.ports[0].into())), &mut down),
                ServerEvent::Request { call, .. } => {
                    stub.clear();
                    let handle = handle(current.1);
                    if current.0 == 0 {
                        let answer = NspiBindResponse { server_guid: None, handle, status: Status::SUCCESS };
                        answer.encode_stub(AnyOrder::NDR20, &mut stub).unwrap();
                    } else {
                        let answer = NspiUnbindResponse { handle: ContextHandle::NULL, status: Status::UNBIND_SUCCESS };
                        answer.encode_stub(AnyOrder::NDR20, &mut stub).unwrap();
                    }
                    server.respond(call, &stub, &mut down).unwrap();
                }
                other => panic!("{other:?}"),
            }
        }
        tcp.send(1, &down);
        client.receive(&down);
        down.clear();
        while let Some(event) = client.poll().unwrap() {
            assert!(!matches!(event, ClientEvent::Fault { .. }));
        }
        let Some(next) = calls.next() else { break };
        current = next;
        stub.clear();
        match current {
            (0, _) => NspiBindRequest::default().encode_stub(AnyOrder::NDR20, &mut stub).unwrap(),
            (_, number) => {
                let request = NspiUnbindRequest { handle: handle(number), reserved: 0 };
                request.encode_stub(AnyOrder::NDR20, &mut stub).unwrap();
            }
        }
        client.call(ContextId(0), current.0, None, &stub, None, &mut up).unwrap();
    }
}

/// 2023-11-14 22:13:20 UTC.
const START: u64 = 1_700_000_000;

fn number(big: bool, value: u32) -> [u8; 4] {
    if big { value.to_be_bytes() } else { value.to_le_bytes() }
}

/// A pcap file.
pub(crate) fn pcap(packets: &Packets, link: Link, big: bool, nanoseconds: bool) -> Vec<u8> {
    let magic = if nanoseconds { 0xA1B2_3C4D } else { 0xA1B2_C3D4 };
    let version = if big { 0x0002_0004 } else { 0x0004_0002 };
    let words = [magic, version, 0, 0, 0x0004_0000, link.number()];
    let mut file = words.map(|word| number(big, word)).concat();
    for (place, frame) in (0_u32..).zip(&packets.0) {
        let fraction = place % 1_000 * if nanoseconds { 1_000_000 } else { 1_000 };
        let seconds = u32::try_from(START).unwrap() + place / 1_000;
        let length = u32::try_from(frame.len()).unwrap();
        file.extend([seconds, fraction, length, length].map(|word| number(big, word)).concat());
        file.extend(frame);
    }
    file
}

fn block(big: bool, kind: u32, body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    body.resize(body.len().next_multiple_of(4), 0);
    let length = number(big, u32::try_from(body.len() + 12).unwrap());
    [&number(big, kind)[..], &length, &body, &length].concat()
}

fn short(big: bool, value: u16) -> [u8; 2] {
    if big { value.to_be_bytes() } else { value.to_le_bytes() }
}

fn section(big: bool) -> Vec<u8> {
    let body = [&number(big, 0x1A2B_3C4D)[..], &short(big, 1), &short(big, 0), &[0xFF; 8]].concat();
    block(big, 0x0A0D_0D0A, &body)
}

fn interface(big: bool, link: Link, resolution: Option<u8>) -> Vec<u8> {
    let mut body = [&short(big, u16::try_from(link.number()).unwrap())[..], &[0; 2], &number(big, 0)].concat();
    if let Some(resolution) = resolution {
        body.extend([&short(big, 9)[..], &short(big, 1), &[resolution, 0, 0, 0], &[0; 4]].concat());
    }
    block(big, 1, &body)
}

/// A pcapng file. The packets are of its second interface.
pub(crate) fn pcapng(packets: &Packets, link: Link, big: bool, resolution: Option<u8>) -> Vec<u8> {
    let units: u128 = match resolution {
        None => 1_000_000,
        Some(power) if power & 0x80 != 0 => 1 << (power & 0x7F),
        Some(power) => 10_u128.pow(power.into()),
    };
    let mut file = [section(big), interface(big, Link::Null, None), interface(big, link, resolution)].concat();
    for (place, frame) in (0_u128..).zip(&packets.0) {
        let time = (u128::from(START) * 1_000 + place) * units / 1_000;
        let length = u32::try_from(frame.len()).unwrap();
        let words = [1, u32::try_from(time >> 32).unwrap(), u32::try_from(time & 0xFFFF_FFFF).unwrap(), length, length];
        let body = [words.map(|word| number(big, word)).concat(), frame.clone()].concat();
        file.extend(block(big, 6, &body));
    }
    file
}

/// A pcapng file of simple packets.
pub(crate) fn simple(packets: &Packets) -> Vec<u8> {
    let mut file = [section(false), interface(false, Link::Ethernet, None)].concat();
    for frame in &packets.0 {
        let body = [&number(false, u32::try_from(frame.len()).unwrap())[..], frame].concat();
        file.extend(block(false, 3, &body));
    }
    file
}
