//! Cuts a stream of octets into PDUs, by their `frag_length`.
//!
//! Nothing is copied: a PDU is a range of the buffer that the octets were read into, and may be changed there. It
//! stays until the next one is asked for, or more octets come.

use alloc::vec::Vec;
use core::ops::Range;

use super::header::Header;
use crate::ndr::DecodeError;

/// A buffer of received octets, and where the next PDU starts in it.
///
/// `frag_length` has 16 bits, so at most 65,535 octets are needed for one PDU; how much more is read ahead is the
/// caller's choice ([`pending`](Self::pending) tells).
#[derive(Debug, Default)]
pub struct Deframer {
    buffer: Vec<u8>,
    /// Everything before this has been used up.
    start: usize,
    /// Length of the PDU at `start` that was handed out last; it is used up when the next one is asked for.
    lent: usize,
}

impl Deframer {
    /// An empty one; holds no memory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes octets as they came from the stream.
    pub fn receive(&mut self, octets: &[u8]) {
        self.buffer().extend_from_slice(octets);
    }

    /// The buffer, to read into without a copy: append, and change nothing that is there.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        self.advance();
        self.buffer.drain(..self.start.min(self.buffer.len())); // usually all or nothing
        self.start = 0;
        &mut self.buffer
    }

    /// The next whole PDU: its header and where it stands. `None`: more octets are needed.
    ///
    /// # Errors
    /// If what stands there is no header. The stream has then lost its frame and cannot be read on.
    pub fn next_pdu(&mut self) -> Result<Option<(Header, Range<usize>)>, DecodeError> {
        self.next_of(|header| header.frag_length.into())
    }

    /// The same of a stream from which parts of PDUs were left out: `length` says how much of one there is.
    ///
    /// # Errors
    /// As [`next_pdu`](Self::next_pdu).
    pub(super) fn next_of(
        &mut self,
        length: impl FnOnce(&Header) -> usize,
    ) -> Result<Option<(Header, Range<usize>)>, DecodeError> {
        self.advance();
        let rest = self.buffer.get(self.start..).unwrap_or_default();
        if rest.len() < Header::LEN {
            return Ok(None);
        }
        let header = Header::decode(rest)?;
        let length = length(&header);
        if rest.len() < length {
            return Ok(None);
        }
        self.lent = length;
        Ok(Some((header, self.start..self.start + length)))
    }

    /// Whether [`next_pdu`](Self::next_pdu) needs no more octets: a whole PDU is there, or something that is none.
    #[must_use]
    pub fn has_pdu(&self) -> bool {
        let rest = self.rest();
        rest.len() >= Header::LEN && Header::decode(rest).map_or(true, |header| rest.len() >= header.frag_length.into())
    }

    /// Gives up octets that are no PDU.
    pub fn skip(&mut self, octets: usize) {
        self.advance();
        self.lent = octets.min(self.pending());
    }

    /// The octets received and not used up yet.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        self.buffer.get(self.start + self.lent..).unwrap_or_default()
    }

    /// The octets of a PDU, or of a part of one.
    #[must_use]
    pub fn octets(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }

    /// The same, to be unsealed in place.
    pub fn octets_mut(&mut self, range: Range<usize>) -> &mut [u8] {
        self.buffer.get_mut(range).unwrap_or_default()
    }

    /// Octets received and not used up yet.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.buffer.len().saturating_sub(self.start + self.lent)
    }

    /// Gives the memory back if nothing is pending.
    pub fn release(&mut self) {
        if self.pending() == 0 {
            *self = Self::default();
        }
    }

    /// Uses up what was lent.
    fn advance(&mut self) {
        self.start += self.lent;
        self.lent = 0;
        if self.start >= self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
        }
    }
}
