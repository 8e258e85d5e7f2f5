//! Arrays that are parameters of their own, each with a count of at most 100,000 elements.
//!
//! All but [`BinaryArray`] are structures whose last member is the array itself. NDR then moves `max_count` in front of
//! the structure [C706 14.3.7.1]; it comes before the count that it must agree with.

use super::MAX_VALUES;
use super::announced::{announced_values, read_values};
use super::name::PropertyName;
use super::plain::Binary;
use super::tag::PropertyTag;
use super::value::{announce, write_values};
use crate::ndr::{
    Ansi, Decode, DecodeError, DecodeErrorKind, Decoder, Encode, EncodeError, Encoder, Multi, MultiElement, Syntax,
    Utf16,
};
use crate::nspi::MinimalId;

/// Makes a structure of a count and a trailing array of one kind of element.
macro_rules! trailing_arrays {
    ($($(#[$attribute:meta])* $name:ident of $element:ty: $read:ident, $write:ident, $structure:literal, $count:literal;)*) => {$(
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name<'a>(pub Multi<'a, $element>);

        impl<'a> From<&'a [$element]> for $name<'a> {
            fn from(elements: &'a [$element]) -> Self {
                Self(Multi::from(elements))
            }
        }

        impl Default for $name<'_> {
            /// No elements.
            fn default() -> Self {
                Self(Multi::from(&[][..]))
            }
        }

        impl<'a> Decode<'a> for $name<'a> {
            type Fixed = Self;
            const MIN_FIXED: usize = 8;

            fn decode_fixed<S: Syntax>(input: &mut Decoder<'a, S>) -> Result<Self, DecodeError> {
                $read(input, $structure, $count).map(Self)
            }

            fn decode_referents<S: Syntax>(fixed: Self, _: &mut Decoder<'a, S>) -> Result<Self, DecodeError> {
                Ok(fixed)
            }
        }

        impl Encode for $name<'_> {
            fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
                $write(&self.0, out, $count);
            }
        }
    )*};
}

trailing_arrays! {
    /// [MS-NSPI 2.3.1.2] `PropertyTagArray_r`: columns, or the properties that an object has.
    #[doc(alias = "PropertyTagArray_r")]
    PropertyTagArray of PropertyTag: read_varying, write_varying, "PropertyTagArray_r", "cValues";

    /// [MS-NSPI 2.3.1.2] `PropertyTagArray_r` where it holds minimal entry ids in place of tags: an explicit table.
    #[doc(alias = "PropertyTagArray_r")]
    MinimalIdArray of MinimalId: read_varying, write_varying, "PropertyTagArray_r", "cValues";

    /// [MS-NSPI 2.3.6.1] `StringsArray_r`: 8-bit names to look up. An element may be NULL.
    #[doc(alias = "StringsArray_r")]
    StringsArray of Option<Ansi<'a>>: read_conformant, write_conformant, "StringsArray_r", "Count";

    /// [MS-NSPI 2.3.6.2] `WStringsArray_r`: Unicode names to look up. An element may be NULL.
    #[doc(alias = "WStringsArray_r")]
    WStringsArray of Option<Utf16<'a>>: read_conformant, write_conformant, "WStringsArray_r", "Count";

    /// [MS-NSPI 2.3.5.2] `PropertyNameSet_r`: the names of properties.
    #[doc(alias = "PropertyNameSet_r")]
    PropertyNameSet of PropertyName: read_conformant, write_conformant, "PropertyNameSet_r", "cNames";
}

/// `max_count`, the count, `offset`, `actual_count`, elements. By the IDL `max_count` is the count + 1; some clients
/// send the count itself, which is taken too.
fn read_varying<'de, T: MultiElement<'de>, S: Syntax>(
    input: &mut Decoder<'de, S>,
    structure: &'static str,
    count_field: &'static str,
) -> Result<Multi<'de, T>, DecodeError> {
    let max = input.conformance(structure)?;
    let count = input.count(count_field, MAX_VALUES)?;
    let [offset, actual] = input.variance(structure)?;
    if offset != 0 {
        return Err(input.error(structure, DecodeErrorKind::Malformed("the array starts at its first element")));
    }
    if max != count && max != count + 1 {
        return Err(input.mismatch(structure, max, count + 1));
    }
    if actual != count {
        return Err(input.mismatch(structure, actual, count));
    }
    Multi::decode(input, count, structure)
}

fn write_varying<'a, T: MultiElement<'a>, S: Syntax>(
    elements: &Multi<'a, T>,
    out: &mut Encoder<'_, S>,
    count_field: &'static str,
) {
    let count = elements.len();
    if count > usize::try_from(MAX_VALUES).unwrap_or(usize::MAX) {
        out.broke(EncodeError::OutOfRange { field: count_field, count, max: 100_000 });
        return;
    }
    out.conformance(count + 1);
    out.count(count_field, count, MAX_VALUES);
    out.conformance(0);
    out.conformance(count);
    elements.encode(out);
}

/// `max_count`, the count, elements that hold pointers.
fn read_conformant<'de, T: MultiElement<'de>, S: Syntax>(
    input: &mut Decoder<'de, S>,
    structure: &'static str,
    count_field: &'static str,
) -> Result<Multi<'de, T>, DecodeError> {
    let max = input.conformance(structure)?;
    input.align_pointer(structure)?;
    let count = input.count(count_field, MAX_VALUES)?;
    if max != count {
        return Err(input.mismatch(structure, max, count));
    }
    input.align_pointer(structure)?;
    Multi::decode(input, count, structure)
}

fn write_conformant<'a, T: MultiElement<'a>, S: Syntax>(
    elements: &Multi<'a, T>,
    out: &mut Encoder<'_, S>,
    count_field: &'static str,
) {
    out.conformance(elements.len());
    out.align_pointer();
    out.count(count_field, elements.len(), MAX_VALUES);
    out.align_pointer();
    elements.encode(out);
}

/// [MS-NSPI 2.3.1.8] `BinaryArray_r` as a parameter: entry ids. `None` where its pointer is NULL.
#[doc(alias = "BinaryArray_r")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BinaryArray<'a>(pub Option<Multi<'a, Binary<'a>>>);

impl<'a> From<&'a [Binary<'a>]> for BinaryArray<'a> {
    fn from(elements: &'a [Binary<'a>]) -> Self {
        Self(Some(Multi::from(elements)))
    }
}

impl<'de> Decode<'de> for BinaryArray<'de> {
    /// `cValues`, if the pointer is set.
    type Fixed = Option<usize>;
    const MIN_FIXED: usize = 8;

    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self::Fixed, DecodeError> {
        input.align_pointer("BinaryArray_r")?;
        announced_values(input, "lpbin")
    }

    fn decode_referents<S: Syntax>(count: Self::Fixed, input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        let Some(count) = count else { return Ok(Self(None)) };
        read_values(count, input, "lpbin").map(|values| Self(Some(values)))
    }
}

impl Encode for BinaryArray<'_> {
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.align_pointer();
        announce(&self.0, out);
    }

    fn encode_referents<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        if let Some(values) = &self.0 {
            write_values(values, out);
        }
    }
}
