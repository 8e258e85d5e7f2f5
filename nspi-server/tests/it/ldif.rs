//! [RFC 2849] content records: what is read, and what is refused with its line.

use nspi_server::ldif::{Entry, LdifError, LdifErrorKind, MAX_LINE, parse};
use proptest::prelude::*;

fn refused(text: &str) -> (usize, LdifErrorKind) {
    let LdifError { line, kind } = parse(text.as_bytes()).unwrap_err();
    (line, kind)
}

fn one(text: &str) -> Entry {
    let mut entries = parse(text.as_bytes()).unwrap();
    assert_eq!(entries.len(), 1);
    entries.remove(0)
}

#[test]
fn records_are_parted_by_empty_lines_and_keep_the_order_of_values() {
    let text = "version: 1\n\ndn: cn=a,dc=acme\nmember: x\ncn: a\nMember: y\n\n\n\ndn: cn=b,dc=acme\ncn: b";
    for text in [text.to_owned(), text.replace('\n', "\r\n"), format!("\u{feff}{text}\n\n")] {
        let entries = parse(text.as_bytes()).unwrap();
        assert_eq!(entries.iter().map(|entry| entry.dn.as_str()).collect::<Vec<_>>(), ["cn=a,dc=acme", "cn=b,dc=acme"]);
        assert_eq!(entries.iter().map(|entry| entry.line).collect::<Vec<_>>(), [3, 10]);
        assert_eq!(entries[0].texts("MEMBER").collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(entries[0].attributes().map(|(name, _)| name).collect::<Vec<_>>(), ["cn", "member"]);
        assert_eq!(entries[1].text("member"), None);
    }
}

#[test]
fn folded_lines_are_joined_without_their_blank() {
    // RFC 2849, example 3: a fold may stand anywhere, even within a word.
    let entry = one("dn:cn=Barbara J Jensen, ou=Product Dev\n elopment, dc=airius\ndescription: a \n folded  \n  line");
    assert_eq!(entry.dn, "cn=Barbara J Jensen, ou=Product Development, dc=airius");
    assert_eq!(entry.text("description"), Some("a folded   line"));
}

#[test]
fn base64_gives_octets_and_names_may_be_base64_too() {
    let entry = one("dn:: Y249xb1vZmllLGRjPWFjbWU=\nobjectGUID:: AP8QgA==\ncn:: Wm9maWUg\n w4VuZ3N0csO2bQ==");
    assert_eq!(entry.dn, "cn=Žofie,dc=acme");
    assert_eq!(entry.values("objectguid").collect::<Vec<_>>(), [[0x00, 0xff, 0x10, 0x80]]);
    assert_eq!(entry.text("objectGUID"), None, "octets are no text");
    assert_eq!(entry.text("cn"), Some("Zofie Ångström"));
}

#[test]
fn comments_are_passed_over_with_their_folds() {
    let entry = one("# a comment\n  goes on\nversion: 1\n# before\ndn: cn=a\n# within\n one\ncn: a");
    assert_eq!((entry.dn.as_str(), entry.attributes().count()), ("cn=a", 1));
}

#[test]
fn values_may_be_empty_begin_with_blanks_or_be_bare_utf8() {
    let entry =
        one("dn: cn=a\ndescription:\ntitle:   three blanks\ndisplayName: 山田太郎\ncn;lang-ja: 太郎\nurl: http://a:1/");
    assert_eq!(entry.text("description"), Some(""));
    assert_eq!(entry.text("title"), Some("three blanks"));
    assert_eq!(entry.text("displayName"), Some("山田太郎"));
    assert_eq!((entry.text("cn"), entry.text("cn;LANG-ja")), (None, Some("太郎")));
    assert_eq!(entry.text("url"), Some("http://a:1/"));
}

#[test]
fn an_empty_file_has_no_entries() {
    for text in ["", "\n\n", "version: 1\n", "# nothing\n"] {
        assert_eq!(parse(text.as_bytes()), Ok(vec![]), "{text:?}");
    }
}

#[test]
fn what_is_no_content_record_is_refused_with_its_line() {
    use LdifErrorKind as Kind;
    for (text, line, kind) in [
        ("version: 2\n", 1, Kind::Version),
        ("dn: cn=a\nno colon\n", 2, Kind::Syntax),
        ("dn: cn=a\n\n\ncn: a\n", 4, Kind::NoName),
        ("dn: cn=a\ncn: a\ndn: cn=b\n", 3, Kind::TwoNames),
        ("dn:: /w==\n", 1, Kind::NameNotUtf8),
        ("dn: cn=a\nphoto:: not base64!\n", 2, Kind::Base64),
        ("dn: cn=a\nphoto:< file:///etc/passwd\n", 2, Kind::Url),
        ("dn: cn=a\nchangetype: add\n", 2, Kind::ChangeRecord),
        ("dn: cn=a\ncontrol: 1.2.3\n", 2, Kind::ChangeRecord),
        (" cn=a\n", 1, Kind::NothingToContinue),
        ("dn: cn=a\n\n cn: a\n", 3, Kind::NothingToContinue),
        ("dn: cn=a\nc n: a\n", 2, Kind::Syntax),
        (": a\n", 1, Kind::Syntax),
        ("dn: cn=a\nversion: 1\ncn", 3, Kind::Syntax),
    ] {
        assert_eq!(refused(text), (line, kind), "{text:?}");
    }
    assert!(parse(b"dn: cn=a\nx:<y").unwrap_err().to_string().starts_with("line 2: values by URL (`:<`)"));
}

#[test]
fn a_line_beyond_the_bound_is_refused_whole_or_folded() {
    let fits = format!("dn: cn=a\ncn:{}", "x".repeat(MAX_LINE - 3));
    assert_eq!(one(&fits).text("cn").map(str::len), Some(MAX_LINE - 3));
    assert_eq!(refused(&format!("{fits}x")), (2, LdifErrorKind::TooLong));
    assert_eq!(refused(&format!("{fits}\n x")), (2, LdifErrorKind::TooLong));
}

proptest! {
    #[test]
    fn no_octets_panic(octets in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&octets);
        let _ = parse(&[b"dn: cn=a\n", octets.as_slice()].concat());
    }

    #[test]
    fn no_text_panics(lines in proptest::collection::vec("(dn|cn|version|changetype|#| |::?<? ?|[A-Za-z0-9+/=]{0,5}|山){0,8}", 0..12)) {
        let _ = parse(lines.join("\n").as_bytes());
    }

    #[test]
    fn values_come_back_whole_however_they_are_folded(
        values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 1..6), width in 1_usize..20
    ) {
        use base64::Engine;
        let mut text = "dn: cn=a\n".to_owned();
        for value in &values {
            text.push_str("photo:: ");
            for (index, c) in base64::engine::general_purpose::STANDARD.encode(value).chars().enumerate() {
                if index % width == 0 {
                    text.push_str("\r\n ");
                }
                text.push(c);
            }
            text.push_str("\r\n");
        }
        let entries = parse(text.as_bytes()).unwrap();
        prop_assert_eq!(entries[0].values("photo").map(<[u8]>::to_vec).collect::<Vec<_>>(), values);
    }
}
