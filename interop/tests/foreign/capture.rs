//! The article's capture: two rows in which an administrator sees the cap.

use std::process::Command;

use interop::{ALICE, Client, LOGON_FAILED, Level, Logon, NspiServer, Tap, binary, eventually, tshark};
use serde_json::{Value, json};
use tempfile::TempDir;

const ROW: [&str; 4] = ["_ws.col.Protocol", "_ws.col.Info", "tcp.srcport", "tcp.dstport"];

#[test]
fn wireshark_shows_the_refused_bind_as_the_article_does() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("refused.pcap");
    // At level connect stubs can be read by anyone who listens.
    let server = NspiServer::start(&["--min-auth-level", "connect", "--max-sessions-per-user", "2"]);
    let tap = Tap::before(server.port);
    let mut client = Client::impacket();
    let alice = client.open_port(tap.port, &Logon { level: Level::Connect, ..ALICE }).unwrap();
    let session = client.bind(alice).unwrap();
    assert_eq!(client.bind(alice).unwrap().status, 0);
    assert_eq!(client.bind(alice).unwrap().status, LOGON_FAILED);
    assert_eq!(client.unbind(alice, &session.handle).unwrap().status, 1);
    let _: Value = client.on(alice, "close", json!({})).unwrap();

    eventually("both ends have closed", || {
        tap.write(&file).unwrap();
        (tshark(&file, "tcp.flags.fin == 1", &["frame.number"]).len() == 2).then_some(())
    });
    let rows = tshark(&file, "nspi", &ROW);
    let server_port = tap.port.to_string();
    let rows: Vec<(bool, String)> = rows
        .into_iter()
        .map(|row| {
            assert_eq!(row[0], "NSPI");
            (row[3] == server_port, row[1].to_lowercase())
        })
        .collect();
    let refused = rows.iter().position(|(_, info)| info.contains("mapi_e_logon_failed")).unwrap();
    assert_eq!(rows[refused], (false, "nspibind response, status: mapi_e_logon_failed".to_owned()));
    assert_eq!(rows[refused - 1], (true, "nspibind request".to_owned()));
    let is = |name: &str| rows.iter().filter(|(_, info)| info.starts_with(name)).count();
    assert_eq!([is("nspibind request"), is("nspibind response")], [3, 3]);
    assert_eq!([is("nspiunbind request"), is("nspiunbind response")], [1, 1]);

    // Nothing in it is malformed, and every checksum is right.
    assert_eq!(tshark(&file, "_ws.malformed", &ROW), [[""; 0]; 0]);
    let trouble = "tcp.checksum.status != 1 or ip.checksum.status != 1 or tcp.analysis.flags";
    assert_eq!(tshark(&file, trouble, &ROW), [[""; 0]; 0]);
}

/// The lesson `story` writes a capture by itself: what it says of it holds.
#[test]
fn the_story_writes_a_capture_that_shows_the_articles_two_rows_where_it_says() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("story.pcapng");
    let told = Command::new(binary("story")).arg(&file).output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    let filter = told.split_once("-Y '").and_then(|(_, rest)| rest.split_once('\'')).unwrap().0;
    let rows: Vec<String> = tshark(&file, filter, &["_ws.col.Info"]).concat();
    assert_eq!(rows, ["NspiBind request", "NspiBind response, Status: MAPI_E_LOGON_FAILED"], "{filter}");
    assert_eq!(tshark(&file, "_ws.malformed or tcp.analysis.flags", &ROW), [[""; 0]; 0]);
    assert_eq!(tshark(&file, "ip.checksum.status != 1 or tcp.checksum.status != 1", &ROW), [[""; 0]; 0]);
}
