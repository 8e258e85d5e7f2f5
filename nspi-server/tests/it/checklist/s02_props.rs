//! S02, one object: NspiGetProps, and what names it.

use nspi_proto::nspi::property::{PropertyTag, PropertyType, tags};
use nspi_proto::nspi::{
    DisplayType, EphemeralEntryId, PermanentEntryId, RetrieveFlags, SpecialTableFlags, Stat, Status,
};

use super::lab::{ALICE_DN, BOB_DN, Lab, STAFF_DN, at, octets, stat};

const NONE: RetrieveFlags = RetrieveFlags::empty();

#[tokio::test]
async fn s02_tc06_props_with_and_without_objects_and_ephemeral_ids() {
    let lab = Lab::open().await;
    let staff = at(lab.id_of(STAFF_DN).await);
    let numbers = async |flags| {
        let (row, status) = lab.props(RetrieveFlags::from_bits_retain(flags), staff, &[]).await;
        assert_eq!(status, Status::SUCCESS);
        row.unwrap().values.iter().map(|value| value.tag).collect::<Vec<_>>()
    };
    let (all, skipped) = (numbers(0).await, numbers(1).await);
    assert!(all.contains(&tags::MEMBER) && !skipped.contains(&tags::MEMBER));
    assert!(!skipped.iter().any(|tag| tag.property_type() == PropertyType::EMBEDDED_TABLE));
    assert_eq!(numbers(!3).await, all, "other bits do not matter");
    let id = async |flags| octets(&lab.props(flags, staff, &[tags::ENTRY_ID]).await.0.unwrap(), tags::ENTRY_ID);
    assert_eq!(PermanentEntryId::from_octets(&id(NONE).await).unwrap().distinguished_name, STAFF_DN.as_bytes());
    let ephemeral = id(RetrieveFlags::EPHEMERAL_IDS).await;
    assert_eq!(EphemeralEntryId::from_octets(&ephemeral).unwrap().id, staff.current_rec);
    assert_eq!(id(RetrieveFlags::EPHEMERAL_IDS).await, ephemeral, "the same in each call");
    lab.close().await;
}

#[tokio::test]
async fn s02_tc07_props_without_tags_are_those_of_prop_list() {
    let lab = Lab::open().await;
    let bob = lab.id_of(BOB_DN).await;
    for flags in [NONE, RetrieveFlags::SKIP_OBJECTS] {
        let (listed, _) = lab.prop_list(flags, bob).await;
        let (row, status) =
            lab.props(flags, Stat { code_page: nspi_proto::nspi::CodePage::WINDOWS_1252, ..at(bob) }, &[]).await;
        let tags: Vec<PropertyTag> = row.unwrap().values.iter().map(|value| value.tag).collect();
        assert_eq!((Some(tags), status), (listed, Status::SUCCESS));
    }
    lab.close().await;
}

#[tokio::test]
async fn s02_tc08_props_with_f_eph_id_have_an_ephemeral_entry_id() {
    let lab = Lab::open().await;
    let bob = lab.id_of(BOB_DN).await;
    let (row, status) = lab.props(RetrieveFlags::EPHEMERAL_IDS, at(bob), &[tags::ENTRY_ID]).await;
    let id = octets(&row.unwrap(), tags::ENTRY_ID);
    let id = EphemeralEntryId::from_octets(&id).unwrap();
    assert_eq!((id.id, id.display_type, status), (bob, DisplayType::MAIL_USER, Status::SUCCESS));
    lab.close().await;
}

#[tokio::test]
async fn s02_tc09_a_property_that_is_asked_for_twice_comes_twice() {
    let lab = Lab::open().await;
    let asked = [tags::TITLE, tags::DISPLAY_NAME, tags::TITLE];
    let (row, status) = lab.props(NONE, at(lab.id_of(BOB_DN).await), &asked).await;
    let row = row.unwrap();
    assert_eq!(
        (row.values.iter().map(|value| value.tag).collect::<Vec<_>>(), status),
        (asked.to_vec(), Status::SUCCESS)
    );
    assert_eq!(row.values[0], row.values[2]);
    lab.close().await;
}

#[tokio::test]
async fn s02_tc28_dn_to_mid_names_the_object_that_has_the_name() {
    let lab = Lab::open().await;
    let ids = lab.ids_of(&[STAFF_DN, ALICE_DN, BOB_DN], 0).await;
    for (id, name) in ids.into_iter().zip(["Staff", "Alice Adams", "Bob Baker"]) {
        let (row, _) = lab.props(NONE, at(id), &[tags::DISPLAY_NAME]).await;
        assert_eq!(row.unwrap().values[0].value.to_string(), name);
    }
    lab.close().await;
}

#[tokio::test]
async fn s02_tc29_dn_to_mid_of_nobody_is_0() {
    let lab = Lab::open().await;
    let ids = lab.ids_of(&["/o=ACME/cn=nobody", BOB_DN, ""], 0).await;
    assert_eq!((ids[0].0, ids[2].0), (0, 0));
    assert_ne!(ids[1].0, 0, "order is kept");
    lab.close().await;
}

#[tokio::test]
async fn s02_tc30_dn_to_mid_ignores_reserved() {
    let lab = Lab::open().await;
    assert_eq!(lab.ids_of(&[ALICE_DN], 0).await, lab.ids_of(&[ALICE_DN], 0xABCD).await);
    lab.close().await;
}

#[tokio::test]
async fn s02_tc37_a_mid_names_one_object_in_every_call() {
    let lab = Lab::open().await;
    let bob = lab.id_of(BOB_DN).await;
    let columns = [tags::ENTRY_ID, tags::DISPLAY_NAME];
    let rows = lab.rows_from(stat(), 10, &columns).await;
    let row = rows.rows().iter().find(|row| row.values[1].value.to_string() == "Bob Baker").unwrap().clone();
    assert_eq!(EphemeralEntryId::from_octets(&octets(&row, tags::ENTRY_ID)).unwrap().id, bob);
    let found = lab.seek(stat(), super::lab::name("Bob Baker"), None, &columns, 0).await;
    assert_eq!((found.stat.current_rec, &found.rows()[0]), (bob, &row));
    assert_eq!(lab.rows_of(&[bob], stat(), &columns).await.rows(), [row]);
    let session = lab.another().await;
    assert_eq!(session.dn_to_mid(&[BOB_DN]).await.unwrap(), [bob], "nor in another session");
    session.unbind().await.unwrap();
    lab.close().await;
}

#[tokio::test]
async fn s02_tc38_permanent_entry_ids_of_containers_are_the_same_in_two_sessions() {
    let lab = Lab::open().await;
    let (_, rows, _) = lab.special_table(SpecialTableFlags::empty(), stat(), 0).await;
    let ids: Vec<Vec<u8>> = rows.unwrap().iter().map(|row| octets(row, tags::ENTRY_ID)).collect();
    let session = lab.another().await;
    let other = session.special_table(stat(), SpecialTableFlags::empty()).await.unwrap();
    assert_eq!(other.rows.iter().map(|row| octets(row, tags::ENTRY_ID)).collect::<Vec<_>>(), ids);
    session.unbind().await.unwrap();
    for id in ids {
        assert_eq!(id[..4], [0; 4], "ID type and R1 to R3");
        assert_eq!(id[20..24], [1, 0, 0, 0], "R4");
        assert_eq!((id[24..28].to_vec(), id.last()), (vec![0, 1, 0, 0], Some(&0)), "DT_CONTAINER, and a terminator");
    }
    lab.close().await;
}
