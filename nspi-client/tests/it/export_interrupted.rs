//! A file that `nspi export --output` writes takes its name when it is complete, and not before.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use nspi_proto::dcerpc::Offer;
use nspi_proto::nspi::{Operation, interface};
use tempfile::tempdir;
use tokio::net::TcpListener;

use crate::fake::{Fake, Happened, UNBOUND, bound, handle};
use crate::lab::Lab;
use crate::program::{nspi_at, out, refusal};

/// What a folder holds.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn ctrl_c_leaves_the_file_as_it_was_and_unbinds() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("people.csv");
    fs::write(&file, "those of yesterday").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let program = Command::new(env!("CARGO_BIN_EXE_nspi"))
        .args(["--level", "none", "--server", &address, "export", "--output"])
        .arg(&file)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();

    let mut server = Fake::new(listener.accept().await.unwrap().0, Offer::ndr20(interface::INTERFACE));
    assert_eq!(server.next().await, Happened::Bound);
    let bind = server.called().await;
    server.respond(&bind, &bound(1)).await;
    let rows = server.called().await; // never answered
    assert!(rows.is(Operation::NspiQueryRows), "{rows:?}");
    assert_eq!(names(folder.path()).len(), 2, "a new file stands beside the one of yesterday");

    let interrupt = Command::new("kill").args(["-INT", &program.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    let unbind = loop {
        match server.next().await {
            Happened::Orphaned(_) => {} // the call whose answer nobody waits for any more
            Happened::Called(call) => break call,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(unbind.unbinds(), handle(1));
    server.respond(&unbind, &UNBOUND).await;
    let ended: Output = tokio::task::spawn_blocking(|| program.wait_with_output().unwrap()).await.unwrap();
    assert_eq!(refusal(&ended, 130), "nspi: interrupted; the file is as it was before\n");
    assert_eq!(names(folder.path()), ["people.csv"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "those of yesterday");
}

#[tokio::test]
async fn an_export_that_fails_leaves_the_file_as_it_was() {
    let lab = Lab::start().await;
    let folder = tempdir().unwrap();
    let file = folder.path().join("people.csv");
    fs::write(&file, "those of yesterday").unwrap();
    let path = file.to_str().unwrap();
    refusal(&nspi_at(&lab, &["export", "--output", path, "--container", "77"]).await, 1);
    assert_eq!(names(folder.path()), ["people.csv"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "those of yesterday");
}

#[tokio::test]
async fn a_file_behind_a_link_is_replaced_and_link_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let lab = Lab::start().await;
    let folder = tempdir().unwrap();
    let [file, link] = ["people.csv", "link.csv"].map(|name| folder.path().join(name));
    fs::write(&file, "those of yesterday").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("people.csv", &link).unwrap();
    out(&nspi_at(&lab, &["export", "--output", link.to_str().unwrap()]).await);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&file).unwrap().starts_with("name,mail,"));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(names(folder.path()), ["link.csv", "people.csv"]);
}
