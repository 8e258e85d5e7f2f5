//! Who gets in: nobody whose password is wrong, at no level; and no call is answered before that is known.

use interop::{ALICE, AUTHENTICATED, Client, Level, Logon, NspiServer, Refusal, STRANGER};

use super::{ACCESS_DENIED, DEFAULTS, READABLE};

/// NTLM's third leg has no answer, so a refusal shows at the first call; the second finds the connection closed.
fn is_refused(client: &mut Client, server: &NspiServer, logon: &Logon<'_>) {
    let connection = client.open(server, logon).unwrap();
    assert_eq!(client.bind(connection).unwrap_err(), ACCESS_DENIED, "{logon:?}");
    assert!(matches!(client.bind(connection), Err(Refusal::Closed(_))), "{logon:?}");
}

fn at_each_level(logon: &Logon<'_>) {
    let server = NspiServer::start(&READABLE);
    let mut client = Client::impacket();
    for level in AUTHENTICATED {
        is_refused(&mut client, &server, &Logon { level, ..*logon });
    }
    let alice = client.open(&server, &ALICE).unwrap();
    assert_eq!(client.bind_all(alice), 50, "nobody has opened a session as alice");
}

#[test]
fn the_right_password_is_accepted_at_each_level() {
    let server = NspiServer::start(&READABLE);
    let mut client = Client::impacket();
    for level in AUTHENTICATED {
        let alice = client.open(&server, &Logon { level, ..ALICE }).unwrap();
        assert_eq!(client.bind(alice).unwrap().status, 0, "{level:?}");
    }
}

#[test]
fn a_wrong_password_is_refused_at_each_level() {
    at_each_level(&Logon { password: "Passw0rd!B", ..ALICE });
}

#[test]
fn no_password_is_refused_at_each_level() {
    at_each_level(&Logon { password: "", ..ALICE });
}

#[test]
fn an_unknown_user_is_refused_at_each_level() {
    at_each_level(&Logon { user: "mallory", ..ALICE });
}

#[test]
fn an_unknown_domain_is_refused_at_each_level() {
    at_each_level(&Logon { domain: "OTHER", ..ALICE });
}

/// NTLM with neither name nor password: proves nothing, and is allowed nothing.
#[test]
fn an_anonymous_logon_is_refused_at_each_level() {
    at_each_level(&Logon { domain: "", user: "", password: "", ..ALICE });
}

#[test]
fn a_caller_who_does_not_authenticate_is_refused() {
    let server = NspiServer::start(&["--min-auth-level", "none"]);
    let mut client = Client::impacket();
    let stranger = client.open(&server, &STRANGER).unwrap();
    assert_eq!(client.bind(stranger).unwrap_err(), ACCESS_DENIED);
}

#[test]
fn without_a_setting_calls_must_be_signed() {
    let server = NspiServer::start(&DEFAULTS);
    let mut client = Client::impacket();
    for level in [Level::Connect, Level::Packet] {
        let alice = client.open(&server, &Logon { level, ..ALICE }).unwrap();
        assert_eq!(client.bind(alice).unwrap_err(), ACCESS_DENIED, "{level:?}");
    }
    let alice = client.open(&server, &Logon { level: Level::Integrity, ..ALICE }).unwrap();
    assert_eq!(client.bind_all(alice), 50);
}
