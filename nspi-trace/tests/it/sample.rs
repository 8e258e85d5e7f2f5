//! A report as an analysis would make it: a leak, a hoard, a need, somebody healthy; and names that try to be markup.

use std::net::{IpAddr, SocketAddr};

use nspi_trace::report::{
    Advice, Cap, CapSource, Capture, CaptureFile, Certainty, Client, Concurrency, Counts, Evidence, EvidenceKind,
    Formula, Frame, Judgement, Missing, Moment, NameSource, Point, Refusal, Report, SCHEMA, Server, Timeline, User,
    UserName, Verdict,
};

const SECOND: u64 = 1_000_000;
const HOUR: u64 = 3_600 * SECOND;

/// 2026-11-22 12:00 UTC.
const START: i64 = 1_795_348_800_000_000;

fn at(offset: u64) -> Moment {
    Moment(START + offset as i64)
}

fn account(domain: &str, name: &str) -> UserName {
    UserName::Account { domain: domain.to_owned(), name: name.to_owned(), source: NameSource::Ntlm }
}

/// A staircase from (offset, sessions).
fn timeline(steps: impl Iterator<Item = (u64, u32)>) -> Timeline {
    let mut points: Vec<Point> = Vec::new();
    for (offset, sessions) in steps {
        let offset = offset - offset % (2 * SECOND);
        match points.last_mut() {
            Some(point) if point.at == offset => {
                (point.low, point.high, point.last) = (point.low.min(sessions), point.high.max(sessions), sessions);
            }
            _ => points.push(Point { at: offset, low: sessions, high: sessions, last: sessions }),
        }
    }
    Timeline { start: at(0), end: at(HOUR), step: 2 * SECOND, before: 0, points }
}

fn concurrency(timeline: &Timeline) -> Concurrency {
    let peak = timeline.points.iter().map(|point| point.high).max().unwrap_or(0);
    let at_end = timeline.points.last().map_or(0, |point| point.last);
    Concurrency { peak, at_end, average: f64::from(peak) / 2.0, ..Concurrency::default() }
}

fn client(
    address: &str,
    workstation: Option<&str>,
    judgement: Judgement,
    counts: Counts,
    timeline: &Timeline,
) -> Client {
    let address: IpAddr = address.parse().unwrap();
    let end = SocketAddr::new(address, 50_123);
    let server: SocketAddr = "192.0.2.10:49700".parse().unwrap();
    let evidence = (1..=counts.never_ended.min(4)).map(|number| Evidence {
        kind: EvidenceKind::NeverEnded,
        frame: Frame { file: 0, number: 40 * number },
        time: at(number * 60 * SECOND),
        client: end,
        server,
        handle: Some("6f9619ff-8b86-d011-b42d-00c04fc964ff".to_owned()),
        sentence: "NspiBind opened a session that was never unbound.".to_owned(),
        filter: format!("tcp.stream eq {number} && dcerpc"),
    });
    Client {
        address,
        workstation: workstation.map(str::to_owned),
        connections: 3,
        counts,
        concurrency: concurrency(timeline),
        judgement,
        evidence: evidence.collect(),
        filter: format!("ip.addr == {address} && ip.addr == 192.0.2.10 && dcerpc"),
    }
}

fn user(
    name: UserName,
    from: &str,
    workstation: Option<&str>,
    verdict: Verdict,
    sentence: &str,
    timeline: Timeline,
) -> User {
    let judgement = Judgement { verdict: verdict.clone(), certainty: Certainty::Read, sentence: sentence.to_owned() };
    let concurrency = concurrency(&timeline);
    let never_ended = u64::from(concurrency.at_end);
    let counts = Counts {
        binds: never_ended + 30,
        unbound: 25,
        ended_by_disconnect: 5,
        never_ended,
        calls: 700,
        ..Counts::default()
    };
    let client = client(from, workstation, judgement.clone(), counts, &timeline);
    let advice = Advice {
        peak: concurrency.peak,
        margin_percent: 25,
        value: (concurrency.peak * 5 / 4).max(50),
        sentence: "Mend the program first: while it leaks, no value is high enough.".to_owned(),
        formulas: vec![Formula {
            product: "Quest Migration Manager for Exchange".to_owned(),
            rule: "agents that work at once, times 5".to_owned(),
            value: None,
        }],
        why_not_unlimited: "Each session beyond the default takes a page of memory on the domain controller."
            .to_owned(),
    };
    User { name, counts, concurrency, timeline, refusals: Vec::new(), judgement, advice, clients: vec![client] }
}

