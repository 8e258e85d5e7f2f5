//! Files of services' keys, as `ktutil`, `ktpass` and `samba-tool domain exportkeytab` write them.

use std::fmt;

use picky_krb::crypto::CipherSuite;
use zeroize::Zeroizing;

/// Keys of services: they open the Kerberos tickets that clients show them, in which the clients' names stand, and
/// the keys to what they seal.
///
/// ```
/// use nspi_trace::{Keytab, KeytabError};
///
/// assert_eq!(Keytab::parse(b"PK\x03\x04"), Err(KeytabError::NotAKeytab));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Keytab {
    /// Each key once: an account of Active Directory has the same one for all its names.
    keys: Vec<ServiceKey>,
}

/// A key, and what it is for.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ServiceKey {
    pub(crate) cipher: Cipher,
    pub(crate) key: Zeroizing<Vec<u8>>,
}

/// An encryption type that is read [RFC 3962 7].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Cipher {
    /// `aes128-cts-hmac-sha1-96`.
    Aes128,
    /// `aes256-cts-hmac-sha1-96`.
    Aes256,
}

impl Cipher {
    pub(crate) fn of(number: u64) -> Option<Self> {
        match number {
            17 => Some(Self::Aes128),
            18 => Some(Self::Aes256),
            _ => None,
        }
    }

    /// What does the work.
    pub(super) fn suite(self) -> CipherSuite {
        match self {
            Self::Aes128 => CipherSuite::Aes128CtsHmacSha196,
            Self::Aes256 => CipherSuite::Aes256CtsHmacSha196,
        }
    }

    pub(super) fn key_length(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes256 => 32,
        }
    }
}

/// Why a file is not used as a keytab.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeytabError {
    /// It does not begin with 5, 2.
    #[error("it is no keytab: it does not begin with the octets 5, 2")]
    NotAKeytab,
    /// An entry contradicts its own length, or the file's.
    #[error("the keytab is damaged: its entry {entry} is cut off")]
    Damaged {
        /// Which one; the first is 1.
        entry: usize,
    },
    /// None of its keys is of a type that is read.
    #[error("the keytab has no key for AES: export it with aes256-cts-hmac-sha1-96 or aes128-cts-hmac-sha1-96")]
    NoKey,
}

impl Keytab {
    /// Reads a file's octets: MIT's format, version 5.2, big-endian. Keys of other types than AES with SHA-1 are passed
    /// over.
    ///
    /// # Errors
    /// If it is none, is damaged, or has no key that could be used.
    pub fn parse(octets: &[u8]) -> Result<Self, KeytabError> {
        let mut rest = octets.strip_prefix(&[5, 2]).ok_or(KeytabError::NotAKeytab)?;
        let mut keytab = Self::default();
        for entry in 1.. {
            let damaged = KeytabError::Damaged { entry };
            let Some((size, behind)) = rest.split_first_chunk::<4>() else {
                if rest.is_empty() { break } else { return Err(damaged) }
            };
            // Where an entry was deleted there is a hole: its size is negative.
            let size = i32::from_be_bytes(*size);
            if size == 0 {
                break;
            }
            let length = usize::try_from(size.unsigned_abs()).unwrap_or(usize::MAX);
            let Some((entry, behind)) = behind.split_at_checked(length) else { return Err(damaged) };
            rest = behind;
            if size > 0 {
                keytab.add(key(entry).ok_or(damaged)?);
            }
        }
        if keytab.is_empty() { Err(KeytabError::NoKey) } else { Ok(keytab) }
    }

    /// Takes the keys of another one in.
    pub fn extend(&mut self, other: Self) {
        other.keys.into_iter().for_each(|key| self.add(Some(key)));
    }

    /// Whether there are no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys that may open what was encrypted like this.
    pub(crate) fn of(&self, cipher: Cipher) -> impl Iterator<Item = &ServiceKey> {
        self.keys.iter().filter(move |key| key.cipher == cipher)
    }

    fn add(&mut self, key: Option<ServiceKey>) {
        self.keys.extend(key.filter(|key| !self.keys.contains(key)));
    }
}

