//! One direction of an observed connection: finds PDUs, unseals or skims them, puts calls together.

use alloc::vec::Vec;
use core::ops::Range;

use uuid::Uuid;

use super::super::super::auth::{AuthContextId, AuthLevel};
use super::super::super::call::{Request, Response};
use super::super::super::deframer::Deframer;
use super::super::super::fragment::Reassembler;
use super::super::super::header::{Header, PduType, PfcFlags};
use super::super::super::interface::ContextId;
use super::super::super::trailer::Layout;
use super::super::security::{SecurityContexts, State};
use super::REMEMBERED;
use super::skim::Skim;
use crate::ndr::DecodeError;

#[derive(Debug)]
pub(super) struct Side {
    pub(super) deframer: Deframer,
    /// If only the first octets of stubs are wanted.
    skim: Option<Skim>,
    /// Where the next PDU starts in the stream.
    position: u64,
    /// Octets of the stream that came, or are known to be missing.
    received: u64,
    pub(super) security: SecurityContexts,
    /// Unfinished calls; at most [`REMEMBERED`].
    fragments: Reassembler<Head>,
}

/// What the first fragment of a call says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) context: ContextId,
    /// Of requests.
    pub(super) opnum: Option<u16>,
    pub(super) object: Option<Uuid>,
    pub(super) caller: Option<AuthContextId>,
    pub(super) big_endian: bool,
    /// Some fragment could not be decrypted.
    pub(super) sealed: bool,
    /// Length of the stub in octets; in the end, of all fragments.
    pub(super) length: u64,
}

/// Where the stub of a whole call stands.
pub(super) enum Stub {
    Received(Range<usize>),
    Assembled(Vec<u8>),
    Missing,
}

impl Side {
    pub(super) fn new(max_stub: usize, skim: Option<Skim>) -> Self {
        Self {
            deframer: Deframer::new(),
            skim,
            position: 0,
            received: 0,
            security: SecurityContexts::new(REMEMBERED),
            fragments: Reassembler::new(max_stub),
        }
    }

    pub(super) fn receive(&mut self, octets: &[u8]) {
        self.received = self.received.saturating_add(u64::try_from(octets.len()).unwrap_or(u64::MAX));
        match &mut self.skim {
            Some(skim) => skim.receive(&mut self.deframer, octets),
            None => self.deframer.receive(octets),
        }
    }

    /// The next PDU, where it starts in the stream, and where it stands in the buffer. Octets that cannot be the start
    /// of one are passed over.
    pub(super) fn next_pdu(&mut self) -> Option<(u64, Header, Range<usize>)> {
        self.find_header();
        let next = match &self.skim {
            Some(skim) => self.deframer.next_of(|header| skim.kept(header)),
            None => self.deframer.next_pdu(),
        };
        let (header, pdu) = next.ok()??;
        let offset = self.position;
        self.position = offset.saturating_add(header.frag_length.into());
        Some((offset, header, pdu))
    }

    fn find_header(&mut self) {
        let rest = self.deframer.rest();
        let starts = |at| {
            let octets = rest.get(at..).unwrap_or_default();
            octets.len() < Header::LEN || Header::decode(octets).is_ok_and(|header| header.is_supported())
        };
        let lost = (0..=rest.len()).find(|&at| starts(at)).unwrap_or(0);
        self.skip(lost);
    }

    /// Octets are missing here: what was not whole yet is given up. `false`: nothing was lost by that.
    pub(super) fn gap(&mut self, octets: u64) -> bool {
        self.received = self.received.saturating_add(octets);
        if self.skim.as_mut().is_some_and(|skim| !skim.gap(octets)) {
            return false;
        }
        self.deframer.skip(self.deframer.pending());
        self.position = self.received;
        while let Some(call_id) = self.fragments.first().map(|call| call.call_id) {
            self.fragments.forget(call_id);
        }
        true
    }

