//! Sessions over time as SVG: a staircase, the cap as a line, a cross at each refusal.
//!
//! Here is the geometry; the elements stand in `templates/page.html`, hover and keys in `templates/page.js`.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use super::super::{Moment, Refusal, Timeline};

/// Size of the drawing and its margins, in its own units.
pub(super) const WIDTH: f64 = 960.0;
pub(super) const HEIGHT: f64 = 280.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = WIDTH - 16.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = HEIGHT - 32.0;

/// Refusals closer than this are one cross.
const CROSS: f64 = 7.0;

/// With a cap so many times the peak, the cap is named and not drawn: the staircase would be flat.
const CAP_IN_SIGHT: u32 = 12;

/// A line with a label at an axis.
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
    /// Left out on narrow screens.
    pub(super) minor: bool,
}

/// A cap's line, and where its label stands.
pub(super) struct CapLine {
    pub(super) y: f64,
    pub(super) label_y: f64,
    pub(super) sessions: u32,
}

/// One drawing.
pub(super) struct Chart {
    pub(super) stairs: String,
    pub(super) area: String,
    pub(super) crosses: String,
    pub(super) cap: Option<CapLine>,
    /// The cap where it is far above the drawing.
    pub(super) cap_above: Option<u32>,
    pub(super) rows: Vec<Tick>,
    pub(super) columns: Vec<Tick>,
    /// For the script: JSON.
    pub(super) data: String,
}

#[derive(Serialize)]
struct Data {
    start: i64,
    span: u64,
    most: u32,
    width: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    cap: Option<u32>,
    points: Vec<[u64; 4]>,
    refusals: Vec<Cross>,
}

#[derive(Serialize)]
struct Cross {
    at: u64,
    held: u32,
    count: u64,
    frame: u64,
    client: String,
}

impl Chart {
    /// Draws a timeline; `cap` is the number of sessions that it may reach, if these belong to one user.
    pub(super) fn new(timeline: &Timeline, refusals: &[Refusal], cap: Option<u32>) -> Self {
        let span = u64::try_from(timeline.end.0.saturating_sub(timeline.start.0)).unwrap_or(0);
        let peak = timeline.points.iter().map(|point| point.high).chain([timeline.before]).max().unwrap_or(0).max(1);
        let cap_in_sight = cap.filter(|cap| *cap <= peak.saturating_mul(CAP_IN_SIGHT));
        let step = nice_step(f64::from(peak.max(cap_in_sight.unwrap_or(0))) / 4.0);
        let most = ((f64::from(peak.max(cap_in_sight.unwrap_or(0))) * 1.08 / step).ceil() * step) as u32;
        let x = |at: u64| LEFT + if span == 0 { 0.0 } else { at.min(span) as f64 / span as f64 * (RIGHT - LEFT) };
        let y = |sessions: u32| BOTTOM - f64::from(sessions.min(most)) / f64::from(most) * (BOTTOM - TOP);

        let (mut stairs, mut area) = (String::new(), String::new());
        let _ = write!(stairs, "M{LEFT:.1} {:.1}", y(timeline.before));
        let _ = write!(area, "M{LEFT:.1} {BOTTOM:.1}V{:.1}", y(timeline.before));
        for point in &timeline.points {
            let (x, low, high, last) = (x(point.at), y(point.low), y(point.high), y(point.last));
            // Up to the most, down to the fewest, and on from the last: no peak is lost.
            let _ = write!(stairs, "H{x:.1}V{high:.1}V{low:.1}V{last:.1}");
            let _ = write!(area, "H{x:.1}V{last:.1}");
        }
        let _ = write!(stairs, "H{RIGHT:.1}");
        let _ = write!(area, "H{RIGHT:.1}V{BOTTOM:.1}Z");

        let crosses = crosses(refusals, timeline.start, span, x);
        let mut drawn = String::new();
        for cross in &crosses {
            let (x, y) = (x(cross.at), (y(cross.held) - 8.0).max(TOP - 12.0));
            let _ = write!(drawn, "M{:.1} {:.1}l8 8m0 -8l-8 8", x - 4.0, y - 4.0);
        }
        let cap_line = cap_in_sight.map(|sessions| CapLine { y: y(sessions), label_y: y(sessions) - 6.0, sessions });
        let rows =
            (0..=4).map(|index| f64::from(index) * step).filter(|row| *row <= f64::from(most) && row.fract() == 0.0);
        let data = Data {
            start: timeline.start.0,
            span,
            most,
            width: WIDTH,
            left: LEFT,
            right: RIGHT,
            top: TOP,
            bottom: BOTTOM,
            cap,
            points: timeline.points.iter().map(|p| [p.at, p.low.into(), p.high.into(), p.last.into()]).collect(),
            refusals: crosses,
        };
        Self {
            stairs,
            area,
            crosses: drawn,
            cap_above: cap.filter(|_| cap_line.is_none()),
            cap: cap_line,
            rows: rows.map(|row| Tick { at: y(row as u32), label: format!("{row}"), minor: false }).collect(),
            columns: columns(timeline.start, span, x),
            data: serde_json::to_string(&data).unwrap_or_default(),
        }
    }
}

