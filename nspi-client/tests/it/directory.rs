//! The address book as people think of it: pages, persons, containers.

use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::SystemTime;

use futures_core::Stream as _;
use nspi_client::directory::{GLOBAL_ADDRESS_LIST, Meant, Person};
use nspi_client::{ConnectOptions, Error, Restriction, Session, Stat};
use nspi_proto::nspi::property::{FileTime, PropertyRowSet, PropertyValue, Value, tags};
use nspi_proto::nspi::{DisplayType, MinimalId, NspiQueryRowsResponse, PropertyRowBuf, PropertyValueBuf, Status};

use crate::fake::{self, bound};
use crate::lab::Lab;

async fn session() -> (Lab, Session) {
    let lab = Lab::start().await;
    let session = lab.connect().await.bind(Stat::default()).await.unwrap();
    (lab, session)
}

#[tokio::test]
async fn pages_together_are_the_whole_list_whatever_their_size() {
    let (_lab, session) = session().await;
    let mut whole = session.pages(GLOBAL_ADDRESS_LIST, Person::COLUMNS).page_size(1000);
    let whole_list = whole.next().await.unwrap().unwrap();
    assert!(whole.next().await.is_none());
    for size in [1, 7, 40, 41, 42] {
        let mut pages = session.pages(GLOBAL_ADDRESS_LIST, Person::COLUMNS).page_size(size);
        let mut list = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.unwrap();
            assert!(page.len() <= size as usize);
            list.extend(page);
        }
        assert_eq!(list, whole_list, "pages of {size}");
        assert_eq!(pages.total(), Some(41));
        assert!(pages.next().await.is_none(), "an end is an end");
    }
    drop(whole);
    session.unbind().await.unwrap();
}

#[tokio::test]
async fn pages_are_a_stream() {
    let (_lab, session) = session().await;
    let mut pages = session.pages(GLOBAL_ADDRESS_LIST, &[tags::DISPLAY_NAME]).page_size(10);
    let mut sizes = Vec::new();
    while let Some(page) = std::future::poll_fn(|context| Pin::new(&mut pages).poll_next(context)).await {
        sizes.push(page.unwrap().len());
    }
    drop(pages);
    assert_eq!(sizes, [10, 10, 10, 10, 1]);
    session.unbind().await.unwrap();
}

#[tokio::test]
async fn a_page_whose_reader_went_away_comes_to_the_next_one() {
    let (_lab, session) = session().await;
    let mut pages = session.pages(GLOBAL_ADDRESS_LIST, &[tags::DISPLAY_NAME]).page_size(1);
    {
        let mut next = pin!(pages.next());
        let polled = std::future::poll_fn(|context| Poll::Ready(next.as_mut().poll(context).is_pending())).await;
        assert!(polled);
    }
    let first = pages.next().await.unwrap().unwrap();
    assert_eq!(first[0].name().as_deref(), Some("Alice Adams"));
    drop(pages);
    session.unbind().await.unwrap();
}

#[tokio::test]
async fn pages_of_an_unknown_container_end_with_the_error() {
    let (_lab, session) = session().await;
    let mut pages = session.pages(MinimalId(0xFFFF), Person::COLUMNS);
    assert!(matches!(pages.next().await, Some(Err(Error::Status { status: Status::INVALID_BOOKMARK, .. }))));
    assert!(pages.next().await.is_none());
    drop(pages);
    session.unbind().await.unwrap();
}

