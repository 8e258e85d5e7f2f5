//! Octets in, values out.

use byteorder::{BigEndian, ByteOrder, LittleEndian};

use super::decode::Decode;
use super::error::{DecodeError, DecodeErrorKind};
use super::syntax::{AnyOrder, Reorder, Syntax};
use super::trace::{Event, Kind, Step};

/// How deep structures may contain one another: deeper stubs are refused.
pub const DEPTH_LIMIT: u8 = 64;

/// Reads one stub. Every number is aligned to its size, counted from the start of the stub [C706 14.2.2].
///
/// ```
/// use nspi_proto::ndr::{Decoder, Ndr20};
/// let mut stub = Decoder::new(&[7, 0, 0xAB, 0xAB, 1, 0, 0, 0], Ndr20);
/// assert_eq!(stub.u16("b")?, 7);
/// assert_eq!(stub.u32("cValues")?, 1); // two octets of padding were skipped
/// assert_eq!(stub.remaining(), 0);
/// # Ok::<(), nspi_proto::ndr::DecodeError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Decoder<'de, S: Syntax> {
    /// The stub, as far as it may be read.
    stub: &'de [u8],
    /// Where the octet stands that is read next: in 32 bits, so that the sum with a length needs no look at overflow.
    /// Behind the end of the stub where padding was skipped that is not there; then nothing more is read.
    at: u32,
    syntax: S,
    depth: u8,
}

/// Octets that are read of one stub at most; a multiple of every alignment.
const LONGEST: usize = 0xFFFF_FFF0;

