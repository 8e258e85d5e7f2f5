//! Characters to octets and back.

use nspi_proto::nspi::CodePage;
use nspi_server::address_book::Arena;
use nspi_server::address_book::code_page::{decode, encode, is_supported};
use proptest::prelude::*;

#[test]
fn both_code_pages_that_the_specification_requires_are_supported() {
    assert!(is_supported(CodePage::TELETEX));
    assert!(is_supported(CodePage::UNICODE));
    assert!(!is_supported(CodePage(0)) && !is_supported(CodePage(u32::MAX)) && !is_supported(CodePage(65536 + 1252)));
}

#[test]
fn utf_16_is_no_code_page_of_octets() {
    let arena = Arena::new();
    for code_page in [CodePage::UNICODE, CodePage(1201)] {
        assert_eq!(encode("a", code_page, &arena), None);
        assert_eq!(decode(b"a", code_page, &arena), None);
    }
}

#[test]
fn text_is_written_in_its_code_page() {
    let arena = Arena::new();
    for (text, code_page, octets) in [
        ("Žofie", 1250, &b"\x8eofie"[..]),
        ("Дмитрий", 1251, b"\xc4\xec\xe8\xf2\xf0\xe8\xe9"),
        ("山田", 932, b"\x8eR\x93c"),
        ("山田", 65001, "山田".as_bytes()),
        ("山", 50220, b"\x1b$B;3\x1b(B"),
        ("Ångström", 20261, b"\xc5ngstr\xf6m"),
    ] {
        assert_eq!(encode(text, CodePage(code_page), &arena), Some(octets), "{code_page}");
        assert_eq!(decode(octets, CodePage(code_page), &arena), Some(text), "{code_page}");
    }
}

#[test]
fn what_a_code_page_lacks_becomes_a_question_mark() {
    let arena = Arena::new();
    assert_eq!(encode("Ž山o", CodePage(1252), &arena), Some(&b"\x8e?o"[..]));
    assert_eq!(encode("Ž山Å", CodePage::TELETEX, &arena), Some(&b"??\xc5"[..]));
    assert_eq!(encode("山😀田", CodePage(50220), &arena), Some(&b"\x1b$B;3\x1b(B?\x1b$BED\x1b(B"[..]));
    let long = format!("é{}", "山".repeat(1000));
    assert_eq!(encode(&long, CodePage(1252), &arena).unwrap().len(), 1001);
}

#[test]
fn ascii_is_lent() {
    let arena = Arena::new();
    for code_page in [CodePage::WINDOWS_1252, CodePage::TELETEX, CodePage(65001), CodePage(932)] {
        let text = "Alice Adams";
        assert!(std::ptr::eq(encode(text, code_page, &arena).unwrap(), text.as_bytes()));
        assert!(std::ptr::eq(decode(text.as_bytes(), code_page, &arena).unwrap(), text));
    }
    assert_eq!(arena.allocated_bytes(), 0);
}

proptest! {
    #[test]
    fn any_text_and_any_octets_in_any_code_page_give_something_or_none(
        text in any::<String>(), octets in any::<Vec<u8>>(), code_page in prop_oneof![0..70_000_u32, any::<u32>()],
    ) {
        let arena = Arena::new();
        let code_page = CodePage(code_page);
        let encoded = encode(&text, code_page, &arena);
        prop_assert_eq!(encoded.is_some(), decode(&octets, code_page, &arena).is_some());
        prop_assert_eq!(encoded.is_some(), is_supported(code_page) && code_page != CodePage::UNICODE);
    }

    #[test]
    fn utf_8_goes_both_ways(text in any::<String>()) {
        let arena = Arena::new();
        let octets = encode(&text, CodePage(65001), &arena).unwrap();
        prop_assert_eq!(decode(octets, CodePage(65001), &arena), Some(text.as_str()));
    }
}
