//! Who guesses waits; who owns the account does not.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nspi_auth::ntlm::{Acceptor, Initiator, NegotiateFlags, Step};
use nspi_auth::{AccountList, AccountName, Accounts, Credentials, Doorkeeper, GuessPolicy, Guesses};
use nspi_proto::dcerpc::auth::{AuthLevel, SecurityError};
use rstest::rstest;

use crate::lab::{ACCOUNTS, settings, shake_hands, token};

const SECOND: Duration = Duration::from_secs(1);
const ALICE: &str = r"ACME\ALICE";

fn address(number: u32) -> IpAddr {
    IpAddr::V4((0x0a00_0000 + number).into())
}

/// What a server that is asked at `now` says; a wrong proof follows if it is looked at.
fn guess(guesses: &mut Guesses, account: &str, from: IpAddr, now: Instant) -> bool {
    let admitted = guesses.check(account, from, now).is_ok();
    if admitted {
        guesses.wrong(account, from, now);
    }
    admitted
}

/// The guesses that are looked at, of one a second.
fn guesses_in(seconds: u32, guesses: &mut Guesses, from: IpAddr, now: Instant) -> usize {
    (0..seconds).filter(|second| guess(guesses, ALICE, from, now + SECOND * *second)).count()
}

#[test]
fn a_guesser_at_one_address_has_few_guesses_an_hour() {
    let mut guesses = Guesses::new(GuessPolicy::default());
    let made = guesses_in(3_600, &mut guesses, address(1), Instant::now());
    assert!((10..=20).contains(&made), "{made}");
}

#[test]
fn a_stranger_does_not_make_the_owner_wait_where_the_owner_has_logged_on() {
    let (mut guesses, now) = (Guesses::new(GuessPolicy::default()), Instant::now());
    guesses.right(ALICE, address(1));
    for stranger in 2..200 {
        guesses_in(100, &mut guesses, address(stranger), now);
    }
    assert_eq!(guesses.check(ALICE, address(1), now + SECOND * 99), Ok(()));
    // Nor by guessing for others from the very same address.
    for second in 0..100 {
        guess(&mut guesses, &format!(r"ACME\{second}"), address(1), now + SECOND * second);
    }
    assert_eq!(guesses.check(ALICE, address(1), now + SECOND * 99), Ok(()));
}

#[test]
fn an_account_that_is_guessed_at_waits_at_a_new_address_once_and_for_half_a_minute() {
    let (mut guesses, now) = (Guesses::new(GuessPolicy::default()), Instant::now());
    for stranger in 2..100 {
        guess(&mut guesses, ALICE, address(stranger), now);
    }
    let home = address(1);
    assert_eq!(guesses.check(ALICE, home, now), Err(SecurityError::SlowedDown));
    // Neither asking again nor what the guessers go on with makes it longer.
    for second in 0..30 {
        guesses_in(1, &mut guesses, address(second + 100), now + SECOND * second);
        assert_eq!(guesses.check(ALICE, home, now + SECOND * second), Err(SecurityError::SlowedDown));
    }
    assert_eq!(guesses.check(ALICE, home, now + SECOND * 30), Ok(()));
    guesses.right(ALICE, home);
    assert_eq!(guesses.check(ALICE, home, now + SECOND * 31), Ok(()), "a place that is known now");
    assert_eq!(guesses.check(r"ACME\BOB", address(200), now), Ok(()), "another account is not concerned");
}

#[test]
fn many_addresses_have_fewer_guesses_each_once_the_account_is_guessed_at() {
    let (mut guesses, now) = (Guesses::new(GuessPolicy::default()), Instant::now());
    for stranger in 2..40 {
        guess(&mut guesses, ALICE, address(stranger), now);
    }
    let made = guesses_in(900, &mut guesses, address(1), now);
    assert!((3..=6).contains(&made), "{made}");
}

#[test]
fn the_owners_old_password_at_a_known_place_is_no_attack_on_the_account() {
    let (mut guesses, now) = (Guesses::new(GuessPolicy::default()), Instant::now());
    guesses.right(ALICE, address(1));
    assert!(guesses_in(3_600, &mut guesses, address(1), now) < 20, "it waits there all the same");
    assert_eq!(guesses.check(ALICE, address(2), now + SECOND * 3_600), Ok(()));
}

#[test]
fn one_password_tried_on_many_accounts_is_slowed_by_address() {
    let (mut guesses, now) = (Guesses::new(GuessPolicy::default()), Instant::now());
    let tried = (0..1_000).filter(|number| guess(&mut guesses, &format!(r"ACME\{number}"), address(1), now)).count();
    assert_eq!(tried, 31, "thirty are free, and the next one is what makes it wait");
    assert_eq!(guesses.check(ALICE, address(1), now + SECOND), Ok(()));
}

