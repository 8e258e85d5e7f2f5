//! What keeps a server from starting.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use nspi_auth::AccountsError;
use nspi_proto::dcerpc::auth::SecurityError;
use nspi_proto::epm::RegisterError;

use crate::address_book::BookError;
use crate::config::ConfigError;

/// Why a server did not start, or a change was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// A setting is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file, or the standard output, cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The accounts file is wrong.
    #[error("{}: {source}", path.display())]
    Accounts {
        /// The file.
        path: PathBuf,
        /// The line, and what is wrong with it.
        source: AccountsError,
    },
    /// The LDIF file is wrong, or holds no address book.
    #[error("{}: {source}", path.display())]
    Book {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: BookError,
    },
    /// The address book on disk cannot be opened.
    #[cfg(feature = "store")]
    #[error(transparent)]
    Store(#[from] crate::address_book::StoreError),
    /// The directory cannot be read.
    #[cfg(feature = "ldap")]
    #[error(transparent)]
    Ldap(#[from] crate::address_book::LdapError),
    /// The settings ask for what this program was built without.
    #[error("this program was built without the feature `{feature}`; build it with --features {feature}")]
    NotBuilt {
        /// The feature.
        feature: &'static str,
    },
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not; "address in use" and "permission denied" (ports below 1024) are the usual ones.
        source: io::Error,
    },
    /// The keytab cannot be used.
    #[error("{}: {source}; expected a keytab with the keys of this server, given by --keytab", path.display())]
    Keytab {
        /// The file.
        path: PathBuf,
        /// Why.
        source: SecurityError,
    },
    /// A keytab is given to a server without Kerberos.
    #[error("{}: this server was built without Kerberos; build it with `--features kerberos`, or give it no keytab", path.display())]
    NoKerberos {
        /// The keytab.
        path: PathBuf,
    },
    /// The endpoint mapper cannot name the endpoints.
    #[error("the endpoint mapper: {0}")]
    Endpoints(#[from] RegisterError),
}

impl ServerError {
    /// Whether the same settings may do later: an address is in use, the directory is away.
    #[must_use]
    pub fn is_of_the_moment(&self) -> bool {
        match self {
            Self::Listen { .. } => true,
            #[cfg(feature = "ldap")]
            Self::Ldap(reason) => reason.is_of_the_moment(),
            _ => false,
        }
    }
}
