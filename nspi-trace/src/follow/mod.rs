//! Watching a capture while it is being made: `--follow`.
//!
//! ```text
//!   reading thread ──► analysis ──► Report, twice a second ──► Board ─┬─► screen.rs   a terminal
//!                                                                     └─► lines.rs    anything else: a line a change
//! ```
//!
//! Nothing here reads packets: [`watch`] is given a way to ask for the report as it stands. Names from the capture reach the
//! terminal without control characters.

mod board;
mod lines;
mod screen;

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub use board::{Board, Row};
pub use lines::Lines;
pub use screen::draw;

use crate::Analysis;
use crate::capture::{Captures, Stop};
use crate::report::words::visible;
use crate::report::{CaptureFile, Report};

/// How often the view is renewed.
const TICK: Duration = Duration::from_millis(500);

/// How long the reading thread may take to end.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where the view goes.
#[derive(Debug)]
pub enum View<W> {
    /// The terminal, as a whole: `q`, Esc or Ctrl-C end it.
    Screen,
    /// A line for each change.
    Lines(W),
}

/// Reads the captures on a thread of its own, and shows what they mean, until they end, `stop` is set, or the user asks for
/// the end. Returns the final report.
///
/// A capture on the standard input that is silent when the end is asked for is left alone: its thread ends with the process.
///
/// # Errors
/// The terminal's or the writer's. What goes wrong with a capture stands in the report.
pub fn follow(captures: Captures, analysis: Analysis, stop: &Stop, view: View<impl Write>) -> io::Result<Report> {
    let state = Arc::new(Mutex::new(State { analysis, files: captures.facts() }));
    let reader = {
        let (state, stop) = (Arc::clone(&state), stop.clone());
        thread::spawn(move || read(captures, &state, &stop))
    };
    watch(|| lock(&state).analysis.report(), stop, view)?;
    let deadline = Instant::now() + PATIENCE;
    while !reader.is_finished() && Instant::now() < deadline {
        thread::sleep(PATIENCE / 20);
    }
    let mut state = lock(&state);
    let files = std::mem::take(&mut state.files);
    state.analysis.finish(files);
    Ok(state.analysis.report())
}

/// What the reading thread and the view share.
struct State {
    analysis: Analysis,
    files: Vec<CaptureFile>,
}

/// Reads to the end. Once asked to stop it still reads what is there, but not for long.
fn read(mut captures: Captures, state: &Mutex<State>, stop: &Stop) {
    let mut told = Instant::now();
    let mut asked_to_stop = None;
    while asked_to_stop.is_none_or(|since: Instant| since.elapsed() < PATIENCE / 2) {
        match captures.next(|packet| lock(state).analysis.packet(packet)) {
            Ok(true) => {}
            // A file that has gone is as one that was cut.
            Ok(false) | Err(_) => break,
        }
        if told.elapsed() >= TICK {
            lock(state).files = captures.facts();
            told = Instant::now();
        }
        if stop.is_set() && asked_to_stop.is_none() {
            asked_to_stop = Some(Instant::now());
        }
    }
    lock(state).files = captures.facts();
    stop.set();
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Shows the report as it grows, until `stop` is set or the user asks for the end (which sets it), as by closing the pipe that
/// lines go to. Returns the last report.
///
/// # Errors
/// The terminal's, or the writer's.
pub fn watch(mut report: impl FnMut() -> Report, stop: &Stop, view: View<impl Write>) -> io::Result<Report> {
    match view {
        View::Screen => screen::watch(&mut report, stop)?,
        View::Lines(out) => match say_changes(out, &mut report, stop) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => stop.set(),
            said => said?,
        },
    }
    Ok(report())
}

fn say_changes(mut out: impl Write, report: &mut impl FnMut() -> Report, stop: &Stop) -> io::Result<()> {
    let mut lines = Lines::default();
    loop {
        let is_last = stop.is_set();
        for line in lines.changes(&report()) {
            writeln!(out, "{line}")?;
        }
        out.flush()?;
        if is_last {
            return Ok(());
        }
        thread::sleep(TICK);
    }
}
