//! Event 2820, from each kind of export.

use std::io::Cursor;
use std::net::{IpAddr, Ipv4Addr};

use nspi_trace::events::{EventLog, EventsError, MAX_REFUSALS, compare, comparison_text};
use nspi_trace::report::{
    Capture, Counts, Frame, LoggedRefusal, Moment, NameSource, Refusal, Report, Server, User, UserName,
};
use proptest::collection::vec;
use proptest::prelude::*;
use rstest::rstest;

use crate::evtx_file::{Record, evtx_file};

const ALICE: &str = r"ACME\alice";
const SECOND: i64 = 1_000_000;

fn xml(id: u32, channel: &str, time: &str, data: &str) -> String {
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Whoever' Guid='{{0e8478c5-3605-4e8c-8497-1e730c959516}}' EventSourceName='NTDS General'/><EventID Qualifiers='32768'>{id}</EventID><Version>0</Version><Level>3</Level><Task>16</Task><Opcode>0</Opcode><Keywords>0x8080000000000000</Keywords><TimeCreated SystemTime='{time}'/><EventRecordID>7</EventRecordID><Correlation/><Execution ProcessID='532' ThreadID='708'/><Channel>{channel}</Channel><Computer>dc1.acme.test</Computer><Security UserID='S-1-5-7'/></System><EventData>{data}</EventData></Event>"
    )
}

fn refusal(time: &str) -> String {
    xml(2820, "Directory Service", time, r"<Data>50</Data><Data>ACME\alice</Data>")
}

fn alice(time: &str) -> LoggedRefusal {
    LoggedRefusal {
        time: time.parse().unwrap(),
        computer: Some("dc1.acme.test".to_owned()),
        user: ALICE.to_owned(),
        limit: Some(50),
        ..LoggedRefusal::default()
    }
}

fn read(text: &str) -> EventLog {
    EventLog::read_xml(text.as_bytes()).unwrap()
}

#[rstest]
#[case::one_event(|events: &str| events.to_owned())]
#[case::a_document(|events: &str| format!("<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\r\n<Events>{events}</Events>"))]
#[case::a_line_each(|events: &str| events.replace("</Event>", "</Event>\r\n"))]
#[case::indented(|events: &str| events.replace("><", ">\n    <"))]
fn xml_of_each_kind_is_read(#[case] wrap: fn(&str) -> String) {
    let (one, two) = ("2026-11-22T13:00:00.1234567Z", "2026-11-22T13:00:01.0000000Z");
    let log = read(&wrap(&(refusal(two) + &refusal(one))));
    assert_eq!(log.refusals, [alice(one), alice(two)]);
    assert_eq!((log.others, log.damaged, log.dropped), (0, 0, 0));
}

#[test]
fn utf16_is_read_by_its_byte_order_mark() {
    let text = format!("\u{feff}{}", refusal("2026-11-22T13:00:00Z"));
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for octets in [little, big] {
        assert_eq!(EventLog::read_xml(&octets[..]).unwrap().refusals, [alice("2026-11-22T13:00:00Z")]);
    }
}

#[test]
fn other_events_and_those_of_other_logs_are_skipped() {
    let time = "2026-11-22T13:00:00Z";
    let data = r"<Data Name='param1'>50</Data><Binary>00FF</Binary><Data>ACME\alice</Data>";
    let log = read(
        &[
            xml(2821, "Directory Service", time, data),
            xml(2820, "System", time, data),
            xml(4624, "Security", time, ""),
            xml(2820, "directory service", time, data),
        ]
        .concat(),
    );
    assert_eq!(log.refusals, [alice(time)]);
    assert_eq!((log.others, log.damaged), (3, 0));
}

#[test]
fn what_is_missing_is_told_and_escapes_are_undone() {
    let time = "2026-11-22T13:00:00Z";
    let data = "<Data>many</Data><Data>ACME\\a&amp;b&#x20AC;</Data>";
    let log = read(&xml(2820, "Directory Service", time, data));
    assert_eq!(log.refusals[0].user, "ACME\\a&b\u{20ac}");
    assert_eq!(log.refusals[0].limit, None);
}

#[rstest]
#[case::no_user(xml(2820, "Directory Service", "2026-11-22T13:00:00Z", "<Data>50</Data>"))]
#[case::no_time(xml(2820, "Directory Service", "yesterday", "<Data>50</Data><Data>A</Data>"))]
#[case::no_number(refusal("2026-11-22T13:00:00Z").replace("2820", "many"))]
#[case::no_system("<Event></Event>".to_owned())]
#[case::crossed_tags(refusal("2026-11-22T13:00:00Z").replace("</Data>", "</Date>"))]
#[case::no_end(refusal("2026-11-22T13:00:00Z").replace("</Event>", ""))]
#[case::a_name_without_end(refusal("2026-11-22T13:00:00Z").replace("alice", &"a".repeat(2_000)))]
#[case::an_event_without_end(refusal("2026-11-22T13:00:00Z").replace("alice", &"a".repeat(3 << 20)))]
#[case::an_unknown_entity(refusal("2026-11-22T13:00:00Z").replace("alice", "&lol9;"))]
fn a_damaged_event_costs_only_itself(#[case] damaged: String) {
    let whole = "2026-11-22T14:00:00Z";
    let log = read(&(damaged + &refusal(whole)));
    assert_eq!(log.refusals, [alice(whole)]);
    assert!(log.damaged >= 1, "{log:?}");
}

