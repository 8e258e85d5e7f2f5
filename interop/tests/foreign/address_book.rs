//! The operations on an open address book: what impacket asks for, and what it reads in the answers.

use interop::{ALICE, AUTHENTICATED, Client, Connection, Logon, NspiServer};
use serde_json::{Value, json};

use super::READABLE;

const DISPLAY_NAME: u32 = 0x3001_001F;
const DISPLAY_NAME_8: u32 = 0x3001_001E;
const TITLE: u32 = 0x3A17_001F;
const EMAIL_ADDRESS: u32 = 0x3003_001F;
const ANR: u32 = 0x360C_001F;

/// The statuses that are met here.
const ERRORS_RETURNED: u32 = 0x0004_0380;
const NOT_FOUND: u32 = 0x8004_010F;
const TABLE_TOO_BIG: u32 = 0x8004_0403;
const GENERAL_FAILURE: u32 = 0x8000_4005;

/// alice's session, of which a test asks things.
struct Asking {
    server: NspiServer,
    client: Client,
    alice: Connection,
    handle: String,
}

impl Asking {
    fn new() -> Self {
        Self::at(&ALICE)
    }

    fn at(logon: &Logon<'_>) -> Self {
        let server = NspiServer::start(&READABLE);
        let mut client = Client::impacket();
        let alice = client.open(&server, logon).unwrap();
        let handle = client.bind(alice).unwrap().handle;
        Self { server, client, alice, handle }
    }

    fn ask(&mut self, what: &str, mut with: Value) -> Value {
        assert_ne!(self.server.port, 0);
        with["handle"] = json!(self.handle);
        self.client.on(self.alice, what, with).unwrap()
    }

    /// The ids of the first people, in the order of the table.
    fn first(&mut self, count: u32) -> Vec<Value> {
        (0..count)
            .map(|delta| self.ask("update_stat", json!({ "stat": { "Delta": delta } }))["stat"]["CurrentRec"].clone())
            .collect()
    }
}

/// One column of rows.
fn column(answer: &Value, tag: u32) -> Vec<&str> {
    let tag = format!("{tag:08x}");
    answer["rows"].as_array().unwrap().iter().map(|row| row[&tag].as_str().unwrap()).collect()
}

#[test]
fn names_are_resolved_at_each_level() {
    for level in AUTHENTICATED {
        let mut asking = Asking::at(&Logon { level, ..ALICE });
        let names =
            ["alice", "a", "nobody", "", "山田", "zofie angstrom", "=Bob Baker", "\u{0644}\u{064a}\u{0644}\u{0649}"];
        let answer = asking.ask("resolve", json!({ "stat": {}, "names": names, "tags": [DISPLAY_NAME] }));
        assert_eq!((&answer["status"], &answer["ids"]), (&json!(0), &json!([2, 1, 0, 0, 2, 2, 2, 2])));
        assert_eq!(
            column(&answer, DISPLAY_NAME),
            ["Alice Adams", "山田 太郎", "Žofie Ångström", "Bob Baker", "ليلى الحداد"]
        );
    }
}

#[test]
fn eight_bit_names_are_resolved_and_null_columns_are_the_seven() {
    let mut asking = Asking::new();
    let answer = asking.ask("resolve", json!({ "stat": {}, "names": ["alice", "a"], "tags": null, "wide": false }));
    assert_eq!((&answer["status"], &answer["ids"]), (&json!(0), &json!([2, 1])));
    assert_eq!(answer["rows"][0].as_object().unwrap().len(), 7);
    assert_eq!(column(&answer, DISPLAY_NAME_8), ["Alice Adams"]);
}

#[test]
fn people_are_found_by_a_name_as_outlook_asks_for_it() {
    let mut asking = Asking::new();
    let anr = |name: &str| json!(["property", 4, ANR, name]);
    let asked = json!({ "stat": {}, "filter": anr("al"), "requested": 50, "tags": [DISPLAY_NAME] });
    let answer = asking.ask("matches", asked);
    assert_eq!(answer["status"], 0);
    let names = column(&answer, DISPLAY_NAME);
    assert!(names.contains(&"Alice Adams") && names.contains(&"All Staff"), "{names:?}");
    assert_eq!(answer["ids"].as_array().unwrap().len(), names.len());
    let few = asking.ask("matches", json!({ "stat": {}, "filter": anr("al"), "requested": 2, "tags": [DISPLAY_NAME] }));
    assert_eq!((&few["status"], &few["ids"], &few["rows"]), (&json!(TABLE_TOO_BIG), &Value::Null, &Value::Null));
}

#[test]
fn restrictions_nest() {
    let mut asking = Asking::new();
    let developers = json!(["property", 4, TITLE, "developer"]);
    let not_b = json!(["not", ["content", 0x0001_0002, DISPLAY_NAME, "b"]]);
    let filter = json!(["and", developers, not_b, ["exist", TITLE]]);
    let answer =
        asking.ask("matches", json!({ "stat": {}, "filter": filter, "requested": 50, "tags": [DISPLAY_NAME] }));
    assert_eq!(column(&answer, DISPLAY_NAME), ["Carol Clark", "Ελένη Παπαδοπούλου"]);
}

