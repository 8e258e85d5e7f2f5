//! The log by itself: who was refused, how often, from when to when. And, beside a capture, what agrees.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::EventLog;
use crate::report::words::{padding, visible, width};
use crate::report::{Moment, Report};

/// What the log says about one user on one computer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refused {
    /// The user, as the first event spells it.
    pub user: String,
    /// The computer that refused; empty if the events do not say.
    pub computer: String,
    /// How often.
    pub count: u64,
    /// The limit in force at the last refusal.
    pub limit: Option<u32>,
    /// The first refusal.
    pub first: Moment,
    /// The last one.
    pub last: Moment,
}

impl EventLog {
    /// The users of the log, the most often refused first. Spellings that differ in case are one user.
    #[must_use]
    pub fn users(&self) -> Vec<Refused> {
        let mut users: BTreeMap<(String, String), Refused> = BTreeMap::new();
        for refusal in &self.refusals {
            let computer = refusal.computer.clone().unwrap_or_default();
            let user = users.entry((refusal.user.to_uppercase(), computer.to_uppercase())).or_insert_with(|| Refused {
                user: refusal.user.clone(),
                computer,
                first: refusal.time,
                ..Refused::default()
            });
            user.count += 1;
            user.limit = refusal.limit.or(user.limit);
            user.last = refusal.time;
        }
        let mut users: Vec<Refused> = users.into_values().collect();
        users.sort_by_key(|user| std::cmp::Reverse(user.count));
        users
    }

    /// The limit, if all events name the same one: several logs, or a change of the value, leave it open.
    #[must_use]
    pub fn limit(&self) -> Option<u32> {
        let mut limits = self.refusals.iter().map(|refusal| refusal.limit);
        let first = limits.next()??;
        limits.all(|limit| limit == Some(first)).then_some(first)
    }
}

impl fmt::Display for EventLog {
    /// A table for people; control characters of names are shown as escapes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let users = self.users();
        if users.is_empty() {
            writeln!(f, "No event 2820 is in this log, among {} other events.", self.others)?;
            writeln!(f, "On Windows Server 2008 it is written only while `4 MAPI Interface Events` is at 5.")?;
        } else {
            let rows = users.iter().map(|user| {
                let limit = user.limit.map_or("?".to_owned(), |limit| limit.to_string());
                [
                    visible(&user.user),
                    user.count.to_string(),
                    limit,
                    second(user.first),
                    second(user.last),
                    visible(&user.computer),
                ]
            });
            table(f, ["refused user", "times", "cap", "first (UTC)", "last (UTC)", "by"], &rows.collect::<Vec<_>>())?;
        }
        if self.damaged > 0 {
            writeln!(f, "{} events could not be read.", self.damaged)?;
        }
        if self.dropped > 0 {
            writeln!(f, "{} further events 2820 were only counted.", self.dropped)?;
        }
        Ok(())
    }
}

/// How the log and the capture of a report agree, as text for people; nothing, if no log was given.
#[must_use]
pub fn comparison_text(report: &Report) -> String {
    let Some(comparison) = &report.comparison else { return String::new() };
    let mut text = String::from("Beside the server's log (event 2820):\n");
    for sentence in &comparison.sentences {
        let _ = writeln!(text, "  {sentence}");
    }
    if !comparison.users.is_empty() {
        let rows: Vec<[String; 5]> = comparison
            .users
            .iter()
            .take(50)
            .map(|user| {
                let counts =
                    [user.logged, user.within_capture, user.captured, user.matched].map(|count| count.to_string());
                let [logged, within, captured, matched] = counts;
                [visible(&user.user), logged, within, captured, matched]
            })
            .collect();
        let heads = ["user", "events", "in the capture's time", "refused in the capture", "both"];
        let _ = table(&mut text, heads, &rows);
    }
    text
}

fn table<const N: usize>(out: &mut impl fmt::Write, heads: [&str; N], rows: &[[String; N]]) -> fmt::Result {
    let widths: Vec<usize> = (0..N)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell));
            cells.chain(heads.get(column).map(|head| width(head))).max().unwrap_or(0)
        })
        .collect();
    let line = |out: &mut dyn fmt::Write, cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).map(|(cell, &width)| format!("{cell}{}", padding(cell, width)));
        let padded: Vec<String> = padded.collect();
        writeln!(out, "{}", padded.join("  ").trim_end())
    };
    line(out, heads.to_vec())?;
    rows.iter().try_for_each(|row| line(out, row.iter().map(String::as_str).collect()))
}

fn second(moment: Moment) -> String {
    moment.to_string().get(..19).unwrap_or_default().replace('T', " ")
}
