//! Kerberos tickets that did not say who they are for.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::kerberos::Shut;

/// Services that are named, so that their keys can be had.
const SERVICES: usize = 8;

/// How many there were.
#[derive(Debug, Default)]
pub(crate) struct Tickets {
    shut: u64,
    /// Of which service and encryption type, the first of them.
    services: BTreeMap<(String, u64), u64>,
}

impl Tickets {
    /// One that stayed shut.
    pub(crate) fn count(&mut self, shut: &Shut) {
        self.shut += 1;
        let (Shut::NoKey { service, cipher } | Shut::Cipher { service, cipher }) = shut else { return };
        let named = (service.clone(), *cipher);
        if self.services.len() < SERVICES || self.services.contains_key(&named) {
            *self.services.entry(named).or_default() += 1;
        }
    }

    /// What there is to say about them.
    pub(crate) fn note(&self) -> Option<String> {
        let mut note = format!(
            "Kerberos tickets that the keytab does not open: {}; who they belong to is told by address.",
            self.shut
        );
        if !self.services.is_empty() {
            note.push_str(" They need the key of");
            for (place, ((service, cipher), number)) in self.services.iter().enumerate() {
                let comma = if place == 0 { "" } else { "," };
                let _ = write!(note, "{comma} {service} for {} ({number})", cipher_name(*cipher));
            }
            note.push_str("; only AES with SHA-1 is read.");
        }
        (self.shut > 0).then_some(note)
    }
}

/// Of an encryption type, as keytabs have it [RFC 3961 8, RFC 4757].
fn cipher_name(number: u64) -> String {
    match number {
        17 => "aes128-cts-hmac-sha1-96".to_owned(),
        18 => "aes256-cts-hmac-sha1-96".to_owned(),
        19 => "aes128-cts-hmac-sha256-128".to_owned(),
        20 => "aes256-cts-hmac-sha384-192".to_owned(),
        23 => "rc4-hmac".to_owned(),
        other => format!("encryption type {other}"),
    }
}
