//! What page, table and vendor's text say in the same words.

use unicode_width::UnicodeWidthStr;

use super::{Certainty, Verdict};

/// How sure a verdict is, as a sentence.
#[must_use]
pub fn how_sure(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Read => "Certain: everything that this rests on was read in the capture.",
        Certainty::Inferred => {
            "Nearly certain: the traffic is encrypted, and some answers were told apart by their length alone."
        }
        Certainty::Gaps => "Not certain: parts of the traffic are missing from the capture, and could change this.",
    }
}

/// What an administrator does about it.
#[must_use]
pub fn what_to_do(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Leaks { hours_to_cap: None, .. } => {
            "Have the maker of the program mend it: each NspiBind needs its NspiUnbind. `nspi-trace --for-vendor` writes what they need. The end of a connection closes what was forgotten on it: with short connections little piles up, with long ones the cap is reached."
        }
        Verdict::Leaks { .. } => {
            "Have the maker of the program mend it: each NspiBind needs its NspiUnbind. `nspi-trace --for-vendor` writes what they need. Until then restart the program from time to time: that ends its sessions. A higher cap only delays the next refusal."
        }
        Verdict::Hoards { .. } => {
            "Ask the maker of the program why it keeps so many sessions open, and whether it can close them when it is done. `nspi-trace --for-vendor` writes what they need."
        }
        Verdict::Needs { .. } => {
            "Nothing leaks: the work needs more sessions at once than the cap allows. Spread it over several accounts or domain controllers, or raise `NSPI max sessions per user` on this one, after a back-up of its registry, and restart it."
        }
        Verdict::Healthy => "Nothing. If a logon failed all the same, the cap was not the reason.",
        Verdict::NotEnoughSeen => "Capture for longer, and begin before the program starts.",
    }
}

/// Text from a capture or a log on its way to a terminal: what a terminal would obey becomes visible escapes.
#[must_use]
pub fn visible(text: &str) -> String {
    // Line ends, and what turns the direction of all that follows.
    let obeyed = |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    text.chars().flat_map(|c| if obeyed(c) { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect()
}

/// How many columns of a terminal a text takes: characters of East Asia take two, combining ones none.
#[must_use]
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// What fills a table's cell with this text in it, up to so many columns.
#[must_use]
pub fn padding(text: &str, columns: usize) -> String {
    " ".repeat(columns.saturating_sub(width(text)))
}
