//! The properties of an address book by name [MS-OXPROPS; MS-OXOABK 2.2]. String properties stand here in their Unicode
//! form; [`PropertyTag::with_type`] gives the 8-bit one.

use super::tag::PropertyTag;

macro_rules! tags {
    ($($number:literal $type:literal $name:ident $canonical:literal;)*) => {
        $(
            #[doc = concat!("`", $canonical, "`.")]
            pub const $name: PropertyTag = PropertyTag($number << 16 | $type);
        )*

        /// All of them, by number.
        pub const ALL: &[PropertyTag] = &[$($name,)*];

        /// The canonical name of a property, whatever the type of its value.
        #[must_use]
        pub fn name(tag: PropertyTag) -> Option<&'static str> {
            match tag.number() {
                $($number => Some($canonical),)*
                _ => None,
            }
        }

        /// The property of a canonical name. Case does not matter, and `PidTag` or `PidTagAddressBook` may be left out.
        ///
        /// ```
        /// use nspi_proto::nspi::property::tags;
        /// assert_eq!(tags::by_name("PidTagSmtpAddress"), Some(tags::SMTP_ADDRESS));
        /// assert_eq!(tags::by_name("proxyaddresses"), Some(tags::PROXY_ADDRESSES));
        /// assert_eq!(tags::by_name("PidTagShoeSize"), None);
        /// ```
        #[must_use]
        pub fn by_name(name: &str) -> Option<PropertyTag> {
            [$(($canonical, $name),)*].into_iter().find(|(canonical, _)| is_called(canonical, name)).map(|(_, tag)| tag)
        }
    };
}

/// Whether somebody who says `name` means a property of this canonical name.
fn is_called(canonical: &str, name: &str) -> bool {
    let short = canonical.strip_prefix("PidTag").unwrap_or(canonical);
    let shortest = short.strip_prefix("AddressBook").unwrap_or(short);
    [canonical, short, shortest].iter().any(|known| known.eq_ignore_ascii_case(name))
}

