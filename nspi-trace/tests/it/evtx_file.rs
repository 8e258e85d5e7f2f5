//! Writes a binary event log as Windows does: a template of the event's XML once, then its values for each record
//! ([MS-EVEN6] 2.2.12 and later, and what is publicly known of the file around it). Checked once with python-evtx 0.8.1,
//! which reads the same events from it.

use std::ops::Range;

const HEADER: usize = 4_096;
const CHUNK: usize = 65_536;
const CHUNK_HEADER: usize = 512;

/// 1601-01-01 to 1970-01-01, in units of 100 ns.
const FILETIME_EPOCH: u64 = 116_444_736_000_000_000;

const STRING: u8 = 0x01;
const UINT16: u8 = 0x06;
const FILETIME: u8 = 0x11;

/// One event of the log *Directory Service*.
#[derive(Clone, Copy)]
pub(crate) struct Record<'a> {
    pub(crate) event_id: u16,
    /// Microseconds since 1970.
    pub(crate) time: u64,
    pub(crate) computer: &'a str,
    pub(crate) data: [&'a str; 2],
}

/// The octets of an `.evtx` file of one chunk with these records.
pub(crate) fn evtx_file(records: &[Record<'_>]) -> Vec<u8> {
    let mut chunk = Chunk { octets: vec![0; CHUNK_HEADER], template: None };
    let mut last = CHUNK_HEADER;
    for (number, record) in (1..).zip(records) {
        last = chunk.octets.len();
        chunk.record(number, record);
    }
    let count = records.len() as u64;
    let mut file = vec![0; HEADER];
    put(&mut file, 0, b"ElfFile\0");
    put(&mut file, 24, &(count + 1).to_le_bytes()); // the next record's number
    put(&mut file, 32, &128u32.to_le_bytes());
    put(&mut file, 36, &[1, 0, 3, 0, 0, 0x10, 1, 0]); // version 3.1, this header's length, chunks
    let sum = crc32(&[&file[..120]]);
    put(&mut file, 124, &sum.to_le_bytes());
    file.extend(chunk.finish(count, last));
    file
}

struct Chunk {
    octets: Vec<u8>,
    /// Where the template's definition stands.
    template: Option<u32>,
}

impl Chunk {
    fn record(&mut self, number: u64, record: &Record<'_>) {
        let begin = self.octets.len();
        let time = record.time * 10 + FILETIME_EPOCH;
        self.octets.extend([0x2A, 0x2A, 0, 0, 0, 0, 0, 0]); // signature; length, below
        self.octets.extend(number.to_le_bytes());
        self.octets.extend(time.to_le_bytes());
        self.octets.extend([0x0F, 1, 1, 0, 0x0C, 1]); // fragment header 1.1; template instance
        self.octets.extend(1u32.to_le_bytes());
        match self.template {
            Some(offset) => self.octets.extend(offset.to_le_bytes()),
            None => self.template(),
        }
        let values: [(u8, Vec<u8>); 5] = [
            (UINT16, record.event_id.to_le_bytes().to_vec()),
            (FILETIME, time.to_le_bytes().to_vec()),
            (STRING, utf16(record.computer)),
            (STRING, utf16(record.data[0])),
            (STRING, utf16(record.data[1])),
        ];
        self.octets.extend((values.len() as u32).to_le_bytes());
        for (kind, value) in &values {
            self.octets.extend((value.len() as u16).to_le_bytes());
            self.octets.extend([*kind, 0]);
        }
        values.iter().for_each(|(_, value)| self.octets.extend(value));
        self.octets.push(0); // end of stream
        self.octets.resize(self.octets.len().next_multiple_of(8) + 4, 0);
        let length = ((self.octets.len() + 4 - begin) as u32).to_le_bytes();
        put(&mut self.octets, begin + 4, &length);
        self.octets.extend(length);
    }

    /// `<Event xmlns=".."><System>..</System><EventData><Data>%4</Data><Data>%5</Data></EventData></Event>`.
    fn template(&mut self) {
        let begin = self.octets.len() as u32 + 4;
        self.template = Some(begin);
        self.octets.extend(begin.to_le_bytes());
        self.octets.extend([0; 4]); // no next template
        self.octets.extend(*b"NSPI event 2820.");
        let length = self.octets.len();
        self.octets.extend([0; 4]);
        self.octets.extend([0x0F, 1, 1, 0]);
        self.element("Event", &[("xmlns", "http://schemas.microsoft.com/win/2004/08/events/event")], |chunk| {
            chunk.element("System", &[], |chunk| {
                let provider = [("Name", "Microsoft-Windows-ActiveDirectory_DomainService")];
                chunk.element("Provider", &provider, |_| {});
                chunk.element("EventID", &[("Qualifiers", "32768")], |chunk| chunk.value(0, UINT16));
                chunk.time_created();
                chunk.element("Channel", &[], |chunk| chunk.text("Directory Service"));
                chunk.element("Computer", &[], |chunk| chunk.value(2, STRING));
            });
            chunk.element("EventData", &[], |chunk| {
                chunk.element("Data", &[], |chunk| chunk.value(3, STRING));
                chunk.element("Data", &[], |chunk| chunk.value(4, STRING));
            });
        });
        self.octets.push(0);
        let octets = (self.octets.len() - length - 4) as u32;
        put(&mut self.octets, length, &octets.to_le_bytes());
    }

    fn element(&mut self, name: &str, attributes: &[(&str, &str)], content: impl FnOnce(&mut Self)) {
        let length = self.open(name, !attributes.is_empty());
        self.attributes(attributes.len(), |chunk, index| {
            let (name, value) = attributes[index];
            chunk.name(name);
            chunk.text(value);
        });
        self.close(length, content);
    }

    fn time_created(&mut self) {
        let length = self.open("TimeCreated", true);
        self.attributes(1, |chunk, _| {
            chunk.name("SystemTime");
            chunk.value(1, FILETIME);
        });
        self.close(length, |_| {});
    }

    /// The start of an element; where its length is to be written.
    fn open(&mut self, name: &str, has_attributes: bool) -> usize {
        self.octets.push(if has_attributes { 0x41 } else { 0x01 });
        self.octets.extend([0xFF, 0xFF]); // depends on no value
        let length = self.octets.len();
        self.octets.extend([0; 4]);
        self.name(name);
        length
    }

    fn attributes(&mut self, count: usize, each: impl Fn(&mut Self, usize)) {
        if count == 0 {
            return;
        }
        let length = self.octets.len();
        self.octets.extend([0; 4]);
        for index in 0..count {
            self.octets.push(if index + 1 < count { 0x46 } else { 0x06 });
            each(self, index);
        }
        let octets = (self.octets.len() - length - 4) as u32;
        put(&mut self.octets, length, &octets.to_le_bytes());
    }

    fn close(&mut self, length: usize, content: impl FnOnce(&mut Self)) {
        let start = self.octets.len();
        self.octets.push(0x02);
        content(self);
        if self.octets.len() == start + 1 {
            self.octets[start] = 0x03; // an empty element
        } else {
            self.octets.push(0x04);
        }
        let octets = (self.octets.len() - length - 4) as u32;
        put(&mut self.octets, length, &octets.to_le_bytes());
    }

    /// A name where it is used for the first time; here, each time.
    fn name(&mut self, name: &str) {
        let here = self.octets.len() as u32 + 4;
        self.octets.extend(here.to_le_bytes());
        self.octets.extend([0; 4]); // no next name
        let hash = name.encode_utf16().fold(0u32, |hash, unit| hash.wrapping_mul(65_599).wrapping_add(unit.into()));
        self.octets.extend((hash as u16).to_le_bytes());
        self.octets.extend((name.len() as u16).to_le_bytes());
        self.octets.extend(utf16(name));
        self.octets.extend([0, 0]);
    }

    fn text(&mut self, text: &str) {
        self.octets.extend([0x05, STRING]);
        self.octets.extend((text.len() as u16).to_le_bytes());
        self.octets.extend(utf16(text));
    }

    fn value(&mut self, index: u16, kind: u8) {
        self.octets.push(0x0D);
        self.octets.extend(index.to_le_bytes());
        self.octets.push(kind);
    }

    fn finish(mut self, count: u64, last: usize) -> Vec<u8> {
        let free = self.octets.len();
        assert!(free <= CHUNK, "the records do not fit into one chunk");
        put(&mut self.octets, 0, b"ElfChnk\0");
        for (at, number) in [(8, 1), (16, count), (24, 1), (32, count)] {
            put(&mut self.octets, at, &number.to_le_bytes());
        }
        put(&mut self.octets, 40, &128u32.to_le_bytes());
        put(&mut self.octets, 44, &(last as u32).to_le_bytes());
        put(&mut self.octets, 48, &(free as u32).to_le_bytes());
        let records = crc32(&[&self.octets[CHUNK_HEADER..free]]);
        put(&mut self.octets, 52, &records.to_le_bytes());
        if let Some(template) = self.template {
            put(&mut self.octets, 384, &template.to_le_bytes()); // the first of 32 lists of templates
        }
        let header = crc32(&[&self.octets[..120], &self.octets[128..CHUNK_HEADER]]);
        put(&mut self.octets, 124, &header.to_le_bytes());
        self.octets.resize(CHUNK, 0);
        self.octets
    }
}

fn put(octets: &mut [u8], at: usize, what: &[u8]) {
    let place: Range<usize> = at..at + what.len();
    octets[place].copy_from_slice(what);
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// CRC-32 of IEEE 802.3, over several pieces.
fn crc32(pieces: &[&[u8]]) -> u32 {
    let update = |crc: u32, octet: &u8| {
        (0..8).fold(crc ^ u32::from(*octet), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    };
    !pieces.iter().copied().flatten().fold(!0, update)
}
