//! The files of `examples/lab`: what a newcomer starts with must hold together.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use nspi_proto::dcerpc::auth::AuthLevel;
use nspi_server::config::registry::RegistrySettings;
use nspi_server::config::{CommandLine, LAB_ACCOUNTS, Settings};
use nspi_server::ldif::{self, Entry};

fn lab(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/lab").join(file)
}

fn address_book() -> Vec<Entry> {
    ldif::parse(&std::fs::read(lab("acme.ldif")).unwrap()).unwrap()
}

fn people(entries: &[Entry]) -> Vec<&Entry> {
    entries.iter().filter(|entry| entry.text("sAMAccountName").is_some()).collect()
}

#[test]
fn the_configuration_serves_acme_at_level_connect() {
    let command_line = CommandLine { config: Some(lab("nspi-server.toml")), ..CommandLine::default() };
    let settings = Settings::load(&command_line).unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:6002");
    assert_eq!(settings.endpoint_mapper.unwrap().to_string(), "127.0.0.1:1135");
    assert_eq!((settings.domain.as_str(), settings.realm.as_str()), ("ACME", "ACME.TEST"));
    assert_eq!(*settings.min_auth_level, AuthLevel::Connect);
    assert_eq!(settings.effective_cap().max_sessions_per_user, Some(50));
    assert_eq!(settings.warnings(), [""; 0]);
    for file in [&settings.accounts, &settings.ldif] {
        assert!(file.as_ref().unwrap().is_file(), "{file:?}");
    }
}

#[test]
fn the_accounts_are_the_built_in_ones() {
    assert_eq!(std::fs::read_to_string(lab("accounts.txt")).unwrap(), LAB_ACCOUNTS);
}

#[test]
fn the_registry_file_is_the_articles_relief_as_regedit_writes_it() {
    let octets = std::fs::read(lab("relief.reg")).unwrap();
    assert!(octets.starts_with(b"\xff\xfeW\0i\0") && octets.ends_with(b"\r\0\n\0\r\0\n\0"));
    let settings = RegistrySettings::parse(&octets).unwrap();
    assert_eq!(settings, RegistrySettings { max_sessions_per_user: Some(250), ..RegistrySettings::default() });
}

#[test]
fn the_address_book_has_over_three_hundred_people_with_names_from_many_scripts() {
    let entries = address_book();
    let people = people(&entries);
    assert!(people.len() >= 300, "{}", people.len());
    for name in
        ["Alice Adams", "Bob Baker", "Žofie Ångström", "山田太郎", "𠮷野健二", "مريم الخطيب", "Quine, Willard V."]
    {
        assert!(people.iter().any(|person| person.text("displayName") == Some(name)), "{name}");
    }
    for person in people {
        for attribute in [
            "cn",
            "givenName",
            "sn",
            "mail",
            "title",
            "department",
            "company",
            "telephoneNumber",
            "physicalDeliveryOfficeName",
            "legacyExchangeDN",
            "mailNickname",
        ] {
            assert!(person.text(attribute).is_some_and(|value| !value.is_empty()), "{attribute} of {}", person.dn);
        }
    }
}

#[test]
fn names_guids_and_addresses_are_unique() {
    let entries = address_book();
    for attribute in ["objectGUID", "mail", "proxyAddresses", "legacyExchangeDN", "mailNickname", "sAMAccountName"] {
        let mut seen = HashSet::new();
        for value in entries.iter().flat_map(|entry| entry.values(attribute)) {
            assert!(seen.insert(value.to_vec()), "{attribute} {:?} twice", String::from_utf8_lossy(value));
        }
    }
    assert!(entries.iter().all(|entry| entry.values("objectGUID").all(|guid| guid.len() == 16)));
}

#[test]
fn every_manager_and_member_is_an_entry() {
    let entries = address_book();
    let names: HashSet<&str> = entries.iter().map(|entry| entry.dn.as_str()).collect();
    assert_eq!(names.len(), entries.len());
    let mut links = 0;
    for target in entries.iter().flat_map(|entry| entry.texts("manager").chain(entry.texts("member"))) {
        assert!(names.contains(target), "{target}");
        links += 1;
    }
    assert!(links > 600, "{links}");
}
