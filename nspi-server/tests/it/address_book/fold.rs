//! Text as the default locale compares it.

use std::cmp::Ordering;

use nspi_server::address_book::fold::{compare, compare_head, fold, starts_with};
use proptest::prelude::*;

#[test]
fn case_accents_width_and_kind_of_kana_do_not_matter() {
    for (a, b) in [
        ("Žofie Ångström", "ZOFIE ANGSTROM"),
        ("Weiße\u{301}", "weiße"),
        ("ﾔﾏﾀﾞ", "やまた"),
        ("Ｎｏ．１", "no.1"),
        ("ΟΔΟΣ", "οδοσ"),
        ("İstanbul", "istanbul"),
        ("Nguyễn", "nguyen"),
    ] {
        assert_eq!(compare(a, b), Ordering::Equal, "{a} {b}");
    }
}

#[test]
fn letters_that_unicode_calls_marks_do_matter() {
    // Vowels: "ki" and "ku" in Hindi, "ku" and "k" in Thai.
    assert_ne!(compare("कि", "कु"), Ordering::Equal);
    assert_ne!(compare("กุ", "ก"), Ordering::Equal);
    assert_ne!(compare("ł", "l"), Ordering::Equal, "a letter of its own");
}

proptest! {
    #[test]
    fn what_begins_alike_stands_together(mut texts in proptest::collection::vec("[aAáÁbBž山か]{0,4}", 1..20), prefix in "[aAábŽが]{0,2}") {
        texts.sort_by(|a, b| compare(a, b));
        let places: Vec<Ordering> = texts.iter().map(|text| compare_head(text, &prefix)).collect();
        prop_assert!(places.is_sorted(), "{texts:?} {prefix} {places:?}");
        for text in &texts {
            let folded: String = fold(text).collect();
            prop_assert_eq!(starts_with(text, &prefix), folded.starts_with(&fold(&prefix).collect::<String>()));
        }
    }

    #[test]
    fn folding_twice_is_folding_once(text in any::<String>()) {
        let once: String = fold(&text).collect();
        prop_assert_eq!(fold(&once).collect::<String>(), once);
    }
}
