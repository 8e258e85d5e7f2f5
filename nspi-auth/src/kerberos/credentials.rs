//! What an initiator proves itself with.

use std::ffi::{CString, OsStr};
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use libgssapi::credential::Cred;
use nspi_proto::dcerpc::auth::SecurityError;
use zeroize::Zeroizing;

use super::keytab::store_value;
use super::{cred_store, failed};

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
    Cache(Option<CString>),
    Keytab {
        principal: String,
        file: CString,
    },
    Password {
        principal: String,
        password: Zeroizing<CString>,
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
    ///
    /// # Errors
    /// [`SecurityError::Misuse`] if there is a NUL in it.
    pub fn cache(name: impl AsRef<OsStr>) -> Result<Self, SecurityError> {
        Ok(Self::new(Source::Cache(Some(store_value("", Path::new(name.as_ref()))?))))
    }

    /// The tickets that a key of this keytab gets for `principal` (`alice@ACME.TEST`).
    ///
    /// # Errors
    /// [`SecurityError::Misuse`] if there is a NUL in the path.
    pub fn keytab(principal: impl Into<String>, path: impl AsRef<Path>) -> Result<Self, SecurityError> {
        let file = store_value("FILE:", path.as_ref())?;
        Ok(Self::new(Source::Keytab { principal: principal.into(), file }))
    }

    /// The tickets that a password gets for `principal` (`alice@ACME.TEST`). The password is kept, to be wiped in the end:
    /// tickets expire.
    ///
    /// # Errors
    /// [`SecurityError::Misuse`] if there is a NUL in the password.
    pub fn password(principal: impl Into<String>, password: &str) -> Result<Self, SecurityError> {
        let password = CString::new(password).map_err(|_| SecurityError::Misuse("a password with a NUL in it"))?;
        Ok(Self::new(Source::Password { principal: principal.into(), password: Zeroizing::new(password) }))
    }

    /// The principal, or the cache that says who it is.
    #[must_use]
    pub fn name(&self) -> String {
        match &*self.source {
            Source::Cache(None) => "the default ticket cache".to_owned(),
            Source::Cache(Some(name)) => format!("ticket cache {}", name.to_string_lossy()),
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
        let acquired = match self {
            Self::Cache(None) => cred_store::to_initiate(None, &[]),
            Self::Cache(Some(name)) => cred_store::to_initiate(None, &[(c"ccache", name)]),
            Self::Keytab { principal, file } => {
                // A cache of its own: the default one is the user's, and may be another one's.
                static CACHES: AtomicU64 = AtomicU64::new(0);
                let cache = format!("nspi-{}", CACHES.fetch_add(1, Ordering::Relaxed));
                let cache = store_value("MEMORY:", Path::new(&cache))?;
                cred_store::to_initiate(Some(principal), &[(c"client_keytab", file), (c"ccache", &cache)])
            }
            Self::Password { principal, password } => {
                cred_store::to_initiate(Some(principal), &[(c"password", password)])
            }
        };
        acquired.map_err(failed)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({:?})", self.name())
    }
}
