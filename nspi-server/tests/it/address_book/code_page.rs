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
        ("Ångström", 20261, b"\xcaAngstr\xc8om"),
        ("Ångström", 28591, b"\xc5ngstr\xf6m"),
        ("Ångström", 437, b"\x8fngstr\x94m"),
        ("Žofie", 852, b"\xa6ofie"),
        ("Übel Šťáva", 850, b"\x9abel ??\xa0va"),
        ("Дмитрий", 866, b"\x84\xac\xa8\xe2\xe0\xa8\xa9"),
        ("Ελένη", 737, b"\x84\xa2\xe2\xa4\x9e"),
    ] {
        assert_eq!(encode(text, CodePage(code_page), &arena), Some(octets), "{code_page}");
        let back = text.chars().map(|c| if octets.contains(&b'?') && "Šť".contains(c) { '?' } else { c });
        assert_eq!(decode(octets, CodePage(code_page), &arena), Some(&*back.collect::<String>()), "{code_page}");
    }
}

#[test]
fn what_a_code_page_lacks_becomes_a_question_mark() {
    let arena = Arena::new();
    assert_eq!(encode("Ž山o", CodePage(1252), &arena), Some(&b"\x8e?o"[..]));
    assert_eq!(encode("Ž山Å", CodePage::TELETEX, &arena), Some(&b"\xcfZ?\xcaA"[..]));
    assert_eq!(encode("é€", CodePage(20127), &arena), Some(&b"??"[..]), "ASCII has no eighth bit");
    assert_eq!(encode("é€\u{80}", CodePage(28591), &arena), Some(&b"\xe9?\x80"[..]), "no additions of Windows' own");
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

/// The pairs of `teletex.txt`.
fn teletex() -> Vec<(Vec<u8>, &'static str)> {
    let lines = include_str!("teletex.txt").lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.map(|line| line.split_once('\t').unwrap());
    let octets = |hex: &str| hex.split(' ').map(|octet| u8::from_str_radix(octet, 16).unwrap()).collect();
    pairs.map(|(hex, text)| (octets(hex), text)).collect()
}

#[test]
fn teletex_is_what_another_implementation_of_t_61_makes_of_it() {
    let arena = Arena::new();
    let pairs = teletex();
    assert_eq!(pairs.len(), 217);
    for (octets, text) in pairs {
        assert_eq!(decode(&octets, CodePage::TELETEX, &arena), Some(text), "{octets:02X?}");
        assert_eq!(
            encode(text, CodePage::TELETEX, &arena).unwrap(),
            if octets == [0xA4] || octets == [0xA6] { text.as_bytes() } else { &octets }
        );
    }
    let cousins = [("Đ", &b"\xe2"[..]), ("Ð", b"\xe2"), ("Ω", b"\xe0"), ("e\u{301}", b"\xc2e"), ("ẽ", b"?")];
    for (text, octets) in cousins {
        assert_eq!(encode(text, CodePage::TELETEX, &arena), Some(octets), "{text}");
    }
}

#[test]
fn octets_that_are_no_teletex_are_no_characters() {
    let arena = Arena::new();
    for (octets, text) in [
        (&b"a\xc2"[..], "a\u{FFFD}"),
        (b"\xc2\xc3e", "\u{FFFD}ê"),
        (b"\xc2\ne", "\u{FFFD}\ne"),
        (b"\xc0\xd5\xff", "\u{FFFD}\u{FFFD}\u{FFFD}"),
        (b"\xc8q!", "q\u{308}!"), // no character of its own, and yet what it says
        (b"\xc1 ", " \u{300}"),
    ] {
        assert_eq!(decode(octets, CodePage::TELETEX, &arena), Some(text), "{octets:02X?}");
    }
}

#[test]
fn ascii_and_latin_1_are_just_that() {
    let arena = Arena::new();
    assert_eq!(decode(b"a\x80\xe9", CodePage(20127), &arena), Some("a\u{FFFD}\u{FFFD}"));
    assert_eq!(decode(b"\x80\xe9", CodePage(28591), &arena), Some("\u{80}é"));
    assert_eq!(decode(b"\x80\xfd", CodePage(28599), &arena), Some("\u{80}ı"));
}

proptest! {
    #[test]
    fn teletex_that_was_written_is_read_as_it_was(text in "[ -~¡-¿Æßæøœ\u{300}-\u{30c}À-ž]{0,20}") {
        use unicode_normalization::UnicodeNormalization as _;
        let arena = Arena::new();
        let written = encode(&text, CodePage::TELETEX, &arena).unwrap();
        let read = decode(written, CodePage::TELETEX, &arena).unwrap();
        let expected: Vec<char> = text.nfc().collect();
        let read: Vec<char> = read.chars().collect();
        prop_assert_eq!(read.len(), expected.len());
        for (read, expected) in read.into_iter().zip(expected) {
            prop_assert!(read == expected || read == '?' || (read, expected) == ('Đ', 'Ð'), "{:?} for {:?}", read, expected);
        }
    }

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
