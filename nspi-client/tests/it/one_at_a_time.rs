//! A server that did not agree to several calls at a time gets one, and the others wait their turn.

use std::time::Duration;

use nspi_client::{ConnectOptions, Error, Stat, Waiting};
use nspi_proto::nspi::Operation;

use crate::fake::{UNBOUND, bound, handle, open, open_without_multiplexing};

#[tokio::test]
async fn the_second_call_waits_for_the_answer_to_the_first() {
    let (connection, mut server) = open_without_multiplexing(ConnectOptions::new()).await;
    let binding = |connection: &nspi_client::Connection| {
        let connection = connection.clone();
        tokio::spawn(async move { connection.bind(Stat::default()).await })
    };
    let (one, two, three) = (binding(&connection), binding(&connection), binding(&connection));
    for number in [1, 2, 3] {
        let call = server.called().await;
        assert!(call.is(Operation::NspiBind) && server.hears_nothing().await, "call {number}");
        server.respond(&call, &bound(number)).await;
    }
    let sessions = [one.await.unwrap(), two.await.unwrap(), three.await.unwrap()];
    assert!(sessions.iter().all(Result::is_ok), "{sessions:?}");
    // Sessions that are dropped all at once are unbound one after the other.
    drop(sessions);
    let mut unbound = Vec::new();
    for _ in 0..3 {
        let call = server.called().await;
        assert!(server.hears_nothing().await);
        unbound.push(call.unbinds());
        server.respond(&call, &UNBOUND).await;
    }
    unbound.sort_by_key(ToString::to_string);
    assert_eq!(unbound, [handle(1), handle(2), handle(3)]);
}

#[tokio::test]
async fn with_a_server_that_agreed_calls_do_not_wait() {
    let (connection, mut server) = open(ConnectOptions::new()).await;
    for _ in 0..3 {
        let connection = connection.clone();
        tokio::spawn(async move { connection.bind(Stat::default()).await });
    }
    for _ in 0..3 {
        assert!(server.called().await.is(Operation::NspiBind));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_turn_does_not_come_in_time_is_given_up() {
    let options = ConnectOptions::new().call_timeout(Duration::from_secs(5));
    let (connection, mut server) = open_without_multiplexing(options).await;
    let (one, two) = tokio::join!(connection.bind(Stat::default()), connection.bind(Stat::default()));
    for late in [one.unwrap_err(), two.unwrap_err()] {
        assert!(matches!(late, Error::Timeout { what: Waiting::Call(Operation::NspiBind), .. }), "{late:?}");
    }
    // The first one was sent, and what it opens is closed again. The second one never was.
    let call = server.called().await;
    server.respond(&call, &bound(1)).await;
    let call = server.called().await;
    assert_eq!(call.unbinds(), handle(1));
    assert!(server.hears_nothing().await);
}

#[tokio::test]
async fn calls_that_wait_are_answered_before_a_close() {
    let (connection, mut server) = open_without_multiplexing(ConnectOptions::new()).await;
    let (one, two) = (connection.clone(), connection.clone());
    let calls = tokio::spawn(async move { tokio::join!(one.bind(Stat::default()), two.bind(Stat::default())) });
    let first = server.called().await;
    let closing = tokio::spawn(connection.close());
    assert!(server.hears_nothing().await);
    server.respond(&first, &bound(1)).await;
    let second = server.called().await;
    server.respond(&second, &bound(2)).await;
    let (one, two) = calls.await.unwrap();
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    closing.await.unwrap().unwrap();
}
