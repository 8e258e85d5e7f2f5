//! Samba's Active Directory: USNs, tombstones, and what a user without rights sees.

use interop::{ALICE, DomainController, NspiServer, inside};
use serde_json::Value;
use tempfile::TempDir;

use crate::people::{People, TITLE, configuration};

pub(crate) const ADMINISTRATOR: (&str, &str) = DomainController::ADMINISTRATOR;

/// A server beside the controller, that asks it as `who`. Each test has people of its own, below an organizational unit.
pub(crate) struct Directory {
    pub(crate) controller: &'static DomainController,
    folder: TempDir,
    pub(crate) unit: String,
    /// Between two looks of the server's for changes.
    poll_seconds: u32,
}

impl Directory {
    pub(crate) fn new(unit: &str) -> Self {
        let directory = Self::over(format!("OU={unit},DC=acme,DC=test"));
        directory.change(&format!("dn: {}\nchangetype: add\nobjectClass: organizationalUnit\n", directory.unit));
        directory
    }

    /// Of the people who are below `unit` already.
    pub(crate) fn over(unit: String) -> Self {
        Self { controller: DomainController::shared(), folder: TempDir::new().unwrap(), unit, poll_seconds: 1 }
    }

    fn people(&self, who: (&str, &str), base: &str) -> People {
        let server = self.server(who, base, "[address-book.attributes]\nemployeeID = 0x8C6F001F\n", &[]);
        inside(self.controller.namespace(), || People::at(server, ALICE))
    }

    /// A server beside the controller, with more lines of `[address-book]`, and more arguments.
    pub(crate) fn server(
        &self,
        (who, password): (&str, &str),
        base: &str,
        more: &str,
        arguments: &[&str],
    ) -> NspiServer {
        self.file("password", password);
        let config = configuration(
            self.folder.path(),
            &format!(
                "kind = \"ldap\"\n{more}[address-book.ldap]\n\
                 url = \"ldap://127.0.0.1\"\nplain-on-loopback = true\nbase = \"{base}\"\nbind-dn = \"{who}\"\n\
                 password-file = \"password\"\npoll-seconds = {}\npage-size = 7\n",
                self.poll_seconds
            ),
        );
        let arguments = [&["--config", &config], arguments].concat();
        NspiServer::start_beside(self.controller, "127.0.0.1:0", "info", &arguments)
    }

    /// Writes a file that goes with this; its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Has OpenLDAP's client change something.
    pub(crate) fn change(&self, ldif: &str) {
        self.controller.change(ldif);
    }

    fn add(&self, account: &str, name: &str, more: &str) {
        self.change(&format!(
            "dn: CN={account},{}\nchangetype: add\nobjectClass: user\nsAMAccountName: {account}\ndisplayName: {name}\n\
             mail: {account}@acme.test\n{more}\n",
            self.unit
        ));
    }
}

#[test]
fn the_people_of_active_directory_come_by_pages_and_computers_do_not() {
    let directory = Directory::new("pages");
    directory.add("pat", "Pat Page", "title: Tester\nemployeeID: 4711\nproxyAddresses: SMTP:pat@acme.test\n");
    let mut people = directory.people(ADMINISTRATOR, "DC=acme,DC=test");
    let names = people.names();
    for name in ["User 0001", "User 0020", "Pat Page"] {
        assert!(names.iter().any(|other| other == name), "{name} in {names:?}");
    }
    assert!(!names.iter().any(|name| name.contains("DC1")), "{names:?}");
    let pat = people.id("Pat Page");
    assert_eq!(people.property(&pat, TITLE), "Tester");
    assert_eq!(people.property(&pat, 0x8C6F_001F), "4711", "as the configuration maps it");
    assert_eq!(people.property(&pat, 0x8C6D_0102).as_str().map(str::len), Some(36), "objectGUID");
    let name = people.property(&pat, 0x803C_001F);
    assert!(name.as_str().unwrap().starts_with("/o=NT5/ou="), "{name}");
}

