//! Who has how many sessions now, and had a moment ago.

use std::collections::HashMap;

use super::visible;
use crate::report::{Report, Verdict};

/// So many past counts are kept a row: a minute of them.
const HISTORY: usize = 120;

/// So many rows are kept, the fullest ones.
const MAX_ROWS: usize = 200;

/// The users by how many sessions they have, the most first.
#[derive(Debug, Clone, Default)]
pub struct Board {
    rows: Vec<Row>,
    packets: u64,
    servers: usize,
    refused: u64,
    users: usize,
}

/// One user on one server.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Who it is; safe to print.
    pub user: String,
    /// The server; safe to print.
    pub server: String,
    /// Sessions open now.
    pub open: u32,
    /// The cap for it.
    pub cap: u32,
    /// The most at once so far.
    pub peak: u32,
    /// NspiBinds refused so far.
    pub refused: u64,
    /// The verdict so far.
    pub verdict: Verdict,
    /// It and its reason, in a sentence; safe to print.
    pub sentence: String,
    /// Sessions open at the last updates, the oldest first, at most 120.
    pub history: Vec<u64>,
}

impl Board {
    /// Takes in the report as it stands now.
    pub fn update(&mut self, report: &Report) {
        let before = std::mem::take(&mut self.rows).into_iter().map(|row| ((row.user, row.server), row.history));
        let mut before: HashMap<(String, String), Vec<u64>> = before.collect();
        let mut rows: Vec<Row> = report
            .users()
            .map(|(server, user)| Row {
                user: visible(&user.name.to_string()),
                server: visible(&server.name.clone().unwrap_or_else(|| server.address.to_string())),
                open: user.concurrency.at_end,
                cap: server.cap.sessions,
                peak: user.concurrency.peak,
                refused: user.counts.refused,
                verdict: user.judgement.verdict.clone(),
                sentence: visible(&user.judgement.sentence),
                history: Vec::new(),
            })
            .collect();
        self.users = rows.len();
        rows.sort_by(|one, other| {
            (other.open, other.refused, &one.user, &one.server).cmp(&(
                one.open,
                one.refused,
                &other.user,
                &other.server,
            ))
        });
        rows.truncate(MAX_ROWS);
        for row in &mut rows {
            row.history = before.remove(&(row.user.clone(), row.server.clone())).unwrap_or_default();
            row.history.push(row.open.into());
            let surplus = row.history.len().saturating_sub(HISTORY);
            row.history.drain(..surplus);
        }
        self.rows = rows;
        self.packets = report.capture.packets;
        self.servers = report.servers.len();
        self.refused = report.servers.iter().map(|server| server.totals.refused).sum();
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The whole in a line.
    #[must_use]
    pub fn summary(&self) -> String {
        let plural = |count: u64, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        format!(
            "{}, {}, {}, {} refused",
            plural(self.packets, "packet"),
            plural(self.servers as u64, "server"),
            plural(self.users as u64, "user"),
            self.refused
        )
    }
}
