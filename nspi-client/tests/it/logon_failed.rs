//! The refusal that KB949469 is about, and what the client says about it.

use nspi_client::{Connection, Credentials, Error, LogonFailed, Session, Stat};
use nspi_proto::nspi::NspiBindRequest;

use crate::lab::{Lab, alice};

async fn bind(connection: &Connection, count: usize) -> Vec<Session> {
    let mut sessions = Vec::new();
    for _ in 0..count {
        sessions.push(connection.bind(Stat::default()).await.unwrap());
    }
    sessions
}

async fn refused(connection: &Connection) -> LogonFailed {
    match connection.bind(Stat::default()).await {
        Err(Error::LogonFailed(refusal)) => *refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn bind_51_is_refused_and_the_text_says_cap_and_number_and_what_to_do() {
    let lab = Lab::start().await;
    let connection = lab.connect().await;
    let mut sessions = bind(&connection, 50).await;
    let refusal = refused(&connection).await;
    assert_eq!((refusal.held_by_process, refusal.held_by_connection), (50, 50));
    let text = refusal.to_string();
    for word in [
        r"ACME\alice",
        "MAPI_E_LOGON_FAILED (0x80040111)",
        "KB949469",
        "need not be about the password",
        "no right",
        "This process holds 50 sessions",
        "50 of them on this connection",
        "NspiUnbind",
        "event 2820",
        "NSPI max sessions per user",
        r"HKLM\System\CurrentControlSet\Services\NTDS\Parameters",
    ] {
        assert!(text.contains(word), "{word:?} is missing in: {text}");
    }
    // Those that are open stay usable; one that goes makes room.
    sessions[0].update_stat(Stat::default()).await.unwrap();
    sessions.pop().unwrap().unbind().await.unwrap();
    sessions.extend(bind(&connection, 1).await);
    for session in sessions {
        session.unbind().await.unwrap();
    }
}

#[tokio::test]
async fn sessions_of_other_connections_are_counted_too() {
    let lab = Lab::with_cap(3).await;
    let (first, second) = (lab.connect().await, lab.connect().await);
    let sessions = (bind(&first, 2).await, bind(&second, 1).await);
    let refusal = refused(&second).await;
    assert_eq!((refusal.held_by_process, refusal.held_by_connection), (3, 1));
    drop(sessions);
}

#[tokio::test]
async fn other_users_sessions_are_not_counted() {
    let lab = Lab::with_cap(1).await;
    let (first, bob) = (lab.connect().await, Credentials::ntlm("ACME", "bob", "Passw0rd!B"));
    let session = bind(&first, 1).await;
    let second = Connection::open(lab.address, alice().credentials(bob)).await.unwrap();
    assert_eq!(second.sessions_of_process(), 0);
    let other = bind(&second, 1).await;
    assert_eq!(refused(&second).await.held_by_process, 1);
    drop((session, other));
}

#[tokio::test]
async fn leaked_raw_sessions_are_counted_until_their_connection_goes() {
    let lab = Lab::with_cap(2).await;
    let (leaky, other) = (lab.connect().await, lab.connect().await);
    for _ in 0..2 {
        leaky.call(NspiBindRequest::default()).await.unwrap();
    }
    let Err(Error::LogonFailed(refusal)) = leaky.call(NspiBindRequest::default()).await else { panic!() };
    assert_eq!((refusal.held_by_process, refusal.held_by_connection), (2, 2));
    leaky.close().await.unwrap();
    assert_eq!(other.sessions_of_process(), 0);
}

#[tokio::test]
async fn cap_of_zero_is_explained_without_any_session_held() {
    let lab = Lab::with_cap(0).await;
    let connection = lab.connect().await;
    let text = refused(&connection).await.to_string();
    assert!(text.contains("This process holds 0 sessions"), "{text}");
}
