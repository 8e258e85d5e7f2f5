//! The program `nspi`, as people and scripts meet it.

use std::process::{Command, Output};

use serde_json::{Value as Json, json};

use crate::lab::Lab;

/// Runs `nspi` to its end, with nothing in its environment that could matter.
pub(crate) async fn nspi(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nspi"));
    command.args(arguments).env_remove("NSPI_PASSWORD").env_remove("RUST_LOG");
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

pub(crate) async fn nspi_at(lab: &Lab, arguments: &[&str]) -> Output {
    let address = lab.address.to_string();
    nspi(&[&["--server", &address], arguments].concat()).await
}

pub(crate) fn out(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn objects(output: &Output) -> Vec<Json> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn refusal(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[tokio::test]
async fn bind_opens_and_unbinds() {
    let lab = Lab::start().await;
    let text = out(&nspi_at(&lab, &["bind", "--count", "3"]).await);
    assert_eq!(text, format!("opened 3 sessions as ACME\\alice at {}\nunbound 3 sessions\n", lab.address));
    assert_eq!((lab.handle.totals().opened, lab.handle.totals().unbound), (3, 3));
}

#[tokio::test]
async fn bind_51_ends_with_4_and_explains_itself() {
    let lab = Lab::start().await;
    let output = nspi_at(&lab, &["bind", "--count", "51", "--json"]).await;
    let text = refusal(&output, 4);
    assert!(text.contains("KB949469") && text.contains("This process holds 50 sessions"), "{text}");
    let [opened, refused, unbound] = &objects(&output)[..] else { panic!("{output:?}") };
    assert_eq!(opened["sessions"], 50);
    assert_eq!(*refused, json!({ "event": "refused", "session": 51, "logon_failed": true }));
    assert_eq!(*unbound, json!({ "event": "unbound", "sessions": 50 }));
}

#[tokio::test]
async fn leaking_bind_unbinds_nothing() {
    let lab = Lab::start().await;
    let output = nspi_at(&lab, &["bind", "--count", "2", "--leak", "--json"]).await;
    assert_eq!(objects(&output)[1], json!({ "event": "leaked", "sessions": 2 }));
    assert_eq!((lab.handle.totals().opened, lab.handle.totals().unbound), (2, 0));
    lab.until_sessions(0).await;
}

#[tokio::test]
async fn ls_shows_the_global_address_list_first() {
    let lab = Lab::start().await;
    let output = nspi_at(&lab, &["ls", "--json"]).await;
    assert_eq!(objects(&output)[0][0], json!({ "id": 0, "depth": 0, "name": "Global Address List" }));
    let text = out(&nspi_at(&lab, &["ls"]).await);
    assert!(text.starts_with("id") && text.contains("Global Address List"), "{text}");
    assert!(!text.contains('\x1b'), "no colour in a pipe");
}

#[tokio::test]
async fn rows_are_read_to_the_end_by_the_columns_asked_for() {
    let lab = Lab::start().await;
    let output = nspi_at(&lab, &["rows", "--all", "--json", "--columns", "name,0x39FE001F,proxies"]).await;
    let rows = &objects(&output)[0];
    let alice = rows.as_array().unwrap().iter().find(|row| row["mail"] == "alice@acme.test").unwrap();
    assert_eq!(alice["name"], "Alice Adams");
    assert_eq!(alice["proxies"][0], "SMTP:alice@acme.test");
    let count = rows.as_array().unwrap().len();
    let text = out(&nspi_at(&lab, &["rows", "--count", "2"]).await);
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(text.ends_with(&format!("2 of {count} rows\n")), "{text}");
}

#[tokio::test]
async fn server_without_a_port_is_asked_through_its_mapper() {
    let lab = Lab::start().await;
    let port = lab.mapper.port().to_string();
    let text = out(&nspi(&["--server", "127.0.0.1", "--mapper-port", &port, "bind"]).await);
    assert!(text.contains(&lab.address.to_string()), "{text}");
}

#[tokio::test]
async fn user_may_be_spelt_as_upn_and_the_password_come_from_a_file() {
    let lab = Lab::start().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, "Passw0rd!B\n").unwrap();
    let path = file.path().to_str().unwrap();
    let output = nspi_at(&lab, &["--user", "bob@acme.test", "--password-file", path, "bind"]).await;
    assert!(out(&output).contains("opened 1 session as bob@acme.test"));
}

#[tokio::test]
async fn wrong_password_ends_with_1() {
    let lab = Lab::start().await;
    let text = refusal(&nspi_at(&lab, &["--password", "wrong", "bind"]).await, 1);
    assert!(text.contains("password is wrong") && !text.contains("KB949469"), "{text}");
}

#[tokio::test]
async fn unknown_container_ends_with_1() {
    let lab = Lab::start().await;
    let text = refusal(&nspi_at(&lab, &["rows", "--container", "0xffff"]).await, 1);
    let why = "NspiQueryRows answers MAPI_E_INVALID_BOOKMARK (0x80040405): there is no such container";
    assert_eq!(text, format!("nspi: {why}; not 65535; `nspi ls` lists them\n"));
    assert_eq!(lab.handle.totals().unbound, 1);
}

#[tokio::test]
async fn wrong_command_line_ends_with_2() {
    for wrong in
        [&["rows", "--columns", "shoe-size"][..], &["--server", "host:port", "ls"], &["--user", "bob", "ls"], &[]]
    {
        assert!(!refusal(&nspi(wrong).await, 2).is_empty());
    }
}

#[cfg(not(feature = "kerberos"))]
#[tokio::test]
async fn kerberos_that_was_not_built_in_is_told_as_such() {
    let output = nspi(&["--kerberos", "ls"]).await;
    assert!(refusal(&output, 2).contains("built without Kerberos"), "{output:?}");
}

#[tokio::test]
async fn no_connection_ends_with_3() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = listener.local_addr().unwrap().to_string();
    drop(listener);
    let text = refusal(&nspi(&["--server", &nobody, "ls"]).await, 3);
    assert!(text.contains("cannot connect"), "{text}");
}

#[tokio::test]
async fn help_says_what_the_exit_codes_mean() {
    let text = out(&nspi(&["--help"]).await);
    assert!(text.contains("4  NspiBind answered MAPI_E_LOGON_FAILED"), "{text}");
}

#[tokio::test]
async fn help_of_explain_keeps_quiet_about_servers_and_the_others_does_not() {
    for (command, told) in [("explain", false), ("ls", true)] {
        let text = out(&nspi(&[command, "--help"]).await);
        assert!(text.contains("--json"), "{text}");
        for option in ["--server", "--password", "--kerberos", "--timeout"] {
            assert_eq!(text.contains(option), told, "{command} {option}: {text}");
        }
    }
}

#[tokio::test]
async fn without_credentials_the_advice_is_not_about_a_user() {
    let lab = Lab::start().await;
    let text = refusal(&nspi_at(&lab, &["--level", "none", "ls"]).await, 1);
    assert!(text.ends_with("; --level none sends no credentials: leave it out\n"), "{text}");
    let text = refusal(&nspi_at(&lab, &["--password", "wrong", "ls"]).await, 1);
    assert!(text.ends_with("; that is the account of the lab: --user names yours\n"), "{text}");
}

#[tokio::test]
async fn json_has_columns_in_the_order_that_they_were_asked_for() {
    let lab = Lab::start().await;
    let text = out(&nspi_at(&lab, &["rows", "--count", "1", "--json", "--columns", "title,name,mail"]).await);
    assert!(text.starts_with(r#"[{"title":"Managing Director","name":"Alice Adams","mail":"#), "{text}");
}

#[tokio::test]
async fn resolve_says_whom_each_name_means() {
    let lab = Lab::start().await;
    let text = out(&nspi_at(&lab, &["resolve", "bob", "a", "nobody", "--columns", "name"]).await);
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["asked", "means", "name"]);
    assert_eq!(lines[1..], [vec!["bob", "one", "Bob", "Baker"], vec!["a", "several"], vec!["nobody", "nobody"]]);
    let output = nspi_at(&lab, &["resolve", "=alice", "a", "--columns", "name", "--json"]).await;
    let expected =
        json!([{ "asked": "=alice", "means": "one", "name": "Alice Adams" }, { "asked": "a", "means": "several" }]);
    assert_eq!(objects(&output), [expected]);
    assert_eq!((lab.handle.totals().opened, lab.handle.totals().unbound), (2, 2));
}

#[tokio::test]
async fn search_finds_everybody_whom_a_name_may_mean_and_refuses_more_than_wanted() {
    let lab = Lab::start().await;
    let text = out(&nspi_at(&lab, &["search", "all", "--columns", "name"]).await);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines[0], lines[1], lines[lines.len() - 1]), ("name", "All Engineering", "7 found"));
    let refused = refusal(&nspi_at(&lab, &["search", "all", "--count", "3"]).await, 1);
    assert!(refused.contains("MAPI_E_TABLE_TOO_BIG") && refused.contains("--count allows more"), "{refused}");
    assert_eq!((lab.handle.totals().opened, lab.handle.totals().unbound), (2, 2));
}
