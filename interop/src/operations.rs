//! Every operation of NSPI, driven by a client program on a book of which a test knows some facts; names in scripts of
//! others among what is asked and answered. What a rule in detail is, the tests of `address_book` say.

use serde_json::{Value, json};

use crate::LOGON_FAILED;
use crate::client::{Client, Connection, NULL_HANDLE};
use crate::logon::Logon;
use crate::server::NspiServer;

const DISPLAY_NAME: u32 = 0x3001_001F;
const GIVEN_NAME: u32 = 0x3A06_001F;
const SURNAME: u32 = 0x3A11_001F;
const ENTRY_ID: u32 = 0x0FFF_0102;
const DISTINGUISHED_NAME: u32 = 0x803C_001F;
const PROXY_ADDRESSES: u32 = 0x800F_101F;
const MEMBER: u32 = 0x8009_000D;
const DELEGATES: u32 = 0x8015_000D;
const CERTIFICATE: u32 = 0x3A70_1102;
const ANR: u32 = 0x360C_001F;

/// fDelete of NspiModLinkAtt.
const DELETE: u32 = 1;

/// The statuses that are met here.
const ERRORS_RETURNED: u32 = 0x0004_0380;
const UNKNOWN_LCID: u32 = 0x8004_011F;
const ACCESS_DENIED: u32 = 0x8007_0005;

/// The cap where nothing is set.
const CAP: usize = 50;

/// A person by the name that is shown, the given name and the surname.
pub type Named<'a> = (&'a str, &'a str, &'a str);

/// What a test knows of the book that is asked.
#[derive(Debug, Clone, Copy)]
pub struct Book<'a> {
    /// People whose names are in other scripts; each name means one person.
    pub people: &'a [Named<'a>],
    /// The beginning of one of these names in lower case or upper, and the name that stands there in the table.
    pub sought: (&'a str, &'a str),
    /// The one whom the client logs on as: the first of the table, and in ASCII.
    pub caller: &'a str,
    /// A name in lower case that means the caller alone.
    pub account: &'a str,
    /// The beginning of several names.
    pub ambiguous: &'a str,
    /// How the caller's distinguished name begins.
    pub distinguished_name: &'a str,
    /// The caller's addresses.
    pub addresses: &'a [&'a str],
    /// What the caller may change.
    pub changes: Changes<'a>,
}

/// What a caller may change in a book.
#[derive(Debug, Clone, Copy)]
pub enum Changes<'a> {
    /// Nothing: it is not writable.
    None,
    /// Own certificates and delegates, and nothing of others but the members of a group that is the caller's.
    Own {
        /// The group; the first of [`Book::people`] is not in it. `None` if the caller owns none.
        group: Option<&'a str>,
    },
}

/// A session, of which things are asked.
struct Asking<'a> {
    client: Client,
    on: Connection,
    handle: String,
    book: Book<'a>,
}

/// Asks everything that there is to ask, and makes sure that the answers are the book's; in the end there are as many
/// sessions as the cap allows, and no more.
///
/// # Panics
/// If anything is not as the specification and the book have it.
pub fn drive(mut client: Client, server: &NspiServer, logon: &Logon<'_>, book: Book<'_>) {
    let on = client.open(server, logon).unwrap();
    let handle = client.bind(on).unwrap().handle; // NspiBind
    let mut session = Asking { client, on, handle, book };
    session.moving_about();
    session.finding();
    session.reading();
    session.names_of_properties();
    session.templates();
    match book.changes {
        Changes::None => session.changes_are_refused(),
        Changes::Own { group } => session.changes_are_made(group),
    }
    let Asking { mut client, on, handle, .. } = session;
    up_to_the_cap(&mut client, on, &handle);
}

