//! Event 2820: its words, its XML, and the file it is appended to.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nspi_server::events::{EventLog, RateBound, SessionLimitReached};
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::Event;

const COMPUTER: &str = "dc1.acme.test";

fn event(user: &str, time: SystemTime) -> SessionLimitReached<'_> {
    SessionLimitReached { limit: 50, user, computer: COMPUTER, time }
}

/// All elements of a line in order, each with its text; attributes as `@name`. `None` if it is no well-formed XML.
fn elements(line: &str) -> Option<Vec<(String, String)>> {
    let mut reader = Reader::from_str(line);
    let (mut elements, mut text, mut depth) = (Vec::new(), String::new(), 0_i32);
    loop {
        let next = reader.read_event().ok()?;
        match &next {
            Event::Start(start) | Event::Empty(start) => {
                depth += i32::from(matches!(next, Event::Start(_)));
                for attribute in start.attributes() {
                    let attribute = attribute.ok()?;
                    elements.push((format!("@{}", attribute.key.as_ref()), attribute.value.to_string()));
                }
                text.clear();
            }
            Event::Text(part) => text.push_str(&part.clone().into_inner()),
            Event::GeneralRef(part) => text.push_str(&format!("&{};", part.clone().into_inner())),
            Event::End(end) => {
                depth -= 1;
                elements
                    .push((end.name().as_ref().to_owned(), unescape(&std::mem::take(&mut text)).ok()?.into_owned()));
            }
            Event::Eof => return (depth == 0 && !elements.is_empty()).then_some(elements),
            _ => return None,
        }
    }
}

fn values<'a>(elements: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    elements.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str()).collect()
}

#[test]
fn the_message_is_the_articles_word_for_word() {
    assert_eq!(
        event(r"ACME\alice", UNIX_EPOCH).to_string(),
        "NSPI max connection limit for the user has reached.\n\
         You need to do NSPI unbind on old connections before making new connections.\n\
         Additional Data\n\
         Max NSPI connections per user:\n50\n\
         User:\nACME\\alice"
    );
}

#[test]
fn the_event_is_one_line_of_event_xml() {
    let event = event(r"ACME\alice", UNIX_EPOCH + Duration::from_nanos(1_700_000_000_123_456_700));
    assert_eq!(
        event.xml(),
        concat!(
            r#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>"#,
            r#"<Provider Name="Microsoft-Windows-ActiveDirectory_DomainService"/><EventID>2820</EventID><Level>3</Level>"#,
            r#"<TimeCreated SystemTime="2023-11-14T22:13:20.1234567Z"/><Channel>Directory Service</Channel>"#,
            r#"<Computer>dc1.acme.test</Computer></System>"#,
            r#"<EventData><Data>50</Data><Data>ACME\alice</Data></EventData><RenderingInfo Culture="en-US">"#,
            r#"<Message>NSPI max connection limit for the user has reached.&#10;"#,
            r#"You need to do NSPI unbind on old connections before making new connections.&#10;Additional Data&#10;"#,
            r#"Max NSPI connections per user:&#10;50&#10;User:&#10;ACME\alice</Message>"#,
            r#"<Level>Warning</Level><Channel>Directory Service</Channel></RenderingInfo></Event>"#,
        )
    );
    let elements = elements(&event.xml()).unwrap();
    assert_eq!(values(&elements, "Data"), ["50", r"ACME\alice"]);
    assert_eq!(values(&elements, "Message"), [event.to_string()]);
}

#[test]
fn a_clock_far_off_still_gives_an_event() {
    let far = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1 << 40)).unwrap();
    assert_eq!(values(&elements(&event("u", far).xml()).unwrap(), "@SystemTime"), ["1970-01-01T00:00:00.0000000Z"]);
    let before = UNIX_EPOCH - Duration::from_secs(1);
    assert_eq!(values(&elements(&event("u", before).xml()).unwrap(), "@SystemTime"), ["1969-12-31T23:59:59.0000000Z"]);
}

proptest! {
    #[test]
    fn any_user_name_gives_one_well_formed_line(user in any::<String>(), limit: u32) {
        let event = SessionLimitReached { limit, user: &user, computer: COMPUTER, time: UNIX_EPOCH };
        let line = event.xml();
        prop_assert!(!line.contains(['\n', '\r']));
        let elements = elements(&line).unwrap();
        prop_assert_eq!(values(&elements, "Data")[0], limit.to_string());
        let shown = values(&elements, "Data")[1];
        prop_assert_eq!(shown.chars().count(), user.chars().count());
        prop_assert!(shown.chars().zip(user.chars()).all(|(shown, c)| shown == c || shown == char::REPLACEMENT_CHARACTER));
    }
}

