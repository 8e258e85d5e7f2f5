//! What a property is: its number, and the type of its value.

use core::fmt;

use crate::ndr::{Decode, DecodeError, Decoder, Encode, Encoder, Syntax};

/// [MS-NSPI 2.2.1] The type of a value: the low half of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PropertyType(pub u16);

impl PropertyType {
    /// `PtypUnspecified`: only a client says it, for any type.
    pub const UNSPECIFIED: Self = Self(0x0000);
    /// `PtypNull`.
    pub const NULL: Self = Self(0x0001);
    /// `PtypInteger16`.
    pub const INTEGER16: Self = Self(0x0002);
    /// `PtypInteger32`.
    pub const INTEGER32: Self = Self(0x0003);
    /// `PtypErrorCode`: the value could not be given, and why.
    pub const ERROR_CODE: Self = Self(0x000A);
    /// `PtypBoolean`.
    pub const BOOLEAN: Self = Self(0x000B);
    /// `PtypEmbeddedTable`.
    pub const EMBEDDED_TABLE: Self = Self(0x000D);
    /// `PtypString8`: 8-bit characters of the STAT's code page.
    pub const STRING8: Self = Self(0x001E);
    /// `PtypString`: UTF-16.
    pub const STRING: Self = Self(0x001F);
    /// `PtypTime`.
    pub const TIME: Self = Self(0x0040);
    /// `PtypGuid`.
    pub const GUID: Self = Self(0x0048);
    /// `PtypBinary`.
    pub const BINARY: Self = Self(0x0102);
    /// `PtypMultipleInteger16`.
    pub const MULTIPLE_INTEGER16: Self = Self(0x1002);
    /// `PtypMultipleInteger32`.
    pub const MULTIPLE_INTEGER32: Self = Self(0x1003);
    /// `PtypMultipleString8`.
    pub const MULTIPLE_STRING8: Self = Self(0x101E);
    /// `PtypMultipleString`.
    pub const MULTIPLE_STRING: Self = Self(0x101F);
    /// `PtypMultipleTime`.
    pub const MULTIPLE_TIME: Self = Self(0x1040);
    /// `PtypMultipleGuid`.
    pub const MULTIPLE_GUID: Self = Self(0x1048);
    /// `PtypMultipleBinary`.
    pub const MULTIPLE_BINARY: Self = Self(0x1102);
}

/// A property tag: a number in the high half, a [`PropertyType`] in the low half.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PropertyTag(pub u32);

impl PropertyTag {
    /// The type of its value.
    #[must_use]
    pub fn property_type(self) -> PropertyType {
        let [low, high, ..] = self.0.to_le_bytes();
        PropertyType(u16::from_le_bytes([low, high]))
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u16 {
        let [.., low, high] = self.0.to_le_bytes();
        u16::from_le_bytes([low, high])
    }

    /// The same property with a value of another type: PtypString8 for PtypString, or PtypErrorCode.
    #[must_use]
    pub fn with_type(self, property_type: PropertyType) -> Self {
        Self(self.0 & 0xFFFF_0000 | u32::from(property_type.0))
    }
}

impl fmt::Debug for PropertyTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for PropertyTag {
    /// The name in MS-OXPROPS where the property is one of [`tags`], else the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match tags::name(*self) {
            Some(name) => f.write_str(name),
            None => write!(f, "{:#010x}", self.0),
        }
    }
}

impl<'de> Decode<'de> for PropertyTag {
    type Fixed = Self;
    const MIN_FIXED: usize = 4;

    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        input.u32("aulPropTag").map(Self)
    }

    fn decode_referents<S: Syntax>(fixed: Self, _: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(fixed)
    }
}

impl Encode for PropertyTag {
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.u32(self.0);
    }
}

/// The properties of an address book [MS-OXPROPS; MS-OXOABK 2.2]. String properties are named in their Unicode form;
/// [`PropertyTag::with_type`] gives the 8-bit one.
pub mod tags {
    use super::PropertyTag;

