//! Values in, octets out.

use alloc::vec::Vec;
use core::mem;

use super::error::EncodeError;
use super::syntax::Syntax;

/// The first referent id written. Windows counts from here in steps of 4; any non-zero value is valid [C706 14.3.10].
const FIRST_REFERENT: u32 = 0x0002_0000;

/// Writes one stub at the end of the caller's buffer. Alignment counts from where the stub starts.
///
/// Writing cannot be interrupted: the encoder remembers the first bound that was broken, and
/// [`finish`](Encoder::finish) tells it.
///
/// ```
/// use nspi_proto::ndr::{Encoder, Ndr20};
/// let mut stub = Vec::new();
/// let mut out = Encoder::new(&mut stub, Ndr20);
/// out.u16(7);
/// out.u32(1);
/// out.finish()?;
/// assert_eq!(stub, [7, 0, 0, 0, 1, 0, 0, 0]);
/// # Ok::<(), nspi_proto::ndr::EncodeError>(())
/// ```
#[derive(Debug)]
pub struct Encoder<'o, S: Syntax> {
    /// The caller's buffer: here until the end, so that its length need not be kept up where the caller has it.
    out: Vec<u8>,
    /// Where the buffer belongs.
    home: Option<&'o mut Vec<u8>>,
    start: usize,
    syntax: S,
    next_referent: u32,
    broken: Option<EncodeError>,
}

impl<'o, S: Syntax> Encoder<'o, S> {
    /// Starts a stub at the end of `out`.
    pub fn new(out: &'o mut Vec<u8>, syntax: S) -> Self {
        let start = out.len();
        Self { out: mem::take(out), home: Some(out), start, syntax, next_referent: FIRST_REFERENT, broken: None }
    }

    /// The transfer syntax.
    #[inline(always)]
    pub fn syntax(&self) -> S {
        self.syntax
    }

    /// Octets written so far.
    #[inline(always)]
    pub fn offset(&self) -> usize {
        self.out.len() - self.start
    }

    /// Remembers a broken bound; only the first one counts.
    #[inline(always)]
    pub fn broke(&mut self, error: EncodeError) {
        self.broken.get_or_insert(error);
    }

    /// Ends the stub.
    ///
    /// # Errors
    /// The first bound that was broken; the buffer is then cut back to where the stub began.
    pub fn finish(mut self) -> Result<(), EncodeError> {
        match self.broken {
            None => Ok(()),
            Some(error) => {
                self.out.truncate(self.start);
                Err(error)
            }
        }
    }

    /// An encoder that goes on from here, until [`join`](Self::join). Whoever keeps it in a variable, lends it to nobody
    /// but inlined functions, and has loops to run, has the length of the buffer in a register and not in memory, where
    /// each field would wait for the one before it.
    #[inline(always)]
    pub(crate) fn split(&mut self) -> Self {
        let Self { start, syntax, next_referent, broken, .. } = *self;
        Self { out: mem::take(&mut self.out), home: None, start, syntax, next_referent, broken }
    }

    /// Goes on where one that was [`split`](Self::split) off ended.
    #[inline(always)]
    pub(crate) fn join(&mut self, mut other: Self) {
        self.out = mem::take(&mut other.out);
        self.next_referent = other.next_referent;
        self.broken = other.broken;
    }

    /// Runs `inner`, which is not inlined, and goes on where it ended: see [`split`](Self::split).
    #[inline(always)]
    pub(crate) fn apart(&mut self, inner: impl FnOnce(&mut Self)) {
        let mut copy = self.split();
        inner(&mut copy);
        self.join(copy);
    }

    /// Writes octets as they are.
    #[inline(always)]
    pub fn octets(&mut self, octets: &[u8]) {
        if self.out.capacity() - self.out.len() < octets.len() {
            self.out = grown(mem::take(&mut self.out), octets.len());
        }
        self.out.extend_from_slice(octets);
    }

    /// Writes ASCII as UTF-16LE, in blocks of a size that the compiler knows: the last one overlaps the one before it,
    /// or stands alone and is cut.
    #[inline(always)]
    pub(super) fn widened(&mut self, ascii: &[u8]) {
        const BLOCK: usize = 16;
        let widen = |octet| [octet, 0];
        let end = self.out.len() + 2 * ascii.len();
        for block in ascii.as_chunks::<BLOCK>().0 {
            self.octets(block.map(widen).as_flattened());
        }
        let mut short = [0; BLOCK];
        let last = ascii.last_chunk().unwrap_or_else(|| {
            short.iter_mut().zip(ascii).for_each(|(to, &octet)| *to = octet);
            &short
        });
        self.out.truncate(end - 2 * BLOCK.min(ascii.len()));
        self.octets(last.map(widen).as_flattened());
        self.out.truncate(end);
    }

