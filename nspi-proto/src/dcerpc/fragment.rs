//! Stubs in pieces: put together on receipt, cut up for sending [C706 12.6.2, 12.6.3.2].

use alloc::vec::Vec;
use core::mem;

use super::header::PfcFlags;

/// Octets in a block: what is there is not moved when more comes.
const BLOCK: usize = 64 << 10;

/// Calls of which the first fragments have come, but not the last one. What the first fragment said (`H`) holds for
/// the whole call.
///
/// INVARIANT: the octets held are never more than the ceiling, whatever `alloc_hint` promises.
#[derive(Debug)]
pub struct Reassembler<H> {
    parts: Vec<Assembly<H>>,
    held: usize,
    ceiling: usize,
}

/// One such call.
#[derive(Debug)]
pub struct Assembly<H> {
    /// `call_id`.
    pub call_id: u32,
    /// What the first fragment said.
    pub head: H,
    /// The stub, once the call has been taken out; until then its last block.
    pub stub: Vec<u8>,
    /// The blocks before.
    full: Vec<Vec<u8>>,
    /// Octets in all of them.
    length: usize,
}

/// The stubs of unfinished calls would be larger than the ceiling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("fragments add up to more than {ceiling} octets")]
pub struct TooLong {
    /// The ceiling in force, in octets.
    pub ceiling: usize,
}

impl<H> Reassembler<H> {
    /// One that holds at most `ceiling` octets of stubs.
    #[must_use]
    pub fn new(ceiling: usize) -> Self {
        Self { parts: Vec::new(), held: 0, ceiling }
    }

    /// Takes a first fragment that is not the last one.
    ///
    /// # Errors
    /// [`TooLong`]; the call is then forgotten.
    pub fn begin(&mut self, call_id: u32, head: H, stub: &[u8]) -> Result<(), TooLong> {
        self.parts.push(Assembly { call_id, head, stub: Vec::new(), full: Vec::new(), length: 0 });
        self.append(call_id, stub)
    }

    /// Takes a later fragment of a call that was begun; others are ignored.
    ///
    /// # Errors
    /// [`TooLong`]; the call is then forgotten.
    pub fn append(&mut self, call_id: u32, stub: &[u8]) -> Result<(), TooLong> {
        let room = self.room_for(stub.len());
        let Some(part) = self.parts.iter_mut().find(|part| part.call_id == call_id) else {
            return Ok(());
        };
        if room.is_err() {
            self.forget(call_id);
            return room;
        }
        part.append(stub);
        self.held += stub.len();
        Ok(())
    }

    /// Whether so many octets could still be held.
    ///
    /// # Errors
    /// [`TooLong`] if not.
    pub fn room_for(&self, octets: usize) -> Result<(), TooLong> {
        let room = self.ceiling.saturating_sub(self.held);
        if octets <= room { Ok(()) } else { Err(TooLong { ceiling: self.ceiling }) }
    }

    /// Takes out a call whose last fragment has come.
    pub fn finish(&mut self, call_id: u32) -> Option<Assembly<H>> {
        let mut part = self.take(call_id)?;
        part.join();
        Some(part)
    }

    /// Gives up a call.
    pub fn forget(&mut self, call_id: u32) {
        self.take(call_id);
    }

    fn take(&mut self, call_id: u32) -> Option<Assembly<H>> {
        let index = self.parts.iter().position(|part| part.call_id == call_id)?;
        let part = self.parts.swap_remove(index);
        self.held = self.held.saturating_sub(part.length);
        Some(part)
    }

    /// What the first fragment of a call said.
    #[must_use]
    pub fn head(&self, call_id: u32) -> Option<&H> {
        self.parts.iter().find(|part| part.call_id == call_id).map(|part| &part.head)
    }

    /// The same, to be amended.
    pub(super) fn head_mut(&mut self, call_id: u32) -> Option<(&mut H, usize)> {
        let part = self.parts.iter_mut().find(|part| part.call_id == call_id)?;
        Some((&mut part.head, part.length))
    }

    /// The call that was begun first of those that are unfinished.
    #[must_use]
    pub fn first(&self) -> Option<&Assembly<H>> {
        self.parts.first()
    }

    /// How many calls are unfinished.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.parts.len()
    }

    /// Octets of stubs held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held
    }
}

impl<H> Assembly<H> {
    fn append(&mut self, octets: &[u8]) {
        if !self.stub.is_empty() && self.stub.len() + octets.len() > BLOCK {
            let next = Vec::with_capacity(BLOCK.max(octets.len()));
            self.full.push(mem::replace(&mut self.stub, next));
        }
        self.stub.extend_from_slice(octets);
        self.length += octets.len();
    }

    /// Puts the blocks together.
    fn join(&mut self) {
        if self.full.is_empty() {
            return;
        }
        let mut whole = Vec::with_capacity(self.length);
        for block in self.full.drain(..) {
            whole.extend_from_slice(&block);
        }
        whole.append(&mut self.stub);
        self.stub = whole;
    }
}

/// One piece of a stub that is being sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// `FIRST_FRAG`, `LAST_FRAG`, both or neither.
    pub flags: PfcFlags,
    /// Octets from here to the end of the stub: the `alloc_hint`.
    pub rest: usize,
    /// The piece.
    pub stub: &'a [u8],
}

/// Cuts `stub` into pieces of `max` octets, which should be a multiple of 8; an empty stub is one empty piece.
///
/// ```
/// use nspi_proto::dcerpc::{PfcFlags, pieces};
/// let cut: Vec<_> = pieces(&[0; 20], 8).map(|piece| (piece.flags, piece.rest, piece.stub.len())).collect();
/// assert_eq!(cut, [(PfcFlags::FIRST_FRAG, 20, 8), (PfcFlags::empty(), 12, 8), (PfcFlags::LAST_FRAG, 4, 4)]);
/// ```
pub fn pieces(stub: &[u8], max: usize) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = Some(stub);
    let mut flags = PfcFlags::FIRST_FRAG;
    core::iter::from_fn(move || {
        let here = rest?;
        let (stub, later) = here.split_at_checked(max.max(1)).unwrap_or((here, &[]));
        rest = (!later.is_empty()).then_some(later);
        flags.set(PfcFlags::LAST_FRAG, later.is_empty());
        let piece = Piece { flags, rest: here.len(), stub };
        flags = PfcFlags::empty();
        Some(piece)
    })
}
