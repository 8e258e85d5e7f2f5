//! What an initiator proves itself with.

use std::fmt;

use crate::NtHash;

/// A user's name and secret. The password is hashed at once and not kept; `Debug` shows the name alone.
#[derive(Clone)]
pub struct Credentials {
    pub(crate) domain: String,
    pub(crate) user: String,
    pub(crate) workstation: String,
    /// `None`: anonymous.
    pub(crate) hash: Option<NtHash>,
}

impl Credentials {
    /// A user with a password. `domain` may be a NetBIOS or a DNS name; for a user principal name
    /// (`alice@acme.test`) it is empty.
    #[must_use]
    pub fn ntlm(domain: impl Into<String>, user: impl Into<String>, password: &str) -> Self {
        Self::ntlm_hash(domain, user, NtHash::of_password(password))
    }

    /// A user with the hash of a password.
    #[must_use]
    pub fn ntlm_hash(domain: impl Into<String>, user: impl Into<String>, hash: NtHash) -> Self {
        Self { domain: domain.into(), user: user.into(), workstation: String::new(), hash: Some(hash) }
    }

    /// Nobody: an anonymous logon. Its signing keys can be computed by everyone who sees the handshake.
    #[must_use]
    pub fn anonymous() -> Self {
        Self { domain: String::new(), user: String::new(), workstation: String::new(), hash: None }
    }

    /// Sets the NetBIOS name of this computer, which the server may log. Empty by default.
    #[must_use]
    pub fn workstation(mut self, name: impl Into<String>) -> Self {
        self.workstation = name.into();
        self
    }

    /// The name as it was given: `DOMAIN\user`, or the user alone if the domain is empty.
    #[must_use]
    pub fn name(&self) -> String {
        if self.hash.is_none() {
            crate::ANONYMOUS_LOGON.to_owned()
        } else if self.domain.is_empty() {
            self.user.clone()
        } else {
            format!(r"{}\{}", self.domain, self.user)
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({:?})", self.name())
    }
}