    fn skip(&mut self, octets: usize) {
        if octets > 0 {
            self.deframer.skip(octets);
            self.position = self.position.saturating_add(u64::try_from(octets).unwrap_or(u64::MAX));
        }
    }

    /// A request or response, or a fragment of one; the last makes it whole.
    pub(super) fn fragment(&mut self, header: &Header, pdu: Range<usize>) -> Result<Option<(Head, Stub)>, DecodeError> {
        let (head, stub) = self.unseal(header, pdu)?;
        let call_id = header.call_id;
        if header.has(PfcFlags::WHOLE) {
            return Ok(Some((head, Stub::Received(stub))));
        }
        let stub = self.deframer.octets(stub);
        let mut rest = usize::MAX;
        if let Some((whole, held)) = self.fragments.head_mut(call_id).filter(|_| !header.has(PfcFlags::FIRST_FRAG)) {
            whole.length = whole.length.saturating_add(head.length);
            rest = self.skim.as_ref().map_or(rest, |skim| skim.first().saturating_sub(held));
        }
        // Too long a stub is forgotten; the last fragment then finds nothing.
        if header.has(PfcFlags::FIRST_FRAG) {
            self.fragments.forget(call_id);
            if self.fragments.calls() >= REMEMBERED
                && let Some(oldest) = self.fragments.first().map(|call| call.call_id)
            {
                self.fragments.forget(oldest);
            }
            self.fragments.begin(call_id, head, stub).ok();
        } else {
            self.fragments.append(call_id, stub.get(..rest).unwrap_or(stub)).ok();
        }
        if !header.has(PfcFlags::LAST_FRAG) {
            return Ok(None);
        }
        Ok(Some(match self.fragments.finish(call_id) {
            Some(whole) => {
                (Head { sealed: head.sealed || whole.head.sealed, ..whole.head }, Stub::Assembled(whole.stub))
            }
            None => (head, Stub::Missing),
        }))
    }

    /// Holds no memory for octets while there are none.
    pub(super) fn rest(&mut self) {
        if self.skim.is_some() {
            self.deframer.release();
        }
    }

    /// Reads a fragment's head, decrypts its stub in place if there is a key, and says where the stub stands.
    fn unseal(&mut self, header: &Header, pdu: Range<usize>) -> Result<(Head, Range<usize>), DecodeError> {
        let octets = self.deframer.octets_mut(pdu.clone());
        let (context, opnum, object, fixed) = match header.kind {
            PduType::Request => {
                let (head, fixed) = Request::decode_head(header, octets)?;
                (head.context, Some(head.opnum), head.object, fixed)
            }
            _ => {
                let (head, fixed) = Response::decode_head(header, octets)?;
                (head.context, None, None, fixed)
            }
        };
        let head = |caller, sealed, length: usize| {
            let length = u64::try_from(length).unwrap_or(u64::MAX);
            Head { context, opnum, object, caller, big_endian: header.big_endian, sealed, length }
        };
        let within = |stub: Range<usize>| pdu.start + stub.start..pdu.start + stub.end;
        if let Some(skim) = &self.skim {
            let (stub, length, trailer) = skim.layout(header, octets)?;
            let sealed = trailer.and_then(|trailer| trailer.level()).is_some_and(AuthLevel::seals);
            return Ok((head(trailer.map(|trailer| trailer.context), sealed, length), within(stub)));
        }
        let layout = Layout::of(header, octets, fixed)?;
        let sealed = layout.trailer.is_some_and(|trailer| {
            let seals = trailer.level().is_some_and(AuthLevel::seals);
            let entry = self.security.find(trailer.context).filter(|entry| entry.matches(&trailer));
            match entry.filter(|entry| matches!(entry.state, State::Established(_))) {
                Some(entry) => entry.unprotect(octets, &layout).is_err() && seals,
                None => seals,
            }
        });
        let caller = layout.trailer.map(|trailer| trailer.context);
        let stub = layout.stub();
        Ok((head(caller, sealed, stub.len()), within(stub)))
    }
}
