//! Accounts read from text, one a line:
//!
//! ```text
//! # The first domain is the one meant when a caller gives none.
//! domain ACME acme.test                  # NetBIOS name, then (optional) the DNS name
//! user   ACME\alice       password Passw0rd!A
//! user   ACME\bob         nt-hash 0123456789abcdef0123456789abcdef  upn robert@acme.example
//! user   "ACME\John Doe"  password "a ""quoted"" # secret"
//! ```
//!
//! Words are parted by blanks. A word that holds blanks stands in double quotes, in which `""` means one quote; `#` at
//! the beginning of a word starts a comment. A backslash is just a backslash. Passwords are hashed as they are read, and
//! the words they were read into are wiped; wiping the text they came from is up to whoever holds it.

use std::collections::HashMap;
use std::str::FromStr;

use nspi_proto::dcerpc::auth::Identity;
use zeroize::Zeroizing;

use crate::{Account, AccountName, Accounts, NtHash, upper_case};

/// Accounts in memory, read from text:
///
/// ```
/// use nspi_auth::{AccountList, AccountName, Accounts};
///
/// let accounts: AccountList = "domain ACME acme.test\nuser ACME\\alice password Passw0rd!A".parse().unwrap();
/// for (domain, user) in [("ACME", "alice"), ("acme.test", "ALICE"), ("", "alice"), ("", "alice@acme.test")] {
///     let account = accounts.find(&AccountName::new(domain, user)).unwrap();
///     assert_eq!(account.identity.name, r"ACME\alice");
/// }
/// ```
///
/// # Text
/// `domain NETBIOS [DNS]` declares a domain; the first one is meant when a caller gives none.
/// `user NAME password TEXT` or `user NAME nt-hash HEX` declares an account, optionally with `upn NAME`, any number of
/// times; no password is empty. NAME is `DOMAIN\user`, or `user` alone for the first domain. Words that hold blanks stand
/// in double quotes (`""` in them means one quote); `#` at the beginning of a word starts a comment.
///
/// # Spellings
/// Case never matters (see [`upper_case`]). An account answers to `user` in its domain, given by NetBIOS or DNS name or
/// left out; to each `upn`; and to `user@` either name of its domain, unless that is another account's `upn`.
#[derive(Debug, Clone, Default)]
pub struct AccountList {
    accounts: Vec<Account>,
    /// NetBIOS name of the first domain, as declared.
    default_domain: String,
    /// Upper-cased NetBIOS and DNS names → NetBIOS name, as declared.
    domains: HashMap<String, String>,
    /// Canonical id, which is the upper-cased `DOMAIN\USER`, → index in `accounts`.
    by_id: HashMap<String, usize>,
    /// Upper-cased explicit user principal names → index in `accounts`.
    by_principal: HashMap<String, usize>,
}

/// A line of the text that is no account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind}")]
pub struct AccountsError {
    /// The line's number, from 1.
    pub line: usize,
    /// What is wrong with it. Never holds a secret.
    pub kind: AccountsErrorKind,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountsErrorKind {
    /// A line begins with neither `domain` nor `user`.
    #[error("expected `domain NETBIOS [DNS]` or `user NAME password TEXT`")]
    UnknownLine,
    /// A word in double quotes has no end, or something stands right after it.
    #[error("a word in double quotes must end in one, with a blank after it")]
    Quotes,
    /// A name is empty, or holds a character that no name has.
    #[error("{0:?} is no name")]
    BadName(String),
    /// The user's domain has no `domain` line above.
    #[error("domain {0:?} is not declared above")]
    UnknownDomain(String),
    /// What follows the name is not understood.
    #[error("expected `password TEXT`, `nt-hash` with 32 hexadecimal digits or `upn NAME`, each with its value")]
    BadSetting,
    /// A user has no secret, or more than one.
    #[error("expected one of `password` and `nt-hash`, once")]
    NotOneSecret,
    /// A user has an empty password: whoever knows the name would be let in.
    #[error("an empty password is none; give one, or leave the line out")]
    EmptyPassword,
    /// The name already belongs to another line.
    #[error("{0:?} is declared twice")]
    Twice(String),
}

use AccountsErrorKind as Kind;

impl FromStr for AccountList {
    type Err = AccountsError;

    fn from_str(text: &str) -> Result<Self, AccountsError> {
        let mut list = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            list.add_line(line).map_err(|kind| AccountsError { line: number, kind })?;
        }
        Ok(list)
    }
}

impl Accounts for AccountList {
    fn find(&self, name: &AccountName) -> Option<Account> {
        self.index(name).and_then(|index| self.accounts.get(index)).cloned()
    }

    fn id_of_nobody(&self, name: &AccountName) -> String {
        let (domain, user) = parts(name);
        canonical_id(self.domain(domain).unwrap_or(domain), user)
    }
}

