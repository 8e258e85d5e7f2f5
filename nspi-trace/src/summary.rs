//! The report, drawn up from what was counted.

use std::cmp::Reverse;

use hashbrown::HashMap;

use crate::analysis::{Analysis, DEFAULT_CAP};
use crate::evidence::{self, Shown};
use crate::judge::{self, Facts};
use crate::ledger::{self, Session};
use crate::report::{Cap, CapSource, Client, Counts, Moment, Refusal, Report, SCHEMA, Server, SessionEnd, User};

/// What is open at the end, of one client.
#[derive(Default)]
pub(crate) struct Open<'l> {
    never_ended: u64,
    lost: u64,
    abandoned: u32,
    oldest: Option<Moment>,
    /// The sessions, the abandoned ones and the oldest first; a few.
    pub(crate) sessions: Vec<(bool, Moment, &'l Session)>,
}

/// Users that are told one by one, a server.
const USERS: usize = 2_000;
/// Open sessions that are shown, a client.
const SHOWN: usize = 8;

impl<'l> Open<'l> {
    fn add(&mut self, session: &'l Session, end: SessionEnd, client: Option<&ledger::Client>, start: Moment) {
        if end == SessionEnd::Lost {
            self.lost += 1;
            return;
        }
        let opened = session.opened.map_or(start, |stamp| stamp.time);
        let tried = client.and_then(|client| client.tried).map(|(_, last)| last);
        let is_abandoned = tried.is_some_and(|tried| session.used < tried);
        self.never_ended += 1;
        self.abandoned += u32::from(is_abandoned);
        self.oldest = Some(self.oldest.map_or(opened, |oldest| oldest.min(opened)));
        let place = self.sessions.partition_point(|&(other, since, _)| (!other, since) <= (!is_abandoned, opened));
        if place < SHOWN {
            self.sessions.insert(place, (is_abandoned, opened, session));
            self.sessions.truncate(SHOWN);
        }
    }
}

pub(crate) fn report(analysis: &Analysis) -> Report {
    let ledger = &analysis.ledger;
    let mut open: HashMap<usize, Open<'_>> = HashMap::new();
    for (session, end) in ledger.sessions() {
        let place = session.seat.client;
        open.entry(place).or_default().add(session, end, ledger.people.clients.get(place), ledger.start);
    }
    let mut clients: HashMap<usize, Vec<usize>> = HashMap::new();
    for (place, client) in &ledger.people.clients {
        clients.entry(client.user).or_default().push(place);
    }
    let mut servers: Vec<Server> = ledger
        .people
        .servers
        .iter()
        .enumerate()
        .filter_map(|(place, counted)| Summary { analysis, open: &open, clients: &clients }.server(place, counted))
        .collect();
    servers.sort_by_key(|server| server.users.first().map_or(u8::MAX, |user| user.judgement.verdict.rank()));
    let mut report = Report {
        schema: SCHEMA,
        tool: concat!("nspi-trace ", env!("CARGO_PKG_VERSION")).to_owned(),
        capture: analysis.capture(),
        servers,
        ..Report::default()
    };
    report.notes = evidence::notes(&report, analysis.endpoints.assumed, &ledger.tickets);
    report
}

/// Sorts by what was forgotten and what was refused, the most first.
fn most_trouble(counts: &Counts) -> Reverse<u64> {
    Reverse(counts.not_unbound() + counts.refused)
}

/// Keeps the worst users; the rest goes into the sum of others.
fn worst(users: &mut Vec<User>, others: &mut Counts) {
    users.sort_by_key(|user| (user.judgement.verdict.rank(), most_trouble(&user.counts)));
    for user in users.drain(users.len().min(USERS)..) {
        *others += user.counts;
    }
}

struct Summary<'a> {
    analysis: &'a Analysis,
    open: &'a HashMap<usize, Open<'a>>,
    /// The clients of each user.
    clients: &'a HashMap<usize, Vec<usize>>,
}

