//! Binary logs, by the crate `evtx`: each record becomes the XML that Windows would print.

use std::io::{self, Read, Seek};

use ::evtx::{EvtxParser, ParserSettings};

/// Calls `each` with each event's XML, or with `None` for a record or a chunk of records that is damaged.
pub(super) fn each_event(reader: impl Read + Seek, mut each: impl FnMut(Option<&str>)) -> io::Result<()> {
    let parser =
        EvtxParser::from_read_seek(reader).map_err(|reason| io::Error::new(io::ErrorKind::InvalidData, reason))?;
    let mut parser = parser.with_configuration(ParserSettings::new().indent(false));
    for record in parser.records() {
        each(record.as_ref().ok().map(|record| record.data.as_str()));
    }
    Ok(())
}
