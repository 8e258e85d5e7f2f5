//! From a captured frame to a TCP segment: link layer, IP, TCP.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use etherparse::{EtherType, IpNumber, LaxIpSlice, SingleVlanSlice, TcpSlice, ether_type};

use crate::capture::Packet;

/// One end of a connection. IPv4 addresses are mapped, so that there is one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Endpoint {
    pub(crate) address: u128,
    pub(crate) port: u16,
}

impl Endpoint {
    fn new(address: IpAddr, port: u16) -> Self {
        let address = match address {
            IpAddr::V4(address) => address.to_ipv6_mapped(),
            IpAddr::V6(address) => address,
        };
        Self { address: address.to_bits(), port }
    }

    pub(crate) fn ip(self) -> IpAddr {
        Ipv6Addr::from_bits(self.address).to_canonical()
    }

    pub(crate) fn socket(self) -> SocketAddr {
        SocketAddr::new(self.ip(), self.port)
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        Self::new(address.ip(), address.port())
    }
}

/// A TCP segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment<'a> {
    pub(crate) from: Endpoint,
    pub(crate) to: Endpoint,
    pub(crate) sequence: u32,
    /// If the flag ACK is set.
    pub(crate) acknowledges: Option<u32>,
    pub(crate) syn: bool,
    pub(crate) fin: bool,
    pub(crate) rst: bool,
    pub(crate) payload: &'a [u8],
    /// Octets of payload that were sent, but not captured: they come after `payload`.
    pub(crate) cut: u32,
}

/// Why a packet is not looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    NotTcp,
    Fragment,
    Malformed,
    UnknownLink,
}

/// LINKTYPE numbers of the pcap registry.
mod link {
    pub(super) const NULL: i32 = 0;
    pub(super) const ETHERNET: i32 = 1;
    /// What old libpcap wrote for raw IP, by system.
    pub(super) const RAW_BSD: i32 = 12;
    pub(super) const RAW_OPENBSD: i32 = 14;
    pub(super) const RAW: i32 = 101;
    pub(super) const LOOP: i32 = 108;
    pub(super) const LINUX_SLL: i32 = 113;
    pub(super) const IPV4: i32 = 228;
    pub(super) const IPV6: i32 = 229;
    pub(super) const LINUX_SLL2: i32 = 276;
}

/// VLAN tags that are looked through, one in the other.
const TAGS: usize = 4;

impl<'a> Segment<'a> {
    /// Takes a packet apart.
    pub(crate) fn of(packet: &Packet<'a>) -> Result<Self, Unreadable> {
        let octets = packet.octets;
        let ip = match packet.link {
            link::ETHERNET => ethernet(octets.get(12..14), octets.get(14..))?,
            link::LINUX_SLL => ethernet(octets.get(14..16), octets.get(16..))?,
            link::LINUX_SLL2 => ethernet(octets.get(..2), octets.get(20..))?,
            // The address family, in the byte order of one system or the other; IP itself says which version it is.
            link::NULL | link::LOOP => octets.get(4..).ok_or(Unreadable::Malformed)?,
            link::RAW | link::RAW_BSD | link::RAW_OPENBSD | link::IPV4 | link::IPV6 => octets,
            _ => return Err(Unreadable::UnknownLink),
        };
        Self::of_ip(ip, packet)
    }

    fn of_ip(octets: &'a [u8], packet: &Packet<'a>) -> Result<Self, Unreadable> {
        let (ip, _) = LaxIpSlice::from_slice(octets).map_err(|_| Unreadable::Malformed)?;
        let payload = ip.payload();
        if payload.fragmented {
            return Err(Unreadable::Fragment);
        }
        if payload.ip_number != IpNumber::TCP {
            return Err(Unreadable::NotTcp);
        }
        let tcp = TcpSlice::from_slice(payload.payload).map_err(|_| Unreadable::Malformed)?;
        let declared = match &ip {
            LaxIpSlice::Ipv4(ip) => u32::from(ip.header().total_len()),
            LaxIpSlice::Ipv6(ip) => match ip.header().payload_length() {
                0 => 0,
                length => u32::from(length) + 40,
            },
        };
        let captured = u32::try_from(octets.len()).unwrap_or(u32::MAX);
        let cut = match declared {
            // A segment that the network card was to cut up: its length is that of the packet.
            0 => packet.length.saturating_sub(u32::try_from(packet.octets.len()).unwrap_or(u32::MAX)),
            _ => declared.saturating_sub(captured),
        };
        Ok(Self {
            from: Endpoint::new(ip.source_addr(), tcp.source_port()),
            to: Endpoint::new(ip.destination_addr(), tcp.destination_port()),
            sequence: tcp.sequence_number(),
            acknowledges: tcp.ack().then(|| tcp.acknowledgment_number()),
            syn: tcp.syn(),
            fin: tcp.fin(),
            rst: tcp.rst(),
            payload: tcp.payload(),
            cut,
        })
    }
}

/// The IP packet behind an EtherType, and behind VLAN tags.
fn ethernet<'a>(kind: Option<&[u8]>, rest: Option<&'a [u8]>) -> Result<&'a [u8], Unreadable> {
    let (Some(&[high, low]), Some(mut rest)) = (kind, rest) else { return Err(Unreadable::Malformed) };
    let mut kind = EtherType(u16::from_be_bytes([high, low]));
    for _ in 0..TAGS {
        match kind {
            ether_type::IPV4 | ether_type::IPV6 => return Ok(rest),
            ether_type::VLAN_TAGGED_FRAME | ether_type::PROVIDER_BRIDGING | ether_type::VLAN_DOUBLE_TAGGED_FRAME => {
                let tag = SingleVlanSlice::from_slice(rest).map_err(|_| Unreadable::Malformed)?;
                kind = tag.ether_type();
                rest = tag.payload_slice();
            }
            _ => break,
        }
    }
    match kind {
        ether_type::IPV4 | ether_type::IPV6 => Ok(rest),
        _ => Err(Unreadable::NotTcp),
    }
}
