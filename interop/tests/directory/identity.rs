//! Who logs on is the person of the directory whose account it is, by whatever name and mechanism; that entry and no other is
//! theirs to change.

use interop::{ALICE, Client, DomainController, Logon, Mechanism, NspiServer, inside};
use serde_json::{Value, json};

use crate::people::DISPLAY_NAME;
use crate::samba::{ADMINISTRATOR, Directory};

const CERTIFICATE: u32 = 0x3A70_1102;
const ACCESS_DENIED: u32 = 0x8007_0005;

/// An account, its user principal name and password, and what the person is called: as the other one's account is.
const PEOPLE: [(&str, &str, &str, &str); 2] =
    [("grace", "grace.hopper", "Passw0rd!H", "murray"), ("murray", "admiral", "Passw0rd!M", "grace")];

#[test]
fn people_of_active_directory_change_the_entry_of_their_account_by_whatever_name_they_log_on() {
    let controller = DomainController::shared();
    for (account, principal, password, called) in PEOPLE {
        controller.add_person(account, principal, password);
        controller.change(&format!(
            "dn: CN={account},CN=Users,DC=acme,DC=test\nchangetype: modify\nreplace: displayName\ndisplayName: {called}\n\
             -\nreplace: uid\nuid: {called}\n"
        ));
    }
    let directory = Directory::over("CN=Users,DC=acme,DC=test".to_owned());
    let users = PEOPLE.map(|(account, _, password, _)| format!("user ACME\\{account} password {password}\n")).concat();
    let accounts = directory.file("accounts", &format!("domain ACME acme.test\n{users}"));
    let keytab = controller.path("nspi.keytab").display().to_string();
    let arguments = ["--accounts", &accounts, "--keytab", &keytab];
    let server = directory.server(ADMINISTRATOR, &directory.unit, "writable = true\n", &arguments);

    for (own, (account, principal, password, _)) in PEOPLE.into_iter().enumerate() {
        let by_password = Logon { user: account, password, ..ALICE };
        inside(controller.namespace(), || owns(&server, Client::impacket(), &by_password, own));
        for name in [account, principal] {
            let tickets = controller.tickets(name, password);
            let mechanism = Mechanism::NegotiateKerberos;
            let target = Some(DomainController::SERVER_HOST);
            let by_ticket = Logon { domain: "ACME.TEST", user: name, mechanism, target, ..by_password };
            let client = || Client::impacket_with(controller, &tickets);
            inside(controller.namespace(), || owns(&server, client(), &by_ticket, own));
        }
    }
}

/// Makes sure that whoever logs on so may change the certificates of one of [`PEOPLE`], and not of the other.
fn owns(server: &NspiServer, mut client: Client, logon: &Logon<'_>, own: usize) {
    let connection = client.open(server, logon).unwrap();
    let handle = client.bind(connection).unwrap().handle;
    for (place, (.., called)) in PEOPLE.into_iter().enumerate() {
        let filter = json!(["property", 4, DISPLAY_NAME, called]);
        let asked = json!({ "handle": handle, "stat": {}, "filter": filter, "requested": 50 });
        let found: Value = client.on(connection, "matches", asked).unwrap();
        assert_eq!(found["ids"].as_array().map(Vec::len), Some(1), "{found}");
        let stat = json!({ "CurrentRec": found["ids"][0] });
        let change = json!({ "handle": handle, "stat": stat, "tag": CERTIFICATE, "value": ["3082"] });
        let changed: Value = client.on(connection, "mod_props", change).unwrap();
        assert_eq!(changed["status"], if place == own { 0 } else { ACCESS_DENIED }, "{called} by {logon:?}");
    }
    client.unbind(connection, &handle).unwrap();
}
