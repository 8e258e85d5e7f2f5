//! Which language's order an LCID asks for.
//!
//! Windows has some 400 LCIDs; few of their languages order letters in a way of their own. What has no order of its own
//! shares the common one, so that a table is sorted once for all of them.

use std::fmt;

use nspi_proto::nspi::Lcid;

/// An order that tables can have: a language's, or the common one.
///
/// ```
/// use nspi_proto::nspi::Lcid;
/// use nspi_server::address_book::collation::Language;
///
/// assert_eq!(Language::of(Lcid(0x407)), Language::of(Lcid(0x40C)), "German and French share one");
/// assert_eq!(Language::of(Lcid(0xFFFF)), Language::default(), "nobody's LCID asks for the default locale");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Language {
    tag: &'static str,
    overlooks_symbols: bool,
}

impl Default for Language {
    /// NSPI_DEFAULT_LOCALE, en-US: the common order, in which symbols count.
    fn default() -> Self {
        Self { tag: COMMON, overlooks_symbols: false }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::default() { "en-US" } else { self.tag })
    }
}

impl Language {
    /// The order that a locale asks for; of one that Windows does not have, the default's.
    #[must_use]
    pub fn of(locale: Lcid) -> Self {
        if locale == Lcid::DEFAULT {
            return Self::default();
        }
        by_lcid(locale).map_or_else(Self::default, |tag| Self { tag, overlooks_symbols: true })
    }

    /// The language as BCP 47 has it; `und` for the common order.
    #[must_use]
    pub fn tag(self) -> &'static str {
        self.tag
    }

    /// Whether blanks, punctuation and other symbols do not matter: NORM_IGNORESYMBOLS, in all but the default locale.
    #[must_use]
    pub fn overlooks_symbols(self) -> bool {
        self.overlooks_symbols
    }
}

/// The order of languages without one of their own.
const COMMON: &str = "und";

#[cfg(not(feature = "collation"))]
fn by_lcid(_: Lcid) -> Option<&'static str> {
    None
}

#[cfg(feature = "collation")]
fn by_lcid(Lcid(number): Lcid) -> Option<&'static str> {
    // [MS-LCID 2.1] The upper half is a sort id: another order of the same language.
    if let Some((_, tag)) = SORTS.iter().find(|(lcid, _)| *lcid == number) {
        return Some(tag);
    }
    let name = <&lcid::LanguageId>::try_from(number & 0xFFFF).ok()?.name;
    let by_name = BY_NAME.iter().find(|(begin, _)| name.starts_with(begin)).map(|(_, tag)| *tag);
    let language = name.split('-').next()?;
    let own = || OWN_ORDER.iter().find(|tag| **tag == language).copied();
    Some(by_name.or_else(own).unwrap_or(COMMON))
}

/// LCIDs with a sort id, those whose order is not their language's first one, and the common order's own LCID.
#[cfg(feature = "collation")]
const SORTS: &[(u32, &str)] = &[
    (0x0000_007F, COMMON),            // invariant
    (0x0001_0407, "de-u-co-phonebk"), // de-DE_phoneb
    (0x0000_040A, "es-u-co-trad"),    // es-ES_tradnl
    (0x0000_1404, "zh"),              // zh-MO: pronunciation, unlike Taiwan and Hong Kong
    (0x0002_0804, "zh-u-co-stroke"),  // zh-CN_stroke
    (0x0002_1004, "zh-u-co-stroke"),  // zh-SG_stroke
    (0x0002_1404, "zh-Hant"),         // zh-MO_stroke
    (0x0003_0404, "zh-u-co-zhuyin"),  // zh-TW_pronun
    (0x0004_0404, "zh-u-co-unihan"),  // zh-TW_radstr
    (0x0004_0C04, "zh-u-co-unihan"),  // zh-HK_radstr
    (0x0004_1404, "zh-u-co-unihan"),  // zh-MO_radstr
    (0x0004_0411, "ja-u-co-unihan"),  // ja-JP_radstr
];

/// Languages of two scripts or more, by how their names begin; and names of one order that are several.
#[cfg(feature = "collation")]
const BY_NAME: &[(&str, &str)] = &[
    ("zh-Hant", "zh-Hant"),
    ("zh-TW", "zh-Hant"),
    ("zh-HK", "zh-Hant"),
    ("sr-Latn", "hr"),
    ("bs-Cyrl", "sr"),
    ("bs", "hr"),
    ("nb", "no"),
    ("nn", "no"),
    ("az-Cyrl", COMMON),
    ("uz-Cyrl", COMMON),
    ("pa-Arab", COMMON),
    ("mn-Mong", COMMON),
    ("ku-Arab", COMMON),
];

/// Languages with an order of their own in CLDR.
#[cfg(feature = "collation")]
const OWN_ORDER: &[&str] = &[
    "af", "am", "ar", "as", "az", "be", "bg", "bn", "br", "cs", "cy", "da", "dsb", "el", "es", "et", "fa", "fi", "fil",
    "fo", "fy", "gl", "gu", "ha", "he", "hi", "hr", "hsb", "hu", "hy", "ig", "is", "ja", "ka", "kk", "km", "kn", "ko",
    "kok", "ku", "ky", "lo", "lt", "lv", "mk", "ml", "mn", "mr", "mt", "my", "ne", "no", "nso", "om", "or", "pa", "pl",
    "ps", "ro", "ru", "si", "sk", "sl", "sq", "sr", "sv", "ta", "te", "th", "tk", "tn", "tr", "ug", "uk", "ur", "uz",
    "vi", "wo", "yo", "zh",
];
