//! `[address-book]`: where people come from.

use std::collections::HashSet;
#[cfg(feature = "store")]
use std::path::Path;

use clap::Parser as _;
use nspi_proto::nspi::property::{PropertyTag, tags};
#[cfg(feature = "ldap")]
use nspi_server::config::LdapSettings;
use nspi_server::config::{AddressBookSettings, BookKind, CommandLine, Settings};
use tempfile::TempDir;

/// What a configuration file in a folder of its own comes to.
fn load(file: &str, arguments: &[&str]) -> Result<(TempDir, AddressBookSettings), String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nspi-server.toml");
    std::fs::write(&path, file).unwrap();
    let named = ["nspi-server", "--config", path.to_str().unwrap()];
    let command_line = CommandLine::parse_from(named.into_iter().chain(arguments.iter().copied()));
    let settings = Settings::load(&command_line).map_err(|wrong| wrong.to_string())?;
    Ok((folder, settings.address_book))
}

/// What is wrong with a file, behind its name.
fn wrong(file: &str) -> String {
    let reason = load(file, &[]).map(drop).unwrap_err();
    reason.split_once(", line ").unwrap_or_else(|| panic!("{reason}")).1.to_owned()
}

#[test]
fn people_are_held_in_memory_by_default() {
    assert_eq!(load("", &[]).unwrap().1, AddressBookSettings::default());
    assert_eq!(AddressBookSettings::default().kind, BookKind::Memory);
}

#[test]
fn attributes_of_the_file_come_before_the_built_in_ones() {
    let file = "[address-book.attributes]\nemployeeID = 0x3A00001F\nlogo = 0x8C9E0102\n";
    let map = load(file, &[]).unwrap().1.attribute_map();
    let account = map.iter().filter(|(_, tag)| *tag == tags::ACCOUNT).map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(account[..2], ["employeeID", "mailNickname"]);
    assert_eq!(map.properties("LOGO").collect::<Vec<_>>(), [PropertyTag(0x8C9E_0102)]);
}

#[test]
fn each_attribute_of_the_table_is_read_as_a_type_that_exists() {
    let map = AddressBookSettings::default().attribute_map();
    let names: HashSet<_> = map.iter().map(|(name, tag)| (name.to_lowercase(), tag)).collect();
    assert_eq!(names.len(), map.iter().count(), "no line stands twice");
    let file: String = map.iter().enumerate().map(|(n, (_, tag))| format!("a{n} = {}\n", tag.0)).collect();
    assert!(load(&format!("[address-book.attributes]\n{file}"), &[]).is_ok());
}

#[test]
fn a_tag_that_no_attribute_is_read_as_is_refused() {
    let said = wrong("[address-book.attributes]\nemployeeID = 0x3A00001E\n");
    assert!(
        said.starts_with("1: `address-book.attributes`: the property 0x3A00001E of `employeeID` has a type"),
        "{said}"
    );
}

#[cfg(feature = "store")]
#[test]
fn the_store_is_beside_the_file_that_names_it_or_on_the_command_line() {
    let (folder, book) = load("[address-book]\nkind = \"store\"\nfile = \"acme.book\"\n", &[]).unwrap();
    assert_eq!((book.kind, book.file), (BookKind::Store, Some(folder.path().join("acme.book"))));
    let (_folder, book) = load("", &["--book", "other.book"]).unwrap();
    assert_eq!((book.kind, book.file.as_deref()), (BookKind::Store, Some(Path::new("other.book"))));
    let (_folder, book) = load("[address-book]\nkind = \"store\"\nfile = \"a\"\n", &["--ldif", "people.ldif"]).unwrap();
    assert_eq!((book.kind, book.file), (BookKind::Memory, None), "the command line holds");
}

#[cfg(feature = "ldap")]
#[test]
fn a_directory_has_defaults_for_all_but_url_and_base() {
    let file = "[address-book]\nkind = \"ldap\"\n[address-book.ldap]\nurl = \"ldaps://dc1\"\nbase = \"dc=acme\"\n";
    let (_folder, book) = load(file, &[]).unwrap();
    assert_eq!(book.ldap, Some(LdapSettings::new("ldaps://dc1", "dc=acme")));
    let (folder, book) = load(&format!("{file}bind-dn = \"me\"\npassword-file = \"p\"\n"), &[]).unwrap();
    assert_eq!(book.ldap.unwrap().password_file, Some(folder.path().join("p")));
}

