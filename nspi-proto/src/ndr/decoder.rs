//! Octets in, values out.

use byteorder::{BigEndian, ByteOrder, LittleEndian};
use nom::bytes::complete::take;

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
    /// What has not been read yet; the end of it is the end of the stub.
    rest: &'de [u8],
    /// Where `rest` begins in the stub.
    at: usize,
    syntax: S,
    depth: u8,
}

impl<'de, S: Syntax> Decoder<'de, S> {
    /// Starts at the first octet of `stub`.
    pub fn new(stub: &'de [u8], syntax: S) -> Self {
        Self { rest: stub, at: 0, syntax, depth: 0 }
    }

    /// Goes on in octets whose first one stands at `offset` of its stub.
    pub(crate) fn continuing(octets: &'de [u8], offset: usize, syntax: S) -> Self {
        Self { rest: octets, at: offset, syntax, depth: 0 }
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
        self.at
    }

    /// Octets left.
    #[inline(always)]
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// The octets left, without reading them.
    #[inline(always)]
    pub fn rest(&self) -> &'de [u8] {
        self.rest
    }

    /// An error about the field that stands here.
    // Inlined, as everything here is that a loop over values calls: none of it lends `self` to anybody (see `apart`).
    #[inline]
    pub fn error(&self, field: &'static str, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(field, self.offset(), kind)
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
        self.syntax.watch(Event::Enter(step));
        let value = inner(self)?;
        self.syntax.watch(Event::Leave);
        Ok(value)
    }

    /// A parameter or member that is a `T`.
    ///
    /// # Errors
    /// If the octets are not one.
    #[inline(always)]
    pub fn value<T: Decode<'de>>(&mut self, field: &'static str) -> Result<T, DecodeError> {
        self.within(Step::Member(field), T::decode)
    }

    /// The next `n` octets.
    ///
    /// # Errors
    /// [`DecodeErrorKind::Truncated`] if fewer are left. So for every other method here that reads.
    #[inline(always)]
    pub fn octets(&mut self, n: usize, field: &'static str) -> Result<&'de [u8], DecodeError> {
        match self.rest.split_at_checked(n) {
            Some((octets, rest)) => {
                self.syntax.watch(Event::Read { offset: self.at, len: n, field });
                self.rest = rest;
                self.at += n;
                Ok(octets)
            }
            None => Err(self.error(field, DecodeErrorKind::Truncated { needed: n, left: self.rest.len() })),
        }
    }

    /// A decoder of the next `n` octets alone; this one goes on behind them.
    ///
    /// # Errors
    /// If fewer are left.
    pub(crate) fn part(&mut self, n: usize, field: &'static str) -> Result<Self, DecodeError> {
        let Some((octets, rest)) = self.rest.split_at_checked(n) else {
            return Err(self.error(field, DecodeErrorKind::Truncated { needed: n, left: self.rest.len() }));
        };
        let part = Self { rest: octets, ..self.clone() };
        self.rest = rest;
        self.at += n;
        Ok(part)
    }

    /// As [`octets`](Self::octets) where `n` is a constant: the parser then shrinks to one comparison.
    #[inline(always)]
    fn block(&mut self, n: usize, field: &'static str) -> Result<&'de [u8], DecodeError> {
        match take::<usize, &'de [u8], ()>(n)(self.rest) {
            Ok((rest, octets)) => {
                self.rest = rest;
                self.at += n;
                Ok(octets)
            }
            Err(_) => Err(self.error(field, DecodeErrorKind::Truncated { needed: n, left: self.rest.len() })),
        }
    }

    /// The next `N` octets as an array.
    ///
    /// # Errors
    /// If fewer are left.
    #[inline(always)]
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DecodeError> {
        let offset = self.at;
        let octets = self.block(N, field)?;
        self.syntax.watch(Event::Read { offset, len: N, field });
        Ok(octets.first_chunk().copied().unwrap_or([0; N]))
    }

    /// Skips padding up to the next multiple of `alignment` (a power of two). Its octets may have any value.
    ///
    /// # Errors
    /// If the stub ends first.
    #[inline(always)]
    pub fn align(&mut self, alignment: usize, field: &'static str) -> Result<(), DecodeError> {
        let aligned = (self.at + (alignment - 1)) & !(alignment - 1);
        let pad = self.at.wrapping_neg() & (alignment - 1);
        if pad != 0 {
            self.octets(pad, field)?;
            self.is(Kind::Pad);
        }
        // Again, because this form tells the compiler which bits are zero: it then drops the next align.
        self.at = aligned;
        Ok(())
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
        self.align(2, field)?;
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
        self.syntax.watch(Event::Read { offset: self.at - 4, len: 4, field });
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
        self.align(8, field)?;
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
        for (offset, field) in (self.at - 4 * N..).step_by(4).zip(fields) {
            self.syntax.watch(Event::Read { offset, len: 4, field });
            self.is(Kind::Unsigned);
        }
        Ok(words)
    }

    /// As [`words`](Self::words), and nobody is told but of padding.
    #[inline(always)]
    pub(super) fn unwatched_words<const N: usize>(&mut self, field: &'static str) -> Result<[u32; N], DecodeError> {
        self.align(4, field)?;
        let octets = self.block(4 * N, field)?;
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
