//! AV pairs: the list of attributes that a CHALLENGE gives and an NTLMv2 response gives back, extended.

use nspi_proto::dcerpc::auth::SecurityError;

use super::bad_token;
use crate::FileTime;
use crate::text::from_utf16le;

/// [MS-NLMP 2.2.2.1] `AvId`: what a pair is. Unknown values survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AvId(pub u16);

impl AvId {
    /// `MsvAvEOL`: the end of the list.
    pub const EOL: Self = Self(0);
    /// `MsvAvNbComputerName`: the server's NetBIOS name.
    pub const NETBIOS_COMPUTER: Self = Self(1);
    /// `MsvAvNbDomainName`: the NetBIOS name of the server's domain.
    pub const NETBIOS_DOMAIN: Self = Self(2);
    /// `MsvAvDnsComputerName`: the server's fully qualified name.
    pub const DNS_COMPUTER: Self = Self(3);
    /// `MsvAvDnsDomainName`: the DNS name of the server's domain.
    pub const DNS_DOMAIN: Self = Self(4);
    /// `MsvAvDnsTreeName`: the DNS name of the forest.
    pub const DNS_TREE: Self = Self(5);
    /// `MsvAvFlags`: 32 bits, see [`AvPairs::promises_mic`].
    pub const FLAGS: Self = Self(6);
    /// `MsvAvTimestamp`: the server's time, a `FILETIME`.
    pub const TIMESTAMP: Self = Self(7);
    /// `MsvAvSingleHost`: what the client says of its machine.
    pub const SINGLE_HOST: Self = Self(8);
    /// `MsvAvTargetName`: the service principal name that the client meant to reach.
    pub const TARGET_NAME: Self = Self(9);
    /// `MsvAvChannelBindings`: MD5 of the channel bindings, or zeros.
    pub const CHANNEL_BINDINGS: Self = Self(10);
}

/// Bit of `MsvAvFlags`: the AUTHENTICATE message carries a MIC.
pub(crate) const MIC_PROVIDED: u32 = 0x2;

/// A checked list of AV pairs, as it lay in a message.
///
/// INVARIANT: every pair lies within, and an `MsvAvEOL` ends them; or there are no octets at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AvPairs<'a>(&'a [u8]);

impl<'a> AvPairs<'a> {
    /// Checks a list. What follows its `MsvAvEOL` is left out; no octets at all are an empty list.
    ///
    /// # Errors
    /// [`SecurityError::BadToken`] if a pair ends beyond `octets`, the end is missing, or flags or time stamp have
    /// another length than 4 or 8.
    pub fn parse(octets: &'a [u8]) -> Result<Self, SecurityError> {
        let mut rest = octets;
        while !rest.is_empty() {
            let (id, value, after) = split_pair(rest).ok_or(bad_token("an AV pair ends beyond its list"))?;
            match (id, value.len()) {
                (AvId::EOL, 0) => return Ok(Self(octets.get(..octets.len() - after.len()).unwrap_or_default())),
                (AvId::EOL, _) => return Err(bad_token("MsvAvEOL is not empty")),
                (AvId::FLAGS, 4) | (AvId::TIMESTAMP, 8) => {}
                (AvId::FLAGS | AvId::TIMESTAMP, _) => return Err(bad_token("an AV pair has a wrong length")),
                _ => {}
            }
            rest = after;
        }
        if octets.is_empty() { Ok(Self(octets)) } else { Err(bad_token("AV pairs without MsvAvEOL")) }
    }

    /// The pairs in order, without the `MsvAvEOL`.
    pub fn iter(self) -> impl Iterator<Item = (AvId, &'a [u8])> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (id, value, after) = split_pair(rest)?;
            rest = after;
            (id != AvId::EOL).then_some((id, value))
        })
    }

    /// The value of the first pair with this id.
    #[must_use]
    pub fn find(self, id: AvId) -> Option<&'a [u8]> {
        self.iter().find(|(found, _)| *found == id).map(|(_, value)| value)
    }

    /// The text of the first pair with this id; `None` also if it is no UTF-16LE.
    #[must_use]
    pub fn text(self, id: AvId) -> Option<String> {
        self.find(id).and_then(from_utf16le)
    }

    /// `MsvAvTimestamp`.
    #[must_use]
    pub fn timestamp(self) -> Option<FileTime> {
        let octets = self.find(AvId::TIMESTAMP)?.first_chunk()?;
        Some(FileTime(u64::from_le_bytes(*octets)))
    }

    /// `MsvAvFlags`, 0 if absent.
    #[must_use]
    pub fn flags(self) -> u32 {
        self.find(AvId::FLAGS).and_then(|value| value.first_chunk()).map_or(0, |octets| u32::from_le_bytes(*octets))
    }

    /// Whether `MsvAvFlags` says that the AUTHENTICATE message carries a MIC.
    #[must_use]
    pub fn promises_mic(self) -> bool {
        self.flags() & MIC_PROVIDED != 0
    }
}

/// The first pair of a list, and what follows it.
fn split_pair(list: &[u8]) -> Option<(AvId, &[u8], &[u8])> {
    let (id, rest) = list.split_first_chunk()?;
    let (len, rest) = rest.split_first_chunk()?;
    let (value, rest) = rest.split_at_checked(u16::from_le_bytes(*len).into())?;
    Some((AvId(u16::from_le_bytes(*id)), value, rest))
}

/// Appends a pair to a list.
///
/// # Errors
/// [`SecurityError::Misuse`] if `value` is longer than 65,535 octets.
pub fn push(list: &mut Vec<u8>, id: AvId, value: &[u8]) -> Result<(), SecurityError> {
    let len =
        u16::try_from(value.len()).map_err(|_| SecurityError::Misuse("an AV pair is longer than 65535 octets"))?;
    list.extend(id.0.to_le_bytes());
    list.extend(len.to_le_bytes());
    list.extend(value);
    Ok(())
}
