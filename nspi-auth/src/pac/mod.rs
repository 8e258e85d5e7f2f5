//! Whose a ticket is, out of what a domain controller adds to it and signs [MS-PAC].
//!
//! ```text
//!   UPN_DNS_INFO ────► SamName: ada ─────────────────────────┐ else
//!   KERB_VALIDATION_INFO ────► EffectiveName: ada ───────────┴──► ACME\ada
//!                      └─────► LogonDomainName: ACME ─────────────┘
//!   PAC_SERVER_SIGNATURE ────► checksum with the service's key: nobody but the KDC made it
//! ```
//!
//! A principal's name is what the client asked for: the account's, or a user principal name. The one account's name is in
//! the PAC, so that whoever knows both is still one user. KDCs that are no domain controllers write none, and know
//! principals by one name.

mod logon_information;
mod upn_dns_info;

use upn_dns_info::sam_name;

/// Types of buffers [MS-PAC 2.4].
const LOGON_INFORMATION: u32 = 1;
const SERVER_CHECKSUM: u32 = 6;
const KDC_CHECKSUM: u32 = 7;
const UPN_DNS_INFO: u32 = 12;

/// A PAC [MS-PAC 2.3], which may be damaged: it is looked through when something is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Pac<'a> {
    octets: &'a [u8],
}

/// Who a PAC says that its ticket's owner is, in the names that NTLM has for him, too.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PacAccount {
    /// The NetBIOS name of the domain: `ACME`; empty if the PAC does not tell.
    pub domain: String,
    /// `sAMAccountName`: `ada`; never empty.
    pub name: String,
}

/// The checksum with the key of the service that the ticket is for [MS-PAC 2.8]. It is to be made with key usage 17.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerChecksum<'a> {
    /// Its type [RFC 3961 8]: 15 with AES-128, 16 with AES-256.
    pub kind: u32,
    /// What it should be.
    pub value: &'a [u8],
    /// What it is of: the PAC, with zeros for both this checksum and the KDC's own.
    pub covered: Vec<u8>,
}

impl<'a> Pac<'a> {
    /// A PAC of these octets, the contents of an `AD-WIN2K-PAC`.
    #[must_use]
    pub fn new(octets: &'a [u8]) -> Self {
        Self { octets }
    }

    /// The account: its name from `UPN_DNS_INFO`, or from the logon information of domain controllers that do not write it
    /// there. `None` if neither is there, or both are damaged.
    #[must_use]
    pub fn account(&self) -> Option<PacAccount> {
        let logon = self.buffer(LOGON_INFORMATION).and_then(|octets| logon_information::account(octets).ok());
        let PacAccount { domain, name } = logon.unwrap_or_default();
        let name = self.buffer(UPN_DNS_INFO).and_then(sam_name).unwrap_or(name);
        (!name.is_empty()).then_some(PacAccount { domain, name })
    }

    /// The checksum that proves who made it; `None` if there is none, or one of a type that is not known.
    #[must_use]
    pub fn server_checksum(&self) -> Option<ServerChecksum<'a>> {
        let (kind, value) = checksum(self.buffer(SERVER_CHECKSUM)?)?;
        let mut covered = self.octets.to_vec();
        for signature in [SERVER_CHECKSUM, KDC_CHECKSUM] {
            let place = self.place(signature)?;
            let (_, value) = checksum(self.octets.get(place.clone())?)?;
            let start = place.start + KIND;
            covered.get_mut(start..start + value.len())?.fill(0);
        }
        Some(ServerChecksum { kind, value, covered })
    }

    fn buffer(&self, kind: u32) -> Option<&'a [u8]> {
        self.octets.get(self.place(kind)?)
    }

    /// Where the first buffer of a type is, or should be: behind the buffers' number and a version, each has its type, size
    /// and place [MS-PAC 2.3, 2.4].
    fn place(&self, kind: u32) -> Option<std::ops::Range<usize>> {
        let (count, buffers) = self.octets.split_first_chunk::<4>()?;
        let count = usize::try_from(u32::from_le_bytes(*count)).ok()?;
        let buffers = buffers.get(4..)?.as_chunks::<16>().0;
        let [_, _, _, _, s0, s1, s2, s3, place @ ..] =
            buffers.iter().take(count).find(|buffer| buffer.starts_with(&kind.to_le_bytes()))?;
        let size = usize::try_from(u32::from_le_bytes([*s0, *s1, *s2, *s3])).ok()?;
        let place = usize::try_from(u64::from_le_bytes(*place)).ok()?;
        Some(place..place.checked_add(size)?)
    }
}

