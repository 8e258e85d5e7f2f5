//! Secrets do not stay in memory: the process reads its own, as a core dump or a swap file would have it.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use nspi_auth::ntlm::{Acceptor, AcceptorSettings, Initiator, ServerNames};
use nspi_auth::{AccountList, Credentials};
use nspi_proto::dcerpc::auth::AuthLevel;
use zeroize::Zeroizing;

use crate::lab::shake_hands;

/// The secrets are written down with each octet turned round, so that only what they are decoded to can be found.
fn turned(octets: &[u8]) -> Vec<u8> {
    octets.iter().map(|octet| !octet).collect()
}

/// How often the octets that `turned` stands for are in the memory that this process can write to.
fn copies_in_memory(turned: &[u8]) -> usize {
    // One at a time: what another test has read would be found.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = File::open("/proc/self/mem").unwrap();
    let first = !turned[0];
    let is_here = |octets: &[u8]| octets.len() >= turned.len() && octets.iter().zip(turned).all(|(o, t)| *o == !*t);
    let mut found = 0;
    let mut page = Zeroizing::new(vec![0; 1 << 16]);
    for line in maps.lines().filter(|line| line.split_whitespace().nth(1).is_some_and(|mode| mode.starts_with("rw"))) {
        let (start, end) = line.split_whitespace().next().and_then(|range| range.split_once('-')).unwrap();
        let [mut at, end] = [start, end].map(|number| u64::from_str_radix(number, 16).unwrap());
        while at < end {
            let length = usize::try_from(end - at).unwrap_or(usize::MAX).min(page.len());
            // A mapping may go while it is looked at. What is read must not find itself later: it is wiped.
            if memory.seek(SeekFrom::Start(at)).is_err() || memory.read_exact(&mut page[..length]).is_err() {
                break;
            }
            let own = page.as_ptr_range();
            let is_own = |place: u64| (own.start.addr() as u64..own.end.addr() as u64).contains(&place);
            let begins = page[..length].iter().enumerate().filter(|(_, octet)| **octet == first);
            found += begins.filter(|(from, _)| is_here(&page[*from..length]) && !is_own(at + *from as u64)).count();
            page.fill(0);
            at += length as u64;
        }
    }
    found
}

/// `count` octets that no other part of the process has, turned round.
fn some_secret(count: usize) -> Vec<u8> {
    let mut octets = vec![0; count];
    getrandom::fill(&mut octets).unwrap();
    octets.iter().map(|octet| !(b'a' + octet % 26)).collect()
}

/// The same secret in UTF-16.
fn utf16(turned: &[u8]) -> Vec<u8> {
    turned.iter().flat_map(|octet| [*octet, !0]).collect()
}

/// A text with the password in it, wiped at the end.
fn accounts_text(password: &[u8], word: impl Fn(&str) -> String) -> Zeroizing<String> {
    let password = Zeroizing::new(turned(password));
    let word = Zeroizing::new(word(std::str::from_utf8(&password).unwrap()));
    let mut text = Zeroizing::new(String::with_capacity(1024));
    text.push_str("domain ACME acme.test\nuser ACME\\alice password ");
    text.push_str(&word);
    text
}

#[test]
fn a_secret_that_is_held_is_found() {
    let secret = some_secret(24);
    let held = turned(&secret);
    assert!(copies_in_memory(&secret) >= 1);
    drop(Zeroizing::new(held));
    assert_eq!(copies_in_memory(&secret), 0);
}

#[test]
fn no_password_stays_in_memory_after_accounts_were_read() {
    for quoted in [false, true] {
        let secret = some_secret(24);
        let text = accounts_text(&secret, |word| if quoted { format!("\"{word}\"") } else { word.to_owned() });
        let accounts: AccountList = text.parse().unwrap();
        drop(text);
        assert_eq!(copies_in_memory(&secret), 0, "quoted: {quoted}");
        assert_eq!(copies_in_memory(&utf16(&secret)), 0, "UTF-16, quoted: {quoted}");
        drop(accounts);
    }
}

#[test]
fn no_password_stays_in_memory_after_a_logon() {
    let secret = some_secret(24);
    let text = accounts_text(&secret, str::to_owned);
    let accounts: AccountList = text.parse().unwrap();
    drop(text);
    let settings = Arc::new(AcceptorSettings::new(accounts, ServerNames::new("ACME", "acme.test", "DC1")));
    let credentials = {
        let password = Zeroizing::new(turned(&secret));
        Credentials::ntlm("ACME", "alice", std::str::from_utf8(&password).unwrap())
    };
    let established = shake_hands(Initiator::new(credentials, AuthLevel::Privacy), Acceptor::new(settings)).unwrap();
    assert_eq!(copies_in_memory(&secret), 0);
    drop(established);
}

/// The hash is as good as the password: it goes with the last who holds it. What passed through a frame of the stack is
/// not counted here.
#[test]
fn hashes_are_wiped_with_their_last_holder() {
    let secret = some_secret(16);
    let digits: String = secret.iter().map(|octet| format!("{:02x}", !octet)).collect();
    let text = format!("domain ACME acme.test\nuser ACME\\alice nt-hash {digits}");
    let held: Vec<AccountList> = (0..32).map(|_| text.parse().unwrap()).collect();
    let lent: Vec<AccountList> = held.iter().flat_map(|list| [list.clone(), list.clone()]).collect();
    let during = copies_in_memory(&secret);
    assert!((32..48).contains(&during), "clones have none of their own: {during}");
    drop(held);
    assert!(copies_in_memory(&secret) >= 32);
    drop(lent);
    assert!(copies_in_memory(&secret) <= during - 32);
}
