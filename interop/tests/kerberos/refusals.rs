//! Who is not let in, and how both ends say why.

use interop::{Client, DomainController, Logon, Refusal, eventually};
use serde_json::json;
use tempfile::TempDir;

use crate::{ALICE_OF_REALM, Beside, OTHER_PASSWORDS, SPN, refusal, said};

const ALICE: [&str; 4] = ["bind", "--kerberos", "--user", "alice@ACME.TEST"];

/// PDU types.
const RESPONSE: u8 = 2;
const BIND_ACK: u8 = 12;

#[test]
fn a_ticket_for_a_service_that_the_kdc_does_not_know_is_not_to_be_had() {
    let beside = Beside::new(None, "");
    let why = refusal(&beside.nspi(&[&ALICE[..], &["--spn", "exchangeAB/nowhere"]].concat(), "Passw0rd!A"), 1);
    assert!(why.contains("Server not found in Kerberos database"), "{why}");
}

#[test]
fn only_keys_of_the_services_that_are_named_are_taken() {
    let controller = DomainController::shared();
    let directory = TempDir::new().unwrap();
    let keytab = directory.path().join("both.keytab");
    std::fs::copy(controller.path("nspi.keytab"), &keytab).unwrap();
    let export = ["domain", "exportkeytab", keytab.to_str().unwrap(), "--principal=host/dc1.acme.test"];
    let conf = controller.path("etc/smb.conf");
    controller.run("samba-tool", &[&export[..], &["-s", conf.to_str().unwrap()]].concat(), "");
    let own = "[kerberos]\nservices = [\"ldap/mail.acme.test\", \"exchangeAB\"]\n";
    for (settings, is_taken) in [("", true), (own, false)] {
        let beside = Beside::with_keytab(None, settings, Some(keytab.clone()));
        said(&beside.nspi(&[&ALICE[..], &SPN].concat(), "Passw0rd!A"));
        let output = beside.nspi(&[&ALICE[..], &["--spn", "host/dc1.acme.test"]].concat(), "Passw0rd!A");
        if is_taken {
            said(&output);
        } else {
            refusal(&output, 1);
            let log = beside.server.log();
            assert!(log.contains("authentication failed") && log.contains("error=Kerberos: "), "{log}");
        }
    }
}

#[test]
fn a_service_that_the_keytab_lacks_ends_the_server_with_a_reason() {
    let controller = DomainController::shared();
    let directory = TempDir::new().unwrap();
    let config = directory.path().join("nspi.toml");
    let keytab = controller.path("nspi.keytab");
    std::fs::write(&config, format!("[kerberos]\nkeytab = {keytab:?}\nservices = [\"exchangeAB/elsewhere\"]\n"))
        .unwrap();
    let mut server = controller.command(interop::binary("nspi-server"));
    let why = refusal(&server.arg("--config").arg(config).output().unwrap(), 2);
    assert!(why.contains("exchangeAB/elsewhere") && why.contains("nspi.keytab"), "{why}");
}

#[test]
fn a_wrong_password_is_refused_by_the_kdc() {
    let beside = Beside::new(None, "");
    let why = refusal(&beside.nspi(&[&ALICE[..], &SPN].concat(), "wrong"), 1);
    assert!(why.contains("Kerberos: ") && why.to_lowercase().contains("preauthentication failed"), "{why}");
}

#[test]
fn without_a_ticket_the_client_says_where_it_looked() {
    let beside = Beside::new(None, "");
    let output =
        beside.nspi_with(&["bind", "--kerberos", SPN[0], SPN[1]], |nspi| nspi.env("KRB5CCNAME", "FILE:/nowhere"));
    let why = refusal(&output, 1);
    assert!(why.contains("No Kerberos credentials available") && why.contains("FILE:/nowhere"), "{why}");
}

#[test]
fn a_ticket_for_another_key_is_refused() {
    let directory = TempDir::new().unwrap();
    let keytab = directory.path().join("wrong.keytab");
    let entry = "addent -password -p exchangeAB/mail.acme.test@ACME.TEST -k 2 -e aes256-cts-hmac-sha1-96";
    let script = format!("{entry}\nnot-the-password\nwkt {}\nquit\n", keytab.display());
    DomainController::shared().run::<&str>("ktutil", &[], &script);
    let beside = Beside::with_keytab(None, "", Some(keytab));
    refusal(&beside.nspi(&[&ALICE[..], &SPN].concat(), "Passw0rd!A"), 1);
    let log = beside.server.log();
    assert!(log.contains("authentication failed") && log.contains("error=Kerberos: "), "{log}");
}

