//! Numbers and octets in a file: little-endian, each sequence after its length.

use nspi_proto::nspi::MinimalId;

/// Appends to a buffer.
#[derive(Debug, Default)]
pub(in crate::address_book) struct Writer(pub(in crate::address_book) Vec<u8>);

impl Writer {
    pub(in crate::address_book) fn word(&mut self, word: u32) {
        self.0.extend_from_slice(&word.to_le_bytes());
    }

    pub(in crate::address_book) fn long(&mut self, long: u64) {
        self.0.extend_from_slice(&long.to_le_bytes());
    }

    /// A sequence of words.
    pub(in crate::address_book) fn words(&mut self, words: impl ExactSizeIterator<Item = u32>) {
        self.long(words.len() as u64);
        words.for_each(|word| self.word(word));
    }

    /// A sequence of groups of words.
    pub(in crate::address_book) fn groups<const N: usize>(&mut self, groups: impl ExactSizeIterator<Item = [u32; N]>) {
        self.long(groups.len() as u64);
        groups.flatten().for_each(|word| self.word(word));
    }

    pub(in crate::address_book) fn octets(&mut self, octets: &[u8]) {
        self.long(octets.len() as u64);
        self.0.extend_from_slice(octets);
    }
}

/// Reads what a [`Writer`] wrote; `None` where the octets say something else.
#[derive(Debug)]
pub(in crate::address_book) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(in crate::address_book) fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    pub(in crate::address_book) fn word(&mut self) -> Option<u32> {
        let (octets, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*octets))
    }

    pub(in crate::address_book) fn long(&mut self) -> Option<u64> {
        let (octets, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*octets))
    }

    /// A number of things that each take at least `least` octets from here on.
    pub(in crate::address_book) fn count(&mut self, least: usize) -> Option<usize> {
        let count = usize::try_from(self.long()?).ok()?;
        (count.checked_mul(least)? <= self.0.len()).then_some(count)
    }

    /// What was written by `groups`, or by `words` if `N` is 1.
    pub(in crate::address_book) fn groups<const N: usize, T>(
        &mut self,
        make: impl Fn([u32; N]) -> T,
    ) -> Option<Vec<T>> {
        let count = self.count(4 * N)?;
        let (octets, rest) = self.0.split_at_checked(4 * N * count)?;
        self.0 = rest;
        let words = octets.as_chunks::<4>().0.iter().map(|octets| u32::from_le_bytes(*octets));
        let mut group = [0; N];
        let mut made = Vec::with_capacity(count);
        for (at, word) in (0..N).cycle().zip(words) {
            if let Some(place) = group.get_mut(at) {
                *place = word;
            }
            if at + 1 == N {
                made.push(make(group));
            }
        }
        Some(made)
    }

    pub(in crate::address_book) fn ids(&mut self) -> Option<Box<[MinimalId]>> {
        self.groups(|[id]| MinimalId(id)).map(Vec::into_boxed_slice)
    }

    pub(in crate::address_book) fn octets(&mut self) -> Option<&'a [u8]> {
        let count = self.count(1)?;
        let (octets, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(octets)
    }

    pub(in crate::address_book) fn text(&mut self) -> Option<String> {
        self.octets().and_then(|octets| String::from_utf8(octets.to_vec()).ok())
    }
}
