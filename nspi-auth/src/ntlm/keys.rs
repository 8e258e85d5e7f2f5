//! Password to key, key to key [MS-NLMP 3.3.2, 3.4.5]. All keys are 16 octets and zeroised when dropped.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use rc4::{Rc4, StreamCipher};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::flags::NegotiateFlags;
use crate::NtHash;
use crate::text::{upper_case, utf16le};

pub(super) type Key = Zeroizing<[u8; 16]>;
pub(super) type HmacMd5 = Hmac<Md5>;

/// One of the two ends of a security context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The client.
    Initiator,
    /// The server.
    Acceptor,
}

/// [MS-NLMP 3.1.1.1] `ExportedSessionKey`: what both ends share after a handshake. Zeroised when dropped, absent from
/// `Debug` output.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionKey(Key);

impl SessionKey {
    /// The key from its octets.
    #[must_use]
    pub fn from_octets(octets: [u8; 16]) -> Self {
        Self(Zeroizing::new(octets))
    }

    /// The key's octets: as secret as what it protects.
    #[must_use]
    pub fn octets(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Zeroize for SessionKey {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

// By its field.
impl ZeroizeOnDrop for SessionKey {}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

/// [3.3.2] `NTOWFv2`. The user's name is upper-cased, the domain's is not: both as the client spelt them.
pub(super) fn response_key(hash: &NtHash, user: &str, domain: &str) -> Key {
    hmac_md5(hash.octets(), &[&utf16le(&upper_case(user)), &utf16le(domain)]).into()
}

/// [3.3.2] `NTProofStr`, over the server's challenge and the client's (`temp`).
pub(super) fn nt_proof(response_key: &Key, server_challenge: [u8; 8], client_challenge: &[u8]) -> [u8; 16] {
    hmac_md5(response_key, &[&server_challenge, client_challenge])
}

/// [3.3.2] `LmChallengeResponse`, for servers whose CHALLENGE has no time stamp.
pub(super) fn lm_response(response_key: &Key, server_challenge: [u8; 8], nonce: [u8; 8]) -> [u8; 24] {
    let mut response = [0; 24];
    response[..16].copy_from_slice(&hmac_md5(response_key, &[&server_challenge, &nonce]));
    response[16..].copy_from_slice(&nonce);
    response
}

/// [3.3.2] `SessionBaseKey`, which with NTLMv2 is the `KeyExchangeKey` too [3.4.5.1].
pub(super) fn session_base_key(response_key: &Key, proof: [u8; 16]) -> Key {
    hmac_md5(response_key, &[&proof]).into()
}

/// [3.4.5.2] `SIGNKEY`: what `sender` signs with.
pub(super) fn signing_key(session_key: &SessionKey, sender: Role) -> Key {
    md5(
        session_key.octets(),
        match sender {
            Role::Initiator => b"session key to client-to-server signing key magic constant\0",
            Role::Acceptor => b"session key to server-to-client signing key magic constant\0",
        },
    )
}

/// [3.4.5.3] `SEALKEY`: what `sender` encrypts with. The only key that weakens with the flags: neither end of this crate
/// agrees to that, but an observer may see others who do.
pub(super) fn sealing_key(session_key: &SessionKey, flags: NegotiateFlags, sender: Role) -> Key {
    let strength = if flags.contains(NegotiateFlags::KEY_128) {
        16
    } else if flags.contains(NegotiateFlags::KEY_56) {
        7
    } else {
        5
    };
    md5(
        &session_key.0[..strength],
        match sender {
            Role::Initiator => b"session key to client-to-server sealing key magic constant\0",
            Role::Acceptor => b"session key to server-to-client sealing key magic constant\0",
        },
    )
}

/// [6] `HMAC_MD5`, over the concatenation of `parts`.
pub(super) fn hmac_md5(key: &[u8; 16], parts: &[&[u8]]) -> [u8; 16] {
    let mut mac = keyed_hmac(key);
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// An HMAC-MD5 with its key schedule done.
pub(super) fn keyed_hmac(key: &[u8; 16]) -> HmacMd5 {
    let mut block = Zeroizing::new([0; 64]); // HMAC pads a shorter key with zeros to this anyway
    block[..16].copy_from_slice(key);
    HmacMd5::new((&*block).into())
}

/// An RC4 stream at its beginning.
pub(super) fn rc4(key: &[u8; 16]) -> Rc4 {
    let mut twice = Zeroizing::new([0; 32]); // RC4 repeats its key, so that a key written twice is the same key
    twice[..16].copy_from_slice(key);
    twice[16..].copy_from_slice(key);
    Rc4::new((&*twice).into())
}

/// [6] `RC4K`: a key encrypted, or decrypted, with another one.
pub(super) fn rc4_key(key: &Key, data: [u8; 16]) -> [u8; 16] {
    let mut data = data;
    rc4(key).apply_keystream(&mut data);
    data
}

fn md5(key: &[u8], magic: &[u8]) -> Key {
    let mut md5 = Md5::new();
    md5.update(key);
    md5.update(magic);
    Zeroizing::new(md5.finalize().into())
}
