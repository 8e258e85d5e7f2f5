//! One person is one user, by whatever mechanism and spelling.

use interop::{Client, DomainController, LOGON_FAILED, Logon, Mechanism, NspiServer};

use crate::{ALICE_OF_REALM, Beside, SPN, refusal};

/// A session as this user, and its client, who holds it.
fn hold(server: &NspiServer, mut client: Client, logon: &Logon<'_>) -> (Client, u32) {
    let connection = client.open(server, logon).unwrap_or_else(|error| panic!("{logon:?}: {error}"));
    let status = client.bind(connection).unwrap().status;
    (client, status)
}

#[test]
fn one_person_by_ntlm_spnego_and_kerberos_shares_one_count() {
    let beside = Beside::new(None, "");
    type Start = fn(&DomainController) -> Client;
    let (impacket, samba): (Start, Start) = (Client::impacket_beside, Client::samba_beside);
    let by = |mechanism| Logon { mechanism, ..ALICE_OF_REALM };
    let upper = Logon { domain: "acme", user: "ALICE", target: None, ..by(Mechanism::Ntlm) };
    let ways = [
        (impacket, upper),
        (samba, Logon { domain: "ACME", target: None, ..by(Mechanism::Negotiate) }),
        (impacket, by(Mechanism::NegotiateKerberos)),
        (samba, by(Mechanism::NegotiateKerberos)),
        (samba, by(Mechanism::Kerberos)),
    ];
    // The cap is two: each pair of ways leaves nothing for a third.
    for (first, second) in [(0, 4), (1, 3), (2, 1), (4, 2), (3, 0)] {
        let take = |way: usize| hold(&beside.server, (ways[way].0)(DomainController::shared()), &ways[way].1);
        let held = [take(first), take(second)];
        assert!(held.iter().all(|(_, status)| *status == 0), "{first} {second}");
        for (way, _) in ways.iter().enumerate() {
            assert_eq!(take(way).1, LOGON_FAILED, "{way} after {first} and {second}");
        }
        drop(held);
        interop::eventually("the slots are free again", || {
            let (mut client, status) = take(0);
            (status == 0 && client.open(&beside.server, &ways[0].1).is_ok()).then_some(())
        });
    }
}

#[test]
fn a_user_principal_name_is_the_account_that_the_domain_controller_says_it_is() {
    DomainController::shared().add_person("ada", "ada.lovelace", "Passw0rd!L");
    let beside = Beside::new(None, "");
    for principal in ["ada@ACME.TEST", "ada.lovelace@ACME.TEST"] {
        let more_than_two = ["--user", principal, "--kerberos", "bind", "--count", "3"];
        let why = refusal(&beside.nspi(&[&more_than_two[..], &SPN].concat(), "Passw0rd!L"), 4);
        assert!(why.contains("MAPI_E_LOGON_FAILED"), "{principal}: {why}");
    }
    let log = beside.server.log();
    assert_eq!((log.matches(r"user=ACME\ada ").count(), log.contains("lovelace")), (2, false), "{log}");
}

#[test]
fn a_principal_that_is_no_account_is_a_user_of_his_own_by_his_netbios_name() {
    let only_bob = "domain ACME acme.test\nuser ACME\\bob password Passw0rd!B\n";
    let beside = Beside::new(Some(only_bob), "");
    let alice = ["--user", "alice@ACME.TEST", "--kerberos", "bind", "--count", "3"];
    let why = refusal(&beside.nspi(&[&alice[..], &SPN].concat(), "Passw0rd!A"), 4);
    assert!(why.contains("MAPI_E_LOGON_FAILED"), "{why}");
    assert!(beside.server.log().contains(r"ACME\alice"), "event 2820 names her: {}", beside.server.log());
    let bob = ["--user", "bob@ACME.TEST", "--kerberos", "bind", "--count", "2"];
    crate::said(&beside.nspi(&[&bob[..], &SPN].concat(), "Passw0rd!B"));
}

#[test]
fn the_principals_of_a_trusted_realm_are_known_by_the_domain_that_is_named_for_it() {
    let elsewhere = "realm = \"OTHER.TEST\"\ndomain = \"OTHER\"\n";
    let trusting = format!("{elsewhere}[kerberos]\ntrusted-realms = {{ \"ACME.TEST\" = \"CORP\" }}\n");
    let beside = Beside::new(Some("domain OTHER other.test"), &trusting);
    let alice = ["--user", "alice@ACME.TEST", "--kerberos", "bind"];
    crate::said(&beside.nspi(&[&alice[..], &SPN].concat(), "Passw0rd!A"));
    assert!(beside.server.log().contains(r"user=CORP\alice"), "{}", beside.server.log());
}