#[test]
fn refusals_beyond_the_ceiling_are_counted() {
    let log = read(&refusal("2026-11-22T13:00:00Z").repeat(MAX_REFUSALS + 5));
    assert_eq!((log.refusals.len(), log.dropped), (MAX_REFUSALS, 5));
}

#[test]
fn a_file_without_any_event_is_an_error_and_one_of_other_events_is_none() {
    let directory = tempfile::TempDir::new().unwrap();
    let file = directory.path().join("events");
    for nothing in ["", "<Events/>", "MZ\0\0", "ElfF"] {
        std::fs::write(&file, nothing).unwrap();
        assert!(matches!(EventLog::read(&file), Err(EventsError::NoEvents { .. })), "{nothing:?}");
    }
    std::fs::write(&file, xml(1, "System", "2026-11-22T13:00:00Z", "")).unwrap();
    assert_eq!(EventLog::read(&file).unwrap(), EventLog { others: 1, ..EventLog::default() });
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(EventLog::read(&file), Err(EventsError::Io { .. })));
}

fn binary() -> Vec<u8> {
    let record = Record { event_id: 2820, time: 1_795_352_400_000_001, computer: "dc1.acme.test", data: ["50", ALICE] };
    evtx_file(&[record, Record { event_id: 1644, ..record }, Record { time: record.time + 5_000_000, ..record }])
}

#[test]
fn a_binary_log_is_read_by_what_it_begins_with() {
    let directory = tempfile::TempDir::new().unwrap();
    let file = directory.path().join("any-name");
    std::fs::write(&file, binary()).unwrap();
    let log = EventLog::read(&file).unwrap();
    assert_eq!(log.refusals, [alice("2026-11-22T13:00:00.000001Z"), alice("2026-11-22T13:00:05.000001Z")]);
    assert_eq!((log.others, log.damaged), (1, 0));
}

#[test]
fn a_damaged_binary_log_gives_what_is_left_of_it_and_never_panics() {
    let whole = binary();
    for cut in [8, 4_095, 4_096, 4_700, 5_000, 69_000] {
        // An error or less than all: both are answers.
        if let Ok(log) = EventLog::read_evtx(Cursor::new(&whole[..cut])) {
            assert!(log.refusals.is_empty(), "a chunk that is cut is not read");
        }
    }
    let chunk = 4_096;
    let header = chunk..chunk + 512;
    for at in header.chain((chunk + 512..chunk + 3_072).step_by(5)) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xFF;
        let log = EventLog::read_evtx(Cursor::new(damaged)).unwrap();
        assert!(log.refusals.len() <= 3, "{at}: {log:?}");
    }
}

