//! Floors of a protocol tower [C706 Appendix L]: a protocol, and what it has to say.

use alloc::vec::Vec;
use core::fmt;
use core::net::Ipv4Addr;

use uuid::Uuid;

use crate::dcerpc::InterfaceId;

/// [C706 Appendix I] The protocol identifier that begins a floor. Unknown ones survive.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Protocol(pub u8);

impl Protocol {
    /// TCP; the right-hand side is a port.
    pub const TCP: Self = Self(0x07);
    /// UDP; the right-hand side is a port.
    pub const UDP: Self = Self(0x08);
    /// IP; the right-hand side is an IPv4 address.
    pub const IP: Self = Self(0x09);
    /// Connectionless RPC.
    pub const NCADG: Self = Self(0x0A);
    /// Connection-oriented RPC.
    pub const NCACN: Self = Self(0x0B);
    /// Local RPC.
    pub const NCALRPC: Self = Self(0x0C);
    /// An interface or a transfer syntax, named by UUID and version.
    pub const UUID: Self = Self(0x0D);
    /// A pipe of SMB; the right-hand side is its name.
    pub const NAMED_PIPE: Self = Self(0x0F);
    /// A local endpoint; the right-hand side is its name.
    pub const LOCAL_PIPE: Self = Self(0x10);
    /// NetBIOS; the right-hand side is the host's name.
    pub const NETBIOS: Self = Self(0x11);
    /// RPC over HTTP; the right-hand side is a port.
    pub const HTTP: Self = Self(0x1F);
}

impl fmt::Debug for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match *self {
            Self::TCP => "TCP",
            Self::UDP => "UDP",
            Self::IP => "IP",
            Self::NCADG => "NCADG",
            Self::NCACN => "NCACN",
            Self::NCALRPC => "NCALRPC",
            Self::UUID => "UUID",
            Self::NAMED_PIPE => "NAMED_PIPE",
            Self::LOCAL_PIPE => "LOCAL_PIPE",
            Self::NETBIOS => "NETBIOS",
            Self::HTTP => "HTTP",
            Self(other) => return write!(f, "Protocol({other:#04x})"),
        };
        f.write_str(name)
    }
}

/// One floor of a tower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Floor<'a> {
    /// The first octet of the left-hand side.
    pub protocol: Protocol,
    /// The rest of the left-hand side: UUID and major version where the protocol is [`Protocol::UUID`], else empty.
    pub lhs: &'a [u8],
    /// The right-hand side, as the protocol defines it.
    pub rhs: &'a [u8],
}

impl<'a> Floor<'a> {
    /// What floors 1 and 2 name.
    #[must_use]
    pub fn interface(&self) -> Option<InterfaceId> {
        let (uuid, major) = self.lhs.split_first_chunk()?;
        (self.protocol == Protocol::UUID).then_some(InterfaceId {
            uuid: Uuid::from_bytes_le(*uuid),
            major: u16::from_le_bytes(major.try_into().ok()?),
            minor: u16::from_le_bytes(self.rhs.try_into().ok()?),
        })
    }

    /// The port of a TCP, UDP or HTTP floor.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        let port = u16::from_be_bytes(self.rhs.try_into().ok()?);
        matches!(self.protocol, Protocol::TCP | Protocol::UDP | Protocol::HTTP).then_some(port)
    }

    /// The address of an IP floor.
    #[must_use]
    pub fn ipv4(&self) -> Option<Ipv4Addr> {
        let address = <[u8; 4]>::try_from(self.rhs).ok()?;
        (self.protocol == Protocol::IP).then_some(Ipv4Addr::from(address))
    }

    /// The name of a pipe or host, without the NUL that ends it.
    #[must_use]
    pub fn name(&self) -> Option<&'a [u8]> {
        let named = matches!(self.protocol, Protocol::NAMED_PIPE | Protocol::LOCAL_PIPE | Protocol::NETBIOS);
        let (_, name) = self.rhs.split_last().filter(|(nul, _)| **nul == 0)?;
        named.then_some(name)
    }

    pub(super) fn push_to(&self, out: &mut Vec<u8>) {
        // The lengths fit: floors come from lengths of 16 bits or from constants.
        let length = |len: usize| u16::try_from(len).unwrap_or(u16::MAX).to_le_bytes();
        out.extend(length(self.lhs.len().saturating_add(1)));
        out.push(self.protocol.0);
        out.extend(self.lhs);
        out.extend(length(self.rhs.len()));
        out.extend(self.rhs);
    }
}
