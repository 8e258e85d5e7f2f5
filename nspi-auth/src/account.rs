//! Accounts: what the acceptor looks a caller's name up in.
//!
//! One person is one [`Account`], however the name was spelt: the [`AccountName`] is what the caller wrote, the account's
//! [`Identity`] is what everything is counted by.

use std::sync::Arc;

use nspi_proto::dcerpc::auth::Identity;

use crate::{NtHash, upper_case};

/// The name (and canonical id) of callers who proved nothing: `NT AUTHORITY\ANONYMOUS LOGON`.
pub const ANONYMOUS_LOGON: &str = r"NT AUTHORITY\ANONYMOUS LOGON";

/// The identity of callers who proved nothing. They are not one person: count them by something else.
#[must_use]
pub fn anonymous_identity() -> Identity {
    Identity { account: ANONYMOUS_LOGON.to_owned(), name: ANONYMOUS_LOGON.to_owned() }
}

/// An account's name as a caller spelt it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccountName {
    /// NetBIOS or DNS name of the domain. Empty: none was given.
    pub domain: String,
    /// The user's name, or a user principal name (`alice@acme.test`).
    pub user: String,
}

impl AccountName {
    /// A name from its two parts. A `DOMAIN\user` in `user` is split if `domain` is empty.
    #[must_use]
    pub fn new(domain: &str, user: &str) -> Self {
        let (domain, user) =
            if domain.is_empty() { user.split_once('\\').unwrap_or(("", user)) } else { (domain, user) };
        Self { domain: domain.to_owned(), user: user.to_owned() }
    }
}

/// One account object: who it is, and the secret that proves it.
#[derive(Debug, Clone)]
pub struct Account {
    /// Who it is. [`Identity::account`] is the same for every spelling of the name.
    pub identity: Identity,
    /// The hash of its password.
    pub hash: NtHash,
}

/// Where accounts are looked up.
pub trait Accounts: Send + Sync {
    /// The account that a caller means by `name`, or `None` if there is none. Called in the middle of a handshake, on
    /// the thread that steps it: it must not wait.
    fn find(&self, name: &AccountName) -> Option<Account>;

    /// What failures are counted under for a name that nobody has. One for all spellings of what would be one account,
    /// or counting tells that there is none. By default the name as it was spelt, in upper case.
    fn id_of_nobody(&self, name: &AccountName) -> String {
        upper_case(&format!(r"{}\{}", name.domain, name.user))
    }
}

/// Accounts that several mechanisms share.
impl<A: Accounts + ?Sized> Accounts for Arc<A> {
    fn find(&self, name: &AccountName) -> Option<Account> {
        A::find(self, name)
    }

    fn id_of_nobody(&self, name: &AccountName) -> String {
        A::id_of_nobody(self, name)
    }
}
