//! Opening a connection: who is let in, and what is agreed on.

use std::time::Duration;

use nspi_client::{
    AuthLevel, ConnectOptions, Connection, Credentials, Error, Mechanism, Stat, TransferSyntaxes, Waiting,
};
use nspi_proto::dcerpc::{AssocGroupId, NakReason, Offer, RejectReason};
use nspi_proto::epm::{self, EptMapResponse};
use nspi_proto::ndr::{AnyOrder, ContextHandle};
use nspi_proto::nspi::property::tags;
use nspi_proto::nspi::{NspiUnbindRequest, NspiUpdateStatRequest, interface};
use nspi_server::config::CommandLine;
use tokio::io::duplex;
use tokio::net::TcpListener;

use crate::fake::Fake;
use crate::lab::{LEVELS, Lab, alice};

async fn permissive() -> Lab {
    Lab::with(CommandLine { min_auth_level: Some(AuthLevel::Connect), ..CommandLine::default() }).await
}

#[tokio::test]
async fn right_password_is_taken_at_each_level() {
    let lab = permissive().await;
    for level in LEVELS {
        let connection = Connection::open(lab.address, alice().level(level)).await.unwrap();
        let session = connection.bind(Stat::default()).await.unwrap_or_else(|error| panic!("{level}: {error}"));
        assert!(!session.query_rows(Stat::default(), 5, &[]).await.unwrap().rows.is_empty(), "{level}");
        session.unbind().await.unwrap();
        connection.close().await.unwrap();
    }
}

#[tokio::test]
async fn wrong_password_is_told_as_such_at_each_level() {
    let lab = permissive().await;
    for level in LEVELS {
        let options = alice().credentials(Credentials::ntlm("ACME", "alice", "wrong")).level(level);
        let connection = Connection::open(lab.address, options).await.unwrap();
        let refused = connection.bind(Stat::default()).await.unwrap_err();
        assert!(matches!(refused, Error::NotAuthenticated(_)), "{level}: {refused:?}");
        let text = refused.to_string();
        assert!(text.contains(r"ACME\alice") && text.contains("password is wrong"), "{text}");
        assert!(text.contains("not the session cap"), "{text}");
    }
    assert_eq!(lab.handle.totals().opened, 0);
}

#[tokio::test]
async fn negotiate_proves_the_same_user_at_each_level() {
    let lab = permissive().await;
    for level in LEVELS {
        let connection =
            Connection::open(lab.address, alice().mechanism(Mechanism::Negotiate).level(level)).await.unwrap();
        let session = connection.bind(Stat::default()).await.unwrap();
        assert_eq!(lab.handle.sessions_by_user(), [(r"ACME\alice".to_owned(), 1)], "{level}");
        session.unbind().await.unwrap();
    }
}

#[tokio::test]
async fn negotiate_tells_a_wrong_password_when_it_opens() {
    let lab = permissive().await;
    for level in LEVELS {
        let wrong = alice().credentials(Credentials::ntlm("ACME", "alice", "wrong"));
        let refused =
            Connection::open(lab.address, wrong.mechanism(Mechanism::Negotiate).level(level)).await.unwrap_err();
        assert!(matches!(refused, Error::NotAuthenticated(_)), "{level}: {refused:?}");
    }
}

#[tokio::test]
async fn level_below_the_servers_is_told_as_such() {
    let lab = Lab::start().await;
    let connection = Connection::open(lab.address, alice().level(AuthLevel::Connect)).await.unwrap();
    let refused = connection.bind(Stat::default()).await.unwrap_err().to_string();
    assert!(refused.contains("a higher level than connect"), "{refused}");
}

#[tokio::test]
async fn caller_without_credentials_is_told_so() {
    let lab = Lab::start().await;
    let connection = Connection::open(lab.address, ConnectOptions::new()).await.unwrap();
    let refused = connection.bind(Stat::default()).await.unwrap_err().to_string();
    assert!(refused.contains("refuses callers without credentials"), "{refused}");
}

#[tokio::test]
async fn mapper_tells_the_port() {
    let lab = Lab::start().await;
    let options = alice().mapper_port(lab.mapper.port());
    let connection = Connection::open_through_mapper("127.0.0.1", options).await.unwrap();
    assert_eq!(connection.server(), lab.address.to_string());
    connection.bind(Stat::default()).await.unwrap().unbind().await.unwrap();
}

#[tokio::test]
async fn mapper_that_does_not_know_nspi_is_told_as_such() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let options = alice().mapper_port(port);
    let (opened, ()) = tokio::join!(Connection::open_through_mapper("127.0.0.1", options), async {
        let (stream, _) = listener.accept().await.unwrap();
        let mut mapper = Fake::new(stream, Offer::ndr20(epm::INTERFACE));
        mapper.next().await;
        let question = mapper.called().await;
        let status = epm::Status::NOT_REGISTERED;
        let answer = EptMapResponse { entry_handle: ContextHandle::NULL, max_towers: 4, towers: vec![], status };
        let mut stub = Vec::new();
        answer.encode(AnyOrder::NDR20, &mut stub).unwrap();
        mapper.respond_octets(&question, &stub).await;
    });
    let expected = epm::Status::NOT_REGISTERED;
    assert!(matches!(opened, Err(Error::NoEndpoint { status, .. }) if status == expected));
}