#[cfg(feature = "ldap")]
#[test]
fn only_this_very_machine_may_be_asked_without_encryption() {
    let plain = |url: &str| {
        let ldap = LdapSettings { plain_on_loopback: true, ..LdapSettings::new(url, "dc=acme") };
        ldap.is_plain()
    };
    for url in ["ldap://127.0.0.1", "ldap://localhost:389", "ldap://[::1]:10389", "ldap://127.8.9.10/"] {
        assert!(plain(url), "{url}");
    }
    for url in
        ["ldaps://127.0.0.1", "ldap://10.0.0.1", "ldap://127.0.0.1.acme.test", "ldap://localhost.acme.test", "ldap:"]
    {
        assert!(!plain(url), "{url}");
    }
    assert!(!LdapSettings::new("ldap://127.0.0.1", "dc=acme").is_plain(), "nor that, unless it is asked for");
}

#[cfg(all(feature = "ldap", feature = "store"))]
#[test]
fn what_cannot_hold_together_is_refused() {
    let ldap = "[address-book]\nkind = \"ldap\"\n[address-book.ldap]\nurl = \"ldaps://dc1\"\nbase = \"dc=acme\"\n";
    for (file, said) in [
        (
            "[address-book]\nkind = \"sql\"\n".to_owned(),
            "2: `address-book.kind`: unknown variant `sql`, expected one of",
        ),
        ("[address-book]\nkind = \"store\"\n".to_owned(), "1: `address-book.kind`: a store needs its `file`"),
        ("[address-book]\nkind = \"ldap\"\n".to_owned(), "1: `address-book.kind`: a directory needs the table"),
        ("[address-book]\nfile = \"b\"\n".to_owned(), "1: `address-book.file`: belongs to `kind = \"store\"`"),
        (format!("ldif = \"p\"\n{ldap}"), "2: `address-book.kind`: people come from here, or from `ldif`"),
        (format!("{ldap}password-env = \"P\"\n"), "1: `address-book.ldap.bind-dn`: a password is given, and nobody"),
        (format!("{ldap}poll-seconds = 0\n"), "6: `address-book.ldap.poll-seconds`: invalid value"),
        (format!("{ldap}port = 1\n"), "6: `address-book.ldap.port`: unknown setting"),
    ] {
        let reason = wrong(&file);
        assert!(reason.starts_with(said), "{file}: {reason}");
    }
}

#[cfg(not(any(feature = "ldap", feature = "store")))]
#[test]
fn what_the_program_was_built_without_is_named() {
    for (kind, feature) in [("store", "`store`; build it with --features store"), ("ldap", "`ldap`")] {
        let said = wrong(&format!("[address-book]\nkind = \"{kind}\"\n"));
        assert!(said.contains(&format!("this program was built without the feature {feature}")), "{said}");
    }
}

#[cfg(all(feature = "ldap", feature = "store"))]
#[test]
fn the_printed_configuration_gives_the_same_again() {
    for file in [
        "[address-book]\nkind = \"store\"\nfile = \"acme.book\"\n[address-book.attributes]\nemployeeID = 0x3A00001F\n",
        "[address-book]\nkind = \"ldap\"\n[address-book.ldap]\nurl = \"ldaps://dc1\"\nbase = \"dc=acme\"\n\
         bind-dn = \"me\"\npassword-file = \"/p\"\nca-file = \"/c\"\npage-size = 7\n",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("first.toml");
        std::fs::write(&path, file).unwrap();
        let load = |path: &Path| {
            Settings::load(&CommandLine { config: Some(path.to_owned()), ..CommandLine::default() }).unwrap()
        };
        let first = load(&path);
        let again = folder.path().join("again.toml");
        std::fs::write(&again, first.to_string()).unwrap();
        assert_eq!(load(&again).address_book, first.address_book, "{first}");
    }
}
