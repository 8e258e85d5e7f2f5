//! A file that somebody else is still writing.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long to wait for more at the end of the file.
const WAIT: Duration = Duration::from_millis(100);

/// Reads a file as it grows: at its end it waits for more, until it is told to stop.
#[derive(Debug)]
pub struct Tail {
    file: File,
    stop: Stop,
}

impl Tail {
    /// Opens a file at its beginning.
    ///
    /// # Errors
    /// The system's.
    pub fn open(path: &Path, stop: Stop) -> io::Result<Self> {
        Ok(Self { file: File::open(path)?, stop })
    }
}

impl Read for Tail {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            // Asked before reading, so that what was written before the stop is read.
            let last = self.stop.is_set();
            match self.file.read(out)? {
                0 if !last && !out.is_empty() => std::thread::sleep(WAIT),
                octets => return Ok(octets),
            }
        }
    }
}

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
    #[cfg(feature = "cli")]
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
