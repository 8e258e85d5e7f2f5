//! The server's keys.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use libgssapi::credential::Cred;
use nspi_proto::dcerpc::auth::SecurityError;

use super::cred_store::{self, Usage};
use super::failed;

/// A keytab that was opened for accepting: credentials that all handshakes of a server share. MIT's library looks into the
/// file again at each handshake, so that a key that is rolled over is known without a restart.
#[derive(Debug, Clone)]
pub struct Keytab {
    pub(super) credentials: Cred,
    path: PathBuf,
}

impl Keytab {
    /// Opens a keytab, for all the services in it.
    ///
    /// # Errors
    /// [`SecurityError::Failed`] if the file cannot be read, or holds no keys.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SecurityError> {
        let path = path.as_ref();
        let store = [(c"keytab", store_value("FILE:", path)?)];
        let credentials = cred_store::acquire(None, Usage::Accept, &store).map_err(failed)?;
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
