//! Settings: where they come from, which one holds, and the sentence that refuses a wrong one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{CommandFactory, Parser};
use nspi_proto::dcerpc::auth::AuthLevel;
use nspi_server::config::{CommandLine, ConfigError, LAB_ACCOUNTS, Limits, Origin, Settings};
use nspi_server::windows::WindowsVersion;
use proptest::prelude::*;
use tempfile::TempDir;

/// A folder with a configuration file in it.
fn folder(toml: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.toml");
    std::fs::write(&path, toml).unwrap();
    (folder, path)
}

fn load(config: &Path, arguments: &[&str]) -> Result<Settings, ConfigError> {
    let arguments = ["nspi-server", "--config", config.to_str().unwrap()].into_iter().chain(arguments.iter().copied());
    Settings::load(&CommandLine::try_parse_from(arguments).unwrap())
}

fn from_toml(toml: &str) -> Settings {
    load(&folder(toml).1, &[]).unwrap()
}

/// What is wrong, without the folder's name.
fn refused(toml: &str) -> String {
    let (folder, path) = folder(toml);
    let error = load(&path, &[]).unwrap_err().to_string();
    assert!(!error.contains('\n'), "{error}");
    error.replace(&format!("{}/", folder.path().display()), "")
}

const RELIEF: &str = r#"Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\System\CurrentControlSet\Services\NTDS\Parameters]
"NSPI max sessions per user"=dword:000000fa
"#;

#[test]
fn with_nothing_given_it_runs_for_the_lab_and_says_so() {
    let settings = Settings::load(&CommandLine::try_parse_from(["nspi-server"]).unwrap()).unwrap();
    assert_eq!(settings, Settings::default());
    assert_eq!(settings.listen.to_string(), "127.0.0.1:6002");
    assert_eq!(settings.endpoint_mapper.unwrap().to_string(), "127.0.0.1:1135");
    assert_eq!(*settings.windows, WindowsVersion::Latest);
    assert_eq!(*settings.min_auth_level, AuthLevel::Integrity);
    assert!(!*settings.allow_anonymous);
    assert_eq!((settings.domain.as_str(), settings.realm.as_str()), ("ACME", "ACME.TEST"));
    assert_eq!(settings.dns_computer(), "dc1.acme.test");
    assert_eq!(settings.effective_cap().max_sessions_per_user, Some(50));
    assert_eq!(
        settings.effective_cap().to_string(),
        "at most 50 sessions a user (default of Windows Server 2016 or later)"
    );
    assert!(settings.logs_refusals());
    let [warning] = settings.warnings().try_into().unwrap();
    assert!(warning.contains("lab accounts"), "{warning}");
    assert!(LAB_ACCOUNTS.contains("Passw0rd!A") && LAB_ACCOUNTS.contains("Passw0rd!B"));
}

#[test]
fn the_command_line_is_above_the_file_the_registry_and_the_windows_version() {
    let (folder, path) = folder("registry = 'relief.reg'\nmax-sessions-per-user = 100\nwindows = '2012r2'\n");
    std::fs::write(folder.path().join("relief.reg"), RELIEF).unwrap();
    let cap = |settings: &Settings| {
        let cap = settings.effective_cap();
        (cap.max_sessions_per_user, cap.origin)
    };
    assert_eq!(cap(&load(&path, &["--max-sessions-per-user", "7"]).unwrap()), (Some(7), Origin::CommandLine));
    assert_eq!(cap(&load(&path, &[]).unwrap()), (Some(100), Origin::File));

    std::fs::write(&path, "registry = 'relief.reg'\nwindows = '2012r2'\n").unwrap();
    let settings = load(&path, &[]).unwrap();
    assert_eq!(cap(&settings), (Some(250), Origin::Registry));
    assert_eq!(settings.effective_cap().to_string(), "at most 250 sessions a user (registry file)");

    std::fs::write(&path, "windows = '2012r2'\n").unwrap();
    let settings = load(&path, &[]).unwrap();
    assert_eq!(cap(&settings), (Some(50), Origin::Windows));
    assert_eq!((*settings.windows, settings.windows.origin), (WindowsVersion::Server2012R2, Origin::File));
    let settings = load(&path, &["--windows", "2003"]).unwrap();
    assert_eq!(cap(&settings), (None, Origin::Windows));
    assert_eq!(settings.effective_cap().to_string(), "no cap on sessions (default of Windows Server 2003)");
}

