//! S02, tables: NspiQueryRows and NspiSeekEntries.

use nspi_proto::nspi::property::{PropertyType, ValueBuf, tags};
use nspi_proto::nspi::{
    DisplayType, EphemeralEntryId, MinimalId, NspiQueryRowsRequest, Restriction, RetrieveFlags, Stat, Status,
};

use super::lab::{BOB_DN, Lab, NOWHERE, STAFF_DN, at, name, octets, stat};

/// What each object must have [MS-OXNSPI 3.1.4.2].
const REQUIRED: [nspi_proto::nspi::PropertyTag; 16] = [
    tags::ENTRY_ID,
    tags::DISPLAY_NAME,
    tags::DISPLAY_TYPE,
    tags::OBJECT_TYPE,
    tags::INITIAL_DETAILS_PANE,
    tags::DISPLAY_NAME_PRINTABLE,
    tags::CONTAINER_ID,
    tags::INSTANCE_KEY,
    tags::SEARCH_KEY,
    tags::RECORD_KEY,
    tags::ADDRESS_TYPE,
    tags::EMAIL_ADDRESS,
    tags::TEMPLATE_ID,
    tags::TRANSMITTABLE_DISPLAY_NAME,
    tags::MAPPING_SIGNATURE,
    tags::OBJECT_DISTINGUISHED_NAME,
];

const NAME: [nspi_proto::nspi::PropertyTag; 1] = [tags::DISPLAY_NAME];

#[tokio::test]
async fn s02_tc10_seek_entries_rows_are_those_of_query_rows_from_there() {
    let lab = Lab::open().await;
    let found = lab.seek(stat(), name("Q"), None, &NAME, 0).await;
    assert_eq!(found.names()[0], "Quotes");
    let read = lab.rows_from(at(found.stat.current_rec), 50, &NAME).await;
    assert_eq!(found.rows, read.rows);
    lab.close().await;
}

#[tokio::test]
async fn s02_tc11_seek_entries_in_a_container_updates_position_and_nothing_else() {
    let lab = Lab::open().await;
    let sent = Stat { delta: 3, num_pos: 99, ..stat() };
    let found = lab.seek(sent, name("Remote"), None, &[], 0).await;
    let (row, _) = lab.props(RetrieveFlags::empty(), found.stat, &NAME).await;
    assert_eq!(row.unwrap().values[0].value.to_string(), "Remote Rita");
    let there = Stat { current_rec: found.stat.current_rec, num_pos: 4, total_recs: 7, ..sent };
    assert_eq!((found.stat, found.status), (there, Status::SUCCESS));
    assert_eq!(lab.seek(sent, name("Remote"), None, &[], 0xABCD).await, found, "Reserved is ignored");
    lab.close().await;
}

#[tokio::test]
async fn s02_tc12_query_rows_have_what_each_object_must_have() {
    let lab = Lab::open().await;
    let one = lab.rows_from(stat(), 1, &REQUIRED).await;
    assert_eq!((one.rows().len(), one.stat.num_pos, one.stat.total_recs), (1, 1, 7), "Count, and the STAT after it");
    let all = lab.rows_from(stat(), 100, &REQUIRED).await;
    assert_eq!(all.stat.current_rec, MinimalId::END_OF_TABLE);
    for row in all.rows() {
        assert!(row.values.iter().zip(REQUIRED).all(|(value, tag)| value.tag == tag), "{row:?}");
    }
    // A group has two more.
    let group = [tags::CONTAINER_CONTENTS, tags::CONTAINER_FLAGS];
    let (row, status) = lab.props(RetrieveFlags::empty(), at(lab.id_of(STAFF_DN).await), &group).await;
    assert_eq!(
        (row.unwrap().values.iter().map(|v| v.tag).collect::<Vec<_>>(), status),
        (group.to_vec(), Status::SUCCESS)
    );
    lab.close().await;
}

#[tokio::test]
async fn s02_tc13_query_rows_without_tags_have_seven_columns() {
    let lab = Lab::open().await;
    let table = lab.rows_from(stat(), 2, &[]).await;
    for row in table.rows() {
        let numbers: Vec<u16> = row.values.iter().map(|value| value.tag.number()).collect();
        assert_eq!(numbers, [0xFFFD, 0x0FFE, 0x3900, 0x3001, 0x3A1A, 0x3A18, 0x3A19]);
        assert_eq!(row.values[3].tag.property_type(), PropertyType::STRING8);
    }
    let asked = [tags::TITLE, tags::ENTRY_ID];
    let table = lab.rows_from(stat(), 1, &asked).await;
    assert_eq!(table.rows()[0].values.iter().map(|value| value.tag).collect::<Vec<_>>(), asked);
    lab.close().await;
}

#[tokio::test]
async fn s02_tc14_columns_come_in_the_order_and_type_asked_for_and_missing_ones_as_errors() {
    let lab = Lab::open().await;
    let asked = [tags::TITLE.with_type(PropertyType::STRING8), tags::USER_X509_CERTIFICATE, tags::DISPLAY_NAME];
    let table = lab.rows_of(&[lab.id_of(BOB_DN).await], stat(), &asked).await;
    let row = &table.rows()[0];
    let got: Vec<_> = row.values.iter().map(|value| value.tag).collect();
    assert_eq!(got, [asked[0], asked[1].with_type(PropertyType::ERROR_CODE), asked[2]]);
    assert_eq!(row.values[1].value, ValueBuf::ErrorCode(Status::NOT_FOUND));
    lab.close().await;
}