#[test]
fn addresses_of_one_ipv6_network_are_one() {
    let (mut guesses, now) = (Guesses::new(GuessPolicy::default()), Instant::now());
    let from = |host: u16| IpAddr::from([0x2001, 0xdb8, 1, 2, 0, 0, 0, host]);
    let made = (0..100).filter(|host| guess(&mut guesses, ALICE, from(*host), now)).count();
    assert_eq!(made, 6);
}

#[test]
fn an_attack_that_ended_is_forgotten_after_an_hour() {
    let (mut guesses, now) = (Guesses::new(GuessPolicy::default()), Instant::now());
    for stranger in 2..100 {
        guess(&mut guesses, ALICE, address(stranger), now);
    }
    assert_eq!(guesses.check(ALICE, address(1), now + SECOND * 3_601), Ok(()));
}

#[rstest]
#[case("ACME", "nobody")]
#[case("acme", "NOBODY")]
#[case("acme.test", "nobody")]
#[case("", "nobody")]
#[case("", "nobody@ACME.test")]
fn a_name_that_nobody_has_is_counted_under_one_id_for_all_its_spellings(#[case] domain: &str, #[case] user: &str) {
    let accounts: AccountList = ACCOUNTS.parse().unwrap();
    let name = AccountName::new(domain, user);
    assert!(accounts.find(&name).is_none());
    assert_eq!(accounts.id_of_nobody(&name), r"ACME\NOBODY");
}

/// Writes down what it is asked and told, and admits or not.
#[derive(Default)]
struct Witness {
    refuses: bool,
    heard: Mutex<Vec<String>>,
}

impl Doorkeeper for Witness {
    fn admit(&self, account: &str) -> Result<(), SecurityError> {
        self.heard.lock().unwrap().push(format!("{account}?"));
        if self.refuses { Err(SecurityError::SlowedDown) } else { Ok(()) }
    }

    fn judged(&self, account: &str, right: bool) {
        self.heard.lock().unwrap().push(format!("{account} {right}"));
    }
}

fn heard(witness: &Arc<Witness>, user: &str, password: &str) -> (Option<SecurityError>, Vec<String>) {
    let acceptor = Acceptor::new(Arc::new(settings().doorkeeper(Arc::clone(witness) as Arc<dyn Doorkeeper>)));
    let client = Initiator::new(Credentials::ntlm("acme.test", user, password), AuthLevel::Privacy);
    let error = shake_hands(client, acceptor).err();
    (error, std::mem::take(&mut *witness.heard.lock().unwrap()))
}

#[test]
fn the_doorkeeper_is_asked_before_and_told_after_with_the_canonical_id() {
    let witness = Arc::new(Witness::default());
    let (error, said) = heard(&witness, "alice", "Passw0rd!A");
    assert_eq!((error, said), (None, vec![r"ACME\ALICE?".to_owned(), r"ACME\ALICE true".to_owned()]));
    for user in ["alice", "nobody"] {
        let (error, said) = heard(&witness, user, "wrong");
        assert_eq!(error, Some(SecurityError::WrongCredentials));
        let id = format!(r"ACME\{}", user.to_uppercase());
        assert_eq!(said, [format!("{id}?"), format!("{id} false")]);
    }
}

#[test]
fn a_proof_that_the_doorkeeper_does_not_want_is_not_looked_at_right_or_wrong() {
    let witness = Arc::new(Witness { refuses: true, ..Witness::default() });
    for (user, password) in [("alice", "Passw0rd!A"), ("alice", "wrong"), ("nobody", "wrong")] {
        let (error, said) = heard(&witness, user, password);
        assert_eq!(error, Some(SecurityError::SlowedDown));
        assert_eq!(said, [format!(r"ACME\{}?", user.to_uppercase())]);
    }
}

#[test]
fn a_right_proof_with_an_altered_mic_counts_as_wrong() {
    let witness = Arc::new(Witness::default());
    let mut server = Acceptor::new(Arc::new(settings().doorkeeper(Arc::clone(&witness) as Arc<dyn Doorkeeper>)));
    let mut client = crate::lab::alice(AuthLevel::Privacy);
    let mut negotiate = token(client.advance(&[]).unwrap());
    negotiate[12] ^= NegotiateFlags::REQUEST_TARGET.bits() as u8;
    let challenge = token(server.advance(&negotiate).unwrap());
    let step = client.advance(&challenge).unwrap();
    let Step::Done { token: Some(authenticate), .. } = step else { panic!("{step:?}") };
    assert!(server.advance(&authenticate).is_err());
    assert_eq!(*witness.heard.lock().unwrap(), [r"ACME\ALICE?", r"ACME\ALICE false"]);
}
