//! NspiQueryRows' reply (50 rows of 11 values, 36,812 octets) decoded and encoded, beside memcpy of the same octets.
//!
//! `cargo bench -p nspi-proto`. Read the ratios to `memcpy`, not the times.
//!
//! | bench | what becomes of the rows |
//! |---|---|
//! | `decode_visited` | every value is looked at while it is read |
//! | `decode_kept` | a `PropertyRowSet` first, then every value is looked at |
//! | `decode_owned` | owned rows, into a `Vec` that held some before |
//! | `decode_owned_fresh` | owned rows, into a new `Vec` |
//! | `decode_owned_from_kept` | a `PropertyRowSet` first, owned rows of that |

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nspi_proto::ndr::AnyOrder;
use nspi_proto::nspi::property::{FileTime, tags};
use nspi_proto::nspi::{
    GUID_NSPI, NspiQueryRowsResponse, PropertyRowBuf, PropertyRowSet, PropertyValue, ReadStub, Stat, Status, Value,
    WriteStub,
};

/// What one person of the fixture is made of.
struct Person {
    entry_id: Vec<u8>,
    display_name: String,
    email_address: String,
    smtp_address: String,
    account: String,
    creation_time: u64,
}

fn person(number: u64) -> Person {
    let account = format!("user{number:06}");
    let email_address = format!("/o=Bench/ou=Exchange Administrative Group/cn=Recipients/cn={account}");
    let mut entry_id = vec![0; 4];
    entry_id.extend(GUID_NSPI.0);
    entry_id.extend([1, 0, 0, 0, 0, 0, 0, 0]);
    entry_id.extend(email_address.bytes().chain([0]));
    Person {
        entry_id,
        display_name: format!("Benchmark {account} Surname{}", number % 997),
        email_address,
        smtp_address: format!("{account}@bench.example.test"),
        creation_time: 133_000_000_000_000_000 + number,
        account,
    }
}

fn row(person: &Person) -> [PropertyValue<'_>; 11] {
    [
        PropertyValue::new(tags::ENTRY_ID, Value::Binary(Some(&person.entry_id))),
        PropertyValue::new(tags::DISPLAY_NAME, Value::from(person.display_name.as_str())),
        PropertyValue::new(tags::EMAIL_ADDRESS, Value::from(person.email_address.as_str())),
        PropertyValue::new(tags::SMTP_ADDRESS, Value::from(person.smtp_address.as_str())),
        PropertyValue::new(tags::ACCOUNT, Value::from(person.account.as_str())),
        PropertyValue::new(tags::TITLE, Value::from("Senior Engineer")),
        PropertyValue::new(tags::DEPARTMENT_NAME, Value::from("Messaging Platform")),
        PropertyValue::new(tags::OBJECT_TYPE, Value::Integer32(6)),
        PropertyValue::new(tags::DISPLAY_TYPE, Value::Integer32(0)),
        PropertyValue::new(tags::CREATION_TIME, Value::Time(FileTime(person.creation_time))),
        PropertyValue::new(tags::SEND_RICH_INFO, Value::Boolean(1)),
    ]
}

/// Looks at a value: what a reader who only looks does.
fn look(sum: u64, value: PropertyValue<'_>) -> u64 {
    let here = match value.value {
        Value::Integer32(number) => u64::from(number.cast_unsigned()),
        Value::Boolean(flag) => flag.into(),
        Value::Time(FileTime(time)) => time,
        Value::String(Some(text)) => text.as_le_octets().map_or(0, ends),
        Value::Binary(Some(octets)) => ends(octets),
        _ => 0,
    };
    sum.wrapping_mul(31).wrapping_add(here ^ u64::from(value.tag.0))
}

/// Visits the rows while they are read, and looks at every value.
fn visited(stub: &[u8]) -> u64 {
    let mut sum = 0;
    NspiQueryRowsResponse::visit_stub(stub, AnyOrder::NDR20, &mut |value| sum = look(sum, value)).unwrap();
    sum
}

