//! Principals, and whom they stand for.
//!
//! ```text
//!   alice@ACME.TEST, or a.liddell@ACME.TEST of whom the PAC says that she is alice
//!                   ─► is the realm trusted? ─► an account of this server? ─► its identity, as NTLM would find it
//!                                                └ no: ACME\alice, a user of his own: the KDC has vouched for him
//! ```

use std::fmt;
use std::str::FromStr;

use nspi_proto::dcerpc::auth::{Identity, SecurityError};

use crate::{AccountName, Accounts, upper_case};

/// A Kerberos principal: `alice@ACME.TEST`, `host/mail.acme.test@ACME.TEST`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Principal {
    /// Everything before the realm.
    pub name: String,
    /// The realm.
    pub realm: String,
}

impl FromStr for Principal {
    type Err = SecurityError;

    /// Reads `name@REALM`. Names that must be quoted are refused: no account of Active Directory has such a one, and a
    /// `\` or `@` inside of a name could be taken for another user's.
    fn from_str(text: &str) -> Result<Self, SecurityError> {
        let (name, realm) = text.split_once('@').ok_or(BAD_NAME)?;
        let bad = |part: &str| part.is_empty() || part.contains(|c: char| matches!(c, '\\' | '@') || c.is_control());
        if bad(name) || bad(realm) {
            Err(BAD_NAME)
        } else {
            Ok(Self { name: name.to_owned(), realm: realm.to_owned() })
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.realm)
    }
}

const BAD_NAME: SecurityError = SecurityError::Refused("a principal with an unusual name");

/// The realms whose principals are let in, each with the NetBIOS name of its domain. That name is what makes
/// `alice@ACME.TEST` by Kerberos and `ACME\alice` by NTLM one user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Realms(Vec<(String, String)>);

impl Realms {
    /// No realm.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets in the principals of a realm. Case does not matter.
    #[must_use]
    pub fn trust(mut self, realm: &str, netbios_domain: &str) -> Self {
        self.0.push((upper_case(realm), netbios_domain.to_owned()));
        self
    }

    /// Who a principal is. One that is no account of the server is a user by himself: [`Identity::account`] is made as
    /// [`AccountList`](crate::AccountList) makes it. Case does not matter, as it does not in Active Directory.
    ///
    /// # Errors
    /// [`SecurityError::Refused`] if the realm is not trusted.
    pub fn identify(&self, principal: &Principal, accounts: &dyn Accounts) -> Result<Identity, SecurityError> {
        let realm = upper_case(&principal.realm);
        let trusted = self.0.iter().find(|(trusted, _)| *trusted == realm);
        let (_, domain) = trusted.ok_or(SecurityError::Refused("a principal of a realm that is not trusted"))?;
        let account = [(&**domain, principal.name.clone()), ("", principal.to_string())]
            .into_iter()
            .find_map(|(domain, user)| accounts.find(&AccountName { domain: domain.to_owned(), user }));
        Ok(account.map_or_else(
            || {
                let name = format!(r"{domain}\{}", principal.name);
                Identity { account: upper_case(&name), name }
            },
            |account| account.identity,
        ))
    }
}
