//! Protocol towers [C706 Appendix L]: an interface and the way to it, floor by floor.
//!
//! ```text
//!   floor 5   IP      09        | host, most significant octet first
//!   floor 4   TCP     07        | port, most significant octet first
//!   floor 3   ncacn   0B        | minor version, 0
//!   floor 2   UUID    0D syntax | minor version       NDR 2.0
//!   floor 1   UUID    0D iface  | minor version       NSPI v56.0
//!             left-hand side    | right-hand side     each behind a length of 16 bits
//! ```
//!
//! Numbers are little-endian whatever the stub is, the two marked ones apart, and nothing is aligned.

use alloc::vec::Vec;
use core::net::{Ipv4Addr, SocketAddrV4};

use nom::bytes::streaming::take;
use nom::number::streaming::le_u16;
use nom::{Needed, Parser};

use super::{Floor, Protocol};
use crate::dcerpc::{InterfaceId, TransferSyntaxId};
use crate::ndr::{Decode, DecodeError, DecodeErrorKind, Decoder, Encode, Encoder, Syntax};

/// [C706 Appendix N, `twr_t`] A tower: octets to NDR, floors to the endpoint mapper.
///
/// Octets that are not floors travel too, so that one odd tower in a long answer does not spoil the others;
/// [`floors`](Self::floors) tells.
///
/// ```
/// use nspi_proto::dcerpc::{InterfaceId, TransferSyntaxId};
/// use nspi_proto::epm::Tower;
/// let nspi = InterfaceId::new(uuid::uuid!("f5cc5a18-4264-101a-8c59-08002b2f8426"), 56, 0);
/// let tower = Tower::tcp(nspi, TransferSyntaxId::NDR20, "10.0.0.1:49155".parse().unwrap());
/// assert_eq!(tower.octets().len(), 75);
/// assert_eq!(tower.route()?.interface, nspi);
/// assert_eq!(tower.tcp_port(), Some(49155));
/// # Ok::<(), nspi_proto::ndr::DecodeError>(())
/// ```
#[doc(alias = "twr_t")]
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tower(Vec<u8>);

impl Tower {
    /// A tower of these octets, unread.
    #[must_use]
    pub fn from_octets(octets: impl Into<Vec<u8>>) -> Self {
        Self(octets.into())
    }

    /// The five floors of an interface on TCP. In a question the address is `0.0.0.0:0`: the mapper ignores it.
    #[must_use]
    pub fn tcp(interface: InterfaceId, transfer_syntax: TransferSyntaxId, address: SocketAddrV4) -> Self {
        let mut octets = Vec::with_capacity(75);
        octets.extend(5_u16.to_le_bytes());
        for named in [interface, as_interface(transfer_syntax)] {
            let mut lhs = [0; 18];
            lhs.first_chunk_mut().into_iter().for_each(|place| *place = named.uuid.to_bytes_le());
            lhs.last_chunk_mut().into_iter().for_each(|place| *place = named.major.to_le_bytes());
            Floor { protocol: Protocol::UUID, lhs: &lhs, rhs: &named.minor.to_le_bytes() }.push_to(&mut octets);
        }
        Floor { protocol: Protocol::NCACN, lhs: &[], rhs: &[0, 0] }.push_to(&mut octets);
        Floor { protocol: Protocol::TCP, lhs: &[], rhs: &address.port().to_be_bytes() }.push_to(&mut octets);
        Floor { protocol: Protocol::IP, lhs: &[], rhs: &address.ip().octets() }.push_to(&mut octets);
        Self(octets)
    }

