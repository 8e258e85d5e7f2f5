//! The view for logs and pipes: a line whenever something about a user changes that matters.

use std::collections::HashMap;
use std::net::IpAddr;

use super::visible;
use crate::report::{Report, UserName, Verdict};

/// So many users are remembered; those beyond are told of in the final report only.
const MAX_USERS: usize = 10_000;

/// What was said last about each user.
#[derive(Debug, Default)]
pub struct Lines {
    said: HashMap<(IpAddr, UserName), Said>,
}

#[derive(Debug, Default, PartialEq)]
struct Said {
    /// Tenths of the cap: a line for each tenth, not for each session.
    fullness: u32,
    refused: u64,
    verdict: &'static str,
}

impl Lines {
    /// A line for each user whose sessions passed another tenth of the cap, who was refused again, or whose verdict changed.
    pub fn changes(&mut self, report: &Report) -> Vec<String> {
        let mut lines = Vec::new();
        let now = report.capture.last.unwrap_or_default().to_string();
        let now = now.get(..19).unwrap_or(&now).to_owned();
        for (server, user) in report.users() {
            let (open, cap) = (user.concurrency.at_end, server.cap.sessions);
            let verdict = &user.judgement.verdict;
            let tenths = u64::from(open) * 10 / u64::from(cap.max(1));
            let fullness = u32::try_from(tenths).unwrap_or(u32::MAX);
            let new = Said { fullness, refused: user.counts.refused, verdict: verdict.label() };
            let key = (server.address, user.name.clone());
            if self.said.len() >= MAX_USERS && !self.said.contains_key(&key) {
                continue;
            }
            let said = self.said.entry(key).or_default();
            if *said == new {
                continue;
            }
            let refused = if new.refused > 0 { format!(", {} refused", new.refused) } else { String::new() };
            let told = if matches!(verdict, Verdict::NotEnoughSeen) {
                String::new()
            } else {
                format!(": {}", verdict.label())
            };
            let who = visible(&user.name.to_string());
            let at = visible(&server.name.clone().unwrap_or_else(|| server.address.to_string()));
            lines.push(format!("{now}Z {who} on {at}: {open} of {cap} open{refused}{told}"));
            *said = new;
        }
        lines
    }
}
