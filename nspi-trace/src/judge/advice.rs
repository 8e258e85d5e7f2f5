//! Which value `NSPI max sessions per user` should have.

use super::Facts;
use crate::analysis::DEFAULT_CAP;
use crate::report::{Advice, Formula, Verdict};

/// What is added to the peak, in per cent.
const MARGIN: u32 = 25;
/// What KB949469 suggests to try first.
const FIRST: u32 = 250;

/// Peak and margin, rounded up to a multiple of ten; never below the default of Windows.
pub(crate) fn value(peak: u32) -> u32 {
    let tens = with_margin(peak).div_ceil(10).saturating_mul(10);
    u32::try_from(tens).unwrap_or(u32::MAX).max(DEFAULT_CAP)
}

/// Whether a cap leaves less than the margin above a peak.
pub(crate) fn is_close(peak: u32, cap: u32) -> bool {
    with_margin(peak) > u64::from(cap)
}

fn with_margin(peak: u32) -> u64 {
    (u64::from(peak) * u64::from(100 + MARGIN)).div_ceil(100)
}

/// For a user with this verdict, who came from so many clients.
pub(crate) fn advice(facts: &Facts, verdict: &Verdict, clients: usize) -> Advice {
    let peak = facts.peak.max(facts.wanted);
    let value = value(peak);
    let sentence = match verdict {
        Verdict::Leaks { .. } | Verdict::Hoards { .. } => format!(
            "Have the program mended: a leak reaches any value. {value} would hold the {peak} seen here, for a while."
        ),
        Verdict::Needs { .. } => format!(
            "Set the value to {value}: the {peak} seen here and {MARGIN} per cent. KB949469 suggests {FIRST} to begin with."
        ),
        Verdict::Healthy => format!("Leave it: {peak} at most were needed here."),
        Verdict::NotEnoughSeen => "Capture for longer before changing it.".to_owned(),
    };
    let formula =
        |product: &str, rule: &str, value| Formula { product: product.to_owned(), rule: rule.to_owned(), value };
    let clients = u32::try_from(clients).unwrap_or(u32::MAX);
    Advice {
        peak,
        margin_percent: MARGIN,
        value,
        sentence,
        formulas: vec![
            formula("KB949469", "250 to begin with, then watch the errors and the memory", Some(FIRST)),
            formula(
                "Quest Migration Manager for Exchange",
                "five for each agent that works at once",
                clients.checked_mul(5),
            ),
            formula("Good Mobile Messaging", "one for each mailbox, and ten", peak.checked_add(10)),
            formula("BlackBerry Enterprise Server", "10,000 is often quoted", Some(10_000)),
        ],
        why_not_unlimited:
            "Each session above the default costs the domain controller a page of memory; without a limit a \
                            leak takes it all, and the controller stops answering everybody."
                .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_the_peak_and_a_quarter_in_tens_and_never_below_the_default() {
        assert_eq!([0, 40, 41, 48, 100, 101].map(value), [50, 50, 60, 60, 130, 130]);
        assert_eq!(value(u32::MAX), u32::MAX);
    }
}
