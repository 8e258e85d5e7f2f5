//! The TOML file: text to settings as they stand there, or the one sentence that says what is wrong and where.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use nspi_proto::dcerpc::auth::AuthLevel;
use serde::Deserialize;
use uuid::Uuid;

use super::kerberos_table::KerberosTable;
use super::value::{EndpointMapper, NetbiosName, Realm, maybe_within, text};
use super::{AddressBookSettings, ConfigError, Limits};
use crate::windows::WindowsVersion;

/// What the file says; `None` where it says nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct File {
    #[serde(deserialize_with = "text")]
    pub(super) listen: Option<SocketAddr>,
    #[serde(deserialize_with = "text")]
    pub(super) endpoint_mapper: Option<EndpointMapper>,
    #[serde(deserialize_with = "text")]
    pub(super) windows: Option<WindowsVersion>,
    #[serde(deserialize_with = "maybe_within::<0, 0xffff_ffff, _, _>")]
    pub(super) max_sessions_per_user: Option<u32>,
    pub(super) registry: Option<PathBuf>,
    pub(super) accounts: Option<PathBuf>,
    pub(super) ldif: Option<PathBuf>,
    pub(super) event_log: Option<PathBuf>,
    #[serde(deserialize_with = "text")]
    pub(super) min_auth_level: Option<AuthLevel>,
    pub(super) allow_anonymous: Option<bool>,
    #[serde(deserialize_with = "text")]
    pub(super) domain: Option<NetbiosName>,
    #[serde(deserialize_with = "text")]
    pub(super) realm: Option<Realm>,
    #[serde(deserialize_with = "text")]
    pub(super) computer: Option<NetbiosName>,
    #[serde(deserialize_with = "text")]
    pub(super) server_guid: Option<Uuid>,
    pub(super) kerberos: KerberosTable,
    pub(super) limits: Limits,
    pub(super) address_book: AddressBookSettings,
}

impl File {
    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let mut file = Self::parse(&text).map_err(|wrong| wrong.within(path))?;
        // Paths are relative to the file that names them, not to where the server happens to be started.
        let folder = path.parent().unwrap_or(Path::new(""));
        let directory = file.address_book.ldap.as_mut();
        let (password, authority) = directory.map(|ldap| (&mut ldap.password_file, &mut ldap.ca_file)).unzip();
        let mut paths = vec![&mut file.registry, &mut file.accounts, &mut file.ldif, &mut file.event_log];
        paths.extend(
            [&mut file.kerberos.keytab, &mut file.address_book.file].into_iter().chain(password).chain(authority),
        );
        for path in paths.into_iter().flatten() {
            *path = folder.join(&*path);
        }
        Ok(file)
    }

    fn parse(text: &str) -> Result<Self, Wrong> {
        let file: Self = toml::from_str(text).map_err(|error| Wrong::at(text, &error))?;
        if let Some((key, problem)) = file.address_book.contradiction(file.ldif.is_some()) {
            let is_here = |line: &str| line.starts_with("[address") || line.starts_with("address");
            let line = text.lines().position(|line| is_here(line.trim_start())).map_or(1, |index| index + 1);
            return Err(Wrong { line, key: Some(format!("address-book.{key}")), problem });
        }
        match file.limits.contradiction() {
            None => Ok(file),
            Some((lesser, greater)) => {
                let named = |line: &&(usize, &str)| line.1.starts_with(lesser) || line.1.starts_with(greater);
                let lines: Vec<(usize, &str)> = (1..).zip(text.lines().map(str::trim_start)).collect();
                let line = lines.iter().find(named).map_or(1, |(line, _)| *line);
                let problem = format!("larger than `limits.{greater}`; expected at most that");
                Err(Wrong { line, key: Some(format!("limits.{lesser}")), problem })
            }
        }
    }
}

struct Wrong {
    line: usize,
    key: Option<String>,
    problem: String,
}

impl Wrong {
    /// The parser's error, with the key that it points at: the one before the `=`, or the place itself if it is a key.
    fn at(text: &str, error: &toml::de::Error) -> Self {
        let span = error.span().unwrap_or(0..0);
        let before = text.get(..span.start).unwrap_or(text);
        let line = 1 + before.matches('\n').count();
        let start = before.rfind(['\n', '{', ',']).map_or(0, |at| at + 1);
        let key = match before.get(start..).unwrap_or_default().trim() {
            "" => text.get(span),
            assignment => assignment.strip_suffix('='),
        };
        let is_key = |key: &str| {
            !key.is_empty() && key.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet))
        };
        let key = key.map(str::trim).filter(|key| is_key(key)).map(|key| match table(before) {
            Some(table) => format!("{table}.{key}"),
            None => key.to_owned(),
        });
        let message: Vec<&str> = error.message().split_whitespace().collect();
        Self { line, key, problem: message.join(" ").replace("unknown field", "unknown setting") }
    }

    fn within(self, path: &Path) -> ConfigError {
        let Self { line, key, problem } = self;
        ConfigError::Setting { path: path.to_owned(), line, key, problem }
    }
}

/// The `[table]` that the text after `before` belongs to.
fn table(before: &str) -> Option<&str> {
    before.lines().rev().find_map(|line| line.trim().strip_prefix('[')?.split(']').next()).map(str::trim)
}
