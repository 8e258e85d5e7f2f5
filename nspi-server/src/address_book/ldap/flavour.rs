//! What directories do differently: how an entry is known for ever, and what tells that it changed.
//!
//! | | Active Directory, Samba | others [RFC 4512, 4530] |
//! |---|---|---|
//! | known by | objectGUID | entryUUID |
//! | changed | uSNChanged, above the server's number of then | modifyTimestamp, from the newest seen on |
//! | nothing changed | highestCommittedUSN is what it was | contextCSN is what it was, if it is kept |
//! | deleted | tombstones, for who may see them; and by listing all | by listing all |

use crate::ldif::Entry;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    ActiveDirectory,
    Standard,
}

/// What an entry is known by for ever, as octets.
pub(super) type Key = Vec<u8>;

impl Flavour {
    /// Who may be a recipient, if the settings do not say.
    pub(super) fn filter(self) -> &'static str {
        match self {
            Self::ActiveDirectory => {
                "(|(&(objectCategory=person)(|(objectClass=user)(objectClass=contact)))(objectClass=group)\
                 (objectClass=publicFolder)(objectClass=msExchDynamicDistributionList))"
            }
            Self::Standard => {
                "(|(objectClass=person)(objectClass=account)(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))"
            }
        }
    }

    /// The attribute that an entry is known by.
    pub(super) fn key_attribute(self) -> &'static str {
        match self {
            Self::ActiveDirectory => "objectGUID",
            Self::Standard => "entryUUID",
        }
    }

    /// The attribute that is another whenever the entry is.
    pub(super) fn stamp_attribute(self) -> &'static str {
        match self {
            Self::ActiveDirectory => "uSNChanged",
            Self::Standard => "modifyTimestamp",
        }
    }

    /// What an entry is known by; its name, if the directory tells nothing better.
    pub(super) fn key(self, entry: &Entry) -> Key {
        let key = entry.values(self.key_attribute()).next();
        key.map_or_else(|| entry.dn.to_lowercase().into_bytes(), <[u8]>::to_vec)
    }

    pub(super) fn stamp(self, entry: &Entry) -> &str {
        entry.text(self.stamp_attribute()).unwrap_or_default()
    }
}

/// What the directory's root says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Root {
    pub(super) flavour: Flavour,
    /// Which server of the directory this is: each counts its changes for itself.
    pub(super) server: String,
    /// A number or text that is another once anything has changed; `None` if the directory tells none.
    pub(super) version: Option<String>,
    /// Of Active Directory: the name of the domain's own entry, below which all others are.
    pub(super) domain: Option<String>,
}

/// How far changes have been read: on this server up to this number or time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) root: Root,
    /// Of standard directories: the newest modifyTimestamp seen.
    pub(super) newest: String,
}

impl Cursor {
    /// A condition that all entries meet which changed since.
    pub(super) fn changed(&self) -> String {
        match self.root.flavour {
            Flavour::ActiveDirectory => {
                let seen: u64 = self.root.version.as_deref().and_then(|usn| usn.parse().ok()).unwrap_or(0);
                format!("(uSNChanged>={})", seen.saturating_add(1))
            }
            // This second may not be over: those that are known already come again, and are found the same.
            Flavour::Standard if self.newest.is_empty() => "(objectClass=*)".to_owned(),
            Flavour::Standard => format!("(modifyTimestamp>={})", self.newest),
        }
    }

    /// Whether this server goes on from where the cursor is, rather than counting otherwise: another server, or one that
    /// was restored from a backup.
    pub(super) fn continues_in(&self, root: &Root) -> bool {
        let number = |root: &Root| root.version.as_deref().and_then(|version| version.parse::<u64>().ok());
        let same = self.root.flavour == root.flavour && self.root.server == root.server;
        same && (root.flavour == Flavour::Standard || number(&self.root) <= number(root))
    }
}
