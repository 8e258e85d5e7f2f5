//! Lays the log beside the capture: which event 2820 tells of which refused NspiBind?
//!
//! Pairs are made one to one, in the order of time: the same user, no more than [`WITHIN`] apart. Where the capture does not
//! know the user (Kerberos hides it), time alone decides. What has no partner is told, with the reason.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::EventLog;
use crate::report::{Comparison, Frame, LoggedRefusal, Moment, Report, Server, User, UserComparison, UserName};

/// So far apart may be what belongs together: the clocks of server and capturing machine differ.
const WITHIN: Duration = Duration::from_secs(5);

/// A refused NspiBind of the capture.
struct Captured<'a> {
    time: Moment,
    frame: Frame,
    client: IpAddr,
    server: &'a Server,
    user: &'a User,
    taken: bool,
}

impl Captured<'_> {
    /// Whether the capture does not know the user.
    fn hidden(&self) -> bool {
        matches!(self.user.name, UserName::Address { .. })
    }
}

/// Puts the log's refusals into the report, each with its counterpart, and how the two agree.
pub fn compare(report: &mut Report, log: EventLog) {
    let mut events = log.refusals;
    let mut captured = captured(report);
    let (first, last) = (report.capture.first.unwrap_or_default(), report.capture.last.unwrap_or_default());
    let mut comparison = Comparison {
        within_seconds: u32::try_from(WITHIN.as_secs()).unwrap_or(u32::MAX),
        other_events: log.others,
        damaged_events: log.damaged,
        dropped_events: log.dropped,
        not_compared: report
            .users()
            .map(|(_, user)| user.counts.refused.saturating_sub(user.refusals.len() as u64))
            .sum(),
        ..Comparison::default()
    };
    let mut users: BTreeMap<String, UserComparison> = BTreeMap::new();
    let mut from = 0;
    for event in &mut events {
        // Both are in the order of time: what lies too far back stays behind for good.
        while captured.get(from).is_some_and(|bind| event.time.since(bind.time) > WITHIN) {
            from += 1;
        }
        let near = captured[from..].iter_mut().take_while(|bind| bind.time.since(event.time) <= WITHIN);
        let found = near
            .filter(|bind| !bind.taken && belongs(event, bind))
            .min_by_key(|bind| (bind.hidden(), apart(event, bind)));
        let inside = event.time.since(last) <= WITHIN && first.since(event.time) <= WITHIN;
        let of_user = users.entry(fold(&event.user)).or_insert_with(|| named(&event.user));
        of_user.logged += 1;
        of_user.within_capture += u64::from(inside);
        if let Some(bind) = found {
            bind.taken = true;
            event.frame = Some(bind.frame);
            event.client = Some(bind.client);
            of_user.matched += 1;
            of_user.captured += 1;
            comparison.matched += 1;
        } else if inside && comparison.not_compared == 0 {
            comparison.only_in_log += 1;
            event.why_not =
                Some(format!("no NspiBind of this user was refused within {} seconds of it", WITHIN.as_secs()));
        } else {
            comparison.outside += 1;
            let why = if inside {
                "not all refusals of the capture were kept"
            } else {
                "it was logged outside of the capture's time"
            };
            event.why_not = Some(why.to_owned());
        }
    }
    for bind in captured.iter().filter(|bind| !bind.taken) {
        comparison.only_in_capture += 1;
        let name = bind.user.name.to_string();
        users.entry(fold(&name)).or_insert_with(|| named(&name)).captured += 1;
    }
    comparison.users = users.into_values().collect();
    comparison.sentences = sentences(&comparison, events.len());
    report.events = events;
    report.comparison = Some(comparison);
}

fn captured(report: &Report) -> Vec<Captured<'_>> {
    let mut captured: Vec<Captured<'_>> = report
        .users()
        .flat_map(|(server, user)| user.refusals.iter().map(move |refusal| (server, user, refusal)))
        .map(|(server, user, refusal)| Captured {
            time: refusal.time,
            frame: refusal.frame,
            client: refusal.client,
            server,
            user,
            taken: false,
        })
        .collect();
    captured.sort_by_key(|bind| bind.time);
    captured
}

fn named(user: &str) -> UserComparison {
    UserComparison { user: user.to_owned(), ..UserComparison::default() }
}

fn apart(event: &LoggedRefusal, bind: &Captured<'_>) -> Duration {
    event.time.since(bind.time).max(bind.time.since(event.time))
}

fn belongs(event: &LoggedRefusal, bind: &Captured<'_>) -> bool {
    let same_user = match &bind.user.name {
        UserName::Account { domain, name, .. } => is_account(&event.user, domain, name),
        UserName::Address { .. } => true, // any user may be behind it
        UserName::Anonymous { .. } => fold(&event.user).contains("ANONYMOUS"),
    };
    let same_server = match (&event.computer, &bind.server.name) {
        (Some(computer), Some(name)) => host(computer) == host(name),
        _ => true, // one of them is silent
    };
    same_user && same_server
}

/// Whether the log's `user` may be this account: `DOMAIN\user`, `user@domain` or `user`. Domains have two names, NetBIOS
/// and DNS, so they decide nothing.
fn is_account(user: &str, domain: &str, name: &str) -> bool {
    let account = |text: &str| {
        let text = text.rsplit_once('\\').map_or(text, |(_, account)| account);
        fold(text.split_once('@').map_or(text, |(account, _)| account))
    };
    let whole = if domain.is_empty() { fold(name) } else { fold(&format!(r"{domain}\{name}")) };
    fold(user) == whole || account(user) == account(name)
}

fn host(name: &str) -> String {
    fold(name.split('.').next().unwrap_or_default())
}

/// Names of Windows compare without case.
fn fold(name: &str) -> String {
    name.to_uppercase()
}

fn sentences(comparison: &Comparison, events: usize) -> Vec<String> {
    let Comparison { matched, only_in_log, outside, only_in_capture, .. } = comparison;
    let mut sentences = Vec::new();
    if events == 0 {
        sentences.push("The log has no event 2820. On Windows Server 2008 it is written only while `4 MAPI Interface Events` is at 5.".to_owned());
    } else {
        sentences
            .push(format!("{matched} of {events} events 2820 belong to an NspiBind that was refused in the capture."));
    }
    if *only_in_log > 0 {
        sentences.push(format!(
            "{only_in_log} have no counterpart though the capture covers their time: other clients were refused whose traffic it does not hold, or the clocks differ."
        ));
    }
    if *outside > 0 {
        sentences.push(format!("{outside} could not be compared: they were logged before or after the capture, or it holds too many refusals."));
    }
    if *only_in_capture > 0 {
        let binds = if *only_in_capture == 1 { "NspiBind has" } else { "NspiBinds have" };
        sentences.push(format!(
            "{only_in_capture} refused {binds} no event: the user has no right to open a session, the event is not logged (Windows Server 2008 below level 5), or the log is another server's."
        ));
    }
    if comparison.damaged_events > 0 {
        sentences.push(format!("{} events of the log could not be read.", comparison.damaged_events));
    }
    if comparison.dropped_events > 0 {
        sentences.push(format!("{} further events 2820 are only counted.", comparison.dropped_events));
    }
    sentences
}
