//! Every operation of NSPI, driven by every program that has it, in every syntax that it has, on the built-in company.
//! `directory::operations` does the same on Active Directory.

use interop::operations::{Book, Changes, drive};
use interop::{ALICE, Client, Logon, NspiServer, Syntax};

use super::DEFAULTS;

/// Japanese, Arabic, Czech, Chinese, Hebrew, and a letter made of two that must not become one.
const COMPANY: Book<'_> = Book {
    people: &[
        ("山田 太郎", "太郎", "山田"),
        ("ليلى الحداد", "ليلى", "الحداد"),
        ("Žofie Ångström", "Žofie", "Ångström"),
        ("徐 欣妍", "欣妍", "徐"),
        ("יעל יוסף", "יעל", "יוסף"),
        ("Walter Weiße\u{301}", "Walter", "Weiße\u{301}"),
    ],
    sought: ("ŽOFIE", "Žofie Ångström"),
    caller: "Alice Adams",
    account: "alice",
    ambiguous: "a",
    distinguished_name: "/o=ACME/ou=First Administrative Group/cn=Recipients/cn=alice",
    addresses: &["SMTP:alice@acme.test", "smtp:alice@mail.acme.test"],
    changes: Changes::None,
};

#[test]
fn impacket_drives_every_operation() {
    on_the_company(Client::impacket, Syntax::Ndr20);
}

#[test]
fn scapy_drives_every_operation_in_ndr20() {
    on_the_company(Client::scapy, Syntax::Ndr20);
}

#[test]
fn scapy_drives_every_operation_in_ndr64() {
    on_the_company(Client::scapy, Syntax::Ndr64);
}

#[test]
fn wine_drives_every_operation() {
    on_the_company(Client::wine, Syntax::Ndr20);
}

/// With nothing but defaults, and where the caller may change what is hers. No group of the company has an owner.
fn on_the_company(client: fn() -> Client, syntax: Syntax) {
    let logon = Logon { syntax, ..ALICE };
    drive(client(), &NspiServer::start(&DEFAULTS), &logon, COMPANY);
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("nspi-server.toml");
    std::fs::write(&config, "[address-book]\nwritable = true\n").unwrap();
    let server = NspiServer::start(&["--config".as_ref(), config.as_os_str()]);
    drive(client(), &server, &logon, Book { changes: Changes::Own { group: None }, ..COMPANY });
}
