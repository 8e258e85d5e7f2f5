//! Sessions over time, for drawing.

use serde::{Deserialize, Serialize};

use super::Moment;

/// The number of open sessions over time: a staircase, coarsened so that it has at most [`Timeline::MAX_POINTS`]
/// points, but with no peak lost.
///
/// Between two points the number stays what it was at the end of the first one. Before the first point it is
/// `before`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Timeline {
    /// What the offsets are counted from: the first packet of the capture.
    pub start: Moment,
    /// The end of the capture.
    pub end: Moment,
    /// How long a point lasts, in microseconds.
    pub step: u64,
    /// How many sessions were known before the first point: 0, or those from before the capture.
    pub before: u32,
    /// Where something changed, in time order.
    pub points: Vec<Point>,
}

/// A stretch of time in which sessions were opened or closed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Point {
    /// When it begins, in microseconds since the start of the timeline: a multiple of its `step`.
    pub at: u64,
    /// The fewest sessions in it.
    pub low: u32,
    /// The most sessions in it.
    pub high: u32,
    /// The number of sessions at its end.
    pub last: u32,
}

impl Timeline {
    /// No timeline has more points than this.
    pub const MAX_POINTS: usize = 1_000;
}
