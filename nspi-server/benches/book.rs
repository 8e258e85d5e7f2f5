//! What an address book costs as it grows: `cargo bench -p nspi-server --features store --bench book [PEOPLE ..]`.
//!
//! 1,000 to 1,000,000 people by default, which needs 4 GB for a moment. Each has what a person in a company has: name,
//! two addresses, title, department, company, office, two telephones, a GUID and a manager. Times are CPU time of this
//! thread, the median over random people; memory is what the allocator gave.
#![expect(clippy::print_stdout, reason = "the figures are for people")]

use std::hint::black_box;
use std::time::Duration;

use allocation_counter::measure;
use nspi_proto::ndr::Utf16;
use nspi_proto::nspi::property::{PropertyTag, PropertyValue, Value, tags};
use nspi_proto::nspi::{
    DisplayType, Lcid, MinimalId, NspiGetMatchesRequest, NspiQueryRowsRequest, NspiResolveNamesWRequest,
    NspiSeekEntriesRequest, RelationalOperator, Restriction, Stat,
};
use nspi_server::address_book::{AddressBook, Arena, MemoryBook, Reader, Recipient, StoreBook, Table, View};
use rustix::time::{ClockId, clock_gettime};

const SITE: &str = "/o=ACME/ou=First Administrative Group/cn=Recipients/cn=";
const SWEDISH: Lcid = Lcid(0x41D);
const COLUMNS: [PropertyTag; 7] = [
    tags::ENTRY_ID,
    tags::DISPLAY_NAME,
    tags::SMTP_ADDRESS,
    tags::TITLE,
    tags::DEPARTMENT_NAME,
    tags::OFFICE_LOCATION,
    tags::PRIMARY_TELEPHONE_NUMBER,
];

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|size| size.replace(',', "").parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1_000, 10_000, 100_000, 1_000_000] } else { sizes };
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!(
        "people | book  | octets, | file, | open, | octets a | first    | first    | sort in  | QueryRows | Seek | ResolveNamesW | GetMatches"
    );
    println!(
        "       | made, | held in | octets| ms    | person,  | page,    | name,    | Swedish, | 50 rows,  |      | a name        | 10 found"
    );
    println!(
        "       | s     | memory  |       |       | opened   | ms       | ms       | ms       | µs        | µs   | µs            | µs"
    );
    for people in sizes {
        let path = folder.path().join(people.to_string());
        row(people, &path);
    }
}

fn row(people: usize, path: &std::path::Path) {
    let mut book = None;
    let mut made = Duration::ZERO;
    let held = measure(|| made = cpu(|| book = Some(MemoryBook::new((0..people).map(person)).expect("a book"))));
    let book = book.expect("made");
    let held = held.bytes_current / people as i64;
    StoreBook::write(&book, path, |_| {}).expect("written");
    drop(book);
    let octets = std::fs::metadata(path).expect("written").len() / people as u64;
    let mut store = None;
    let mut open = Duration::ZERO;
    let opened = measure(|| open = cpu(|| store = Some(StoreBook::open(path).expect("opened"))));
    let opened = opened.bytes_current / people as i64;
    let view = store.expect("opened").view();
    let first_page = cpu(|| query_rows(&*view, people, 0.5, Lcid::DEFAULT));
    let first_name = cpu(|| resolve(&*view, people / 3));
    // Looks at everybody: all blocks are here from now on.
    let sort = cpu(|| {
        let table = Table { locale: SWEDISH, ..Table::everybody() };
        black_box(view.rows(table).expect("a table").len());
    });
    let rows = median(|n| cpu(|| query_rows(&*view, people, place(n), SWEDISH)));
    let seek = median(|n| cpu(|| seek(&*view, number(n, people))));
    let name = median(|n| cpu(|| resolve(&*view, number(n, people))));
    let matches = median(|n| cpu(|| matches(&*view, number(n, people))));
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    println!(
        "{people} | {:.1} | {held} | {octets} | {:.1} | {opened} | {:.2} | {:.2} | {:.0} | {:.1} | {:.1} | {:.1} | {:.1}",
        made.as_secs_f64(),
        ms(open),
        ms(first_page),
        ms(first_name),
        ms(sort),
        us(rows),
        us(seek),
        us(name),
        us(matches),
    );
}

