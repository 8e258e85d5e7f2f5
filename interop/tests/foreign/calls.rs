//! Calls besides NspiBind and NspiUnbind: what impacket reads in their answers, and what the server makes of nonsense.

use interop::{ALICE, AUTHENTICATED, Client, Connection, Logon, NspiServer, Refusal};
use serde_json::{Value, json};

use super::{DEFAULTS, READABLE};

/// nca_s_op_rng_error.
const NO_SUCH_OPERATION: Refusal = Refusal::Fault(0x1C01_0002);

/// RPC_X_BAD_STUB_DATA.
const BAD_STUB: Refusal = Refusal::Fault(0x6F7);

fn session(server: &NspiServer, client: &mut Client, logon: &Logon<'_>) -> (Connection, String) {
    let alice = client.open(server, logon).unwrap();
    let bound = client.bind(alice).unwrap();
    assert_eq!(bound.status, 0);
    (alice, bound.handle)
}

#[test]
fn update_stat_moves_through_the_table() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let (alice, handle) = session(&server, &mut client, &ALICE);
    let answer: Value = client.on(alice, "update_stat", json!({ "handle": handle, "stat": { "Delta": 3 } })).unwrap();
    assert_eq!(answer["status"], 0);
    assert_eq!(answer["delta"], 3);
    let stat = &answer["stat"];
    assert_eq!((&stat["NumPos"], &stat["Delta"], &stat["CodePage"]), (&json!(3), &json!(0), &json!(1252)));
    assert!(stat["TotalRecs"].as_u64() > Some(30) && stat["CurrentRec"] != 0, "{stat}");
}

#[test]
fn query_rows_reads_the_people_of_acme() {
    let server = NspiServer::start(&READABLE);
    let mut client = Client::impacket();
    for level in AUTHENTICATED {
        let (alice, handle) = session(&server, &mut client, &Logon { level, ..ALICE });
        // Name, mail address, account as 8-bit text, entry id, all addresses.
        let tags = [0x3001_001F_u32, 0x39FE_001F, 0x3A00_001E, 0x0FFF_0102, 0x800F_101F];
        let asked = json!({ "handle": handle, "stat": {}, "count": 2, "tags": tags });
        let answer: Value = client.on(alice, "query_rows", asked).unwrap();
        assert_eq!(answer["status"], 0);
        assert_eq!(answer["rows"].as_array().unwrap().len(), 2);
        assert_eq!(answer["stat"]["NumPos"], 2);
        let first = &answer["rows"][0];
        assert_eq!(first["3001001f"], "Alice Adams");
        assert_eq!(first["39fe001f"], "alice@acme.test");
        assert_eq!(first["3a00001e"], "alice");
        assert_eq!(first["800f101f"], json!(["SMTP:alice@acme.test", "smtp:alice@mail.acme.test"]));
        assert!(first["0fff0102"].as_str().unwrap().ends_with(&hex("/cn=alice\0")), "{first}");
    }
}

/// The answer is longer than a fragment of 4,280 octets: impacket puts together what the server cut.
#[test]
fn an_answer_in_several_fragments_is_read_at_each_level() {
    let server = NspiServer::start(&READABLE);
    let mut client = Client::impacket();
    for level in AUTHENTICATED {
        let (alice, handle) = session(&server, &mut client, &Logon { level, ..ALICE });
        let names = client.query_names(alice, &handle, 50).unwrap();
        // In order, in which accents do not count.
        let place = |name: &str| names.iter().position(|other| other == name).unwrap();
        assert!(names.len() > 30 && place("Alice Adams") < place("Ánh Nguyễn"), "{names:?}");
        assert!(place("Ánh Nguyễn") < place("Bob Baker"), "{names:?}");
        assert!(names.contains(&"Łukasz Lewandowski".to_owned()));
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|octet| format!("{octet:02x}")).collect()
}

