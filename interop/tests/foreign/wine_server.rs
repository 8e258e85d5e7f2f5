//! Our client's octets, read and written again by Wine's NDR engine: what comes back is what went.

use interop::{ForeignServer, eventually};
use nspi_client::{ConnectOptions, Connection, Error, Session, Stat};
use nspi_proto::ndr::{Ansi, Utf16};
use nspi_proto::nspi::property::tags::{ANR, DISPLAY_NAME, DISPLAY_TYPE, OBJECT_TYPE};
use nspi_proto::nspi::property::{
    Binary, FileTime, FlatUid, MultiBuf, PropertyTag, PropertyValue, PropertyValueBuf, Value, ValueBuf,
};
use nspi_proto::nspi::{BitMaskOperator, FuzzyLevel, RelationalOperator, Restriction, RestrictionTree, Status};
use serde_json::{Value as Json, json};

use super::servers::{address, block_on};

const UID: FlatUid =
    FlatUid([0xDC, 0xA7, 0x40, 0xC8, 0xC0, 0x42, 0x10, 0x1A, 0xB4, 0xB9, 8, 0, 0x2B, 0x2F, 0xE1, 0x82]);

async fn connect(server: &ForeignServer) -> Connection {
    Connection::open(address(server), ConnectOptions::new()).await.unwrap()
}

/// A value of each type, at property 0x3A00 and those that follow.
fn values() -> Vec<PropertyValueBuf> {
    let values = [
        (0x0001, ValueBuf::Null(0)),
        (0x0002, ValueBuf::Integer16(-2)),
        (0x0003, ValueBuf::Integer32(i32::MIN)),
        (0x000A, ValueBuf::ErrorCode(Status::NOT_FOUND)),
        (0x000B, ValueBuf::Boolean(1)),
        (0x000D, ValueBuf::EmbeddedTable(0)),
        (0x001E, ValueBuf::String8(Some((*b"Alice").into()))),
        (0x001F, ValueBuf::String(Some("ليلى الحداد".into()))),
        (0x0040, ValueBuf::Time(FileTime(0x01DD_0000_1234_5678))),
        (0x0048, ValueBuf::Guid(Some(UID))),
        (0x0102, ValueBuf::Binary(Some((*b"12345").into()))),
        (0x1002, ValueBuf::MultipleInteger16(Some(MultiBuf::new([1, -2, 3_i16])))),
        (0x1003, ValueBuf::MultipleInteger32(Some(MultiBuf::new([i32::MAX, -2])))),
        (0x101E, ValueBuf::MultipleString8(Some(MultiBuf::new([Some(Ansi(b"a")), None, Some(Ansi(b"bcd"))])))),
        (0x101F, ValueBuf::MultipleString(Some(MultiBuf::new(["山田", "", "e\u{301}"].map(Utf16::from).map(Some))))),
        (0x1040, ValueBuf::MultipleTime(Some(MultiBuf::new([FileTime(1), FileTime(1 << 40)])))),
        (0x1048, ValueBuf::MultipleGuid(Some(MultiBuf::new([Some(UID), Some(UID)])))),
        (0x1102, ValueBuf::MultipleBinary(Some(MultiBuf::new([&b"1"[..], b"", b"234"].map(Some).map(Binary))))),
    ];
    let tag = |number: u32, kind: u32| PropertyTag((0x3A00 + number) << 16 | kind);
    (0..).zip(values).map(|(number, (kind, value))| PropertyValueBuf { tag: tag(number, kind), value }).collect()
}

#[test]
fn values_of_every_type_come_back_from_wine_as_they_went() {
    let server = ForeignServer::wine();
    block_on(async {
        let session = connect(&server).await.bind(Stat::default()).await.unwrap();
        for order in [values(), values().into_iter().rev().collect()] {
            let sent: Vec<PropertyValue<'_>> = order.iter().map(PropertyValueBuf::as_ref).collect();
            session.mod_props(Stat::default(), &[], &sent).await.unwrap();
            assert_eq!(session.get_props(Stat::default(), &[DISPLAY_NAME]).await.unwrap().values, order);
        }
        session.unbind().await.unwrap();
    });
}

/// Wine's server answers with the restriction that it read, as JSON.
#[test]
fn restrictions_of_every_kind_are_read_by_wine_as_they_were_meant() {
    use RestrictionTree::{And, BitMask, CompareProperties, Content, Not, Or, Property, Size, Sub};
    let server = ForeignServer::wine();
    let (name, equal) = (DISPLAY_NAME.0, RelationalOperator::EQUAL);
    let exist = || Restriction::exists(DISPLAY_NAME);
    let said = json!(["exist", name]);
    let name_is = |text| Some(PropertyValue::new(DISPLAY_NAME, Value::from(text)));
    let (content, bits) = (FuzzyLevel(0x0001_0002), BitMaskOperator(1));
    let cases = [
        (exist(), said.clone()),
        (
            Content { fuzzy_level: content, tag: DISPLAY_NAME, value: name_is("山") },
            json!(["content", 0x10002, name, "山"]),
        ),
        (Property { operator: equal, tag: ANR, value: name_is("ليلى") }, json!(["property", 4, ANR.0, "ليلى"])),
        (Property { operator: equal, tag: ANR, value: None }, json!(["property", 4, ANR.0, null])),
        (
            CompareProperties { operator: equal, left: DISPLAY_NAME, right: OBJECT_TYPE },
            json!(["compare", 4, name, OBJECT_TYPE.0]),
        ),
        (BitMask { operator: bits, tag: DISPLAY_TYPE, mask: 6 }, json!(["bits", 1, DISPLAY_TYPE.0, 6])),
        (Size { operator: equal, tag: DISPLAY_NAME, size: 7 }, json!(["size", 4, name, 7])),
        (Sub { object: DISPLAY_NAME, restriction: Some(Box::new(exist())) }, json!(["sub", name, said])),
        (
            And(Some(vec![Or(Some(vec![exist(), Not(Some(Box::new(exist())))])), exist(), And(Some(vec![]))])),
            json!(["and", ["or", said, ["not", said]], said, ["and"]]),
        ),
    ];
    block_on(async {
        let session = connect(&server).await.bind(Stat::default()).await.unwrap();
        for (filter, expected) in cases {
            assert_eq!(meant(&session, filter).await, expected);
        }
        session.unbind().await.unwrap();
    });
}

async fn meant(session: &Session, filter: Restriction<'_>) -> Json {
    let found = session.get_matches(Stat::default(), filter, 50, &[DISPLAY_NAME]).await.unwrap();
    let Some(ValueBuf::String(Some(text))) = found.rows[0].find(DISPLAY_NAME) else { panic!("{found:?}") };
    serde_json::from_str(text).unwrap()
}

/// Wine's server runs contexts down as Windows' does; nothing is left of a connection that was dropped.
#[test]
fn sessions_of_our_client_end_with_their_connection_at_wines_server() {
    let server = ForeignServer::wine();
    block_on(async {
        let connection = connect(&server).await;
        let held = [connection.bind(Stat::default()).await.unwrap(), connection.bind(Stat::default()).await.unwrap()];
        let other = connect(&server).await;
        assert!(matches!(other.bind(Stat::default()).await, Err(Error::LogonFailed(_))));
        drop((held, connection));
    });
    eventually("Wine runs the sessions down", || {
        block_on(async { connect(&server).await.bind(Stat::default()).await.is_ok().then_some(()) })
    });
}
