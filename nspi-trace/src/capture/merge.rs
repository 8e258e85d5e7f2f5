//! Several captures as one, in time order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::source::Source;
use super::{Origin, Packet, Progress, facts};
use crate::Error;
use crate::report::{CaptureFile, Moment};

/// All captures that were given. Files are open only while their time is: the parts of a ring buffer are read one after
/// the other, whatever their order on the command line.
pub struct Captures {
    origins: Vec<Origin>,
    /// What is known of each, in the order in which they were given.
    facts: Vec<CaptureFile>,
    /// Files that have not begun, the latest first.
    waiting: Vec<(Moment, usize)>,
    /// Files that are being read.
    open: Vec<(usize, Source)>,
    read: Arc<AtomicU64>,
    total: Option<u64>,
    packets: u64,
}

impl Captures {
    /// Opens all of them, once, to see when each begins.
    ///
    /// # Errors
    /// If one cannot be opened, or is no capture.
    pub fn open(origins: Vec<Origin>) -> Result<Self, Error> {
        let read = Arc::new(AtomicU64::new(0));
        let (mut waiting, mut open, mut total) = (Vec::new(), Vec::new(), Some(0_u64));
        for (place, origin) in origins.iter().enumerate() {
            let length = match origin {
                Origin::File(path) => path.metadata().ok().filter(std::fs::Metadata::is_file).map(|file| file.len()),
                Origin::Octets { octets, .. } => u64::try_from(octets.len()).ok(),
                Origin::Stdin | Origin::Growing(..) => None,
            };
            total = total.zip(length).map(|(total, length)| total.saturating_add(length));
            // What cannot be read twice stays open.
            if origins.len() == 1 || length.is_none() {
                open.push((place, Source::open(origin, index(place), &read)?));
            } else {
                let begins = Source::open(origin, index(place), &Arc::default())?.peek();
                waiting.push((begins.unwrap_or_default(), place));
            }
        }
        waiting.sort_unstable_by(|one, other| other.cmp(one));
        let facts = origins.iter().map(|origin| facts(origin.name())).collect();
        Ok(Self { origins, facts, waiting, open, read, total, packets: 0 })
    }

    /// Reads the next packet, the earliest of all files, and shows it to `look`. `false`: there is none any more.
    ///
    /// # Errors
    /// If a file has gone since [`open`](Self::open).
    pub fn next(&mut self, look: impl FnOnce(&Packet<'_>)) -> Result<bool, Error> {
        let Some(place) = self.earliest()? else { return Ok(false) };
        let Some((_, source)) = self.open.get_mut(place) else { return Ok(false) };
        if let Some(packet) = source.packet() {
            self.packets += 1;
            look(&packet);
        }
        source.advance();
        Ok(true)
    }

    /// Which of the open files has the earliest packet. Opens those whose time has come, closes those that are read.
    fn earliest(&mut self) -> Result<Option<usize>, Error> {
        loop {
            let mut earliest: Option<(Moment, usize)> = None;
            let mut place = 0;
            while let Some((origin, source)) = self.open.get_mut(place) {
                match source.peek() {
                    Some(time) => {
                        if earliest.is_none_or(|(first, _)| time < first) {
                            earliest = Some((time, place));
                        }
                        place += 1;
                    }
                    None => {
                        if let Some(facts) = self.facts.get_mut(*origin) {
                            *facts = source.facts.clone();
                        }
                        self.open.swap_remove(place);
                    }
                }
            }
            match (self.waiting.last(), earliest) {
                (Some(&(begins, origin)), earliest) if earliest.is_none_or(|(first, _)| begins <= first) => {
                    self.waiting.pop();
                    if let Some(path) = self.origins.get(origin) {
                        self.open.push((origin, Source::open(path, index(origin), &self.read)?));
                    }
                }
                (_, earliest) => return Ok(earliest.map(|(_, place)| place)),
            }
        }
    }

    /// What is known of each file by now, in the order in which they were given.
    #[must_use]
    pub fn facts(&self) -> Vec<CaptureFile> {
        let mut facts = self.facts.clone();
        for (origin, source) in &self.open {
            if let Some(facts) = facts.get_mut(*origin) {
                *facts = source.facts.clone();
            }
        }
        facts
    }

    /// How far reading has come.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { read: self.read.load(Ordering::Relaxed), total: self.total, packets: self.packets }
    }
}

impl std::fmt::Debug for Captures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Captures").field("facts", &self.facts).finish_non_exhaustive()
    }
}

fn index(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