#[test]
fn changes_of_active_directory_show_and_everybody_keeps_the_id() {
    let directory = Directory::new("changes");
    let unit = directory.unit.clone();
    directory.add("ann", "Ann", "");
    directory.add("ben", "Ben", &format!("manager: CN=ann,{unit}\n"));
    let group = format!(
        "dn: CN=team,{unit}\nchangetype: add\nobjectClass: group\ndisplayName: Team\n\
                         mail: team@acme.test\nmember: CN=ann,{unit}\n"
    );
    directory.change(&group);
    let mut people = directory.people(ADMINISTRATOR, &unit);
    assert_eq!(people.names(), ["Ann", "Ben", "Team"]);
    let (ann, ben, team) = (people.id("Ann"), people.id("Ben"), people.id("Team"));
    assert_eq!((people.manager(&ben), people.members(&team)), (vec!["Ann".to_owned()], vec!["Ann".to_owned()]));

    directory.add("cid", "Cid", "");
    people.eventually(&["Ann", "Ben", "Cid", "Team"]);
    directory.change(&format!("dn: CN=team,{unit}\nchangetype: modify\nadd: member\nmember: CN=ben,{unit}\n"));
    directory.change(&format!("dn: CN=ben,{unit}\nchangetype: modify\nreplace: displayName\ndisplayName: Zeb\n"));
    people.eventually(&["Ann", "Cid", "Team", "Zeb"]);
    assert_eq!((people.id("Zeb"), people.members(&team)), (ben.clone(), vec!["Ann".to_owned(), "Zeb".to_owned()]));

    // Renamed in the directory: the group and his manager's reports are told nothing, and are right all the same.
    directory.change(&format!("dn: CN=ann,{unit}\nchangetype: modrdn\nnewrdn: CN=anna\ndeleteoldrdn: 1\n"));
    directory.change(&format!("dn: CN=anna,{unit}\nchangetype: modify\nreplace: displayName\ndisplayName: Anna\n"));
    people.eventually(&["Anna", "Cid", "Team", "Zeb"]);
    assert_eq!(people.id("Anna"), ann);
    assert_eq!(
        (people.manager(&ben), people.members(&team)),
        (vec!["Anna".to_owned()], vec!["Anna".to_owned(), "Zeb".to_owned()])
    );

    directory.change(&format!("dn: CN=ben,{unit}\nchangetype: delete\n"));
    people.eventually(&["Anna", "Cid", "Team"]);
    assert_eq!((people.members(&team), people.property(&ben, TITLE)), (vec!["Anna".to_owned()], Value::Null));
    directory.change(&format!("dn: CN=cid,{unit}\nchangetype: modify\ndelete: mail\n"));
    people.eventually(&["Anna", "Team"]);
}

#[test]
fn active_directory_gives_notice_of_changes_and_is_not_waited_for() {
    let directory = Directory { poll_seconds: 3600, ..Directory::new("notice") };
    directory.add("fay", "Fay", "");
    let mut people = directory.people(ADMINISTRATOR, &directory.unit);
    assert_eq!(people.names(), ["Fay"]);
    directory.add("gil", "Gil", "");
    people.eventually(&["Fay", "Gil"]);
    directory.change(&format!("dn: CN=fay,{}\nchangetype: delete\n", directory.unit));
    people.eventually(&["Gil"]);
}

#[test]
fn who_may_not_see_tombstones_learns_of_deletions_by_the_list() {
    let directory = Directory::new("list");
    directory.add("dot", "Dot", "");
    directory.add("eve", "Eve", "");
    let mut people = directory.people(("alice@ACME.TEST", "Passw0rd!A"), &directory.unit);
    assert_eq!(people.names(), ["Dot", "Eve"]);
    directory.change(&format!("dn: CN=dot,{}\nchangetype: delete\n", directory.unit));
    people.eventually(&["Eve"]);
}

#[test]
fn a_group_of_many_members_is_whole() {
    let directory = Directory::new("many");
    let unit = &directory.unit;
    let mut ldif = String::new();
    for n in 0..60 {
        ldif += &format!(
            "dn: CN=m{n:02},{unit}\nchangetype: add\nobjectClass: contact\ndisplayName: M{n:02}\nmail: m{n:02}@acme.test\n\n"
        );
    }
    ldif += &format!("dn: CN=all,{unit}\nchangetype: add\nobjectClass: group\ndisplayName: All\nmail: all@acme.test\n");
    (0..60).for_each(|n| ldif += &format!("member: CN=m{n:02},{unit}\n"));
    directory.change(&ldif);
    let mut people = directory.people(ADMINISTRATOR, unit);
    assert_eq!(people.names().len(), 61);
    let all = people.id("All");
    assert_eq!(people.members(&all).len(), 60);
}
