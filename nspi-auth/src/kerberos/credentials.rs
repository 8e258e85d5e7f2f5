//! What an initiator proves itself with.

use std::ffi::CString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use libgssapi::credential::{Cred, CredUsage};
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_NT_KRB5_PRINCIPAL, OidSet};
use nspi_proto::dcerpc::auth::SecurityError;
use zeroize::Zeroizing;

use super::cred_store::{self, Usage};
use super::failed;
use super::keytab::store_value;

/// A user's tickets, or what they are got with. Cheap to clone; clones share the tickets. Nothing is asked of a KDC before
/// the first handshake, and then once for all of them, until the tickets expire.
///
/// `Debug` shows no secret.
#[derive(Clone)]
pub struct Credentials {
    source: Arc<Source>,
    acquired: Arc<Mutex<Option<Cred>>>,
}

enum Source {
    /// The cache of this name (`FILE:/path`, `KCM:`), or the default one.
    Cache(Option<String>),
    Keytab {
        principal: String,
        path: PathBuf,
    },
    Password {
        principal: String,
        password: Zeroizing<String>,
    },
}

impl Credentials {
    fn new(source: Source) -> Self {
        Self { source: Arc::new(source), acquired: Arc::default() }
    }

    /// The tickets that `kinit` got: of the default cache, `KRB5CCNAME` or what `krb5.conf` says.
    #[must_use]
    pub fn default_cache() -> Self {
        Self::new(Source::Cache(None))
    }

    /// The tickets of a cache by its name: `FILE:/path`, `/path`, `KCM:`.
    #[must_use]
    pub fn cache(name: impl Into<String>) -> Self {
        Self::new(Source::Cache(Some(name.into())))
    }

    /// The tickets that a key of this keytab gets for `principal` (`alice@ACME.TEST`).
    #[must_use]
    pub fn keytab(principal: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self::new(Source::Keytab { principal: principal.into(), path: path.into() })
    }

    /// The tickets that a password gets for `principal` (`alice@ACME.TEST`). The password is kept, to be wiped in the end:
    /// tickets expire.
    #[must_use]
    pub fn password(principal: impl Into<String>, password: &str) -> Self {
        Self::new(Source::Password { principal: principal.into(), password: Zeroizing::new(password.to_owned()) })
    }

    /// The principal, or the cache that says who it is.
    #[must_use]
    pub fn name(&self) -> String {
        match &*self.source {
            Source::Cache(None) => "the default ticket cache".to_owned(),
            Source::Cache(Some(name)) => format!("ticket cache {name}"),
            Source::Keytab { principal, .. } | Source::Password { principal, .. } => principal.clone(),
        }
    }

    /// The realm of the principal, as far as it is known.
    pub(super) fn realm(&self) -> Option<&str> {
        match &*self.source {
            Source::Cache(_) => None,
            Source::Keytab { principal, .. } | Source::Password { principal, .. } => {
                principal.rsplit_once('@').map(|(_, realm)| realm)
            }
        }
    }

    /// Tickets that have not expired. May wait for a KDC.
    pub(super) fn acquire(&self) -> Result<Cred, SecurityError> {
        let mut acquired = self.acquired.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(valid) = acquired.as_ref().filter(|tickets| tickets.lifetime().is_ok_and(|left| !left.is_zero())) {
            return Ok(valid.clone());
        }
        let fresh = self.source.acquire()?;
        Ok(acquired.insert(fresh).clone())
    }
}

impl Source {
    fn acquire(&self) -> Result<Cred, SecurityError> {
        match self {
            Self::Cache(name) => {
                let name = name.as_deref().map(CString::new).transpose();
                let name = name.map_err(|_| SecurityError::Misuse("a cache's name with a NUL in it"))?;
                let store: Vec<_> = name.into_iter().map(|name| (c"ccache", name)).collect();
                cred_store::acquire(None, Usage::Initiate, &store).map_err(failed)
            }
            Self::Keytab { principal, path } => {
                // A cache of its own: the default one is the user's, and may be another one's.
                static CACHES: AtomicU64 = AtomicU64::new(0);
                let cache = format!("nspi-{}", CACHES.fetch_add(1, Ordering::Relaxed));
                let cache = store_value("MEMORY:", Path::new(&cache))?;
                let store = [(c"client_keytab", store_value("FILE:", path)?), (c"ccache", cache)];
                cred_store::acquire(Some(principal), Usage::Initiate, &store).map_err(failed)
            }
            Self::Password { principal, password } => {
                let name = Name::new(principal.as_bytes(), Some(GSS_NT_KRB5_PRINCIPAL)).map_err(failed)?;
                let mut mechanisms = OidSet::new();
                mechanisms.add(GSS_MECH_KRB5).map_err(failed)?;
                Cred::acquire_with_password(Some(&name), password, None, CredUsage::Initiate, Some(&mechanisms))
                    .map_err(failed)
            }
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({:?})", self.name())
    }
}
