//! An entry in one piece of memory: a third of what it takes with a map and a vector for each value.

use std::collections::BTreeMap;

use crate::ldif::Entry;

/// An entry as octets: its name, then each attribute's name, number of values, and values; lengths before everything.
/// Equal if the entries are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PackedEntry(Box<[u8]>);

impl PackedEntry {
    pub(super) fn new(entry: &Entry) -> Self {
        let mut octets = Vec::new();
        put(&mut octets, entry.dn.as_bytes());
        for (name, values) in &entry.attributes {
            put(&mut octets, name.as_bytes());
            octets.extend_from_slice(&(values.len() as u32).to_le_bytes());
            values.iter().for_each(|value| put(&mut octets, value));
        }
        Self(octets.into())
    }

    /// The entry's name.
    pub(super) fn dn(&self) -> &str {
        take(&mut &*self.0).and_then(|dn| std::str::from_utf8(dn).ok()).unwrap_or_default()
    }

    pub(super) fn entry(&self) -> Entry {
        let mut octets = &*self.0;
        let text = |octets: &mut &[u8]| take(octets).map(|text| String::from_utf8_lossy(text).into_owned());
        let dn = text(&mut octets).unwrap_or_default();
        let mut attributes = BTreeMap::new();
        while let Some(name) = text(&mut octets) {
            let values = (0..number(&mut octets).unwrap_or(0)).map_while(|_| take(&mut octets).map(<[u8]>::to_vec));
            attributes.insert(name, values.collect());
        }
        Entry { dn, line: 0, attributes }
    }
}

fn put(octets: &mut Vec<u8>, string: &[u8]) {
    octets.extend_from_slice(&(string.len() as u32).to_le_bytes());
    octets.extend_from_slice(string);
}

fn take<'a>(octets: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = usize::try_from(number(octets)?).ok()?;
    let (string, rest) = octets.split_at_checked(len)?;
    *octets = rest;
    Some(string)
}

fn number(octets: &mut &[u8]) -> Option<u32> {
    let (number, rest) = octets.split_first_chunk()?;
    *octets = rest;
    Some(u32::from_le_bytes(*number))
}

// Not to be reached from outside, and every entry of a directory goes through it.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_comes_back_as_it_went_in() {
        let file =
            "dn: cn=Ärin,dc=acme\nobjectGUID:: AAECAwQFBgcICQoLDA0ODw==\nmail: a\nmail: b\ndescription:\n\ndn: cn=b\n";
        for entry in crate::ldif::parse(file.as_bytes()).unwrap() {
            let packed = PackedEntry::new(&entry);
            assert_eq!(packed.entry(), Entry { line: 0, ..entry.clone() });
            assert_eq!(packed.dn(), entry.dn);
            assert_eq!(packed, PackedEntry::new(&entry));
        }
    }

    #[test]
    fn another_value_makes_another_entry() {
        let packed = |file: &[u8]| PackedEntry::new(&crate::ldif::parse(file).unwrap()[0]);
        assert_ne!(packed(b"dn: a\nx: 1\nx: 2\n"), packed(b"dn: a\nx: 12\n"));
    }
}
