//! Does an AUTHENTICATE message prove that its sender knows an account's secret?

use nspi_proto::dcerpc::auth::SecurityError;
use subtle::ConstantTimeEq;

use super::bad_token;
use super::flags::NegotiateFlags;
use super::keys::{self, Key, SessionKey};
use super::message::{Authenticate, MIC};
use super::response::NtResponse;
use crate::NtHash;

/// [MS-NLMP 3.2.5.1.2] Checks the proof of `authenticate` against the hash of the account that it names, and gives the
/// key that both ends now share. Compares in constant time.
///
/// The proof is over user and domain as the message spells them, so it does not matter how the account was found.
///
/// # Errors
/// [`SecurityError::WrongCredentials`] if the hash is another one, [`SecurityError::Refused`] for NTLMv1,
/// [`SecurityError::BadToken`] if the response or the session key is malformed.
pub fn verify(
    server_challenge: [u8; 8],
    authenticate: &Authenticate<'_>,
    hash: &NtHash,
) -> Result<SessionKey, SecurityError> {
    let response = NtResponse::parse(authenticate.nt_response)?;
    let response_key = keys::response_key(hash, &authenticate.user, &authenticate.domain);
    let expected = keys::nt_proof(&response_key, server_challenge, response.client_challenge);
    if bool::from(expected.ct_eq(&response.proof)) {
        exported_session_key(authenticate, &keys::session_base_key(&response_key, expected))
    } else {
        Err(SecurityError::WrongCredentials)
    }
}

/// [3.2.5.1.2] `ExportedSessionKey`: what the client chose if keys are exchanged, else what both can compute.
pub(super) fn exported_session_key(
    authenticate: &Authenticate<'_>,
    key_exchange_key: &Key,
) -> Result<SessionKey, SecurityError> {
    let exchanged = authenticate.flags.contains(NegotiateFlags::KEY_EXCH);
    match (exchanged, <[u8; 16]>::try_from(authenticate.session_key)) {
        (true, Ok(encrypted)) => Ok(SessionKey::from_octets(keys::rc4_key(key_exchange_key, encrypted))),
        // [3.1.5.1.2] A key is exchanged only if something will be signed or sealed with it.
        (true, Err(_)) if !authenticate.session_key.is_empty() || authenticate.flags.protects() => {
            Err(bad_token("the encrypted session key is not 16 octets long"))
        }
        _ => Ok(SessionKey::from_octets(**key_exchange_key)),
    }
}

/// [MS-NLMP 3.1.5.1.2] `MIC`: over the three messages as they were sent, the field itself taken as zeros.
#[must_use]
pub fn mic(session_key: &SessionKey, negotiate: &[u8], challenge: &[u8], authenticate: &[u8]) -> [u8; 16] {
    let (before, rest) = authenticate.split_at(MIC.start.min(authenticate.len()));
    let after = rest.get(MIC.len()..).unwrap_or_default();
    keys::hmac_md5(session_key.octets(), &[negotiate, challenge, before, &[0; 16], after])
}
