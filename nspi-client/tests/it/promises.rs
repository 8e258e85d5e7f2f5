//! The three promises. The first one, that `unbind` consumes, is a doc test of the crate root that must not compile.

use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use nspi_client::{ConnectOptions, Error, Stat};
use nspi_proto::nspi::Operation;

use crate::fake::{self, Happened, UNBOUND, bound, handle};
use crate::lab::Lab;

/// Polls a future once, and drops it.
macro_rules! begin_and_cancel {
    ($future:expr) => {{
        let begun = pin!($future).poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(begun, Poll::Pending));
    }};
}

/// What is logged by this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn of<T>(action: impl FnOnce() -> T) -> String {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, action);
        String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn unbind_gives_the_slot_back() {
    let lab = Lab::start().await;
    let connection = lab.connect().await;
    let session = connection.bind(Stat::default()).await.unwrap();
    assert_eq!((lab.handle.sessions(), connection.sessions()), (1, 1));
    session.unbind().await.unwrap();
    assert_eq!((lab.handle.sessions(), connection.sessions()), (0, 0));
}

#[tokio::test]
async fn dropped_session_is_unbound_and_a_warning_is_logged() {
    let lab = Lab::start().await;
    let connection = lab.connect().await;
    let session = connection.bind(Stat::default()).await.unwrap();
    let log = Log::of(|| drop(session));
    assert!(log.contains("WARN") && log.contains("dropped without unbind"), "{log}");
    assert!(log.contains(r"ACME\\alice"), "{log}");
    lab.until_sessions(0).await;
    assert_eq!((lab.handle.connections(), lab.handle.totals().unbound), (1, 1));
}

#[tokio::test]
async fn unbound_session_is_dropped_without_a_warning() {
    let (connection, mut server) = fake::open(ConnectOptions::new()).await;
    let (session, ()) = tokio::join!(connection.bind(Stat::default()), async {
        let bind = server.called().await;
        server.respond(&bind, &bound(1)).await;
    });
    let unbind = session.unwrap().unbind();
    let log = Log::of(|| begin_and_cancel!(unbind));
    assert_eq!(log, "");
    assert_eq!(server.called().await.unbinds(), handle(1));
}

#[tokio::test]
async fn unbind_that_never_ran_still_unbinds() {
    let lab = Lab::start().await;
    let connection = lab.connect().await;
    drop(connection.bind(Stat::default()).await.unwrap().unbind());
    lab.until_sessions(0).await;
}

#[test]
fn session_that_outlives_its_runtime_drops_in_peace() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let session = runtime.block_on(async {
        let lab = Lab::start().await;
        lab.connect().await.bind(Stat::default()).await.unwrap()
    });
    drop(runtime);
    let log = Log::of(|| drop(session));
    assert!(log.contains("rundown closes it"), "{log}");
}

#[tokio::test]
async fn cancelled_bind_leaves_nothing() {
    let (connection, mut server) = fake::open(ConnectOptions::new()).await;
    begin_and_cancel!(connection.bind(Stat::default()));
    let bind = server.called().await;
    server.respond(&bind, &bound(1)).await;
    assert_eq!(server.called().await.unbinds(), handle(1));
}

#[tokio::test]
async fn bind_cancelled_after_its_answer_came_leaves_nothing() {
    let (connection, mut server) = fake::open(ConnectOptions::new()).await;
    {
        let mut bind = pin!(connection.bind(Stat::default()));
        assert!(bind.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let call = server.called().await;
        server.respond(&call, &bound(1)).await;
        while connection.sessions() == 0 {
            tokio::task::yield_now().await; // the driver hands the session over, and nobody takes it
        }
    }
    assert_eq!(server.called().await.unbinds(), handle(1));
}

#[tokio::test]
async fn bind_cancelled_with_the_last_handle_leaves_nothing() {
    let (connection, mut server) = fake::open(ConnectOptions::new()).await;
    begin_and_cancel!(connection.bind(Stat::default()));
    drop(connection);
    let bind = server.called().await;
    server.respond(&bind, &bound(1)).await;
    let unbind = server.called().await;
    assert_eq!(unbind.unbinds(), handle(1));
    server.respond(&unbind, &UNBOUND).await;
    assert_eq!(server.next().await, Happened::Closed);
}

#[tokio::test(start_paused = true)]
async fn bind_answered_after_its_time_leaves_nothing() {
    let (connection, mut server) = fake::open(ConnectOptions::new().call_timeout(Duration::from_secs(5))).await;
    let refused = connection.bind(Stat::default()).await.unwrap_err();
    assert_eq!(refused.to_string(), "NspiBind took longer than 5s");
    let bind = server.called().await;
    server.respond(&bind, &bound(1)).await;
    assert_eq!(server.called().await.unbinds(), handle(1));
}

#[tokio::test]
async fn bind_cancelled_before_close_leaves_nothing() {
    let (connection, mut server) = fake::open(ConnectOptions::new()).await;
    begin_and_cancel!(connection.bind(Stat::default()));
    let (closed, ()) = tokio::join!(connection.close(), async {
        let bind = server.called().await;
        server.respond(&bind, &bound(1)).await;
        let unbind = server.called().await;
        assert_eq!(unbind.unbinds(), handle(1));
        server.respond(&unbind, &UNBOUND).await;
    });
    closed.unwrap();
}

#[tokio::test]
async fn thousand_cancelled_binds_leave_nothing_on_a_real_server() {
    let lab = Lab::start().await;
    let connection = lab.connect().await;
    for _ in 0..1000 {
        begin_and_cancel!(connection.bind(Stat::default()));
    }
    match connection.bind(Stat::default()).await {
        Ok(session) => session.unbind().await.unwrap(),
        Err(Error::LogonFailed(_)) => {} // it overtook the unbinds of the first fifty
        Err(other) => panic!("{other}"),
    }
    lab.until_sessions(0).await;
    let totals = lab.handle.totals();
    assert_eq!(totals.opened, totals.unbound);
    assert_eq!(totals.opened + totals.refused, 1001);
}

#[tokio::test]
async fn raw_bind_leaks_until_its_connection_goes() {
    let lab = Lab::start().await;
    let connection = lab.connect().await;
    let request = nspi_proto::nspi::NspiBindRequest::default();
    let response = connection.call(request).await.unwrap();
    assert!(!response.handle.is_null());
    assert_eq!((lab.handle.sessions(), connection.sessions()), (1, 1), "{}", Operation::NspiBind);
    drop(connection);
    lab.until_sessions(0).await;
    assert_eq!(lab.handle.totals().unbound, 0);
}
