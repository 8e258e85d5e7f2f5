//! `[kerberos]`: the keytab, the services, and whose principals are let in.
//!
//! ```toml
//! [kerberos]
//! keytab = "nspi.keytab"
//! services = ["exchangeAB/mail.acme.test", "host"]  # none: every service of the keytab
//! trusted-realms = { "CORP.EXAMPLE" = "CORP" }      # besides the server's own `realm`, which is `domain`'s
//! ```

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize};

use super::value::{NetbiosName, Realm, Text as _};

/// What Kerberos is to do, the keytab apart.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct KerberosSettings {
    /// The services that tickets are taken for: `exchangeAB/mail.acme.test`, or `exchangeAB` for any host. None by
    /// default, which is every service in the keytab.
    pub services: Vec<String>,
    /// Realms whose principals are let in besides those of the server's own, each with the NetBIOS name of its domain:
    /// `alice@CORP.EXAMPLE` and `CORP\alice` are one user then. None by default.
    pub trusted_realms: BTreeMap<String, String>,
}

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