#[test]
fn windows_2003_does_not_look_at_the_registry_and_the_server_says_so() {
    let (folder, path) = folder("registry = 'relief.reg'\nwindows = 2003\naccounts = 'a'\n");
    std::fs::write(folder.path().join("relief.reg"), RELIEF).unwrap();
    let settings = load(&path, &[]).unwrap();
    assert_eq!(settings.effective_cap().max_sessions_per_user, None);
    assert!(!settings.logs_refusals());
    let [warning] = settings.warnings().try_into().unwrap();
    assert!(warning.ends_with("Windows Server 2003 does not know `NSPI max sessions per user`; it has no effect"));
}

#[test]
fn on_2008_refusals_are_events_only_at_level_five_of_the_registry() {
    for (level, logged) in [(0, false), (4, false), (5, true)] {
        let (folder, path) = folder("registry = 'd.reg'\nwindows = 2008\n");
        let diagnostics = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\NTDS\Diagnostics";
        let reg = format!("REGEDIT4\n[{diagnostics}]\n\"4 MAPI Interface Events\"=dword:{level}\n");
        std::fs::write(folder.path().join("d.reg"), reg).unwrap();
        assert_eq!(load(&path, &[]).unwrap().logs_refusals(), logged, "level {level}");
    }
}

#[test]
fn the_registry_can_be_read_again_and_nothing_else_changes() {
    let (folder, path) = folder("registry = 'relief.reg'\n");
    let registry = folder.path().join("relief.reg");
    std::fs::write(&registry, RELIEF).unwrap();
    let before = load(&path, &[]).unwrap();
    std::fs::write(&path, "listen = '127.0.0.1:1'\n").unwrap();
    std::fs::write(&registry, RELIEF.replace("000000fa", "00000000")).unwrap();
    let after = before.reread_registry().unwrap();
    assert_eq!(after.effective_cap().max_sessions_per_user, Some(0));
    assert!(after.warnings().iter().any(|warning| warning.contains("every NspiBind will be refused")));
    assert_eq!(Settings { from_registry: before.from_registry.clone(), ..after }, before);

    std::fs::write(&registry, "nothing").unwrap();
    let error = before.reread_registry().unwrap_err().to_string();
    assert!(error.contains("relief.reg, given by `registry`: not a registry file: expected `Windows Reg"), "{error}");
}

#[test]
fn what_a_registry_file_says_in_vain_is_a_warning_with_the_files_name() {
    let (folder, path) = folder("accounts = 'a'\n");
    let registry = folder.path().join("wrong.reg");
    std::fs::write(&registry, RELIEF.replace(r"\Parameters", "")).unwrap();
    let settings = load(&path, &["--registry", registry.to_str().unwrap()]).unwrap();
    let [warning] = settings.warnings().try_into().unwrap();
    assert!(warning.contains("wrong.reg, line 4: `NSPI max sessions per user` stands under"), "{warning}");
    assert_eq!(settings.effective_cap().origin, Origin::Windows);
}

#[test]
fn every_setting_of_the_file_is_read() {
    let settings = from_toml(
        "listen = '[::1]:7000'\nendpoint-mapper = 'off'\nwindows = 2008\nmax-sessions-per-user = 4294967295\n\
         accounts = 'a.txt'\nldif = '/b.ldif'\nevent-log = 'c.xml'\nmin-auth-level = 'privacy'\nallow-anonymous = true\n\
         domain = 'CONTOSO'\nrealm = 'contoso.example'\ncomputer = 'GC-7'\n\
         server-guid = '6f1d0c4e-7a51-4c1e-9f0e-2b5d8c1a9e37'\n\
         [limits]\nmax-connections = 5\nmax-connections-per-address = 4\nunauthenticated-deadline-seconds = 3\n\
         idle-deadline-seconds = 2\nkeep-alive-seconds = 1\nmax-request-octets = 5000\nmax-pending-octets = 6000\n\
         max-pending-octets-total = 7000\nmax-contexts = 8\nmax-security-contexts = 9\nmax-calls = 10\n\
         session-memory-octets = 8192\nmax-event-log-octets = 100000\n",
    );
    assert_eq!(settings.listen.to_string(), "[::1]:7000");
    assert_eq!((*settings.endpoint_mapper, settings.endpoint_mapper.origin), (None, Origin::File));
    assert_eq!(*settings.windows, WindowsVersion::Server2008);
    assert_eq!(settings.effective_cap().max_sessions_per_user, Some(u32::MAX));
    assert_eq!(*settings.min_auth_level, AuthLevel::Privacy);
    assert!(*settings.allow_anonymous);
    assert_eq!(settings.dns_computer(), "gc-7.contoso.example");
    assert_eq!(settings.server_guid.unwrap().to_string(), "6f1d0c4e-7a51-4c1e-9f0e-2b5d8c1a9e37");
    let limits = &settings.limits;
    assert_eq!(limits.unauthenticated_deadline(), Duration::from_secs(3));
    assert_eq!(limits.idle_deadline(), Some(Duration::from_secs(2)));
    assert_eq!(limits.keep_alive(), Duration::from_secs(1));
    assert_eq!((limits.max_connections, limits.max_connections_per_address), (5, 4));
    assert_eq!(
        (limits.max_request_octets, limits.max_pending_octets, limits.max_pending_octets_total),
        (5000, 6000, 7000)
    );
    assert_eq!((limits.max_contexts, limits.max_security_contexts, limits.max_calls), (8, 9, 10));
    assert_eq!((limits.session_memory_octets, limits.max_event_log_octets), (8192, 100_000));
}

