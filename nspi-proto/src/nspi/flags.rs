//! The flags and small constants of the operations and of restrictions. Unknown bits and values survive: receivers must
//! ignore the bits of `dwFlags` that they do not know.

use core::ops::BitOr;

use bitflags::bitflags;

use super::named::named;

bitflags! {
    /// [MS-NSPI 2.2.11] `dwFlags` of NspiBind.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct BindFlags: u32 {
        /// `fAnonymousLogin`: the client asks not to be authenticated; a server may ignore it.
        const ANONYMOUS_LOGIN = 0x0000_0020;
        const _ = !0;
    }

    /// [MS-NSPI 2.2.12] `dwFlags` of NspiQueryRows, NspiGetProps and NspiGetPropList.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct RetrieveFlags: u32 {
        /// `fSkipObjects`: leave out properties of type PtypEmbeddedTable.
        const SKIP_OBJECTS = 0x0000_0001;
        /// `fEphID`: entry ids in their ephemeral form.
        const EPHEMERAL_IDS = 0x0000_0002;
        const _ = !0;
    }

    /// [MS-NSPI 2.2.13] `dwFlags` of NspiGetSpecialTable.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct SpecialTableFlags: u32 {
        /// `NspiAddressCreationTemplates`: the table of address creation templates, not the hierarchy.
        const ADDRESS_CREATION_TEMPLATES = 0x0000_0002;
        /// `NspiUnicodeStrings`: strings as PtypString, not PtypString8.
        const UNICODE_STRINGS = 0x0000_0004;
        const _ = !0;
    }

    /// [MS-NSPI 2.2.14] `dwFlags` of NspiQueryColumns.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct QueryColumnsFlags: u32 {
        /// `NspiUnicodeProptypes`: string properties as PtypString, not PtypString8.
        const UNICODE_PROPTYPES = 0x8000_0000;
        const _ = !0;
    }

    /// [MS-NSPI 2.2.15] `dwFlags` of NspiGetIDsFromNames.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct IdsFromNamesFlags: u32 {
        /// `NspiVerifyNames`: a name that is not known refuses the whole call.
        const VERIFY_NAMES = 0x0000_0002;
        const _ = !0;
    }

    /// [MS-NSPI 2.2.16] `dwFlags` of NspiGetTemplateInfo: what to return.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct TemplateInfoFlags: u32 {
        /// `TI_TEMPLATE`: the template.
        const TEMPLATE = 0x0000_0001;
        /// `TI_SCRIPT`: its script.
        const SCRIPT = 0x0000_0004;
        /// `TI_EMT`: the e-mail type.
        const EMAIL_TYPE = 0x0000_0010;
        /// `TI_HELPFILE_NAME`: the name of the help file.
        const HELP_FILE_NAME = 0x0000_0020;
        /// `TI_HELPFILE_CONTENTS`: the contents of the help file.
        const HELP_FILE_CONTENTS = 0x0000_0040;
        const _ = !0;
    }

    /// [MS-NSPI 2.2.17] `dwFlags` of NspiModLinkAtt.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct ModLinkFlags: u32 {
        /// `fDelete`: take the entries out; without it they are added.
        const DELETE = 0x0000_0001;
        const _ = !0;
    }

    /// [MS-OXOABK 2.2.2.1] `PidTagContainerFlags`: what a container has.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct ContainerFlags: u32 {
        /// It can have recipients.
        const AB_RECIPIENTS = 0x0000_0001;
        /// It can have containers.
        const AB_SUBCONTAINERS = 0x0000_0002;
        /// It cannot be changed.
        const AB_UNMODIFIABLE = 0x0000_0008;
        const _ = !0;
    }

    /// [MS-NSPI 2.2.6] What a comparison of Unicode strings overlooks.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct ComparisonFlags: u32 {
        /// `NORM_IGNORECASE`.
        const IGNORE_CASE = 0x0000_0001;
        /// `NORM_IGNORENONSPACE`: marks that take no space of their own, as diacritics.
        const IGNORE_NON_SPACE = 0x0000_0002;
        /// `NORM_IGNORESYMBOLS`.
        const IGNORE_SYMBOLS = 0x0000_0004;
        /// `SORT_STRINGSORT`: punctuation sorts as symbols do.
        const STRING_SORT = 0x0000_1000;
        /// `NORM_IGNOREKANATYPE`: Hiragana and Katakana compare equal.
        const IGNORE_KANA_TYPE = 0x0001_0000;
        /// `NORM_IGNOREWIDTH`: half-width and full-width forms compare equal.
        const IGNORE_WIDTH = 0x0002_0000;
        /// How the default locale compares.
        const DEFAULT_LOCALE = 0x0003_1003;
        /// How every other locale compares.
        const OTHER_LOCALES = 0x0003_1007;
        const _ = !0;
    }
}

