//! Names of mechanisms.

use std::fmt;

use nspi_proto::dcerpc::auth::SecurityError;

use super::bad_token;

/// An object identifier, which names a mechanism: the contents of its DER encoding [X.690 8.19].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Oid<'a>(&'a [u8]);

impl Oid<'static> {
    /// SPNEGO itself, in the framing of a first token: 1.3.6.1.5.5.2 [RFC 4178 3].
    pub const SPNEGO: Self = Self(&[0x2B, 6, 1, 5, 5, 2]);
    /// NTLMSSP: 1.3.6.1.4.1.311.2.2.10 [MS-SPNG 1.9].
    pub const NTLM: Self = Self(&[0x2B, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10]);
    /// Kerberos: 1.2.840.113554.1.2.2 [RFC 4121 4.1].
    pub const KERBEROS: Self = Self(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 1, 2, 2]);
    /// Kerberos once more, by the number that Windows 2000 had for it and Windows offers first ever since:
    /// 1.2.840.48018.1.2.2 [MS-SPNG 1.9].
    pub const MS_KERBEROS: Self = Self(&[0x2A, 0x86, 0x48, 0x82, 0xF7, 0x12, 1, 2, 2]);
}

impl<'a> Oid<'a> {
    /// The identifier with these contents.
    ///
    /// # Errors
    /// [`SecurityError::BadToken`] if they are none: empty, cut off within a number, or with a number that is not in its
    /// shortest form.
    pub fn from_octets(octets: &'a [u8]) -> Result<Self, SecurityError> {
        let mut begins = true;
        for octet in octets {
            if begins && *octet == 0x80 {
                return Err(bad_token("an object identifier that is not in its shortest form"));
            }
            begins = octet & 0x80 == 0;
        }
        if octets.is_empty() || !begins {
            Err(bad_token("an object identifier that is cut off"))
        } else {
            Ok(Self(octets))
        }
    }

    /// The contents.
    #[must_use]
    pub fn octets(self) -> &'a [u8] {
        self.0
    }
}

/// Numbers and dots. Numbers of more than 64 bits are shown as the largest one of 64.
impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = self.0.split_inclusive(|octet| octet & 0x80 == 0).map(|octets| {
            octets.iter().fold(0u64, |number, octet| number.saturating_mul(128).saturating_add(u64::from(octet & 0x7F)))
        });
        for (place, number) in numbers.enumerate() {
            match (place, number) {
                (0, 0..80) => write!(f, "{}.{}", number / 40, number % 40)?,
                (0, _) => write!(f, "2.{}", number - 80)?,
                _ => write!(f, ".{number}")?,
            }
        }
        Ok(())
    }
}
