//! A file that somebody else is still writing.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use super::Stop;

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
