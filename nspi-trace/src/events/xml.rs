//! Cuts a stream of text into `<Event>` elements, in bounded memory.
//!
//! It looks at tags only, so that an event that was cut short (a full disk, a killed server) costs that one event: the next
//! `<Event>` begins anew. Whether what it cut out is XML, the parser says.

use std::io::{self, BufRead, BufReader, Read};

use encoding_rs_io::DecodeReaderBytes;

/// An event has a few kilobytes; a longer one than this is given up.
const MAX_EVENT: usize = 1 << 20;

/// Calls `each` with each event's XML, or with `None` for one that has no end, is too long, or is not UTF-8.
pub(super) fn each_event(reader: impl Read, mut each: impl FnMut(Option<&str>)) -> io::Result<()> {
    // By the byte order mark: UTF-16, as PowerShell writes; else UTF-8.
    let mut reader = BufReader::new(DecodeReaderBytes::new(reader));
    let mut event: Vec<u8> = Vec::new();
    loop {
        let room = MAX_EVENT.saturating_sub(event.len());
        let begin = event.len();
        let read = reader.by_ref().take(room as u64).read_until(b'>', &mut event)?;
        if read == 0 && room > 0 {
            break;
        }
        let tag = last_tag(&event, begin);
        if is_start(&event[tag..]) {
            // An event within an event: the former has no end.
            if is_start(&event[..tag]) {
                each(None);
            }
            event.drain(..tag);
        } else if !is_start(&event) {
            event.clear(); // between events
        } else if event[tag..].starts_with(b"</Event>") {
            each(std::str::from_utf8(&event).ok());
            event.clear();
        } else if room == 0 {
            each(None);
            event.clear();
        }
    }
    if is_start(&event) {
        each(None);
    }
    Ok(())
}

/// Where the last tag of `text` begins, looking no further back than `begin`; its end, if there is none.
fn last_tag(text: &[u8], begin: usize) -> usize {
    let piece = &text[begin.min(text.len())..];
    piece.iter().rposition(|octet| *octet == b'<').map_or(text.len(), |position| begin + position)
}

/// Whether it begins with `<Event>` or `<Event ..`.
fn is_start(text: &[u8]) -> bool {
    text.strip_prefix(b"<Event").is_some_and(|rest| rest.first().is_some_and(|c| *c == b'>' || c.is_ascii_whitespace()))
}
