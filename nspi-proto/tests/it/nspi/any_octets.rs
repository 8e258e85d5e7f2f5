//! Octets from anywhere give a message or an error, never a panic; and whatever is read can be written again.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::generate::parts;
use super::{Message, SYNTAXES};

/// Reads octets as a message; what it may be is written, and read again as the same.
fn read_twice(is_request: bool, opnum: u16, octets: &[u8]) {
    for syntax in SYNTAXES {
        if let Ok(Some(message)) = Message::decode(is_request, opnum, octets, syntax) {
            message.assert_comes_back(syntax);
        }
    }
}

proptest! {
    #[test]
    fn octets_at_random_do_no_harm(octets in vec(any::<u8>(), 0..200)) {
        for opnum in 0..=21 {
            read_twice(true, opnum, &octets);
            read_twice(false, opnum, &octets);
        }
    }

    /// Small words make counts, pointers and discriminants that lead far into the decoder.
    #[test]
    fn words_at_random_do_no_harm(words in vec(prop_oneof![0_u32..12, Just(0x3001_001F), Just(0x800F_101E)], 9..80)) {
        let octets: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        for opnum in 0..=21 {
            read_twice(true, opnum, &octets);
            read_twice(false, opnum, &octets);
        }
    }

    #[test]
    fn a_message_with_octets_changed_does_no_harm(
        parts in parts(),
        changes in vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        let lists = parts.lists();
        for message in parts.messages(&lists) {
            for syntax in SYNTAXES {
                let mut octets = message.encode(syntax);
                for (at, octet) in &changes {
                    let at = at.index(octets.len());
                    octets[at] = *octet;
                }
                read_twice(matches!(message, Message::Request(_)), message.opnum(), &octets);
            }
        }
    }
}
