//! What can be wrong with a stub, with enough to find the octet in a hex dump.

use alloc::boxed::Box;
use core::fmt;

/// Why octets are not the value they should be: which field, at which offset, what is wrong.
///
/// One word large, so that the path without errors stays fast.
///
/// ```
/// use nspi_proto::ndr::{Decoder, Ndr20};
/// let error = Decoder::new(&[1, 2], Ndr20).u32("dwFlags").unwrap_err();
/// assert_eq!(error.to_string(), "dwFlags at offset 0: 4 octets needed, 2 left");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct DecodeError(Box<Detail>);

#[derive(Clone, PartialEq, Eq)]
struct Detail {
    field: &'static str,
    offset: usize,
    kind: DecodeErrorKind,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The stub ends before the field does.
    #[error("{needed} octets needed, {left} left")]
    Truncated {
        /// Octets that the field takes.
        needed: usize,
        /// Octets that are left of the stub.
        left: usize,
    },
    /// A number is outside of its `[range]`.
    #[error("{value} is above the limit of {max}")]
    OutOfRange {
        /// The number on the wire.
        value: u64,
        /// The largest one allowed.
        max: u64,
    },
    /// Two counts that must agree do not: `max_count` and the field that `size_is` names, or `actual_count`.
    #[error("counts {found}, but {expected} was announced")]
    CountMismatch {
        /// The count found here.
        found: u64,
        /// The count that an earlier field gave.
        expected: u64,
    },
    /// More elements are announced than the octets left could hold.
    #[error("{count} elements cannot stand in the {left} octets left")]
    ImpossibleCount {
        /// Elements announced.
        count: u64,
        /// Octets left.
        left: usize,
    },
    /// A union's discriminant names no arm, and there is no default arm.
    #[error("{discriminant:#010x} names no arm of the union")]
    InvalidTag {
        /// The discriminant on the wire.
        discriminant: u32,
    },
    /// A string does not end with its terminator, or a varying array does not start at 0.
    #[error("{0}")]
    Malformed(&'static str),
    /// Structures are nested deeper than [`DEPTH_LIMIT`](super::DEPTH_LIMIT).
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// The limit in force.
        limit: u8,
    },
}

impl DecodeError {
    /// An error of `field`, which stands at `offset` octets from the start of the stub.
    #[cold]
    #[inline(never)]
    #[must_use]
    pub fn new(field: &'static str, offset: usize, kind: DecodeErrorKind) -> Self {
        Self(Box::new(Detail { field, offset, kind }))
    }

    /// The field's name in the specification.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.0.field
    }

    /// Where the field stands, in octets from the start of what was decoded.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.0.offset
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &DecodeErrorKind {
        &self.0.kind
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at offset {}: {}", self.0.field, self.0.offset, self.0.kind)
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecodeError({self})")
    }
}

impl core::error::Error for DecodeError {}

/// Why a value cannot be put on the wire: the first bound that it breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A count is above its `[range]`.
    #[error("{field}: {count} is above the limit of {max}")]
    OutOfRange {
        /// The field's name in the specification.
        field: &'static str,
        /// The count asked for.
        count: usize,
        /// The largest one allowed.
        max: usize,
    },
    /// Values that must agree do not.
    #[error("{field}: {what}")]
    Inconsistent {
        /// The field's name in the specification.
        field: &'static str,
        /// What does not agree.
        what: &'static str,
    },
}
