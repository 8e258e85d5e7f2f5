//! Accounts as text, and by every spelling.

use nspi_auth::{AccountList, AccountName, Accounts, AccountsErrorKind as Kind, upper_case};
use rstest::rstest;

const TEXT: &str = r#"
# Two domains; the first is the default.
domain ACME acme.test        # realm ACME.TEST
domain LAB

user ACME\alice password Passw0rd!A upn a.liddell@acme.example upn boss@acme.test
user bob nt-hash 8846F7EAEE8FB117AD06BDD830B7586C
user "ACME\John Doe" password "a ""quoted"" # secret"
user LAB\alice password other
user LAB\jörg password ü upn bob@acme.test.example
"#;

fn found(domain: &str, user: &str) -> Option<String> {
    let accounts: AccountList = TEXT.parse().unwrap();
    accounts.find(&AccountName::new(domain, user)).map(|account| account.identity.name)
}

#[rstest]
#[case("ACME", "alice", r"ACME\alice")]
#[case("", "ALICE", r"ACME\alice")]
#[case("Acme.Test", "alice", r"ACME\alice")]
#[case("", "alice@ACME.TEST", r"ACME\alice")]
#[case("", "A.Liddell@acme.example", r"ACME\alice")]
#[case("LAB", "a.liddell@acme.example", r"ACME\alice")]
#[case("", "BOSS@ACME.TEST", r"ACME\alice")]
#[case("", "bob", r"ACME\bob")]
#[case("acme.test", "JOHN DOE", r"ACME\John Doe")]
#[case("lab", "alice", r"LAB\alice")]
#[case("", "alice@lab", r"LAB\alice")]
#[case("LAB", "JÖRG", r"LAB\jörg")]
fn spelling_finds_its_account(#[case] domain: &str, #[case] user: &str, #[case] name: &str) {
    assert_eq!(found(domain, user).as_deref(), Some(name));
}

#[rstest]
#[case("", "")]
#[case("ACME", "carol")]
#[case("OTHER", "alice")]
#[case("", "jörg")]
#[case("", "alice@other.test")]
#[case("", "@acme.test")]
#[case("ACME", r"ACME\alice")]
fn other_spellings_find_nothing(#[case] domain: &str, #[case] user: &str) {
    assert_eq!(found(domain, user), None);
}

#[test]
fn canonical_id_is_upper_case_and_the_same_for_each_spelling() {
    let accounts: AccountList = TEXT.parse().unwrap();
    let ids = [("ACME", "alice"), ("", "a.liddell@acme.example"), ("acme.TEST", "Alice")]
        .map(|(domain, user)| accounts.find(&AccountName::new(domain, user)).unwrap().identity.account);
    assert_eq!(ids, [r"ACME\ALICE"; 3]);
    assert_eq!(accounts.len(), 5);
}

#[test]
fn explicit_principal_name_goes_before_the_implied_one() {
    let text = "domain ACME acme.test\nuser alice password a upn bob@acme.test\nuser bob password b";
    let accounts: AccountList = text.parse().unwrap();
    let find = |user| accounts.find(&AccountName::new("", user)).unwrap().identity.name;
    assert_eq!(find("bob@acme.test"), r"ACME\alice");
    assert_eq!(find("bob@acme"), r"ACME\bob");
}

#[rstest]
#[case("group ACME", 1, Kind::UnknownLine)]
#[case("\n\ndomain", 3, Kind::BadName(String::new()))]
#[case("domain AC@ME", 1, Kind::BadName("AC@ME".into()))]
#[case("domain ACME acme.test more", 1, Kind::UnknownLine)]
#[case("domain ACME\ndomain acme", 2, Kind::Twice("acme".into()))]
#[case("user alice password x", 1, Kind::UnknownDomain(String::new()))]
#[case("domain ACME\nuser LAB\\alice password x", 2, Kind::UnknownDomain("LAB".into()))]
#[case("domain ACME\nuser", 2, Kind::BadName(String::new()))]
#[case("domain ACME\nuser alice", 2, Kind::NotOneSecret)]
#[case("domain ACME\nuser alice password", 2, Kind::BadSetting)]
#[case("domain ACME\nuser alice password #secret", 2, Kind::BadSetting)]
#[case("domain ACME\nuser alice pass x", 2, Kind::BadSetting)]
#[case("domain ACME\nuser alice nt-hash 0123", 2, Kind::BadSetting)]
#[case("domain ACME\nuser alice nt-hash +123456789abcdef0123456789abcdef", 2, Kind::BadSetting)]
#[case("domain ACME\nuser alice password x nt-hash 0123456789abcdef0123456789abcdef", 2, Kind::NotOneSecret)]
#[case("domain ACME\nuser alice password x upn alice", 2, Kind::BadName("alice".into()))]
#[case("domain ACME\nuser alice password x\nuser acme\\ALICE password y", 3, Kind::Twice("ACME\\ALICE".into()))]
#[case("domain ACME\nuser a password x upn u@v\nuser b password y upn U@V", 3, Kind::Twice("U@V".into()))]
#[case("domain ACME\nuser \"alice password x", 2, Kind::Quotes)]
#[case("domain ACME\nuser alice password \"x\"y", 2, Kind::Quotes)]
fn broken_line_is_told_by_its_number(#[case] text: &str, #[case] line: usize, #[case] kind: Kind) {
    let error = text.parse::<AccountList>().unwrap_err();
    assert_eq!((error.line, error.kind), (line, kind));
}

#[test]
fn error_reads_as_a_sentence_and_tells_no_secret() {
    let error = "domain ACME\nuser alice password Passw0rd!A geheim".parse::<AccountList>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2: expected `password TEXT`, `nt-hash` with 32 hexadecimal digits or `upn NAME`, each with its value"
    );
}

#[rstest]
#[case("alice", "ALICE")]
#[case("Jörg", "JÖRG")]
#[case("Weiß", "WEIß")]
#[case("ıſµ", "ıſµ")]
#[case("ǆ", "Ǆ")]
#[case("\u{10428}", "\u{10428}")]
fn names_are_upper_cased_as_windows_does(#[case] name: &str, #[case] upper: &str) {
    assert_eq!(upper_case(name), upper);
}
