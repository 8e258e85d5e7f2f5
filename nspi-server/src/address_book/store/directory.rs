//! The directory at a book's end: how many people, which lists, and where everything stands.

use nspi_proto::nspi::MinimalId;

use super::file::Section;
use super::octets::{Reader, Writer};
use crate::address_book::collation::{Collation, Language};
use crate::address_book::packed::BLOCK;
use crate::address_book::{Container, fold};

#[derive(Debug)]
pub(super) struct Directory {
    pub(super) people: usize,
    /// Of the order that the lists are in.
    pub(super) fingerprint: u32,
    /// The lists in the order of the hierarchy, and where the rows of each stand.
    pub(super) containers: Vec<(Container, Section)>,
    pub(super) index: Section,
    pub(super) logons: Section,
    pub(super) blocks: Vec<Section>,
}

impl Directory {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.long(self.people as u64);
        out.word(self.fingerprint);
        self.index.encode(&mut out);
        self.logons.encode(&mut out);
        out.long(self.containers.len() as u64);
        for (container, rows) in &self.containers {
            let Container { id, distinguished_name, display_name, parent, depth } = container;
            out.word(id.0);
            out.octets(distinguished_name.as_bytes());
            out.octets(display_name.as_bytes());
            out.words(parent.iter().map(|parent| parent.0).collect::<Vec<_>>().into_iter());
            out.word(*depth);
            rows.encode(&mut out);
        }
        out.long(self.blocks.len() as u64);
        self.blocks.iter().for_each(|block| block.encode(&mut out));
        out.0
    }

    pub(super) fn decode(octets: &[u8]) -> Option<Self> {
        let mut input = Reader::new(octets);
        let people = usize::try_from(input.long()?).ok()?;
        let fingerprint = input.word()?;
        let (index, logons) = (Section::decode(&mut input)?, Section::decode(&mut input)?);
        let containers = (0..input.count(Section::OCTETS)?).map(|_| {
            let container = Container {
                id: MinimalId(input.word()?),
                distinguished_name: input.text()?,
                display_name: input.text()?,
                parent: input.ids()?.first().copied(),
                depth: input.word()?,
            };
            Some((container, Section::decode(&mut input)?))
        });
        let containers = containers.collect::<Option<Vec<_>>>()?;
        let blocks = (0..input.count(Section::OCTETS)?).map(|_| Section::decode(&mut input));
        let blocks = blocks.collect::<Option<Vec<_>>>()?;
        (blocks.len() == people.div_ceil(BLOCK)).then_some(Self {
            people,
            fingerprint,
            containers,
            index,
            logons,
            blocks,
        })
    }
}

/// A number that is another for another order of names: of letters, digits and signs, as this program sorts and folds
/// them. A book is sorted by the program that writes it, and searched by the one that reads it.
pub(super) fn fingerprint() -> u32 {
    let collation = Collation::new(Language::default());
    let signs = (' '..'\u{7F}').chain(('\u{A0}'..'\u{3000}').step_by(11)).chain(('\u{4E00}'..'\u{A000}').step_by(301));
    let mut signs: Vec<String> = signs.map(String::from).collect();
    signs.sort_by(|a, b| collation.order(a, b).then_with(|| a.cmp(b)));
    let mut hasher = crc32fast::Hasher::new();
    for pair in signs.windows(2) {
        if let [a, b] = pair {
            hasher.update(a.as_bytes());
            hasher.update(&[u8::from(collation.compare(a, b).is_eq())]);
            hasher.update(fold::fold(a).collect::<String>().as_bytes());
        }
    }
    hasher.finalize()
}
