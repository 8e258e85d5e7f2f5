//! Who is calling: NTLMv2 and SPNEGO for DCE/RPC, initiator and acceptor, in pure Rust; Kerberos if asked for.
//!
//! ```text
//!   Credentials ─► Initiator ──NEGOTIATE───► Acceptor ◄─ AcceptorSettings: Accounts, ServerNames
//!                            ◄──CHALLENGE───
//!                            ──AUTHENTICATE►
//!                  NtlmContext               NtlmContext, Identity       (protect and unprotect every PDU)
//! ```
//!
//! [`Initiator`](ntlm::Initiator) and [`Acceptor`](ntlm::Acceptor) are the [`Handshake`]s, [`NtlmContext`](ntlm::NtlmContext)
//! is the [`SecurityContext`] that `nspi_proto::dcerpc::auth` asks for. [`spnego`] has the same two ends, and negotiates the
//! mechanism first. The feature `kerberos` adds a module of that name: Kerberos by MIT's library, at both ends; [`pac`] reads
//! whose account a ticket is for. Accounts come from the [`Accounts`] trait; the one that is shipped, [`AccountList`], is
//! read from text. Clock and randomness come from an [`Environment`]. A [`Doorkeeper`] makes those wait who guess;
//! [`Guesses`] says who that is.
//!
//! Nothing here touches a socket or a file, MIT's library apart. MD4, MD5 and RC4 are broken as general primitives and stand
//! here only because NTLM is made of them: prefer Kerberos where there is a KDC, and never let this replace TLS.
//!
//! # Example
//! ```
//! use std::sync::Arc;
//! use nspi_auth::ntlm::{Acceptor, AcceptorSettings, Initiator, ServerNames};
//! use nspi_auth::{AccountList, Credentials};
//! use nspi_proto::dcerpc::auth::{AuthLevel, Handshake, Progress};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let accounts: AccountList = r"
//!     domain ACME acme.test
//!     user   ACME\alice  password Passw0rd!A
//! ".parse()?;
//! let settings = Arc::new(AcceptorSettings::new(accounts, ServerNames::new("ACME", "acme.test", "DC1")));
//!
//! let mut client = Initiator::new(Credentials::ntlm("acme.test", "ALICE", "Passw0rd!A"), AuthLevel::Privacy);
//! let mut server = Acceptor::new(settings);
//!
//! let Progress::Continue { token: negotiate } = client.step(&[])? else { unreachable!() };
//! let Progress::Continue { token: challenge } = server.step(&negotiate)? else { unreachable!() };
//! let Progress::Done { token: Some(authenticate), context: mut ours, .. } = client.step(&challenge)? else { unreachable!() };
//! let Progress::Done { context: mut theirs, identity, .. } = server.step(&authenticate)? else { unreachable!() };
//! assert_eq!(identity.name, r"ACME\alice");
//!
//! // A PDU: 24 octets of header, 8 of stub, 8 of sec_trailer. Only the stub is encrypted, everything is signed.
//! let (mut pdu, mut signature) = ([7u8; 40], [0u8; 16]);
//! ours.protect(AuthLevel::Privacy, &mut pdu, 24..32, &mut signature)?;
//! assert_ne!(pdu, [7u8; 40]);
//! theirs.unprotect(AuthLevel::Privacy, &mut pdu, 24..32, &signature)?;
//! assert_eq!(pdu, [7u8; 40]);
//! # Ok(()) }
//! ```
//!
//! [`Handshake`]: nspi_proto::dcerpc::auth::Handshake
//! [`SecurityContext`]: nspi_proto::dcerpc::auth::SecurityContext
#![cfg_attr(not(feature = "kerberos"), forbid(unsafe_code))]
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod account;
mod account_list;
mod attempts;
mod credentials;
mod doorkeeper;
mod environment;
mod guesses;
#[cfg(feature = "kerberos")]
pub mod kerberos;
mod nt_hash;
pub mod ntlm;
pub mod pac;
mod recent;
pub mod spnego;
mod text;

pub use account::{ANONYMOUS_LOGON, Account, AccountName, Accounts, anonymous_identity};
pub use account_list::{AccountList, AccountsError, AccountsErrorKind};
pub use attempts::{Attempts, Slowing, counted_address};
pub use credentials::Credentials;
pub use doorkeeper::Doorkeeper;
pub use environment::{Environment, FileTime, System};
pub use guesses::{GuessPolicy, Guesses};
pub use nt_hash::NtHash;
pub use text::upper_case;
