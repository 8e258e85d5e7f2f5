//! The templates that there are: English, one a kind of object and one a kind of address.

use nspi_proto::nspi::DisplayType;
use nspi_proto::nspi::property::{PropertyTag, tags};

use super::dialog::{Dialog, Fields, Item};
use super::script::Instruction;
use super::{Purpose, Template};

/// `PidTagComment`.
const COMMENT: PropertyTag = PropertyTag(0x3004_001F);

/// `PidTagAddressBookManageDistributionList`: what the button that changes a group's members is tied to.
const MANAGE_DISTRIBUTION_LIST: PropertyTag = PropertyTag(0x6704_000D);

/// What was typed as the address of a new recipient. Numbers from 0x6800 on are the templates' own.
const TYPED_ADDRESS: PropertyTag = PropertyTag(0x6800_001F);

/// An object that is shown has its address: nothing is made of the dialog.
const NO_SCRIPT: &[Instruction] = &[Instruction::Halt];

/// All of them, each with a purpose of its own.
pub(super) const TEMPLATES: &[Template] = &[
    show(DisplayType::MAIL_USER, PERSON),
    show(DisplayType::DIST_LIST, GROUP),
    show(DisplayType::FORUM, FOLDER),
    show(DisplayType::AGENT, AGENT),
    show(DisplayType::REMOTE_MAIL_USER, PERSON),
    Template {
        purpose: Purpose::Show(DisplayType::SEARCH),
        dialog: Dialog { items: SEARCH, fields: Fields::Editable },
        script: NO_SCRIPT,
    },
    Template {
        purpose: Purpose::Create { address_type: "SMTP", name: "Internet Address" },
        dialog: Dialog {
            items: &[
                Item::Page("SMTP - General"),
                Item::Field("&Display name:", tags::DISPLAY_NAME, 256),
                Item::Field("&E-mail address:", TYPED_ADDRESS, 320),
            ],
            fields: Fields::Required,
        },
        script: &[Instruction::EmitPropertyValue(TYPED_ADDRESS), Instruction::Halt],
    },
];

const fn show(kind: DisplayType, items: &'static [Item]) -> Template {
    Template { purpose: Purpose::Show(kind), dialog: Dialog { items, fields: Fields::ReadOnly }, script: NO_SCRIPT }
}

const PERSON: &[Item] = &[
    Item::Page("General"),
    Item::Field("&First:", tags::GIVEN_NAME, 64),
    Item::Field("&Initials:", tags::INITIALS, 6),
    Item::Field("&Last:", tags::SURNAME, 64),
    Item::Field("Displa&y:", tags::DISPLAY_NAME, 256),
    Item::Field("&Alias:", tags::ACCOUNT, 64),
    Item::Field("&Title:", tags::TITLE, 128),
    Item::Field("C&ompany:", tags::COMPANY_NAME, 64),
    Item::Field("&Department:", tags::DEPARTMENT_NAME, 64),
    Item::Field("Offi&ce:", tags::OFFICE_LOCATION, 128),
    Item::Field("Assista&nt:", tags::ASSISTANT, 256),
    Item::Field("&Phone:", tags::BUSINESS_TELEPHONE_NUMBER, 64),
    Item::Page("Address"),
    Item::Paragraph("&Street:", tags::STREET_ADDRESS, 1024),
    Item::Field("Ci&ty:", tags::LOCALITY, 128),
    Item::Field("S&tate:", tags::STATE_OR_PROVINCE, 128),
    Item::Field("&Zip code:", tags::POSTAL_CODE, 40),
    Item::Field("Country/&Region:", tags::COUNTRY, 128),
    Item::Page("Organization"),
    Item::Objects("&Manager:", tags::MANAGER),
    Item::Objects("Direct re&ports:", tags::REPORTS),
    Item::Page("Phone/Notes"),
    Item::Field("&Business:", tags::BUSINESS_TELEPHONE_NUMBER, 64),
    Item::Texts("B&usiness 2:", tags::BUSINESS2_TELEPHONE_NUMBERS),
    Item::Field("&Home:", tags::HOME_TELEPHONE_NUMBER, 64),
    Item::Field("&Mobile:", tags::MOBILE_TELEPHONE_NUMBER, 64),
    Item::Field("&Pager:", tags::PAGER_TELEPHONE_NUMBER, 64),
    Item::Paragraph("&Notes:", COMMENT, 1024),
    Item::Page("Member Of"),
    Item::Objects("&Group membership:", tags::IS_MEMBER_OF_DISTRIBUTION_LIST),
    Item::Page("E-mail Addresses"),
    Item::Texts("&E-mail addresses:", tags::PROXY_ADDRESSES),
];

const GROUP: &[Item] = &[
    Item::Page("General"),
    Item::Field("Displa&y name:", tags::DISPLAY_NAME, 256),
    Item::Field("&Alias name:", tags::ACCOUNT, 64),
    Item::Objects("&Owner:", tags::OWNER),
    Item::Paragraph("No&tes:", COMMENT, 1024),
    Item::Page("Members"),
    Item::Objects("&Members:", tags::MEMBER),
    Item::Button("Modi&fy Members...", MANAGE_DISTRIBUTION_LIST),
    Item::Page("Member Of"),
    Item::Objects("&Group membership:", tags::IS_MEMBER_OF_DISTRIBUTION_LIST),
    Item::Page("E-mail Addresses"),
    Item::Texts("&E-mail addresses:", tags::PROXY_ADDRESSES),
];

const FOLDER: &[Item] = &[
    Item::Page("General"),
    Item::Field("Displa&y name:", tags::DISPLAY_NAME, 256),
    Item::Field("&Alias name:", tags::ACCOUNT, 64),
    Item::Paragraph("No&tes:", COMMENT, 1024),
    Item::Page("Member Of"),
    Item::Objects("&Group membership:", tags::IS_MEMBER_OF_DISTRIBUTION_LIST),
    Item::Page("E-mail Addresses"),
    Item::Texts("&E-mail addresses:", tags::PROXY_ADDRESSES),
];

const AGENT: &[Item] = &[
    Item::Page("General"),
    Item::Field("Displa&y name:", tags::DISPLAY_NAME, 256),
    Item::Field("&Alias name:", tags::ACCOUNT, 64),
    Item::Objects("&Owner:", tags::OWNER),
    Item::Paragraph("No&tes:", COMMENT, 1024),
    Item::Page("E-mail Addresses"),
    Item::Texts("&E-mail addresses:", tags::PROXY_ADDRESSES),
];

const SEARCH: &[Item] = &[
    Item::Page("General"),
    Item::Field("&First name:", tags::GIVEN_NAME, 64),
    Item::Field("&Last name:", tags::SURNAME, 64),
    Item::Field("Displa&y name:", tags::DISPLAY_NAME, 256),
    Item::Field("&Alias name:", tags::ACCOUNT, 64),
    Item::Field("&Title:", tags::TITLE, 128),
    Item::Field("C&ompany:", tags::COMPANY_NAME, 64),
    Item::Field("&Department:", tags::DEPARTMENT_NAME, 64),
    Item::Field("Offi&ce:", tags::OFFICE_LOCATION, 128),
    Item::Field("Ci&ty:", tags::LOCALITY, 128),
];
