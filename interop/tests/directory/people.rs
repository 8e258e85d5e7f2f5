//! What impacket sees of the people.

use std::fs;
use std::path::Path;

use interop::{ALICE, Client, Connection, Logon, NspiServer, eventually};
use serde_json::{Value, json};

pub(crate) const DISPLAY_NAME: u32 = 0x3001_001F;
pub(crate) const TITLE: u32 = 0x3A17_001F;
const MEMBER: u32 = 0x8009_000D;
const MANAGER: u32 = 0x8005_000D;
const PHOTO: u32 = 0x8C9E_0102;

/// A server over a directory, and impacket with a session on it.
pub(crate) struct People {
    pub(crate) server: NspiServer,
    client: Client,
    alice: Connection,
    handle: String,
}

impl People {
    /// Starts the server with a configuration that has this `[address-book]`, in `folder`.
    pub(crate) fn of(folder: &Path, address_book: &str) -> Self {
        let config = configuration(folder, address_book);
        Self::at(NspiServer::start(&["--config", &config]), ALICE)
    }

    /// Opens a session on a server.
    pub(crate) fn at(server: NspiServer, logon: Logon<'_>) -> Self {
        let mut client = Client::impacket();
        let alice = client.open(&server, &logon).unwrap();
        let handle = client.bind(alice).unwrap().handle;
        Self { server, client, alice, handle }
    }

    pub(crate) fn ask(&mut self, what: &str, mut with: Value) -> Value {
        with["handle"] = json!(self.handle);
        self.client.on(self.alice, what, with).unwrap()
    }

    /// The display names of all.
    pub(crate) fn names(&mut self) -> Vec<String> {
        self.client.query_names(self.alice, &self.handle, 1000).unwrap()
    }

    /// Waits until the names are these.
    pub(crate) fn eventually(&mut self, expected: &[&str]) {
        let mut last = Vec::new();
        let names = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            eventually("the directory's change shows", || {
                last = self.names();
                (last == expected).then_some(())
            });
        }));
        assert!(names.is_ok(), "{last:?} and not {expected:?}: {}", self.server.log());
    }

    /// The id of one who is called so.
    pub(crate) fn id(&mut self, name: &str) -> Value {
        let answer = self.matches(json!(["property", 4, 0x360C_001F, format!("={name}")]));
        assert_eq!(answer["ids"].as_array().map(Vec::len), Some(1), "{name}: {answer}");
        answer["ids"][0].clone()
    }

    fn matches(&mut self, filter: Value) -> Value {
        self.ask("matches", json!({ "stat": {}, "filter": filter, "requested": 50, "tags": [DISPLAY_NAME] }))
    }

    /// The names of those whom a property of one refers to, in order.
    fn linked(&mut self, id: &Value, tag: u32) -> Vec<String> {
        let stat = json!({ "CurrentRec": id, "ContainerID": tag, "SortType": 1000 });
        let answer =
            self.ask("matches", json!({ "stat": stat, "filter": null, "requested": 100, "tags": [DISPLAY_NAME] }));
        let rows = answer["rows"].as_array().cloned().unwrap_or_default();
        rows.iter().map(|row| row[format!("{DISPLAY_NAME:08x}")].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn members(&mut self, id: &Value) -> Vec<String> {
        self.linked(id, MEMBER)
    }

    pub(crate) fn manager(&mut self, id: &Value) -> Vec<String> {
        self.linked(id, MANAGER)
    }

    /// A property of one, as impacket shows it.
    pub(crate) fn property(&mut self, id: &Value, tag: u32) -> Value {
        let answer = self.ask("props", json!({ "stat": { "CurrentRec": id }, "tags": [tag] }));
        answer["row"][format!("{tag:08x}")].clone()
    }

    pub(crate) fn photo(&mut self, id: &Value) -> Value {
        self.property(id, PHOTO)
    }
}

/// Writes a configuration with this `[address-book]`.
pub(crate) fn configuration(folder: &Path, address_book: &str) -> String {
    let path = folder.join("nspi-server.toml");
    fs::write(&path, format!("[address-book]\n{address_book}")).unwrap();
    path.display().to_string()
}