/// [MS-OXCDATA 2.12.5] `relop` of a restriction: how a property stands to a value.
#[doc(alias = "relop")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RelationalOperator(pub u32);

named! { RelationalOperator:
    /// Less.
    LESS = 0, "RELOP_LT";
    /// Less or equal.
    LESS_OR_EQUAL = 1, "RELOP_LE";
    /// Greater.
    GREATER = 2, "RELOP_GT";
    /// Greater or equal.
    GREATER_OR_EQUAL = 3, "RELOP_GE";
    /// Equal.
    EQUAL = 4, "RELOP_EQ";
    /// Not equal.
    NOT_EQUAL = 5, "RELOP_NE";
    /// Matches a regular expression.
    REGULAR_EXPRESSION = 6, "RELOP_RE";
}

/// [MS-OXCDATA 2.12.7] `relBMR` of a bit mask restriction.
#[doc(alias = "relBMR")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct BitMaskOperator(pub u32);

named! { BitMaskOperator:
    /// No bit of the mask is set.
    EQUAL_TO_ZERO = 0, "BMR_EQZ";
    /// Some bit of the mask is set.
    NOT_EQUAL_TO_ZERO = 1, "BMR_NEZ";
}

/// [MS-OXCDATA 2.12.4] `ulFuzzyLevel` of a content restriction: in the low half how much of the string must match, in
/// the high half what the comparison overlooks.
///
/// ```
/// use nspi_proto::nspi::FuzzyLevel;
/// let level = FuzzyLevel::PREFIX | FuzzyLevel::IGNORE_CASE;
/// assert_eq!(level, FuzzyLevel(0x0001_0002));
/// assert_eq!(level.extent(), FuzzyLevel::PREFIX);
/// assert!(level.overlooks(FuzzyLevel::IGNORE_CASE) && !level.overlooks(FuzzyLevel::LOOSE));
/// ```
#[doc(alias = "ulFuzzyLevel")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct FuzzyLevel(pub u32);

impl FuzzyLevel {
    /// `FL_FULLSTRING`: the whole string.
    pub const FULL_STRING: Self = Self(0);
    /// `FL_SUBSTRING`: a part of it.
    pub const SUBSTRING: Self = Self(1);
    /// `FL_PREFIX`: its beginning.
    pub const PREFIX: Self = Self(2);
    /// `FL_IGNORECASE`.
    pub const IGNORE_CASE: Self = Self(0x0001_0000);
    /// `FL_IGNORENONSPACE`: diacritics.
    pub const IGNORE_NON_SPACE: Self = Self(0x0002_0000);
    /// `FL_LOOSE`: whatever can be overlooked.
    pub const LOOSE: Self = Self(0x0004_0000);

    /// How much must match: one of the first three, or a value that is not defined.
    #[must_use]
    pub fn extent(self) -> Self {
        Self(self.0 & 0xFFFF)
    }

    /// Whether all of `what`, from the high half, is overlooked.
    #[must_use]
    pub fn overlooks(self, what: Self) -> bool {
        self.0 & what.0 == what.0
    }
}

impl BitOr for FuzzyLevel {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
