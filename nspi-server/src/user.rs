//! Who sessions are counted for.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

use nspi_proto::dcerpc::auth::Identity;

/// An authenticated account, or an anonymous caller's address. Two are the same user when their accounts are equal,
/// whatever the name for people says. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct User {
    account: Arc<str>,
    name: Arc<str>,
}

impl User {
    /// The user that was proved.
    #[must_use]
    pub(crate) fn authenticated(identity: &Identity) -> Self {
        Self { account: identity.account.as_str().into(), name: identity.name.as_str().into() }
    }

    /// Everybody who calls from `address` without authentication. Windows publishes nothing about how it counts them;
    /// by address, one stranger cannot use up another's sessions.
    #[must_use]
    pub(crate) fn anonymous(address: IpAddr) -> Self {
        Self { account: format!("anonymous@{address}").into(), name: "NT AUTHORITY\\ANONYMOUS LOGON".into() }
    }

    /// `DOMAIN\user`.
    #[must_use]
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl PartialEq for User {
    fn eq(&self, other: &Self) -> bool {
        self.account == other.account
    }
}

impl Eq for User {}

impl Hash for User {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.account.hash(state);
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
