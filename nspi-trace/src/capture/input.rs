//! Octets of a capture, uncompressed on the way.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Stdin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::{Origin, Tail};
use crate::Error;

/// The largest window of zstd that is given memory to: what `--ultra -22` and `--long` use.
const ZSTD_WINDOW: u64 = 128 << 20;
/// A pcapng file begins with a block of its own, which its parser wants whole. More than this is damage.
const LONGEST_FIRST_BLOCK: usize = 256 << 10;

/// The uncompressed octets of one capture.
pub(super) type Octets = Box<dyn Read + Send>;

/// A capture that was opened.
pub(super) struct Input {
    pub(super) octets: Octets,
    /// `pcap` or `pcapng`, and its compression.
    pub(super) format: String,
    pub(super) is_pcapng: bool,
    /// Why reading failed, since the parsers pass on only that it did.
    pub(super) problem: Arc<Mutex<Option<String>>>,
}

/// Opens a capture, and finds out what it is. `read` counts the octets read from it.
pub(super) fn open(origin: &Origin, read: &Arc<AtomicU64>) -> Result<Input, Error> {
    let name = || origin.name();
    let file: Octets = match origin {
        Origin::File(path) => Box::new(File::open(path).map_err(|source| Error::Open { name: name(), source })?),
        Origin::Stdin => Box::new(Unlocked(io::stdin())),
        Origin::Growing(path, stop) => {
            let tail = Tail::open(path, stop.clone());
            Box::new(tail.map_err(|source| Error::Open { name: name(), source })?)
        }
        Origin::Octets { octets, .. } => Box::new(Cursor::new(Arc::clone(octets))),
    };
    let failed = |source| Error::Read { name: name(), source };
    let mut raw: Octets = Box::new(Counted { inner: file, read: Arc::clone(read) });
    let (mut head, mut compression) = (begin(&mut raw, 4).map_err(failed)?, "");
    if head.starts_with(&[0x1F, 0x8B]) {
        compression = "+gzip";
        raw = Box::new(MultiGzDecoder::new(BufReader::new(Cursor::new(head).chain(raw))));
        head = begin(&mut raw, 4).map_err(failed)?;
    } else if head.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) || head.starts_with(&[0x50, 0x2A, 0x4D, 0x18]) {
        compression = "+zstd";
        raw = Box::new(Zstd::new(BufReader::new(Cursor::new(head).chain(raw))));
        head = begin(&mut raw, 4).map_err(failed)?;
    }
    let is_pcapng = match *head.as_slice() {
        [0x0A, 0x0D, 0x0D, 0x0A] => true,
        [0xD4 | 0x4D, 0xC3 | 0x3C, 0xB2, 0xA1] | [0xA1, 0xB2, 0xC3 | 0x3C, 0xD4 | 0x4D] | [0x34, 0xCD, 0xB2, 0xA1] => {
            false
        }
        [] => return Err(Error::Empty { name: name() }),
        _ => return Err(Error::NotACapture { name: name() }),
    };
    // The parsers look at what the first `read` gives, and want their whole header in it.
    let wanted = if is_pcapng { first_block(&mut head, &mut raw).map_err(failed)? } else { 24 };
    head.extend(begin(&mut raw, wanted.saturating_sub(head.len())).map_err(failed)?);
    let problem = Arc::default();
    let octets = Told { inner: Cursor::new(head).chain(raw), problem: Arc::clone(&problem) };
    let format = format!("{}{compression}", if is_pcapng { "pcapng" } else { "pcap" });
    Ok(Input { octets: Box::new(octets), format, is_pcapng, problem })
}

/// The length of the section header that `head` begins.
fn first_block(head: &mut Vec<u8>, raw: &mut Octets) -> io::Result<usize> {
    head.extend(begin(raw, 8)?);
    let field = |at: usize| head.get(at..at + 4).and_then(|octets| octets.try_into().ok()).unwrap_or([0; 4]);
    let length = match field(8) {
        [0x1A, 0x2B, 0x3C, 0x4D] => u32::from_be_bytes(field(4)),
        _ => u32::from_le_bytes(field(4)),
    };
    Ok(usize::try_from(length).unwrap_or(usize::MAX).min(LONGEST_FIRST_BLOCK))
}

/// The next `length` octets, or those that there are.
fn begin(raw: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    raw.take(u64::try_from(length).unwrap_or(u64::MAX)).read_to_end(&mut head)?;
    Ok(head)
}

/// The standard input, locked for each read only.
struct Unlocked(Stdin);

impl Read for Unlocked {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.lock().read(out)
    }
}

/// Counts what is read.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let octets = self.inner.read(out)?;
        self.read.fetch_add(u64::try_from(octets).unwrap_or(0), Ordering::Relaxed);
        Ok(octets)
    }
}

/// Tries again when it was interrupted, and remembers why reading failed.
struct Told<R> {
    inner: R,
    problem: Arc<Mutex<Option<String>>>,
}

impl<R: Read> Read for Told<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.inner.read(out) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
                    return Err(error);
                }
                Ok(octets) => return Ok(octets),
            }
        }
    }
}

/// All frames of a zstd stream, one after the other.
struct Zstd<R> {
    decoder: FrameDecoder,
    source: R,
}

impl<R: BufRead> Zstd<R> {
    fn new(source: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(ZSTD_WINDOW);
        Self { decoder, source }
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let damaged = |error: FrameDecoderError| io::Error::new(io::ErrorKind::InvalidData, error.to_string());
        while self.decoder.can_collect() == 0 {
            if !self.decoder.is_finished() {
                self.decoder.decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1)).map_err(damaged)?;
            } else if self.source.fill_buf()?.is_empty() {
                return Ok(0);
            } else {
                match self.decoder.init(&mut self.source) {
                    Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                        length, ..
                    })) => io::copy(&mut (&mut self.source).take(length.into()), &mut io::sink()).map(|_| ())?,
                    started => started.map_err(damaged)?,
                }
            }
        }
        self.decoder.read(out)
    }
}
