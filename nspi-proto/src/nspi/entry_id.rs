//! Entry ids: names of objects that survive a session, or do not.

use alloc::vec::Vec;

use super::named::named;
use super::property::FlatUid;
use super::stat::MinimalId;

/// [MS-NSPI 2.2.7] `GUID_NSPI`: the provider of every permanent entry id.
pub const GUID_NSPI: FlatUid =
    FlatUid([0xDC, 0xA7, 0x40, 0xC8, 0xC0, 0x42, 0x10, 0x1A, 0xB4, 0xB9, 0x08, 0x00, 0x2B, 0x2F, 0xE1, 0x82]);

/// `R4` of both kinds: always 1.
const VERSION: u32 = 1;

/// [MS-NSPI 2.2.3] What kind of object a row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DisplayType(pub u32);

named! { DisplayType:
    MAIL_USER = 0, "DT_MAILUSER";
    DIST_LIST = 1, "DT_DISTLIST";
    FORUM = 2, "DT_FORUM";
    AGENT = 3, "DT_AGENT";
    ORGANIZATION = 4, "DT_ORGANIZATION";
    PRIVATE_DIST_LIST = 5, "DT_PRIVATE_DISTLIST";
    REMOTE_MAIL_USER = 6, "DT_REMOTE_MAILUSER";
    /// Only in the hierarchy table.
    CONTAINER = 0x100, "DT_CONTAINER";
    TEMPLATE = 0x101, "DT_TEMPLATE";
    /// Only in the table of address creation templates.
    ADDRESS_TEMPLATE = 0x102, "DT_ADDRESS_TEMPLATE";
    SEARCH = 0x200, "DT_SEARCH";
}

/// [MS-OXOABK 2.2.3.10] `PidTagObjectType`: what kind of MAPI object stands behind a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObjectType(pub u32);

named! { ObjectType:
    FOLDER = 3, "MAPI_FOLDER";
    /// A container of the address book.
    CONTAINER = 4, "MAPI_ABCONT";
    MAIL_USER = 6, "MAPI_MAILUSER";
    DIST_LIST = 8, "MAPI_DISTLIST";
}

/// Why octets are not an entry id of this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryIdError {
    /// Not the fixed parts of an entry id.
    #[error("the octets are no entry id of this kind")]
    Malformed,
    /// The `ProviderUID` is another one's.
    #[error("the entry id is another provider's")]
    ForeignProvider,
}

/// [MS-NSPI 2.3.8.2] `EphemeralEntryID`: valid towards servers that returned the same GUID from NspiBind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EphemeralEntryId {
    /// The server's GUID, from NspiBind.
    pub server_guid: FlatUid,
    /// What the object is. Set on output, ignored on input.
    pub display_type: DisplayType,
    /// The object.
    pub id: MinimalId,
}

impl EphemeralEntryId {
    /// The 32 octets.
    #[must_use]
    pub fn to_octets(&self) -> [u8; 32] {
        let mut octets = [0; 32];
        let parts = head(0x87, self.server_guid, self.display_type).into_iter().chain(self.id.0.to_le_bytes());
        octets.iter_mut().zip(parts).for_each(|(octet, part)| *octet = part);
        octets
    }

    /// Reads 32 octets.
    ///
    /// # Errors
    /// [`EntryIdError::Malformed`] if they are not an ephemeral entry id.
    pub fn from_octets(octets: &[u8]) -> Result<Self, EntryIdError> {
        let (server_guid, display_type, rest) = split(octets, 0x87)?;
        let id = <[u8; 4]>::try_from(rest).map_err(|_| EntryIdError::Malformed)?;
        Ok(Self { server_guid, display_type, id: MinimalId(u32::from_le_bytes(id)) })
    }
}

/// [MS-NSPI 2.3.8.3] `PermanentEntryID`: names an object by its distinguished name, to any server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PermanentEntryId<'a> {
    /// What the object is. Set on output, ignored on input.
    pub display_type: DisplayType,
    /// The distinguished name, 8-bit, without its terminator.
    pub distinguished_name: &'a [u8],
}

impl<'a> PermanentEntryId<'a> {
    /// The 28 octets before the name.
    #[must_use]
    pub fn head(&self) -> [u8; 28] {
        head(0x00, GUID_NSPI, self.display_type)
    }

    /// 28 octets, the name and a terminator.
    #[must_use]
    pub fn to_octets(&self) -> Vec<u8> {
        [&self.head(), self.distinguished_name, &[0]].concat()
    }

    /// Reads the octets.
    ///
    /// # Errors
    /// [`EntryIdError`] if they are not a permanent entry id, or another provider's.
    pub fn from_octets(octets: &'a [u8]) -> Result<Self, EntryIdError> {
        let (provider, display_type, rest) = split(octets, 0x00)?;
        if provider != GUID_NSPI {
            return Err(EntryIdError::ForeignProvider);
        }
        match rest.split_last() {
            Some((0, distinguished_name)) => Ok(Self { display_type, distinguished_name }),
            _ => Err(EntryIdError::Malformed),
        }
    }
}

/// What both kinds begin with: id type, provider, version, display type.
fn head(id_type: u8, provider: FlatUid, display_type: DisplayType) -> [u8; 28] {
    let mut octets = [0; 28];
    let parts = [id_type, 0, 0, 0].into_iter().chain(provider.0);
    let parts = parts.chain(VERSION.to_le_bytes()).chain(display_type.0.to_le_bytes());
    octets.iter_mut().zip(parts).for_each(|(octet, part)| *octet = part);
    octets
}

/// Takes [`head`] apart.
fn split(octets: &[u8], id_type: u8) -> Result<(FlatUid, DisplayType, &[u8]), EntryIdError> {
    let (head, rest) = octets.split_first_chunk::<4>().ok_or(EntryIdError::Malformed)?;
    let (provider, rest) = rest.split_first_chunk::<16>().ok_or(EntryIdError::Malformed)?;
    let (version, rest) = rest.split_first_chunk::<4>().ok_or(EntryIdError::Malformed)?;
    let (display_type, rest) = rest.split_first_chunk::<4>().ok_or(EntryIdError::Malformed)?;
    if *head != [id_type, 0, 0, 0] || u32::from_le_bytes(*version) != VERSION {
        return Err(EntryIdError::Malformed);
    }
    Ok((FlatUid(*provider), DisplayType(u32::from_le_bytes(*display_type)), rest))
}
