//! Watching a decoder read, so that octets can be explained with the same code that reads them.
//!
//! ```text
//!   Decoder<Traced> ──► words, pointers, strings, padding ──► Trace ──► Read: offset, length, path, field, kind
//!   Decoder<Ndr20>  ──► nothing: its `watch` is empty, and compiles to nothing
//! ```
//!
//! The watcher is part of the transfer syntax, so a decoder that nobody watches does not carry one.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt;

use super::syntax::{AnyOrder, Syntax};

/// What a decoder tells [`Syntax::watch`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A field was read; it is [`Kind::Octets`] unless told otherwise.
    Read {
        /// Where it stands, in octets from the start of the stub.
        offset: usize,
        /// How many octets it takes.
        len: usize,
        /// Its name in the specification.
        field: &'static str,
    },
    /// The field read last is of this kind.
    Is(Kind),
    /// What follows belongs to this member or element.
    Enter(Step),
    /// What follows belongs to the one around it again.
    Leave,
}

/// What the octets of a field are to NDR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Octets, for somebody else to read.
    Octets,
    /// Padding: any value.
    Pad,
    /// An unsigned number.
    Unsigned,
    /// A signed number.
    Signed,
    /// A referent id: 0 is NULL, other values have no meaning.
    Pointer,
    /// How many elements an array may have; stands in front of it.
    MaxCount,
    /// Where a varying array starts: 0.
    Offset,
    /// How many elements of a varying array follow.
    ActualCount,
    /// UTF-16 with its terminator.
    Utf16,
    /// 8-bit characters with their terminator.
    Ansi,
    /// A UUID, whose first three fields are numbers.
    Uuid,
}

/// A step from a value to a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// A parameter or member, by its name in the specification.
    Member(&'static str),
    /// An element of an array, counted from 0.
    Element(usize),
}

/// One field that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Where it stands, in octets from the start of the stub.
    pub offset: usize,
    /// How many octets it takes; at least 1.
    pub len: usize,
    /// The values that it is part of, the outermost first.
    pub path: Vec<Step>,
    /// Its name in the specification.
    pub field: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Whether it stands with its most significant octet first.
    pub big_endian: bool,
}

/// What a decoder has read.
///
/// ```
/// use nspi_proto::ndr::{AnyOrder, Decoder, Kind, Trace};
/// let trace = Trace::default();
/// let mut stub = Decoder::new(&[7, 0, 0xAB, 0xAB, 1, 0, 0, 0], trace.watching(AnyOrder::NDR20));
/// stub.u16("b")?;
/// stub.pointer("lpszW")?;
/// let kinds: Vec<_> = trace.reads().iter().map(|read| (read.offset, read.kind)).collect();
/// assert_eq!(kinds, [(0, Kind::Unsigned), (2, Kind::Pad), (4, Kind::Pointer)]);
/// # Ok::<(), nspi_proto::ndr::DecodeError>(())
/// ```
#[derive(Debug, Default)]
pub struct Trace(RefCell<Record>);

#[derive(Debug, Default)]
struct Record {
    /// By offset: what is looked at twice is recorded once.
    reads: BTreeMap<usize, Read>,
    path: Vec<Step>,
    /// Where the field read last stands, if it has any octets.
    last: Option<usize>,
}

impl Trace {
    /// A syntax whose decoders are recorded here.
    #[must_use]
    pub fn watching(&self, order: AnyOrder) -> Traced<'_> {
        Traced { order, trace: self }
    }

    /// All fields read so far, by offset.
    #[must_use]
    pub fn reads(&self) -> Vec<Read> {
        self.0.borrow().reads.values().cloned().collect()
    }

    /// What is being read: after an error, what could not be.
    #[must_use]
    pub fn path(&self) -> Vec<Step> {
        self.0.borrow().path.clone()
    }

    fn record(&self, event: Event, big_endian: bool) {
        let mut record = self.0.borrow_mut();
        match event {
            Event::Read { len: 0, .. } => record.last = None,
            Event::Read { offset, len, field } => {
                record.last = Some(offset);
                let path = record.path.clone();
                record.reads.entry(offset).or_insert(Read { offset, len, path, field, kind: Kind::Octets, big_endian });
            }
            Event::Is(kind) => {
                if let Some(last) = record.last {
                    record.reads.entry(last).and_modify(|read| read.kind = kind);
                }
            }
            Event::Enter(step) => record.path.push(step),
            Event::Leave => {
                record.path.pop();
            }
        }
    }
}

/// A transfer syntax known only at run time, whose decoders are recorded in a [`Trace`].
#[derive(Clone, Copy)]
pub struct Traced<'t> {
    order: AnyOrder,
    trace: &'t Trace,
}

impl fmt::Debug for Traced<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Traced({})", self.order)
    }
}

impl Syntax for Traced<'_> {
    fn wide(self) -> bool {
        self.order.wide
    }

    fn big_endian(self) -> bool {
        self.order.big_endian
    }

    fn watch(self, event: Event) {
        self.trace.record(event, self.order.big_endian);
    }
}

impl super::syntax::Reorder for Traced<'_> {
    fn reordered(self, order: AnyOrder) -> Self {
        Self { order, ..self }
    }
}
