//! Settings from the command line and the files that it names: the first that speaks, holds.

use std::path::PathBuf;

use super::file::File;
use super::{AddressBookSettings, BookKind, CommandLine, ConfigError, Origin, Settings, Sourced};

impl<T> Sourced<T> {
    /// What command line or file say, in this order, in the place of the default.
    fn or(self, command_line: Option<T>, file: Option<T>) -> Self {
        match (command_line, file) {
            (Some(value), _) => Self { value, origin: Origin::CommandLine },
            (None, Some(value)) => Self { value, origin: Origin::File },
            (None, None) => self,
        }
    }
}

impl Sourced<Option<PathBuf>> {
    fn or_path(self, command_line: Option<&PathBuf>, file: Option<PathBuf>) -> Self {
        self.or(command_line.cloned().map(Some), file.map(Some))
    }
}

impl Settings {
    /// Settings from the command line and the files that it names.
    ///
    /// # Errors
    /// [`ConfigError`] if the configuration or registry file cannot be read, or holds a wrong setting.
    pub fn load(command_line: &CommandLine) -> Result<Self, ConfigError> {
        let file = command_line.config.as_deref().map_or_else(|| Ok(File::default()), File::read)?;
        Self::default().overridden(command_line, file).reread_registry()
    }

    fn overridden(self, command_line: &CommandLine, mut file: File) -> Self {
        let mapper = |setting: super::EndpointMapper| setting.0;
        Self {
            listen: self.listen.or(command_line.listen, file.listen),
            endpoint_mapper: self
                .endpoint_mapper
                .or(command_line.endpoint_mapper.map(mapper), file.endpoint_mapper.map(mapper)),
            windows: self.windows.or(command_line.windows, file.windows),
            max_sessions_per_user: self
                .max_sessions_per_user
                .or(command_line.max_sessions_per_user.map(Some), file.max_sessions_per_user.map(Some)),
            registry: self.registry.or_path(command_line.registry.as_ref(), file.registry),
            from_registry: self.from_registry,
            accounts: self.accounts.or_path(command_line.accounts.as_ref(), file.accounts),
            keytab: self.keytab.or_path(command_line.keytab.as_ref(), file.kerberos.keytab.take()),
            kerberos: file.kerberos.settings(),
            ldif: self.ldif.or_path(command_line.ldif.as_ref(), file.ldif),
            event_log: self.event_log.or_path(command_line.event_log.as_ref(), file.event_log),
            min_auth_level: self.min_auth_level.or(command_line.min_auth_level, file.min_auth_level),
            allow_anonymous: self.allow_anonymous.or(None, file.allow_anonymous),
            domain: self.domain.or(None, file.domain.map(|name| name.0)),
            realm: self.realm.or(None, file.realm.map(|name| name.0)),
            computer: self.computer.or(None, file.computer.map(|name| name.0)),
            server_guid: self.server_guid.or(None, file.server_guid.map(Some)),
            limits: file.limits,
            address_book: match (&command_line.book, &command_line.ldif) {
                (Some(book), _) => AddressBookSettings {
                    kind: BookKind::Store,
                    file: Some(book.clone()),
                    ldap: None,
                    ..file.address_book
                },
                (None, Some(_)) => {
                    AddressBookSettings { kind: BookKind::Memory, file: None, ldap: None, ..file.address_book }
                }
                (None, None) => file.address_book,
            },
        }
    }
}
