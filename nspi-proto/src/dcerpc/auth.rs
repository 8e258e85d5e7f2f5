//! What this crate needs of whoever proves identities: two traits, and the names of mechanisms and levels.
//!
//! ```text
//!   token in bind ──► Handshake::step ──► token for bind_ack          (the *driver* owns the handshake; it may wait)
//!   token in auth3 ─► Handshake::step ──► SecurityContext, Identity   (the association machine owns the context)
//! ```
//!
//! A [`Handshake`] is a security context being made; a [`SecurityContext`] is an established one. Neither knows PDUs:
//! the machine hands over octets and ranges.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

/// [MS-RPCE 2.2.1.1.7] The security provider of a `sec_trailer` (`auth_type`). Unknown values survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AuthType(pub u8);

impl AuthType {
    /// No authentication: 0.
    pub const NONE: Self = Self(0);
    /// `RPC_C_AUTHN_GSS_NEGOTIATE`, SPNEGO: 9.
    pub const SPNEGO: Self = Self(9);
    /// `RPC_C_AUTHN_WINNT`, NTLM: 10.
    pub const NTLM: Self = Self(10);
    /// `RPC_C_AUTHN_GSS_KERBEROS`: 16.
    pub const KERBEROS: Self = Self(16);
}

impl fmt::Display for AuthType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NONE => f.write_str("none"),
            Self::SPNEGO => f.write_str("SPNEGO"),
            Self::NTLM => f.write_str("NTLM"),
            Self::KERBEROS => f.write_str("Kerberos"),
            Self(other) => write!(f, "auth_type {other}"),
        }
    }
}

/// [MS-RPCE 2.2.1.1.8] How much of a call is protected. Ordered: a later level includes the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum AuthLevel {
    /// `RPC_C_AUTHN_LEVEL_NONE`, 1: nobody is authenticated.
    None = 1,
    /// `RPC_C_AUTHN_LEVEL_CONNECT`, 2: the caller is authenticated once, nothing is signed.
    Connect = 2,
    /// `RPC_C_AUTHN_LEVEL_CALL`, 3: as [`AuthLevel::Packet`] over connections.
    Call = 3,
    /// `RPC_C_AUTHN_LEVEL_PKT`, 4: each packet carries a signature.
    Packet = 4,
    /// `RPC_C_AUTHN_LEVEL_PKT_INTEGRITY`, 5: each packet is signed.
    Integrity = 5,
    /// `RPC_C_AUTHN_LEVEL_PKT_PRIVACY`, 6: each packet is signed and its stub encrypted.
    Privacy = 6,
}

impl AuthLevel {
    /// The level of an `auth_level` octet; 0 (default) is [`AuthLevel::Connect`], as in MS-RPCE. `None` if unknown.
    #[must_use]
    pub fn from_octet(octet: u8) -> Option<Self> {
        Some(match octet {
            1 => Self::None,
            0 | 2 => Self::Connect,
            3 => Self::Call,
            4 => Self::Packet,
            5 => Self::Integrity,
            6 => Self::Privacy,
            _ => return None,
        })
    }

    /// The `auth_level` octet.
    #[must_use]
    pub fn octet(self) -> u8 {
        match self {
            Self::None => 1,
            Self::Connect => 2,
            Self::Call => 3,
            Self::Packet => 4,
            Self::Integrity => 5,
            Self::Privacy => 6,
        }
    }

    /// Whether each PDU of a call carries a signature at this level.
    #[must_use]
    pub fn signs(self) -> bool {
        self >= Self::Call
    }

    /// Whether stubs are encrypted at this level.
    #[must_use]
    pub fn seals(self) -> bool {
        self == Self::Privacy
    }
}

impl fmt::Display for AuthLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Connect => "connect",
            Self::Call => "call",
            Self::Packet => "packet",
            Self::Integrity => "integrity",
            Self::Privacy => "privacy",
        })
    }
}

/// `auth_context_id` of a `sec_trailer`: names one security context of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AuthContextId(pub u32);

/// Who was proved. Two identities are one user when their [`account`](Identity::account) is equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The one spelling of the account that everything is counted by.
    pub account: String,
    /// The name for people: `DOMAIN\user`.
    pub name: String,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// An established security context: computes, never waits. One for each peer; it signs what is sent and verifies what