/// Octets of `SignatureType`.
const KIND: usize = 4;

/// [MS-PAC 2.8] `PAC_SIGNATURE_DATA`: type and signature. What may follow is signed.
fn checksum(buffer: &[u8]) -> Option<(u32, &[u8])> {
    /// `HMAC_MD5`, which Microsoft numbers below zero.
    const HMAC_MD5: u32 = (-138_i32).cast_unsigned();
    let (kind, rest) = buffer.split_first_chunk::<KIND>()?;
    let kind = u32::from_le_bytes(*kind);
    let len = match kind {
        15 | 16 => 12,       // hmac-sha1-96-aes128, -aes256 [RFC 3962]
        19 | HMAC_MD5 => 16, // hmac-sha256-128-aes128 [RFC 8009]
        20 => 24,            // hmac-sha384-192-aes256
        _ => return None,
    };
    Some((kind, rest.get(..len)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of ada.lovelace@ACME.TEST, whose account is ada: out of her ticket for exchangeAB/mail.acme.test, by the KDC of
    /// Samba 4.17.12, as `interop/samba/domain_controller.sh` makes it.
    const ADA: &[u8] = include_bytes!("ada.pac");

    fn ada() -> Option<PacAccount> {
        Some(PacAccount { domain: "ACME".to_owned(), name: "ada".to_owned() })
    }

    /// Ada's, in which the buffer of this type has another one.
    fn without(kind: u32) -> Vec<u8> {
        let mut pac = ADA.to_vec();
        let entry = pac[8..].as_chunks_mut::<16>().0.iter_mut().find(|entry| entry.starts_with(&kind.to_le_bytes()));
        entry.unwrap()[0] = 0xFF;
        pac
    }

    #[test]
    fn a_user_principal_name_does_not_hide_the_account() {
        assert_eq!(Pac::new(ADA).account(), ada());
    }

    #[test]
    fn either_buffer_names_the_account_and_only_the_logon_information_the_domain() {
        assert_eq!(Pac::new(&without(UPN_DNS_INFO)).account(), ada());
        let no_domain = PacAccount { domain: String::new(), name: "ada".to_owned() };
        assert_eq!(Pac::new(&without(LOGON_INFORMATION)).account(), Some(no_domain));
    }

    #[test]
    fn the_name_in_upn_dns_info_goes_before_the_effective_name() {
        let mut pac = ADA.to_vec();
        let effective = pac.windows(6).position(|window| window == b"a\0d\0a\0").unwrap();
        pac[effective] = b'i';
        assert_eq!(Pac::new(&pac).account(), ada());
        let ida = pac.windows(6).rposition(|window| window == b"a\0d\0a\0").unwrap();
        pac[ida] = b'e';
        assert_eq!(Pac::new(&pac).account().unwrap().name, "eda");
    }

    #[test]
    fn the_checksum_is_of_the_pac_with_zeros_for_both_checksums() {
        let checksum = Pac::new(ADA).server_checksum().unwrap();
        assert_eq!((checksum.kind, checksum.value), (16, &ADA[724..736]));
        let mut zeroed = ADA.to_vec();
        zeroed[724..736].fill(0);
        zeroed[740..752].fill(0);
        assert_eq!(checksum.covered, zeroed);
        for missing in [SERVER_CHECKSUM, KDC_CHECKSUM] {
            assert_eq!(Pac::new(&without(missing)).server_checksum(), None);
        }
    }

    #[test]
    fn a_pac_that_is_cut_loses_its_checksum_first_and_then_its_names() {
        for end in 0..ADA.len() {
            let pac = Pac::new(&ADA[..end]);
            assert_eq!(pac.server_checksum().is_some(), end >= 752, "{end}");
            assert_eq!(pac.account().is_some(), end >= 544, "{end}");
        }
    }

    #[test]
    fn no_octet_that_is_changed_makes_a_name_longer_than_the_pac() {
        for place in 0..ADA.len() {
            for octet in [0, 0x7F, 0xFF] {
                let mut damaged = ADA.to_vec();
                damaged[place] = octet;
                let pac = Pac::new(&damaged);
                assert!(pac.account().is_none_or(|account| account.name.len() < ADA.len()), "{place}");
                assert!(pac.server_checksum().is_none_or(|checksum| checksum.covered.len() == ADA.len()), "{place}");
            }
        }
    }
}