#[tokio::test]
async fn a_server_that_does_not_move_on_is_not_asked_forever() {
    let (connection, mut server) = fake::open(ConnectOptions::new()).await;
    let (session, ()) = tokio::join!(connection.bind(Stat::default()), async {
        let bind = server.called().await;
        server.respond(&bind, &bound(1)).await;
    });
    let session = session.unwrap();
    let mut pages = session.pages(GLOBAL_ADDRESS_LIST, &[tags::DISPLAY_NAME]);
    let (page, ()) = tokio::join!(pages.next(), async {
        let call = server.called().await;
        let mut rows = PropertyRowSet::default();
        rows.push_row([PropertyValue::new(tags::DISPLAY_NAME, Value::from("Ann"))]);
        let stuck = NspiQueryRowsResponse { stat: Stat::default(), rows: Some(rows), status: Status::SUCCESS };
        server.respond(&call, &stuck).await;
    });
    assert!(matches!(page, Some(Err(Error::Stalled { .. }))), "{page:?}");
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn the_hierarchy_begins_with_the_global_address_list() {
    let (_lab, session) = session().await;
    let containers = session.containers().await.unwrap();
    assert_eq!((containers[0].id, containers[0].depth, containers[0].parent), (GLOBAL_ADDRESS_LIST, 0, None));
    for container in &containers {
        let mut pages = session.pages(container.id, &[tags::DISPLAY_NAME]);
        assert!(pages.next().await.unwrap().is_ok(), "{container:?}");
    }
    session.unbind().await.unwrap();
}

#[tokio::test]
async fn names_lead_to_persons_and_persons_to_their_managers() {
    let (_lab, session) = session().await;
    let meant = session.resolve(GLOBAL_ADDRESS_LIST, &["bob", "a", "zzz"], Person::COLUMNS).await.unwrap();
    let [Meant::One(bob), Meant::Several, Meant::Nobody] = &meant[..] else { panic!("{meant:?}") };
    assert_eq!((bob.title().as_deref(), bob.kind()), (Some("Head of Engineering"), Some(DisplayType::MAIL_USER)));

    let id = bob.id().unwrap();
    let manager = session.links(id, tags::MANAGER, 1, Person::COLUMNS).await.unwrap();
    assert_eq!(manager[0].mail().as_deref(), Some("alice@acme.test"));
    let above = session.links(manager[0].id().unwrap(), tags::MANAGER, 1, Person::COLUMNS).await.unwrap();
    assert_eq!(above, [], "nobody manages the managing director");

    let whole = session.person(id).await.unwrap();
    assert_eq!(whole.texts(tags::PROXY_ADDRESSES), ["SMTP:bob@acme.test", "smtp:bob@mail.acme.test"]);
    assert_eq!(whole.find("surname").map(ToString::to_string).as_deref(), Some("Baker"));
    assert!(whole.properties().count() > bob.properties().count());

    let found = session.search(GLOBAL_ADDRESS_LIST, "all", 100, &[tags::DISPLAY_NAME]).await.unwrap();
    assert_eq!(found.len(), 7);
    assert!(found.iter().all(|list| list.id().is_some()));
    session.unbind().await.unwrap();
}

#[test]
fn properties_are_read_as_what_they_are_and_nothing_else() {
    let person = Person::from(PropertyRowBuf {
        values: [
            PropertyValue::new(tags::DISPLAY_NAME, Value::from("Ann")),
            PropertyValue::new(tags::CREATION_TIME, Value::Time(FileTime(116_444_736_000_000_000))),
            PropertyValue::new(tags::SEND_RICH_INFO, Value::Boolean(1)),
            PropertyValue::new(tags::INSTANCE_KEY, Value::Binary(Some(&[0x10, 0, 0, 0]))),
            PropertyValue::error(tags::TITLE, Status::NOT_FOUND),
        ]
        .map(PropertyValueBuf::from)
        .into(),
    });
    assert_eq!(person.time(tags::CREATION_TIME), Some(SystemTime::UNIX_EPOCH));
    assert_eq!((person.flag(tags::SEND_RICH_INFO), person.id()), (Some(true), Some(MinimalId(0x10))));
    assert_eq!((person.title(), person.get(tags::TITLE)), (None, None));
    assert_eq!((person.number(tags::DISPLAY_NAME), person.text(tags::SEND_RICH_INFO)), (None, None));
    assert_eq!(person.properties().count(), 4);
}

#[tokio::test]
async fn restrictions_are_said_as_people_say_them() {
    let (lab, session) = session().await;
    let heads = Restriction::starts_with(tags::TITLE, "head OF");
    let elsewhere = Restriction::equal(tags::DEPARTMENT_NAME, Value::from("Finance"));
    let wanted = Restriction::all([heads, Restriction::none(elsewhere)]);
    let found = session.get_matches(Stat::default(), wanted, 10, &[tags::TITLE]).await.unwrap();
    let mut titles: Vec<String> = found.rows.into_iter().map(|row| row.values[0].value.to_string()).collect();
    titles.sort();
    assert_eq!(titles, ["Head of Engineering", "Head of Research", "Head of Sales"]);
    session.unbind().await.unwrap();
    assert_eq!(lab.handle.sessions(), 0);
}
