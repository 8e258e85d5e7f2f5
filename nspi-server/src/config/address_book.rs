//! `[address-book]`: where people come from, and which of their attributes is which property.
//!
//! ```toml
//! [address-book]
//! kind = "ldap"                      # memory (the default: `ldif`, or the built-in company), store, ldap
//! # file = "people.book"             # of a store: `nspi-server import people.ldif people.book`
//!
//! [address-book.attributes]
//! employeeID = 0x8C6F001F            # before the built-in ones
//!
//! [address-book.ldap]
//! url = "ldaps://dc1.acme.test"      # ldap:// is encrypted by StartTLS
//! base = "DC=acme,DC=test"
//! bind-dn = "svc-nspi@ACME.TEST"
//! password-file = "password"         # or password-env
//! ca-file = "ca.pem"                 # in place of the system's
//! ```

use std::collections::BTreeMap;
use std::path::PathBuf;

use nspi_proto::nspi::property::PropertyTag;
#[cfg(feature = "cli")]
use nspi_proto::nspi::property::PropertyType;

use super::LdapSettings;
use crate::address_book::AttributeMap;

/// The `[address-book]` table of the configuration file. All have defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "cli", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "cli", serde(default, deny_unknown_fields, rename_all = "kebab-case"))]
pub struct AddressBookSettings {
    /// Where people come from; `memory` by default.
    pub kind: BookKind,
    /// The file of a `store`.
    #[cfg_attr(feature = "cli", serde(skip_serializing_if = "Option::is_none"))]
    pub file: Option<PathBuf>,
    /// Attributes and the tags of the properties they are, before those that are built in: `employeeID = 0x8C6F001F`.
    #[cfg_attr(feature = "cli", serde(skip_serializing_if = "BTreeMap::is_empty"))]
    pub attributes: BTreeMap<String, u32>,
    /// Whether users may change their own certificates and delegates, and the members of groups that are theirs; no by
    /// default. Changes last until the server ends: they are not written to where people come from.
    pub writable: bool,
    /// Users who may change everybody's, as `DOMAIN\user`, where the book is `writable`.
    #[cfg_attr(feature = "cli", serde(skip_serializing_if = "Vec::is_empty"))]
    pub editors: Vec<String>,
    /// The directory of `ldap`.
    #[cfg_attr(feature = "cli", serde(skip_serializing_if = "Option::is_none"))]
    pub ldap: Option<LdapSettings>,
}

/// A source of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "cli", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "cli", serde(rename_all = "kebab-case"))]
pub enum BookKind {
    /// An LDIF file (the setting `ldif`), or the built-in company: held in memory.
    #[default]
    Memory,
    /// A file that `nspi-server import` made (feature `store`).
    Store,
    /// A directory (feature `ldap`).
    Ldap,
}

/// Types of properties that an attribute can be read as.
#[cfg(feature = "cli")]
const READABLE: [PropertyType; 8] = [
    PropertyType::STRING,
    PropertyType::MULTIPLE_STRING,
    PropertyType::BINARY,
    PropertyType::MULTIPLE_BINARY,
    PropertyType::INTEGER32,
    PropertyType::BOOLEAN,
    PropertyType::TIME,
    PropertyType::EMBEDDED_TABLE,
];

impl AddressBookSettings {
    /// The table of attributes: those of the file first, then the built-in ones.
    #[must_use]
    pub fn attribute_map(&self) -> AttributeMap {
        let mut map = AttributeMap::default();
        for (attribute, tag) in self.attributes.iter().rev() {
            map.prefer(attribute, PropertyTag(*tag));
        }
        map
    }

    /// The first setting that cannot hold beside the others, and why.
    #[cfg(feature = "cli")]
    pub(super) fn contradiction(&self, ldif: bool) -> Option<(&'static str, String)> {
        let wrong = |key, problem: &str| Some((key, problem.to_owned()));
        let unreadable =
            self.attributes.iter().find(|(_, tag)| !READABLE.contains(&PropertyTag(**tag).property_type()));
        if let Some((attribute, tag)) = unreadable {
            let problem = format!(
                "the property 0x{tag:08X} of `{attribute}` has a type that no attribute is read as; expected a tag that \
                 ends in 001F (text), 101F, 0102 (octets), 1102, 0003 (number), 000B (yes or no), 0040 (time) or 000D \
                 (names of others)"
            );
            return Some(("attributes", problem));
        }
        if !self.writable && !self.editors.is_empty() {
            return wrong(
                "editors",
                "nobody can edit a book that is not writable; expected `writable = true` beside it",
            );
        }
        if let Some(editor) = self.editors.iter().find(|editor| !editor.contains('\\')) {
            return Some(("editors", format!("`{editor}` is no user; expected DOMAIN\\user such as ACME\\alice")));
        }
        match self.kind {
            BookKind::Store if !cfg!(feature = "store") => {
                wrong("kind", "this program was built without the feature `store`; build it with --features store")
            }
            BookKind::Ldap if !cfg!(feature = "ldap") => {
                wrong("kind", "this program was built without the feature `ldap`; build it with --features ldap")
            }
            BookKind::Store if self.file.is_none() => {
                wrong("kind", "a store needs its `file`, which `nspi-server import FILE.ldif BOOK` makes")
            }
            BookKind::Ldap if self.ldap.is_none() => {
                wrong("kind", "a directory needs the table `[address-book.ldap]` with `url` and `base`")
            }
            BookKind::Store | BookKind::Ldap if ldif => {
                wrong("kind", "people come from here, or from `ldif`; expected one of them")
            }
            BookKind::Memory if self.file.is_some() => {
                wrong("file", "belongs to `kind = \"store\"`; people in an LDIF file are named by `ldif`")
            }
            BookKind::Memory | BookKind::Store if self.ldap.is_some() => wrong("ldap", "belongs to `kind = \"ldap\"`"),
            BookKind::Ldap => self.ldap.as_ref().and_then(LdapSettings::contradiction),
            _ => None,
        }
    }
}
