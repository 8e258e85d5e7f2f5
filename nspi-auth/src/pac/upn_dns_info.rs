//! The account's name where it is easy to read: domain controllers write it since November 2021, Samba's since 4.15.

/// Offset of `Flags`, and the bit that says that SamName and Sid follow [MS-PAC 2.10].
const FLAGS_AT: usize = 8;
const HAS_SAM_NAME: u16 = 0x0002;

/// Offset of `SamNameLength`, in octets, behind which is `SamNameOffset`.
const SAM_NAME_AT: usize = 12;

/// The account's `sAMAccountName` in an `UPN_DNS_INFO` [MS-PAC 2.10]; `None` if it is not in there, or cut off.
pub(super) fn sam_name(upn_dns_info: &[u8]) -> Option<String> {
    let number = |at: usize| {
        let octets = upn_dns_info.get(at..)?.first_chunk()?;
        Some(u16::from_le_bytes(*octets))
    };
    if number(FLAGS_AT)? & HAS_SAM_NAME == 0 {
        return None;
    }
    let (len, offset) = (number(SAM_NAME_AT)?, number(SAM_NAME_AT + 2)?);
    let octets = upn_dns_info.get(offset.into()..)?.get(..len.into())?;
    crate::text::from_utf16le(octets).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of ada, whose user principal name is ada.lovelace@acme.test; her SID is left out.
    fn info(flags: u8) -> Vec<u8> {
        let mut info = vec![0; 20];
        let mut put = |at: usize, text: &str| {
            let (octets, offset) = (crate::text::utf16le(text), info.len());
            info[at] = octets.len().try_into().unwrap();
            info[at + 2] = offset.try_into().unwrap();
            info.extend(octets);
        };
        put(0, "ada.lovelace@acme.test");
        put(4, "ACME.TEST");
        put(SAM_NAME_AT, "ada");
        info[FLAGS_AT] = flags;
        info
    }

    #[test]
    fn the_account_is_named_where_the_flag_says_so() {
        assert_eq!(sam_name(&info(2)).as_deref(), Some("ada"));
        assert_eq!(sam_name(&info(3)).as_deref(), Some("ada"));
        assert_eq!(sam_name(&info(1)), None);
    }

    #[test]
    fn what_is_cut_or_lies_outside_names_nobody() {
        let whole = info(2);
        for len in 0..whole.len() {
            assert_eq!(sam_name(&whole[..len]), None, "{len}");
        }
        let mut outside = whole.clone();
        outside[SAM_NAME_AT + 2] = 0xFF;
        assert_eq!(sam_name(&outside), None);
        let mut empty = whole;
        empty[SAM_NAME_AT] = 0;
        assert_eq!(sam_name(&empty), None);
    }
}
