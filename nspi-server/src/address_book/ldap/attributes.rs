//! Values of an LDAP entry, as the reader of LDIF has them.

use std::collections::BTreeMap;

use ldap3::SearchEntry;

use crate::address_book::AttributeMap;
use crate::ldif::Entry;

/// Attributes that say who an entry is, beside those of the table.
const ALWAYS: [&str; 17] = [
    "objectClass",
    "objectGUID",
    "entryUUID",
    "uSNChanged",
    "modifyTimestamp",
    "legacyExchangeDN",
    "displayName",
    "cn",
    "name",
    "mail",
    "mailNickname",
    "proxyAddresses",
    "msExchHideFromAddressLists",
    "sAMAccountName",
    "uid",
    "userPrincipalName",
    "krbPrincipalName",
];

/// The names of all attributes to ask for, each once.
pub(super) fn wanted(attributes: &AttributeMap) -> Vec<String> {
    let mut wanted: Vec<String> = Vec::new();
    for name in ALWAYS.into_iter().chain(attributes.iter().map(|(name, _)| name)) {
        if !wanted.iter().any(|other| other.eq_ignore_ascii_case(name)) {
            wanted.push(name.to_owned());
        }
    }
    wanted
}

/// A part of an attribute's values [MS-ADTS 3.1.1.3.1.3.3]: a domain controller gives 1,500 members at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rest {
    /// The attribute.
    pub(super) name: String,
    /// The number of the first value that is missing.
    pub(super) from: usize,
}

/// An entry, and what is missing of it.
pub(super) fn entry(found: SearchEntry) -> (Entry, Vec<Rest>) {
    let mut rest = Vec::new();
    let mut attributes: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    let texts =
        found.attrs.into_iter().map(|(name, values)| (name, values.into_iter().map(String::into_bytes).collect()));
    for (name, values) in texts.chain(found.bin_attrs) {
        let values: Vec<Vec<u8>> = values;
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix(";binary").unwrap_or(&name);
        let name = match name.split_once(";range=") {
            None => name,
            Some((name, range)) => {
                let last = range.split_once('-').and_then(|(_, last)| last.parse::<usize>().ok());
                rest.extend(last.map(|last| Rest { name: name.to_owned(), from: last + 1 }));
                name
            }
        };
        if !values.is_empty() {
            attributes.entry(name.to_owned()).or_default().extend(values);
        }
    }
    // A set, whichever way the directory gives it.
    attributes.values_mut().for_each(|values| values.sort());
    (Entry { dn: found.dn, line: 0, attributes }, rest)
}

// No directory at hand cuts attributes by itself: Samba gives all members at once.
#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn found(attrs: &[(&str, &[&str])]) -> (Entry, Vec<Rest>) {
        let attrs = attrs.iter().map(|(name, values)| {
            ((*name).to_owned(), values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>())
        });
        entry(SearchEntry { dn: "cn=a".into(), attrs: attrs.collect(), bin_attrs: HashMap::new() })
    }

    #[test]
    fn a_part_of_the_members_says_where_the_rest_begins() {
        let (entry, rest) = found(&[("member;range=0-1", &["b", "a"]), ("member", &[])]);
        assert_eq!(entry.texts("member").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(rest, [Rest { name: "member".into(), from: 2 }]);
    }

    #[test]
    fn the_last_part_of_the_members_has_no_rest() {
        let (entry, rest) = found(&[("member;range=2-*", &["c"])]);
        assert_eq!((entry.text("member"), rest), (Some("c"), vec![]));
    }

    #[test]
    fn how_a_value_travelled_is_not_its_name() {
        let (entry, _) = found(&[("userCertificate;binary", &["0"]), ("cn;lang-ja", &["1"])]);
        assert_eq!((entry.text("userCertificate"), entry.text("cn")), (Some("0"), None));
    }
}