#[test]
fn the_kerberos_table_is_read_and_printed_and_its_keytab_is_relative_to_the_file() {
    let table = "[kerberos]\nkeytab = 'nspi.keytab'\nservices = ['exchangeAB/mail.acme.test', 'host']\n\
                 trusted-realms = { 'CORP.EXAMPLE' = 'CORP' }\n";
    let (folder, path) = folder(table);
    let settings = load(&path, &[]).unwrap();
    assert_eq!(settings.keytab.as_deref(), Some(folder.path().join("nspi.keytab").as_path()));
    assert_eq!(settings.kerberos.services, ["exchangeAB/mail.acme.test", "host"]);
    assert_eq!(settings.kerberos.trusted_realms["CORP.EXAMPLE"], "CORP");
    let again = from_toml(&settings.to_string());
    assert_eq!((&again.keytab.value, &again.kerberos), (&settings.keytab.value, &settings.kerberos));
    assert_eq!(load(&path, &["--keytab", "/other"]).unwrap().keytab.as_deref(), Some(Path::new("/other")));
    let wrong = refused("[kerberos]\ntrusted-realms = { 'CORP EXAMPLE' = 'CORP' }\n");
    assert!(wrong.contains("line 2") && wrong.contains("a DNS name such as ACME.TEST"), "{wrong}");
}

#[cfg(not(feature = "kerberos"))]
#[tokio::test]
async fn a_keytab_for_a_server_that_was_built_without_kerberos_is_refused() {
    let (_folder, path) =
        folder("listen = '127.0.0.1:0'\nendpoint-mapper = 'off'\n[kerberos]\nkeytab = 'nspi.keytab'\n");
    let refused = nspi_server::Server::listen(load(&path, &[]).unwrap()).await.unwrap_err().to_string();
    assert!(refused.contains("nspi.keytab") && refused.contains("--features kerberos"), "{refused}");
}

#[test]
fn paths_are_relative_to_the_file_that_names_them() {
    let (folder, path) = folder("accounts = 'a.txt'\nldif = '/b.ldif'\nevent-log = '../c.xml'\n");
    let settings = load(&path, &["--ldif", "here.ldif"]).unwrap();
    assert_eq!(settings.accounts.as_deref(), Some(folder.path().join("a.txt").as_path()));
    assert_eq!(settings.ldif.as_deref(), Some(Path::new("here.ldif")), "the command line's is relative to the shell");
    assert_eq!(settings.event_log.as_deref(), Some(folder.path().join("../c.xml").as_path()));
    assert_eq!(load(&path, &[]).unwrap().ldif.as_deref(), Some(Path::new("/b.ldif")));
}

