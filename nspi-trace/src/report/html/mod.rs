//! The report as one page: it loads nothing, and runs no script but its own.
//!
//! ```text
//!   Report ──► Page (this module: what is shown, and how much of it) ──► templates/page.html
//!                └─ Chart (chart.rs: geometry)                             page.css  page.js
//! ```
//!
//! Whatever came from the capture is escaped by the template, and cannot run even if it were not: the page's policy admits
//! one script, by its hash.

mod chart;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use self::chart::Chart;
use super::words::{how_sure, what_to_do};
use super::{CapSource, Frame, LoggedRefusal, Moment, Report, Server, User, Verdict};

const STYLE: &str = include_str!("../../../templates/page.css");
const SCRIPT: &str = include_str!("../../../templates/page.js");

/// Of a server's users so many are drawn and told in words, the worst ones; so many stand in the table.
const MAX_CHARTS: usize = 24;
const MAX_ROWS: usize = 500;

/// So many events stand in the table of the log.
const MAX_EVENTS: usize = 500;

/// What the template shows.
#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    report: &'a Report,
    policy: String,
    style: &'static str,
    script: &'static str,
    headline: String,
    cards: Vec<Card<'a>>,
    servers: Vec<ServerPart<'a>>,
    events: &'a [LoggedRefusal],
    missing: Vec<String>,
}

impl Page<'_> {
    /// `dc1.acme.test (192.0.2.10)`, or the address alone.
    fn server_name(&self, server: &Server) -> String {
        match &server.name {
            Some(name) => format!("{name} ({})", server.address),
            None => server.address.to_string(),
        }
    }

    /// The chart in a sentence, for who cannot see it.
    fn chart_label(&self, user: &User, server: &Server) -> String {
        let peak = user.concurrency.peak;
        let (refused, cap) = (user.counts.refused, server.cap.sessions);
        format!(
            "Sessions of {} over time: at most {peak} at once, the cap is {cap}, {refused} refused. Arrow keys move through it.",
            user.name
        )
    }
}

/// A verdict in words.
struct Card<'a> {
    user: &'a User,
    server: &'a Server,
    anchor: String,
}

struct ServerPart<'a> {
    server: &'a Server,
    chart: Chart,
    users: Vec<UserPart<'a>>,
    rows: &'a [User],
    left_out: usize,
}

struct UserPart<'a> {
    user: &'a User,
    anchor: String,
    chart: Chart,
}

impl Report {
    /// The report as a self-contained HTML page.
    ///
    /// It may be printed, and read without a mouse, without colours and without scripts. Of a server with very many users
    /// only the worst ones are drawn; the page says so.
    #[must_use]
    pub fn to_html(&self) -> String {
        let servers: Vec<ServerPart<'_>> =
            (0..).zip(&self.servers).map(|(index, server)| part(index, server)).collect();
        let cards = servers.iter().flat_map(|part| {
            part.users.iter().map(|user| Card { user: user.user, server: part.server, anchor: user.anchor.clone() })
        });
        let mut cards: Vec<Card<'_>> =
            cards.filter(|card| !matches!(card.user.judgement.verdict, Verdict::Healthy)).collect();
        cards.sort_by_key(|card| card.user.judgement.verdict.rank());
        cards.truncate(MAX_CHARTS);
        let page = Page {
            report: self,
            policy: policy(),
            style: STYLE,
            script: SCRIPT,
            headline: headline(self),
            cards,
            servers,
            events: &self.events[..self.events.len().min(MAX_EVENTS)],
            missing: missing(self),
        };
        // The template has no fallible parts.
        page.render().unwrap_or_default()
    }
}

/// One script and one style, both in the page, and nothing from anywhere.
fn policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(SCRIPT.as_bytes()));
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    )
}

fn part(index: usize, server: &Server) -> ServerPart<'_> {
    let users = (0..).zip(server.users.iter().take(MAX_CHARTS)).map(|(number, user): (usize, &User)| UserPart {
        user,
        anchor: format!("server-{index}-user-{number}"),
        chart: Chart::new(&user.timeline, &user.refusals, Some(server.cap.sessions)),
    });
    let mut refused: Vec<_> = server.users.iter().flat_map(|user| user.refusals.iter().cloned()).collect();
    refused.sort_by_key(|refusal| refusal.time);
    refused.iter_mut().for_each(|refusal| refusal.held = chart::sessions_at(&server.timeline, refusal.time));
    ServerPart {
        server,
        chart: Chart::new(&server.timeline, &refused, None),
        users: users.collect(),
        rows: &server.users[..server.users.len().min(MAX_ROWS)],
        left_out: server.users.len().saturating_sub(MAX_ROWS),
    }
}

