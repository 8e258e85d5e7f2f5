//! OpenLDAP: people come by pages, changes show, and a directory that is away is waited for.

use interop::eventually;

use crate::people::{People, TITLE};
use crate::slapd::{ADMIN, BASE, PASSWORD, Slapd};

/// The table for this directory, asked without encryption.
fn plain(slapd: &Slapd) -> String {
    std::fs::write(slapd.path("password"), format!("{PASSWORD}\n")).unwrap();
    format!(
        "kind = \"ldap\"\n[address-book.ldap]\nurl = \"ldap://127.0.0.1:{}\"\nplain-on-loopback = true\n\
         base = \"{BASE}\"\nbind-dn = \"{ADMIN}\"\npassword-file = \"password\"\npoll-seconds = 1\npage-size = 2\n",
        slapd.port
    )
}

const ALL: [&str; 4] = ["Alice Adams", "All Staff", "Bob Baker", "Žofie Ångström"];

#[test]
fn the_people_of_openldap_come_by_pages_with_their_properties() {
    let slapd = Slapd::start();
    let mut people = People::of(slapd.path("").as_path(), &plain(&slapd));
    assert_eq!(people.names(), ALL);
    let (alice, bob, staff) = (people.id("Alice Adams"), people.id("Bob Baker"), people.id("All Staff"));
    assert_eq!(people.property(&alice, TITLE), "Managing Director");
    assert_eq!(people.manager(&bob), ["Alice Adams"]);
    assert_eq!(people.members(&staff), ["Alice Adams"]);
    assert_eq!(people.photo(&bob), "ffd8ffe00010");
}

#[test]
fn changes_show_and_everybody_keeps_the_id() {
    let slapd = Slapd::start();
    let mut people = People::of(slapd.path("").as_path(), &plain(&slapd));
    let (alice, bob, staff) = (people.id("Alice Adams"), people.id("Bob Baker"), people.id("All Staff"));

    slapd.change(
        "ldapadd",
        "dn: uid=dave,ou=people,dc=acme,dc=test\nobjectClass: inetOrgPerson\nuid: dave\ncn: Dave Dixon\nsn: Dixon\n\
         mail: dave@acme.test\n",
    );
    people.eventually(&["Alice Adams", "All Staff", "Bob Baker", "Dave Dixon", "Žofie Ångström"]);

    slapd.change(
        "ldapmodify",
        "dn: uid=bob,ou=people,dc=acme,dc=test\nchangetype: modify\nreplace: cn\ncn: Zed Baker\n-\nadd: title\n\
         title: Architect\n\n\
         dn: cn=staff,ou=people,dc=acme,dc=test\nchangetype: modify\nadd: member\n\
         member: uid=bob,ou=people,dc=acme,dc=test\n\n",
    );
    people.eventually(&["Alice Adams", "All Staff", "Dave Dixon", "Zed Baker", "Žofie Ångström"]);
    assert_eq!(people.id("Zed Baker"), bob, "by another name the same object");
    assert_eq!(people.property(&bob, TITLE), "Architect");
    assert_eq!(people.members(&staff), ["Alice Adams", "Zed Baker"]);

    // A new name in the directory; the group still calls him by the old one.
    slapd.change(
        "ldapmodify",
        "dn: uid=bob,ou=people,dc=acme,dc=test\nchangetype: modrdn\nnewrdn: uid=robert\ndeleteoldrdn: 1\n",
    );
    slapd.change(
        "ldapmodify",
        "dn: uid=robert,ou=people,dc=acme,dc=test\nchangetype: modify\nreplace: cn\ncn: Robert Baker\n",
    );
    people.eventually(&["Alice Adams", "All Staff", "Dave Dixon", "Robert Baker", "Žofie Ångström"]);
    assert_eq!(people.id("Robert Baker"), bob);
    assert_eq!(people.members(&staff), ["Alice Adams", "Robert Baker"]);

    // Gone: deleted, and no recipient any more.
    slapd.change("ldapdelete", "uid=carol,ou=people,dc=acme,dc=test\n");
    slapd.change("ldapmodify", "dn: uid=dave,ou=people,dc=acme,dc=test\nchangetype: modify\ndelete: mail\n");
    people.eventually(&["Alice Adams", "All Staff", "Robert Baker"]);
    assert_eq!(people.id("Alice Adams"), alice);

    // Who comes back under a name that was there gets an id that nobody had.
    slapd.change(
        "ldapadd",
        "dn: uid=carol,ou=people,dc=acme,dc=test\nobjectClass: inetOrgPerson\nuid: carol\ncn: Carol\nsn: C\n\
         mail: carol@acme.test\n",
    );
    people.eventually(&["Alice Adams", "All Staff", "Carol", "Robert Baker"]);
    let carol = people.id("Carol").as_u64().unwrap();
    assert!([&alice, &bob, &staff].into_iter().all(|id| id.as_u64().unwrap() < carol));
}