#[tokio::test]
async fn nobody_who_listens_is_told_as_such() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let refused = Connection::open(address, alice()).await.unwrap_err();
    assert!(matches!(&refused, Error::Connect { server, .. } if *server == address.to_string()), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn server_that_never_answers_the_bind_takes_too_long() {
    let (ours, _theirs) = duplex(4096);
    let options = ConnectOptions::new().connect_timeout(Duration::from_secs(3));
    let began = tokio::time::Instant::now();
    let opened = Connection::open_over(ours, "silent", options).await;
    assert!(matches!(opened, Err(Error::Timeout { what: Waiting::Connect, .. })), "{opened:?}");
    assert_eq!(began.elapsed().as_secs(), 3);
}

#[tokio::test]
async fn bind_nak_is_told_with_its_reason() {
    let (ours, theirs) = duplex(4096);
    let mut server = Fake::new(theirs, Offer::ndr20(interface::INTERFACE));
    let (opened, ()) = tokio::join!(
        Connection::open_over(ours, "fake", ConnectOptions::new()),
        server.refuse(NakReason::LOCAL_LIMIT_EXCEEDED)
    );
    assert!(matches!(opened, Err(Error::BindRefused(NakReason::LOCAL_LIMIT_EXCEEDED))), "{opened:?}");
}

#[tokio::test]
async fn server_of_another_interface_is_told_as_such() {
    let (ours, theirs) = duplex(4096);
    let mut server = Fake::new(theirs, Offer::ndr20(epm::INTERFACE));
    let (opened, _) = tokio::join!(Connection::open_over(ours, "fake", ConnectOptions::new()), server.next());
    let expected = RejectReason::ABSTRACT_SYNTAX_NOT_SUPPORTED;
    assert!(matches!(opened, Err(Error::InterfaceRefused(reason)) if reason == expected), "{opened:?}");
}

#[tokio::test]
async fn session_is_good_on_each_connection_of_its_group() {
    let lab = Lab::start().await;
    let first = lab.connect().await;
    let second = Connection::open(lab.address, alice().group(first.group())).await.unwrap();
    assert_eq!(first.group(), second.group());
    let session = first.bind(Stat::default()).await.unwrap();
    let request = NspiUpdateStatRequest { handle: session.handle(), ..Default::default() };
    second.call(request).await.unwrap();
    second.call(NspiUnbindRequest { handle: session.handle(), reserved: 0 }).await.unwrap();
    assert_eq!(lab.handle.sessions(), 0);
    let gone = session.unbind().await;
    assert!(matches!(gone, Err(Error::Fault(_))), "{gone:?}");
}

#[tokio::test]
async fn group_that_does_not_exist_cannot_be_joined() {
    let lab = Lab::start().await;
    let opened = Connection::open(lab.address, alice().group(AssocGroupId(0x0BAD_CAFE))).await;
    assert!(matches!(opened, Err(Error::BindRefused(_))), "{opened:?}");
}

#[tokio::test]
async fn level_none_leaves_the_credentials_at_home() {
    let lab = Lab::start().await;
    let connection = Connection::open(lab.address, alice().level(AuthLevel::None)).await.unwrap();
    assert_eq!(connection.user(), None);
    let refused = connection.bind(Stat::default()).await.unwrap_err().to_string();
    assert!(refused.contains("without credentials"), "{refused}");
}

#[tokio::test]
async fn session_is_unknown_on_a_connection_of_another_group() {
    let lab = Lab::start().await;
    let (first, second) = (lab.connect().await, lab.connect().await);
    let session = first.bind(Stat::default()).await.unwrap();
    let request = NspiUpdateStatRequest { handle: session.handle(), ..Default::default() };
    assert!(matches!(second.call(request).await, Err(Error::Fault(_))));
    session.unbind().await.unwrap();
}

#[tokio::test]
async fn ndr64_is_spoken_where_it_is_wanted() {
    let lab = Lab::start().await;
    let mut found = Vec::new();
    for (wanted, agreed) in [
        (TransferSyntaxes::Ndr20, AnyOrder::NDR20),
        (TransferSyntaxes::Ndr64, AnyOrder::NDR64),
        (TransferSyntaxes::Either, AnyOrder::NDR20),
    ] {
        let connection = Connection::open(lab.address, alice().transfer_syntaxes(wanted)).await.unwrap();
        assert_eq!(connection.syntax(), agreed, "{wanted:?}");
        let session = connection.bind(Stat::default()).await.unwrap();
        found.push(session.query_rows(Stat::default(), 10, &[tags::DISPLAY_NAME]).await.unwrap());
        session.unbind().await.unwrap();
    }
    assert!(found[0].rows.len() > 1);
    assert!(found.iter().all(|rows| *rows == found[0]));
}

#[tokio::test]
async fn server_without_ndr64_is_told_as_such() {
    let (ours, theirs) = duplex(4096);
    let mut server = Fake::new(theirs, Offer::ndr20(interface::INTERFACE));
    let options = ConnectOptions::new().transfer_syntaxes(TransferSyntaxes::Ndr64);
    let (opened, _) = tokio::join!(Connection::open_over(ours, "fake", options), server.next());
    let expected = RejectReason::TRANSFER_SYNTAXES_NOT_SUPPORTED;
    assert!(matches!(opened, Err(Error::InterfaceRefused(reason)) if reason == expected), "{opened:?}");
}
