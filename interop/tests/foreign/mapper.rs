//! The endpoint mapper and remote management, which answer anyone.

use interop::{ALICE, Client, Logon, NspiServer, STRANGER};
use serde_json::{Value, json};

use super::DEFAULTS;

const NSPI: &str = "f5cc5a18-4264-101a-8c59-08002b2f8426 v56.0";
const MAPPER: &str = "e1af8308-5d1f-11c9-91a4-08002b14a0fa v3.0";

/// ept_s_not_registered.
const NOT_REGISTERED: u32 = 0x16C9_A0D6;

#[test]
fn the_mapper_finds_nspi() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let found: Value = client.command(json!({ "do": "map", "port": server.mapper })).unwrap();
    assert_eq!(found["binding"], format!("ncacn_ip_tcp:127.0.0.1[{}]", server.port));
}

#[test]
fn the_mapper_does_not_find_nspi_on_pipes() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let asked = json!({ "do": "map", "port": server.mapper, "protocol": "ncacn_np" });
    let found: Value = client.command(asked).unwrap();
    assert_eq!((&found["status"], &found["binding"]), (&json!(NOT_REGISTERED), &Value::Null));
}

/// What impacket's rpcdump.py does.
#[test]
fn the_mapper_lists_what_is_registered() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let list: Value = client.command(json!({ "do": "lookup", "port": server.mapper })).unwrap();
    let entries = list["entries"].as_array().unwrap();
    let listed = |interface: &str, port: u16| {
        let binding = format!("ncacn_ip_tcp:127.0.0.1[{port}]");
        entries.iter().any(|entry| entry["interface"] == interface && entry["binding"] == *binding)
    };
    assert!(listed(NSPI, server.port) && listed(MAPPER, server.mapper), "{list}");
    assert!(entries.iter().all(|entry| entry["annotation"].as_str().is_some_and(|text| !text.is_empty())));
}

#[test]
fn the_mapper_lists_in_steps() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let mut look = |step: u32| -> Vec<(usize, u32)> {
        let list: Value =
            client.command(json!({ "do": "lookup_in_steps", "port": server.mapper, "step": step })).unwrap();
        serde_json::from_value(list["calls"].clone()).unwrap()
    };
    let all = look(500)[0].0;
    assert!(all >= 2);
    for step in 1..3 {
        let calls = look(step as u32);
        assert!(calls.len() > 1 && calls.iter().all(|(entries, _)| *entries <= step), "{calls:?}");
        assert_eq!(calls.iter().map(|(entries, _)| entries).sum::<usize>(), all);
    }
}

/// What impacket's rpcmap.py asks, and the rest of remote management; on both ports, by strangers and by alice.
#[test]
fn management_tells_what_is_served_and_is_not_stopped() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let stranger = Logon { interface: "mgmt", ..STRANGER };
    let alice = Logon { interface: "mgmt", ..ALICE };
    for (port, logon, served) in
        [(server.port, stranger, NSPI), (server.mapper, stranger, MAPPER), (server.port, alice, NSPI)]
    {
        let connection = client.open_port(port, &logon).unwrap();
        let told: Value = client.on(connection, "manage", json!({})).unwrap();
        let interfaces: Vec<String> = serde_json::from_value(told["interfaces"].clone()).unwrap();
        assert!(interfaces.iter().any(|interface| interface == served), "{told}");
        let statistics: Vec<u64> = serde_json::from_value(told["statistics"].clone()).unwrap();
        assert_eq!(statistics.len(), 4);
        assert!(statistics[0] >= 1, "calls in: {told}");
        assert_eq!(told["listening"], 0, "{told}");
        // impacket knows one dword of two: the status, and not the boolean.
        let listening: Value = client.on(connection, "call", json!({ "opnum": 2, "stub": "" })).unwrap();
        assert_eq!(listening["stub"], "0000000001000000");
        assert_eq!(told["principal"], "ACME\\DC1$\0", "{told}");
        assert_eq!(told["stopped"], 5, "access denied: {told}");
    }
    let alice = client.open(&server, &ALICE).unwrap();
    assert_eq!(client.bind(alice).unwrap().status, 0, "and the server goes on");
}
