//! The three promises. The first one, that `unbind` consumes, is a doc test of the crate root that must not compile.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use nspi_client::Stat;

use crate::lab::Lab;

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
async fn dropped_session_is_unbound() {
    let lab = Lab::start().await;
    let connection = lab.connect().await;
    drop(connection.bind(Stat::default()).await.unwrap());
    lab.until_sessions(0).await;
    assert_eq!(lab.handle.connections(), 1);
}

#[tokio::test]
async fn cancelled_bind_leaves_nothing() {
    let lab = Lab::start().await;
    let connection = lab.connect().await;
    {
        let mut bind = pin!(connection.bind(Stat::default()));
        let asked = bind.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(asked, Poll::Pending));
    }
    connection.bind(Stat::default()).await.unwrap().unbind().await.unwrap();
    lab.until_sessions(0).await;
    assert_eq!(lab.handle.totals().opened, 2);
}
