//! Clients that prefer Kerberos, and a server without a keytab: SPNEGO leads to NTLM, as with Windows and Samba.

use interop::{AUTHENTICATED, Client, DomainController, Logon, Mechanism};

use crate::{ALICE_OF_REALM, Beside, SPN, refusal, said};

#[test]
fn samba_falls_back_on_ntlm_at_each_level() {
    let beside = Beside::with_keytab(None, "", None);
    for level in AUTHENTICATED {
        let mut client = Client::samba_beside(DomainController::shared());
        // At level connect Samba's NTLM does not negotiate signing, and so there are no MICs over the choice, either.
        let logon = Logon { level, mechanism: Mechanism::NegotiateEither, domain: "ACME", ..ALICE_OF_REALM };
        let alice = client.open(&beside.server, &logon).unwrap_or_else(|error| panic!("{level:?}: {error}"));
        let session = client.bind(alice).unwrap();
        assert_eq!(session.status, 0, "{level:?}");
        assert_eq!(client.unbind(alice, &session.handle).unwrap().status, 1, "{level:?}");
    }
}

#[test]
fn our_client_falls_back_on_ntlm_at_each_level() {
    let beside = Beside::with_keytab(None, "", None);
    for level in ["connect", "packet", "integrity", "privacy"] {
        let asked = ["--user", "alice@ACME.TEST", "--kerberos", "--negotiate", "--level", level, "bind"];
        said(&beside.nspi(&[&asked[..], &SPN].concat(), "Passw0rd!A"));
    }
    assert!(beside.server.log().contains("mechanism=SPNEGO"));
}

#[test]
fn our_client_falls_back_on_ntlm_if_there_is_no_ticket_to_be_had() {
    let beside = Beside::new(None, "");
    let unknown = ["--spn", "exchangeAB/nowhere.acme.test", "--user", "alice@ACME.TEST", "--kerberos"];
    said(&beside.nspi(&[&unknown[..], &["--negotiate", "bind"]].concat(), "Passw0rd!A"));
    // And without SPNEGO there is nothing to fall back on.
    let why = refusal(&beside.nspi(&[&unknown[..], &["bind"]].concat(), "Passw0rd!A"), 1);
    assert!(why.contains("Kerberos: Server not found in Kerberos database"), "{why}");
}

#[test]
fn a_server_without_a_keytab_refuses_kerberos_by_itself() {
    let beside = Beside::with_keytab(None, "", None);
    let asked = ["--user", "alice@ACME.TEST", "--kerberos", "bind"];
    let why = refusal(&beside.nspi(&[&asked[..], &SPN].concat(), "Passw0rd!A"), 1);
    assert!(why.contains("refuses the association"), "{why}");
}
