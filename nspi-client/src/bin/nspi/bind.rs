//! `nspi bind`: opens sessions, and says what happened.

use std::time::Duration;

use nspi_client::{Connection, Error, Session, Stat};
use nspi_proto::nspi::NspiBindRequest;
use serde_json::json;

use crate::arguments::Bind;
use crate::output::Output;

pub(crate) async fn run(connection: &Connection, wanted: &Bind, output: &mut Output) -> Result<(), Error> {
    let mut sessions = Vec::new();
    let refused = open(connection, wanted, &mut sessions).await.err();
    let opened = connection.sessions();
    let (user, server) = (connection.user().unwrap_or("nobody"), connection.server());
    if opened > 0 {
        output.event(
            format_args!("opened {} as {user} at {server}", count(opened)),
            &json!({ "event": "opened", "sessions": opened, "user": connection.user(), "server": server }),
        );
    }
    if let Some(error) = &refused {
        let number = opened.saturating_add(1);
        output.event(
            format_args!("session {number} was refused"),
            &json!({ "event": "refused", "session": number, "logon_failed": matches!(error, Error::LogonFailed(_)) }),
        );
    }
    if opened > 0 {
        hold(wanted.hold).await;
    }
    let mut failed = None;
    for session in sessions {
        failed = session.unbind().await.err().or(failed);
    }
    let left = connection.sessions();
    let unbound = opened.saturating_sub(left);
    if unbound > 0 {
        output.event(format_args!("unbound {}", count(unbound)), &json!({ "event": "unbound", "sessions": unbound }));
    }
    if left > 0 {
        output.event(
            format_args!("left {} without NspiUnbind: the server ends them with the connection", count(left)),
            &json!({ "event": "leaked", "sessions": left }),
        );
    }
    refused.or(failed).map_or(Ok(()), Err)
}

/// Opens what is wanted, until one is refused.
async fn open(connection: &Connection, wanted: &Bind, sessions: &mut Vec<Session>) -> Result<(), Error> {
    for _ in 0..wanted.count {
        if wanted.leak {
            connection.call(NspiBindRequest::default()).await?; // the raw floor: nobody will unbind it
        } else {
            sessions.push(connection.bind(Stat::default()).await?);
        }
    }
    Ok(())
}

async fn hold(seconds: u32) {
    let time = tokio::time::sleep(Duration::from_secs(seconds.into()));
    tokio::select! {
        () = time => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

fn count(sessions: u32) -> String {
    if sessions == 1 { "1 session".to_owned() } else { format!("{sessions} sessions") }
}
