//! The order of names in a language: what NspiQueryRows shows, NspiSeekEntries finds and NspiCompareMIds says.
//!
//! ```text
//!   Lcid ──► Language ──► Collation     compare   what seekers distinguish: letters, as the language has them
//!    0x41D     sv          CLDR's       order     the same, and marks, case and kana after it: the order of rows
//! ```
//!
//! MS-NSPI sorts as Windows' NLS does, with case, marks, kana type and width overlooked, and, but for the default locale,
//! symbols too [MS-NSPI 2.2.6, flags 0x31003 and 0x31007]. Here the weights are CLDR's, by the ICU4X project's collator:
//! letters stand where readers of the language expect them. UNCONFIRMED against Windows: the order of symbols among
//! themselves, of scripts among each other, and of rare letters; rows whose names compare equal are ordered by marks and
//! case, where MS-NSPI leaves their order open.
//!
//! Without the feature `collation` every language has the order of [`fold`](super::fold).

mod language;

use std::cmp::Ordering;

pub use language::Language;

/// How names compare in one language.
///
/// ```
/// use nspi_proto::nspi::Lcid;
/// use nspi_server::address_book::collation::{Collation, Language};
///
/// let english = Collation::new(Language::of(Lcid::DEFAULT));
/// assert!(english.compare("Öberg", "OBERG").is_eq());
/// # #[cfg(feature = "collation")] {
/// let swedish = Collation::new(Language::of(Lcid(0x41D)));
/// assert!(swedish.compare("Öberg", "Zorn").is_gt(), "ö is the last letter of the alphabet");
/// # }
/// ```
#[derive(Debug)]
pub struct Collation {
    language: Language,
    weights: Weights,
}

impl Collation {
    /// The order of a language.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self { language, weights: Weights::of(language) }
    }

    /// The language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// How two names compare for one who seeks: case, marks, width and kind of kana do not matter.
    #[must_use]
    pub fn compare(&self, a: &str, b: &str) -> Ordering {
        self.weights.compare(a, b)
    }

    /// Which of two rows comes first: as [`compare`](Self::compare), and where that says nothing by marks and case.
    #[must_use]
    pub fn order(&self, a: &str, b: &str) -> Ordering {
        self.weights.order(a, b)
    }
}

#[cfg(feature = "collation")]
use icu::Weights;
#[cfg(not(feature = "collation"))]
use plain::Weights;

#[cfg(feature = "collation")]
mod icu {
    use std::cmp::Ordering;
    use std::fmt;

    use icu_collator::options::{AlternateHandling, CollatorOptions, MaxVariable, Strength};
    use icu_collator::{CollatorBorrowed, CollatorPreferences};
    use icu_locale_core::Locale;

    use super::Language;

    pub(super) struct Weights {
        letters: CollatorBorrowed<'static>,
        all: CollatorBorrowed<'static>,
    }

    impl fmt::Debug for Weights {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Weights")
        }
    }

    impl Weights {
        pub(super) fn of(language: Language) -> Self {
            let locale = Locale::try_from_str(language.tag()).unwrap_or(Locale::UNKNOWN);
            let collator = |strength| {
                let mut options = CollatorOptions::default();
                options.strength = Some(strength);
                options.alternate_handling = Some(AlternateHandling::NonIgnorable);
                if language.overlooks_symbols() {
                    options.alternate_handling = Some(AlternateHandling::Shifted);
                    options.max_variable = Some(MaxVariable::Currency);
                }
                let root = CollatorPreferences::from(&Locale::UNKNOWN);
                CollatorBorrowed::try_new(CollatorPreferences::from(&locale), options)
                    .or_else(|_| CollatorBorrowed::try_new(root, options))
                    // The data is a part of this program; a test makes the collator of each language.
                    .expect("the collator of the root locale is compiled in")
            };
            Self { letters: collator(Strength::Primary), all: collator(Strength::Tertiary) }
        }

        pub(super) fn compare(&self, a: &str, b: &str) -> Ordering {
            self.letters.compare(a, b)
        }

        pub(super) fn order(&self, a: &str, b: &str) -> Ordering {
            self.all.compare(a, b)
        }
    }
}

#[cfg(not(feature = "collation"))]
mod plain {
    use std::cmp::Ordering;

    use super::Language;
    use crate::address_book::fold;

    #[derive(Debug)]
    pub(super) struct Weights;

    impl Weights {
        pub(super) fn of(_: Language) -> Self {
            Self
        }

        pub(super) fn compare(&self, a: &str, b: &str) -> Ordering {
            fold::compare(a, b)
        }

        pub(super) fn order(&self, a: &str, b: &str) -> Ordering {
            fold::compare(a, b)
        }
    }
}