    /// `tower_octet_string`.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    /// The floors from the first, the interface, upwards.
    ///
    /// # Errors
    /// If a floor does not fit, has no protocol, or octets are left after the last one. Offsets count from the start
    /// of the tower.
    pub fn floors(&self) -> Result<Vec<Floor<'_>>, DecodeError> {
        let mut input = Octets { rest: &self.0, len: self.0.len() };
        let count = input.read(le_u16, "floor count")?;
        let mut floors = Vec::new();
        for _ in 0..count {
            let lhs = input.counted("left-hand side")?;
            let rhs = input.counted("right-hand side")?;
            let Some((&protocol, lhs)) = lhs.split_first() else {
                return Err(input.error("left-hand side", DecodeErrorKind::Malformed("a floor has a protocol")));
            };
            floors.push(Floor { protocol: Protocol(protocol), lhs, rhs });
        }
        if input.rest.is_empty() {
            Ok(floors)
        } else {
            Err(input.error("tower", DecodeErrorKind::Malformed("octets are left after the last floor")))
        }
    }

    /// Where the tower leads, apart from port and host.
    ///
    /// # Errors
    /// If the octets are not floors, or the two lowest do not name an interface and a transfer syntax.
    pub fn route(&self) -> Result<Route, DecodeError> {
        let floors = self.floors()?;
        let named = |floor: usize, field| {
            let found = floors.get(floor).and_then(Floor::interface);
            found.ok_or_else(|| DecodeError::new(field, 0, DecodeErrorKind::Malformed("not named by a UUID")))
        };
        Ok(Route {
            interface: named(0, "floor 1")?,
            transfer_syntax: as_transfer_syntax(named(1, "floor 2")?),
            protocols: floors.iter().skip(2).map(|floor| floor.protocol).collect(),
        })
    }

    /// The port of its TCP floor.
    #[must_use]
    pub fn tcp_port(&self) -> Option<u16> {
        let floors = self.floors().ok()?;
        floors.iter().find(|floor| floor.protocol == Protocol::TCP)?.port()
    }

    /// Host and port of a tower on TCP.
    #[must_use]
    pub fn tcp_address(&self) -> Option<SocketAddrV4> {
        let host = self.floors().ok()?.iter().find_map(Floor::ipv4)?;
        Some(SocketAddrV4::new(host, self.tcp_port()?))
    }

    /// The same tower, but where its host is 0.0.0.0 (any address of the server), this one: what a client can use.
    #[must_use]
    pub fn at(&self, host: Ipv4Addr) -> Self {
        let Ok(floors) = self.floors() else { return self.clone() };
        let mut octets = Vec::with_capacity(self.0.len());
        octets.extend(self.0.get(..2).unwrap_or_default());
        for mut floor in floors {
            let host = host.octets();
            if floor.ipv4() == Some(Ipv4Addr::UNSPECIFIED) {
                floor.rhs = &host;
            }
            floor.push_to(&mut octets);
        }
        Self(octets)
    }
}

/// Where a tower leads, apart from port and host: what `ept_map` compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Floor 1.
    pub interface: InterfaceId,
    /// Floor 2.
    pub transfer_syntax: TransferSyntaxId,
    /// Floor 3 and those above: for TCP `[NCACN, TCP, IP]`.
    pub protocols: Vec<Protocol>,
}

impl Route {
    /// Whether a client that asks for `asked` is served here: the interface [serves](InterfaceId::serves)
    /// it, and everything else is equal.
    #[must_use]
    pub fn serves(&self, asked: &Self) -> bool {
        self.interface.serves(&asked.interface)
            && self.transfer_syntax == asked.transfer_syntax
            && self.protocols == asked.protocols
    }
}

/// Floors 1 and 2 have the same form: a version of two halves.
fn as_interface(TransferSyntaxId { uuid, version }: TransferSyntaxId) -> InterfaceId {
    let [a, b, c, d] = version.to_le_bytes();
    InterfaceId::new(uuid, u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]))
}

fn as_transfer_syntax(InterfaceId { uuid, major, minor }: InterfaceId) -> TransferSyntaxId {
    TransferSyntaxId { uuid, version: u32::from(minor) << 16 | u32::from(major) }
}

/// Reads a tower's octets: the NDR decoder would align them.
struct Octets<'a> {
    rest: &'a [u8],
    len: usize,
}

impl<'a> Octets<'a> {
    fn error(&self, field: &'static str, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(field, self.len.saturating_sub(self.rest.len()), kind)
    }

    /// What `parser`, which knows how many octets it needs, makes of the next ones.
    fn read<T>(
        &mut self,
        mut parser: impl Parser<&'a [u8], Output = T, Error = ()>,
        field: &'static str,
    ) -> Result<T, DecodeError> {
        let left = self.rest.len();
        let kind = match parser.parse(self.rest) {
            Ok((rest, value)) => {
                self.rest = rest;
                return Ok(value);
            }
            Err(nom::Err::Incomplete(Needed::Size(more))) => {
                DecodeErrorKind::Truncated { needed: left.saturating_add(more.get()), left }
            }
            Err(_) => DecodeErrorKind::Malformed("not what should be here"),
        };
        Err(self.error(field, kind))
    }

    /// Octets behind their length.
    fn counted(&mut self, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let len = self.read(le_u16, field)?;
        self.read(take(len), field)
    }
}

impl<'de> Decode<'de> for Tower {
    type Fixed = Self;
    const MIN_FIXED: usize = 8;

    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        let max = input.conformance("twr_t")?; // stands before the structure that its array ends [C706 14.3.7.2]
        let len = input.count("tower_length", u32::MAX)?;
        if len != max {
            return Err(input.mismatch("tower_length", len, max));
        }
        input.octets(len, "tower_octet_string").map(Self::from_octets)
    }

    fn decode_referents<S: Syntax>(fixed: Self, _: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(fixed)
    }
}

impl Encode for Tower {
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.conformance(self.0.len());
        out.count("tower_length", self.0.len(), u32::MAX);
        out.octets(&self.0);
    }
}