fn person(n: usize) -> Recipient {
    // Names not in the order of their numbers, so that a table is no list of them.
    let given = ["Anna", "Björn", "Carol", "Dmitri", "Éva", "Frank", "Zoë"][n % 7];
    let account = format!("p{n:07}");
    Recipient::new(DisplayType::MAIL_USER, format!("{SITE}{account}"), format!("{given} Family{n:07}"))
        .text(tags::GIVEN_NAME, given)
        .text(tags::SURNAME, format!("Family{n:07}"))
        .text(tags::ACCOUNT, account.clone())
        .text(tags::SMTP_ADDRESS, format!("{account}@acme.test"))
        .texts(tags::PROXY_ADDRESSES, [format!("SMTP:{account}@acme.test"), format!("smtp:{account}@mail.acme.test")])
        .text(tags::TITLE, ["Developer", "Tester", "Architect"][n % 3])
        .text(tags::DEPARTMENT_NAME, ["Engineering", "Sales"][n % 2])
        .text(tags::COMPANY_NAME, "ACME")
        .text(tags::OFFICE_LOCATION, format!("Building {}, Room {}", n % 9, n % 700))
        .text(tags::BUSINESS_TELEPHONE_NUMBER, format!("+44 1632 {n:07}"))
        .text(tags::PRIMARY_TELEPHONE_NUMBER, format!("+44 1632 {n:07}"))
        .octets(tags::OBJECT_GUID, (n as u128).to_le_bytes())
        .links(tags::MANAGER, [format!("{SITE}p{:07}", n / 10)])
}

fn query_rows(view: &dyn View, people: usize, place: f64, sort_locale: Lcid) {
    let arena = Arena::new();
    let (total_recs, num_pos) = (people as u32, (people as f64 * place) as u32);
    let current_rec = MinimalId::CURRENT;
    let stat = Stat { current_rec, num_pos, total_recs, sort_locale, ..Stat::default() };
    let request = NspiQueryRowsRequest { stat, count: 50, columns: Some(COLUMNS[..].into()), ..Default::default() };
    let rows = Reader::new(view, &arena).query_rows(&request).expect("rows").1;
    assert!(!black_box(rows).is_empty());
}

fn seek(view: &dyn View, n: usize) {
    let arena = Arena::new();
    let name = format!("Carol Family{n:07}");
    let request = NspiSeekEntriesRequest {
        handle: nspi_proto::ndr::ContextHandle::NULL,
        reserved: 0,
        stat: Stat { sort_locale: SWEDISH, ..Stat::default() },
        target: PropertyValue::new(tags::DISPLAY_NAME, Value::from(name.as_str())),
        explicit_table: None,
        columns: None,
    };
    black_box(Reader::new(view, &arena).seek_entries(&request).expect("a place").stat.num_pos);
}

fn resolve(view: &dyn View, n: usize) {
    let arena = Arena::new();
    let name = format!("family{n:07}");
    let names = [Some(Utf16::from(name.as_str()))];
    let request = NspiResolveNamesWRequest { names: names[..].into(), ..Default::default() };
    let answer = Reader::new(view, &arena).resolve_names_w(&request).expect("an answer");
    assert_eq!(answer.ids.expect("ids").0.iter().next(), Some(MinimalId::RESOLVED));
}

/// Ten people whose accounts begin alike.
fn matches(view: &dyn View, n: usize) {
    let arena = Arena::new();
    let prefix = format!("p{:06}", n / 10);
    let value = Some(PropertyValue::new(tags::ANR, Value::from(prefix.as_str())));
    let filter = Restriction::Property { operator: RelationalOperator::EQUAL, tag: tags::ANR, value };
    let columns = Some(COLUMNS[..].into());
    let request = NspiGetMatchesRequest { filter: Some(filter), requested: 50, columns, ..Default::default() };
    let answer = Reader::new(view, &arena).matches(&request).expect("an answer");
    assert_eq!(answer.ids.expect("ids").0.len(), 10);
}

/// Somebody, other than the one before.
fn number(n: usize, people: usize) -> usize {
    n.wrapping_mul(7_919_357) % people
}

/// Somewhere, from 0 to 1.
fn place(n: usize) -> f64 {
    (n * 7_919 % 10_007) as f64 / 10_010.0
}

/// Of a thousand.
fn median(mut time: impl FnMut(usize) -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..1000).map(&mut time).collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// What it takes this thread, waiting apart.
fn cpu(work: impl FnOnce()) -> Duration {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).expect("a clock goes forward");
    let began = now();
    work();
    now() - began
}
