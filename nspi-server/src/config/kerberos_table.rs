//! The `[kerberos]` table as it stands in the configuration file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer};

use super::KerberosSettings;
use super::value::{NetbiosName, Realm, Text as _};

/// The table as it stands in the file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct KerberosTable {
    pub(super) keytab: Option<PathBuf>,
    services: Vec<String>,
    #[serde(deserialize_with = "realms")]
    trusted_realms: BTreeMap<String, String>,
}

impl KerberosTable {
    pub(super) fn settings(self) -> KerberosSettings {
        KerberosSettings { services: self.services, trusted_realms: self.trusted_realms }
    }
}

/// Realms and domains that have names such as these can have.
fn realms<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let realms = BTreeMap::<String, String>::deserialize(deserializer)?;
    for (realm, domain) in &realms {
        let expected = match (Realm::from_text(realm), NetbiosName::from_text(domain)) {
            (Some(_), Some(_)) => continue,
            (None, _) => Realm::EXPECTED,
            (_, None) => NetbiosName::EXPECTED,
        };
        return Err(serde::de::Error::custom(format_args!("`{realm}` = `{domain}`: expected {expected}")));
    }
    Ok(realms)
}
