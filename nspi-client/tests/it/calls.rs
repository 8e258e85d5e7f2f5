//! Calls and their three tiers of failure, several at a time, late ones, and the end of a connection.

use std::time::Duration;

use nspi_client::{ConnectOptions, Connection, Error, Session, Stat, Waiting};
use nspi_proto::dcerpc::{FaultStatus, Offer};
use nspi_proto::nspi::property::{PropertyRowSet, PropertyValue, Value, tags};
use nspi_proto::nspi::{
    Call as _, MinimalId, NspiBindRequest, NspiQueryRowsRequest, NspiQueryRowsResponse, NspiUnbindResponse,
    NspiUpdateStatRequest, NspiUpdateStatResponse, Operation, Status, interface,
};
use tokio::io::duplex;

use crate::fake::{self, Fake, Happened, UNBOUND, bound, handle};
use crate::lab::{Lab, alice};

/// A session of a fake server.
async fn session(options: ConnectOptions) -> (Session, Fake) {
    let (connection, mut server) = fake::open(options).await;
    let (session, ()) = tokio::join!(connection.bind(Stat::default()), async {
        let bind = server.called().await;
        server.respond(&bind, &bound(1)).await;
    });
    (session.unwrap(), server)
}

fn moved_to(place: u32) -> NspiUpdateStatResponse {
    let stat = Stat { current_rec: MinimalId(place), ..Stat::default() };
    NspiUpdateStatResponse { stat, delta: Some(1), status: Status::SUCCESS }
}

#[tokio::test]
async fn calls_under_way_together_get_their_own_answers() {
    let (session, mut server) = session(ConnectOptions::new()).await;
    let (one, two, three, ()) = tokio::join!(
        session.update_stat(Stat::default()),
        session.update_stat(Stat::default()),
        session.update_stat(Stat::default()),
        async {
            let calls = [server.called().await, server.called().await, server.called().await];
            for (place, call) in [0x13, 0x12, 0x11].into_iter().zip(calls.iter().rev()) {
                server.respond(call, &moved_to(place)).await; // the last one first
            }
        }
    );
    let places = [one, two, three].map(|answer| answer.unwrap().stat.current_rec.0);
    assert_eq!(places, [0x11, 0x12, 0x13]);
}

#[tokio::test]
async fn fault_fails_its_call_and_nothing_else() {
    let (session, mut server) = session(ConnectOptions::new()).await;
    let (one, two, ()) =
        tokio::join!(session.update_stat(Stat::default()), session.update_stat(Stat::default()), async {
            let (first, second) = (server.called().await, server.called().await);
            server.fault(&first, FaultStatus::CONTEXT_MISMATCH).await;
            server.respond(&second, &moved_to(0x20)).await;
        });
    assert!(matches!(one, Err(Error::Fault(FaultStatus::CONTEXT_MISMATCH))), "{one:?}");
    assert_eq!(two.unwrap().stat.current_rec, MinimalId(0x20));
}

#[tokio::test]
async fn refusal_is_a_status_with_its_operation() {
    let (session, mut server) = session(ConnectOptions::new()).await;
    let (refused, ()) = tokio::join!(session.query_rows(Stat::default(), 1, &[]), async {
        let call = server.called().await;
        server.respond(&call, &NspiQueryRowsRequest::default().refuse(Status::INVALID_BOOKMARK)).await;
    });
    let refused = refused.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "NspiQueryRows answers MAPI_E_INVALID_BOOKMARK (0x80040405): there is no such container"
    );
    assert!(matches!(refused, Error::Status { operation: Operation::NspiQueryRows, .. }));
}

#[tokio::test]
async fn warning_is_no_refusal() {
    let (session, mut server) = session(ConnectOptions::new()).await;
    let (found, ()) = tokio::join!(session.query_rows(Stat::default(), 1, &[tags::TITLE]), async {
        let call = server.called().await;
        let mut rows = PropertyRowSet::default();
        rows.push_row([PropertyValue::error(tags::TITLE, Status::NOT_FOUND)]);
        let status = Status::ERRORS_RETURNED;
        server.respond(&call, &NspiQueryRowsResponse { stat: Stat::default(), rows: Some(rows), status }).await;
    });
    assert_eq!(found.unwrap().rows[0].find(tags::TITLE).unwrap().as_ref(), Value::ErrorCode(Status::NOT_FOUND));
}

#[tokio::test]
async fn unbind_that_returns_anything_but_1_is_reported() {
    for status in [Status::SUCCESS, Status::UNBIND_FAILURE] {
        let (session, mut server) = session(ConnectOptions::new()).await;
        let (unbound, ()) = tokio::join!(session.unbind(), async {
            let call = server.called().await;
            server.respond(&call, &NspiUnbindResponse { status, ..UNBOUND }).await;
        });
        let expected = Operation::NspiUnbind;
        assert!(
            matches!(unbound, Err(Error::Status { operation, status: said }) if operation == expected && said == status)
        );
    }
}