#[tokio::test]
async fn s02_tc15_an_explicit_table_is_read_in_its_order_and_leaves_the_stat_alone() {
    let lab = Lab::open().await;
    let columns = [tags::ENTRY_ID, tags::DISPLAY_NAME, tags::DISPLAY_TYPE, tags::OBJECT_TYPE];
    let everybody = lab.filtered(Restriction::exists(tags::ENTRY_ID), &columns).await;
    let mut ids = everybody.ids.clone().unwrap();
    assert_eq!(ids.len(), 7);
    let rows = lab.rows_of(&ids, everybody.stat, &columns).await;
    assert_eq!((&rows.rows, rows.stat), (&everybody.rows, everybody.stat));
    // Each kind of object shows as what it is.
    for (row, id) in rows.rows().iter().zip(&ids) {
        assert_eq!(EphemeralEntryId::from_octets(&octets(row, tags::ENTRY_ID)).unwrap().id, *id);
        let kind = match row.values[1].value.to_string().as_str() {
            "Staff" => DisplayType::DIST_LIST,
            "News" => DisplayType::FORUM,
            "Quotes" => DisplayType::AGENT,
            "Remote Rita" => DisplayType::REMOTE_MAIL_USER,
            _ => DisplayType::MAIL_USER,
        };
        assert_eq!(row.values[2].value, ValueBuf::Integer32(kind.0.cast_signed()));
    }
    ids.reverse();
    ids.insert(1, NOWHERE);
    let rows = lab.rows_of(&ids, stat(), &columns).await;
    let error = |row: &nspi_proto::nspi::PropertyRowBuf| {
        row.values.iter().all(|value| value.tag.property_type() == PropertyType::ERROR_CODE)
    };
    assert_eq!(rows.rows().iter().map(error).collect::<Vec<_>>()[..3], [false, true, false]);
    assert_eq!((rows.rows().len(), &rows.rows()[7]), (8, &everybody.rows()[0]));
    lab.close().await;
}

#[tokio::test]
async fn s02_tc16_query_rows_ignores_bits_that_are_not_defined() {
    let lab = Lab::open().await;
    let ask = async |bits| {
        let flags = RetrieveFlags::from_bits_retain(bits);
        lab.query_rows(NspiQueryRowsRequest { flags, stat: stat(), count: 10, ..Default::default() }).await
    };
    assert_eq!(ask(0).await, ask(!3).await);
    lab.close().await;
}

#[tokio::test]
async fn s02_tc17_a_row_is_what_get_props_gives() {
    let lab = Lab::open().await;
    let columns = [tags::ENTRY_ID, tags::TITLE, tags::USER_X509_CERTIFICATE];
    for flags in [RetrieveFlags::EPHEMERAL_IDS, RetrieveFlags::empty()] {
        let request = NspiQueryRowsRequest {
            flags,
            stat: stat(),
            count: 10,
            columns: Some(columns[..].into()),
            ..Default::default()
        };
        let table = lab.query_rows(request).await;
        let mut here = lab.update_stat(stat(), None, 0).await.stat;
        for row in table.rows() {
            let (props, status) = lab.props(flags, here, &columns).await;
            assert_eq!((props.as_ref(), status), (Some(row), Status::ERRORS_RETURNED));
            here = lab.update_stat(Stat { delta: 1, ..here }, None, 0).await.stat;
        }
    }
    lab.close().await;
}

#[tokio::test]
async fn s02_tc18_query_rows_leaves_the_stat_where_update_stat_would() {
    let lab = Lab::open().await;
    for (delta, count) in [(0, 1), (1, 3), (5, 10), (-4, 2), (0, 7)] {
        let sent = Stat { delta, ..stat() };
        let table = lab.rows_from(sent, count, &NAME).await;
        let moved = i32::try_from(table.rows().len()).unwrap();
        let updated = lab.update_stat(Stat { delta: delta.max(0) + moved, ..sent }, None, 0).await.stat;
        assert_eq!(table.stat, updated, "{count} rows from {delta}");
    }
    lab.close().await;
}

#[tokio::test]
async fn s02_tc36_seek_entries_without_tags_finds_a_place_and_no_rows() {
    let lab = Lab::open().await;
    let found = lab.seek(stat(), name("Bob Baker"), None, &[], 0).await;
    assert_eq!((found.rows, found.stat.num_pos, found.status), (None, 1, Status::SUCCESS));
    // In an explicit table the place is the row of that table.
    let table: Vec<MinimalId> = lab.filtered(Restriction::exists(tags::TITLE), &[]).await.ids.unwrap();
    let zoe = lab.seek(stat(), name("Zoë"), Some(&table), &[], 0).await;
    assert_eq!((zoe.stat.current_rec, zoe.stat.num_pos, zoe.stat.total_recs), (table[2], 2, 3));
    let rows = lab.seek(stat(), name("Bob"), Some(&table), &NAME, 0).await;
    assert_eq!(rows.names(), ["Bob Baker", "Zoë Ångström"]);
    assert_eq!(rows.rows, lab.rows_of(&table[1..], stat(), &NAME).await.rows);
    lab.close().await;
}