/// The low half of a place in a stub, which is no more than [`LONGEST`]: so all of it.
#[inline(always)]
fn place(offset: usize) -> u32 {
    let [a, b, c, d, ..] = offset.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

impl<'de, S: Syntax> Decoder<'de, S> {
    /// Starts at the first octet of `stub`; 4 GiB of it at most are read.
    pub fn new(stub: &'de [u8], syntax: S) -> Self {
        Self::starting(stub, 0, syntax)
    }

    /// Starts at `offset`: what stands before is there for alignment alone.
    pub(crate) fn starting(stub: &'de [u8], offset: usize, syntax: S) -> Self {
        let stub = stub.get(..LONGEST).unwrap_or(stub);
        Self { stub, at: place(offset.min(stub.len())), syntax, depth: 0 }
    }

    /// Goes on from here in another layout.
    pub(crate) fn reordered(self, order: AnyOrder) -> Self
    where
        S: Reorder,
    {
        Self { syntax: self.syntax.reordered(order), ..self }
    }

    /// The transfer syntax.
    #[inline(always)]
    pub fn syntax(&self) -> S {
        self.syntax
    }

    /// Octets read so far, padding included.
    #[inline(always)]
    pub fn offset(&self) -> usize {
        usize::try_from(self.at).unwrap_or(usize::MAX)
    }

    /// Octets left.
    #[inline(always)]
    pub fn remaining(&self) -> usize {
        self.stub.len().saturating_sub(self.offset())
    }

    /// The octets left, without reading them.
    #[inline(always)]
    pub fn rest(&self) -> &'de [u8] {
        self.stub.get(self.offset()..).unwrap_or_default()
    }

    /// An error about the field that stands here.
    // Inlined, as everything here is that a loop over values calls: none of it lends `self` to anybody (see `apart`).
    #[inline]
    pub fn error(&self, field: &'static str, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(field, self.offset().min(self.stub.len()), kind)
    }

    /// Tells who watches what the field read last is.
    #[inline(always)]
    pub(crate) fn is(&self, kind: Kind) {
        self.syntax.watch(Event::Is(kind));
    }

    /// Runs `inner` on a member or an element: who watches sees its fields as parts of it.
    ///
    /// # Errors
    /// What `inner` returns.
    #[inline(always)]
    pub(crate) fn within<T>(
        &mut self,
        step: Step,
        inner: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        self.enter(step);
        let value = inner(self)?;
        self.leave();
        Ok(value)
    }

    /// The start of what [`within`](Self::within) runs, where `inner` must not become a function of its own.
    #[inline(always)]
    pub(crate) fn enter(&self, step: Step) {
        self.syntax.watch(Event::Enter(step));
    }

    /// The end of what [`enter`](Self::enter) began.
    #[inline(always)]
    pub(crate) fn leave(&self) {
        self.syntax.watch(Event::Leave);
    }

    /// A parameter or member that is a `T`.
    ///
    /// # Errors
    /// If the octets are not one.
    #[inline(always)]
    pub fn value<T: Decode<'de>>(&mut self, field: &'static str) -> Result<T, DecodeError> {
        self.enter(Step::Member(field));
        let value = T::decode(self)?;
        self.leave();
        Ok(value)
    }

    /// The next `n` octets.
    ///
    /// # Errors
    /// [`DecodeErrorKind::Truncated`] if fewer are left. So for every other method here that reads.
    #[inline(always)]
    pub fn octets(&mut self, n: usize, field: &'static str) -> Result<&'de [u8], DecodeError> {
        let offset = self.offset();
        let octets = self.unwatched_octets(n, field)?;
        self.syntax.watch(Event::Read { offset, len: n, field });
        Ok(octets)
    }

    /// As [`octets`](Self::octets), and nobody is told.
    #[inline(always)]
    fn unwatched_octets(&mut self, n: usize, field: &'static str) -> Result<&'de [u8], DecodeError> {
        let end = self.offset().saturating_add(n);
        let Some(octets) = self.stub.get(self.offset()..end) else {
            return Err(self.error(field, DecodeErrorKind::Truncated { needed: n, left: self.remaining() }));
        };
        self.at = place(end);
        Ok(octets)
    }

    /// A decoder of the next `n` octets alone; this one goes on behind them.
    ///
    /// # Errors
    /// If fewer are left.
    pub(crate) fn part(&mut self, n: usize, field: &'static str) -> Result<Self, DecodeError> {
        let mut part = self.clone();
        self.unwatched_octets(n, field)?;
        part.stub = part.stub.get(..self.offset()).unwrap_or_default();
        Ok(part)
    }

    /// The octets from `start` up to here, both counted from the start of the stub.
    pub(super) fn since(&self, start: usize) -> &'de [u8] {
        self.stub.get(start..self.offset()).unwrap_or_default()
    }

    /// The next `N` octets as an array.
    ///
    /// # Errors
    /// If fewer are left.
    #[inline(always)]
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DecodeError> {
        let offset = self.offset();
        let octets = self.unwatched_octets(N, field)?;
        self.syntax.watch(Event::Read { offset, len: N, field });
        Ok(octets.first_chunk().copied().unwrap_or([0; N]))
    }

    /// Skips padding up to the next multiple of `alignment` (a power of two). Its octets may have any value.
    ///
    /// # Errors
    /// If the stub ends first.
    #[inline(always)]
    pub fn align(&mut self, alignment: u32, field: &'static str) -> Result<(), DecodeError> {
        self.pad(alignment);
        if self.offset() > self.stub.len() {
            return Err(self.error(field, DecodeErrorKind::Malformed("the stub ends within padding")));
        }
        Ok(())
    }

    /// As [`align`](Self::align) in front of something that is read in any case: if the stub ends first, that fails.
    #[inline(always)]
    fn pad(&mut self, alignment: u32) {
        let aligned = self.at.wrapping_add(alignment - 1) & !(alignment - 1);
        let (offset, len) = (self.offset(), aligned.wrapping_sub(self.at));
        self.at = aligned;
        if len != 0 && self.offset() <= self.stub.len() {
            self.syntax.watch(Event::Read { offset, len: self.offset() - offset, field: "padding" });
            self.is(Kind::Pad);
        }
    }

    /// As [`align_pointer`](Self::align_pointer) in front of something that is read in any case.
    #[inline(always)]
    pub(crate) fn pad_pointer(&mut self) {
        self.pad(if self.syntax.wide() { 8 } else { 4 });
    }

    /// Skips padding in front of something that holds pointers: to 4 in NDR 2.0, to 8 in NDR64.
    ///
    /// # Errors
    /// If the stub ends first.
    #[inline(always)]
    pub fn align_pointer(&mut self, field: &'static str) -> Result<(), DecodeError> {
        self.align(if self.syntax.wide() { 8 } else { 4 }, field)
    }

    /// Skips the gap at the end of a structure that holds pointers. Only NDR64 has it [MS-RPCE 2.2.5.3.4.1].
    ///
    /// # Errors
    /// If the stub ends first.
    #[inline(always)]
    pub fn structure_end(&mut self, field: &'static str) -> Result<(), DecodeError> {
        if self.syntax.wide() { self.align(8, field) } else { Ok(()) }
    }

    /// One octet.
    ///
    /// # Errors
    /// If none is left.
    #[inline(always)]
    pub fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        let [octet] = self.array(field)?;
        self.is(Kind::Unsigned);
        Ok(octet)
    }

    /// An unsigned 16-bit number.
    ///
    /// # Errors
    /// If fewer than 2 octets are left.
    #[inline(always)]
    pub fn u16(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.pad(2);
        let octets = self.array::<2>(field)?;
        self.is(Kind::Unsigned);
        Ok(if self.syntax.big_endian() { BigEndian::read_u16(&octets) } else { LittleEndian::read_u16(&octets) })
    }

    /// An unsigned 32-bit number.
    ///
    /// # Errors
    /// If fewer than 4 octets are left.
    #[inline(always)]
    pub fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        let [word] = self.unwatched_words(field)?;
        self.syntax.watch(Event::Read { offset: self.offset() - 4, len: 4, field });
        self.is(Kind::Unsigned);
        Ok(word)
    }

    /// A signed 32-bit number.
    ///
    /// # Errors
    /// If fewer than 4 octets are left.
    #[inline(always)]
    pub fn i32(&mut self, field: &'static str) -> Result<i32, DecodeError> {
        let word = self.u32(field)?;
        self.is(Kind::Signed);
        Ok(word.cast_signed())
    }

    /// An unsigned 64-bit number.
    ///
    /// # Errors
    /// If fewer than 8 octets are left.
    #[inline(always)]
    pub fn u64(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        self.pad(8);
        let octets = self.array::<8>(field)?;
        self.is(Kind::Unsigned);
        Ok(if self.syntax.big_endian() { BigEndian::read_u64(&octets) } else { LittleEndian::read_u64(&octets) })
    }

    /// 32-bit numbers in a row, with one look at the bounds: most fixed parts are little else.
    ///
    /// # Errors
    /// If they are not all there; the error names the first one that is not.
    #[inline(always)]
    pub fn words<const N: usize>(&mut self, fields: &'static [&'static str; N]) -> Result<[u32; N], DecodeError> {
        let first = fields.first().map_or("", |first| first);
        let Ok(words) = self.unwatched_words(first) else { return Err(Self::cut_within(self.clone(), fields)) };
        for (offset, field) in (self.offset() - 4 * N..).step_by(4).zip(fields) {
            self.syntax.watch(Event::Read { offset, len: 4, field });
            self.is(Kind::Unsigned);
        }
        Ok(words)
    }

    /// As [`words`](Self::words), and nobody is told but of padding.
    #[inline(always)]
    pub(super) fn unwatched_words<const N: usize>(&mut self, field: &'static str) -> Result<[u32; N], DecodeError> {
        self.pad(4);
        let octets = self.unwatched_octets(4 * N, field)?;
        let mut words = [0; N];
        if self.syntax.big_endian() {
            BigEndian::read_u32_into(octets, &mut words);
        } else {
            LittleEndian::read_u32_into(octets, &mut words);
        }
        Ok(words)
    }

    /// The error of a stub that ends within these words. Those that are there are still watched.
    #[cold]
    #[inline(never)]
    fn cut_within(mut input: Self, fields: &[&'static str]) -> DecodeError {
        let error = fields.iter().find_map(|field| input.u32(field).err());
        error.unwrap_or_else(|| input.error("words", DecodeErrorKind::Malformed("nothing is missing")))
    }

    /// A 32-bit count within its `[range]`.
    ///
    /// # Errors
    /// [`DecodeErrorKind::OutOfRange`] above `max`.
    #[inline(always)]
    pub fn count(&mut self, field: &'static str, max: u32) -> Result<usize, DecodeError> {
        let value = self.u32(field)?;
        self.in_range(value, field, max)
    }

    /// Checks a count that was read as one of several [`words`](Self::words).
    ///
    /// # Errors
    /// [`DecodeErrorKind::OutOfRange`] above `max`.
    #[inline(always)]
    pub fn in_range(&self, value: u32, field: &'static str, max: u32) -> Result<usize, DecodeError> {
        match usize::try_from(value) {
            Ok(count) if value <= max => Ok(count),
            _ => Err(self.error(field, DecodeErrorKind::OutOfRange { value: value.into(), max: max.into() })),
        }
    }

    /// Runs `inner` on a copy and goes on where it ended. Nobody else then knows the address of the copy (or of `self`),
    /// so a loop in `inner` (or around) holds its place in the stub in registers: twice as fast as in memory.
    ///
    /// # Errors
    /// What `inner` returns.
    #[inline(always)]
    pub(crate) fn apart<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let mut copy = self.clone();
        let value = inner(&mut copy);
        *self = copy;
        value
    }

    /// Runs `inner` one level deeper; types that can contain themselves decode themselves through this.
    ///
    /// # Errors
    /// [`DecodeErrorKind::TooDeep`] past [`DEPTH_LIMIT`], or what `inner` returns.
    pub fn nested<T>(
        &mut self,
        field: &'static str,
        inner: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        if self.depth >= DEPTH_LIMIT {
            return Err(self.error(field, DecodeErrorKind::TooDeep { limit: DEPTH_LIMIT }));
        }
        self.depth += 1;
        let value = inner(self);
        self.depth -= 1;
        value
    }
}