#[test]
fn a_log_by_itself_tells_who_was_refused_how_often_and_when() {
    let mut log = logged(ALICE, &[10, 20, 30]);
    log.extend(logged("acme\\ALICE", &[5]));
    log.extend(logged("ACME\\\u{1b}[2Jbob", &[7]));
    let users = log.users();
    assert_eq!((users.len(), users[0].count, users[0].limit, log.limit()), (2, 4, Some(50), Some(50)));
    assert_eq!((users[0].first, users[0].last), (Moment(5 * SECOND), Moment(30 * SECOND)));
    let text = log.to_string();
    assert!(text.contains("1970-01-01 00:00:05"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
    assert!(EventLog::default().to_string().contains("No event 2820"));
}

#[test]
fn the_comparison_is_told_in_words_and_numbers() {
    let mut report = captured(account("ACME", "alice"), &[10, 20]);
    assert_eq!(comparison_text(&report), "");
    compare(&mut report, logged(ALICE, &[10, 40]));
    let text = comparison_text(&report);
    assert!(text.contains("1 of 2 events 2820 belong to an NspiBind that was refused in the capture."), "{text}");
    assert!(text.contains("1 refused NspiBind has no event"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_octets_make_the_readers_panic(octets in vec(any::<u8>(), 0..2_000), cut in 0usize..600, text in "(<Event>|</Event>|<System>|<EventID>2820|[<>&;\"a-z/ ]){0,80}") {
        EventLog::read_xml(&octets[..]).unwrap();
        EventLog::read_xml(text.as_bytes()).unwrap();
        let _ = EventLog::read_evtx(Cursor::new(&octets));
        // A whole file with strange octets in its first records.
        let mut file = binary();
        let at = 4_096 + cut * 4;
        file[at..at + octets.len()].copy_from_slice(&octets);
        let _ = EventLog::read_evtx(Cursor::new(file));
    }
}

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 20));

/// A capture of a minute in which alice was refused at these seconds.
fn captured(name: UserName, refused: &[i64]) -> Report {
    let refusals: Vec<Refusal> = (1..)
        .zip(refused)
        .map(|(number, second)| Refusal {
            time: Moment(second * SECOND),
            frame: Frame { file: 0, number },
            client: CLIENT,
            held: 50,
            inferred: false,
        })
        .collect();
    let counts = Counts { refused: refusals.len() as u64, ..Counts::default() };
    let server = Server {
        address: Ipv4Addr::new(192, 0, 2, 10).into(),
        ports: vec![49_700],
        name: Some("DC1".to_owned()),
        totals: counts,
        concurrency: Default::default(),
        timeline: Default::default(),
        cap: Default::default(),
        users: vec![User { name, counts, refusals, ..User::default() }],
        others: Counts::default(),
    };
    let capture = Capture { first: Some(Moment(0)), last: Some(Moment(60 * SECOND)), ..Capture::default() };
    Report { capture, servers: vec![server], ..Report::default() }
}

fn account(domain: &str, name: &str) -> UserName {
    UserName::Account { domain: domain.to_owned(), name: name.to_owned(), source: NameSource::Ntlm }
}

fn logged(user: &str, seconds: &[i64]) -> EventLog {
    let at = |second: &i64| LoggedRefusal {
        time: Moment(second * SECOND),
        computer: Some("dc1.acme.test".to_owned()),
        user: user.to_owned(),
        limit: Some(50),
        ..LoggedRefusal::default()
    };
    EventLog { refusals: seconds.iter().map(at).collect(), ..EventLog::default() }
}

#[rstest]
#[case::as_it_is(r"ACME\alice")]
#[case::in_another_case(r"acme\ALICE")]
#[case::by_upn("alice@acme.test")]
#[case::by_the_domains_other_name(r"acme.test\alice")]
#[case::alone("Alice")]
fn each_event_is_paired_with_the_nearest_refusal_of_its_user(#[case] spelt: &str) {
    let mut report = captured(account("ACME", "alice"), &[10, 20, 21, 40]);
    compare(&mut report, logged(spelt, &[12, 20, 22]));
    let frames: Vec<Option<u64>> = report.events.iter().map(|event| event.frame.map(|frame| frame.number)).collect();
    assert_eq!(frames, [Some(1), Some(2), Some(3)]);
    assert_eq!(report.events[0].client, Some(CLIENT));
    let comparison = report.comparison.unwrap();
    assert_eq!((comparison.matched, comparison.only_in_capture, comparison.only_in_log), (3, 1, 0));
}

#[test]
fn another_user_another_time_and_another_server_are_no_counterpart() {
    let mut report = captured(account("ACME", "alice"), &[10]);
    compare(&mut report, logged(r"ACME\bob", &[10]));
    assert_eq!(report.comparison.as_ref().unwrap().only_in_log, 1);
    assert!(report.events[0].why_not.as_ref().unwrap().contains("no NspiBind of this user"));

    let mut report = captured(account("ACME", "alice"), &[10]);
    compare(&mut report, logged(ALICE, &[16, 3_600]));
    let comparison = report.comparison.as_ref().unwrap();
    assert_eq!((comparison.only_in_log, comparison.outside, comparison.only_in_capture), (1, 1, 1));
    let alice = &comparison.users[0];
    assert_eq!((alice.logged, alice.within_capture, alice.captured, alice.matched), (2, 1, 1, 0));

    let mut report = captured(account("ACME", "alice"), &[10]);
    report.servers[0].name = Some("dc2.acme.test".to_owned());
    compare(&mut report, logged(ALICE, &[10]));
    assert_eq!(report.comparison.unwrap().matched, 0);
}

#[test]
fn where_the_capture_hides_the_user_time_decides() {
    let hidden = UserName::Address { address: CLIENT, why: "Kerberos hides it".to_owned() };
    let mut report = captured(hidden, &[10]);
    compare(&mut report, logged(ALICE, &[11, 12]));
    assert_eq!(report.comparison.unwrap().matched, 1, "one refusal has one event");
}

#[test]
fn refusals_that_were_not_kept_are_not_missed() {
    let mut report = captured(account("ACME", "alice"), &[10]);
    report.servers[0].users[0].counts.refused = 100;
    compare(&mut report, logged(ALICE, &[10, 30]));
    let comparison = report.comparison.unwrap();
    assert_eq!(
        (comparison.matched, comparison.not_compared, comparison.outside, comparison.only_in_log),
        (1, 99, 1, 0)
    );
}
