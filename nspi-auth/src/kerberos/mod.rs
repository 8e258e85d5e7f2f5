//! Kerberos by MIT's library, as DCE/RPC has it: DCE style, three legs, AES [MS-RPCE 2.2.1.1.8, MS-KILE, RFC 4121].
//!
//! ```text
//!   bind            ─ AP-REQ ─►                     Initiator: Credentials of a keytab, a cache or a password
//!   bind_ack        ◄─ AP-REP ─                     Acceptor: a Keytab, and the Realms whose principals are let in
//!   alter_context   ─ AP-REP ─►                     (auth3 from some clients)
//!   request, response                               KerberosContext: GSS_GetMICEx, GSS_WrapEx
//! ```
//!
//! `principal`: who a ticket's name is, so that one person is one user by whatever mechanism; `context`: sign, seal, verify,
//! unseal; [`pac`](crate::pac): the account that a domain controller says it is; `cred_store`, `name_attribute`: the files
//! with `unsafe` in them. Both ends stand by themselves (`auth_type` 16) and inside of SPNEGO. A step may read a file or wait
//! for a KDC, and [`may_block`](nspi_proto::dcerpc::auth::Handshake::may_block) says so.
//!
//! What MIT's library reads by itself holds here as everywhere: `krb5.conf` (`KRB5_CONFIG`), `KRB5CCNAME` where no cache is
//! named, and the replay cache. Nothing here sets an environment variable.
//!
//! ```no_run
//! use std::sync::Arc;
//! use nspi_auth::{AccountList, spnego};
//! use nspi_auth::kerberos::{self, AcceptorSettings, Credentials, Initiator, Keytab, Realms};
//! use nspi_proto::dcerpc::auth::AuthLevel;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let accounts: AccountList = "domain ACME acme.test".parse()?;
//! let keytab = Keytab::open("/etc/nspi.keytab")?;
//! let settings = Arc::new(AcceptorSettings::new(keytab, Realms::new().trust("ACME.TEST", "ACME"), accounts));
//! let server = spnego::Acceptor::over(kerberos::Acceptor::new(settings));
//!
//! let alice = Credentials::password("alice@ACME.TEST", "Passw0rd!A")?;
//! let client = Initiator::new(alice, "exchangeAB/mail.acme.test", AuthLevel::Privacy);
//! let client = spnego::Initiator::over(client);
//! # Ok(()) }
//! ```

mod acceptor;
mod context;
#[allow(unsafe_code, reason = "libgssapi has no safe gss_acquire_cred_from")]
mod cred_store;
mod credentials;
mod initiator;
mod keytab;
#[allow(unsafe_code, reason = "libgssapi has no gss_get_name_attribute")]
mod name_attribute;
mod principal;

use libgssapi::context::CtxFlags;
use nspi_proto::dcerpc::auth::SecurityError;

pub use acceptor::{Acceptor, AcceptorSettings};
pub use context::KerberosContext;
pub use credentials::Credentials;
pub use initiator::Initiator;
pub use keytab::Keytab;
pub use principal::{Principal, Realms};

use crate::spnego::Oid;

/// `GSS_C_DCE_STYLE`: a third leg, and tokens without framing.
const DCE_STYLE: CtxFlags = CtxFlags::from_bits_retain(0x1000);

/// Both of Kerberos' names, the standard one first.
const NAMES: &[Oid<'_>] = &[Oid::KERBEROS, Oid::MS_KERBEROS];

/// The mechanism's name in errors.
const MECHANISM: &str = "Kerberos";

/// What MIT's library says, without what it says each time.
fn reason(error: libgssapi::error::Error) -> String {
    let said = error.to_string();
    let reason = said.split_once("Minor code may provide more information").map_or(&*said, |(_, reason)| reason).trim();
    reason.strip_prefix('(').and_then(|reason| reason.strip_suffix(')')).unwrap_or(reason).to_owned()
}

fn failed(error: libgssapi::error::Error) -> SecurityError {
    SecurityError::Failed { mechanism: MECHANISM, why: reason(error) }
}

/// A token that is not what Kerberos expects here.
const fn bad_token(what: &'static str) -> SecurityError {
    SecurityError::BadToken { mechanism: MECHANISM, what }
}