    macro_rules! tags {
        ($($number:literal $type:literal $name:ident $canonical:literal;)*) => {
            $(
                #[doc = concat!("`", $canonical, "`.")]
                pub const $name: PropertyTag = PropertyTag($number << 16 | $type);
            )*

            /// The canonical name of a property, whatever the type of its value.
            #[must_use]
            pub fn name(tag: PropertyTag) -> Option<&'static str> {
                match tag.number() {
                    $($number => Some($canonical),)*
                    _ => None,
                }
            }
        };
    }

    tags! {
        0x0FF6 0x0102 INSTANCE_KEY "PidTagInstanceKey";
        0x0FF8 0x0102 MAPPING_SIGNATURE "PidTagMappingSignature";
        0x0FF9 0x0102 RECORD_KEY "PidTagRecordKey";
        0x0FFE 0x0003 OBJECT_TYPE "PidTagObjectType";
        0x0FFF 0x0102 ENTRY_ID "PidTagEntryId";
        0x3001 0x001F DISPLAY_NAME "PidTagDisplayName";
        0x3002 0x001F ADDRESS_TYPE "PidTagAddressType";
        0x3003 0x001F EMAIL_ADDRESS "PidTagEmailAddress";
        0x3005 0x0003 DEPTH "PidTagDepth";
        0x3007 0x0040 CREATION_TIME "PidTagCreationTime";
        0x3008 0x0040 LAST_MODIFICATION_TIME "PidTagLastModificationTime";
        0x300B 0x0102 SEARCH_KEY "PidTagSearchKey";
        0x3600 0x0003 CONTAINER_FLAGS "PidTagContainerFlags";
        0x360C 0x001F ANR "PidTagAnr";
        0x360F 0x000D CONTAINER_CONTENTS "PidTagContainerContents";
        0x3900 0x0003 DISPLAY_TYPE "PidTagDisplayType";
        0x3902 0x0102 TEMPLATE_ID "PidTagTemplateid";
        0x3905 0x0003 DISPLAY_TYPE_EX "PidTagDisplayTypeEx";
        0x39FE 0x001F SMTP_ADDRESS "PidTagSmtpAddress";
        0x39FF 0x001F DISPLAY_NAME_PRINTABLE "PidTagAddressBookDisplayNamePrintable";
        0x3A00 0x001F ACCOUNT "PidTagAccount";
        0x3A06 0x001F GIVEN_NAME "PidTagGivenName";
        0x3A08 0x001F BUSINESS_TELEPHONE_NUMBER "PidTagBusinessTelephoneNumber";
        0x3A09 0x001F HOME_TELEPHONE_NUMBER "PidTagHomeTelephoneNumber";
        0x3A0A 0x001F INITIALS "PidTagInitials";
        0x3A11 0x001F SURNAME "PidTagSurname";
        0x3A15 0x001F POSTAL_ADDRESS "PidTagPostalAddress";
        0x3A16 0x001F COMPANY_NAME "PidTagCompanyName";
        0x3A17 0x001F TITLE "PidTagTitle";
        0x3A18 0x001F DEPARTMENT_NAME "PidTagDepartmentName";
        0x3A19 0x001F OFFICE_LOCATION "PidTagOfficeLocation";
        0x3A1A 0x001F PRIMARY_TELEPHONE_NUMBER "PidTagPrimaryTelephoneNumber";
        0x3A1B 0x101F BUSINESS2_TELEPHONE_NUMBERS "PidTagBusiness2TelephoneNumbers";
        0x3A1C 0x001F MOBILE_TELEPHONE_NUMBER "PidTagMobileTelephoneNumber";
        0x3A20 0x001F TRANSMITTABLE_DISPLAY_NAME "PidTagTransmittableDisplayName";
        0x3A21 0x001F PAGER_TELEPHONE_NUMBER "PidTagPagerTelephoneNumber";
        0x3A22 0x0102 USER_CERTIFICATE "PidTagUserCertificate";
        0x3A26 0x001F COUNTRY "PidTagCountry";
        0x3A27 0x001F LOCALITY "PidTagLocality";
        0x3A28 0x001F STATE_OR_PROVINCE "PidTagStateOrProvince";
        0x3A29 0x001F STREET_ADDRESS "PidTagStreetAddress";
        0x3A2A 0x001F POSTAL_CODE "PidTagPostalCode";
        0x3A2F 0x101F HOME2_TELEPHONE_NUMBERS "PidTagHome2TelephoneNumbers";
        0x3A30 0x001F ASSISTANT "PidTagAssistant";
        0x3A40 0x000B SEND_RICH_INFO "PidTagSendRichInfo";
        0x3A70 0x1102 USER_X509_CERTIFICATE "PidTagUserX509Certificate";
        0x3A71 0x0003 SEND_INTERNET_ENCODING "PidTagSendInternetEncoding";
        0x3F08 0x0003 INITIAL_DETAILS_PANE "PidTagInitialDetailsPane";
        0x8005 0x000D MANAGER "PidTagAddressBookManagerDistinguishedName";
        0x8008 0x000D IS_MEMBER_OF_DISTRIBUTION_LIST "PidTagAddressBookIsMemberOfDistributionList";
        0x8009 0x000D MEMBER "PidTagAddressBookMember";
        0x800C 0x000D OWNER "PidTagAddressBookOwner";
        0x800E 0x000D REPORTS "PidTagAddressBookReports";
        0x800F 0x101F PROXY_ADDRESSES "PidTagAddressBookProxyAddresses";
        0x8011 0x001F TARGET_ADDRESS "PidTagAddressBookTargetAddress";
        0x8015 0x000D PUBLIC_DELEGATES "PidTagAddressBookPublicDelegates";
        0x802D 0x001F EXTENSION_ATTRIBUTE_1 "PidTagAddressBookExtensionAttribute1";
        0x803C 0x001F OBJECT_DISTINGUISHED_NAME "PidTagAddressBookObjectDistinguishedName";
        0x806A 0x0003 DELIVERY_CONTENT_LENGTH "PidTagAddressBookDeliveryContentLength";
        0x8170 0x101F NETWORK_ADDRESS "PidTagAddressBookNetworkAddress";
        0x8C6A 0x1102 X509_CERTIFICATE "PidTagAddressBookX509Certificate";
        0x8C6D 0x0102 OBJECT_GUID "PidTagAddressBookObjectGuid";
        0x8C92 0x001F PHONETIC_DISPLAY_NAME "PidTagAddressBookPhoneticDisplayName";
        0x8C9E 0x0102 THUMBNAIL_PHOTO "PidTagThumbnailPhoto";
        0xFFFB 0x000B IS_MASTER "PidTagAddressBookIsMaster";
        0xFFFC 0x0102 PARENT_ENTRY_ID "PidTagAddressBookParentEntryId";
        0xFFFD 0x0003 CONTAINER_ID "PidTagAddressBookContainerId";
    }
}
