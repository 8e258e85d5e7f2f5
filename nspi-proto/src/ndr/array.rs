//! Arrays that are looked at in place, and the elements they hold.

use core::fmt;
use core::marker::PhantomData;

use super::decode::Decode;
use super::decoder::Decoder;
use super::encoder::{Encode, Encoder};
use super::error::DecodeError;
use super::syntax::{AnyOrder, Syntax};
use super::trace::{Kind, Step};

/// An element that is cheap to make again from its octets each time somebody looks at it.
pub trait MultiElement<'a>: Decode<'a> + Encode + Copy + PartialEq + fmt::Debug {}
impl<'a, T: Decode<'a> + Encode + Copy + PartialEq + fmt::Debug> MultiElement<'a> for T {}

/// The elements of an array: either octets of a stub, checked once and read again at each look, or a slice of values
/// that somebody wants to send.
///
/// ```
/// use nspi_proto::ndr::Multi;
/// let numbers = Multi::from(&[1, -1, 0x7FFF][..]);
/// assert_eq!(numbers.len(), 3);
/// assert_eq!(numbers.iter().sum::<i16>(), 0x7FFF);
/// ```
#[derive(Clone, Copy)]
pub struct Multi<'a, T>(Elements<'a, T>);

#[derive(Clone, Copy)]
enum Elements<'a, T> {
    Wire(View<'a>),
    Values(&'a [T]),
}

/// Octets that are known to hold `count` elements.
#[derive(Clone, Copy)]
struct View<'a> {
    octets: &'a [u8],
    count: u32,
    /// Where the first element stands in them. They begin up to seven octets before it, at a multiple of 8 in their
    /// stub: what alignment depends on.
    start: u8,
    syntax: AnyOrder,
}

impl<'a, T> Multi<'a, T> {
    /// Octets that this crate wrote as NDR 2.0.
    pub(crate) fn kept(octets: &'a [u8], count: usize) -> Self {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Self(Elements::Wire(View { octets, count, start: 0, syntax: AnyOrder::NDR20 }))
    }
}

impl<'a, T: MultiElement<'a>> Multi<'a, T> {
    /// Checks `count` elements and keeps their octets.
    ///
    /// # Errors
    /// If the octets are not `count` elements.
    pub fn decode<S: Syntax>(
        input: &mut Decoder<'a, S>,
        count: usize,
        field: &'static str,
    ) -> Result<Self, DecodeError> {
        input.room_for(count, T::MIN_FIXED, field)?;
        let at = input.offset();
        let mut fixed = input.clone();
        for element in 0..count {
            input.within(Step::Element(element), T::decode_fixed)?;
        }
        for element in 0..count {
            let part = T::decode_fixed(&mut fixed)?;
            input.within(Step::Element(element), |input| T::decode_referents(part, input))?;
        }
        let start = at % 8;
        Ok(Self(Elements::Wire(View {
            octets: input.since(at - start),
            count: u32::try_from(count).unwrap_or(u32::MAX),
            start: u8::try_from(start).unwrap_or(0),
            syntax: AnyOrder::of(input.syntax()),
        })))
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        match self.0 {
            Elements::Wire(view) => usize::try_from(view.count).unwrap_or(usize::MAX),
            Elements::Values(values) => values.len(),
        }
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements in order.
    #[must_use]
    pub fn iter(&self) -> MultiIter<'a, T> {
        let source = match self.0 {
            Elements::Values(values) => Source::Values(values.iter()),
            Elements::Wire(view) => {
                let fixed = Decoder::starting(view.octets, usize::from(view.start), view.syntax);
                let mut referents = fixed.clone();
                for _ in 0..view.count {
                    let _ = T::decode_fixed(&mut referents);
                }
                Source::Wire { fixed, referents }
            }
        };
        MultiIter { source, left: self.len(), element: PhantomData }
    }
}

impl<'a, T> From<&'a [T]> for Multi<'a, T> {
    fn from(values: &'a [T]) -> Self {
        Self(Elements::Values(values))
    }
}

impl<'a, T: MultiElement<'a>> PartialEq for Multi<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, T: MultiElement<'a> + Eq> Eq for Multi<'a, T> {}

impl<'a, T: MultiElement<'a>> fmt::Debug for Multi<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, T: MultiElement<'a>> IntoIterator for &Multi<'a, T> {
    type Item = T;
    type IntoIter = MultiIter<'a, T>;

    fn into_iter(self) -> MultiIter<'a, T> {
        self.iter()
    }
}

impl<'a, T: MultiElement<'a>> Encode for Multi<'a, T> {
    /// Writes the elements, all fixed parts first; `max_count` is the caller's.
    #[inline]
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        self.iter().for_each(|element| element.encode_fixed(out));
        self.iter().for_each(|element| element.encode_referents(out));
    }
}

/// The elements of a [`Multi`].
#[derive(Debug, Clone)]
pub struct MultiIter<'a, T> {
    source: Source<'a, T>,
    left: usize,
    element: PhantomData<T>,
}

#[derive(Debug, Clone)]
enum Source<'a, T> {
    /// One cursor over the fixed parts, one over the referents that follow all of them.
    Wire {
        fixed: Decoder<'a, AnyOrder>,
        referents: Decoder<'a, AnyOrder>,
    },
    Values(core::slice::Iter<'a, T>),
}

impl<'a, T: MultiElement<'a>> Iterator for MultiIter<'a, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        match &mut self.source {
            Source::Values(values) => values.next().copied(),
            Source::Wire { fixed, referents } => {
                // The octets were checked when the view was made, so neither step fails.
                let part = T::decode_fixed(fixed).ok()?;
                T::decode_referents(part, referents).ok()
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<'a, T: MultiElement<'a>> ExactSizeIterator for MultiIter<'a, T> {}

/// An embedded unique pointer: a referent id in the fixed part, and the pointee, if there is one, among the referents.
impl<'de, T: Decode<'de>> Decode<'de> for Option<T> {
    type Fixed = bool;
    const MIN_FIXED: usize = 4;

    #[inline]
    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<bool, DecodeError> {
        input.pointer("referent id")
    }

    #[inline]
    fn decode_referents<S: Syntax>(set: bool, input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        if set { T::decode(input).map(Some) } else { Ok(None) }
    }
}

impl<T: Encode> Encode for Option<T> {
    #[inline]
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.pointer(self.is_some());
    }

    #[inline]
    fn encode_referents<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        if let Some(pointee) = self {
            pointee.encode(out);
        }
    }
}

impl<'de> Decode<'de> for i16 {
    type Fixed = Self;
    const MIN_FIXED: usize = 2;

    #[inline]
    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        let word = input.u16("short")?;
        input.is(Kind::Signed);
        Ok(word.cast_signed())
    }

    #[inline]
    fn decode_referents<S: Syntax>(fixed: Self, _: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(fixed)
    }
}

impl Encode for i16 {
    #[inline]
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.u16(self.cast_unsigned());
    }
}

impl<'de> Decode<'de> for i32 {
    type Fixed = Self;
    const MIN_FIXED: usize = 4;

    #[inline]
    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        input.i32("long")
    }

    #[inline]
    fn decode_referents<S: Syntax>(fixed: Self, _: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(fixed)
    }
}

impl Encode for i32 {
    #[inline]
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.i32(*self);
    }
}
