//! One connection to a directory: opened, bound, and asked page by page. Nothing waits without end.

use std::sync::Arc;
use std::time::Duration;

use ldap3::adapters::{Adapter, EntriesOnly, PagedResults};
use ldap3::controls::RawControl;
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, Scope, SearchEntry};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::LdapError;
use super::attributes::{self, Rest};
use super::bell::Bell;
use super::flavour::{Flavour, Root};
use crate::config::LdapSettings;
use crate::ldif::Entry;

/// How long the directory may take for the next entry.
const PATIENCE: Duration = Duration::from_secs(30);

/// LDAP_SERVER_SHOW_DELETED_OID [MS-ADTS 3.1.1.3.4.1.14].
const SHOW_DELETED: &str = "1.2.840.113556.1.4.417";

/// LDAP result code sizeLimitExceeded.
const SIZE_LIMIT_EXCEEDED: u32 = 4;

/// Whose entries a search gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Living,
    Deleted,
}

pub(super) struct Connection {
    ldap: Ldap,
    bell: Bell,
    settings: LdapSettings,
}

impl Connection {
    pub(super) async fn open(settings: &LdapSettings) -> Result<Self, LdapError> {
        let url = &settings.url;
        let unreachable = |reason: String| LdapError::Unreachable { url: url.clone(), reason };
        let mut options = LdapConnSettings::new().set_conn_timeout(PATIENCE);
        options = options.set_starttls(url.starts_with("ldap:") && !settings.is_plain());
        if let Some(path) = &settings.ca_file {
            options = options.set_config(Arc::new(trusting(path)?));
        }
        let connecting = LdapConnAsync::with_settings(options, url);
        let (driver, ldap) = patient(url, connecting).await?.map_err(|reason| unreachable(told(&reason)))?;
        // Ends when the handle is dropped, or the directory ends it; the next question finds out.
        tokio::spawn(driver.drive());
        let mut connection = Self { ldap, bell: Bell::default(), settings: settings.clone() };
        connection.bind().await?;
        Ok(connection)
    }

    /// Has the directory say when something changes that was not there at `root`, if it does that.
    pub(super) async fn hang_bell(&mut self, root: &Root) {
        self.bell = Bell::of(&self.ldap, root, &self.settings.base).await;
    }

    /// Waits so long, or until the directory says that something has changed.
    pub(super) async fn listen(&mut self, at_most: Duration) {
        self.bell.listen(at_most).await;
    }

    async fn bind(&mut self) -> Result<(), LdapError> {
        let Some(who) = self.settings.bind_dn.clone() else { return Ok(()) };
        let url = self.settings.url.clone();
        let password = password(&self.settings)?;
        let answer = patient(&url, self.ldap.simple_bind(&who, &password)).await?;
        let refused = |reason: ldap3::LdapError| LdapError::Refused { url: url.clone(), who, reason: told(&reason) };
        answer.and_then(ldap3::LdapResult::success).map(drop).map_err(refused)
    }

    /// Looks at the directory's root: which it is, and where it stands.
    pub(super) async fn root(&mut self) -> Result<Root, LdapError> {
        let attributes = ["highestCommittedUSN", "dsServiceName", "namingContexts", "defaultNamingContext"];
        let root = self.one("", &attributes).await?.unwrap_or_default();
        let text = |name: &str| root.text(name).map(str::to_owned);
        if let (Some(usn), Some(server)) = (text("highestCommittedUSN"), text("dsServiceName")) {
            let domain = text("defaultNamingContext");
            return Ok(Root { flavour: Flavour::ActiveDirectory, server, version: Some(usn), domain });
        }
        let base = self.settings.base.to_lowercase();
        let suffix = root.texts("namingContexts").find(|suffix| base.ends_with(&suffix.to_lowercase()));
        let version = match suffix.map(str::to_owned) {
            Some(suffix) => self.one(&suffix, &["contextCSN"]).await?.map(|entry| {
                let numbers: Vec<&str> = entry.texts("contextCSN").collect();
                numbers.join(" ")
            }),
            None => None,
        };
        let version = version.filter(|version| !version.is_empty());
        Ok(Root { flavour: Flavour::Standard, server: self.settings.url.clone(), version, domain: None })
    }

    /// One entry by its name; `None` if it is not there.
    async fn one(&mut self, dn: &str, attributes: &[&str]) -> Result<Option<Entry>, LdapError> {
        let url = self.settings.url.clone();
        let asked = self.ldap.search(dn, Scope::Base, "(objectClass=*)", attributes);
        let found = patient(&url, asked).await?.map_err(|reason| self.search_error(dn, &reason))?;
        let entry = found.0.into_iter().find(|entry| !entry.is_ref() && !entry.is_intermediate());
        Ok(entry.map(|found| attributes::entry(SearchEntry::construct(found)).0))
    }

