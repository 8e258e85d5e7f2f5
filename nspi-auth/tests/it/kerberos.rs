//! Kerberos as far as it goes without a KDC; the rest is in `interop`.

use nspi_auth::kerberos::{Credentials, Keytab, Principal, Realms};
use nspi_auth::{AccountList, AccountName, Accounts};
use nspi_proto::dcerpc::auth::{AuthLevel, Handshake, SecurityError};
use rstest::rstest;

const UNTRUSTED: SecurityError = SecurityError::Refused("a principal of a realm that is not trusted");

fn accounts() -> AccountList {
    "domain ACME acme.test\nuser ACME\\alice password secret upn boss@acme.test\n".parse().unwrap()
}

fn identify(principal: &str) -> Result<String, SecurityError> {
    let realms = Realms::new().trust("ACME.TEST", "ACME").trust("corp.example", "CORP");
    realms.identify(&principal.parse()?, &accounts()).map(|identity| identity.account)
}

#[rstest]
#[case("alice@ACME.TEST")]
#[case("ALICE@acme.test")]
#[case("boss@ACME.TEST")]
fn an_account_is_the_same_user_as_by_ntlm(#[case] principal: &str) {
    let ntlm = accounts().find(&AccountName::new("ACME", "alice")).unwrap();
    assert_eq!(identify(principal).unwrap(), ntlm.identity.account);
}

#[rstest]
#[case("bob@ACME.TEST", r"ACME\BOB")]
#[case("Bob@Acme.Test", r"ACME\BOB")]
#[case("alice@CORP.EXAMPLE", r"CORP\ALICE")]
#[case("host/mail.acme.test@ACME.TEST", r"ACME\HOST/MAIL.ACME.TEST")]
fn who_is_no_account_is_a_user_by_the_domain_of_the_realm(#[case] principal: &str, #[case] account: &str) {
    assert_eq!(identify(principal).unwrap(), account);
}

#[test]
fn a_realm_that_is_not_trusted_is_refused_even_with_an_account_of_that_name() {
    assert_eq!(identify("alice@ELSEWHERE.TEST"), Err(UNTRUSTED));
}

/// Each of these could be taken for somebody else.
#[rstest]
fn a_name_that_must_be_quoted_is_refused(
    #[values(
        "alice",
        "@ACME.TEST",
        "alice@",
        r"a\@ACME.TEST@ACME.TEST",
        r"CORP\\bob@ACME.TEST",
        "alice@x@ACME.TEST",
        "a\n@ACME.TEST"
    )]
    principal: &str,
) {
    assert!(principal.parse::<Principal>().is_err(), "{principal:?}");
}

#[test]
fn a_keytab_that_is_not_there_is_told_with_its_name() {
    let refused = Keytab::open("/nowhere/nspi.keytab").unwrap_err();
    assert!(refused.to_string().starts_with("Kerberos: "), "{refused}");
}

#[test]
fn credentials_show_no_secret_and_take_no_nul() {
    let alice = Credentials::password("alice@ACME.TEST", "Passw0rd!A").unwrap();
    assert_eq!(format!("{alice:?}"), "Credentials(\"alice@ACME.TEST\")");
    assert!(Credentials::password("alice@ACME.TEST", "Pass\0word").is_err());
    assert!(Credentials::keytab("alice@ACME.TEST", "a\0b").is_err());
    assert!(Credentials::cache("FILE:\0").is_err());
}

#[test]
fn a_client_without_tickets_says_so_and_is_over() {
    let nobody = Credentials::cache("FILE:/nowhere/tickets").unwrap();
    let mut client = nspi_auth::kerberos::Initiator::new(nobody, "exchangeAB/mail.acme.test", AuthLevel::Privacy);
    assert!(client.may_block());
    assert!(matches!(client.step(&[]), Err(SecurityError::Failed { mechanism: "Kerberos", .. })));
    assert!(matches!(client.step(&[]), Err(SecurityError::BadToken { .. })));
}