#[test]
fn a_directory_that_gives_notice_of_changes_is_not_waited_for() {
    let mut slapd = Slapd::start();
    let hourly = plain(&slapd).replace("poll-seconds = 1\n", "poll-seconds = 3600\n");
    let mut people = People::of(slapd.path("").as_path(), &hourly);
    for title in ["Architect", "Builder", "Carpenter"] {
        let bob = people.id("Bob Baker");
        slapd.change(
            "ldapmodify",
            &format!("dn: uid=bob,ou=people,dc=acme,dc=test\nchangetype: modify\nreplace: title\ntitle: {title}\n"),
        );
        eventually("his new title shows", || (people.property(&bob, TITLE) == title).then_some(()));
    }
    slapd.change("ldapdelete", "uid=carol,ou=people,dc=acme,dc=test\n");
    people.eventually(&["Alice Adams", "All Staff", "Bob Baker"]);

    // Its end is noticed as well, and when it is back it gives notice again.
    slapd.kill();
    eventually("the log says so", || {
        people.server.log().contains("the last state of the directory is served").then_some(())
    });
    slapd.resume();
    eventually("the log says so", || people.server.log().contains("the directory is back").then_some(()));
    slapd.change("ldapdelete", "uid=bob,ou=people,dc=acme,dc=test\n");
    people.eventually(&["Alice Adams", "All Staff"]);
}

#[test]
fn a_directory_that_is_away_is_served_from_memory_and_followed_when_it_is_back() {
    let mut slapd = Slapd::start();
    let mut people = People::of(slapd.path("").as_path(), &plain(&slapd));
    slapd.kill();
    eventually("the log says so", || {
        people.server.log().contains("the last state of the directory is served").then_some(())
    });
    assert_eq!(people.names(), ALL);
    slapd.resume();
    slapd.change("ldapdelete", "uid=carol,ou=people,dc=acme,dc=test\n");
    people.eventually(&["Alice Adams", "All Staff", "Bob Baker"]);
    assert!(people.server.log().contains("the directory is back"), "{}", people.server.log());
}

#[test]
fn the_directory_is_asked_by_tls_and_by_starttls() {
    let slapd = Slapd::start();
    std::fs::write(slapd.path("password"), PASSWORD).unwrap();
    for url in [format!("ldaps://127.0.0.1:{}", slapd.tls_port), format!("ldap://127.0.0.1:{}", slapd.port)] {
        let mut people = People::of(
            slapd.path("").as_path(),
            &format!(
                "kind = \"ldap\"\n[address-book.ldap]\nurl = \"{url}\"\nbase = \"{BASE}\"\nbind-dn = \"{ADMIN}\"\n\
                 password-file = \"password\"\nca-file = \"cert.pem\"\n"
            ),
        );
        assert_eq!(people.names(), ALL, "{url}");
    }
}

#[test]
fn what_is_wrong_with_a_directory_is_said() {
    let slapd = Slapd::start();
    std::fs::write(slapd.path("wrong"), "wrong").unwrap();
    std::fs::write(slapd.path("password"), PASSWORD).unwrap();
    let table = |url: &str, base: &str, rest: &str| {
        format!("kind = \"ldap\"\n[address-book.ldap]\nurl = \"{url}\"\nbase = \"{base}\"\n{rest}")
    };
    let (port, tls) = (slapd.port, slapd.tls_port);
    let (plain, tls) = (format!("ldap://127.0.0.1:{port}"), format!("ldaps://127.0.0.1:{tls}"));
    let bound = |file: &str| format!("bind-dn = \"{ADMIN}\"\npassword-file = \"{file}\"\n");
    let here = "plain-on-loopback = true\n";
    for (table, said) in [
        (table(&plain, BASE, &format!("{here}{}", bound("wrong"))), "refuses cn=admin,dc=acme,dc=test: result 49"),
        (table(&plain, "dc=other", &format!("{here}{}", bound("password"))), "what is below dc=other: result 32"),
        (table(&plain, BASE, &format!("{here}{}", bound("missing"))), "the directory's password: "),
        (table(&plain, BASE, &format!("{here}filter = \"(((\"\n")), "`filter` is none"),
        (table(&tls, BASE, ""), "cannot be reached: "),
        (table(&tls, BASE, "ca-file = \"password\"\n"), "no certificate in it; expected certificates as PEM"),
        (table("ldap://127.0.0.1:1", BASE, here), "ldap://127.0.0.1:1 cannot be reached"),
        (
            table("ldap://192.0.2.1", BASE, here),
            "`address-book.ldap.plain-on-loopback`: expected a `url` such as ldap://127.0.0.1",
        ),
        (table("http://127.0.0.1", BASE, here), "`address-book.ldap.url`: expected ldaps://HOST"),
        (table(&plain, BASE, &format!("{here}bind-dn = \"{ADMIN}\"\n")), "expected its password by"),
    ] {
        let config = crate::people::configuration(slapd.path("").as_path(), &table);
        let (code, log) = crate::store::run(&["--config", &config]);
        assert!(log.contains(said), "{table}: {log}");
        let away = said.contains("cannot be reached");
        assert_eq!(code, Some(if away { 1 } else { 2 }), "{log}");
    }
}
