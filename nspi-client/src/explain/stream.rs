//! PDU by PDU: what one connection carried, in the order of its octets.
//!
//! Binds say which interface a context is about, requests say which operation a response answers; what stands in
//! fragments is put together first.

use std::collections::BTreeMap;

use nspi_proto::dcerpc::auth::AuthLevel;
use nspi_proto::dcerpc::{
    Bind, BindAck, Body, ContextElement, Direction, Header, Pdu, PfcFlags, TransferSyntaxId, VerificationTrailer,
};
use nspi_proto::ndr::{AnyOrder, Trace};

use super::field::all;
use super::message::{Call, Interface};
use super::{Part, Trouble, check, rpc};

/// Explains PDUs, the stubs in them, and what follows the stubs. Both directions may be there, one after the other as
/// they were sent.
///
/// What the octets do not say is taken from `assumed`: its interface where no bind is among them, its opnum for a
/// response whose request is not.
#[must_use]
pub fn pdus(octets: &[u8], assumed: Option<Call>) -> Vec<Part> {
    let mut stream = Stream { assumed, ..Stream::default() };
    let mut at = 0;
    while let Some(rest) = octets.get(at..).filter(|rest| !rest.is_empty()) {
        let length = Header::decode(rest).map_or(rest.len(), |header| usize::from(header.frag_length));
        stream.pdu(rest.get(..length).unwrap_or(rest), at, length);
        at += length;
    }
    stream.parts
}

#[derive(Default)]
struct Stream {
    assumed: Option<Call>,
    parts: Vec<Part>,
    pdus: usize,
    /// What the last bind or alter_context proposed: the answer has results in this order.
    proposed: Vec<ContextElement>,
    contexts: BTreeMap<u16, Context>,
    /// By call id: presentation context and operation.
    calls: BTreeMap<u32, (u16, u16)>,
    /// Stubs of which the last fragment has not come, by call id and direction.
    begun: BTreeMap<(u32, bool), Vec<u8>>,
}

#[derive(Clone, Copy)]
struct Context {
    interface: Option<Interface>,
    wide: bool,
}

/// A stub, or a fragment of one, and where it stands.
struct Fragment<'a> {
    header: Header,
    direction: Direction,
    stub: &'a [u8],
    at: usize,
}

impl Stream {
    fn pdu(&mut self, octets: &[u8], at: usize, length: usize) {
        self.pdus += 1;
        let trace = Trace::default();
        let pdu = Pdu::read(octets, trace.watching(AnyOrder::NDR20));
        let header = Header::decode(octets).ok();
        let reads = trace.reads();
        let kind = header.map_or_else(|| "not a PDU".to_owned(), |header| format!("{:?}", header.kind));
        let mut part = Part {
            title: format!("PDU {}: {kind}", self.pdus),
            octets: octets.to_vec(),
            at: Some(at),
            fields: all(octets, &reads, |read, value, _| rpc::meaning(header.as_ref(), read, value)),
            trouble: None,
            differences: None,
            remarks: Vec::new(),
        };
        match pdu {
            Ok(pdu) => {
                let mut ours = Vec::new();
                part.differences = match pdu.encode(&mut ours) {
                    Ok(()) => Some(check::compare(octets, &ours, &reads)),
                    Err(error) => Some(vec![check::Difference::refused(&error)]),
                };
                if let Some(call) = self.operation(&pdu) {
                    part.title = format!("PDU {}: {kind}, {call}", self.pdus);
                }
                self.parts.push(part);
                self.learn(&pdu, at);
            }
            Err(_) if octets.len() < length => {
                let missing = length - octets.len();
                let what = format!("the PDU has {length} octets, {missing} are missing");
                part.trouble = Some(Trouble { offset: octets.len(), field: "frag_length".to_owned(), what });
                self.parts.push(part);
            }
            Err(error) => {
                part.trouble = Some(Trouble::of(&error, &trace.path()));
                self.parts.push(part);
            }
        }
    }

    /// What a PDU tells about those that follow; and the stub, if it is the last fragment of one.
    fn learn(&mut self, pdu: &Pdu<'_>, at: usize) {
        let header = pdu.header;
        match &pdu.body {
            Body::Bind(bind) | Body::AlterContext(bind) => self.propose(bind),
            Body::BindAck(ack) | Body::AlterContextResp(ack) => self.agree(ack),
            Body::Request(request) => {
                self.calls.insert(header.call_id, (request.context.0, request.opnum));
                self.fragment(pdu, request.stub, at, Direction::ToServer);
            }
            Body::Response(response) => self.fragment(pdu, response.stub, at, Direction::ToClient),
            _ => {}
        }
    }

