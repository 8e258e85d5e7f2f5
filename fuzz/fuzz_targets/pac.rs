//! PACs, as they are in a ticket once it is opened: whoever they name, nothing is read that is not there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nspi_auth::pac::Pac;

fuzz_target!(|octets: &[u8]| {
    let pac = Pac::new(octets);
    if let Some(account) = pac.account() {
        assert!(!account.name.is_empty());
        // A unit of UTF-16 is at most three octets of UTF-8.
        assert!(account.name.len().max(account.domain.len()) <= octets.len() * 3 / 2);
    }
    if let Some(checksum) = pac.server_checksum() {
        let differ = octets.iter().zip(&checksum.covered).filter(|(one, other)| one != other).count();
        assert!(checksum.covered.len() == octets.len() && differ <= 2 * 24);
    }
});
