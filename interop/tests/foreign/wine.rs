//! The same wall, met by Windows' RPC runtime as Wine has it: an NDR engine, an NTLM and an idea of associations that no other
//! client here shares. Its row by mechanism and level is in `matrix`, its twenty operations are in `operations`.

use interop::{
    ALICE, BOB, Client, LOGON_FAILED, Level, Logon, Mechanism, NULL_HANDLE, Namespace, NspiServer, Refusal, STRANGER,
    Syntax, eventually, signal,
};
use serde_json::{Value, json};

use super::{ACCESS_DENIED, CONTEXT_MISMATCH, DEFAULTS, READABLE};

/// Levels that Wine speaks; at level packet it signs nothing.
const LEVELS: [Level; 3] = [Level::Connect, Level::Integrity, Level::Privacy];

const DISPLAY_NAME: u32 = 0x3001_001F;

/// RPC_S_SEC_PKG_ERROR.
const NOT_SIGNED: Refusal = Refusal::Fault(0x721);

/// nca_s_op_rng_error.
const NO_SUCH_OPERATION: Refusal = Refusal::Fault(0x1C01_0002);

#[test]
fn wine_meets_the_cap_and_unbind_frees_a_slot() {
    let server = NspiServer::start(&DEFAULTS);
    let mut wine = Client::wine();
    let alice = wine.open(&server, &ALICE).unwrap();
    let first = wine.bind(alice).unwrap();
    assert_eq!(wine.bind_all(alice), 49);
    let refused = wine.bind(alice).unwrap();
    assert_eq!((refused.status, refused.handle.as_str(), refused.guid), (LOGON_FAILED, NULL_HANDLE, None));
    assert_eq!(wine.unbind(alice, &first.handle).unwrap().status, 1);
    assert_eq!(wine.bind(alice).unwrap().status, 0);
    assert_eq!(wine.bind(alice).unwrap().status, LOGON_FAILED);
}

#[test]
fn a_killed_program_of_wines_frees_its_sessions() {
    let server = NspiServer::start(&DEFAULTS);
    let (mut wine, mut other) = (Client::wine(), Client::impacket());
    let held = wine.open(&server, &ALICE).unwrap();
    assert_eq!(wine.bind_all(held), 50);
    let waiting = other.open(&server, &ALICE).unwrap();
    assert_eq!(other.bind(waiting).unwrap().status, LOGON_FAILED);
    // Wine's server, which holds the sockets, lives on.
    signal("KILL", wine.id());
    eventually("the sessions are freed", || (other.bind(waiting).unwrap().status == 0).then_some(()));
    assert_eq!(other.bind_all(waiting), 49);
}

#[test]
fn wine_with_a_wrong_password_is_refused_at_each_level() {
    let server = NspiServer::start(&READABLE);
    let mut wine = Client::wine();
    for level in LEVELS {
        let alice = wine.open(&server, &Logon { level, password: "Passw0rd!B", ..ALICE }).unwrap();
        assert_eq!(wine.bind(alice).unwrap_err(), ACCESS_DENIED, "{level:?}");
    }
    let alice = wine.open(&server, &ALICE).unwrap();
    assert_eq!(wine.bind_all(alice), 50, "nobody has opened a session as alice");
}

/// Wine 8.0 puts a verifier of zeros behind calls at level packet; a call with such a one is anybody's.
#[test]
fn calls_that_wine_leaves_unsigned_at_level_packet_are_refused() {
    let server = NspiServer::start(&READABLE);
    let mut wine = Client::wine();
    let alice = wine.open(&server, &Logon { level: Level::Packet, ..ALICE }).unwrap();
    assert_eq!(wine.bind(alice).unwrap_err(), NOT_SIGNED);
}

#[test]
fn wine_without_authentication_is_refused_where_anonymous_callers_are() {
    let server = NspiServer::start(&["--min-auth-level", "none"]);
    let mut wine = Client::wine();
    let stranger = wine.open(&server, &STRANGER).unwrap();
    assert_eq!(wine.bind(stranger).unwrap_err(), ACCESS_DENIED);
}

/// No port is given: the runtime asks the endpoint mapper on port 135, which a network of the test's own has free.
#[test]
fn wine_finds_nspi_by_the_endpoint_mapper() {
    let namespace = Namespace::new();
    let server =
        NspiServer::start_in(namespace.name(), &["--listen", "127.0.0.1:0", "--endpoint-mapper", "127.0.0.1:135"]);
    assert_ne!(server.port, 0);
    let mut wine = Client::wine_by(|program| namespace.command(program));
    let alice = wine.open_by_mapper(&ALICE).unwrap();
    let session = wine.bind(alice).unwrap();
    assert_eq!(wine.query_names(alice, &session.handle, 1).unwrap(), ["Alice Adams"]);
    assert_eq!(wine.unbind(alice, &session.handle).unwrap().status, 1);
}

