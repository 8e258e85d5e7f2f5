//! S02, explicit tables: NspiGetMatches, NspiResortRestriction and NspiCompareMIds.

use nspi_proto::nspi::property::{PropertyName, PropertyValue, Value, tags};
use nspi_proto::nspi::{
    FuzzyLevel, MinimalId, NspiGetMatchesRequest, RelationalOperator, Restriction, SortType, Stat, Status,
};
use nspi_server::address_book::PS_MAPI;

use super::lab::{ALICE_DN, BOB_DN, Lab, NOWHERE, STAFF_DN, at, matching, name, referred, stat};

const NAME: [nspi_proto::nspi::PropertyTag; 1] = [tags::DISPLAY_NAME];

fn title_is(text: &str) -> Restriction<'_> {
    let value = Some(PropertyValue::new(tags::TITLE, Value::from(text)));
    Restriction::Property { operator: RelationalOperator::EQUAL, tag: tags::TITLE, value }
}

fn name_begins_with(text: &str) -> Restriction<'_> {
    let fuzzy_level = FuzzyLevel::PREFIX | FuzzyLevel::IGNORE_CASE;
    Restriction::Content { fuzzy_level, tag: tags::DISPLAY_NAME, value: Some(name(text)) }
}

#[tokio::test]
async fn s02_tc19_get_matches_takes_the_sort_types_of_tables_and_of_object_lists() {
    let lab = Lab::open().await;
    let everybody = || Restriction::exists(tags::ENTRY_ID);
    let by_name = lab.filtered(everybody(), &NAME).await;
    for sort_type in [SortType::DISPLAY_NAME_READ_ONLY, SortType::DISPLAY_NAME_WRITABLE] {
        let sent = Stat { sort_type, ..stat() };
        let table = lab.matches(matching(sent, everybody(), &NAME)).await;
        assert_eq!((table.names(), table.stat), (by_name.names(), sent));
    }
    // What the group's members are, to read.
    let staff = at(lab.id_of(STAFF_DN).await);
    assert_eq!(lab.matches(referred(staff, tags::MEMBER, &NAME)).await.names(), ["Alice Adams", "Bob Baker"]);
    lab.close().await;
}

#[tokio::test]
async fn s02_tc20_get_matches_rows_belong_to_its_mids_and_the_stat_stays() {
    let lab = Lab::open().await;
    let request = matching(stat(), Restriction::exists(tags::TITLE), &NAME);
    let table = lab.matches(request.clone()).await;
    let ids = table.ids.clone().unwrap();
    assert_eq!((ids.len(), table.rows().len(), table.stat), (3, 3, stat()));
    for (id, row) in ids.iter().zip(table.rows()) {
        let (props, _) = lab.props(nspi_proto::nspi::RetrieveFlags::empty(), at(*id), &NAME).await;
        assert_eq!(props.as_ref(), Some(row));
    }
    let same = lab.matches(NspiGetMatchesRequest { reserved2: 0xABCD, ..request.clone() }).await;
    assert_eq!(same, table, "Reserved2 is ignored");
    let just_enough = lab.matches(NspiGetMatchesRequest { requested: 3, ..request }).await;
    assert_eq!(just_enough, table);
    lab.close().await;
}

#[tokio::test]
async fn s02_tc21_get_matches_rows_are_those_of_query_rows_over_its_mids() {
    let lab = Lab::open().await;
    let columns = [tags::ENTRY_ID, tags::DISPLAY_NAME, tags::DISPLAY_TYPE];
    let table = lab.filtered(Restriction::exists(tags::SMTP_ADDRESS), &columns).await;
    let rows = lab.rows_of(table.ids.as_deref().unwrap(), table.stat, &columns).await;
    assert_eq!(rows.rows, table.rows);
    lab.close().await;
}

#[tokio::test]
async fn s02_tc22_resort_restriction_sorts_by_display_name() {
    let lab = Lab::open().await;
    let mixed = lab.ids_of(&[STAFF_DN, BOB_DN, ALICE_DN], 0).await;
    let sorted = lab.resort(stat(), &mixed, 0, None).await;
    let expected: Vec<MinimalId> = mixed.iter().rev().copied().collect();
    assert_eq!((sorted.ids.as_ref(), sorted.status), (Some(&expected), Status::SUCCESS));
    assert_eq!(sorted.stat.total_recs, 3);
    assert_eq!(lab.rows_of(&expected, stat(), &NAME).await.names(), ["Alice Adams", "Bob Baker", "Staff"]);
    lab.close().await;
}

#[tokio::test]
async fn s02_tc23_resort_restriction_drops_what_does_not_exist() {
    let lab = Lab::open().await;
    let ids = lab.ids_of(&[BOB_DN, ALICE_DN], 0).await;
    let sorted = lab.resort(stat(), &[ids[0], NOWHERE, ids[1], MinimalId(0)], 0, None).await;
    assert_eq!((sorted.ids, sorted.stat.total_recs), (Some(vec![ids[1], ids[0]]), 2));
    lab.close().await;
}

