//! A method for each operation, against the real server.

use std::cmp::Ordering;

use nspi_client::{Error, Session, Stat};
use nspi_proto::nspi::property::tags;
use nspi_proto::nspi::{
    DisplayType, FlatUid, IdsFromNamesFlags, MinimalId, ModLinkFlags, PropertyName, PropertyTag, PropertyType,
    PropertyValue, Status, TemplateInfoFlags, Value,
};

use crate::lab::Lab;

async fn session() -> (Lab, Session) {
    let lab = Lab::start().await;
    let session = lab.connect().await.bind(Stat::default()).await.unwrap();
    (lab, session)
}

/// The object of an account.
async fn object(session: &Session, account: &str) -> MinimalId {
    let name = format!("/o=ACME/ou=First Administrative Group/cn=Recipients/cn={account}");
    let ids = session.dn_to_mid(&[&name]).await.unwrap();
    assert!(ids[0] >= MinimalId::FIRST_OBJECT);
    ids[0]
}

fn status<T: std::fmt::Debug>(answer: Result<T, Error>) -> Status {
    match answer {
        Err(Error::Status { status, .. }) => status,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn links_are_the_objects_that_a_property_refers_to() {
    let (_lab, session) = session().await;
    let bob = object(&session, "bob").await;
    let manager = session.get_links(bob, tags::MANAGER, 10, &[tags::ACCOUNT]).await.unwrap();
    assert_eq!(manager.rows[0].find(tags::ACCOUNT).unwrap().to_string(), "alice");
    assert_eq!(manager.stat.container_id, bob);
    let reports = session.get_links(bob, tags::REPORTS, 100, &[]).await.unwrap();
    assert_eq!((reports.ids.len(), reports.rows.len()), (8, 0));
    assert_eq!(status(session.get_links(bob, tags::REPORTS, 3, &[]).await), Status::TABLE_TOO_BIG);
    assert_eq!(status(session.get_links(bob, tags::TITLE, 3, &[]).await), Status::NOT_SUPPORTED);
    session.unbind().await.unwrap();
}

#[tokio::test]
async fn explicit_tables_are_sorted_without_those_that_do_not_exist() {
    let (_lab, session) = session().await;
    let [alice, bob] = [object(&session, "alice").await, object(&session, "bob").await];
    let sorted = session.resort_restriction(Stat::default(), &[bob, MinimalId(0xFFFF_0000), alice]).await.unwrap();
    assert_eq!((sorted.ids, sorted.stat.total_recs), (vec![alice, bob], 2));
    assert_eq!(session.compare_mids(Stat::default(), alice, bob).await.unwrap(), Ordering::Less);
    session.unbind().await.unwrap();
}

#[tokio::test]
async fn names_of_properties_lead_to_properties_and_back() {
    let (_lab, session) = session().await;
    // PS_MAPI {00020328-0000-0000-C000-000000000046}: its numbers are tags.
    let ps_mapi = FlatUid([0x28, 3, 2, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46]);
    let named = session.get_names_from_ids(Some(ps_mapi), &[tags::TITLE]).await.unwrap();
    assert_eq!((named.tags, named.names.len()), (vec![], 1));
    let unknown = PropertyName { guid: Some(FlatUid([7; 16])), reserved: 0, id: 1 };
    let known = named.names[0];
    let names = [known, unknown];
    let found = session.get_ids_from_names(IdsFromNamesFlags::empty(), &names).await.unwrap();
    assert_eq!(found, [tags::TITLE.with_type(PropertyType::UNSPECIFIED), PropertyTag(0x0000_000A)]);
    let refused = session.get_ids_from_names(IdsFromNamesFlags::VERIFY_NAMES, &names).await;
    assert_eq!(status(refused), Status::ACCESS_DENIED);
    session.unbind().await.unwrap();
}

#[tokio::test]
async fn eight_bit_names_are_resolved_in_the_code_page_of_the_stat() {
    let (_lab, session) = session().await;
    let columns = [tags::SMTP_ADDRESS];
    // é in windows-1252
    let resolved = session.resolve_names_ansi(Stat::default(), &[b"Jos\xe9", b"zzz"], &columns).await.unwrap();
    assert_eq!(resolved.outcomes, [MinimalId::RESOLVED, MinimalId::UNRESOLVED]);
    assert_eq!(resolved.rows[0].find(tags::SMTP_ADDRESS).unwrap().to_string(), "jose.munoz@acme.test");
    session.unbind().await.unwrap();
}

#[tokio::test]
async fn what_the_server_refuses_is_told_by_its_status() {
    let (_lab, session) = session().await;
    let bob = object(&session, "bob").await;
    let stat = Stat { current_rec: bob, ..Stat::default() };
    let title = [PropertyValue::new(tags::TITLE, Value::from("King"))];
    assert_eq!(status(session.mod_props(stat, &[tags::TITLE], &title).await), Status::ACCESS_DENIED);
    let staff = object(&session, "all.staff").await;
    let bob = session.get_props(stat, &[tags::ENTRY_ID]).await.unwrap();
    let Some(nspi_proto::nspi::ValueBuf::Binary(Some(entry_id))) = bob.find(tags::ENTRY_ID) else { panic!("{bob:?}") };
    let removed = session.mod_link_att(ModLinkFlags::DELETE, tags::MEMBER, staff, &[entry_id]).await;
    assert_eq!(status(removed), Status::ACCESS_DENIED);
    session.unbind().await.unwrap();
}

#[tokio::test]
async fn templates_are_asked_for_by_kind_and_by_name() {
    let (_lab, session) = session().await;
    let flags = TemplateInfoFlags::TEMPLATE;
    let nowhere = Stat { template_locale: nspi_proto::nspi::Lcid(0x7FFF), ..Stat::default() };
    let by_kind = session.get_template_info(nowhere, flags, DisplayType::MAIL_USER).await;
    assert_eq!(status(by_kind), Status::INVALID_LOCALE);
    let by_name = session.get_named_template(nowhere, flags, "/cn=no such template").await;
    assert_eq!(status(by_name), Status::INVALID_LOCALE);
    session.unbind().await.unwrap();
}