/// The whole in a sentence.
fn headline(report: &Report) -> String {
    let count = |is: fn(&Verdict) -> bool| report.users().filter(|(_, user)| is(&user.judgement.verdict)).count();
    let users = |count: usize| if count == 1 { "One user".to_owned() } else { format!("{count} users") };
    let leaking = count(|verdict| matches!(verdict, Verdict::Leaks { .. }));
    let hoarding = count(|verdict| matches!(verdict, Verdict::Hoards { .. }));
    let needing = count(|verdict| matches!(verdict, Verdict::Needs { .. }));
    let refused: u64 = report.servers.iter().map(|server| server.totals.refused).sum();
    let what = if report.servers.is_empty() {
        return "No NSPI traffic is in this capture.".to_owned();
    } else if leaking > 0 {
        format!("{} leak{} sessions.", users(leaking), if leaking == 1 { "s" } else { "" })
    } else if hoarding > 0 {
        format!("{} hoard{} sessions.", users(hoarding), if hoarding == 1 { "s" } else { "" })
    } else if needing > 0 {
        format!(
            "Nobody leaks; {} need{} more sessions than the cap allows.",
            users(needing).to_lowercase(),
            if needing == 1 { "s" } else { "" }
        )
    } else if count(|verdict| matches!(verdict, Verdict::NotEnoughSeen)) > 0 {
        "Nobody is seen to leak; of some users too little was seen.".to_owned()
    } else {
        "Nobody leaks.".to_owned()
    };
    match refused {
        0 => format!("{what} No NspiBind was refused."),
        1 => format!("{what} One NspiBind was refused."),
        _ => format!("{what} {refused} NspiBinds were refused."),
    }
}

/// What was not seen, or not kept: a sentence each.
fn missing(report: &Report) -> Vec<String> {
    let capture = &report.capture;
    let (unread, missing, dropped) = (&capture.unread, &capture.missing, &capture.dropped);
    let problems = capture.files.iter().filter_map(|file| Some(format!("{}: {}.", file.name, file.problem.as_ref()?)));
    let counted = [
        (
            missing.gaps,
            format!("gaps in connections with NSPI, {} octets in all: packets that the capture lost", missing.octets),
        ),
        (missing.begun_before, "connections had begun before the capture".to_owned()),
        (missing.half_seen_calls, "NSPI calls of which request or answer is missing".to_owned()),
        (
            unread.cut_short,
            "TCP segments recorded shorter than they were sent (a snap length): capture whole packets".to_owned(),
        ),
        (unread.malformed, "packets with headers that are cut or contradict themselves".to_owned()),
        (unread.ip_fragments, "fragments of IP packets, not put together".to_owned()),
        (unread.unknown_link, "packets of a link type that this program does not know".to_owned()),
        (dropped.connections, "connections given up, because too many were open at once".to_owned()),
        (dropped.sessions, "sessions not remembered one by one, because too many were open at once".to_owned()),
        (dropped.clients, "users and clients counted together, because there are too many".to_owned()),
        (dropped.segments, "segments ahead of a gap that could not be kept".to_owned()),
    ];
    let counted = counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}."));
    problems.chain(counted).chain(report.notes.iter().cloned()).collect()
}

/// For the style sheet: how bad a verdict is.
fn tone(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Leaks { .. } | Verdict::Hoards { .. } => "bad",
        Verdict::Needs { .. } => "warn",
        Verdict::Healthy => "good",
        Verdict::NotEnoughSeen => "",
    }
}

fn cap_source(source: CapSource) -> &'static str {
    match source {
        CapSource::Given => "as given with --cap",
        CapSource::Observed => "sessions were refused at this number",
        CapSource::AtLeast => "or more, since that many were held",
        CapSource::Event => "as event 2820 says",
        CapSource::Default => "the default of Windows",
    }
}

/// Text with `code` in it, in pieces: every second one is code.
fn pieces(text: &str) -> impl Iterator<Item = (bool, &str)> {
    text.split('`').enumerate().map(|(index, piece)| (index % 2 == 1, piece))
}

/// `2026-11-22 13:00:05.123` (UTC).
fn time(moment: &Moment) -> String {
    let text = moment.to_string();
    text.get(..23).unwrap_or(&text).replace('T', " ")
}

/// A packet, with its file where there are several.
fn packet(report: &Report, frame: &Frame) -> String {
    let file = usize::try_from(frame.file).ok().and_then(|file| report.capture.files.get(file));
    match file {
        Some(file) if report.capture.files.len() > 1 => format!("{} of {}", frame.number, file.name),
        _ => frame.number.to_string(),
    }
}
