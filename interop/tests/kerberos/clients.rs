//! Foreign clients, at each level: open, ask, close, meet the cap. Only Kerberos can have proved who they are.

use interop::{AUTHENTICATED, Client, DomainController, Level, Logon, Mechanism, NULL_HANDLE, eventually};
use serde_json::{Value, json};

use crate::{ALICE_OF_REALM, Beside, OTHER_PASSWORDS};

const CAP: usize = 2;

/// Wine signs nothing at level packet.
const WITHOUT_PACKET: [Level; 3] = [Level::Connect, Level::Integrity, Level::Privacy];

#[test]
fn impacket_by_kerberos_in_spnego() {
    walk(Client::impacket_beside, Mechanism::NegotiateKerberos, &AUTHENTICATED);
}

/// SPNEGO and Kerberos of its own; alter_context with more octets than its one context needs.
#[test]
fn aiowmi_by_kerberos_in_spnego() {
    walk(Client::aiowmi_beside, Mechanism::NegotiateKerberos, &[Level::Privacy]);
}

/// At level integrity its own signing fails.
#[test]
fn aiosmb_by_kerberos_in_spnego() {
    walk(Client::aiosmb_beside, Mechanism::NegotiateKerberos, &[Level::Connect, Level::Privacy]);
}

#[test]
fn samba_by_kerberos() {
    walk(Client::samba_beside, Mechanism::Kerberos, &AUTHENTICATED);
}

#[test]
fn samba_by_kerberos_in_spnego() {
    walk(Client::samba_beside, Mechanism::NegotiateKerberos, &AUTHENTICATED);
}

#[test]
fn samba_by_spnego_that_prefers_kerberos() {
    walk(Client::samba_beside, Mechanism::NegotiateEither, &AUTHENTICATED);
}

/// Three legs in DCE style; asks for neither replays nor gaps to be found.
#[test]
fn wine_by_kerberos() {
    walk(Client::wine_beside, Mechanism::Kerberos, &WITHOUT_PACKET);
}

/// Kerberos without SPNEGO around it, under the number of Negotiate.
#[test]
fn wine_by_negotiate_with_tickets() {
    walk(Client::wine_beside, Mechanism::NegotiateKerberos, &WITHOUT_PACKET);
}

fn walk(start: fn(&DomainController) -> Client, mechanism: Mechanism, levels: &[Level]) {
    let beside = Beside::new(Some(OTHER_PASSWORDS), "");
    for &level in levels {
        let mut client = start(DomainController::shared());
        let logon = Logon { level, mechanism, ..ALICE_OF_REALM };
        let alice = client.open(&beside.server, &logon).unwrap_or_else(|error| panic!("{level:?}: {error}"));
        let session = client.bind(alice).unwrap();
        assert!(session.status == 0 && session.guid.is_some(), "{level:?}: {session:?}");
        let asked = json!({ "handle": session.handle, "stat": { "Delta": 3 } });
        let moved: Value = client.on(alice, "update_stat", asked).unwrap();
        assert_eq!((&moved["status"], &moved["delta"]), (&json!(0), &json!(3)), "{level:?}");
        let names = client.query_names(alice, &session.handle, 2).unwrap();
        assert_eq!(names, ["Alice Adams", "All Engineering"], "{level:?}");
        let unbound = client.unbind(alice, &session.handle).unwrap();
        assert_eq!((unbound.status, unbound.handle.as_str()), (1, NULL_HANDLE), "{level:?}");
        assert_eq!(client.bind_all(alice), CAP, "{level:?}");
        drop(client);
        // The next one finds all slots free.
        eventually("the sessions end with their connection", || {
            let mut next = start(DomainController::shared());
            let alice = next.open(&beside.server, &logon).unwrap();
            (next.bind_all(alice) == CAP).then_some(())
        });
    }
}
