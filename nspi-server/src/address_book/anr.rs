//! Ambiguous name resolution: whom a name, as people write it, may mean [MS-ADTS 3.1.1.3.1.3.4].
//!
//! ```text
//!   al ada              display name, given name, surname, account or an address begins so ..
//!                       .. or a given name with "al" and the surname with "ada", or the other way round
//!   =Alice Adams        the same, but the whole of it
//!   /o=ACME/../cn=al    also a distinguished name, the whole of it
//! ```

use nspi_proto::nspi::MinimalId;
use nspi_proto::nspi::property::{PropertyTag, Value, tags};

use super::View;
use super::fold::{compare, starts_with};
use super::property::characters;
use super::reader::Reader;

/// The properties that names are looked for in.
pub const NAMES: [PropertyTag; 6] =
    [tags::DISPLAY_NAME, tags::GIVEN_NAME, tags::SURNAME, tags::ACCOUNT, tags::SMTP_ADDRESS, tags::PROXY_ADDRESSES];

/// A name to resolve.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anr<'a> {
    /// Without blanks around it; not empty.
    name: &'a str,
    /// Whether all of it must match.
    exact: bool,
    /// Given name and surname, or the other way round.
    halves: Option<(&'a str, &'a str)>,
}

impl<'a> Anr<'a> {
    /// `None` for a name of blanks, which nobody has.
    pub(super) fn new(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (name, exact) = text.strip_prefix('=').map_or((text, false), |name| (name.trim_start(), true));
        let halves = name.split_once(char::is_whitespace).filter(|_| !exact);
        let halves = halves.map(|(first, second)| (first, second.trim_start()));
        (!name.is_empty()).then_some(Self { name, exact, halves })
    }

    /// At least all whom the name may mean.
    pub(super) fn candidates(&self, view: &'a dyn View) -> Box<dyn Iterator<Item = MinimalId> + 'a> {
        let whole = view.candidates(self.name).chain(view.find(self.name));
        match self.halves {
            Some((first, second)) => Box::new(whole.chain(fewer(view.candidates(first), view.candidates(second)))),
            None => Box::new(whole),
        }
    }

    /// Whether the name may mean this object.
    pub(super) fn admits(&self, reader: &Reader<'_>, id: MinimalId) -> bool {
        let Some(object) = reader.view.object(id) else { return false };
        object.distinguished_name.eq_ignore_ascii_case(self.name)
            || NAMES.iter().any(|tag| self.matches_one(reader, id, *tag))
            || self.halves.is_some_and(|halves| has_halves(reader, id, halves))
    }

    fn matches_one(&self, reader: &Reader<'_>, id: MinimalId, tag: PropertyTag) -> bool {
        match reader.view.value(id, tag, reader.arena) {
            Some(Value::String(Some(text))) => self.is(characters(text, reader.arena)),
            Some(Value::MultipleString(Some(texts))) => texts.iter().flatten().any(|text| {
                let address = characters(text, reader.arena);
                self.is(address) || address.split_once(':').is_some_and(|(_, address)| self.is(address))
            }),
            _ => false,
        }
    }

    fn is(&self, found: &str) -> bool {
        if self.exact { compare(found, self.name).is_eq() } else { starts_with(found, self.name) }
    }
}

fn has_halves(reader: &Reader<'_>, id: MinimalId, (first, second): (&str, &str)) -> bool {
    let (given_name, surname) = (reader.text(id, tags::GIVEN_NAME), reader.text(id, tags::SURNAME));
    let (Some(given_name), Some(surname)) = (given_name, surname) else { return false };
    let begin = |a, b| starts_with(given_name, a) && starts_with(surname, b);
    begin(first, second) || begin(second, first)
}

/// The one that ends sooner, as far as they know.
pub(super) fn fewer<'a>(
    a: Box<dyn Iterator<Item = MinimalId> + 'a>,
    b: Box<dyn Iterator<Item = MinimalId> + 'a>,
) -> Box<dyn Iterator<Item = MinimalId> + 'a> {
    let most = |ids: &dyn Iterator<Item = MinimalId>| ids.size_hint().1.unwrap_or(usize::MAX);
    if most(&*a) <= most(&*b) { a } else { b }
}
