//! The secret that a Windows account has: the hash of its password.

use std::fmt;
use std::sync::Arc;

use md4::{Digest, Md4};
use zeroize::Zeroizing;

/// [MS-NLMP 3.3.1] `NTOWFv1`: MD4 of the password in UTF-16LE. Whoever has it can log on, so it is as secret as the
/// password: zeroised when its last clone is dropped, absent from `Debug` output. It stays in one place in memory, however
/// it is moved and cloned.
#[derive(Clone)]
pub struct NtHash(Arc<Zeroizing<[u8; 16]>>);

impl NtHash {
    /// The hash of a password. The password itself is not kept.
    #[must_use]
    pub fn of_password(password: &str) -> Self {
        let mut md4 = Md4::new();
        for unit in password.encode_utf16() {
            md4.update(unit.to_le_bytes());
        }
        Self::made(|octets| md4.finalize_into_reset(octets.into()))
    }

    /// The hash from its 16 octets, as tools dump and `smbpasswd` files hold it.
    #[must_use]
    pub fn from_octets(octets: [u8; 16]) -> Self {
        Self::made(|hash| *hash = octets)
    }

    /// The hash from 32 hexadecimal digits; `None` if they are not.
    #[must_use]
    pub fn from_hex(digits: &str) -> Option<Self> {
        if digits.len() != 32 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        u128::from_str_radix(digits, 16).ok().map(|number| Self::from_octets(number.to_be_bytes()))
    }

    /// Made where it stays.
    fn made(fill: impl FnOnce(&mut [u8; 16])) -> Self {
        let mut octets = Arc::new(Zeroizing::new([0; 16]));
        if let Some(octets) = Arc::get_mut(&mut octets) {
            fill(octets);
        }
        Self(octets)
    }

    pub(crate) fn octets(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for NtHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NtHash(..)")
    }
}
