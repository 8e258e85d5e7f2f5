//! Every operation of NSPI, driven by every program that has it, in every syntax that it has, on people of Active Directory
//! as it gives them, and with an overlay that can be written to. `foreign::operations` does the same on the built-in company.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use interop::operations::{Book, Changes, Named, drive};
use interop::{ALICE, Client, Logon, Syntax, inside};

use crate::samba::{ADMINISTRATOR, Directory};

/// Japanese; Arabic without and with vowel signs; Hebrew without and with points; Hindi, whose vowels are marks; Chinese;
/// and letters made of several, which must not become one.
const PEOPLE: [Named<'_>; 9] = [
    ("山田 太郎", "太郎", "山田"),
    ("ليلى الحداد", "ليلى", "الحداد"),
    ("مُحَمَّد الفارسيّ", "مُحَمَّد", "الفارسيّ"),
    ("יעל יוסף", "יעל", "יוסף"),
    ("שָׁלוֹם בֶּן־דָּוִד", "שָׁלוֹם", "בֶּן־דָּוִד"),
    ("हिन्दी शर्मा", "हिन्दी", "शर्मा"),
    ("徐 欣妍", "欣妍", "徐"),
    ("Ze\u{301}lie Nguye\u{302}\u{303}n", "Ze\u{301}lie", "Nguye\u{302}\u{303}n"),
    ("Žofie Ångström", "Žofie", "Ångström"),
];

#[test]
fn impacket_drives_every_operation_on_active_directory() {
    on_active_directory("ops-impacket", Client::impacket, Syntax::Ndr20);
}

#[test]
fn scapy_drives_every_operation_on_active_directory_in_ndr20() {
    on_active_directory("ops-scapy", Client::scapy, Syntax::Ndr20);
}

#[test]
fn scapy_drives_every_operation_on_active_directory_in_ndr64() {
    on_active_directory("ops-ndr64", Client::scapy, Syntax::Ndr64);
}

/// With people of its own, whose accounts begin with `prefix`.
fn on_active_directory(prefix: &str, client: fn() -> Client, syntax: Syntax) {
    let directory = Directory::new(prefix);
    fill(&directory, prefix);
    let caller = format!("{prefix}.alice");
    let addresses = ["SMTP", "smtp"].map(|kind| format!("{kind}:{caller}@acme.test"));
    let book = Book {
        people: &PEOPLE,
        sought: ("ŽOFIE", "Žofie Ångström"),
        caller: "Alice Adams",
        account: "alice",
        ambiguous: "a",
        distinguished_name: "/o=NT5/ou=00000000000000000000000000000000/cn=",
        addresses: &addresses.each_ref().map(String::as_str),
        changes: Changes::None,
    };
    let accounts =
        directory.file("accounts", &format!("domain ACME acme.test\nuser ACME\\{caller} password Passw0rd!A\n"));
    let logon = Logon { user: &caller, syntax, ..ALICE };
    for (writable, changes) in [(false, Changes::None), (true, Changes::Own { group: Some("All Staff") })] {
        let base = directory.unit.clone();
        let server =
            directory.server(ADMINISTRATOR, &base, &format!("writable = {writable}\n"), &["--accounts", &accounts]);
        inside(directory.controller.namespace(), || drive(client(), &server, &logon, Book { changes, ..book }));
    }
}

/// Puts the caller, the people and a group into the directory, each under the name that is shown.
fn fill(directory: &Directory, prefix: &str) {
    let caller = format!("{prefix}.alice");
    directory.change(&entry(directory, "Alice Adams", &format!(
        "objectClass: user\nsAMAccountName: {caller}\nuserPrincipalName: {caller}@acme.test\nmail: {caller}@acme.test\n\
         proxyAddresses: SMTP:{caller}@acme.test\nproxyAddresses: smtp:{caller}@acme.test\ngivenName: Alice\nsn: Adams\n\
         title: Managing Director\ntelephoneNumber: +44 1632 960000\n"
    )));
    for (number, (name, given_name, surname)) in PEOPLE.iter().enumerate() {
        let account = format!("{prefix}.p{number}");
        directory.change(&entry(
            directory,
            name,
            &format!(
                "objectClass: user\nsAMAccountName: {account}\nmail: {account}@acme.test\n{}{}",
                attribute("givenName", given_name),
                attribute("sn", surname)
            ),
        ));
    }
    let caller = attribute("managedBy", &format!("CN=Alice Adams,{}", directory.unit));
    directory.change(&entry(
        directory,
        "All Staff",
        &format!("objectClass: group\nsAMAccountName: {prefix}.all\nmail: {prefix}.all@acme.test\n{caller}"),
    ));
}

/// An entry to add, as LDIF.
fn entry(directory: &Directory, name: &str, rest: &str) -> String {
    let dn = attribute("dn", &format!("CN={name},{}", directory.unit));
    format!("{dn}changetype: add\n{}{rest}", attribute("displayName", name))
}

/// A line of LDIF; octets beyond ASCII are in Base64 [RFC 2849].
fn attribute(name: &str, value: &str) -> String {
    format!("{name}:: {}\n", BASE64_STANDARD.encode(value))
}