/// Keeps the rows, and then looks at every value.
fn kept(stub: &[u8]) -> u64 {
    let reply = NspiQueryRowsResponse::decode_stub(stub, AnyOrder::NDR20).unwrap();
    reply.rows.as_ref().unwrap().values().iter().copied().fold(0, look)
}

/// Reads the rows as owned ones: a `Vec` a row, a `String` or octets of its own a value. Those of before are dropped, and
/// only the memory of the outermost `Vec` is used again, as a buffer is that an encoder writes to.
fn own(stub: &[u8], rows: &mut Vec<PropertyRowBuf>) {
    NspiQueryRowsResponse::visit_stub(stub, AnyOrder::NDR20, rows).unwrap();
}

fn ends(octets: &[u8]) -> u64 {
    let end = |octet: Option<&u8>| u64::from(octet.copied().unwrap_or_default());
    octets.len() as u64 ^ end(octets.first()) << 8 ^ end(octets.last()) << 16
}

const PAGE: usize = 4096;

/// As many octets of `room`, half a page away from `source` modulo a page: where both stand close together, the
/// processor takes each load for one that depends on the store before it, and memcpy falls to a tenth of its rate.
fn far_from<'r>(source: &[u8], room: &'r mut [u8]) -> &'r mut [u8] {
    let skip = (source.as_ptr().addr() + PAGE / 2).wrapping_sub(room.as_ptr().addr()) % PAGE;
    let copy = &mut room[skip..skip + source.len()];
    assert_eq!(copy.as_ptr().addr().abs_diff(source.as_ptr().addr()) % PAGE, PAGE / 2);
    copy
}

fn codec(criterion: &mut Criterion) {
    let people: Vec<Person> = (0..50).map(person).collect();
    let mut rows = PropertyRowSet::default();
    people.iter().for_each(|person| rows.push_row(row(person)));
    let reply = NspiQueryRowsResponse { stat: Stat::default(), rows: Some(rows), status: Status::SUCCESS };
    let mut stub = Vec::new();
    reply.encode_stub(AnyOrder::NDR20, &mut stub).unwrap();
    assert_eq!(stub.len(), 36_812);

    let mut group = criterion.benchmark_group("query_rows_reply");
    group.throughput(Throughput::Bytes(stub.len() as u64));

    let mut room = vec![0; stub.len() + PAGE];
    let copy = far_from(&stub, &mut room);
    group.bench_function("memcpy", |b| b.iter(|| copy.copy_from_slice(black_box(&stub))));

    assert_eq!(visited(&stub), kept(&stub));
    group.bench_function("decode_visited", |b| b.iter(|| visited(black_box(&stub))));
    group.bench_function("decode_kept", |b| b.iter(|| kept(black_box(&stub))));

    let mut rows = Vec::new();
    group.bench_function("decode_owned", |b| b.iter(|| own(black_box(&stub), black_box(&mut rows))));
    group.bench_function("decode_owned_fresh", |b| {
        b.iter(|| {
            let mut fresh = Vec::new();
            own(black_box(&stub), &mut fresh);
            fresh
        });
    });
    group.bench_function("decode_owned_from_kept", |b| {
        b.iter(|| {
            let reply = NspiQueryRowsResponse::decode_stub(black_box(&stub), AnyOrder::NDR20).unwrap();
            reply.rows.as_ref().unwrap().rows().map(PropertyRowBuf::from).collect::<Vec<_>>()
        });
    });

    let mut out = Vec::new();
    group.bench_function("encode_from_str", |b| {
        b.iter(|| {
            out.clear();
            black_box(&reply).encode_stub(AnyOrder::NDR20, &mut out).unwrap();
        });
    });

    let kept = stub.clone();
    let from_wire = NspiQueryRowsResponse::decode_stub(&kept, AnyOrder::NDR20).unwrap();
    group.bench_function("encode_from_utf16", |b| {
        b.iter(|| {
            out.clear();
            black_box(&from_wire).encode_stub(AnyOrder::NDR20, &mut out).unwrap();
        });
    });
    group.finish();
}

criterion_group!(benches, codec);
criterion_main!(benches);