#[test]
fn each_wrong_setting_is_refused_with_file_line_key_and_what_is_expected() {
    for (toml, sentence) in [
        (
            "listen = '6002'\n",
            "server.toml, line 1: `listen`: invalid value: string \"6002\", expected an address and port such as 127.0.0.1:6002",
        ),
        (
            "\nendpoint-mapper = 'on'\n",
            "server.toml, line 2: `endpoint-mapper`: invalid value: string \"on\", expected an address and port such as 127.0.0.1:1135, or off",
        ),
        (
            "windows = 2005\n",
            "server.toml, line 1: `windows`: invalid type: integer `2005`, expected 2003, 2008, 2008r2, 2012, 2012r2, a later year such as 2016 or 2025, or latest",
        ),
        (
            "max-sessions-per-user = -1\n",
            "server.toml, line 1: `max-sessions-per-user`: invalid value: integer `-1`, expected a whole number from 0 to 4294967295",
        ),
        (
            "max-sessions-per-user = '250'\n",
            "server.toml, line 1: `max-sessions-per-user`: invalid type: string \"250\", expected a whole number from 0 to 4294967295",
        ),
        (
            "min-auth-level = 'strong'\n",
            "server.toml, line 1: `min-auth-level`: invalid value: string \"strong\", expected none, connect, call, packet, integrity or privacy",
        ),
        (
            "allow-anonymous = 'no'\n",
            "server.toml, line 1: `allow-anonymous`: invalid type: string \"no\", expected a boolean",
        ),
        (
            "domain = 'acme.test'\n",
            "server.toml, line 1: `domain`: invalid value: string \"acme.test\", expected a NetBIOS name of 1 to 15 letters, digits and hyphens, such as ACME",
        ),
        (
            "realm = 'a..b'\n",
            "server.toml, line 1: `realm`: invalid value: string \"a..b\", expected a DNS name such as ACME.TEST",
        ),
        (
            "server-guid = 'x'\n",
            "server.toml, line 1: `server-guid`: invalid value: string \"x\", expected a GUID such as 6f1d0c4e-7a51-4c1e-9f0e-2b5d8c1a9e37",
        ),
        (
            "# limits\n[limits]\nmax-calls = 4\nmax-contexts = 0\n",
            "server.toml, line 4: `limits.max-contexts`: invalid value: integer `0`, expected a whole number from 1 to 65536",
        ),
        (
            "limits = { max-calls = 4, max-contexts = 0.5 }\n",
            "server.toml, line 1: `max-contexts`: invalid type: floating point `0.5`, expected a whole number from 1 to 65536",
        ),
        (
            "[limits]\nmax-request-octets = 1073741824\n",
            "server.toml, line 2: `limits.max-request-octets`: larger than `limits.max-pending-octets`; expected at most that",
        ),
        (
            "[limits]\nmax-pending-octets-total = 4096\n",
            "server.toml, line 2: `limits.max-pending-octets`: larger than `limits.max-pending-octets-total`; expected at most that",
        ),
    ] {
        assert_eq!(refused(toml), sentence);
    }
}

#[test]
fn an_unknown_or_repeated_setting_and_broken_toml_are_refused_with_their_line() {
    let unknown = refused("\nlisten-on = '127.0.0.1:1'\n");
    assert!(unknown.starts_with("server.toml, line 2: `listen-on`: unknown setting `listen-on`, expected one of `listen`, `endpoint-mapper`, "), "{unknown}");
    let unknown = refused("[limits]\nmax-session = 1\n");
    assert!(unknown.starts_with("server.toml, line 2: `limits.max-session`: unknown setting `max-session`, expected one of `max-connections`, "), "{unknown}");
    let repeated = refused("windows = 2008\nwindows = 2012\n");
    assert!(repeated.starts_with("server.toml, line 2: `windows`: duplicate key"), "{repeated}");
    let broken = refused("windows = 2008\nlisten = = 'a'\n");
    assert!(broken.starts_with("server.toml, line 2: "), "{broken}");
}

#[test]
fn files_that_are_not_there_are_named() {
    let (folder, path) = folder("registry = 'none.reg'\n");
    let error = load(&path, &[]).unwrap_err().to_string();
    assert!(error.contains("none.reg, given by `registry`: No such file"), "{error}");
    let error = load(&folder.path().join("none.toml"), &[]).unwrap_err().to_string();
    assert!(error.contains("none.toml: No such file"), "{error}");
    std::fs::write(&path, b"windows = '\xff'").unwrap();
    assert!(matches!(load(&path, &[]), Err(ConfigError::Read { .. })));
}

#[test]
fn the_command_line_is_refused_in_the_same_words() {
    for (arguments, expected) in [
        (["--listen", "6002"], "expected an address and port such as 127.0.0.1:6002"),
        (["--endpoint-mapper", "no"], "expected an address and port such as 127.0.0.1:1135, or off"),
        (["--windows", "95"], "expected 2003, 2008, 2008r2"),
        (["--min-auth-level", "x"], "expected none, connect, call, packet, integrity or privacy"),
        (["--max-sessions-per-user", "4294967296"], "4294967296 is not in 0..=4294967295"),
    ] {
        let error = CommandLine::try_parse_from(["nspi-server"].into_iter().chain(arguments)).unwrap_err().to_string();
        assert!(error.contains(arguments[0]) && error.contains(expected), "{error}");
    }
    CommandLine::command().debug_assert();
}

