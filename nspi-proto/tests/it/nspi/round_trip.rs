//! What is written is read as the same, in every syntax.

use nspi_proto::ndr::{AnyOrder, Decode, Decoder, Encode, Encoder};
use nspi_proto::nspi::{Operation, PropertyValue, PropertyValueBuf, Restriction, RestrictionBuf};
use proptest::prelude::*;

use super::generate::{parts, restriction, value};
use super::{Message, SYNTAXES};

fn encode(value: &impl Encode, syntax: AnyOrder) -> Vec<u8> {
    let mut stub = Vec::new();
    let mut out = Encoder::new(&mut stub, syntax);
    value.encode(&mut out);
    out.finish().unwrap();
    stub
}

fn decode<'a, T: Decode<'a>>(stub: &'a [u8], syntax: AnyOrder) -> T {
    let mut input = Decoder::new(stub, syntax);
    let value = T::decode(&mut input).unwrap();
    assert_eq!(input.remaining(), 0);
    value
}

proptest! {
    #[test]
    fn every_message_of_every_operation_comes_back(parts in parts()) {
        let lists = parts.lists();
        let messages = parts.messages(&lists);
        let of = |opnum: u16| messages.iter().filter(|message| message.opnum() == opnum).count();
        prop_assert!(Operation::ALL.iter().all(|operation| of(operation.opnum()) == 2));
        for syntax in SYNTAXES {
            messages.iter().for_each(|message| message.assert_comes_back(syntax));
        }
    }

    #[test]
    fn a_value_of_any_type_comes_back_and_is_kept_whole(kept in value()) {
        for syntax in SYNTAXES {
            let stub = encode(&kept.as_ref(), syntax);
            let read: PropertyValue<'_> = decode(&stub, syntax);
            prop_assert_eq!(read, kept.as_ref());
            prop_assert_eq!(PropertyValueBuf::from(read), kept.clone());
        }
    }

    #[test]
    fn a_restriction_of_any_kind_comes_back_and_is_kept_whole(kept in restriction()) {
        for syntax in SYNTAXES {
            let stub = encode(&kept.as_ref(), syntax);
            let read: Restriction<'_> = decode(&stub, syntax);
            prop_assert_eq!(&read, &kept.as_ref());
            prop_assert_eq!(RestrictionBuf::from(&read), kept.clone());
        }
    }

    #[test]
    fn a_stub_cut_short_is_an_error(parts in parts(), cut in any::<prop::sample::Index>()) {
        let lists = parts.lists();
        for message in parts.messages(&lists) {
            for syntax in SYNTAXES {
                let stub = message.encode(syntax);
                let is_request = matches!(message, Message::Request(_));
                let read = Message::decode(is_request, message.opnum(), &stub[..cut.index(stub.len())], syntax);
                prop_assert!(read.is_err());
            }
        }
    }
}
