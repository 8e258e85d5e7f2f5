//! The account's name and its domain's, in what every domain controller writes.

use nspi_proto::ndr::{DecodeError, Decoder, Ndr20};

use super::PacAccount;

/// [MS-PAC 2.5] `KERB_VALIDATION_INFO`: `LogonDomainName` and `EffectiveName`, either of which may be empty.
pub(super) fn account(octets: &[u8]) -> Result<PacAccount, DecodeError> {
    let mut read = Decoder::new(octets, Ndr20);
    read.octets(16, "type serialization headers")?;
    read.pointer("KERB_VALIDATION_INFO")?;
    read.octets(6 * 8, "LogonTime .. PasswordMustChange")?;
    let mut names = [false; 6];
    for is_set in &mut names {
        *is_set = counted_string(&mut read)?;
    }
    read.octets(2 + 2 + 4 + 4 + 4, "LogonCount .. GroupCount")?;
    let groups = read.pointer("GroupIds")?;
    read.octets(4 + 16, "UserFlags, UserSessionKey")?;
    let (server, domain) = (counted_string(&mut read)?, counted_string(&mut read)?);
    read.octets(4 + 8 + 4 + 4 + 8 + 8 + 4 + 4 + 4 + 4 + 4 + 4 + 4, "LogonDomainId .. ResourceGroupIds")?;
    // What the pointers point to, in the same order.
    let mut effective_name = String::new();
    for (place, _) in names.iter().enumerate().filter(|(_, is_set)| **is_set) {
        let text = string(&mut read)?;
        if place == 0 {
            effective_name = text;
        }
    }
    if groups {
        let count = read.conformance("GroupIds")?;
        read.octets(count.saturating_mul(8), "GroupIds")?;
    }
    if server {
        string(&mut read)?;
    }
    let domain = if domain { string(&mut read)? } else { String::new() };
    Ok(PacAccount { domain, name: effective_name })
}

/// [MS-DTYP 2.3.10] `RPC_UNICODE_STRING`: whether it points to anything.
fn counted_string(read: &mut Decoder<'_, Ndr20>) -> Result<bool, DecodeError> {
    read.octets(4, "Length, MaximumLength")?;
    read.pointer("Buffer")
}

fn string(read: &mut Decoder<'_, Ndr20>) -> Result<String, DecodeError> {
    read.conformance("Buffer")?;
    let [_, length] = read.variance("Buffer")?;
    let units = read.octets(length.saturating_mul(2), "Buffer")?.as_chunks::<2>().0;
    let units: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    Ok(String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: [u8; 4] = [0, 0, 2, 0];

    fn string(text: &str) -> Vec<u8> {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let count = u32::try_from(units.len() / 2).unwrap().to_le_bytes();
        let padding = &[0; 2][..units.len() % 4];
        [&count[..], &[0; 4], &count, &units, padding].concat()
    }

    fn information(name: &str, domain: &str) -> Vec<u8> {
        let (headers, times) = ([[0; 16].as_slice(), &SET].concat(), [0; 48]);
        let set = [[0; 4], SET].concat();
        let names = [&set[..], &set, &[0; 4 * 8]].concat();
        let groups = [&[0; 12][..], &[2, 0, 0, 0], &SET, &[0; 20]].concat();
        let end = [&set[..], &set, &[0; 64]].concat();
        let referents = [string(name), string("Full Name")].concat();
        let group_ids = [&[2, 0, 0, 0][..], &[7; 16]].concat();
        [&headers[..], &times, &names, &groups, &end, &referents, &group_ids, &string("DC1"), &string(domain)].concat()
    }

    #[test]
    fn the_account_is_found_behind_whatever_stands_in_front_of_it() {
        for (name, domain) in [("jürgen", "ACME"), ("alice", ""), ("", "ACME")] {
            let expected = PacAccount { domain: domain.to_owned(), name: name.to_owned() };
            assert_eq!(account(&information(name, domain)), Ok(expected));
        }
    }

    #[test]
    fn what_is_cut_anywhere_gives_none() {
        let whole = information("alice", "ACME");
        for end in 0..whole.len() {
            assert!(account(&whole[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn counts_and_lengths_beyond_the_end_give_none() {
        let whole = information("alice", "ACME");
        for place in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] = 0xFF;
            // A name may have changed; that nothing panics is what counts, and that none is longer than what it was read from.
            assert!(account(&damaged).map_or(0, |account| account.name.len()) < whole.len(), "{place}");
        }
    }
}