    /// All entries below the base that meet a filter, with these attributes.
    pub(super) async fn search(
        &mut self,
        filter: &str,
        attributes: &[String],
        of: Of,
    ) -> Result<Vec<Entry>, LdapError> {
        let (url, base) = (self.settings.url.clone(), self.settings.base.clone());
        let page = i32::try_from(self.settings.page_size).unwrap_or(i32::MAX);
        let adapters: Vec<Box<dyn Adapter<'_, String, Vec<String>>>> =
            vec![Box::new(EntriesOnly::new()), Box::new(PagedResults::new(page))];
        if of == Of::Deleted {
            self.ldap.with_controls(RawControl { ctype: SHOW_DELETED.to_owned(), crit: true, val: None });
        }
        let asked = self.ldap.streaming_search_with(adapters, &base, Scope::Subtree, filter, attributes.to_vec());
        let mut stream = patient(&url, asked).await?.map_err(|reason| self.search_error(&base, &reason))?;
        let mut found = Vec::new();
        while let Some(entry) =
            patient(&url, stream.next()).await?.map_err(|reason| self.search_error(&base, &reason))?
        {
            found.push(attributes::entry(SearchEntry::construct(entry)));
        }
        let result = patient(&url, stream.finish()).await?;
        result.success().map_err(|reason| self.search_error(&base, &reason))?;
        let mut entries = Vec::with_capacity(found.len());
        for (mut entry, rest) in found {
            for rest in rest {
                self.complete(&mut entry, rest).await?;
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Reads the values that an entry came without.
    async fn complete(&mut self, entry: &mut Entry, mut rest: Rest) -> Result<(), LdapError> {
        loop {
            let wanted = format!("{};range={}-*", rest.name, rest.from);
            let url = self.settings.url.clone();
            let wanted = [wanted.as_str()];
            let asked = self.ldap.search(&entry.dn, Scope::Base, "(objectClass=*)", wanted);
            let found = patient(&url, asked).await?.map_err(|reason| self.search_error(&entry.dn, &reason))?;
            let Some(found) = found.0.into_iter().find(|entry| !entry.is_ref()) else { return Ok(()) };
            let (more, missing) = attributes::entry(SearchEntry::construct(found));
            let values = more.attributes.get(&rest.name).cloned().unwrap_or_default();
            entry.attributes.entry(rest.name.clone()).or_default().extend(values);
            // A directory that repeats itself is not asked for ever.
            match missing.into_iter().find(|next| rest.from < next.from) {
                Some(next) => rest = next,
                None => return Ok(()),
            }
        }
    }

    fn search_error(&self, base: &str, reason: &ldap3::LdapError) -> LdapError {
        let url = self.settings.url.clone();
        match reason {
            ldap3::LdapError::LdapResult { result } => {
                let advice = match result.rc {
                    SIZE_LIMIT_EXCEEDED => "; it gives this user only so many entries, and must be set to give all",
                    _ => "",
                };
                let reason = format!("{}{advice}", told(reason));
                LdapError::Search { url, base: base.to_owned(), reason }
            }
            ldap3::LdapError::FilterParsing => {
                LdapError::Search { url, base: base.to_owned(), reason: "`filter` is none".into() }
            }
            other => LdapError::Unreachable { url, reason: told(other) },
        }
    }
}

/// What the library says, in one line.
fn told(reason: &ldap3::LdapError) -> String {
    match reason {
        ldap3::LdapError::LdapResult { result } => {
            let ldap3::LdapResult { rc, text, .. } = result;
            format!("result {rc} {}", text.trim_end_matches('\0')).trim_end().to_owned()
        }
        other => other.to_string(),
    }
}

async fn patient<T>(url: &str, answer: impl Future<Output = T>) -> Result<T, LdapError> {
    let silent = |_| LdapError::Silent { url: url.to_owned(), seconds: PATIENCE.as_secs() };
    tokio::time::timeout(PATIENCE, answer).await.map_err(silent)
}

/// The password, read anew each time: it may have been changed.
fn password(settings: &LdapSettings) -> Result<String, LdapError> {
    let wrong = |path: String, source| LdapError::Password { path, source };
    let from_file = settings.password_file.as_ref().map(|path| {
        let text = std::fs::read_to_string(path).map_err(|source| wrong(path.display().to_string(), source))?;
        Ok(text.lines().next().unwrap_or_default().to_owned())
    });
    let from_env = settings.password_env.as_ref().map(|name| {
        let missing = |reason| wrong(format!("environment variable {name}"), std::io::Error::other(reason));
        std::env::var(name).map_err(missing)
    });
    from_file.or(from_env).unwrap_or_else(|| Ok(String::new()))
}

/// TLS that trusts the certificates in a file.
fn trusting(path: &std::path::Path) -> Result<rustls::ClientConfig, LdapError> {
    let wrong = |reason: String| LdapError::Authority { path: path.to_owned(), reason };
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|reason| wrong(reason.to_string()))? {
        let certificate = certificate.map_err(|reason| wrong(reason.to_string()))?;
        roots.add(certificate).map_err(|reason| wrong(reason.to_string()))?;
    }
    if roots.is_empty() {
        return Err(wrong("no certificate in it".into()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|reason| wrong(reason.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
