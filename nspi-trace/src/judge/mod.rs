//! The definitions behind the verdicts, and their thresholds. All of them stand here.
//!
//! | word | meaning |
//! |---|---|
//! | forgotten | a session that nobody unbound, and that *ended by disconnect* or is *abandoned* |
//! | ended by disconnect | its association group's last connection ended, and the server ran it down |
//! | abandoned | still open at the end of the capture, and not used since its client opened, or tried to open, another one |
//! | **leaks** | one session ended by disconnect, or [`LEAK_FROM`] abandoned ones: that many are no pool of a few sessions |
//! | **hoards** | [`HOARD_FROM`] abandoned ones, and none was opened or asked for in the last [`QUIET`]: they do not grow in number |
//! | **needs** | nothing is forgotten, but sessions were refused, or the peak with its margin is above the cap |
//! | **healthy** | sessions were seen to be unbound and none is forgotten, or a few are simply held for long |
//! | **not enough seen** | everything else: nothing was opened, or nothing was open for long enough to tell |
//!
//! One session ended by disconnect is a leak, since the rule is that each NspiBind has its NspiUnbind, and the capture
//! shows that this one has not. Whether it matters for the cap is told by `hours_to_cap`: sessions that end with their
//! connections do not pile up. With encrypted traffic it is not known which session a call uses; the latest of its
//! connection is assumed, and the verdict says that it is inferred.

mod advice;

use std::time::Duration;

use crate::report::{Cap, CapSource, Certainty, Counts, Judgement, Verdict};

use self::advice::is_close;
pub(crate) use self::advice::{advice, value};

/// So many abandoned sessions are a leak.
const LEAK_FROM: u32 = 3;
/// So many abandoned sessions that do not grow in number are a hoard.
const HOARD_FROM: u32 = 10;
/// How long nothing must have been opened to say that their number does not grow, and how long a session must have been
/// held to say that it is simply held.
const QUIET: Duration = Duration::from_secs(600);
/// Rates are told an hour; what is captured in less than this is not blown up further.
const SHORTEST: Duration = Duration::from_secs(60);

/// What a verdict rests on.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Facts {
    /// `never_ended` included.
    pub(crate) counts: Counts,
    pub(crate) peak: u32,
    pub(crate) at_end: u32,
    /// The most that were wanted at once, those refused included.
    pub(crate) wanted: u32,
    /// Abandoned sessions.
    pub(crate) abandoned: u32,
    /// How long the oldest session that is still open has been.
    pub(crate) longest: Duration,
    /// Since a session was last opened or asked for.
    pub(crate) quiet: Duration,
    /// Of the capture.
    pub(crate) span: Duration,
    pub(crate) cap: Cap,
    /// Whether the cap is counted for this: for users it is, for one of their clients it is not.
    pub(crate) capped: bool,
    /// Something that could matter is missing from the capture.
    pub(crate) gaps: bool,
}

/// Judges a user or a client.
pub(crate) fn judge(facts: &Facts) -> Judgement {
    let verdict = verdict(facts);
    let certainty = if facts.counts.inferred > 0 {
        Certainty::Inferred
    } else if facts.gaps || facts.counts.lost > 0 {
        Certainty::Gaps
    } else {
        Certainty::Read
    };
    let mut sentence = sentence(facts, &verdict);
    match certainty {
        Certainty::Read => {}
        Certainty::Inferred => sentence.push_str(" Encrypted: inferred from the lengths of calls."),
        Certainty::Gaps => sentence.push_str(" The capture has gaps, in which sessions may have been unbound."),
    }
    Judgement { verdict, certainty, sentence }
}