#[tokio::test]
async fn response_that_cannot_be_read_fails_its_call_and_nothing_else() {
    let (session, mut server) = session(ConnectOptions::new()).await;
    let (broken, ()) = tokio::join!(session.update_stat(Stat::default()), async {
        let call = server.called().await;
        server.respond_octets(&call, &[1, 2, 3]).await;
    });
    let Err(Error::Response { operation, error }) = broken else { panic!("{broken:?}") };
    assert_eq!((operation, error.field()), (Operation::NspiUpdateStat, "SortType"));
    let (moved, ()) = tokio::join!(session.update_stat(Stat::default()), async {
        let call = server.called().await;
        server.respond(&call, &moved_to(0x20)).await;
    });
    moved.unwrap();
}

#[tokio::test]
async fn octets_that_are_no_pdu_end_the_connection() {
    let (session, mut server) = session(ConnectOptions::new()).await;
    let connection = session.connection().clone();
    let (one, two, ()) = tokio::join!(session.update_stat(Stat::default()), connection.bind(Stat::default()), async {
        let _calls = (server.called().await, server.called().await);
        server.say(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    });
    assert!(matches!(one, Err(Error::Protocol(_))), "{one:?}");
    assert!(matches!(two, Err(Error::Protocol(_))), "{two:?}");
    assert_eq!(server.next().await, Happened::Closed);
    let later = connection.bind(Stat::default()).await;
    assert!(matches!(later, Err(Error::Protocol(_))), "{later:?}");
    assert!(matches!(connection.close().await, Err(Error::Protocol(_))));
}

#[tokio::test]
async fn answer_to_no_call_ends_the_connection() {
    let (connection, mut server) = fake::open(ConnectOptions::new()).await;
    // A response to call 99, which was never made.
    server.say(&[5, 0, 2, 3, 0x10, 0, 0, 0, 24, 0, 0, 0, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).await;
    assert_eq!(server.next().await, Happened::Closed);
    assert!(matches!(connection.bind(Stat::default()).await, Err(Error::Protocol(_))));
}

#[tokio::test]
async fn server_that_closes_is_told_as_such() {
    let (session, mut server) = session(ConnectOptions::new()).await;
    let connection = session.connection().clone();
    let (lost, ()) = tokio::join!(session.update_stat(Stat::default()), async {
        server.called().await;
        drop(server);
    });
    assert!(matches!(lost, Err(Error::Disconnected(_))), "{lost:?}");
    assert!(session.connection().is_closed());
    assert!(matches!(connection.bind(Stat::default()).await, Err(Error::Disconnected(_))));
    assert_eq!(connection.sessions(), 0);
}

#[tokio::test(start_paused = true)]
async fn late_call_is_given_up_and_the_connection_goes_on() {
    let (session, mut server) = session(ConnectOptions::new().call_timeout(Duration::from_secs(5))).await;
    let before = tokio::time::Instant::now();
    let late = session.update_stat(Stat::default()).await;
    let what = Waiting::Call(Operation::NspiUpdateStat);
    assert!(matches!(late, Err(Error::Timeout { what: said, .. }) if said == what), "{late:?}");
    assert_eq!(before.elapsed().as_secs(), 5);
    let call = server.called().await;
    assert_eq!(server.next().await, Happened::Orphaned(call.id));
    let (moved, ()) = tokio::join!(session.update_stat(Stat::default()), async {
        let call = server.called().await;
        server.respond(&call, &moved_to(0x20)).await;
    });
    moved.unwrap();
}

#[tokio::test(start_paused = true)]
async fn each_call_has_its_own_time() {
    let (session, mut server) = session(ConnectOptions::new().call_timeout(Duration::from_secs(5))).await;
    let second = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        let began = tokio::time::Instant::now();
        (session.update_stat(Stat::default()).await.unwrap_err(), began.elapsed().as_secs())
    };
    let began = tokio::time::Instant::now();
    let first = async { (session.update_stat(Stat::default()).await.unwrap_err(), began.elapsed().as_secs()) };
    let (first, second) = tokio::join!(first, second);
    assert_eq!((first.1, second.1), (5, 5), "{first:?} {second:?}");
    assert!(server.called().await.is(Operation::NspiUpdateStat));
}

#[tokio::test]
async fn close_waits_for_what_is_queued() {
    let (session, mut server) = session(ConnectOptions::new()).await;
    let connection = session.connection().clone();
    let request = NspiUpdateStatRequest { handle: session.handle(), ..Default::default() };
    let (moved, unbound, closed, ()) =
        tokio::join!(connection.call(request), session.unbind(), connection.clone().close(), async {
            let (moves, unbind) = (server.called().await, server.called().await);
            assert_eq!(unbind.unbinds(), handle(1));
            server.respond(&moves, &moved_to(0x20)).await;
            server.respond(&unbind, &UNBOUND).await;
            assert_eq!(server.next().await, Happened::Closed);
        });
    moved.unwrap();
    unbound.unwrap();
    closed.unwrap();
    assert!(matches!(connection.bind(Stat::default()).await, Err(Error::Closed)));
    connection.close().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn close_does_not_wait_forever_for_a_server_that_neither_reads_nor_answers() {
    let (ours, theirs) = duplex(128); // takes one call, and not the next
    let mut server = Fake::new(theirs, Offer::ndr20(interface::INTERFACE));
    let options = ConnectOptions::new().call_timeout(Duration::from_secs(5));
    let (opened, _) = tokio::join!(Connection::open_over(ours, "stuck", options), server.next());
    let connection = opened.unwrap();
    let began = tokio::time::Instant::now();
    let (one, two, closed) =
        tokio::join!(connection.bind(Stat::default()), connection.bind(Stat::default()), connection.clone().close(),);
    closed.unwrap();
    assert!(matches!((one, two), (Err(Error::Timeout { .. }), Err(Error::Timeout { .. }))));
    assert!(began.elapsed() <= Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test]
async fn everything_may_come_octet_by_octet() {
    let (ours, theirs) = duplex(1);
    let mut server = Fake::new(theirs, Offer::ndr20(interface::INTERFACE));
    let options = ConnectOptions::new();
    let (opened, _) = tokio::join!(Connection::open_over(ours, "slow", options), server.next());
    let connection = opened.unwrap();
    let (session, ()) = tokio::join!(connection.bind(Stat::default()), async {
        let bind = server.called().await;
        server.respond(&bind, &bound(1)).await;
    });
    let (unbound, ()) = tokio::join!(session.unwrap().unbind(), async {
        let unbind = server.called().await;
        server.respond(&unbind, &UNBOUND).await;
    });
    unbound.unwrap();
}

#[tokio::test]
async fn calls_can_be_made_from_spawned_tasks() {
    let lab = Lab::start().await;
    let connection = lab.connect().await;
    let tasks = (0..20).map(|_| {
        let connection = connection.clone();
        tokio::spawn(async move {
            let session = connection.bind(Stat::default()).await?;
            let request = NspiQueryRowsRequest { count: 50, ..Default::default() };
            let lent = session.call_with(request, |response| response.rows.map_or(0, |rows| rows.len())).await?;
            let kept = session.query_rows(Stat::default(), 50, &[tags::DISPLAY_NAME]).await?.rows.len();
            session.unbind().await?;
            Ok::<_, Error>((lent, kept))
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        let (lent, kept) = task.await.unwrap().unwrap();
        assert!(lent > 1 && lent == kept, "{lent} {kept}");
    }
    assert_eq!((lab.handle.sessions(), lab.handle.connections()), (0, 1));
}

#[tokio::test]
async fn connection_closes_when_its_last_handle_goes() {
    let (session, mut server) = session(ConnectOptions::new()).await;
    drop(session);
    let unbind = server.called().await;
    server.respond(&unbind, &UNBOUND).await;
    assert_eq!(server.next().await, Happened::Closed);
}

#[tokio::test]
async fn raw_call_lends_the_response_whatever_it_says() {
    let lab = Lab::with_cap(0).await;
    let connection = lab.connect().await;
    let said = connection.raw_call_with(NspiBindRequest::default(), |response| response).await.unwrap();
    assert_eq!((said.status, said.server_guid), (Status::LOGON_FAILED, None));
    assert!(said.handle.is_null());
}

#[tokio::test]
async fn large_table_comes_in_small_fragments() {
    let lab = Lab::start().await;
    let connection = Connection::open(lab.address, alice().max_fragment(0)).await.unwrap();
    let session = connection.bind(Stat::default()).await.unwrap();
    let all = session.query_rows(Stat::default(), 1000, &[]).await.unwrap();
    let request = NspiQueryRowsRequest { count: 1000, ..Default::default() };
    let lent = session.call_with(request, |response| response.rows.map_or(0, |rows| rows.len())).await.unwrap();
    assert!(all.rows.len() > 5, "{}", all.rows.len());
    assert_eq!(all.rows.len(), lent);
    let octets: usize = all.rows.iter().map(|row| row.values.len() * 20).sum();
    assert!(octets > 1_432, "{octets}");
    session.unbind().await.unwrap();
}

#[tokio::test]
async fn hierarchy_and_places_come_from_a_real_server() {
    let lab = Lab::start().await;
    let session = lab.connect().await.bind(Stat::default()).await.unwrap();
    let table = session.special_table(Stat::default(), nspi_proto::nspi::SpecialTableFlags::UNICODE_STRINGS).await;
    assert!(!table.unwrap().rows.is_empty());
    let moved = session.call(NspiUpdateStatRequest {
        stat: Stat { delta: 2, ..Stat::default() },
        delta: Some(0),
        ..Default::default()
    });
    assert_eq!(moved.await.unwrap().delta, Some(2));
    session.unbind().await.unwrap();
}
