//! Every operation of NSPI, driven by every program that has it, in every syntax that it has; names in scripts of others
//! among what is asked and answered. What a rule in detail is, `address_book` says.

use interop::{ALICE, Client, Connection, Logon, NspiServer, Syntax};
use serde_json::{Value, json};

use super::DEFAULTS;

const DISPLAY_NAME: u32 = 0x3001_001F;
const PROXY_ADDRESSES: u32 = 0x800F_101F;
const MEMBER: u32 = 0x8009_000D;
const ANR: u32 = 0x360C_001F;
const ALICES_DN: &str = "/o=ACME/ou=First Administrative Group/cn=Recipients/cn=alice";

/// Japanese, Arabic, Czech, Chinese, Hebrew, and a letter made of two that must not become one.
const NAMES: [&str; 6] = ["山田 太郎", "ليلى الحداد", "Žofie Ångström", "徐 欣妍", "יעל יוסף", "Walter Weiße\u{301}"];

/// The statuses that are met here.
const ERRORS_RETURNED: u32 = 0x0004_0380;
const UNKNOWN_LCID: u32 = 0x8004_011F;
const ACCESS_DENIED: u32 = 0x8007_0005;

#[test]
fn impacket_drives_every_operation() {
    drive(Client::impacket(), Syntax::Ndr20);
}

#[test]
fn scapy_drives_every_operation_in_ndr20() {
    drive(Client::scapy(), Syntax::Ndr20);
}

#[test]
fn scapy_drives_every_operation_in_ndr64() {
    drive(Client::scapy(), Syntax::Ndr64);
}

#[test]
fn wine_drives_every_operation() {
    drive(Client::wine(), Syntax::Ndr20);
}

/// A session, of which things are asked.
struct Asking {
    client: Client,
    on: Connection,
    handle: String,
}

impl Asking {
    fn ask(&mut self, what: &str, mut with: Value) -> Value {
        with["handle"] = json!(self.handle);
        self.client.on(self.on, what, with).unwrap()
    }
}

fn drive(mut client: Client, syntax: Syntax) {
    let server = NspiServer::start(&DEFAULTS);
    let on = client.open(&server, &Logon { syntax, ..ALICE }).unwrap();
    let handle = client.bind(on).unwrap().handle; // NspiBind
    let mut session = Asking { client, on, handle };
    moving_about(&mut session);
    finding(&mut session);
    reading(&mut session);
    names_of_properties_and_changes(&mut session);
    let Asking { mut client, on, handle } = session;
    assert_eq!(client.unbind(on, &handle).unwrap().status, 1); // NspiUnbind
}

fn id(session: &mut Asking, place: u32) -> Value {
    session.ask("update_stat", json!({ "stat": { "Delta": place } }))["stat"]["CurrentRec"].clone()
}

fn texts(answer: &Value) -> Vec<&str> {
    answer["rows"].as_array().unwrap().iter().map(|row| row["3001001f"].as_str().unwrap()).collect()
}

/// NspiUpdateStat, NspiQueryRows, NspiSeekEntries, NspiResortRestriction, NspiCompareMIds, NspiGetSpecialTable.
fn moving_about(session: &mut Asking) {
    let [one, two] = [0, 1].map(|place| id(session, place));
    let moved = session.ask("update_stat", json!({ "stat": { "Delta": 2 } }));
    assert_eq!((&moved["status"], &moved["delta"], &moved["stat"]["NumPos"]), (&json!(0), &json!(2), &json!(2)));

    let all = session.ask("query_rows", json!({ "stat": {}, "count": 100, "tags": [DISPLAY_NAME] }));
    let people = texts(&all);
    assert!(NAMES.iter().all(|name| people.contains(name)), "{people:?}");

    let sought = session.ask("seek", json!({ "stat": {}, "target": "ŽOFIE", "tags": [DISPLAY_NAME] }));
    assert_eq!((&sought["status"], texts(&sought)[0]), (&json!(0), "Žofie Ångström"));

    let resorted = session.ask("resort", json!({ "stat": { "CurrentRec": two }, "table": [two, 0x9999, one] }));
    assert_eq!((&resorted["ids"], &resorted["stat"]["TotalRecs"]), (&json!([one, two]), &json!(2)));

    let compared = session.ask("compare", json!({ "stat": {}, "one": two, "other": one }));
    assert_eq!((&compared["status"], &compared["result"]), (&json!(0), &json!(1)));

    let containers = session.ask("special_table", json!({ "flags": 4 }));
    assert_eq!(texts(&containers)[0], "Global Address List");
}