/// RC4 in a ticket is between the KDC and the keytab; what is said afterwards is by AES or not at all [RFC 4537].
#[test]
fn a_ticket_by_rc4_is_taken_only_from_who_goes_on_by_aes() {
    let (controller, directory) = (DomainController::shared(), TempDir::new().unwrap());
    let keytab = directory.path().join("rc4.keytab");
    let [sam, conf] = ["private/sam.ldb", "etc/smb.conf"].map(|file| controller.path(file).display().to_string());
    let tool = |arguments: &[&str]| controller.run("samba-tool", &[arguments, &["-s", &conf]].concat(), "");
    tool(&["user", "create", "svc-rc4", "Passw0rd!R", "-H", &sam]);
    // 4: RC4 alone.
    controller.change(
        "dn: CN=svc-rc4,CN=Users,DC=acme,DC=test\nchangetype: modify\nreplace: msDS-SupportedEncryptionTypes\n\
         msDS-SupportedEncryptionTypes: 4\n",
    );
    for service in ["exchangeAB", "host"] {
        let name = format!("{service}/old.acme.test");
        tool(&["spn", "add", &name, "svc-rc4", "-H", &sam]);
        tool(&["domain", "exportkeytab", keytab.to_str().unwrap(), &format!("--principal={name}")]);
    }
    let beside = Beside::with_keytab(Some(OTHER_PASSWORDS), "", Some(keytab));
    let cache = controller.tickets_of_alice();
    controller.run("kvno", &["-c".as_ref(), cache.as_os_str(), "host/old.acme.test".as_ref()], "");
    let logon = Logon { target: Some("old.acme.test"), ..ALICE_OF_REALM };
    // impacket would go on by the ticket's own session key.
    let refused = Client::impacket_beside(controller).open(&beside.server, &logon).map(drop).unwrap_err();
    let because = "Kerberos with a cipher other than AES is refused";
    assert!(beside.server.log().contains(because), "{refused}: {}", beside.server.log());
    // MIT's and Samba's libraries offer AES in the authenticator, and the acceptor's subkey is of that.
    said(&beside.nspi(&[&ALICE[..], &["--spn", "exchangeAB/old.acme.test"]].concat(), "Passw0rd!A"));
    let mut samba = Client::samba_beside(controller);
    let alice = samba.open(&beside.server, &logon).unwrap();
    assert_eq!(samba.bind(alice).unwrap().status, 0);
}

#[test]
fn an_expired_ticket_is_refused_with_that_word() {
    let directory = TempDir::new().unwrap();
    let cache = format!("FILE:{}", directory.path().join("tickets").display());
    let controller = DomainController::shared();
    controller.run("kinit", &["-l", "1s", "-c", &cache, "alice"], "Passw0rd!A\n");
    let valid = || controller.command("klist").args(["-s", "-c", &cache]).status().unwrap().success();
    eventually("the ticket expires", || (!valid()).then_some(()));
    let beside = Beside::new(None, "");
    let output = beside.nspi_with(&["bind", "--kerberos", SPN[0], SPN[1]], |nspi| nspi.env("KRB5CCNAME", &cache));
    let why = refusal(&output, 1);
    assert!(why.contains("expired"), "{why}");
}

#[test]
fn a_clock_that_is_wrong_by_an_hour_is_refused_and_the_server_says_so() {
    let beside = Beside::new(Some(OTHER_PASSWORDS), "");
    let mut client = Client::impacket_beside(DomainController::shared());
    let open = |client: &mut Client, skew: i32| {
        client.command::<serde_json::Value>(json!({
            "do": "open", "port": beside.server.port, "user": "alice", "password": "Passw0rd!A", "domain": "ACME.TEST",
            "level": "privacy", "mechanism": "negotiate-kerberos", "target": DomainController::SERVER_HOST, "skew": skew,
        }))
    };
    open(&mut client, 60).unwrap();
    let refused = open(&mut client, 3600).unwrap_err();
    assert!(matches!(refused, Refusal::Nak(_)), "{refused}");
    assert!(beside.server.log().contains("Clock skew too great"), "{}", beside.server.log());
}

#[test]
fn who_repeats_what_somebody_else_has_said_gets_no_answer_to_a_call() {
    let beside = Beside::new(Some(OTHER_PASSWORDS), "");
    let mut client = Client::impacket_beside(DomainController::shared());
    let alice = client.open(&beside.server, &ALICE_OF_REALM).unwrap();
    assert_eq!(client.bind(alice).unwrap().status, 0);
    let parroted = json!({ "do": "parrot", "of": alice.number(), "port": beside.server.port });
    let answers: Vec<u8> = client.command(parroted).unwrap();
    assert!(!answers.contains(&RESPONSE) && !answers.contains(&BIND_ACK), "{answers:?}");
    assert!(beside.server.log().contains("Request is a replay"), "{}", beside.server.log());
}

#[test]
fn a_principal_of_a_realm_that_is_not_trusted_is_refused() {
    let beside = Beside::new(Some("domain OTHER other.test"), "realm = \"OTHER.TEST\"\ndomain = \"OTHER\"\n");
    refusal(&beside.nspi(&[&ALICE[..], &SPN].concat(), "Passw0rd!A"), 1);
    let log = beside.server.log();
    assert!(log.contains("a principal of a realm that is not trusted is refused"), "{log}");
}

#[test]
fn a_keytab_that_is_none_ends_the_server_with_a_reason() {
    let controller = DomainController::shared();
    let output = controller.command(interop::binary("nspi-server")).args(["--keytab", "/nowhere"]).output().unwrap();
    let why = refusal(&output, 2);
    assert!(why.contains("/nowhere") && why.contains("--keytab"), "{why}");
}
