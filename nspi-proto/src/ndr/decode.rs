//! What can be read: a fixed part, and what its pointers announce.

use alloc::vec::Vec;

use super::decoder::Decoder;
use super::error::DecodeError;
use super::syntax::Syntax;
use super::trace::Step;

/// A type that can be read from a stub.
pub trait Decode<'de>: Sized {
    /// What the fixed part leaves open until the referents are read: which pointers are set, which counts were given.
    type Fixed;

    /// Fewest octets that a fixed part takes in any syntax, at least 1: no array is allocated that has no octets.
    const MIN_FIXED: usize;

    /// Reads the fixed part.
    ///
    /// # Errors
    /// If the octets are not one.
    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self::Fixed, DecodeError>;

    /// Reads what the pointers of the fixed part announced.
    ///
    /// # Errors
    /// If the octets are not that.
    fn decode_referents<S: Syntax>(fixed: Self::Fixed, input: &mut Decoder<'de, S>) -> Result<Self, DecodeError>;

    /// Reads `n` elements of an array: all fixed parts, then the referents of each in order [C706 14.3.12.3].
    ///
    /// # Errors
    /// If the octets are not `n` elements.
    fn decode_array<S: Syntax>(n: usize, input: &mut Decoder<'de, S>, out: &mut Vec<Self>) -> Result<(), DecodeError> {
        input.room_for(n, Self::MIN_FIXED, "array")?;
        let mut fixed = Vec::with_capacity(n);
        for element in 0..n {
            fixed.push(input.within(Step::Element(element), Self::decode_fixed)?);
        }
        out.reserve(n);
        for (element, part) in fixed.into_iter().enumerate() {
            out.push(input.within(Step::Element(element), |input| Self::decode_referents(part, input))?);
        }
        Ok(())
    }

    /// Reads a whole value: its fixed part, then its referents.
    ///
    /// # Errors
    /// If the octets are not one.
    #[inline(always)]
    fn decode<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        let fixed = Self::decode_fixed(input)?;
        Self::decode_referents(fixed, input)
    }
}