#[test]
fn the_members_of_a_group_are_found() {
    const MEMBER: u32 = 0x8009_000D;
    const READ_ONLY: u32 = 0x3E8;
    let mut asking = Asking::new();
    let filter = json!(["property", 4, DISPLAY_NAME, "all finance"]);
    let group = asking.ask("matches", json!({ "stat": {}, "filter": filter, "requested": 1 }));
    let stat = json!({ "SortType": READ_ONLY, "ContainerID": MEMBER, "CurrentRec": group["ids"][0] });
    let answer =
        asking.ask("matches", json!({ "stat": stat, "filter": null, "requested": 50, "tags": [DISPLAY_NAME] }));
    assert_eq!((&answer["status"], &answer["stat"]["ContainerID"]), (&json!(0), &group["ids"][0]));
    assert_eq!(
        column(&answer, DISPLAY_NAME),
        ["Peggy Price", "Quentin Quesnel", "Trent Taylor", "Ulrike Übel", "ليلى الحداد"]
    );
}

#[test]
fn the_properties_of_a_person_are_read() {
    let mut asking = Asking::new();
    let alice = asking.first(1).remove(0);
    let stat = json!({ "CurrentRec": alice });
    let answer = asking.ask("props", json!({ "stat": stat, "tags": [DISPLAY_NAME, TITLE] }));
    assert_eq!(answer["status"], 0);
    assert_eq!(
        (&answer["row"]["3001001f"], &answer["row"]["3a17001f"]),
        (&json!("Alice Adams"), &json!("Managing Director"))
    );
    // Nobody's photograph is there: an error takes its place.
    let answer = asking.ask("props", json!({ "stat": stat, "tags": [DISPLAY_NAME, 0x8C9E_0102_u32] }));
    assert_eq!((&answer["status"], &answer["row"]["3001001f"]), (&json!(ERRORS_RETURNED), &json!("Alice Adams")));
    assert!(answer["row"]["8c9e000a"].is_number(), "{answer}");

    let listed = asking.ask("prop_list", json!({ "id": alice, "code_page": 1200 }));
    let tags = listed["tags"].as_array().unwrap();
    assert!(tags.contains(&json!(DISPLAY_NAME)) && tags.len() > 20, "{listed}");
    let answer = asking.ask("props", json!({ "stat": { "CurrentRec": alice, "CodePage": 1200 } }));
    assert_eq!((&answer["status"], answer["row"].as_object().unwrap().len()), (&json!(0), tags.len()));
    let gone = asking.ask("prop_list", json!({ "id": 0x9999, "code_page": 1252 }));
    assert_eq!((&gone["status"], &gone["tags"]), (&json!(GENERAL_FAILURE), &Value::Null));
}

#[test]
fn the_columns_of_the_server_are_told() {
    let mut asking = Asking::new();
    let wide = asking.ask("query_columns", json!({ "flags": 0x8000_0000_u32 }));
    let eight = asking.ask("query_columns", json!({ "flags": 0 }));
    assert!(wide["tags"].as_array().unwrap().contains(&json!(DISPLAY_NAME)));
    assert!(eight["tags"].as_array().unwrap().contains(&json!(DISPLAY_NAME_8)));
}

#[test]
fn a_distinguished_name_leads_back_to_its_object() {
    let mut asking = Asking::new();
    let ids = asking.first(3);
    let names: Vec<Value> = ids
        .iter()
        .map(|id| {
            let row = asking.ask("props", json!({ "stat": { "CurrentRec": id }, "tags": [EMAIL_ADDRESS] }));
            row["row"]["3003001f"].clone()
        })
        .collect();
    let answer = asking.ask("ids", json!({ "names": [names[2], "/cn=nobody", names[0], names[1]] }));
    assert_eq!((&answer["status"], &answer["ids"]), (&json!(0), &json!([ids[2], 0, ids[0], ids[1]])));
}

#[test]
fn rows_are_compared_sought_and_sorted() {
    let mut asking = Asking::new();
    let ids = asking.first(3);
    for (one, other, expected) in [(0, 1, -1), (2, 2, 0), (2, 1, 1)] {
        let answer = asking.ask("compare", json!({ "stat": {}, "one": ids[one], "other": ids[other] }));
        assert_eq!((&answer["status"], &answer["result"]), (&json!(0), &json!(expected)));
    }
    let answer = asking.ask("compare", json!({ "stat": {}, "one": ids[0], "other": 0x9999 }));
    assert_eq!(answer["status"], GENERAL_FAILURE);

    let sought = asking.ask("seek", json!({ "stat": {}, "target": "ZOFIE", "tags": [DISPLAY_NAME] }));
    assert_eq!((&sought["status"], column(&sought, DISPLAY_NAME)[0]), (&json!(0), "Žofie Ångström"));
    let within = asking.ask("seek", json!({ "stat": {}, "target": "all f", "table": ids }));
    assert_eq!(
        (&within["stat"]["NumPos"], &within["stat"]["TotalRecs"], &within["rows"]),
        (&json!(2), &json!(3), &Value::Null)
    );
    let past = asking.ask("seek", json!({ "stat": {}, "target": "\u{FFFD}" }));
    assert_eq!(past["status"], NOT_FOUND);

    let resorted =
        asking.ask("resort", json!({ "stat": { "CurrentRec": ids[1] }, "table": [ids[2], 0x9999, ids[1], ids[0]] }));
    assert_eq!((&resorted["status"], &resorted["ids"]), (&json!(0), &json!(ids)));
    assert_eq!((&resorted["stat"]["NumPos"], &resorted["stat"]["TotalRecs"]), (&json!(1), &json!(3)));
}