impl Summary<'_> {
    /// `None`: it was bound to, but never called.
    fn server(&self, place: usize, counted: &ledger::Server) -> Option<Server> {
        let (start, end) = self.analysis.span();
        let people = &self.analysis.ledger.people;
        let mut users: Vec<(usize, &ledger::User)> =
            people.users.iter().filter(|(_, user)| user.server == place).collect();
        if users.is_empty() && counted.others == Counts::default() {
            return None;
        }
        users.sort_unstable_by(|(_, one), (_, other)| one.name.cmp(&other.name));
        let cap = self.cap(&users);
        let (mut totals, mut others) = (counted.counts, counted.others);
        let mut kept: Vec<User> = Vec::new();
        for (place, user) in users {
            let lost = user.counts.lost;
            let user = self.user(place, user, counted, cap);
            totals.never_ended += user.counts.never_ended;
            totals.lost += user.counts.lost.saturating_sub(lost);
            kept.push(user);
            if kept.len() >= 2 * USERS {
                worst(&mut kept, &mut others);
            }
        }
        worst(&mut kept, &mut others);
        let address = crate::frame::Endpoint { address: counted.address, port: 0 }.ip();
        let mut ports = counted.ports.clone();
        ports.sort_unstable();
        Some(Server {
            address,
            ports,
            name: counted.name.clone(),
            totals,
            concurrency: counted.gauge.concurrency(start, end),
            timeline: counted.gauge.timeline(start, end),
            cap,
            users: kept,
            others,
        })
    }

    /// The cap: as it was given, or where somebody was refused, if that was the same number more than once.
    fn cap(&self, users: &[(usize, &ledger::User)]) -> Cap {
        if let Some(sessions) = self.analysis.cap() {
            return Cap { sessions, source: CapSource::Given };
        }
        if let Some(sessions) = self.analysis.logged_cap() {
            return Cap { sessions, source: CapSource::Event };
        }
        let held = users.iter().flat_map(|(_, user)| user.refusals.iter().map(|seen| user.gauge.absolute(seen.held)));
        let held: Vec<u32> = held.filter(|&held| held > 0).collect();
        match held.iter().max() {
            Some(&most) if held.len() > 1 && held.iter().all(|&held| held == most) || most_is_default(&held) => {
                Cap { sessions: most, source: CapSource::Observed }
            }
            // Whoever holds more than the default shows that the cap is another one.
            _ => {
                let peak = users.iter().map(|(_, user)| user.gauge.concurrency(Moment(0), Moment(0)).peak).max();
                match peak {
                    Some(peak) if peak > DEFAULT_CAP => Cap { sessions: peak, source: CapSource::AtLeast },
                    _ => Cap::default(),
                }
            }
        }
    }

    fn user(&self, place: usize, counted: &ledger::User, server: &ledger::Server, cap: Cap) -> User {
        let (start, end) = self.analysis.span();
        let concurrency = counted.gauge.concurrency(start, end);
        let mut facts = Facts {
            counts: counted.counts,
            peak: concurrency.peak,
            at_end: concurrency.at_end,
            wanted: counted.gauge.absolute(counted.wanted),
            quiet: end.since(start),
            span: end.since(start),
            cap,
            capped: true,
            ..Facts::default()
        };
        let mut clients = Vec::new();
        for &place in self.clients.get(&place).map(Vec::as_slice).unwrap_or_default() {
            let Some(counted) = self.analysis.ledger.people.clients.get(place) else { continue };
            let (client, own) = self.client(place, counted, server, cap);
            facts.counts.never_ended += own.counts.never_ended;
            facts.counts.lost += own.counts.lost.saturating_sub(counted.counts.lost);
            facts.abandoned += own.abandoned;
            facts.longest = facts.longest.max(own.longest);
            facts.quiet = facts.quiet.min(own.quiet);
            facts.gaps |= own.gaps;
            clients.push(client);
        }
        clients.sort_by_key(|client: &Client| {
            (client.judgement.verdict.rank(), most_trouble(&client.counts), client.address)
        });
        let judgement = judge::judge(&facts);
        let advice = judge::advice(&facts, &judgement.verdict, clients.len());
        let refusals = counted.refusals.iter().map(|seen| Refusal {
            time: seen.at.time,
            frame: seen.at.frame,
            client: seen.ends.0.ip(),
            held: counted.gauge.absolute(seen.held),
            inferred: seen.inferred,
        });
        User {
            name: counted.name.clone(),
            counts: facts.counts,
            concurrency,
            timeline: counted.gauge.timeline(start, end),
            refusals: refusals.collect(),
            judgement,
            advice,
            clients,
        }
    }

    fn client(&self, place: usize, counted: &ledger::Client, server: &ledger::Server, cap: Cap) -> (Client, Facts) {
        let (start, end) = self.analysis.span();
        let concurrency = counted.gauge.concurrency(start, end);
        let nothing = Open::default();
        let open = self.open.get(&place).unwrap_or(&nothing);
        let mut counts = counted.counts;
        counts.never_ended += open.never_ended;
        counts.lost += open.lost;
        let facts = Facts {
            counts,
            peak: concurrency.peak,
            at_end: concurrency.at_end,
            wanted: 0,
            abandoned: open.abandoned,
            longest: open.oldest.map_or(std::time::Duration::ZERO, |oldest| end.since(oldest)),
            quiet: end.since(counted.tried.map_or(start, |(_, last)| last)),
            span: end.since(start),
            cap,
            capped: false,
            gaps: counted.gaps > 0,
        };
        let refusals = self.analysis.ledger.people.users.get(counted.user).map_or(&[][..], |user| &user.refusals);
        let shown = Shown { open, counted, refusals, concurrency: &concurrency };
        let client = Client {
            address: crate::frame::Endpoint { address: counted.address, port: 0 }.ip(),
            workstation: counted.workstation.clone(),
            connections: counted.connections,
            counts,
            judgement: judge::judge(&facts),
            evidence: evidence::of_client(&shown, server),
            filter: evidence::filter(counted, server),
            concurrency,
        };
        (client, facts)
    }
}

/// One refusal at the very default is enough to believe it.
fn most_is_default(held: &[u32]) -> bool {
    held.iter().max() == Some(&DEFAULT_CAP)
}
