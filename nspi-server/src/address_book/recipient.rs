//! One who is to be in an address book, as a backend says it.

use nspi_proto::nspi::DisplayType;
use nspi_proto::nspi::property::{FileTime, PropertyTag, PropertyType, tags};

/// A recipient of mail: a person, a group, a room. Made for [`MemoryBook::new`](super::MemoryBook::new), which packs it.
///
/// ```
/// use nspi_proto::nspi::DisplayType;
/// use nspi_proto::nspi::property::tags;
/// use nspi_server::address_book::{MemoryBook, Recipient};
///
/// let ann = Recipient::new(DisplayType::MAIL_USER, "/o=ACME/cn=Recipients/cn=ann", "Ann Onymous")
///     .text(tags::TITLE, "Author")
///     .texts(tags::PROXY_ADDRESSES, ["SMTP:ann@acme.test"]);
/// assert_eq!(MemoryBook::new([ann])?.len(), 1);
/// # Ok::<(), nspi_server::address_book::BookError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Recipient {
    pub(super) display_type: DisplayType,
    pub(super) distinguished_name: String,
    pub(super) attributes: Vec<(PropertyTag, Attribute)>,
    /// Names that the one logs on under.
    logons: Vec<String>,
}

/// A value by the way it is kept.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Attribute {
    Text(String),
    Texts(Vec<String>),
    Octets(Vec<u8>),
    OctetStrings(Vec<Vec<u8>>),
    Number(i32),
    Flag(bool),
    Time(FileTime),
    /// Distinguished names of others.
    Links(Vec<String>),
}

impl Attribute {
    fn property_type(&self) -> PropertyType {
        match self {
            Self::Text(_) => PropertyType::STRING,
            Self::Texts(_) => PropertyType::MULTIPLE_STRING,
            Self::Octets(_) => PropertyType::BINARY,
            Self::OctetStrings(_) => PropertyType::MULTIPLE_BINARY,
            Self::Number(_) => PropertyType::INTEGER32,
            Self::Flag(_) => PropertyType::BOOLEAN,
            Self::Time(_) => PropertyType::TIME,
            Self::Links(_) => PropertyType::EMBEDDED_TABLE,
        }
    }
}

impl Recipient {
    /// One of this kind, with a name for ever (`legacyExchangeDN`: ASCII, case ignored) and one for people.
    #[must_use]
    pub fn new(
        display_type: DisplayType,
        distinguished_name: impl Into<String>,
        display_name: impl Into<String>,
    ) -> Self {
        Self { display_type, distinguished_name: distinguished_name.into(), attributes: Vec::new(), logons: Vec::new() }
            .text(tags::DISPLAY_NAME, display_name)
    }

    /// With a name that the one logs on under, and may have several of: an account's (`alice`), or a user principal name
    /// (`alice@acme.test`). Whoever proves to be that account owns this object, if it is a mail user. No client is shown
    /// it. Without any it is the [account](tags::ACCOUNT).
    #[must_use]
    pub fn logon(mut self, name: impl Into<String>) -> Self {
        self.logons.push(name.into());
        self
    }

    /// With a text: PtypString. A second value of a property takes the place of the first, here and below.
    #[must_use]
    pub fn text(self, tag: PropertyTag, text: impl Into<String>) -> Self {
        self.with(tag, Attribute::Text(text.into()))
    }

    /// With several texts: PtypMultipleString. Empty ones are left out.
    #[must_use]
    pub fn texts<T: Into<String>>(self, tag: PropertyTag, texts: impl IntoIterator<Item = T>) -> Self {
        self.with(tag, Attribute::Texts(texts.into_iter().map(Into::into).collect()))
    }

    /// With octets: PtypBinary.
    #[must_use]
    pub fn octets(self, tag: PropertyTag, octets: impl Into<Vec<u8>>) -> Self {
        self.with(tag, Attribute::Octets(octets.into()))
    }

    /// With several octet strings: PtypMultipleBinary.
    #[must_use]
    pub fn octet_strings<T: Into<Vec<u8>>>(self, tag: PropertyTag, strings: impl IntoIterator<Item = T>) -> Self {
        self.with(tag, Attribute::OctetStrings(strings.into_iter().map(Into::into).collect()))
    }

    /// With a number: PtypInteger32.
    #[must_use]
    pub fn number(self, tag: PropertyTag, number: i32) -> Self {
        self.with(tag, Attribute::Number(number))
    }

    /// With yes or no: PtypBoolean.
    #[must_use]
    pub fn flag(self, tag: PropertyTag, flag: bool) -> Self {
        self.with(tag, Attribute::Flag(flag))
    }

    /// With a time: PtypTime.
    #[must_use]
    pub fn time(self, tag: PropertyTag, time: FileTime) -> Self {
        self.with(tag, Attribute::Time(time))
    }

    /// Referring to others by their distinguished names: PtypEmbeddedTable. Who is not in the book is left out. The
    /// way back (members and their groups, managers and their reports) is drawn by the book.
    #[must_use]
    pub fn links<T: Into<String>>(self, tag: PropertyTag, names: impl IntoIterator<Item = T>) -> Self {
        self.with(tag, Attribute::Links(names.into_iter().map(Into::into).collect()))
    }

    pub(super) fn with(mut self, tag: PropertyTag, value: Attribute) -> Self {
        let tag = tag.with_type(value.property_type());
        self.attributes.retain(|(other, _)| other.number() != tag.number());
        self.attributes.push((tag, value));
        self
    }

    /// The names that the one logs on under; nobody logs on as a group.
    pub(super) fn logons(&self) -> impl Iterator<Item = &str> {
        let account = self.find_text(tags::ACCOUNT).filter(|_| self.logons.is_empty());
        let names = self.logons.iter().map(String::as_str).chain(account);
        names.filter(|name| !name.is_empty() && self.display_type == DisplayType::MAIL_USER)
    }

    pub(super) fn display_name(&self) -> &str {
        self.find_text(tags::DISPLAY_NAME).unwrap_or_default()
    }

    /// The value of a property, if it is one text.
    pub(super) fn find_text(&self, tag: PropertyTag) -> Option<&str> {
        match self.find(tag)? {
            Attribute::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn find(&self, tag: PropertyTag) -> Option<&Attribute> {
        self.attributes.iter().find(|(other, _)| other.number() == tag.number()).map(|(_, value)| value)
    }
}
