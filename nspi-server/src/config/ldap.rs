//! `[address-book.ldap]`: which directory, what of it, and as whom.

use std::net::IpAddr;
use std::path::PathBuf;

#[cfg(feature = "cli")]
use super::value::within;

/// The `[address-book.ldap]` table of the configuration file. `url` and `base` have no defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "cli", serde(deny_unknown_fields, rename_all = "kebab-case"))]
pub struct LdapSettings {
    /// `ldaps://HOST[:PORT]`, or `ldap://HOST[:PORT]`, which is encrypted by StartTLS.
    pub url: String,
    /// The distinguished name below which people are: `DC=acme,DC=test`.
    pub base: String,
    /// Who may be a recipient; people, groups, contacts and folders by default. Who has no address is passed over in
    /// any case.
    #[cfg_attr(feature = "cli", serde(default, skip_serializing_if = "Option::is_none"))]
    pub filter: Option<String>,
    /// Who asks: a distinguished name, or with Active Directory `user@domain`. Nobody by default.
    #[cfg_attr(feature = "cli", serde(default, skip_serializing_if = "Option::is_none"))]
    pub bind_dn: Option<String>,
    /// The file whose first line is the password.
    #[cfg_attr(feature = "cli", serde(default, skip_serializing_if = "Option::is_none"))]
    pub password_file: Option<PathBuf>,
    /// The environment variable that holds the password.
    #[cfg_attr(feature = "cli", serde(default, skip_serializing_if = "Option::is_none"))]
    pub password_env: Option<String>,
    /// Certificates (PEM) of who may vouch for the directory, in place of the system's.
    #[cfg_attr(feature = "cli", serde(default, skip_serializing_if = "Option::is_none"))]
    pub ca_file: Option<PathBuf>,
    /// Whether `ldap://` to this very machine may go without encryption; no by default, and never elsewhere.
    #[cfg_attr(feature = "cli", serde(default))]
    pub plain_on_loopback: bool,
    /// Between two looks for changes, in seconds: 1 to 3,600; 2 by default. A directory that gives notice of changes is
    /// looked at when it does, too.
    #[cfg_attr(feature = "cli", serde(default = "two", deserialize_with = "within::<1, 3_600, _, _>"))]
    pub poll_seconds: u32,
    /// Entries in a page of an answer: 1 to 10,000; 500 by default. Active Directory gives 1,000 at most.
    #[cfg_attr(feature = "cli", serde(default = "five_hundred", deserialize_with = "within::<1, 10_000, _, _>"))]
    pub page_size: u32,
}

fn two() -> u32 {
    2
}

fn five_hundred() -> u32 {
    500
}

impl LdapSettings {
    /// A directory, asked as nobody; everything else is the default.
    #[must_use]
    pub fn new(url: impl Into<String>, base: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            base: base.into(),
            filter: None,
            bind_dn: None,
            password_file: None,
            password_env: None,
            ca_file: None,
            plain_on_loopback: false,
            poll_seconds: two(),
            page_size: five_hundred(),
        }
    }

    /// The host of the URL, and whether it is `ldaps`; `None` if it is no URL of LDAP.
    fn host(&self) -> Option<(&str, bool)> {
        let (rest, encrypted) = match (self.url.strip_prefix("ldaps://"), self.url.strip_prefix("ldap://")) {
            (Some(rest), _) => (rest, true),
            (_, Some(rest)) => (rest, false),
            _ => return None,
        };
        let authority = rest.trim_end_matches('/');
        let host = match authority.strip_prefix('[') {
            Some(v6) => v6.split_once(']')?.0,
            None => authority.split_once(':').map_or(authority, |(host, _)| host),
        };
        (!host.is_empty() && !authority.contains('/')).then_some((host, encrypted))
    }

    /// Whether the connection is left unencrypted.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let is_loopback = |host: &str| {
            host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        };
        self.plain_on_loopback && self.host().is_some_and(|(host, encrypted)| !encrypted && is_loopback(host))
    }

    /// The first setting that cannot hold beside the others, and why.
    #[cfg(feature = "cli")]
    pub(super) fn contradiction(&self) -> Option<(&'static str, String)> {
        let wrong = |key, problem: &str| Some((key, problem.to_owned()));
        match self.host() {
            None => return wrong("ldap.url", "expected ldaps://HOST, ldaps://HOST:PORT, or the same with ldap://"),
            Some((_, encrypted)) if self.plain_on_loopback && (encrypted || !self.is_plain()) => {
                return wrong("ldap.plain-on-loopback", "expected a `url` such as ldap://127.0.0.1, or false");
            }
            Some(_) => {}
        }
        let passwords = usize::from(self.password_file.is_some()) + usize::from(self.password_env.is_some());
        match (&self.bind_dn, passwords) {
            (None, 0) | (Some(_), 1) => None,
            (None, _) => wrong("ldap.bind-dn", "a password is given, and nobody whose it is; expected `bind-dn`"),
            // A simple bind without a password succeeds as nobody [RFC 4513 5.1.2].
            (Some(_), 0) => wrong("ldap.bind-dn", "expected its password by `password-file` or `password-env`"),
            (Some(_), _) => wrong("ldap.password-env", "a password is given twice; expected this or `password-file`"),
        }
    }
}
