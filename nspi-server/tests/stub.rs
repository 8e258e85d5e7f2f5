//! The crate as other programs' tests embed it: no feature needed.

use nspi_client::{ConnectOptions, Connection, Credentials, Error, Session, Stat};
use nspi_server::testing::{ALICE, BOB, Login, TestServer};

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
