//! Listening to the beginnings of calls only: the rest of a stub passes by uncopied, and may be missing.
//!
//! ```text
//!   header │ fixed part │ first octets │ ....... │ pad │ sec_trailer │ token
//!   ╰─────────── kept ─────────────────╯╰── passes by ─╯╰── kept ────╯╰ passes by
//! ```
//!
//! What is kept of a PDU follows from its header, so the buffer of kept octets is cut into PDUs again by that alone.

use core::ops::Range;

use super::super::super::call::Request;
use super::super::super::deframer::Deframer;
use super::super::super::header::{Header, PduType, PfcFlags};
use super::super::super::trailer::SecTrailer;
use crate::ndr::{DecodeError, DecodeErrorKind, Decoder};

/// Where one direction of a stream stands.
#[derive(Debug)]
pub(super) struct Skim {
    /// So many octets of each fragment's stub are kept.
    first: usize,
    /// Octets of the next header that are in the buffer already.
    header: usize,
    /// What is still to come of the PDU whose header was seen.
    to_come: Plan,
}

/// How a PDU is taken in: lengths in octets, in wire order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Plan {
    keep: usize,
    pass: usize,
    trailer: usize,
    token: usize,
}

impl Plan {
    fn of(header: &Header, first: usize) -> Self {
        let length = usize::from(header.frag_length);
        let whole = Self { keep: length, ..Self::default() };
        if !matches!(header.kind, PduType::Request | PduType::Response) {
            return whole;
        }
        let token = usize::from(header.auth_length);
        let trailer = if token == 0 { 0 } else { SecTrailer::LEN };
        let fixed = fixed(header);
        match length.checked_sub(token + trailer) {
            Some(body) if body >= fixed => {
                let keep = body.min(fixed.saturating_add(first));
                Self { keep, pass: body - keep, trailer, token }
            }
            _ => whole,
        }
    }

    fn kept(self) -> usize {
        self.keep + self.trailer
    }

    /// The run that octets belong to now, and whether it is kept.
    fn run(&mut self) -> Option<(&mut usize, bool)> {
        [(&mut self.keep, true), (&mut self.pass, false), (&mut self.trailer, true), (&mut self.token, false)]
            .into_iter()
            .find(|(length, _)| **length > 0)
    }
}

/// Length of the head of a request or response: everything before the stub.
fn fixed(header: &Header) -> usize {
    let object = header.kind == PduType::Request && header.has(PfcFlags::OBJECT_UUID);
    Request::LEN + if object { 16 } else { 0 }
}

impl Skim {
    pub(super) fn new(first: usize) -> Self {
        Self { first, header: 0, to_come: Plan::default() }
    }

    /// How much of a PDU with this header is in the buffer.
    pub(super) fn kept(&self, header: &Header) -> usize {
        Plan::of(header, self.first).kept()
    }

    /// How many octets of a stub in fragments to keep.
    pub(super) fn first(&self) -> usize {
        self.first
    }

    /// Puts into the buffer what is to be kept.
    pub(super) fn receive(&mut self, kept: &mut Deframer, mut octets: &[u8]) {
        while !octets.is_empty() {
            if let Some((length, keep)) = self.to_come.run() {
                let (now, later) = octets.split_at(octets.len().min(*length));
                if keep {
                    kept.receive(now);
                }
                *length -= now.len();
                octets = later;
            } else {
                let (now, later) = octets.split_at(octets.len().min(Header::LEN - self.header));
                kept.receive(now);
                self.header += now.len();
                octets = later;
                self.read_header(kept);
            }
        }
    }

    fn read_header(&mut self, kept: &Deframer) {
        if self.header < Header::LEN {
            return;
        }
        let rest = kept.rest();
        match Header::decode(rest.get(rest.len().saturating_sub(Header::LEN)..).unwrap_or_default()) {
            Ok(header) if header.is_supported() => {
                self.to_come = Plan::of(&header, self.first);
                self.to_come.keep = self.to_come.keep.saturating_sub(Header::LEN);
                self.header = 0;
            }
            // One octet is none of a PDU's. It stays in the buffer; who cuts that into PDUs passes it over, too.
            _ => self.header = Header::LEN - 1,
        }
    }

    /// Octets are missing. Whether that matters: it does not if they would have passed by.
    pub(super) fn gap(&mut self, octets: u64) -> bool {
        if let (Some((length, false)), Ok(octets)) = (self.to_come.run(), usize::try_from(octets))
            && octets <= *length
        {
            *length -= octets;
            return false;
        }
        (self.header, self.to_come) = (0, Plan::default());
        true
    }

    /// The parts of a kept request or response: its stub's octets, the stub's length in this fragment, and its trailer.
    pub(super) fn layout(
        &self,
        header: &Header,
        kept: &[u8],
    ) -> Result<(Range<usize>, usize, Option<SecTrailer>), DecodeError> {
        let malformed = |what| DecodeError::new("auth_verifier", Header::LEN, DecodeErrorKind::Malformed(what));
        let (fixed, plan) = (fixed(header), Plan::of(header, self.first));
        if plan.keep < fixed || header.auth_length > 0 && plan.trailer == 0 {
            return Err(malformed("the PDU has no room for its parts"));
        }
        let body = plan.keep + plan.pass - fixed;
        let trailer = match plan.trailer {
            0 => None,
            _ => {
                let octets = kept.get(plan.keep..).unwrap_or_default();
                Some(SecTrailer::decode(&mut Decoder::new(octets, header.order()))?)
            }
        };
        let pad = trailer.map_or(0, |trailer| usize::from(trailer.auth_pad_length));
        let length = body.checked_sub(pad).ok_or_else(|| malformed("auth_pad_length is longer than the stub"))?;
        Ok((fixed..plan.keep.min(fixed + length), length, trailer))
    }
}