/// The runtime joins all connections of a program to one association group: a handle is good on each, as far as its level goes.
#[test]
fn wines_connections_share_their_group() {
    let server = NspiServer::start(&DEFAULTS);
    let mut wine = Client::wine();
    let [sealed, signed] =
        [Level::Privacy, Level::Integrity].map(|level| wine.open(&server, &Logon { level, ..ALICE }).unwrap());
    // By another mechanism: Wine 8.0 makes bob's calls on alice's connection if mechanism and level are the same.
    let bob = wine.open(&server, &Logon { mechanism: Mechanism::Negotiate, ..BOB }).unwrap();
    let [of_signed, of_sealed] = [signed, sealed].map(|on| wine.bind(on).unwrap().handle);
    assert_eq!(wine.query_names(sealed, &of_signed, 1).unwrap(), ["Alice Adams"]);
    assert_eq!(wine.query_names(signed, &of_sealed, 1).unwrap_err(), CONTEXT_MISMATCH);
    assert_eq!(wine.bind(bob).unwrap().status, 0);
    assert_eq!(wine.query_names(bob, &of_signed, 1).unwrap_err(), CONTEXT_MISMATCH);
    assert_eq!(wine.unbind(sealed, &of_signed).unwrap().status, 1);
}

#[test]
fn requests_and_answers_of_several_fragments_pass_at_each_level() {
    let server = NspiServer::start(&READABLE);
    let mut wine = Client::wine();
    for level in LEVELS {
        let alice = wine.open(&server, &Logon { level, ..ALICE }).unwrap();
        let handle = wine.bind(alice).unwrap().handle;
        // 24,000 octets of request, more of answer; Wine cuts at 5,840.
        let names = vec!["山田 太郎"; 1000];
        let asked = json!({ "handle": handle, "stat": {}, "names": names, "tags": [DISPLAY_NAME] });
        let answer: Value = wine.on(alice, "resolve", asked).unwrap();
        let rows = answer["rows"].as_array().unwrap();
        assert!(rows.len() == 1000 && rows.iter().all(|row| row["3001001f"] == names[0]), "{level:?}: {answer}");
        assert_eq!(wine.unbind(alice, &handle).unwrap().status, 1);
    }
}

/// Each arm of a value and of a restriction, encoded by Wine: understood by the server, whatever it then says of it.
#[test]
fn every_type_that_wine_encodes_is_understood() {
    let server = NspiServer::start(&DEFAULTS);
    let mut wine = Client::wine();
    let alice = wine.open(&server, &Logon { syntax: Syntax::Ndr20, ..ALICE }).unwrap();
    let handle = wine.bind(alice).unwrap().handle;
    let uid = "dca740c8c042101ab4b908002b2fe182";
    let values = [
        (0x0001, json!(null)),
        (0x0002, json!(-2)),
        (0x0003, json!(-3)),
        (0x000A, json!(0x8004_010F_u32)),
        (0x000B, json!(1)),
        (0x000D, json!(null)),
        (0x001E, json!("Alice")),
        (0x001F, json!("ليلى")),
        (0x0040, json!(0x01DD_0000_1234_5678_u64)),
        (0x0048, json!(uid)),
        (0x0102, json!("0102030405")),
        (0x1002, json!([1, -2, 3])),
        (0x1003, json!([1, -2])),
        (0x101E, json!(["a", "", "bc"])),
        (0x101F, json!(["山", "", "e\u{301}"])),
        (0x1040, json!([1, 0x1_0000_0000_u64])),
        (0x1048, json!([uid, uid])),
        (0x1102, json!(["", "01", "0203"])),
    ];
    let exist = json!(["exist", DISPLAY_NAME]);
    let mut filters: Vec<Value> =
        values.iter().map(|(kind, value)| json!(["property", 4, 0x3A00_0000_u32 | kind, value])).collect();
    filters.extend([
        json!(["content", 0x0001_0002, DISPLAY_NAME, "ali"]),
        json!(["compare", 4, DISPLAY_NAME, 0x39FF_001F_u32]),
        json!(["bits", 0, 0x3900_0003_u32, 1]),
        json!(["size", 2, DISPLAY_NAME, 4]),
        json!(["sub", 0x0E12_000D_u32, exist]),
        json!(["not", ["or", ["and", exist, exist], ["not", exist]]]),
    ]);
    for filter in filters {
        let asked = json!({ "handle": handle, "stat": {}, "filter": filter, "requested": 50 });
        let answer = wine.on::<Value>(alice, "matches", asked);
        assert!(answer.is_ok(), "{filter}: {answer:?}");
    }
    let asked = json!({ "handle": handle, "stat": {}, "filter": exist, "requested": 50, "tags": [DISPLAY_NAME] });
    let found: Value = wine.on(alice, "matches", asked).unwrap();
    assert!(found["rows"].as_array().unwrap().len() > 30, "{found}");
}

#[test]
fn the_operation_that_is_not_used_is_a_fault_and_the_connection_goes_on() {
    let server = NspiServer::start(&DEFAULTS);
    let mut wine = Client::wine();
    let alice = wine.open(&server, &ALICE).unwrap();
    assert_eq!(wine.on::<Value>(alice, "opnum15", json!({})).unwrap_err(), NO_SUCH_OPERATION);
    assert_eq!(wine.bind(alice).unwrap().status, 0);
}