/// How many sessions a timeline has at a moment.
pub(super) fn sessions_at(timeline: &Timeline, time: Moment) -> u32 {
    let at = u64::try_from(time.since(timeline.start).as_micros()).unwrap_or(u64::MAX);
    let after = timeline.points.partition_point(|point| point.at <= at);
    after.checked_sub(1).and_then(|index| timeline.points.get(index)).map_or(timeline.before, |point| point.last)
}

/// Joins refusals that would be drawn on top of each other.
fn crosses(refusals: &[Refusal], start: Moment, span: u64, x: impl Fn(u64) -> f64) -> Vec<Cross> {
    let mut crosses: Vec<Cross> = Vec::new();
    for refusal in refusals {
        let at = u64::try_from(refusal.time.since(start).as_micros()).unwrap_or(u64::MAX).min(span);
        match crosses.last_mut() {
            Some(last) if x(at) - x(last.at) < CROSS => last.count += 1,
            _ => crosses.push(Cross {
                at,
                held: refusal.held,
                count: 1,
                frame: refusal.frame.number,
                client: refusal.client.to_string(),
            }),
        }
    }
    crosses
}

/// The least of 1, 2, 5, 10, 20, 50 .. that is not below `least`.
fn nice_step(least: f64) -> f64 {
    let magnitude = 10f64.powf(least.max(1.0).log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .iter()
        .map(|factor| factor * magnitude)
        .find(|step| *step >= least)
        .unwrap_or(magnitude * 10.0)
}

/// Marks of time at round moments (UTC), at most eight.
fn columns(start: Moment, span: u64, x: impl Fn(u64) -> f64) -> Vec<Tick> {
    const MILLISECOND: i64 = 1_000;
    const SECOND: i64 = 1_000 * MILLISECOND;
    const MINUTE: i64 = 60 * SECOND;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    const STEPS: [i64; 23] = [
        MILLISECOND,
        10 * MILLISECOND,
        100 * MILLISECOND,
        200 * MILLISECOND,
        500 * MILLISECOND,
        SECOND,
        2 * SECOND,
        5 * SECOND,
        10 * SECOND,
        30 * SECOND,
        MINUTE,
        2 * MINUTE,
        5 * MINUTE,
        10 * MINUTE,
        30 * MINUTE,
        HOUR,
        2 * HOUR,
        6 * HOUR,
        12 * HOUR,
        DAY,
        7 * DAY,
        30 * DAY,
        365 * DAY,
    ];
    let long = i64::try_from(span).unwrap_or(i64::MAX);
    let Some(step) = STEPS.into_iter().find(|step| long / step <= 8) else { return Vec::new() };
    let pattern = match step {
        step if step >= DAY => "%Y-%m-%d",
        step if step >= MINUTE && long > DAY => "%b %d %H:%M",
        step if step >= MINUTE => "%H:%M",
        step if step >= SECOND => "%H:%M:%S",
        _ => "%H:%M:%S%.3f",
    };
    let first = start.0.div_euclid(step).saturating_add(1).saturating_mul(step);
    (0..=8_i64)
        .filter_map(|index| {
            let at = first.checked_add(index * step)?;
            let offset = u64::try_from(at.checked_sub(start.0)?).ok().filter(|offset| *offset <= span)?;
            let label = Timestamp::from_microsecond(at).ok()?.strftime(pattern).to_string();
            Some(Tick { at: x(offset), label, minor: index % 2 == 1 })
        })
        .filter(|tick| (LEFT + 20.0..=RIGHT - 24.0).contains(&tick.at))
        .collect()
}
