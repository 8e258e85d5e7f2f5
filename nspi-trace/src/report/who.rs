//! Servers, their users, and the users' computers.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

use super::{Advice, Concurrency, Counts, Evidence, Frame, Judgement, Moment, Timeline};

/// A server that NSPI was spoken to: a domain controller, usually. The cap is counted here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Server {
    /// Its address.
    pub address: IpAddr,
    /// The TCP ports that NSPI was spoken on.
    pub ports: Vec<u16>,
    /// What it calls itself in an NTLM CHALLENGE, if one was seen: `dc1.acme.test`.
    pub name: Option<String>,
    /// The sum over its users, `others` included.
    pub totals: Counts,
    /// The sessions of all users together.
    pub concurrency: Concurrency,
    /// The sessions of all users together, over time.
    pub timeline: Timeline,
    /// The cap for each user that the verdicts were made with.
    pub cap: Cap,
    /// Its users, the worst verdict first.
    pub users: Vec<User>,
    /// Users that were not kept one by one, because there are too many.
    pub others: Counts,
}

/// The cap that holds, for each user of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Cap {
    /// So many sessions at once.
    pub sessions: u32,
    /// How that is known.
    pub source: CapSource,
}

impl Default for Cap {
    fn default() -> Self {
        Self { sessions: 50, source: CapSource::Default }
    }
}

/// How a cap is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CapSource {
    /// It was given with `--cap`.
    Given,
    /// Sessions were refused at this number.
    Observed,
    /// So many were held at once and nobody was refused: it is that or more.
    AtLeast,
    /// An event 2820 says it.
    Event,
    /// It is the default of Windows; nothing in the capture speaks against it.
    #[default]
    Default,
}

/// An account on a server; where the account cannot be known, a client's address.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct User {
    /// Who it is, or what stands for it.
    pub name: UserName,
    /// The sum over its clients.
    pub counts: Counts,
    /// Sessions at once, those of all its clients together.
    pub concurrency: Concurrency,
    /// The same over time.
    pub timeline: Timeline,
    /// NspiBind refused with MAPI_E_LOGON_FAILED: the first of them; all are counted in `counts`.
    pub refusals: Vec<Refusal>,
    /// What that means.
    pub judgement: Judgement,
    /// Which value the cap would need for this user, if nothing leaked.
    pub advice: Advice,
    /// The computers it came from, the worst verdict first.
    pub clients: Vec<Client>,
}

/// Who a user is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum UserName {
    /// An account, as its first handshake spelt it. Spellings that differ in case are one user.
    Account {
        /// Its domain, if one was named.
        domain: String,
        /// Its name.
        name: String,
        /// Where that stood.
        source: NameSource,
    },
    /// The handshake hides the account (Kerberos), was not captured, or there was none: all such sessions of this
    /// address count together.
    Address {
        /// The client's address.
        address: IpAddr,
        /// Why it is not known: one lower-case clause.
        why: String,
    },
    /// Anonymous logon by NTLM, from this address.
    Anonymous {
        /// The client's address.
        address: IpAddr,
    },
}

impl Default for UserName {
    fn default() -> Self {
        Self::Address { address: IpAddr::V4(Ipv4Addr::UNSPECIFIED), why: String::new() }
    }
}

impl fmt::Display for UserName {
    /// `ACME\alice`, or the address in angle brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account { domain, name, .. } if domain.is_empty() => f.write_str(name),
            Self::Account { domain, name, .. } => write!(f, r"{domain}\{name}"),
            Self::Address { address, .. } => write!(f, "<{address}>"),
            Self::Anonymous { address } => write!(f, "<anonymous {address}>"),
        }
    }
}

/// Where a name was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NameSource {
    /// NTLM's AUTHENTICATE message.
    Ntlm,
    /// A Kerberos ticket, decrypted with a keytab: the account in its PAC if the KDC signed that, or the principal.
    Ticket,
}

/// A computer that a user came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Client {
    /// Its address.
    pub address: IpAddr,
    /// What it calls itself in an NTLM AUTHENTICATE, if one was seen.
    pub workstation: Option<String>,
    /// TCP connections on which it spoke NSPI.
    pub connections: u64,
    /// Its sessions.
    pub counts: Counts,
    /// Its sessions at once.
    pub concurrency: Concurrency,
    /// What that means.
    pub judgement: Judgement,
    /// Where to look: at most some 20 packets, the most telling first.
    pub evidence: Vec<Evidence>,
    /// Shows this client's NSPI connections with this server in Wireshark.
    pub filter: String,
}

/// The moment at which a session was refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Refusal {
    /// When.
    pub time: Moment,
    /// The packet of the answer.
    pub frame: Frame,
    /// Whom.
    pub client: IpAddr,
    /// How many sessions of this user were known to be open then.
    pub held: u32,
    /// Whether MAPI_E_LOGON_FAILED was read, or inferred because the answer is encrypted.
    pub inferred: bool,
}
