//! A decoder that is watched reads what any other reads, and tells all of it.

use nspi_proto::ndr::{Decoder, Kind, Trace};
use nspi_proto::nspi::{Request, Response};
use proptest::prelude::*;

use super::generate::parts;
use super::{Message, SYNTAXES};

proptest! {
    #[test]
    fn every_octet_of_a_message_is_told_once_and_in_order(parts in parts()) {
        let lists = parts.lists();
        for message in parts.messages(&lists) {
            for syntax in SYNTAXES {
                let stub = message.encode(syntax);
                let trace = Trace::default();
                let mut input = Decoder::new(&stub, trace.watching(syntax));
                let opnum = message.opnum();
                let read = match message {
                    Message::Request(_) => Message::Request(Request::read(opnum, &mut input).unwrap().unwrap()),
                    Message::Response(_) => Message::Response(Response::read(opnum, &mut input).unwrap().unwrap()),
                };
                prop_assert_eq!(&read, &message);
                let reads = trace.reads();
                let mut end = 0;
                for read in &reads {
                    prop_assert_eq!(read.offset, end, "{:?}", read);
                    prop_assert!(read.kind != Kind::Pad || read.len < 8);
                    end += read.len;
                }
                prop_assert_eq!(end, stub.len());
                prop_assert!(trace.path().is_empty(), "what was entered was left");
            }
        }
    }

    #[test]
    fn what_was_read_of_a_stub_cut_short_is_told(parts in parts(), cut in any::<prop::sample::Index>()) {
        let lists = parts.lists();
        for message in parts.messages(&lists) {
            for syntax in SYNTAXES {
                let stub = message.encode(syntax);
                let stub = &stub[..cut.index(stub.len())];
                let trace = Trace::default();
                let mut input = Decoder::new(stub, trace.watching(syntax));
                let error = match message {
                    Message::Request(_) => Request::read(message.opnum(), &mut input).unwrap_err(),
                    Message::Response(_) => Response::read(message.opnum(), &mut input).unwrap_err(),
                };
                let told: usize = trace.reads().iter().map(|read| read.len).sum();
                prop_assert!(told <= stub.len() && error.offset() <= stub.len());
            }
        }
    }
}