fn verdict(facts: &Facts) -> Verdict {
    let Facts { counts, abandoned, cap, .. } = *facts;
    let cut_off = counts.ended_by_disconnect;
    if cut_off == 0 && abandoned >= HOARD_FROM && facts.quiet >= QUIET {
        return Verdict::Hoards { held: abandoned, longest: facts.longest.as_secs() };
    }
    if cut_off > 0 || abandoned >= LEAK_FROM {
        let piling = per_hour(abandoned.into(), facts.span);
        let room = f64::from(cap.sessions.saturating_sub(facts.at_end));
        let hours_to_cap = match counts.refused {
            0 => (abandoned >= LEAK_FROM).then_some(room / piling),
            _ => Some(0.0),
        };
        return Verdict::Leaks { per_hour: per_hour(cut_off + u64::from(abandoned), facts.span), hours_to_cap };
    }
    let sessions = facts.peak.max(facts.wanted);
    let close = cap.source != CapSource::AtLeast && is_close(sessions, cap.sessions);
    if facts.capped && sessions > 0 && (counts.refused > 0 && sessions > 1 || close) {
        return Verdict::Needs { sessions, value: value(sessions) };
    }
    if counts.unbound > 0 || counts.sessions() > 0 && facts.longest >= QUIET {
        return Verdict::Healthy;
    }
    Verdict::NotEnoughSeen
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn per_hour(sessions: u64, span: Duration) -> f64 {
    sessions as f64 * 3_600.0 / span.max(SHORTEST).as_secs_f64()
}

fn sentence(facts: &Facts, verdict: &Verdict) -> String {
    let Facts { counts, abandoned, cap, .. } = *facts;
    let opened = count(counts.sessions(), "session");
    match verdict {
        Verdict::Leaks { hours_to_cap, .. } => {
            let mut parts = vec![format!("{opened} opened, {} unbound", counts.unbound)];
            if counts.ended_by_disconnect > 0 {
                parts.push(format!("{} ended only with the connection", counts.ended_by_disconnect));
            }
            if abandoned > 0 {
                parts.push(format!("{abandoned} left open and unused"));
            }
            let end = match hours_to_cap {
                Some(hours) if *hours <= 0.0 => format!("the cap of {} is reached", cap.sessions),
                Some(hours) => format!("at this rate the cap of {} is reached in {}", cap.sessions, time(*hours)),
                None => "they end with their connections, so they do not pile up".to_owned(),
            };
            format!("{}: {end}.", parts.join(", "))
        }
        Verdict::Hoards { held, longest } => {
            format!(
                "{held} sessions are held unused, the oldest for {} or longer; their number does not grow.",
                seconds(*longest)
            )
        }
        Verdict::Needs { sessions, value } if counts.refused > 0 => format!(
            "Sessions are unbound as they should be, but {sessions} were wanted at once and {} refused: set the value to {value}.",
            logons(counts.refused)
        ),
        Verdict::Needs { sessions, value } => format!(
            "Sessions are unbound as they should be, and none was refused; but the peak of {sessions} is close to the cap of {}: {value} would leave a margin.",
            cap.sessions
        ),
        Verdict::Healthy if counts.unbound == 0 => format!("{opened} held for long, and no others asked for."),
        Verdict::Healthy => format!("{opened} opened, {} unbound, at most {} at once.", counts.unbound, facts.peak),
        Verdict::NotEnoughSeen if counts.sessions() > 0 => {
            format!("{opened} opened and still in use when the capture ended; capture for longer.")
        }
        Verdict::NotEnoughSeen if counts.refused > 0 => format!(
            "{} refused while no session was known to be open: no right to log on, or sessions from before the capture.",
            logons(counts.refused)
        ),
        Verdict::NotEnoughSeen => "No session was opened.".to_owned(),
    }
}

/// `1 logon was`, `2 logons were`.
fn logons(number: u64) -> String {
    format!("{} {}", count(number, "logon"), if number == 1 { "was" } else { "were" })
}

/// `1 session`, `2 sessions`.
fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn time(hours: f64) -> String {
    if hours >= 48.0 {
        format!("{:.0} days", hours / 24.0)
    } else if hours >= 2.0 {
        format!("{hours:.0} hours")
    } else {
        format!("{:.0} minutes", (hours * 60.0).ceil())
    }
}

fn seconds(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7_200 => format!("{} minutes", seconds / 60),
        _ => format!("{} hours", seconds / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(binds: u64, unbound: u64) -> Facts {
        Facts {
            counts: Counts { binds, unbound, ..Counts::default() },
            peak: 5,
            span: Duration::from_secs(3_600),
            capped: true,
            ..Facts::default()
        }
    }

    fn of(change: impl FnOnce(&mut Facts)) -> Verdict {
        let mut facts = seen(100, 100);
        change(&mut facts);
        judge(&facts).verdict
    }

    #[test]
    fn who_unbinds_everything_in_time_is_healthy() {
        assert_eq!(of(|_| {}), Verdict::Healthy);
    }

    #[test]
    fn one_session_that_ended_by_disconnect_is_a_leak_that_does_not_pile_up() {
        let verdict = of(|facts| facts.counts.ended_by_disconnect = 1);
        assert_eq!(verdict, Verdict::Leaks { per_hour: 1.0, hours_to_cap: None });
    }

    #[test]
    fn two_abandoned_sessions_are_none_and_three_are_a_leak_with_a_time_to_the_cap() {
        assert_eq!(of(|facts| facts.abandoned = 2), Verdict::Healthy);
        let verdict = of(|facts| (facts.abandoned, facts.at_end) = (3, 20));
        assert_eq!(verdict, Verdict::Leaks { per_hour: 3.0, hours_to_cap: Some(10.0) });
    }

    #[test]
    fn a_leak_that_was_refused_is_at_the_cap() {
        let verdict = of(|facts| (facts.abandoned, facts.counts.refused) = (50, 7));
        assert_eq!(verdict, Verdict::Leaks { per_hour: 50.0, hours_to_cap: Some(0.0) });
    }

    #[test]
    fn sessions_that_ended_by_disconnect_have_reached_the_cap_where_others_were_refused() {
        let verdict = of(|facts| (facts.counts.ended_by_disconnect, facts.counts.refused) = (50, 7));
        assert_eq!(verdict, Verdict::Leaks { per_hour: 50.0, hours_to_cap: Some(0.0) });
    }

    #[test]
    fn a_peak_far_below_a_small_cap_is_healthy() {
        let cap = Cap { sessions: 3, source: CapSource::Given };
        assert_eq!(of(|facts| (facts.peak, facts.cap) = (1, cap)), Verdict::Healthy);
    }

    #[test]
    fn ten_abandoned_sessions_are_a_hoard_if_nothing_was_opened_for_ten_minutes() {
        let hoard = |facts: &mut Facts| (facts.abandoned, facts.longest) = (10, Duration::from_secs(900));
        assert!(matches!(of(hoard), Verdict::Leaks { .. }));
        let verdict = of(|facts| {
            hoard(facts);
            facts.quiet = QUIET;
        });
        assert_eq!(verdict, Verdict::Hoards { held: 10, longest: 900 });
    }

    #[test]
    fn who_is_refused_without_forgetting_any_needs_more() {
        let verdict = of(|facts| (facts.counts.refused, facts.peak, facts.wanted) = (4, 50, 54));
        assert_eq!(verdict, Verdict::Needs { sessions: 54, value: 70 });
    }

    #[test]
    fn who_comes_close_to_the_cap_needs_more_but_not_each_of_its_clients() {
        let close = |facts: &mut Facts| facts.peak = 45;
        assert_eq!(of(close), Verdict::Needs { sessions: 45, value: 60 });
        let verdict = of(|facts| {
            close(facts);
            facts.capped = false;
        });
        assert_eq!(verdict, Verdict::Healthy);
    }

    #[test]
    fn a_peak_that_nobody_refused_is_not_held_against_a_cap_that_is_not_known() {
        let cap = Cap { sessions: 70, source: CapSource::AtLeast };
        assert_eq!(of(|facts| (facts.peak, facts.cap) = (70, cap)), Verdict::Healthy);
    }

    #[test]
    fn sessions_in_use_at_the_end_say_nothing_unless_they_are_held_for_long() {
        let mut facts = seen(4, 0);
        facts.counts.never_ended = 4;
        assert_eq!(judge(&facts).verdict, Verdict::NotEnoughSeen);
        facts.longest = QUIET;
        assert_eq!(judge(&facts).verdict, Verdict::Healthy);
    }

    #[test]
    fn refusals_without_a_known_session_are_not_enough() {
        let mut facts = seen(0, 0);
        (facts.peak, facts.wanted, facts.counts.refused) = (0, 1, 3);
        assert_eq!(judge(&facts).verdict, Verdict::NotEnoughSeen);
    }

    #[test]
    fn what_was_inferred_or_has_gaps_is_said() {
        let mut facts = seen(10, 10);
        facts.counts.inferred = 10;
        assert_eq!(judge(&facts).certainty, Certainty::Inferred);
        facts.counts.inferred = 0;
        facts.gaps = true;
        assert_eq!(judge(&facts).certainty, Certainty::Gaps);
    }

    #[test]
    fn a_capture_of_a_second_is_not_blown_up_to_thousands_an_hour() {
        let verdict = of(|facts| (facts.counts.ended_by_disconnect, facts.span) = (1, Duration::from_secs(1)));
        assert_eq!(verdict, Verdict::Leaks { per_hour: 60.0, hours_to_cap: None });
    }
}