tags! {
    0x0001 0x0102 TEMPLATE_DATA "PidTagTemplateData";
    0x0004 0x0102 SCRIPT_DATA "PidTagScriptData";
    0x0807 0x0003 ROOM_CAPACITY "PidTagAddressBookRoomCapacity";
    0x0809 0x001F ROOM_DESCRIPTION "PidTagAddressBookRoomDescription";
    0x0FF6 0x0102 INSTANCE_KEY "PidTagInstanceKey";
    0x0FF8 0x0102 MAPPING_SIGNATURE "PidTagMappingSignature";
    0x0FF9 0x0102 RECORD_KEY "PidTagRecordKey";
    0x0FFE 0x0003 OBJECT_TYPE "PidTagObjectType";
    0x0FFF 0x0102 ENTRY_ID "PidTagEntryId";
    0x3001 0x001F DISPLAY_NAME "PidTagDisplayName";
    0x3002 0x001F ADDRESS_TYPE "PidTagAddressType";
    0x3003 0x001F EMAIL_ADDRESS "PidTagEmailAddress";
    0x3004 0x001F COMMENT "PidTagComment";
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
    0x3A1D 0x001F RADIO_TELEPHONE_NUMBER "PidTagRadioTelephoneNumber";
    0x3A1E 0x001F CAR_TELEPHONE_NUMBER "PidTagCarTelephoneNumber";
    0x3A1F 0x001F OTHER_TELEPHONE_NUMBER "PidTagOtherTelephoneNumber";
    0x3A20 0x001F TRANSMITTABLE_DISPLAY_NAME "PidTagTransmittableDisplayName";
    0x3A21 0x001F PAGER_TELEPHONE_NUMBER "PidTagPagerTelephoneNumber";
    0x3A22 0x0102 USER_CERTIFICATE "PidTagUserCertificate";
    0x3A23 0x001F PRIMARY_FAX_NUMBER "PidTagPrimaryFaxNumber";
    0x3A24 0x001F BUSINESS_FAX_NUMBER "PidTagBusinessFaxNumber";
    0x3A25 0x001F HOME_FAX_NUMBER "PidTagHomeFaxNumber";
    0x3A26 0x001F COUNTRY "PidTagCountry";
    0x3A27 0x001F LOCALITY "PidTagLocality";
    0x3A28 0x001F STATE_OR_PROVINCE "PidTagStateOrProvince";
    0x3A29 0x001F STREET_ADDRESS "PidTagStreetAddress";
    0x3A2A 0x001F POSTAL_CODE "PidTagPostalCode";
    0x3A2B 0x101F POST_OFFICE_BOX "PidTagPostOfficeBox";
    0x3A2C 0x101F TELEX_NUMBER "PidTagTelexNumber";
    0x3A2D 0x001F ISDN_NUMBER "PidTagIsdnNumber";
    0x3A2E 0x001F ASSISTANT_TELEPHONE_NUMBER "PidTagAssistantTelephoneNumber";
    0x3A2F 0x101F HOME2_TELEPHONE_NUMBERS "PidTagHome2TelephoneNumbers";
    0x3A30 0x001F ASSISTANT "PidTagAssistant";
    0x3A40 0x000B SEND_RICH_INFO "PidTagSendRichInfo";
    0x3A5D 0x001F HOME_ADDRESS_STREET "PidTagHomeAddressStreet";
    0x3A70 0x1102 USER_X509_CERTIFICATE "PidTagUserX509Certificate";
    0x3A71 0x0003 SEND_INTERNET_ENCODING "PidTagSendInternetEncoding";
    0x3F08 0x0003 INITIAL_DETAILS_PANE "PidTagInitialDetailsPane";
    0x8004 0x001F FOLDER_PATHNAME "PidTagAddressBookFolderPathname";
    0x8005 0x000D MANAGER "PidTagAddressBookManagerDistinguishedName";
    0x8006 0x000D HOME_MESSAGE_DATABASE "PidTagAddressBookHomeMessageDatabase";
    0x8008 0x000D IS_MEMBER_OF_DISTRIBUTION_LIST "PidTagAddressBookIsMemberOfDistributionList";
    0x8009 0x000D MEMBER "PidTagAddressBookMember";
    0x800C 0x000D OWNER "PidTagAddressBookOwner";
    0x800E 0x000D REPORTS "PidTagAddressBookReports";
    0x800F 0x101F PROXY_ADDRESSES "PidTagAddressBookProxyAddresses";
    0x8011 0x001F TARGET_ADDRESS "PidTagAddressBookTargetAddress";
    0x8015 0x000D PUBLIC_DELEGATES "PidTagAddressBookPublicDelegates";
    0x8024 0x000D OWNER_BACK_LINK "PidTagAddressBookOwnerBackLink";
    0x802D 0x001F EXTENSION_ATTRIBUTE_1 "PidTagAddressBookExtensionAttribute1";
    0x802E 0x001F EXTENSION_ATTRIBUTE_2 "PidTagAddressBookExtensionAttribute2";
    0x802F 0x001F EXTENSION_ATTRIBUTE_3 "PidTagAddressBookExtensionAttribute3";
    0x8030 0x001F EXTENSION_ATTRIBUTE_4 "PidTagAddressBookExtensionAttribute4";
    0x8031 0x001F EXTENSION_ATTRIBUTE_5 "PidTagAddressBookExtensionAttribute5";
    0x8032 0x001F EXTENSION_ATTRIBUTE_6 "PidTagAddressBookExtensionAttribute6";
    0x8033 0x001F EXTENSION_ATTRIBUTE_7 "PidTagAddressBookExtensionAttribute7";
    0x8034 0x001F EXTENSION_ATTRIBUTE_8 "PidTagAddressBookExtensionAttribute8";
    0x8035 0x001F EXTENSION_ATTRIBUTE_9 "PidTagAddressBookExtensionAttribute9";
    0x8036 0x001F EXTENSION_ATTRIBUTE_10 "PidTagAddressBookExtensionAttribute10";
    0x803C 0x001F OBJECT_DISTINGUISHED_NAME "PidTagAddressBookObjectDistinguishedName";
    0x806A 0x0003 DELIVERY_CONTENT_LENGTH "PidTagAddressBookDeliveryContentLength";
    0x8073 0x000D MEMBER_SUBMIT_ACCEPTED "PidTagAddressBookDistributionListMemberSubmitAccepted";
    0x8170 0x101F NETWORK_ADDRESS "PidTagAddressBookNetworkAddress";
    0x8C57 0x001F EXTENSION_ATTRIBUTE_11 "PidTagAddressBookExtensionAttribute11";
    0x8C58 0x001F EXTENSION_ATTRIBUTE_12 "PidTagAddressBookExtensionAttribute12";
    0x8C59 0x001F EXTENSION_ATTRIBUTE_13 "PidTagAddressBookExtensionAttribute13";
    0x8C60 0x001F EXTENSION_ATTRIBUTE_14 "PidTagAddressBookExtensionAttribute14";
    0x8C61 0x001F EXTENSION_ATTRIBUTE_15 "PidTagAddressBookExtensionAttribute15";
    0x8C6A 0x1102 X509_CERTIFICATE "PidTagAddressBookX509Certificate";
    0x8C6D 0x0102 OBJECT_GUID "PidTagAddressBookObjectGuid";
    0x8C8E 0x001F PHONETIC_GIVEN_NAME "PidTagAddressBookPhoneticGivenName";
    0x8C8F 0x001F PHONETIC_SURNAME "PidTagAddressBookPhoneticSurname";
    0x8C90 0x001F PHONETIC_DEPARTMENT_NAME "PidTagAddressBookPhoneticDepartmentName";
    0x8C91 0x001F PHONETIC_COMPANY_NAME "PidTagAddressBookPhoneticCompanyName";
    0x8C92 0x001F PHONETIC_DISPLAY_NAME "PidTagAddressBookPhoneticDisplayName";
    0x8C93 0x0003 DISPLAY_TYPE_EXTENDED "PidTagAddressBookDisplayTypeExtended";
    0x8C94 0x000D SHOW_IN_DEPARTMENTS "PidTagAddressBookHierarchicalShowInDepartments";
    0x8C96 0x101F ROOM_CONTAINERS "PidTagAddressBookRoomContainers";
    0x8C97 0x000D DEPARTMENT_MEMBERS "PidTagAddressBookHierarchicalDepartmentMembers";
    0x8C98 0x001E ROOT_DEPARTMENT "PidTagAddressBookHierarchicalRootDepartment";
    0x8C99 0x000D PARENT_DEPARTMENT "PidTagAddressBookHierarchicalParentDepartment";
    0x8C9A 0x000D CHILD_DEPARTMENTS "PidTagAddressBookHierarchicalChildDepartments";
    0x8C9E 0x0102 THUMBNAIL_PHOTO "PidTagThumbnailPhoto";
    0x8CA0 0x0003 SENIORITY_INDEX "PidTagAddressBookSeniorityIndex";
    0x8CA8 0x001F ORGANIZATIONAL_UNIT_ROOT "PidTagAddressBookOrganizationalUnitRootDistinguishedName";
    0x8CAC 0x101F SENDER_HINT_TRANSLATIONS "PidTagAddressBookSenderHintTranslations";
    0x8CB5 0x000B MODERATION_ENABLED "PidTagAddressBookModerationEnabled";
    0x8CC2 0x0102 SPOKEN_NAME "PidTagSpokenName";
    0x8CD8 0x000D AUTHORIZED_SENDERS "PidTagAddressBookAuthorizedSenders";
    0x8CD9 0x000D UNAUTHORIZED_SENDERS "PidTagAddressBookUnauthorizedSenders";
    0x8CDA 0x000D MEMBER_SUBMIT_REJECTED "PidTagAddressBookDistributionListMemberSubmitRejected";
    0x8CDB 0x000D REJECT_MESSAGES_FROM_DL_MEMBERS "PidTagAddressBookDistributionListRejectMessagesFromDLMembers";
    0x8CDD 0x000B IS_HIERARCHICAL_GROUP "PidTagAddressBookHierarchicalIsHierarchicalGroup";
    0x8CE2 0x0003 MEMBER_COUNT "PidTagAddressBookDistributionListMemberCount";
    0x8CE3 0x0003 EXTERNAL_MEMBER_COUNT "PidTagAddressBookDistributionListExternalMemberCount";
    0xFFFB 0x000B IS_MASTER "PidTagAddressBookIsMaster";
    0xFFFC 0x0102 PARENT_ENTRY_ID "PidTagAddressBookParentEntryId";
    0xFFFD 0x0003 CONTAINER_ID "PidTagAddressBookContainerId";
}
