//! Which attribute of a directory is which property of an address book.
//!
//! One table. The property's type says how a value is read: text is UTF-8, a time is GeneralizedTime, an object-valued
//! property holds distinguished names. Names, addresses and kinds are worked out apart, in `from_ldif`.

use nspi_proto::nspi::property::{PropertyTag, PropertyType, tags};

/// The table of attributes, which can be extended.
///
/// ```
/// use nspi_proto::nspi::property::{PropertyTag, tags};
/// use nspi_server::address_book::AttributeMap;
///
/// let mut attributes = AttributeMap::default();
/// attributes.prefer("employeeID", PropertyTag(0x8C6F_001F));
/// assert_eq!(attributes.properties("TITLE").collect::<Vec<_>>(), [tags::TITLE]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeMap(Vec<(String, PropertyTag)>);

impl AttributeMap {
    /// Adds a line, behind those that are there: where an entry has attributes for one property, the first line of the
    /// table that has a value wins.
    pub fn insert(&mut self, attribute: impl Into<String>, tag: PropertyTag) {
        self.0.push((attribute.into(), tag));
    }

    /// Adds a line before those that are there: what this attribute says of a property holds.
    pub fn prefer(&mut self, attribute: impl Into<String>, tag: PropertyTag) {
        self.0.insert(0, (attribute.into(), tag));
    }

    /// The lines in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, PropertyTag)> {
        self.0.iter().map(|(attribute, tag)| (attribute.as_str(), *tag))
    }

    /// What an attribute gives; its case is ignored.
    pub fn properties(&self, attribute: &str) -> impl Iterator<Item = PropertyTag> {
        self.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(attribute)).map(|(_, tag)| tag)
    }
}

impl Default for AttributeMap {
    /// What Active Directory's Exchange schema maps [MS-OXOABK], and after it the names of RFC 4519 and 2798 for the
    /// same.
    fn default() -> Self {
        Self(DEFAULT.iter().map(|&(attribute, tag)| (attribute.to_owned(), tag)).collect())
    }
}

const fn text(number: u32) -> PropertyTag {
    PropertyTag(number << 16 | PropertyType::STRING.0 as u32)
}

/// The attributes in the order of their properties. Those without a constant in [`tags`] have their name beside them.
const DEFAULT: &[(&str, PropertyTag)] = &[
    ("whenCreated", tags::CREATION_TIME),
    ("createTimestamp", tags::CREATION_TIME),
    ("whenChanged", tags::LAST_MODIFICATION_TIME),
    ("modifyTimestamp", tags::LAST_MODIFICATION_TIME),
    ("info", text(0x3004)), // PidTagComment
    ("msExchRecipientDisplayType", tags::DISPLAY_TYPE_EX),
    ("mail", tags::SMTP_ADDRESS),
    ("mailNickname", tags::ACCOUNT),
    ("sAMAccountName", tags::ACCOUNT),
    ("uid", tags::ACCOUNT),
    ("givenName", tags::GIVEN_NAME),
    ("telephoneNumber", tags::BUSINESS_TELEPHONE_NUMBER),
    ("homePhone", tags::HOME_TELEPHONE_NUMBER),
    ("initials", tags::INITIALS),
    ("sn", tags::SURNAME),
    ("generationQualifier", text(0x3A05)), // PidTagGeneration
    ("postalAddress", tags::POSTAL_ADDRESS),
    ("company", tags::COMPANY_NAME),
    ("o", tags::COMPANY_NAME),
    ("title", tags::TITLE),
    ("department", tags::DEPARTMENT_NAME),
    ("ou", tags::DEPARTMENT_NAME),
    ("physicalDeliveryOfficeName", tags::OFFICE_LOCATION),
    ("roomNumber", tags::OFFICE_LOCATION),
    ("telephoneNumber", tags::PRIMARY_TELEPHONE_NUMBER),
    ("otherTelephone", tags::BUSINESS2_TELEPHONE_NUMBERS),
    ("mobile", tags::MOBILE_TELEPHONE_NUMBER),
    ("simpleDisplayName", tags::TRANSMITTABLE_DISPLAY_NAME),
    ("pager", tags::PAGER_TELEPHONE_NUMBER),
    ("userCertificate", tags::X509_CERTIFICATE),
    ("userSMIMECertificate", tags::USER_X509_CERTIFICATE),
    ("facsimileTelephoneNumber", text(0x3A23)), // PidTagPrimaryFaxNumber
    ("facsimileTelephoneNumber", text(0x3A24)), // PidTagBusinessFaxNumber
    ("co", tags::COUNTRY),
    ("l", tags::LOCALITY),
    ("st", tags::STATE_OR_PROVINCE),
    ("streetAddress", tags::STREET_ADDRESS),
    ("street", tags::STREET_ADDRESS),
    ("postalCode", tags::POSTAL_CODE),
    ("postOfficeBox", text(0x3A2B)),           // PidTagPostOfficeBox
    ("telephoneAssistant", text(0x3A2E)),      // PidTagAssistantTelephoneNumber
    ("internationalISDNNumber", text(0x3A2D)), // PidTagIsdnNumber
    ("otherHomePhone", tags::HOME2_TELEPHONE_NUMBERS),
    ("msExchAssistantName", tags::ASSISTANT),
    ("mAPIRecipient", tags::SEND_RICH_INFO),
    ("internetEncoding", tags::SEND_INTERNET_ENCODING),
    ("manager", tags::MANAGER),
    ("member", tags::MEMBER),
    ("uniqueMember", tags::MEMBER),
    ("managedBy", tags::OWNER),
    ("owner", tags::OWNER),
    ("proxyAddresses", tags::PROXY_ADDRESSES),
    ("targetAddress", tags::TARGET_ADDRESS),
    ("publicDelegates", tags::PUBLIC_DELEGATES),
    ("extensionAttribute1", tags::EXTENSION_ATTRIBUTE_1),
    ("extensionAttribute2", text(0x802E)), // PidTagAddressBookExtensionAttribute2, and so on
    ("extensionAttribute3", text(0x802F)),
    ("extensionAttribute4", text(0x8030)),
    ("extensionAttribute5", text(0x8031)),
    ("extensionAttribute6", text(0x8032)),
    ("extensionAttribute7", text(0x8033)),
    ("extensionAttribute8", text(0x8034)),
    ("extensionAttribute9", text(0x8035)),
    ("extensionAttribute10", text(0x8036)),
    ("extensionAttribute11", text(0x8C57)),
    ("extensionAttribute12", text(0x8C58)),
    ("extensionAttribute13", text(0x8C59)),
    ("extensionAttribute14", text(0x8C60)),
    ("extensionAttribute15", text(0x8C61)),
    ("delivContLength", tags::DELIVERY_CONTENT_LENGTH),
    ("networkAddress", tags::NETWORK_ADDRESS),
    ("objectGUID", tags::OBJECT_GUID),
    ("msDS-PhoneticDisplayName", tags::PHONETIC_DISPLAY_NAME),
    ("thumbnailPhoto", tags::THUMBNAIL_PHOTO),
    ("jpegPhoto", tags::THUMBNAIL_PHOTO),
];
