//! Pointers and the counts in front of arrays: the two things that NDR64 widens.

use super::decode::Decode;
use super::decoder::Decoder;
use super::encoder::{Encode, Encoder};
use super::error::{DecodeError, DecodeErrorKind};
use super::syntax::Syntax;
use super::trace::{Event, Kind, Step};

impl<'de, S: Syntax> Decoder<'de, S> {
    /// A referent id: whether a pointer is set. Ids need not be distinct and carry no other meaning [C706 14.3.10].
    ///
    /// # Errors
    /// If the stub ends first.
    #[inline(always)]
    pub fn pointer(&mut self, field: &'static str) -> Result<bool, DecodeError> {
        let set = if self.syntax().wide() { self.u64(field)? != 0 } else { self.u32(field)? != 0 };
        self.is(Kind::Pointer);
        Ok(set)
    }

    /// A parameter that is a unique pointer: its referent follows its id at once [C706 14.3.12.3].
    ///
    /// # Errors
    /// If the stub ends first, or what `referent` returns.
    pub fn unique<T>(
        &mut self,
        field: &'static str,
        referent: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Option<T>, DecodeError> {
        if self.pointer(field)? { self.within(Step::Member(field), referent).map(Some) } else { Ok(None) }
    }

    /// A parameter that is a unique pointer to a `T`.
    ///
    /// # Errors
    /// If the octets are not that.
    pub fn unique_value<T: Decode<'de>>(&mut self, field: &'static str) -> Result<Option<T>, DecodeError> {
        self.unique(field, T::decode)
    }

    /// A `max_count` [C706 14.3.3.2], 4 octets or 8.
    ///
    /// # Errors
    /// If the stub ends first, or the count is not one that could stand in memory.
    #[inline(always)]
    pub fn conformance(&mut self, field: &'static str) -> Result<usize, DecodeError> {
        self.array_count(field, Kind::MaxCount)
    }

    /// The `offset` and `actual_count` of a varying array [C706 14.3.3.3], 4 octets or 8 each.
    ///
    /// # Errors
    /// As [`conformance`](Self::conformance).
    #[inline(always)]
    pub fn variance(&mut self, field: &'static str) -> Result<[usize; 2], DecodeError> {
        Ok([self.array_count(field, Kind::Offset)?, self.array_count(field, Kind::ActualCount)?])
    }

    #[inline(always)]
    fn array_count(&mut self, field: &'static str, kind: Kind) -> Result<usize, DecodeError> {
        let value = if self.syntax().wide() { self.u64(field)? } else { self.u32(field)?.into() };
        self.is(kind);
        usize::try_from(value)
            .map_err(|_| self.error(field, DecodeErrorKind::ImpossibleCount { count: value, left: self.remaining() }))
    }

    /// The three counts of a conformant and varying array that is no structure's member.
    ///
    /// # Errors
    /// As [`conformance`](Self::conformance).
    #[inline(always)]
    pub(super) fn conformance_and_variance(&mut self, field: &'static str) -> Result<[usize; 3], DecodeError> {
        if self.syntax().wide() {
            let max = self.conformance(field)?;
            let [offset, actual] = self.variance(field)?;
            return Ok([max, offset, actual]);
        }
        let counts = self.unwatched_words::<3>(field)?;
        let kinds = [Kind::MaxCount, Kind::Offset, Kind::ActualCount];
        for (offset, kind) in (self.offset() - 12..).step_by(4).zip(kinds) {
            self.syntax().watch(Event::Read { offset, len: 4, field });
            self.is(kind);
        }
        Ok(counts.map(|count| usize::try_from(count).unwrap_or(usize::MAX)))
    }

    /// A `max_count` that must be what an earlier field announced (`size_is`).
    ///
    /// # Errors
    /// [`DecodeErrorKind::CountMismatch`] if it is not.
    #[inline(always)]
    pub fn conformance_of(&mut self, expected: usize, field: &'static str) -> Result<(), DecodeError> {
        let found = self.conformance(field)?;
        if found == expected { Ok(()) } else { Err(self.mismatch(field, found, expected)) }
    }

    /// Refuses `n` elements that the octets left cannot hold, so that nobody allocates for them.
    ///
    /// # Errors
    /// [`DecodeErrorKind::ImpossibleCount`].
    #[inline(always)]
    pub fn room_for(&self, n: usize, min_octets: usize, field: &'static str) -> Result<(), DecodeError> {
        if n <= self.remaining() / min_octets.max(1) { Ok(()) } else { Err(self.impossible(field, n)) }
    }

    /// The error of `n` elements that the octets left cannot hold.
    #[inline(always)]
    pub(super) fn impossible(&self, field: &'static str, n: usize) -> DecodeError {
        let count = u64::try_from(n).unwrap_or(u64::MAX);
        self.error(field, DecodeErrorKind::ImpossibleCount { count, left: self.remaining() })
    }

    /// The error of two counts that do not agree.
    #[inline(always)]
    pub fn mismatch(&self, field: &'static str, found: usize, expected: usize) -> DecodeError {
        let [found, expected] = [found, expected].map(|count| u64::try_from(count).unwrap_or(u64::MAX));
        self.error(field, DecodeErrorKind::CountMismatch { found, expected })
    }
}

impl<S: Syntax> Encoder<'_, S> {
    /// A referent id: the next one if the pointer is set, else 0.
    #[inline(always)]
    pub fn pointer(&mut self, set: bool) {
        let id = if set { self.referent() } else { 0 };
        if self.syntax().wide() { self.u64(id.into()) } else { self.u32(id) }
    }

    /// A parameter that is a unique pointer: its id and at once its referent.
    pub fn unique<T>(&mut self, value: Option<T>, referent: impl FnOnce(T, &mut Self)) {
        self.pointer(value.is_some());
        if let Some(value) = value {
            referent(value, self);
        }
    }

    /// A parameter that is a unique pointer to a `T`.
    pub fn unique_value<T: Encode>(&mut self, value: Option<&T>) {
        self.unique(value, T::encode);
    }

    /// A `max_count`, `offset` or `actual_count`, 4 octets or 8.
    #[inline(always)]
    pub fn conformance(&mut self, count: usize) {
        // Every count here also stands in a field of 32 bits, where its bound was checked.
        if self.syntax().wide() {
            self.u64(u64::try_from(count).unwrap_or(u64::MAX));
        } else {
            self.u32(u32::try_from(count).unwrap_or(u32::MAX));
        }
    }
}