#[tokio::test]
async fn s02_tc24_resort_restriction_ignores_reserved_and_the_table_that_comes_in() {
    let lab = Lab::open().await;
    let ids = lab.ids_of(&[BOB_DN, ALICE_DN], 0).await;
    let usual = lab.resort(stat(), &ids, 0, None).await;
    assert_eq!(lab.resort(stat(), &ids, 0xABCD, None).await, usual);
    assert_eq!(lab.resort(stat(), &ids, 0, Some(&[NOWHERE])).await, usual);
    lab.close().await;
}

#[tokio::test]
async fn s02_tc25_a_current_row_that_is_not_in_the_table_becomes_its_beginning() {
    let lab = Lab::open().await;
    let ids = lab.ids_of(&[BOB_DN, ALICE_DN, STAFF_DN], 0).await;
    let kept = lab.resort(at(ids[0]), &ids[..2], 0, None).await.stat;
    assert_eq!((kept.current_rec, kept.num_pos), (ids[0], 1));
    let sent = Stat { num_pos: 7, delta: 4, ..at(ids[2]) };
    let lost = lab.resort(sent, &ids[..2], 0, None).await.stat;
    let expected = Stat { current_rec: MinimalId::BEGINNING_OF_TABLE, num_pos: 0, total_recs: 2, ..sent };
    assert_eq!(lost, expected, "nothing else changes");
    lab.close().await;
}

#[tokio::test]
async fn s02_tc26_compare_mids_tells_which_row_comes_first() {
    let lab = Lab::open().await;
    let ids = lab.ids_of(&[ALICE_DN, BOB_DN], 0).await;
    for (a, b, expected) in [(0, 1, -1), (1, 0, 1), (1, 1, 0)] {
        let (result, status) = lab.compare(stat(), ids[a], ids[b], 0).await;
        assert_eq!((result.signum(), status), (expected, Status::SUCCESS));
    }
    lab.close().await;
}

#[tokio::test]
async fn s02_tc27_compare_mids_ignores_reserved() {
    let lab = Lab::open().await;
    let ids = lab.ids_of(&[ALICE_DN, BOB_DN], 0).await;
    assert_eq!(lab.compare(stat(), ids[0], ids[1], 0).await, lab.compare(stat(), ids[0], ids[1], 0xABCD).await);
    lab.close().await;
}

#[tokio::test]
async fn s02_tc31_get_matches_evaluates_each_kind_of_restriction() {
    let lab = Lab::open().await;
    let cases: [(Restriction<'_>, &[&str]); 6] = [
        (Restriction::exists(tags::DEPARTMENT_NAME), &["Alice Adams"]),
        (title_is("Tester"), &["Bob Baker"]),
        (name_begins_with("re"), &["Remote Rita"]),
        (Restriction::And(Some(vec![Restriction::exists(tags::TITLE), name_begins_with("A")])), &["Alice Adams"]),
        (Restriction::Or(Some(vec![title_is("Tester"), name_begins_with("N")])), &["Bob Baker", "News"]),
        (
            Restriction::And(Some(vec![
                Restriction::exists(tags::TITLE),
                Restriction::Not(Some(Box::new(title_is("Tester")))),
            ])),
            &["Alice Adams", "Zoë Ångström"],
        ),
    ];
    for (filter, expected) in cases {
        let table = lab.filtered(filter.clone(), &NAME).await;
        assert_eq!(table.names(), expected, "{filter:?}");
        assert_eq!(table.ids.unwrap().len(), expected.len());
        assert_eq!(table.stat, stat());
    }
    // And those of one object's property: the STAT's container is the object then.
    let bob = at(lab.id_of(BOB_DN).await);
    let sent = referred(bob, tags::MANAGER, &NAME);
    let table = lab.matches(sent.clone()).await;
    assert_eq!(table.names(), ["Alice Adams"]);
    assert_eq!(table.stat, Stat { container_id: bob.current_rec, ..sent.stat });
    lab.close().await;
}

#[tokio::test]
async fn s02_tc39_get_matches_of_an_object_ignores_delta_and_container() {
    let lab = Lab::open().await;
    let staff = at(lab.id_of(STAFF_DN).await);
    let member = PropertyName { guid: Some(PS_MAPI), reserved: 0, id: tags::MEMBER.0.cast_signed() };
    let mut answers = Vec::new();
    for (delta, container) in [(1, MinimalId(1)), (2, MinimalId(tags::DISPLAY_NAME.0)), (0, NOWHERE)] {
        let request = referred(staff, tags::MEMBER, &NAME);
        let stat = Stat { delta, container_id: container, ..request.stat };
        let table = lab.matches(NspiGetMatchesRequest { stat, property_name: Some(member), ..request }).await;
        assert_eq!(table.stat, Stat { container_id: staff.current_rec, ..stat });
        answers.push((table.names(), table.ids));
    }
    assert_eq!(answers[0].0, ["Alice Adams", "Bob Baker"]);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    // A property that refers to nobody is another matter.
    let refused = referred(staff, tags::DISPLAY_NAME, &NAME);
    lab.matches(refused.clone()).await.assert_refused(refused.stat, Status::NOT_SUPPORTED);
    lab.close().await;
}
