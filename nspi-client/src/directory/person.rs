//! A person, or any other object of an address book: its properties by name, as what they are.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nspi_proto::ndr::Ansi;
use nspi_proto::nspi::property::{FileTime, tags};
use nspi_proto::nspi::{DisplayType, MinimalId, PropertyRowBuf, PropertyTag, Value, ValueBuf};

/// What the server told about an object: a person, a list, a room.
///
/// ```
/// use nspi_client::directory::Person;
/// use nspi_proto::nspi::property::{PropertyRowBuf, PropertyValue, PropertyValueBuf, Value, tags};
/// let values = vec![PropertyValueBuf::from(PropertyValue::new(tags::DISPLAY_NAME, Value::from("Ann")))];
/// let person = Person::from(PropertyRowBuf { values });
/// assert_eq!(person.name().as_deref(), Some("Ann"));
/// assert_eq!(person.find("PidTagDisplayName"), person.get(tags::DISPLAY_NAME));
/// assert_eq!(person.mail(), None);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Person {
    id: Option<MinimalId>,
    row: PropertyRowBuf,
}

impl From<PropertyRowBuf> for Person {
    fn from(row: PropertyRowBuf) -> Self {
        Self { id: None, row }
    }
}

impl From<MinimalId> for Person {
    /// An object of which nothing else is known yet.
    fn from(id: MinimalId) -> Self {
        Self { id: Some(id), row: PropertyRowBuf::default() }
    }
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $tag:ident;)*) => {
        impl Person {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name(&self) -> Option<Cow<'_, str>> {
                    self.text(tags::$tag)
                }
            )*
        }
    };
}

texts! {
    /// The name that people see.
    name: DISPLAY_NAME;
    /// The primary address.
    mail: SMTP_ADDRESS;
    /// The alias, or account name.
    account: ACCOUNT;
    /// The given name.
    given_name: GIVEN_NAME;
    /// The surname.
    surname: SURNAME;
    /// The title.
    title: TITLE;
    /// The department.
    department: DEPARTMENT_NAME;
    /// The company.
    company: COMPANY_NAME;
    /// The office.
    office: OFFICE_LOCATION;
    /// The business telephone.
    phone: BUSINESS_TELEPHONE_NUMBER;
    /// The mobile telephone.
    mobile: MOBILE_TELEPHONE_NUMBER;
    /// The distinguished name within the address book, the legacy Exchange one.
    distinguished_name: EMAIL_ADDRESS;
}

impl Person {
    /// What a list of people usually shows, and what each can be asked about again by: its [`id`](Self::id).
    pub const COLUMNS: &[PropertyTag] = &[
        tags::INSTANCE_KEY,
        tags::DISPLAY_NAME,
        tags::SMTP_ADDRESS,
        tags::ACCOUNT,
        tags::TITLE,
        tags::DEPARTMENT_NAME,
        tags::COMPANY_NAME,
        tags::OFFICE_LOCATION,
        tags::BUSINESS_TELEPHONE_NUMBER,
        tags::MOBILE_TELEPHONE_NUMBER,
        tags::DISPLAY_TYPE,
        tags::EMAIL_ADDRESS,
    ];

    /// The objects of these ids and rows, which belong together one by one.
    pub(super) fn all(ids: Vec<MinimalId>, rows: Vec<PropertyRowBuf>) -> Vec<Self> {
        let person = |(place, row)| Self { id: ids.get(place).copied(), row };
        rows.into_iter().enumerate().map(person).collect()
    }

    /// Learns more values.
    pub(super) fn extend(&mut self, row: PropertyRowBuf) {
        self.row.values.extend(row.values);
    }

    /// Its name in this session, for [`Session::person`](crate::Session::person) and
    /// [`Session::links`](crate::Session::links); where it came with the object, or its instance key did.
    #[must_use]
    pub fn id(&self) -> Option<MinimalId> {
        let key = || self.octets(tags::INSTANCE_KEY)?.try_into().ok().map(u32::from_le_bytes).map(MinimalId);
        self.id.or_else(key).filter(|id| *id >= MinimalId::FIRST_OBJECT)
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Option<DisplayType> {
        self.number(tags::DISPLAY_TYPE).map(|number| DisplayType(number.cast_unsigned()))
    }

    /// All properties that have a value, in the order of the server.
    pub fn properties(&self) -> impl Iterator<Item = (PropertyTag, &ValueBuf)> {
        let values = self.row.values.iter().map(|value| (value.tag, &value.value));
        values.filter(|(_, value)| !matches!(value, ValueBuf::ErrorCode(_)))
    }

    /// The value of a property; `None` if it has none, or it was not asked for.
    #[must_use]
    pub fn get(&self, tag: PropertyTag) -> Option<&ValueBuf> {
        self.properties().find(|(known, _)| known.number() == tag.number()).map(|(_, value)| value)
    }

    /// The value of a property by its canonical name, as `PidTagTitle` or `title`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&ValueBuf> {
        self.get(tags::by_name(name)?)
    }

    /// The row as it came.
    #[must_use]
    pub fn row(&self) -> &PropertyRowBuf {
        &self.row
    }

    /// A property that is text. 8-bit text is read as UTF-8, as far as it is.
    #[must_use]
    pub fn text(&self, tag: PropertyTag) -> Option<Cow<'_, str>> {
        match self.get(tag)? {
            ValueBuf::String(text) => text.as_deref().map(Cow::Borrowed),
            ValueBuf::String8(text) => text.as_deref().map(String::from_utf8_lossy),
            _ => None,
        }
    }

    /// A property that is several texts; none if it has no value.
    #[must_use]
    pub fn texts(&self, tag: PropertyTag) -> Vec<String> {
        match self.get(tag).map(ValueBuf::as_ref) {
            Some(Value::MultipleString(Some(texts))) => texts.iter().flatten().map(|text| text.to_string()).collect(),
            Some(Value::MultipleString8(Some(texts))) => {
                let lossy = |Ansi(octets)| String::from_utf8_lossy(octets).into_owned();
                texts.iter().flatten().map(lossy).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A property that is a number.
    #[must_use]
    pub fn number(&self, tag: PropertyTag) -> Option<i32> {
        match self.get(tag)? {
            ValueBuf::Integer32(number) => Some(*number),
            ValueBuf::Integer16(number) => Some((*number).into()),
            _ => None,
        }
    }

    /// A property that is true or false.
    #[must_use]
    pub fn flag(&self, tag: PropertyTag) -> Option<bool> {
        match self.get(tag)? {
            ValueBuf::Boolean(flag) => Some(*flag != 0),
            _ => None,
        }
    }

    /// A property that is a time.
    #[must_use]
    pub fn time(&self, tag: PropertyTag) -> Option<SystemTime> {
        /// From 1601 to 1970.
        const BEFORE_UNIX: Duration = Duration::from_secs(11_644_473_600);
        match self.get(tag)? {
            ValueBuf::Time(FileTime(ticks)) => {
                let since_1601 = Duration::from_micros(ticks / 10) + Duration::from_nanos(ticks % 10 * 100);
                UNIX_EPOCH.checked_sub(BEFORE_UNIX)?.checked_add(since_1601)
            }
            _ => None,
        }
    }

    /// A property that is octets: an entry id, a picture.
    #[must_use]
    pub fn octets(&self, tag: PropertyTag) -> Option<&[u8]> {
        match self.get(tag)? {
            ValueBuf::Binary(octets) => octets.as_deref(),
            _ => None,
        }
    }
}
