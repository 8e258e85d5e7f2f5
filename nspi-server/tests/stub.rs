//! The crate as other programs' tests embed it: no feature needed.

use nspi_client::{ConnectOptions, Connection, Credentials, Error, Session, Stat};
use nspi_proto::nspi::{DisplayType, NspiBindRequest};
use nspi_server::address_book::{MemoryBook, Recipient};
use nspi_server::testing::{ALICE, AccountList, BOB, Login, TestServer};

async fn bind(server: &TestServer, login: Login) -> Result<Session, Error> {
    let credentials = Credentials::ntlm(login.domain, login.user, login.password);
    let connection = Connection::open(server.address(), ConnectOptions::new().credentials(credentials)).await?;
    connection.bind(Stat::default()).await
}

/// The sentence that a leak ends a test with.
fn complaint(of: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let panic = std::panic::catch_unwind(of).expect_err("a session was left");
    *panic.downcast::<String>().unwrap()
}

#[tokio::test]
async fn a_program_that_unbinds_passes() {
    let server = TestServer::start(1);
    for _ in 0..3 {
        bind(&server, ALICE).await.unwrap().unbind().await.unwrap();
    }
    let totals = server.finish();
    assert_eq!((totals.opened, totals.unbound, totals.refused), (3, 3, 0));
}

#[tokio::test]
async fn the_session_over_the_cap_is_refused_and_counted() {
    let server = TestServer::start(1);
    let first = bind(&server, ALICE).await.unwrap();
    assert!(matches!(bind(&server, ALICE).await, Err(Error::LogonFailed(_))));
    let other = bind(&server, BOB).await.unwrap();
    assert_eq!((server.sessions(), server.totals().refused), (2, 1));
    first.unbind().await.unwrap();
    other.unbind().await.unwrap();
    server.finish();
}

#[tokio::test]
async fn an_async_test_waits_for_what_its_own_runtime_has_still_to_do() {
    let server = TestServer::start(1);
    drop(bind(&server, ALICE).await.unwrap()); // its client unbinds it, once this task lets it
    assert_eq!(server.finished().await.unbound, 1);
}

#[tokio::test]
async fn an_async_test_that_leaves_a_session_fails() {
    let server = TestServer::start(1);
    let session = bind(&server, ALICE).await.unwrap();
    let failed = tokio::spawn(server.finished()).await.unwrap_err();
    let words = *failed.into_panic().downcast::<String>().unwrap();
    assert_eq!(words, r"sessions are left that nobody has unbound: 1 of ACME\alice");
    drop(session);
}

#[tokio::test]
async fn servers_stand_side_by_side_each_with_its_own_cap_and_people() {
    let accounts: AccountList = "domain X x.test\nuser X\\ann password secret\n".parse().unwrap();
    let book = MemoryBook::new([Recipient::new(DisplayType::MAIL_USER, "/o=X/cn=ann", "Ann")]).unwrap();
    let own = TestServer::with(TestServer::capped(1), accounts, book);
    let other = TestServer::start(2);
    let ann = bind(&own, Login { domain: "X", user: "ann", password: "secret" }).await.unwrap();
    let rows = ann.query_rows(Stat::default(), 9, &[]).await.unwrap().rows;
    assert_eq!((rows.len(), own.sessions(), other.sessions()), (1, 1, 0));
    let stranger = bind(&other, Login { domain: "X", user: "ann", password: "secret" }).await;
    assert!(matches!(stranger, Err(Error::NotAuthenticated(_))), "{stranger:?}");
    ann.unbind().await.unwrap();
    own.finished().await;
    other.finished().await;
}

#[test]
fn a_session_that_is_left_fails_the_test_and_says_whose_it_is() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let leak = || {
        let server = TestServer::start(5);
        let session = runtime.block_on(bind(&server, ALICE)).unwrap();
        (server, session)
    };
    let (server, session) = leak();
    let finished = complaint(std::panic::AssertUnwindSafe(move || {
        server.finish();
    }));
    assert_eq!(finished, r"sessions are left that nobody has unbound: 1 of ACME\alice");
    drop(session);
    let (server, session) = leak();
    assert_eq!(complaint(std::panic::AssertUnwindSafe(move || drop(server))), finished);
    drop(session);
}

#[test]
fn sessions_that_only_the_end_of_their_connection_closed_fail_the_test() {
    let leak = || {
        let server = TestServer::start(5);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let credentials = Credentials::ntlm(ALICE.domain, ALICE.user, ALICE.password);
            let options = ConnectOptions::new().credentials(credentials);
            let connection = Connection::open(server.address(), options).await.unwrap();
            for _ in 0..2 {
                connection.call(NspiBindRequest::default()).await.unwrap();
            }
            connection.close().await.unwrap();
        });
        server
    };
    let server = leak();
    let finished = complaint(std::panic::AssertUnwindSafe(move || {
        server.finish();
    }));
    assert_eq!(finished, "sessions ended only with their connection, and nobody has unbound them: 2");
    let totals = leak().stop(); // unless the test says that it was meant
    assert_eq!((totals.opened, totals.unbound), (2, 0));
}

#[test]
fn a_test_that_fails_already_fails_for_its_own_reason() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let panic = std::panic::catch_unwind(|| {
        let server = TestServer::start(5);
        let _session = runtime.block_on(bind(&server, ALICE)).unwrap();
        panic!("its own reason");
    });
    assert_eq!(*panic.unwrap_err().downcast::<&str>().unwrap(), "its own reason");
}

#[test]
fn a_server_without_a_runtime_of_the_caller_ends_when_it_is_dropped() {
    let server = TestServer::start(1);
    let address = server.address();
    drop(server);
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[cfg(not(any(feature = "ldif", feature = "event-log")))]
#[tokio::test]
async fn a_stub_that_is_asked_for_a_file_names_the_feature_that_it_lacks() {
    use nspi_server::Server;
    use nspi_server::config::Settings;

    let mut stub = Settings::default();
    stub.listen.value.set_port(0);
    stub.endpoint_mapper.value = None;
    let ldif = Settings { ldif: Some("people.ldif".into()).into(), ..stub.clone() };
    let events = Settings { event_log: Some("events.xml".into()).into(), ..stub };
    for (settings, feature) in [(ldif, "ldif"), (events, "event-log")] {
        let refusal = Server::listen(settings).await.map(drop).unwrap_err().to_string();
        assert!(
            refusal.ends_with(&format!("without the feature `{feature}`; build it with --features {feature}")),
            "{refusal}"
        );
    }
}