fn lines(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn each_event_is_appended_and_an_existing_file_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.xml");
    for user in [r"ACME\alice", r"ACME\bob"] {
        let log = EventLog::new(COMPUTER).with_file(&path, 1 << 20).unwrap();
        log.session_limit_reached(50, user);
    }
    let users: Vec<String> =
        lines(&path).iter().map(|line| values(&elements(line).unwrap(), "Data")[1].to_owned()).collect();
    assert_eq!(users, [r"ACME\alice", r"ACME\bob"]);
}

#[test]
fn after_a_crash_in_the_middle_of_a_line_only_that_event_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.xml");
    let whole = event("first", UNIX_EPOCH).xml();
    std::fs::write(&path, format!("{whole}\n{}", &whole[..whole.len() / 2])).unwrap();
    let log = EventLog::new(COMPUTER).with_file(&path, 1 << 20).unwrap();
    log.session_limit_reached(50, "third");
    log.session_limit_reached(50, "fourth");
    let read: Vec<bool> = lines(&path).iter().map(|line| elements(line).is_some()).collect();
    assert_eq!(read, [true, false, true, true]);
}

#[test]
fn events_at_the_same_time_do_not_mix() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.xml");
    let log = EventLog::new(COMPUTER).with_file(&path, 1 << 30).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let log = &log;
            scope.spawn(move || (0..50).for_each(|_| log.session_limit_reached(50, &format!("user{thread}"))));
        }
    });
    let lines = lines(&path);
    assert_eq!(lines.len(), 400);
    assert!(lines.iter().all(|line| elements(line).is_some()));
}

#[test]
fn a_full_file_is_set_aside_and_the_space_stays_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.xml");
    let max = 3000;
    let log = EventLog::new(COMPUTER).with_file(&path, max).unwrap();
    for number in 0..20 {
        log.session_limit_reached(number, "user");
    }
    let older = dir.path().join("events.xml.1");
    assert!(std::fs::metadata(&path).unwrap().len() <= max && std::fs::metadata(&older).unwrap().len() <= max);
    let kept: Vec<String> = [lines(&older), lines(&path)]
        .concat()
        .iter()
        .map(|line| values(&elements(line).unwrap(), "Data")[0].to_owned())
        .collect();
    assert_eq!(kept.last().map(String::as_str), Some("19"));
    assert!(kept.windows(2).all(|pair| pair[0].parse::<u32>().unwrap() + 1 == pair[1].parse::<u32>().unwrap()));
}

#[test]
fn a_file_that_cannot_be_opened_is_refused() {
    assert!(EventLog::new(COMPUTER).with_file(Path::new("."), 1000).is_err());
}

#[test]
fn the_bound_admits_a_burst_then_one_an_interval_and_tells_what_it_held_back() {
    let (second, start) = (Duration::from_secs(1), Instant::now());
    let bound = RateBound::new(3, second);
    let admitted = |at: Instant, times: usize| (0..times).map(|_| bound.admit(at)).collect::<Vec<_>>();
    assert_eq!(admitted(start, 5), [Some(0), Some(0), Some(0), None, None]);
    assert_eq!(admitted(start + second / 2, 1), [None]);
    assert_eq!(admitted(start + second, 2), [Some(3), None]);
    assert_eq!(
        admitted(start + 100 * second, 4),
        [Some(1), Some(0), Some(0), None],
        "it never holds more than its burst"
    );
}

#[test]
fn a_flood_of_refusals_is_a_few_warnings_and_all_of_the_events() {
    let (log_lines, dir) = (Arc::new(Mutex::new(Vec::new())), tempfile::tempdir().unwrap());
    let path = dir.path().join("events.xml");
    let log = EventLog::new(COMPUTER).with_file(&path, 1 << 30).unwrap();
    let writer = log_lines.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || Lines(writer.clone())).finish();
    tracing::subscriber::with_default(subscriber, || {
        (0..500).for_each(|_| log.session_limit_reached(50, r"ACME\alice"));
    });
    let text = String::from_utf8(log_lines.lock().unwrap().clone()).unwrap();
    let warnings = text.lines().count();
    assert!((10..400).contains(&warnings), "{warnings} warnings");
    let first = text.lines().next().unwrap();
    assert!(
        first.contains("WARN") && first.contains("event=2820 limit=50 user=\"ACME\\\\alice\" suppressed=0"),
        "{first}"
    );
    assert_eq!(lines(&path).len(), 500);
}

struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(octets)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