#[test]
fn a_request_in_several_fragments_is_answered_at_each_level() {
    let server = NspiServer::start(&READABLE);
    let mut client = Client::impacket();
    for level in AUTHENTICATED {
        let small = Logon { level, max_fragment: Some(8), ..ALICE };
        let (alice, handle) = session(&server, &mut client, &small);
        let unbind = json!({ "opnum": 1, "stub": format!("{handle}00000000") });
        let answer: Value = client.on(alice, "call", unbind).unwrap();
        assert_eq!(answer["fragments"], 3, "{level:?}: 24 octets of stub, 8 in each");
        assert_eq!(answer["stub"], format!("{}01000000", interop::NULL_HANDLE));
    }
}

/// impacket cuts by itself at what the server said in bind_ack.
#[test]
fn a_request_larger_than_a_fragment_is_answered() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let (alice, handle) = session(&server, &mut client, &ALICE);
    let second: Value = client.on(alice, "update_stat", json!({ "handle": handle, "stat": { "Delta": 1 } })).unwrap();
    let names = client.query_names(alice, &handle, 2).unwrap();
    // An explicit table of 3,000 times the same MId: 12,000 octets of request, more of answer.
    let table = vec![&second["stat"]["CurrentRec"]; 3000];
    let asked = json!({ "handle": handle, "stat": {}, "count": 3000, "tags": [0x3001_001F_u32], "table": table });
    let answer: Value = client.on(alice, "query_rows", asked).unwrap();
    let rows = answer["rows"].as_array().unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["3001001f"] == names[1].as_str()), "{answer}");
}

#[test]
fn the_special_table_lists_the_containers() {
    const UNICODE: u32 = 4;
    const CREATION_TEMPLATES: u32 = 2;
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let (alice, handle) = session(&server, &mut client, &ALICE);
    let answer: Value = client.on(alice, "special_table", json!({ "handle": handle, "flags": UNICODE })).unwrap();
    assert_eq!(answer["status"], 0);
    assert_eq!(answer["rows"][0]["3001001f"], "Global Address List");
    assert_eq!(answer["rows"][0]["fffd0003"], 0);
    // With the version at hand there is nothing to be told again.
    let version = &answer["version"];
    let asked = json!({ "handle": handle, "flags": UNICODE, "version": version });
    let again: Value = client.on(alice, "special_table", asked).unwrap();
    assert_eq!((&again["status"], &again["version"]), (&json!(0), version));
    let asked = json!({ "handle": handle, "flags": CREATION_TEMPLATES });
    let templates: Value = client.on(alice, "special_table", asked).unwrap();
    assert_eq!(templates["status"], 0);
}

#[test]
fn an_unknown_operation_is_a_fault_and_the_connection_goes_on() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let alice = client.open(&server, &ALICE).unwrap();
    // 15 is not used on the wire; 20 is the last one.
    for opnum in [15, 21, 22, 65_535] {
        let answer: Result<Value, _> = client.on(alice, "call", json!({ "opnum": opnum, "stub": "" }));
        assert_eq!(answer.unwrap_err(), NO_SUCH_OPERATION, "{opnum}");
    }
    assert_eq!(client.bind_all(alice), 50);
}

#[test]
fn a_broken_stub_is_a_fault_and_the_connection_goes_on() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let alice = client.open(&server, &ALICE).unwrap();
    let stubs = [
        (0, String::new()),
        (0, "00".repeat(40)),                                           // no pServerGuid
        (0, format!("{}01000000{}", "00".repeat(40), "00".repeat(15))), // an octet of the GUID is missing
        (1, "00".repeat(19)),
        (2, "00".repeat(23)),
        (3, "ff".repeat(80)), // an explicit table of 4,294,967,295 MIds
        (12, "00".repeat(30)),
    ];
    for (opnum, stub) in stubs {
        let answer: Result<Value, _> = client.on(alice, "call", json!({ "opnum": opnum, "stub": stub }));
        assert_eq!(answer.unwrap_err(), BAD_STUB, "{opnum}: {stub}");
    }
    assert_eq!(client.bind_all(alice), 50);
}

#[test]
fn an_interface_that_is_not_served_is_rejected() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    let other = Logon { interface: "12345678-1234-1234-1234-123456789abc", ..ALICE };
    assert_eq!(client.open(&server, &other).unwrap_err(), Refusal::Rejected(1));
}
