//! What answering one call needs, and the ceilings on an answer.

use nspi_proto::nspi::property::FlatUid;

use super::{Arena, Editor, View};

/// A view, read for one call: the rules of MS-NSPI over what a backend lends.
///
/// Answers borrow from the view and from the arena.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The snapshot this call works on.
    pub view: &'a dyn View,
    /// Where values are made that nobody holds.
    pub arena: &'a Arena,
    /// The GUID that NspiBind returned: part of ephemeral entry ids. All zero if not set.
    pub server_guid: FlatUid,
    /// How large an answer may grow.
    pub limits: Limits,
    /// Who calls, where that matters; `None`: nothing can be changed.
    pub editor: Option<Editor<'a>>,
}

impl<'a> Reader<'a> {
    /// Reads `view`, with the default limits, no server GUID and no editor.
    #[must_use]
    pub fn new(view: &'a dyn View, arena: &'a Arena) -> Self {
        Self { view, arena, server_guid: FlatUid::default(), limits: Limits::default(), editor: None }
    }

    /// Looks at one of many objects with an arena that is emptied before: looking at all costs the memory of one.
    pub(super) fn aside<T>(&self, scratch: &mut Arena, look: impl FnOnce(&Reader<'_>) -> T) -> T {
        scratch.reset();
        look(&Reader { arena: scratch, ..*self })
    }
}

/// Ceilings on one answer. The specification gives none; without them a short request buys an endless answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most columns of a row; more are refused with TableTooBig. There are some 200 properties. Default: 256.
    pub columns: usize,
    /// Most rows of an answer, whatever `Count` asks; the client goes on from the STAT it gets. Default: 10,000.
    pub rows: usize,
    /// Most values that one call compares while it looks for something; then a restriction is refused with TooComplex,
    /// names with OutOfResources. Default: 20,000,000, which takes some seconds.
    pub comparisons: usize,
    /// Most octets of an answer, estimated from above. As many rows as fit; if the first does not, TableTooBig.
    /// Default: 16 MiB.
    pub octets: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { columns: 256, rows: 10_000, comparisons: 20_000_000, octets: 16 << 20 }
    }
}
