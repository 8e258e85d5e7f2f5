//! A number of sessions over time: its peak, its average, its staircase.
//!
//! Sessions from before the capture are found out late, at their first use. They were there all the time, so they raise
//! everything at once: the `base`. What is recorded is relative to it.

use crate::report::{Concurrency, Frame, Moment, Point, Timeline};

/// When something was seen, and in which packet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp {
    pub(crate) time: Moment,
    pub(crate) frame: Frame,
}

/// A number of sessions, now and before.
#[derive(Debug, Default)]
pub(crate) struct Gauge {
    base: u32,
    level: i32,
    peak: i32,
    peak_at: Option<Stamp>,
    /// Sessions times microseconds, up to `since`.
    area: i128,
    since: Moment,
    recorder: Recorder,
}

impl Gauge {
    /// A session was there before the capture began.
    pub(crate) fn raise(&mut self) {
        self.base = self.base.saturating_add(1);
    }

    /// Sessions are opened (+1) or closed (-1). `points`: how many the staircase may have; 0 is none.
    pub(crate) fn change(&mut self, by: i32, at: Stamp, start: Moment, points: usize) {
        self.area += i128::from(self.level) * i128::from(at.time.0.saturating_sub(self.since.0).max(0));
        self.since = self.since.max(at.time);
        self.level = self.level.saturating_add(by);
        if self.level > self.peak {
            self.peak = self.level;
            self.peak_at = Some(at);
        }
        if points > 0 {
            let offset = u64::try_from(at.time.0.saturating_sub(start.0)).unwrap_or(0);
            self.recorder.record(offset, self.level, points);
        }
    }

    /// Sessions that are open now, relative to those from before.
    pub(crate) fn level(&self) -> i32 {
        self.level
    }

    /// A relative number with those from before added.
    pub(crate) fn absolute(&self, level: i32) -> u32 {
        u32::try_from(i64::from(level) + i64::from(self.base)).unwrap_or(0)
    }

    pub(crate) fn concurrency(&self, start: Moment, end: Moment) -> Concurrency {
        let area = self.area + i128::from(self.level) * i128::from(end.0.saturating_sub(self.since.0).max(0));
        let span = end.0.saturating_sub(start.0);
        let average =
            if span > 0 { ratio(area, span) + f64::from(self.base) } else { self.absolute(self.level).into() };
        Concurrency {
            peak: self.absolute(self.peak),
            peak_at: self.peak_at.map(|stamp| stamp.time),
            peak_frame: self.peak_at.map(|stamp| stamp.frame),
            average: average.max(0.0),
            at_end: self.absolute(self.level),
        }
    }

    pub(crate) fn timeline(&self, start: Moment, end: Moment) -> Timeline {
        let point = |step: &Step| Point {
            at: step.at,
            low: self.absolute(step.low),
            high: self.absolute(step.high),
            last: self.absolute(step.last),
        };
        let points = self.recorder.steps.iter().map(point).collect();
        Timeline { start, end, step: self.recorder.step(), before: self.base, points }
    }
}

/// Exact enough for people: both numbers are far below 2^53 unless the capture lasts for centuries.
#[expect(clippy::cast_precision_loss, reason = "an average for people")]
fn ratio(area: i128, span: i64) -> f64 {
    area as f64 / span as f64
}

/// A staircase of bounded length: its steps become longer as it grows.
#[derive(Debug, Default)]
struct Recorder {
    steps: Vec<Step>,
    /// A step lasts 2^`doubled` milliseconds.
    doubled: u32,
}

#[derive(Debug, Clone, Copy)]
struct Step {
    at: u64,
    low: i32,
    high: i32,
    last: i32,
}

impl Recorder {
    /// In microseconds.
    fn step(&self) -> u64 {
        1_000_u64.saturating_mul(1_u64.checked_shl(self.doubled).unwrap_or(u64::MAX))
    }

    fn record(&mut self, offset: u64, level: i32, limit: usize) {
        let step = self.step();
        // Captures swap packets: time never goes back here.
        let at = (offset / step * step).max(self.steps.last().map_or(0, |last| last.at));
        match self.steps.last_mut().filter(|last| last.at == at) {
            Some(last) => last.take(Step { at, low: level, high: level, last: level }),
            None => {
                let before = self.steps.last().map_or(0, |last| last.last);
                self.steps.push(Step { at, low: level.min(before), high: level.max(before), last: level });
            }
        }
        while self.steps.len() > limit.max(2) && self.doubled < 50 {
            self.coarsen();
        }
    }

    fn coarsen(&mut self) {
        self.doubled += 1;
        let step = self.step();
        self.steps.dedup_by(|later, earlier| {
            let same = later.at / step == earlier.at / step;
            if same {
                earlier.take(*later);
            }
            same
        });
        for one in &mut self.steps {
            one.at = one.at / step * step;
        }
    }
}

impl Step {
    fn take(&mut self, later: Self) {
        self.low = self.low.min(later.low);
        self.high = self.high.max(later.high);
        self.last = later.last;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Stamp {
        Stamp { time: Moment(micros), frame: Frame::default() }
    }

    #[test]
    fn peak_and_average_are_weighted_by_time() {
        let mut gauge = Gauge::default();
        gauge.change(1, at(0), Moment(0), 10);
        gauge.change(1, at(1_000), Moment(0), 10);
        gauge.change(-1, at(2_000), Moment(0), 10);
        let seen = gauge.concurrency(Moment(0), Moment(4_000));
        assert_eq!((seen.peak, seen.peak_at, seen.at_end), (2, Some(Moment(1_000)), 1));
        assert!((seen.average - 1.25).abs() < 1e-9, "{seen:?}");
    }

    #[test]
    fn a_session_from_before_raises_everything() {
        let mut gauge = Gauge::default();
        gauge.change(1, at(0), Moment(0), 10);
        gauge.raise();
        gauge.change(-1, at(2_000), Moment(0), 10); // which one does not matter
        let seen = gauge.concurrency(Moment(0), Moment(2_000));
        assert_eq!((seen.peak, seen.at_end), (2, 1));
        assert!((seen.average - 2.0).abs() < 1e-9, "{seen:?}");
        let timeline = gauge.timeline(Moment(0), Moment(2_000));
        assert_eq!(timeline.before, 1);
        assert_eq!(timeline.points.iter().map(|point| point.last).collect::<Vec<_>>(), [2, 1]);
    }

    #[test]
    fn a_staircase_is_coarsened_and_keeps_its_peak() {
        let mut gauge = Gauge::default();
        for n in 0..5_000 {
            gauge.change(if n % 2 == 0 { 1 } else { -1 }, at(n * 10_000), Moment(0), 100);
        }
        for _ in 0..7 {
            gauge.change(1, at(60_000_000), Moment(0), 100);
        }
        let timeline = gauge.timeline(Moment(0), Moment(70_000_000));
        assert!(timeline.points.len() <= 100);
        assert_eq!(timeline.points.iter().map(|point| point.high).max(), Some(7));
        assert_eq!(timeline.points.last().map(|point| point.last), Some(7));
        assert!(timeline.points.iter().all(|point| point.at % timeline.step == 0 && point.low <= point.last));
        assert!(timeline.points.windows(2).all(|pair| pair[0].at < pair[1].at));
    }
}