/// NspiBind until there is no more, NspiUnbind.
fn up_to_the_cap(client: &mut Client, on: Connection, handle: &str) {
    assert_eq!(client.bind_all(on), CAP - 1);
    let refused = client.bind(on).unwrap();
    assert_eq!((refused.status, refused.guid, refused.handle.as_str()), (LOGON_FAILED, None, NULL_HANDLE));
    assert_eq!(client.unbind(on, handle).unwrap().status, 1);
    assert_eq!(client.bind_all(on), 1, "the slot of the session that ended");
}

/// The rows' display names.
fn texts(answer: &Value) -> Vec<&str> {
    let rows = answer["rows"].as_array().unwrap_or_else(|| panic!("no rows: {answer}"));
    rows.iter().map(|row| row["3001001f"].as_str().unwrap()).collect()
}

impl Asking<'_> {
    fn ask(&mut self, what: &str, mut with: Value) -> Value {
        with["handle"] = json!(self.handle);
        self.client.on(self.on, what, with).unwrap()
    }

    /// The id of whoever stands at a place of the table.
    fn at(&mut self, place: u32) -> Value {
        self.ask("update_stat", json!({ "stat": { "Delta": place } }))["stat"]["CurrentRec"].clone()
    }

    /// The id of the one who is called so.
    fn id(&mut self, name: &str) -> Value {
        let filter = json!(["property", 4, ANR, format!("={name}")]);
        let asked = json!({ "stat": {}, "filter": filter, "requested": 50, "tags": [DISPLAY_NAME] });
        let found = self.ask("matches", asked);
        assert_eq!((found["ids"].as_array().map(Vec::len), texts(&found)), (Some(1), vec![name]));
        found["ids"][0].clone()
    }

    /// NspiUpdateStat, NspiQueryRows, NspiSeekEntries, NspiResortRestriction, NspiCompareMIds, NspiGetSpecialTable.
    fn moving_about(&mut self) {
        let [one, two] = [0, 1].map(|place| self.at(place));
        let moved = self.ask("update_stat", json!({ "stat": { "Delta": 2 } }));
        assert_eq!((&moved["status"], &moved["delta"], &moved["stat"]["NumPos"]), (&json!(0), &json!(2), &json!(2)));

        let all = self.ask("query_rows", json!({ "stat": {}, "count": 100, "tags": [DISPLAY_NAME] }));
        let shown = texts(&all);
        assert_eq!(shown[0], self.book.caller);
        assert!(self.book.people.iter().all(|(name, ..)| shown.contains(name)), "{shown:?}");

        let (target, found) = self.book.sought;
        let sought = self.ask("seek", json!({ "stat": {}, "target": target, "tags": [DISPLAY_NAME] }));
        assert_eq!((&sought["status"], texts(&sought)[0]), (&json!(0), found));

        let resorted = self.ask("resort", json!({ "stat": { "CurrentRec": two }, "table": [two, 0x9999, one] }));
        assert_eq!((&resorted["ids"], &resorted["stat"]["TotalRecs"]), (&json!([one, two]), &json!(2)));

        let compared = self.ask("compare", json!({ "stat": {}, "one": two, "other": one }));
        assert_eq!((&compared["status"], &compared["result"]), (&json!(0), &json!(1)));

        let containers = self.ask("special_table", json!({ "flags": 4 }));
        assert_eq!(texts(&containers)[0], "Global Address List");
    }

    /// NspiResolveNamesW, NspiResolveNames, NspiGetMatches, NspiDNToMId.
    fn finding(&mut self) {
        let Book { people, caller, account, ambiguous, distinguished_name, .. } = self.book;
        let names: Vec<&str> = people.iter().map(|(name, ..)| *name).collect();
        let resolved = self.ask("resolve", json!({ "stat": {}, "names": names, "tags": [DISPLAY_NAME] }));
        assert_eq!((&resolved["ids"], texts(&resolved)), (&json!(vec![2; names.len()]), names.clone()));

        let asked = json!({ "stat": {}, "names": [account, ambiguous, "nobody"], "tags": null, "wide": false });
        let resolved = self.ask("resolve", asked);
        assert_eq!((&resolved["ids"], &resolved["rows"][0]["3001001e"]), (&json!([2, 1, 0]), &json!(caller)));

        for name in names {
            let filter = json!(["property", 4, ANR, name]);
            let asked = json!({ "stat": {}, "filter": filter, "requested": 50, "tags": [DISPLAY_NAME] });
            let found = self.ask("matches", asked);
            assert_eq!((found["ids"].as_array().unwrap().len(), texts(&found)), (1, vec![name]));
        }

        let first = self.at(0);
        let read = self.ask("props", json!({ "stat": { "CurrentRec": first }, "tags": [DISTINGUISHED_NAME] }));
        let full = read["row"]["803c001f"].as_str().unwrap();
        assert!(full.starts_with(distinguished_name), "{full}");
        let named = self.ask("ids", json!({ "names": [full, "/o=NOBODY"] }));
        assert_eq!((&named["status"], &named["ids"]), (&json!(0), &json!([first, 0])));
    }

    /// NspiGetProps, NspiGetPropList, NspiQueryColumns.
    fn reading(&mut self) {
        let Book { people, caller, addresses, .. } = self.book;
        let first = self.at(0);
        let asked = json!({ "stat": { "CurrentRec": first }, "tags": [DISPLAY_NAME, PROXY_ADDRESSES] });
        let read = self.ask("props", asked);
        assert_eq!((&read["status"], &read["row"]["3001001f"]), (&json!(0), &json!(caller)));
        assert_eq!(read["row"]["800f101f"], json!(addresses));
        for (name, given_name, surname) in people {
            let id = self.id(name);
            let asked = json!({ "stat": { "CurrentRec": id }, "tags": [DISPLAY_NAME, GIVEN_NAME, SURNAME] });
            let read = self.ask("props", asked);
            let expected = json!({ "3001001f": name, "3a06001f": given_name, "3a11001f": surname });
            assert_eq!((&read["status"], &read["row"]), (&json!(0), &expected));
        }

        let listed = self.ask("prop_list", json!({ "id": first, "code_page": 1200 }));
        let tags = listed["tags"].as_array().unwrap();
        assert!(tags.contains(&json!(DISPLAY_NAME)) && tags.len() > 20, "{listed}");
        let read = self.ask("props", json!({ "stat": { "CurrentRec": first, "CodePage": 1200 } }));
        assert_eq!(read["row"].as_object().unwrap().len(), tags.len());

        let columns = self.ask("query_columns", json!({ "flags": 0x8000_0000_u32 }));
        assert!(columns["tags"].as_array().unwrap().contains(&json!(DISPLAY_NAME)));
    }

    /// NspiGetNamesFromIDs, NspiGetIDsFromNames.
    fn names_of_properties(&mut self) {
        let names = self.ask("names_from_ids", json!({ "tags": [0x8001_0000_u32, 0x8002_0000_u32] }));
        assert_eq!((&names["status"], names["names"].as_array().unwrap().len()), (&json!(0), 2));
        let ids = self.ask("ids_from_names", json!({ "names": [0x8001, 0x8002] }));
        assert_eq!((&ids["status"], &ids["tags"]), (&json!(ERRORS_RETURNED), &json!([10, 10])));
    }

    /// NspiGetTemplateInfo.
    fn templates(&mut self) {
        let template = self.ask("template", json!({ "type": 0, "flags": 5 }));
        let (dialog, script) = (template["row"]["00010102"].as_str(), template["row"]["00040102"].as_str());
        assert!(dialog.is_some_and(|hex| hex.starts_with("01000000")), "{template}");
        assert_eq!((&template["status"], script), (&json!(0), Some("0100000000000000")));
        let french = self.ask("template", json!({ "type": 0, "flags": 5, "locale": 0x40C }));
        assert_eq!((&french["status"], &french["row"]), (&json!(UNKNOWN_LCID), &Value::Null));
    }

    /// NspiModProps of one property.
    fn set(&mut self, id: &Value, tag: u32, value: Value) -> Value {
        let with = json!({ "stat": { "CurrentRec": id }, "tag": tag, "value": value });
        self.ask("mod_props", with)["status"].take()
    }

    /// NspiModLinkAtt for one who is linked to.
    fn link(&mut self, id: &Value, tag: u32, to: &Value, flags: u32) -> Value {
        let read = self.ask("props", json!({ "stat": { "CurrentRec": to }, "tags": [ENTRY_ID] }));
        let entry_ids = [&read["row"]["0fff0102"]];
        self.ask("mod_link_att", json!({ "id": id, "tag": tag, "entry_ids": entry_ids, "flags": flags }))["status"]
            .take()
    }

    /// The certificates of one.
    fn certificates(&mut self, id: &Value) -> Value {
        let read = self.ask("props", json!({ "stat": { "CurrentRec": id }, "tags": [CERTIFICATE] }));
        read["row"]["3a701102"].clone()
    }

    /// The names of those whom a property refers to.
    fn linked(&mut self, id: &Value, tag: u32) -> Vec<String> {
        let stat = json!({ "CurrentRec": id, "ContainerID": tag, "SortType": 1000 });
        let asked = json!({ "stat": stat, "filter": null, "requested": 100, "tags": [DISPLAY_NAME] });
        let found = self.ask("matches", asked);
        if found["rows"].is_null() { Vec::new() } else { texts(&found).into_iter().map(str::to_owned).collect() }
    }

    /// NspiModProps and NspiModLinkAtt, of one's own entry too, where nothing can be changed.
    fn changes_are_refused(&mut self) {
        let (own, other) = (self.at(0), self.id(self.book.people[0].0));
        assert_eq!(self.set(&own, DISPLAY_NAME, json!("山田")), ACCESS_DENIED);
        assert_eq!(self.set(&own, CERTIFICATE, json!(["3082"])), ACCESS_DENIED);
        assert_eq!(self.link(&own, DELEGATES, &other, 0), ACCESS_DENIED);
        assert_eq!(self.link(&own, MEMBER, &other, 0), ACCESS_DENIED);
        let read = self.ask("props", json!({ "stat": { "CurrentRec": own }, "tags": [DISPLAY_NAME] }));
        assert_eq!((&read["row"]["3001001f"], self.linked(&own, DELEGATES)), (&json!(self.book.caller), vec![]));
    }

    /// NspiModProps and NspiModLinkAtt, there and back, of what is the caller's; and of what is not.
    fn changes_are_made(&mut self, group: Option<&str>) {
        let (name, ..) = self.book.people[0];
        let (own, other, group) = (self.at(0), self.id(name), group.map(|group| self.id(group)));
        assert_eq!(self.set(&own, CERTIFICATE, json!(["3082", "308201"])), 0);
        assert_eq!(self.certificates(&own), json!(["3082", "308201"]));
        assert_eq!(self.set(&own, CERTIFICATE, Value::Null), 0);
        assert!(!self.certificates(&own).is_array(), "no value any more");
        for (id, tag) in [(&own, DELEGATES)].into_iter().chain(group.iter().map(|group| (group, MEMBER))) {
            assert_eq!(self.link(id, tag, &other, 0), 0);
            assert!(self.linked(id, tag).iter().any(|linked| linked == name));
            assert_eq!(self.link(id, tag, &other, DELETE), 0);
            assert!(!self.linked(id, tag).iter().any(|linked| linked == name));
        }
        assert_eq!(self.set(&own, DISPLAY_NAME, json!("山田")), ACCESS_DENIED);
        assert_eq!(self.set(&other, CERTIFICATE, json!(["3082"])), ACCESS_DENIED);
        assert_eq!(self.link(&other, DELEGATES, &own, 0), ACCESS_DENIED);
    }
}