/// is received, and counts both.
pub trait SecurityContext: Send {
    /// Length of the auth token that [`protect`](Self::protect) writes, in octets.
    fn signature_len(&self, level: AuthLevel) -> usize;

    /// Whether the handshake agreed on encryption, where that is a matter of agreement. Without it a server refuses the
    /// handshake of a context at [`AuthLevel::Privacy`].
    fn can_seal(&self) -> bool {
        true
    }

    /// Header signing was agreed on: from here on signatures cover header and `sec_trailer` too, in both directions
    /// [MS-RPCE 2.2.2.3, `PFC_SUPPORT_HEADER_SIGN`]. The machines call it, at any time. Does nothing where signatures
    /// cover them anyway, as those of NTLM do.
    fn sign_headers(&mut self) {}

    /// Signs, and at [`AuthLevel::Privacy`] encrypts, one PDU that is about to be sent.
    ///
    /// `pdu` runs from the header to the end of the `sec_trailer`, with final lengths; `body` is the range of stub and
    /// padding in it; `signature` is [`signature_len`](Self::signature_len) octets long.
    ///
    /// # Errors
    /// [`SecurityError`] if `body` is no range of `pdu` or `signature` has another length.
    fn protect(
        &mut self,
        level: AuthLevel,
        pdu: &mut [u8],
        body: Range<usize>,
        signature: &mut [u8],
    ) -> Result<(), SecurityError>;

    /// Decrypts at [`AuthLevel::Privacy`], and verifies, one PDU that was received. Arguments as for
    /// [`protect`](Self::protect).
    ///
    /// # Errors
    /// [`SecurityError::BadSignature`] if the PDU was altered, repeated or reordered.
    fn unprotect(
        &mut self,
        level: AuthLevel,
        pdu: &mut [u8],
        body: Range<usize>,
        signature: &[u8],
    ) -> Result<(), SecurityError>;
}

/// A security context being made, at either end. Owned and fed by the driver, never by a machine.
pub trait Handshake: Send {
    /// Takes the peer's next token (empty for an initiator's first step) and says what comes next.
    ///
    /// # Errors
    /// [`SecurityError`] if the token is malformed, or does not prove who it claims to be.
    fn step(&mut self, token: &[u8]) -> Result<Progress, SecurityError>;

    /// Whether [`step`](Self::step) may wait for a file or a server, and so must not run on an async worker.
    fn may_block(&self) -> bool {
        false
    }
}

/// What a [`Handshake::step`] led to.
pub enum Progress {
    /// Send `token`; another one is expected.
    Continue {
        /// The token for the peer.
        token: Vec<u8>,
    },
    /// The context is established.
    Done {
        /// A last token for the peer, if there is one.
        token: Option<Vec<u8>>,
        /// The established context.
        context: Box<dyn SecurityContext>,
        /// Acceptor: who the caller is. Initiator: the own name.
        identity: Identity,
    },
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Continue { token } => write!(f, "Continue({} octets)", token.len()),
            Self::Done { token, identity, .. } => {
                write!(f, "Done({} octets, {identity})", token.as_ref().map_or(0, Vec::len))
            }
        }
    }
}

/// Why a security context could not be made, or refused a PDU. No variant holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecurityError {
    /// The token is not what the mechanism expects here.
    #[error("malformed {mechanism} token: {what}")]
    BadToken {
        /// The mechanism's name.
        mechanism: &'static str,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The peer asks for, or lacks, something that is refused on purpose.
    #[error("{0} is refused")]
    Refused(&'static str),
    /// Unknown account, wrong password, or a proof that does not fit.
    #[error("the credentials do not prove an account")]
    WrongCredentials,
    /// The mechanism cannot go on, for a reason of its own: no ticket, a clock that is wrong, a key that does not fit.
    #[error("{mechanism}: {why}")]
    Failed {
        /// The mechanism's name.
        mechanism: &'static str,
        /// What it says.
        why: String,
    },
    /// A PDU was altered, repeated, reordered, or signed with another key.
    #[error("the signature does not fit the PDU")]
    BadSignature,
    /// The machine called with ranges or lengths that do not fit.
    #[error("the context was used wrongly: {0}")]
    Misuse(&'static str),
    /// Too many failed attempts for this account or address.
    #[error("too many failed attempts; try again later")]
    SlowedDown,
}