    fn propose(&mut self, bind: &Bind) {
        self.proposed = bind.contexts.clone();
        for element in &bind.contexts {
            let wide = element.transfer_syntaxes.first() == Some(&TransferSyntaxId::NDR64);
            self.contexts.insert(element.id.0, Context { interface: Interface::of(element.interface.uuid), wide });
        }
    }

    fn agree(&mut self, ack: &BindAck<'_>) {
        for (element, result) in self.proposed.iter().zip(&ack.results) {
            let context = self.contexts.get_mut(&element.id.0).filter(|_| result.is_accepted());
            if let Some(context) = context {
                context.wide = result.syntax == TransferSyntaxId::NDR64;
            }
        }
    }

    fn fragment(&mut self, pdu: &Pdu<'_>, stub: &[u8], at: usize, direction: Direction) {
        let header = pdu.header;
        let (pad, sealed) = pdu.verifier.map_or((0, false), |verifier| {
            let trailer = verifier.trailer;
            (usize::from(trailer.auth_pad_length), trailer.level().is_some_and(AuthLevel::seals))
        });
        if sealed {
            let sealed = "the stub is encrypted: without the session key nothing can be said about it";
            self.remark(sealed.to_owned());
            return;
        }
        let stub = stub.get(..stub.len().saturating_sub(pad)).unwrap_or_default();
        let object = if header.has(PfcFlags::OBJECT_UUID) { 16 } else { 0 };
        let fragment = Fragment { header, direction, stub, at: at + 24 + object };
        if header.has(PfcFlags::WHOLE) {
            self.stub(&fragment, Some(fragment.at));
            return;
        }
        let key = (header.call_id, direction == Direction::ToServer);
        let begun = self.begun.entry(key).or_default();
        begun.extend(stub);
        if header.has(PfcFlags::LAST_FRAG) {
            let whole = self.begun.remove(&key).unwrap_or_default();
            self.stub(&Fragment { stub: &whole, ..fragment }, None);
        }
    }

    fn stub(&mut self, fragment: &Fragment<'_>, at: Option<usize>) {
        let Fragment { header, direction, stub, .. } = *fragment;
        let Some((call, wide)) = self.call(header.call_id, direction) else {
            self.remark(match direction {
                Direction::ToServer => "no bind among these octets says which interface is called".to_owned(),
                Direction::ToClient => "no request among these octets says which operation this answers".to_owned(),
            });
            return;
        };
        let end = match direction {
            Direction::ToServer => VerificationTrailer::find(stub).unwrap_or(stub.len()),
            Direction::ToClient => stub.len(),
        };
        let (parameters, trailer) = stub.split_at(end);
        let syntax = AnyOrder { wide, big_endian: header.big_endian };
        let part = super::stub(call, parameters, syntax);
        self.parts.push(Part { at, ..part });
        if !trailer.is_empty() {
            let at = at.map(|at| at + end);
            let mut part = super::part(
                "verification trailer".to_owned(),
                trailer,
                |input| VerificationTrailer::read(input),
                |_, _| Ok(()),
                |trace| trace.watching(AnyOrder::NDR20),
                |read, value, _| rpc::meaning(None, read, value),
            );
            part.differences = None; // which commands there are, and in which order, is the sender's choice
            self.parts.push(Part { at, ..part });
        }
    }

    /// Which operation a stub belongs to, and whether it is in NDR64.
    fn call(&self, call_id: u32, direction: Direction) -> Option<(Call, bool)> {
        let called = self.calls.get(&call_id).copied();
        let opnum = called.map(|(_, opnum)| opnum).or(self.assumed.map(|call| call.opnum))?;
        let context = called.and_then(|(context, _)| self.contexts.get(&context));
        let (interface, wide) = match context {
            Some(context) => (context.interface?, context.wide),
            None => (self.assumed?.interface, false),
        };
        Some((Call { interface, opnum, direction }, wide))
    }

    /// The operation that a PDU calls, or answers.
    fn operation(&self, pdu: &Pdu<'_>) -> Option<&'static str> {
        let (direction, known) = match &pdu.body {
            Body::Request(request) => (Direction::ToServer, Some((request.context.0, request.opnum))),
            Body::Response(_) | Body::Fault(_) => (Direction::ToClient, self.calls.get(&pdu.header.call_id).copied()),
            _ => return None,
        };
        let (context, opnum) = known?;
        let interface = self.contexts.get(&context).map_or_else(|| Some(self.assumed?.interface), |c| c.interface)?;
        Call { interface, opnum, direction }.operation()
    }

    fn remark(&mut self, remark: String) {
        if let Some(part) = self.parts.last_mut() {
            part.remarks.push(remark);
        }
    }
}