#[test]
fn every_option_reaches_its_setting() {
    let settings = Settings::load(
        &CommandLine::try_parse_from([
            "nspi-server",
            "--listen",
            "0.0.0.0:1",
            "--endpoint-mapper",
            "off",
            "--windows",
            "2008r2",
            "--max-sessions-per-user",
            "9",
            "--accounts",
            "a",
            "--ldif",
            "b",
            "--event-log",
            "c",
            "--min-auth-level",
            "connect",
        ])
        .unwrap(),
    )
    .unwrap();
    assert_eq!(settings.listen.to_string(), "0.0.0.0:1");
    assert_eq!((*settings.endpoint_mapper, *settings.windows), (None, WindowsVersion::Server2008R2));
    assert_eq!(settings.max_sessions_per_user.value, Some(9));
    let files = [&settings.accounts, &settings.ldif, &settings.event_log].map(|path| path.as_deref());
    assert_eq!(files, ["a", "b", "c"].map(Path::new).map(Some));
    assert_eq!((*settings.min_auth_level, settings.min_auth_level.origin), (AuthLevel::Connect, Origin::CommandLine));
}

#[test]
fn the_printed_configuration_names_its_origins_and_gives_the_same_settings_again() {
    let (folder, path) = folder("realm = 'contoso.example'\nregistry = 'relief.reg'\n[limits]\nmax-calls = 3\n");
    std::fs::write(folder.path().join("relief.reg"), RELIEF).unwrap();
    let settings = load(&path, &["--windows", "2008", "--event-log", "events.xml"]).unwrap();
    let printed = settings.to_string();
    for line in [
        "listen = \"127.0.0.1:6002\"  # default",
        "windows = \"2008\"  # command line",
        "# max-sessions-per-user = 250  # registry file",
        "realm = \"contoso.example\"  # configuration file",
        "max-calls = 3",
        "session-memory-octets = 1073741824",
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{line} in\n{printed}");
    }
    std::fs::write(&path, &printed).unwrap();
    let again = load(&path, &[]).unwrap();
    assert_eq!(again.effective_cap(), settings.effective_cap());
    assert_eq!(
        (&again.limits, &again.realm.value, &again.windows.value),
        (&settings.limits, &settings.realm.value, &settings.windows.value)
    );
    let without_origins =
        |text: &str| text.lines().map(|line| line.split("  #").next().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(without_origins(&again.to_string()), without_origins(&printed));
}

#[test]
fn a_cap_that_was_set_is_printed_as_set() {
    let printed = from_toml("max-sessions-per-user = 7").to_string();
    assert!(printed.contains("\nmax-sessions-per-user = 7  # configuration file\n"), "{printed}");
    assert_eq!(from_toml(&printed).effective_cap().max_sessions_per_user, Some(7));
}

#[test]
fn a_writable_book_has_editors_and_one_that_is_not_has_none() {
    let toml = "[address-book]\nwritable = true\neditors = ['ACME\\bob']\n";
    let settings = from_toml(toml);
    assert!(settings.address_book.writable && !Settings::default().address_book.writable);
    assert_eq!(settings.address_book.editors, [r"ACME\bob"]);
    assert_eq!(from_toml(&settings.to_string()).address_book, settings.address_book);
    for (toml, sentence) in [
        (
            toml.replace("true", "false"),
            "nobody can edit a book that is not writable; expected `writable = true` beside it",
        ),
        (toml.replace("ACME\\", ""), r"`bob` is no user; expected DOMAIN\user such as ACME\alice"),
    ] {
        let error = refused(&toml);
        assert!(error.contains("`address-book.editors`: ") && error.ends_with(sentence), "{error}");
    }
}

#[test]
fn the_default_limits_are_within_their_own_bounds() {
    let printed = Settings::default().to_string();
    assert_eq!(from_toml(&printed).limits, Limits::default());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_toml_panics_and_every_refusal_is_one_line(
        lines in proptest::collection::vec(
            "(listen|windows|max-sessions-per-user|limits|\\[limits\\]|max-calls|domain|=|'|\"|\\{|\\}|,|2008|-1|off|true|é|\\\\|#|[ -~]){0,8}", 0..6
        )
    ) {
        if let Err(error) = load(&folder(&lines.join("\n")).1, &[]) {
            prop_assert!(!error.to_string().contains('\n'), "{}", error);
            prop_assert!(error.to_string().contains("server.toml"));
        }
    }
}

#[test]
fn settings_that_cannot_be_printed_are_a_failure_unless_nobody_wants_to_read_them() {
    let print = |stdout: std::process::Stdio| {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_nspi-server"));
        program.arg("--print-config").stdout(stdout).output().unwrap()
    };
    let full = print(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap().into());
    assert_eq!(full.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&full.stderr).contains("standard output: "), "{full:?}");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert!(print(writer.into()).status.success());
}
