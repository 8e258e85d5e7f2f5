//! The server's keys.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use libgssapi::credential::Cred;
use nspi_proto::dcerpc::auth::SecurityError;

use super::{cred_store, failed};

/// A keytab that was opened for accepting: credentials that all handshakes of a server share. MIT's library looks into the
/// file again at each handshake, so that a key that is rolled over is known without a restart.
#[derive(Debug, Clone)]
pub struct Keytab {
    /// One for each service, or one for all that there are.
    pub(super) credentials: Vec<Cred>,
    path: PathBuf,
}

impl Keytab {
    /// Opens a keytab, for tickets to any service whose key is in it.
    ///
    /// # Errors
    /// [`SecurityError::Failed`] if the file cannot be read, or holds no keys.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SecurityError> {
        Self::acquire(path.as_ref(), &[None])
    }

    /// Opens a keytab, for tickets to these services' keys alone: `exchangeAB/mail.acme.test@ACME.TEST` (without a realm:
    /// the default one of `krb5.conf`), or `exchangeAB` for any host. Names are compared as they are spelt.
    ///
    /// An account of Active Directory has one key for all its service names, and so a ticket for another name of that
    /// account is taken, too: the name in a ticket is not protected, and nothing else in it tells them apart.
    ///
    /// # Errors
    /// [`SecurityError::Failed`] if the file cannot be read, or lacks a service.
    pub fn for_services<S: AsRef<str>>(path: impl AsRef<Path>, services: &[S]) -> Result<Self, SecurityError> {
        Self::acquire(path.as_ref(), &services.iter().map(|service| Some(service.as_ref())).collect::<Vec<_>>())
    }

    fn acquire(path: &Path, services: &[Option<&str>]) -> Result<Self, SecurityError> {
        let file = store_value("FILE:", path)?;
        let acquire = |service: &Option<&str>| cred_store::to_accept(*service, &[(c"keytab", &file)]).map_err(failed);
        let credentials = services.iter().map(acquire).collect::<Result<_, _>>()?;
        Ok(Self { credentials, path: path.to_owned() })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// `KIND:path`, as cred stores have it.
pub(super) fn store_value(kind: &str, path: &Path) -> Result<CString, SecurityError> {
    let value = [kind.as_bytes(), path.as_os_str().as_bytes()].concat();
    CString::new(value).map_err(|_| SecurityError::Misuse("a path with a NUL in it"))
}
