//! `[kerberos]`: the keytab, the services, and whose principals are let in.
//!
//! ```toml
//! [kerberos]
//! keytab = "nspi.keytab"
//! services = ["exchangeAB/mail.acme.test", "host"]  # none: every service of the keytab
//! trusted-realms = { "CORP.EXAMPLE" = "CORP" }      # besides the server's own `realm`, which is `domain`'s
//! ```

use std::collections::BTreeMap;

/// What Kerberos is to do, the keytab apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
#[cfg_attr(feature = "cli", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub struct KerberosSettings {
    /// The services whose keys tickets may be for: `exchangeAB/mail.acme.test`, or `exchangeAB` for any host, spelt as in the
    /// keytab. None by default, which is all of the keytab. Names that share a key cannot be told apart.
    pub services: Vec<String>,
    /// Realms whose principals are let in besides those of the server's own, each with the NetBIOS name of its domain:
    /// `alice@CORP.EXAMPLE` and `CORP\alice` are one user then. None by default.
    pub trusted_realms: BTreeMap<String, String>,
}
