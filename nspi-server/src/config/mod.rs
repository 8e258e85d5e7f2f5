//! What the server runs with, and where each setting comes from.
//!
//! ```text
//!   command line  >  TOML file  >  registry file  >  Windows version  >  default          (the first that speaks, holds)
//!   command_line     file          registry          crate::windows
//!                    [kerberos]: kerberos, [limits]: limits, [address-book]: address_book, ldap
//! ```
//!
//! The registry and the Windows version speak about the session cap and event 2820 alone. A wrong setting is refused with
//! file, line, key and what is expected; what is merely doubtful is a [warning](Settings::warnings). Accounts and address
//! book are named here and read elsewhere. Command line and TOML need the feature `cli`.

mod address_book;
#[cfg(feature = "cli")]
mod command_line;
mod error;
#[cfg(feature = "cli")]
mod file;
mod kerberos;
#[cfg(feature = "cli")]
mod kerberos_table;
mod ldap;
mod limits;
#[cfg(feature = "cli")]
mod load;
#[cfg(feature = "cli")]
mod print;
pub mod registry;
#[cfg(feature = "cli")]
mod value;

use std::fmt;
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use nspi_proto::dcerpc::auth::AuthLevel;
use uuid::Uuid;

use crate::windows::WindowsVersion;
use registry::RegistrySettings;

pub use address_book::{AddressBookSettings, BookKind};
#[cfg(feature = "cli")]
pub use command_line::{Command, CommandLine};
pub use error::ConfigError;
pub use kerberos::KerberosSettings;
pub use ldap::LdapSettings;
pub use limits::Limits;
#[cfg(feature = "cli")]
pub use value::EndpointMapper;

/// The accounts of a server that was given none, in the format of `nspi_auth::AccountList`: ACME's `alice` with
/// `Passw0rd!A` and `bob` with `Passw0rd!B`.
pub const LAB_ACCOUNTS: &str = include_str!("lab_accounts.txt");

/// Where a setting comes from, in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The command line.
    CommandLine,
    /// The TOML file.
    File,
    /// The registry file.
    Registry,
    /// What the Windows version does by default.
    Windows,
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CommandLine => "command line",
            Self::File => "configuration file",
            Self::Registry => "registry file",
            Self::Windows => "Windows version",
            Self::Default => "default",
        })
    }
}

/// A setting and where it comes from. Reads as the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The setting.
    pub value: T,
    /// Who set it.
    pub origin: Origin,
}

impl<T> From<T> for Sourced<T> {
    /// A default.
    fn from(value: T) -> Self {
        Self { value, origin: Origin::Default }
    }
}

impl<T> Deref for Sourced<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// What the server runs with. `Settings::load` reads it from command line and files (feature `cli`); a program that
/// embeds the server begins with the defaults.
///
/// ```
/// use nspi_server::config::Settings;
///
/// let mut settings = Settings::default();
/// assert_eq!(settings.listen.to_string(), "127.0.0.1:6002");
/// settings.max_sessions_per_user = Some(2).into();
/// assert_eq!(settings.effective_cap().max_sessions_per_user, Some(2));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where NSPI is served; 127.0.0.1:6002 by default.
    pub listen: Sourced<SocketAddr>,
    /// Where the endpoint mapper answers, `None` for nowhere; 127.0.0.1:1135 by default, as 135 needs privileges.
    pub endpoint_mapper: Sourced<Option<SocketAddr>>,
    /// The Windows Server version to behave as; the latest by default.
    pub windows: Sourced<WindowsVersion>,
    /// The session cap that command line or file set, if they do. What holds is [`Settings::effective_cap`].
    pub max_sessions_per_user: Sourced<Option<u32>>,
    /// The registry file.
    pub registry: Sourced<Option<PathBuf>>,
    /// What the registry file said when it was last read.
    pub from_registry: RegistrySettings,
    /// The accounts file. `None`: [`LAB_ACCOUNTS`] hold.
    pub accounts: Sourced<Option<PathBuf>>,
    /// The keytab. `None`: Kerberos is off.
    pub keytab: Sourced<Option<PathBuf>>,
    /// The rest of the `[kerberos]` table.
    pub kerberos: KerberosSettings,
    /// The address book as LDIF, if `address_book` says that people are held in memory. `None`: the built-in company.
    pub ldif: Sourced<Option<PathBuf>>,
    /// The file that event 2820 is appended to. `None`: the process's log alone.
    pub event_log: Sourced<Option<PathBuf>>,
    /// The least protection of an NSPI call; integrity by default.
    pub min_auth_level: Sourced<AuthLevel>,
    /// Whether callers who prove nothing may open sessions; no by default.
    pub allow_anonymous: Sourced<bool>,
    /// NetBIOS name of the domain; `ACME` by default.
    pub domain: Sourced<String>,
    /// The domain's DNS name, and Kerberos realm; `ACME.TEST` by default.
    pub realm: Sourced<String>,
    /// NetBIOS name of the server; `DC1` by default.
    pub computer: Sourced<String>,
    /// The GUID that NspiBind answers with. `None`: a new one each start.
    pub server_guid: Sourced<Option<Uuid>>,
    /// The `[limits]` table.
    pub limits: Limits,
    /// The `[address-book]` table, or what the command line says in its place.
    pub address_book: AddressBookSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 6002)).into(),
            endpoint_mapper: Some(SocketAddr::from(([127, 0, 0, 1], 1135))).into(),
            windows: WindowsVersion::Latest.into(),
            max_sessions_per_user: None.into(),
            registry: None.into(),
            from_registry: RegistrySettings::default(),
            accounts: None.into(),
            keytab: None.into(),
            kerberos: KerberosSettings::default(),
            ldif: None.into(),
            event_log: None.into(),
            min_auth_level: AuthLevel::Integrity.into(),
            allow_anonymous: false.into(),
            domain: "ACME".to_owned().into(),
            realm: "ACME.TEST".to_owned().into(),
            computer: "DC1".to_owned().into(),
            server_guid: None.into(),
            limits: Limits::default(),
            address_book: AddressBookSettings::default(),
        }
    }
}

