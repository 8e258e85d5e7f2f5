//! `--print-config`: the settings in force as a configuration file, each with where it comes from.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

use super::{KerberosSettings, Origin, Settings, Sourced};

impl Display for Settings {
    /// A TOML file that, given by `--config`, gives the same settings again.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let text = |text: String| toml::Value::String(text).to_string();
        let mut line = |key: &str, value: String, of: &dyn Display| writeln!(f, "{key} = {value}  # {of}");

        line("listen", text(self.listen.to_string()), &self.listen.origin)?;
        let mapper = self.endpoint_mapper.map_or("off".to_owned(), |address| address.to_string());
        line("endpoint-mapper", text(mapper), &self.endpoint_mapper.origin)?;
        line("windows", text(self.windows.keyword().to_owned()), &self.windows.origin)?;
        let cap = self.effective_cap();
        // What registry or Windows version says stays theirs to say: a number here would be above them.
        let theirs = matches!(cap.origin, Origin::Registry | Origin::Windows);
        if let Some(number) = cap.max_sessions_per_user {
            line(
                if theirs { "# max-sessions-per-user" } else { "max-sessions-per-user" },
                number.to_string(),
                &cap.origin,
            )?;
        }
        let mut path = |key: &str, path: &Sourced<Option<PathBuf>>| match &path.value {
            Some(file) => {
                let file = std::path::absolute(file).unwrap_or_else(|_| file.clone());
                line(key, text(file.display().to_string()), &path.origin)
            }
            None => Ok(()),
        };
        path("registry", &self.registry)?;
        path("accounts", &self.accounts)?;
        path("ldif", &self.ldif)?;
        path("event-log", &self.event_log)?;
        line("min-auth-level", text(self.min_auth_level.to_string()), &self.min_auth_level.origin)?;
        line("allow-anonymous", self.allow_anonymous.to_string(), &self.allow_anonymous.origin)?;
        for (key, name) in [("domain", &self.domain), ("realm", &self.realm), ("computer", &self.computer)] {
            line(key, text(name.value.clone()), &name.origin)?;
        }
        if let Some(guid) = self.server_guid.value {
            line("server-guid", text(guid.to_string()), &self.server_guid.origin)?;
        }
        if self.keytab.is_some() || self.kerberos != KerberosSettings::default() {
            let table = toml::to_string(&BTreeMap::from([("kerberos", &self.kerberos)])).map_err(|_| fmt::Error)?;
            let settings = table.strip_prefix("[kerberos]\n").unwrap_or(&table);
            writeln!(f, "\n[kerberos]")?;
            if let Some(keytab) = &self.keytab.value {
                let file = std::path::absolute(keytab).unwrap_or_else(|_| keytab.clone());
                writeln!(f, "keytab = {}  # {}", text(file.display().to_string()), self.keytab.origin)?;
            }
            write!(f, "{settings}")?;
        }
        let limits = toml::to_string(&self.limits).map_err(|_| fmt::Error)?;
        writeln!(f, "\n[limits]\n{limits}")?;
        // The tables within have their whole names.
        let mut tables = toml::Table::new();
        let mut book = toml::Value::try_from(&self.address_book).map_err(|_| fmt::Error)?;
        absolute(&mut book);
        tables.insert("address-book".to_owned(), book);
        write!(f, "{tables}")
    }
}

/// Paths hold from anywhere.
fn absolute(book: &mut toml::Value) {
    for (table, key) in [("", "file"), ("ldap", "password-file"), ("ldap", "ca-file")] {
        let table = if table.is_empty() { Some(&mut *book) } else { book.get_mut(table) };
        if let Some(toml::Value::String(path)) = table.and_then(|table| table.get_mut(key)) {
            *path = std::path::absolute(&*path).map_or_else(|_| path.clone(), |path| path.display().to_string());
        }
    }
}
