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
mod tail;

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub use board::{Board, Row};
pub use lines::Lines;
pub use screen::draw;
pub use tail::Tail;

use crate::report::Report;
use crate::report::words::visible;

/// How often the view is renewed.
const TICK: Duration = Duration::from_millis(500);

/// Set once: by a key, a signal, or the end of the input.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks everybody who has a clone of it to end.
    pub fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether somebody did.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Sets it when the process is asked to end (Ctrl-C, `kill`), in place of being ended at once.
    ///
    /// # Errors
    /// The system's, as text: another handler is there already.
    pub fn on_signals(&self) -> Result<(), String> {
        let stop = self.clone();
        ctrlc::set_handler(move || stop.set()).map_err(|reason| reason.to_string())
    }
}

impl PartialEq for Stop {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Stop {}

/// Where the view goes.
#[derive(Debug)]
pub enum View<W> {
    /// The terminal, as a whole: `q`, Esc or Ctrl-C end it.
    Screen,
    /// A line for each change.
    Lines(W),
}

/// Shows the report as it grows, until `stop` is set or the user asks for the end (which sets it). Returns the last report.
///
/// # Errors
/// The terminal's, or the writer's.
pub fn watch(mut report: impl FnMut() -> Report, stop: &Stop, view: View<impl Write>) -> io::Result<Report> {
    match view {
        View::Screen => screen::watch(&mut report, stop)?,
        View::Lines(mut out) => {
            let mut lines = Lines::default();
            while !stop.is_set() {
                for line in lines.changes(&report()) {
                    writeln!(out, "{line}")?;
                }
                out.flush()?;
                std::thread::sleep(TICK);
            }
            for line in lines.changes(&report()) {
                writeln!(out, "{line}")?;
            }
        }
    }
    Ok(report())
}
