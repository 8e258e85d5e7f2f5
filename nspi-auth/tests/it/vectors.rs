//! Reads `tests/vectors/NAME.hex`: sections named `[like_this]`, octets in hexadecimal, comments after `#`.

use std::collections::HashMap;
use std::path::Path;

/// The sections of one file.
pub(crate) struct Vectors(HashMap<String, Vec<u8>>);

impl Vectors {
    pub(crate) fn read(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name).with_extension("hex");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut sections: HashMap<String, Vec<u8>> = HashMap::new();
        let mut section = String::new();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or("").trim();
            if let Some(name) = line.strip_prefix('[') {
                section = name.trim_end_matches(']').to_owned();
            } else {
                let octets = line.split_whitespace().map(|octet| u8::from_str_radix(octet, 16).unwrap());
                sections.entry(section.clone()).or_default().extend(octets);
            }
        }
        Self(sections)
    }

    pub(crate) fn octets(&self, section: &str) -> &[u8] {
        self.0.get(section).unwrap_or_else(|| panic!("no section [{section}]"))
    }

    pub(crate) fn key(&self, section: &str) -> [u8; 16] {
        self.octets(section).try_into().unwrap()
    }

    /// A request or response: everything before its signature, and the signature.
    pub(crate) fn pdu(&self, section: &str) -> (Vec<u8>, &[u8]) {
        let (pdu, signature) = self.octets(section).split_last_chunk::<16>().unwrap();
        (pdu.to_vec(), signature)
    }
}