impl Settings {
    /// The same settings with the registry file read again. Windows reads its registry when AD DS starts; reading it
    /// while running is ours. Nothing else changes.
    ///
    /// # Errors
    /// [`ConfigError::Registry`] if the file cannot be read or is no registry file.
    pub fn reread_registry(&self) -> Result<Self, ConfigError> {
        let from_registry = match &self.registry.value {
            None => RegistrySettings::default(),
            Some(path) => RegistrySettings::read(path).map_err(|source| {
                let by = if self.registry.origin == Origin::CommandLine { "--registry" } else { "`registry`" };
                ConfigError::Registry { path: path.clone(), by: by.to_owned(), source }
            })?,
        };
        Ok(Self { from_registry, ..self.clone() })
    }

    /// The cap in force, and who set it. Windows Server 2003 does not look at the registry's value.
    #[must_use]
    pub fn effective_cap(&self) -> EffectiveCap {
        let windows = self.windows.value;
        let registry = self.from_registry.max_sessions_per_user.filter(|_| windows.knows_cap());
        let (cap, origin) = match (self.max_sessions_per_user.value, registry) {
            (Some(cap), _) => (Some(cap), self.max_sessions_per_user.origin),
            (None, Some(cap)) => (Some(cap), Origin::Registry),
            (None, None) => (windows.default_cap(), Origin::Windows),
        };
        EffectiveCap { max_sessions_per_user: cap, origin, windows }
    }

    /// Whether a refusal because of the cap is event 2820.
    #[must_use]
    pub fn logs_refusals(&self) -> bool {
        self.windows.logs_refusals(self.from_registry.mapi_interface_events.unwrap_or(0))
    }

    /// The server's DNS name: `dc1.acme.test`.
    #[must_use]
    pub fn dns_computer(&self) -> String {
        format!("{}.{}", *self.computer, *self.realm).to_ascii_lowercase()
    }

    /// What is not wrong, and yet hardly meant: a sentence each. All that a registry file says in vain is here.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.accounts.is_none() {
            warnings.push("no accounts file is given: the lab accounts ACME\\alice and ACME\\bob hold, whose passwords are published".to_owned());
        }
        let registry = self.registry.as_deref().unwrap_or(Path::new("")).display();
        warnings.extend(self.from_registry.findings.iter().map(|finding| format!("{registry}, {finding}")));
        if self.from_registry.max_sessions_per_user.is_some() && !self.windows.knows_cap() {
            let name = registry::RegistryValue::MaxSessionsPerUser.name();
            warnings.push(format!("{registry}: {} does not know `{name}`; it has no effect", *self.windows));
        }
        if self.effective_cap().max_sessions_per_user == Some(0) {
            warnings.push("the session cap is 0: every NspiBind will be refused".to_owned());
        }
        warnings
    }
}

/// The cap in force. Its `Display` is for the line that the server prints when it is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectiveCap {
    /// Sessions a user may hold; 0 refuses every session, `None` is no cap.
    pub max_sessions_per_user: Option<u32>,
    /// Who set it; [`Origin::Windows`] if nobody did.
    pub origin: Origin,
    windows: WindowsVersion,
}

impl fmt::Display for EffectiveCap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.max_sessions_per_user {
            Some(1) => f.write_str("at most 1 session a user")?,
            Some(cap) => write!(f, "at most {cap} sessions a user")?,
            None => f.write_str("no cap on sessions")?,
        }
        match self.origin {
            Origin::Windows | Origin::Default => write!(f, " (default of {})", self.windows),
            origin => write!(f, " ({origin})"),
        }
    }
}
