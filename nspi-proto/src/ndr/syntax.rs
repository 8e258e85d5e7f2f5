//! Transfer syntaxes as types: a codec written against [`Syntax`] is compiled once for each.

use core::fmt;

use super::trace::Event;

/// How a transfer syntax lays out octets. Two questions are enough to tell NDR 2.0 from NDR64, in either byte order.
pub trait Syntax: Copy + fmt::Debug {
    /// Whether counts and pointers take 8 octets, and structures are padded to their alignment (NDR64).
    fn wide(self) -> bool;
    /// Whether the most significant octet of a number comes first.
    fn big_endian(self) -> bool;

    /// Is told what a decoder reads. Nobody listens, and nothing is left of it in the program, unless the syntax is
    /// [`Traced`](super::Traced).
    #[inline(always)]
    fn watch(self, _event: Event) {}
}

/// A syntax that is not fixed at compile time: the header of a PDU says which it is.
pub trait Reorder: Syntax {
    /// The same, with this layout.
    #[must_use]
    fn reordered(self, order: AnyOrder) -> Self;
}

/// NDR 2.0, little-endian: what nearly every stub is. A compile-time constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ndr20;

impl Syntax for Ndr20 {
    fn wide(self) -> bool {
        false
    }
    fn big_endian(self) -> bool {
        false
    }
}

/// NDR64 [MS-RPCE 2.2.5], little-endian. A compile-time constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ndr64;

impl Syntax for Ndr64 {
    fn wide(self) -> bool {
        true
    }
    fn big_endian(self) -> bool {
        false
    }
}

/// A syntax known only at run time. Complete but slower; [`Ndr20`] and [`Ndr64`] are for the common cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct AnyOrder {
    /// As [`Syntax::wide`].
    pub wide: bool,
    /// As [`Syntax::big_endian`].
    pub big_endian: bool,
}

impl AnyOrder {
    /// NDR 2.0, little-endian.
    pub const NDR20: Self = Self { wide: false, big_endian: false };
    /// NDR64, little-endian.
    pub const NDR64: Self = Self { wide: true, big_endian: false };
    /// NDR 2.0, big-endian.
    pub const NDR20_BIG: Self = Self { wide: false, big_endian: true };

    /// The run-time value of any syntax.
    pub fn of<S: Syntax>(syntax: S) -> Self {
        Self { wide: syntax.wide(), big_endian: syntax.big_endian() }
    }
}

impl Syntax for AnyOrder {
    fn wide(self) -> bool {
        self.wide
    }
    fn big_endian(self) -> bool {
        self.big_endian
    }
}

impl Reorder for AnyOrder {
    fn reordered(self, order: AnyOrder) -> Self {
        order
    }
}

impl fmt::Display for AnyOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.wide { "NDR64" } else { "NDR 2.0" })?;
        if self.big_endian { f.write_str(", big-endian") } else { Ok(()) }
    }
}
