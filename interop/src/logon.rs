//! Who connects to the server, and how.

use serde_json::{Value, json};

/// Authentication level, by the clients' and our own name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Nobody is authenticated.
    None,
    /// The caller is, calls are not protected.
    Connect,
    /// As integrity, by another number.
    Packet,
    /// Calls are signed.
    Integrity,
    /// Calls are signed and sealed.
    Privacy,
}

/// The levels at which somebody is authenticated.
pub const AUTHENTICATED: [Level; 4] = [Level::Connect, Level::Packet, Level::Integrity, Level::Privacy];

/// How the password is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// NTLM by itself.
    Ntlm,
    /// NTLM within SPNEGO.
    Negotiate,
    /// Kerberos by itself.
    Kerberos,
    /// Kerberos within SPNEGO, and nothing else.
    NegotiateKerberos,
    /// SPNEGO with Kerberos first, and NTLM to fall back on.
    NegotiateEither,
}

impl Mechanism {
    /// What the programs call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ntlm => "ntlm",
            Self::Negotiate => "negotiate",
            Self::Kerberos => "kerberos",
            Self::NegotiateKerberos => "negotiate-kerberos",
            Self::NegotiateEither => "negotiate-either",
        }
    }
}

/// How stubs are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// NDR 2.0.
    Ndr20,
    /// NDR 2.0, requests in big-endian.
    BigEndian,
    /// NDR64, and nothing else is offered.
    Ndr64,
    /// Both are offered; the server chooses.
    Either,
}

/// Who connects, and how.
#[derive(Debug, Clone, Copy)]
pub struct Logon<'a> {
    /// Domain as typed; may be empty.
    pub domain: &'a str,
    /// User as typed.
    pub user: &'a str,
    /// Password.
    pub password: &'a str,
    /// Authentication level.
    pub level: Level,
    /// How the password is proved; impacket has NTLM by itself, and Kerberos within SPNEGO.
    pub mechanism: Mechanism,
    /// How stubs are encoded; impacket has NDR 2.0 alone, and Samba only big-endian requests.
    pub syntax: Syntax,
    /// The server's name, for which Kerberos asks a ticket; it is still reached at 127.0.0.1.
    pub target: Option<&'a str>,
    /// The association group to join; 0 makes a new one.
    pub group: u32,
    /// Octets of stub in a fragment, if impacket is to cut requests smaller than it would by itself.
    pub max_fragment: Option<u32>,
    /// `nspi`, `mgmt`, `epm`, or the UUID of an interface.
    pub interface: &'a str,
}

/// The lab's alice, at level privacy.
pub const ALICE: Logon<'_> = Logon {
    domain: "ACME",
    user: "alice",
    password: "Passw0rd!A",
    level: Level::Privacy,
    mechanism: Mechanism::Ntlm,
    syntax: Syntax::Ndr20,
    target: None,
    group: 0,
    max_fragment: None,
    interface: "nspi",
};

/// The lab's bob, likewise.
pub const BOB: Logon<'_> = Logon { user: "bob", password: "Passw0rd!B", ..ALICE };

/// Nobody.
pub const STRANGER: Logon<'_> = Logon { domain: "", user: "", password: "", level: Level::None, ..ALICE };

impl Logon<'_> {
    /// The parameters of the client programs' command to open a connection to this port.
    pub(crate) fn command(&self, port: u16) -> Value {
        let syntax = match self.syntax {
            Syntax::Ndr20 | Syntax::BigEndian => "ndr20",
            Syntax::Ndr64 => "ndr64",
            Syntax::Either => "either",
        };
        json!({
            "do": "open", "port": port, "domain": self.domain, "user": self.user, "password": self.password,
            "level": format!("{:?}", self.level).to_lowercase(), "group": self.group,
            "mechanism": self.mechanism.name(), "target": self.target, "syntax": syntax,
            "big_endian": self.syntax == Syntax::BigEndian,
            "max_fragment": self.max_fragment, "interface": self.interface,
        })
    }
}
