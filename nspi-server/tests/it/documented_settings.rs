//! `docs/nspi-server.toml` has every setting, with its default.

use clap::Parser;
use nspi_server::config::{CommandLine, Settings};

const DOCUMENT: &str = include_str!("../../../docs/nspi-server.toml");

/// The settings of a file, without saying that they are a file's.
fn load(toml: &str) -> Settings {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.toml");
    std::fs::write(&path, toml).unwrap();
    std::fs::write(folder.path().join("relief.reg"), "Windows Registry Editor Version 5.00\r\n").unwrap();
    let arguments = ["nspi-server", "--config", path.to_str().unwrap()];
    Settings::load(&CommandLine::try_parse_from(arguments).unwrap()).unwrap()
}

/// The file with each setting that has no default switched on: a `#` with no blank behind it.
fn all() -> String {
    let on = |line: &str| match line.strip_prefix('#') {
        Some(setting) if setting.starts_with(|c: char| c.is_ascii_lowercase() || c == '[') => setting.to_owned(),
        _ => line.to_owned(),
    };
    DOCUMENT.lines().map(on).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_file_as_it_stands_changes_nothing() {
    let (documented, default) = (load(DOCUMENT), Settings::default());
    assert_eq!(documented.to_string().replace("configuration file", "default"), default.to_string());
    assert_eq!((&documented.limits, &documented.address_book), (&default.limits, &default.address_book));
    assert_eq!(documented.kerberos, default.kerberos);
}

#[test]
fn each_setting_that_has_no_default_is_one_and_is_in_the_file() {
    let text = all().replace("writable = false", "writable = true").replace("\nfile = ", "\n#file = ");
    let (before, directory) = text.split_once("[address-book.ldap]").unwrap();
    let (directory, after) = directory.split_once("[kerberos]").unwrap();
    if cfg!(feature = "ldap") {
        let before = before.replace("\"memory\"", "\"ldap\"").replace("\nldif = ", "\n#ldif = ");
        let directory = directory.replace("password-env", "#password-env"); // one of the two
        let settings = load(&format!("{before}[address-book.ldap]{directory}"));
        assert_eq!(settings.address_book.ldap.unwrap().filter.as_deref(), Some("(mail=*)"));
    }
    let after = if cfg!(feature = "kerberos") { after } else { &after.replace("\nkeytab = ", "\n#keytab = ") };
    let settings = load(&format!("{before}[kerberos]{after}"));
    assert_eq!(*settings.max_sessions_per_user, Some(50));
    // What is printed of the settings, and of a wrong one, names them all.
    let folder = tempfile::tempdir().unwrap();
    let wrong = |toml: &str| {
        let path = folder.path().join("wrong.toml");
        std::fs::write(&path, toml).unwrap();
        let arguments = ["nspi-server", "--config", path.to_str().unwrap()];
        Settings::load(&CommandLine::try_parse_from(arguments).unwrap()).unwrap_err().to_string()
    };
    let all = all();
    for table in ["", "[limits]\n", "[kerberos]\n", "[address-book]\n", "[address-book.ldap]\n"] {
        let text = wrong(&format!("{table}no-such-setting = 1\n"));
        let (_, expected) = text.split_once("expected").unwrap_or_else(|| panic!("{text}"));
        let names: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "{text}");
        for name in names.into_iter().filter(|name| *name != "address_book") {
            let written = [format!("\n{name} = "), format!("\n[{name}]"), format!(".{name}]")];
            assert!(written.iter().any(|form| all.contains(form)), "{table}{name}");
        }
    }
}
