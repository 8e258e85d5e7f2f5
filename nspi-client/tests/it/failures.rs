//! What `nspi` says when it cannot do its work: to people and to programs.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Duration;

use nspi_server::config::CommandLine;
use serde_json::Value as Json;

use crate::lab::Lab;
use crate::program::{nspi, nspi_at, refusal};

/// The object that a failure is with `--json`.
fn failure(output: &std::process::Output, code: i32) -> Json {
    serde_json::from_str(&refusal(output, code)).unwrap()
}

#[tokio::test]
async fn programs_tell_failures_apart_by_their_kind() {
    let lab = Lab::with(CommandLine { max_sessions_per_user: Some(0), ..CommandLine::default() }).await;
    assert_eq!(failure(&nspi_at(&lab, &["ls", "--json"]).await, 4)["kind"], "logon_failed");
    assert_eq!(failure(&nspi_at(&lab, &["ls", "--json", "--password", "wrong"]).await, 1)["kind"], "not_authenticated");
    assert_eq!(failure(&nspi(&["ls", "--json", "--server", "127.0.0.1:1"]).await, 3)["kind"], "connect");
    assert_eq!(failure(&nspi(&["ls", "--json", "--user", "bob"]).await, 2)["kind"], "usage");
    let lab = Lab::start().await;
    assert_eq!(failure(&nspi_at(&lab, &["show", "--json", "zzz"]).await, 1)["kind"], "not_found");
    let wrong = failure(&nspi_at(&lab, &["rows", "--json", "--container", "99"]).await, 1);
    assert_eq!(wrong["kind"], "status");
    assert_eq!(wrong["advice"], "not 99; `nspi ls` lists them");
}

#[tokio::test]
async fn who_forgot_to_name_a_user_or_a_port_is_told() {
    let lab = Lab::start().await;
    let text = refusal(&nspi_at(&lab, &["--password", "wrong", "ls"]).await, 1);
    assert!(text.contains("that is the account of the lab: --user names yours"), "{text}");
    let text = refusal(&nspi_at(&lab, &["--user", r"ACME\bob", "--password", "wrong", "ls"]).await, 1);
    assert!(!text.contains("account of the lab"), "{text}");
    let text = refusal(&nspi(&["--server", "127.0.0.1", "--mapper-port", "1", "ls"]).await, 3);
    assert!(text.contains("--server 127.0.0.1:PORT does without it"), "{text}");
}

#[tokio::test]
async fn output_that_cannot_be_written_is_a_failure() {
    let lab = Lab::start().await;
    let address = lab.address.to_string();
    for command in [&["ls"][..], &["rows"], &["show", "alice"], &["export"], &["explain", "05"]] {
        let mut nspi = Command::new(env!("CARGO_BIN_EXE_nspi"));
        nspi.args(["--server", &address]).args(command).stdout(File::create("/dev/full").unwrap());
        let output = tokio::task::spawn_blocking(move || nspi.output().unwrap()).await.unwrap();
        if command[0] == "explain" {
            assert_eq!(output.status.code(), Some(2), "nothing was to be written");
        } else {
            assert!(refusal(&output, 1).starts_with("nspi: standard output: No space left"), "{command:?}");
        }
    }
}

#[tokio::test]
async fn who_reads_no_further_ends_it_in_silence() {
    let lab = Lab::start().await;
    let address = lab.address.to_string();
    for command in [&["rows", "--all"][..], &["export"], &["show", "all.staff"]] {
        let mut nspi = Command::new(env!("CARGO_BIN_EXE_nspi"));
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        nspi.args(["--server", &address]).args(command).stdout(writer);
        let output = tokio::task::spawn_blocking(move || nspi.output().unwrap()).await.unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()), "{command:?}");
    }
}

#[tokio::test]
async fn ctrl_c_leaves_no_session_on_the_server() {
    let lab = Lab::start().await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_nspi"));
    command.args(["--server", &lab.address.to_string(), "bind", "--leak", "--count", "7", "--hold", "600"]);
    let mut nspi = command.stdout(Stdio::null()).spawn().unwrap();
    while lab.handle.sessions() < 7 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let interrupted = Command::new("kill").args(["-INT", &nspi.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    tokio::task::spawn_blocking(move || nspi.wait().unwrap()).await.unwrap();
    while lab.handle.sessions() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
