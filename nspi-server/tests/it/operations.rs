//! Every operation over the wire, in an open session and in none.

use std::cmp::Ordering;
use std::net::SocketAddr;

use nspi_client::{ConnectOptions, Connection, Credentials, Error, Session};
use nspi_proto::dcerpc::FaultStatus;
use nspi_proto::ndr::ContextHandle;
use nspi_proto::nspi::property::{PropertyRowBuf, PropertyTag, PropertyValue, tags};
use nspi_proto::nspi::{
    CodePage, DisplayType, Lcid, MinimalId, NspiDNToMIdRequest, NspiGetPropsRequest, NspiGetTemplateInfoRequest,
    NspiModPropsRequest, RelationalOperator, Restriction, RetrieveFlags, Stat, Status, Value,
};
use nspi_server::Server;
use nspi_server::config::Settings;
use uuid::Uuid;

async fn connect() -> Connection {
    let mut settings = Settings::default();
    settings.listen.value = SocketAddr::from(([127, 0, 0, 1], 0));
    settings.endpoint_mapper.value = None;
    let server = Server::listen(settings).await.unwrap();
    let address = server.local_addr();
    tokio::spawn(server.serve_until(std::future::pending()));
    let options = ConnectOptions::new().credentials(Credentials::ntlm("ACME", "alice", "Passw0rd!A"));
    Connection::open(address, options).await.unwrap()
}

async fn session() -> Session {
    connect().await.bind(Stat::default()).await.unwrap()
}

fn status(error: Error) -> Status {
    match error {
        Error::Status { status, .. } => status,
        other => panic!("{other}"),
    }
}

fn text(row: &PropertyRowBuf, tag: PropertyTag) -> String {
    row.find(tag).unwrap().to_string()
}

#[tokio::test]
async fn the_client_calls_each_operation_that_it_has_a_method_for() {
    let session = session().await;
    let columns = [tags::DISPLAY_NAME, tags::EMAIL_ADDRESS];
    let name = |row: &PropertyRowBuf| text(row, tags::DISPLAY_NAME);

    let resolved = session.resolve_names(Stat::default(), &["bob", "a", "nobody"], &columns).await.unwrap();
    assert_eq!(resolved.outcomes, [MinimalId::RESOLVED, MinimalId::AMBIGUOUS, MinimalId::UNRESOLVED]);
    assert_eq!(name(&resolved.rows[0]), "Bob Baker");

    let value = Some(PropertyValue::new(tags::ANR, Value::from("bob")));
    let anr = Restriction::Property { operator: RelationalOperator::EQUAL, tag: tags::ANR, value };
    let found = session.get_matches(Stat::default(), anr, 10, &columns).await.unwrap();
    let bob = found.ids[0];
    assert_eq!((found.ids.len(), name(&found.rows[0])), (1, "Bob Baker".into()));

    let at_bob = Stat { current_rec: bob, ..Stat::default() };
    let row = session.get_props(at_bob, &columns).await.unwrap();
    assert_eq!(name(&row), "Bob Baker");
    let listed = session.get_prop_list(bob, RetrieveFlags::empty()).await.unwrap();
    assert_eq!(session.get_props(at_bob, &listed).await.unwrap().values.len(), listed.len());
    assert!(session.query_columns().await.unwrap().len() > listed.len());

    let ids = session.dn_to_mid(&[&text(&row, tags::EMAIL_ADDRESS), "/cn=nobody"]).await.unwrap();
    assert_eq!(ids, [bob, MinimalId(0)]);

    let sought = session.seek_entries(Stat::default(), "bob", &columns).await.unwrap();
    assert_eq!((sought.stat.current_rec, name(&sought.rows[0])), (bob, "Bob Baker".into()));
    let next = session.update_stat(Stat { delta: 1, ..sought.stat }).await.unwrap().stat.current_rec;
    assert_eq!(session.compare_mids(Stat::default(), bob, next).await.unwrap(), Ordering::Less);
    let past = session.seek_entries(Stat::default(), "\u{10FFFF}", &[]).await.unwrap_err();
    assert_eq!(status(past), Status::NOT_FOUND);
    session.unbind().await.unwrap();
}

