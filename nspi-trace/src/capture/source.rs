//! The packets of one capture file.

use std::ops::Range;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use pcap_parser::traits::PcapReaderIterator;
use pcap_parser::{Block, LegacyPcapReader, Linktype, PcapBlockOwned, PcapError, PcapNGReader};

use super::{Origin, Packet, facts, input};
use crate::Error;
use crate::report::{CaptureFile, Frame, Moment};

/// Octets that are read at once.
const BLOCK: usize = 512 << 10;
/// The longest record that is given memory to; longer ones are damage.
const LONGEST_RECORD: usize = 16 << 20;
/// Where the octets of an enhanced, and of a simple packet block begin.
const ENHANCED: usize = 28;
const SIMPLE: usize = 12;
/// The link type of a packet whose interface was not described.
const NO_LINK: Linktype = Linktype(-1);

/// One file that is being read.
pub(super) struct Source {
    reader: Box<dyn PcapReaderIterator + Send>,
    problem: Arc<Mutex<Option<String>>>,
    section: Section,
    next: Option<Next>,
    /// The size of the reader's buffer.
    buffer: usize,
    index: u32,
    pub(super) facts: CaptureFile,
}

/// What is needed to understand the next record.
#[derive(Default)]
struct Section {
    /// pcap: of the file. pcapng: of the section, one for each interface.
    interfaces: Vec<Interface>,
    /// Where a packet's octets begin in a record of pcap.
    head: usize,
    /// The time of the last packet.
    latest: Moment,
}

#[derive(Debug, Clone, Copy)]
struct Interface {
    link: Linktype,
    /// Time units a second, and seconds to be added.
    resolution: u128,
    offset: i64,
    snap: u32,
}

/// The packet at the front of the reader's buffer.
struct Next {
    time: Moment,
    link: Linktype,
    octets: Range<usize>,
    length: u32,
    consumed: usize,
}

impl Source {
    pub(super) fn open(origin: &Origin, index: u32, read: &Arc<AtomicU64>) -> Result<Self, Error> {
        let input = input::open(origin, read)?;
        let broken = |_| Error::NotACapture { name: origin.name() };
        let reader: Box<dyn PcapReaderIterator + Send> = if input.is_pcapng {
            Box::new(PcapNGReader::new(BLOCK, input.octets).map_err(broken)?)
        } else {
            Box::new(LegacyPcapReader::new(BLOCK, input.octets).map_err(broken)?)
        };
        let facts = CaptureFile { format: input.format, ..facts(origin.name()) };
        Ok(Self {
            reader,
            problem: input.problem,
            section: Section::default(),
            next: None,
            buffer: BLOCK,
            index,
            facts,
        })
    }

    /// The time of the next packet; `None` at the end of the file, or where it cannot be read on.
    pub(super) fn peek(&mut self) -> Option<Moment> {
        while self.next.is_none() {
            let section = &mut self.section;
            let read = self.reader.next().map(|(consumed, block)| (consumed, section.read(block, consumed)));
            let problem = match read.map_err(|error| error.to_owned_vec()) {
                Ok((consumed, None)) => {
                    self.reader.consume_noshift(consumed);
                    continue;
                }
                Ok((_, next)) => {
                    self.next = next;
                    continue;
                }
                Err(PcapError::Eof) => return None,
                Err(PcapError::Incomplete(_)) if self.reader.refill().is_ok() => continue,
                Err(PcapError::Incomplete(_) | PcapError::ReadError) => "reading failed",
                Err(PcapError::BufferTooSmall) => {
                    self.buffer = self.buffer.saturating_mul(2);
                    if self.buffer <= LONGEST_RECORD && self.reader.grow(self.buffer) && self.reader.refill().is_ok() {
                        continue;
                    }
                    "a record is too long to be one: damaged"
                }
                Err(PcapError::UnexpectedEof) => "the file ends within a record: it was cut",
                Err(_) => "the next record is none: damaged",
            };
            let why = self.problem.lock().unwrap_or_else(PoisonError::into_inner).take();
            self.facts.problem = Some(why.map_or_else(|| problem.to_owned(), |why| format!("{problem}: {why}")));
            return None;
        }
        self.next.as_ref().map(|next| next.time)
    }