impl fmt::Debug for Keytab {
    /// Without the keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ciphers: Vec<_> = self.keys.iter().map(|key| key.cipher).collect();
        f.debug_struct("Keytab").field("keys", &ciphers).finish()
    }
}

/// The key of an entry, `Some(None)` if its type is not read; `None` if the entry is cut off.
fn key(mut entry: &[u8]) -> Option<Option<ServiceKey>> {
    // Realm and components; the type of the name, the time, the version.
    let components = u16::from_be_bytes(take(&mut entry)?);
    for _ in 0..=components {
        counted(&mut entry)?;
    }
    let _: [u8; 4 + 4 + 1] = take(&mut entry)?;
    let number = u16::from_be_bytes(take(&mut entry)?);
    let key = counted(&mut entry)?;
    let Some(cipher) = Cipher::of(number.into()) else { return Some(None) };
    let key = (key.len() == cipher.key_length()).then(|| Zeroizing::new(key.to_vec()))?;
    Some(Some(ServiceKey { cipher, key }))
}

fn take<const N: usize>(octets: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = octets.split_first_chunk()?;
    *octets = rest;
    Some(*taken)
}

fn counted<'a>(octets: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u16::from_be_bytes(take(octets)?);
    let (taken, rest) = octets.split_at_checked(length.into())?;
    *octets = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An entry for `host/dc1@ACME.TEST` with this type and key.
    fn entry(cipher: u16, key: &[u8]) -> Vec<u8> {
        let counted = |text: &[u8]| [&u16::try_from(text.len()).unwrap().to_be_bytes()[..], text].concat();
        let names = [counted(b"ACME.TEST"), counted(b"host"), counted(b"dc1")].concat();
        let entry = [&[0, 2], &names[..], &[0, 0, 0, 1, 1, 2, 3, 4, 7], &cipher.to_be_bytes(), &counted(key)].concat();
        [&u32::try_from(entry.len()).unwrap().to_be_bytes()[..], &entry].concat()
    }

    #[test]
    fn keys_are_found_once_each_behind_holes_and_others() {
        let hole = [&(-6_i32).to_be_bytes()[..], b"hollow"].concat();
        let entries = [entry(23, &[1; 16]), hole, entry(18, &[2; 32]), entry(18, &[2; 32]), entry(17, &[3; 16])];
        let file = [&[5, 2][..], &entries.concat()].concat();
        let keytab = Keytab::parse(&file).unwrap();
        let keys = |cipher| keytab.of(cipher).map(|key| key.key.to_vec()).collect::<Vec<_>>();
        assert_eq!(keys(Cipher::Aes256), [[2; 32]]);
        assert_eq!(keys(Cipher::Aes128), [[3; 16]]);
        assert_eq!(format!("{keytab:?}"), "Keytab { keys: [Aes256, Aes128] }", "no secrets");
    }

    #[test]
    fn a_file_without_a_key_for_aes_says_so() {
        for entries in [Vec::new(), entry(23, &[1; 16])] {
            assert_eq!(Keytab::parse(&[&[5, 2][..], &entries].concat()), Err(KeytabError::NoKey));
        }
        assert_eq!(Keytab::parse(&[5, 1, 0, 0]), Err(KeytabError::NotAKeytab));
    }

    #[test]
    fn a_file_that_is_cut_anywhere_names_the_entry() {
        let first = [&[5, 2][..], &entry(17, &[3; 16])].concat();
        let file = [&first[..], &entry(18, &[2; 32])].concat();
        for end in first.len() + 1..file.len() {
            assert_eq!(Keytab::parse(&file[..end]), Err(KeytabError::Damaged { entry: 2 }), "{end}");
        }
        for end in 3..first.len() {
            assert_eq!(Keytab::parse(&file[..end]), Err(KeytabError::Damaged { entry: 1 }), "{end}");
        }
    }

    #[test]
    fn a_key_of_another_length_than_its_type_has_is_damage() {
        assert_eq!(
            Keytab::parse(&[&[5, 2][..], &entry(18, &[2; 31])].concat()),
            Err(KeytabError::Damaged { entry: 1 })
        );
    }
}
