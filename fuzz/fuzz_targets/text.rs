//! Files that people write: accounts, an address book as LDIF, a registry file in UTF-8 or UTF-16. An error or a value,
//! never a panic, and no more of anything than the text has octets.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nspi_auth::AccountList;
use nspi_server::address_book::{AddressBook, AttributeMap, MemoryBook, Table};
use nspi_server::config::registry::RegistrySettings;
use nspi_server::ldif;

fuzz_target!(|octets: &[u8]| {
    let [which, text @ ..] = octets else { return };
    match which % 4 {
        0 => {
            if let Ok(accounts) = String::from_utf8_lossy(text).parse::<AccountList>() {
                assert!(accounts.len() <= text.len());
            }
        }
        1 => {
            if let Ok(entries) = ldif::parse(text) {
                assert!(entries.len() <= text.len());
            }
        }
        2 => {
            if let Ok(book) = MemoryBook::from_ldif(text, &AttributeMap::default()) {
                let _ = book.view().rows(Table::everybody());
            }
        }
        _ => {
            if let Ok(settings) = RegistrySettings::parse(text) {
                settings.findings.iter().for_each(|finding| drop(finding.to_string()));
            }
        }
    }
});