/// The report.
pub(crate) fn report() -> Report {
    let leak = timeline((0..57).map(|minute| (minute * 60 * SECOND, u32::try_from(minute).unwrap().min(50))));
    let mut leaking = user(
        account("ACME", "svc-bes"),
        "192.0.2.20",
        Some("BES01"),
        Verdict::Leaks { per_hour: 51.6, hours_to_cap: Some(1.0) },
        r"ACME\svc-bes opened 87 sessions and unbound 25: it leaks 51.6 an hour, and fills the cap of 50 in about an hour.",
        leak,
    );
    leaking.refusals = (50..57)
        .map(|minute| Refusal {
            time: at(minute * 60 * SECOND),
            frame: Frame { file: 0, number: 2_000 + minute },
            client: "192.0.2.20".parse().unwrap(),
            held: 50,
            inferred: false,
        })
        .collect();
    leaking.counts.refused = 7;
    leaking.clients[0].counts.refused = 7;
    let hoard = timeline((0..40).map(|step| (step * 10 * SECOND, u32::try_from(step).unwrap())));
    let mut hoarding = user(
        UserName::Address { address: "2001:db8::30".parse().unwrap(), why: "Kerberos hides the account".to_owned() },
        "2001:db8::30",
        None,
        Verdict::Hoards { held: 39, longest: 3_200 },
        "The client 2001:db8::30 keeps 39 sessions open, the oldest for 53 minutes.",
        hoard,
    );
    hoarding.judgement.certainty = Certainty::Inferred;
    let waves = timeline((0..600).map(|step| (step * 6 * SECOND, (20.0 + 18.0 * (step as f64 / 30.0).sin()) as u32)));
    let needing = user(
        account("ACME", "svc-vault"),
        "192.0.2.40",
        Some("VAULT"),
        Verdict::Needs { sessions: 62, value: 80 },
        "All of its sessions are unbound, and it needs 62 at once.",
        waves,
    );
    let mut hostile = user(
        account("<b>EVIL</b>", "\"><script>document.title='owned'</script>"),
        "192.0.2.66",
        Some("</style><img src=x onerror=document.title='owned'>"),
        Verdict::Healthy,
        "</script><script>document.title='owned'</script> {{ 7*7 }} &amp; &#x3c;",
        timeline([(600 * SECOND, 1), (1_200 * SECOND, 0)].into_iter()),
    );
    hostile.judgement.certainty = Certainty::Gaps;
    let users = vec![leaking, hoarding, needing, hostile];
    let mut totals = Counts::default();
    users.iter().for_each(|user| totals += user.counts);
    let all = timeline((0..57).map(|minute| (minute * 60 * SECOND, u32::try_from(minute).unwrap() + 30)));
    let server = Server {
        address: "192.0.2.10".parse().unwrap(),
        ports: vec![49_700],
        name: Some("dc1.acme.test".to_owned()),
        totals,
        concurrency: concurrency(&all),
        timeline: all,
        cap: Cap { sessions: 50, source: CapSource::Observed },
        users,
        others: Counts::default(),
    };
    let capture = Capture {
        files: vec![CaptureFile {
            name: "capture.pcapng".to_owned(),
            format: "pcapng".to_owned(),
            packets: 12_345,
            octets: 3_456_789,
            first: Some(at(0)),
            last: Some(at(HOUR)),
            problem: None,
        }],
        first: Some(at(0)),
        last: Some(at(HOUR)),
        packets: 12_345,
        octets: 3_456_789,
        connections: 40,
        nspi_connections: 12,
        missing: Missing { begun_before: 2, ..Missing::default() },
        ..Capture::default()
    };
    Report { schema: SCHEMA, tool: "nspi-trace 0.1.0".to_owned(), capture, servers: vec![server], ..Report::default() }
}