/// NspiResolveNamesW, NspiResolveNames, NspiGetMatches, NspiDNToMId.
fn finding(session: &mut Asking) {
    let resolved = session.ask("resolve", json!({ "stat": {}, "names": NAMES, "tags": [DISPLAY_NAME] }));
    assert_eq!((&resolved["ids"], texts(&resolved)), (&json!([2, 2, 2, 2, 2, 2]), NAMES.to_vec()));

    let asked = json!({ "stat": {}, "names": ["alice", "a", "nobody"], "tags": null, "wide": false });
    let resolved = session.ask("resolve", asked);
    assert_eq!((&resolved["ids"], &resolved["rows"][0]["3001001e"]), (&json!([2, 1, 0]), &json!("Alice Adams")));

    for name in NAMES {
        let filter = json!(["property", 4, ANR, name]);
        let found =
            session.ask("matches", json!({ "stat": {}, "filter": filter, "requested": 50, "tags": [DISPLAY_NAME] }));
        assert_eq!((found["ids"].as_array().unwrap().len(), texts(&found)), (1, vec![name]));
    }

    let first = id(session, 0);
    let named = session.ask("ids", json!({ "names": [ALICES_DN, "/o=NOBODY"] }));
    assert_eq!((&named["status"], &named["ids"]), (&json!(0), &json!([first, 0])));
}

/// NspiGetProps, NspiGetPropList, NspiQueryColumns.
fn reading(session: &mut Asking) {
    let alice = id(session, 0);
    let asked = json!({ "stat": { "CurrentRec": alice }, "tags": [DISPLAY_NAME, PROXY_ADDRESSES] });
    let read = session.ask("props", asked);
    assert_eq!((&read["status"], &read["row"]["3001001f"]), (&json!(0), &json!("Alice Adams")));
    assert_eq!(read["row"]["800f101f"], json!(["SMTP:alice@acme.test", "smtp:alice@mail.acme.test"]));

    let listed = session.ask("prop_list", json!({ "id": alice, "code_page": 1200 }));
    let tags = listed["tags"].as_array().unwrap();
    assert!(tags.contains(&json!(DISPLAY_NAME)) && tags.len() > 20, "{listed}");
    let read = session.ask("props", json!({ "stat": { "CurrentRec": alice, "CodePage": 1200 } }));
    assert_eq!(read["row"].as_object().unwrap().len(), tags.len());

    let columns = session.ask("query_columns", json!({ "flags": 0x8000_0000_u32 }));
    assert!(columns["tags"].as_array().unwrap().contains(&json!(DISPLAY_NAME)));
}

/// NspiGetNamesFromIDs, NspiGetIDsFromNames, NspiGetTemplateInfo, NspiModProps, NspiModLinkAtt.
fn names_of_properties_and_changes(session: &mut Asking) {
    let names = session.ask("names_from_ids", json!({ "tags": [0x8001_0000_u32, 0x8002_0000_u32] }));
    assert_eq!((&names["status"], names["names"].as_array().unwrap().len()), (&json!(0), 2));
    let ids = session.ask("ids_from_names", json!({ "names": [0x8001, 0x8002] }));
    assert_eq!((&ids["status"], &ids["tags"]), (&json!(ERRORS_RETURNED), &json!([10, 10])));

    let template = session.ask("template", json!({ "type": 0, "flags": 5 }));
    let (dialog, script) = (template["row"]["00010102"].as_str(), template["row"]["00040102"].as_str());
    assert!(dialog.is_some_and(|hex| hex.starts_with("01000000")), "{template}");
    assert_eq!((&template["status"], script), (&json!(0), Some("0100000000000000")));
    let french = session.ask("template", json!({ "type": 0, "flags": 5, "locale": 0x40C }));
    assert_eq!((&french["status"], &french["row"]), (&json!(UNKNOWN_LCID), &Value::Null));

    let alice = id(session, 0);
    let changed = json!({ "stat": { "CurrentRec": alice }, "tag": DISPLAY_NAME, "value": "山田" });
    assert_eq!(session.ask("mod_props", changed)["status"], ACCESS_DENIED);
    let linked = json!({ "id": alice, "tag": MEMBER, "entry_ids": ["00".repeat(28)] });
    assert_eq!(session.ask("mod_link_att", linked)["status"], ACCESS_DENIED);
}