#[tokio::test]
async fn operations_need_a_session_of_the_caller() {
    let connection = connect().await;
    let refused = |error: Error| match error {
        Error::Fault(status) => status,
        other => panic!("{other}"),
    };
    // No handle at all, as these requests are by default.
    let fault = connection.call(NspiGetPropsRequest::default()).await.map(|_| ()).unwrap_err();
    assert_eq!(refused(fault), FaultStatus::NULL_CONTEXT);
    let handle = ContextHandle { attributes: 0, uuid: Uuid::from_bytes([7; 16]) };
    let fault = connection.call(NspiDNToMIdRequest { handle, ..Default::default() }).await.map(|_| ()).unwrap_err();
    assert_eq!(refused(fault), FaultStatus::CONTEXT_MISMATCH);
}

#[tokio::test]
async fn what_is_refused_is_a_status_with_null_data() {
    let session = session().await;
    let bob = session.resolve_names(Stat::default(), &["bob"], &[tags::INSTANCE_KEY]).await.unwrap();
    assert_eq!(bob.rows.len(), 1);
    let stat = Stat { container_id: MinimalId(0xFFFF), ..Stat::default() };
    let answers = [
        session.resolve_names(stat, &["bob"], &[]).await.map(|_| ()),
        session.seek_entries(stat, "bob", &[]).await.map(|_| ()),
        session.get_matches(stat, Restriction::exists(tags::TITLE), 1, &[]).await.map(|_| ()),
        session.get_props(stat, &[tags::TITLE]).await.map(|_| ()),
        session.compare_mids(stat, MinimalId(0), MinimalId(0)).await.map(|_| ()),
    ];
    assert_eq!(answers.map(|answer| status(answer.unwrap_err())), [Status::INVALID_BOOKMARK; 5]);
    let change = session.call_with(NspiModPropsRequest::default(), |_| ()).await.unwrap_err();
    assert_eq!(status(change), Status::INVALID_PARAMETER);
    let template = NspiGetTemplateInfoRequest {
        handle: Default::default(),
        flags: Default::default(),
        display_type: DisplayType::MAIL_USER,
        distinguished_name: None,
        code_page: CodePage::WINDOWS_1252,
        locale: Lcid(0x40C),
    };
    assert_eq!(status(session.call_with(template, |_| ()).await.unwrap_err()), Status::INVALID_LOCALE);
    session.unbind().await.unwrap();
}

#[tokio::test]
async fn an_address_book_is_written_to_by_the_users_that_the_configuration_lets() {
    use nspi_proto::ndr::Multi;
    use nspi_proto::nspi::property::{Binary, PropertyTagArray, SingleRow};
    use nspi_server::testing::{BOB, TestServer};

    let mut settings = Settings::default();
    (settings.address_book.writable, settings.address_book.editors) = (true, vec![r"acme\BOB".into()]);
    let server = TestServer::configured(settings);
    for (login, may) in [(nspi_server::testing::ALICE, false), (BOB, true)] {
        let credentials = Credentials::ntlm(login.domain, login.user, login.password);
        let options = ConnectOptions::new().credentials(credentials);
        let session = Connection::open(server.address(), options).await.unwrap().bind(Stat::default()).await.unwrap();
        let found = session.dn_to_mid(&["/o=ACME/ou=First Administrative Group/cn=Recipients/cn=carol.clark"]).await;
        let tags = [tags::USER_X509_CERTIFICATE];
        let certificate = [Binary(Some(login.user.as_bytes()))];
        let value = PropertyValue::new(tags[0], Value::MultipleBinary(Some(Multi::from(&certificate[..]))));
        let change = NspiModPropsRequest {
            stat: Stat { current_rec: found.unwrap()[0], ..Stat::default() },
            removed: Some(PropertyTagArray::from(&tags[..])),
            row: SingleRow { values: Some(vec![value]), ..Default::default() },
            ..Default::default()
        };
        let changed = session.call_with(change, |_| ()).await;
        assert_eq!(changed.map_err(status), if may { Ok(()) } else { Err(Status::ACCESS_DENIED) });
        session.unbind().await.unwrap();
    }
    server.finish();
}