impl AccountList {
    /// How many accounts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    fn index(&self, name: &AccountName) -> Option<usize> {
        if let Some(index) = self.by_principal.get(&upper_case(&name.user)) {
            return Some(*index);
        }
        let (domain, user) = parts(name);
        let domain = self.domain(domain)?;
        self.by_id.get(&canonical_id(domain, user)).copied()
    }

    /// The NetBIOS name, as declared, of a domain by any of its names.
    fn domain(&self, name: &str) -> Option<&str> {
        if name.is_empty() {
            return Some(&self.default_domain);
        }
        self.domains.get(&upper_case(name)).map(String::as_str)
    }

    fn add_line(&mut self, line: &str) -> Result<(), Kind> {
        let words = words(line)?;
        let mut words = words.iter().map(|word| word.as_str());
        match words.next() {
            None => Ok(()),
            Some("domain") => self.add_domain(words),
            Some("user") => self.add_user(words),
            Some(_) => Err(Kind::UnknownLine),
        }
    }

    fn add_domain<'w>(&mut self, mut words: impl Iterator<Item = &'w str>) -> Result<(), Kind> {
        let netbios = checked_name(words.next().unwrap_or(""))?;
        let dns = words.next().map(checked_name).transpose()?;
        if words.next().is_some() {
            return Err(Kind::UnknownLine);
        }
        for name in [Some(netbios), dns].into_iter().flatten() {
            if self.domains.insert(upper_case(name), netbios.to_owned()).is_some() {
                return Err(Kind::Twice(name.to_owned()));
            }
        }
        if self.default_domain.is_empty() {
            netbios.clone_into(&mut self.default_domain);
        }
        Ok(())
    }

    fn add_user<'w>(&mut self, mut words: impl Iterator<Item = &'w str>) -> Result<(), Kind> {
        let spelling = AccountName::new("", words.next().unwrap_or(""));
        let user = checked_name(&spelling.user)?;
        let domain = self.domain(&spelling.domain).filter(|domain| !domain.is_empty());
        let domain = domain.ok_or_else(|| Kind::UnknownDomain(spelling.domain.clone()))?.to_owned();

        let (mut hash, mut principals) = (None, Vec::new());
        while let Some(key) = words.next() {
            let value = words.next().ok_or(Kind::BadSetting)?;
            let secret = match key {
                "password" => NtHash::of_password(value),
                "nt-hash" => NtHash::from_hex(value).ok_or(Kind::BadSetting)?,
                "upn" => {
                    principals.push(principal_name(value)?);
                    continue;
                }
                _ => return Err(Kind::BadSetting),
            };
            if hash.replace(secret).is_some() {
                return Err(Kind::NotOneSecret);
            }
        }
        let hash = hash.ok_or(Kind::NotOneSecret)?;
        if hash.octets() == NtHash::of_password("").octets() {
            return Err(Kind::EmptyPassword);
        }

        let index = self.accounts.len();
        let (account, name) = (canonical_id(&domain, user), format!(r"{domain}\{user}"));
        if self.by_id.insert(account.clone(), index).is_some() {
            return Err(Kind::Twice(name));
        }
        for principal in principals {
            if self.by_principal.insert(upper_case(principal), index).is_some_and(|other| other != index) {
                return Err(Kind::Twice(principal.to_owned()));
            }
        }
        self.accounts.push(Account { identity: Identity { account, name }, hash });
        Ok(())
    }
}

/// Domain and user, also of `user@domain`.
fn parts(name: &AccountName) -> (&str, &str) {
    match name.user.rsplit_once('@') {
        Some((user, realm)) => (realm, user),
        None => (&name.domain, &name.user),
    }
}

fn canonical_id(domain: &str, user: &str) -> String {
    upper_case(&format!(r"{domain}\{user}"))
}

/// A name without the characters that part names: `\`, `@` and `/`.
fn checked_name(name: &str) -> Result<&str, Kind> {
    let bad = name.is_empty() || name.contains(|c: char| matches!(c, '\\' | '@' | '/') || c.is_control());
    if bad { Err(Kind::BadName(name.to_owned())) } else { Ok(name) }
}

fn principal_name(name: &str) -> Result<&str, Kind> {
    let (user, realm) = name.rsplit_once('@').ok_or_else(|| Kind::BadName(name.to_owned()))?;
    checked_name(user).and(checked_name(realm)).map(|_| name)
}

/// A word may be a password.
type Word = Zeroizing<String>;

/// The words of a line, unquoted, up to a comment.
fn words(line: &str) -> Result<Vec<Word>, Kind> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() && !rest.starts_with('#') {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_word(quoted)?,
            None => {
                let (word, after) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
                (Word::new(word.to_owned()), after)
            }
        };
        words.push(word);
        rest = after.trim_start();
    }
    Ok(words)
}

/// A word up to its closing quote, and what follows.
fn quoted_word(mut rest: &str) -> Result<(Word, &str), Kind> {
    // Room for all of it from the start: a string that grows leaves parts of it behind.
    let mut word = Word::new(String::with_capacity(rest.len()));
    loop {
        let (part, after) = rest.split_once('"').ok_or(Kind::Quotes)?;
        word.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                word.push('"');
                rest = more;
            }
            None if after.is_empty() || after.starts_with(char::is_whitespace) => return Ok((word, after)),
            None => return Err(Kind::Quotes),
        }
    }
}