    /// The packet that was peeked at.
    pub(super) fn packet(&mut self) -> Option<Packet<'_>> {
        let Next { time, link, octets, length, .. } = self.next.as_ref()?;
        let octets = self.reader.data().get(octets.clone()).unwrap_or_default();
        self.section.latest = *time;
        let facts = &mut self.facts;
        facts.packets += 1;
        facts.octets += u64::try_from(octets.len()).unwrap_or(0);
        facts.first = Some(facts.first.map_or(*time, |first| first.min(*time)));
        facts.last = facts.last.max(Some(*time));
        let frame = Frame { file: self.index, number: facts.packets };
        Some(Packet { time: *time, frame, link: link.0, octets, length: *length })
    }

    /// Goes on to the next packet.
    pub(super) fn advance(&mut self) {
        if let Some(next) = self.next.take() {
            self.reader.consume_noshift(next.consumed);
        }
    }
}

impl Section {
    /// Takes in a record. Gives the packet, if it is one.
    fn read(&mut self, block: PcapBlockOwned<'_>, consumed: usize) -> Option<Next> {
        match block {
            PcapBlockOwned::LegacyHeader(header) => {
                self.head = if header.is_modified_format() { 24 } else { 16 };
                let resolution = if header.is_nanosecond_precision() { 1_000_000_000 } else { 1_000_000 };
                // The upper bits say whether frames end with a check sequence, and how long it is.
                let link = Linktype(header.network.0 & 0xFFFF);
                self.interfaces = vec![Interface { link, resolution, offset: 0, snap: 0 }];
                None
            }
            PcapBlockOwned::Legacy(packet) => {
                let interface = self.interfaces.first()?;
                let units = u128::from(packet.ts_sec) * interface.resolution + u128::from(packet.ts_usec);
                let octets = self.head..self.head + packet.data.len();
                let (time, link) = (interface.moment(units), interface.link);
                Some(Next { time, link, octets, length: packet.origlen, consumed })
            }
            PcapBlockOwned::NG(Block::SectionHeader(_)) => {
                self.interfaces.clear();
                None
            }
            PcapBlockOwned::NG(Block::InterfaceDescription(block)) => {
                let (offset, is_big) = (block.if_tsoffset, block.block_type != pcap_parser::IDB_MAGIC);
                self.interfaces.push(Interface {
                    link: block.linktype,
                    resolution: resolution(block.if_tsresol),
                    // The parser takes it for little-endian always.
                    offset: if is_big { offset.swap_bytes() } else { offset },
                    snap: block.snaplen,
                });
                None
            }
            PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
                let interface = usize::try_from(packet.if_id).ok().and_then(|id| self.interfaces.get(id));
                let length = usize::try_from(packet.caplen).unwrap_or(0).min(packet.data.len());
                let units = u128::from(packet.ts_high) << 32 | u128::from(packet.ts_low);
                let time = interface.map_or(self.latest, |interface| interface.moment(units));
                let link = interface.map_or(NO_LINK, |interface| interface.link);
                Some(Next { time, link, octets: ENHANCED..ENHANCED + length, length: packet.origlen, consumed })
            }
            PcapBlockOwned::NG(Block::SimplePacket(packet)) => {
                let interface = self.interfaces.first();
                let snap = interface.map(|interface| interface.snap).filter(|&snap| snap > 0);
                let length = packet.origlen.min(snap.unwrap_or(u32::MAX));
                let length = usize::try_from(length).unwrap_or(usize::MAX).min(packet.data.len());
                let link = interface.map_or(NO_LINK, |interface| interface.link);
                // It has no time: it was captured after the one before it.
                let (time, octets) = (self.latest, SIMPLE..SIMPLE + length);
                Some(Next { time, link, octets, length: packet.origlen, consumed })
            }
            PcapBlockOwned::NG(_) => None,
        }
    }
}

impl Interface {
    fn moment(&self, units: u128) -> Moment {
        let micros = units.saturating_mul(1_000_000) / self.resolution;
        let micros = i64::try_from(micros).unwrap_or(i64::MAX);
        Moment(micros.saturating_add(self.offset.saturating_mul(1_000_000)))
    }
}

/// `if_tsresol`: a negative power of ten, or of two; what cannot be is taken for microseconds.
fn resolution(octet: u8) -> u128 {
    let power = u32::from(octet & 0x7F);
    let base: u128 = if octet & 0x80 == 0 { 10 } else { 2 };
    base.checked_pow(power).filter(|&units| units <= 1 << 96).unwrap_or(1_000_000)
}