    /// Pads with zeros to the next multiple of `alignment` (a power of two, at most 8).
    #[inline(always)]
    pub fn align(&mut self, alignment: usize) {
        let pad = self.offset().wrapping_neg() & (alignment - 1);
        if pad != 0 {
            let aligned = self.out.len() + pad;
            // One store of a known size, of which the padding stays.
            self.octets(&[0; 8]);
            self.out.truncate(aligned);
        }
    }

    /// Pads in front of something that holds pointers: to 4 in NDR 2.0, to 8 in NDR64.
    #[inline(always)]
    pub fn align_pointer(&mut self) {
        self.align(if self.syntax.wide() { 8 } else { 4 });
    }

    /// Pads the end of a structure that holds pointers. Only NDR64 does [MS-RPCE 2.2.5.3.4.1].
    #[inline(always)]
    pub fn structure_end(&mut self) {
        if self.syntax.wide() {
            self.align(8);
        }
    }

    /// One octet.
    #[inline(always)]
    pub fn u8(&mut self, value: u8) {
        self.octets(&[value]);
    }

    /// An unsigned 16-bit number.
    #[inline(always)]
    pub fn u16(&mut self, value: u16) {
        self.align(2);
        self.octets(&if self.syntax.big_endian() { value.to_be_bytes() } else { value.to_le_bytes() });
    }

    /// An unsigned 32-bit number.
    #[inline(always)]
    pub fn u32(&mut self, value: u32) {
        self.words([value]);
    }

    /// A signed 32-bit number.
    #[inline(always)]
    pub fn i32(&mut self, value: i32) {
        self.u32(value.cast_unsigned());
    }

    /// An unsigned 64-bit number.
    #[inline(always)]
    pub fn u64(&mut self, value: u64) {
        self.align(8);
        self.octets(&if self.syntax.big_endian() { value.to_be_bytes() } else { value.to_le_bytes() });
    }

    /// `N` 32-bit numbers in a row: most fixed parts are little else.
    #[inline(always)]
    pub fn words<const N: usize>(&mut self, words: [u32; N]) {
        self.align(4);
        let octets = words.map(if self.syntax.big_endian() { u32::to_be_bytes } else { u32::to_le_bytes });
        self.octets(octets.as_flattened());
    }

    /// A 32-bit count that must be at most `max`.
    #[inline(always)]
    pub fn count(&mut self, field: &'static str, count: usize, max: u32) {
        let value = self.in_range(field, count, max);
        self.u32(value);
    }

    /// Checks a count that is about to be written among [`words`](Self::words); a broken bound is remembered.
    #[inline(always)]
    pub fn in_range(&mut self, field: &'static str, count: usize, max: u32) -> u32 {
        match u32::try_from(count) {
            Ok(value) if value <= max => value,
            _ => {
                self.broke(EncodeError::OutOfRange { field, count, max: usize::try_from(max).unwrap_or(usize::MAX) });
                0
            }
        }
    }

    /// The next referent id.
    #[inline(always)]
    pub(super) fn referent(&mut self) -> u32 {
        let id = self.next_referent;
        self.next_referent = id.wrapping_add(4).max(FIRST_REFERENT);
        id
    }
}

impl<S: Syntax> Drop for Encoder<'_, S> {
    /// Gives the buffer back.
    fn drop(&mut self) {
        if let Some(home) = self.home.take() {
            *home = mem::take(&mut self.out);
        }
    }
}

/// A buffer with room for `n` more octets. By value: nobody is told where the encoder keeps it.
#[cold]
#[inline(never)]
fn grown(mut out: Vec<u8>, n: usize) -> Vec<u8> {
    out.reserve(n);
    out
}

/// A type that can be written to a stub.
pub trait Encode {
    /// Writes the fixed part.
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>);

    /// Writes what the pointers of the fixed part announced.
    fn encode_referents<S: Syntax>(&self, _out: &mut Encoder<'_, S>) {}

    /// Writes a whole value: its fixed part, then its referents.
    #[inline(always)]
    fn encode<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.encode_fixed(out);
        self.encode_referents(out);
    }
}
