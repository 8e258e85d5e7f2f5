//! `.reg` files: every encoding and form that regedit takes, and every mistake that Windows keeps silent about.

use nspi_server::config::registry::{Finding, Problem, RegistryError, RegistrySettings, RegistryValue};
use proptest::prelude::*;

const PARAMETERS: &str = r"HKEY_LOCAL_MACHINE\System\CurrentControlSet\Services\NTDS\Parameters";
const DIAGNOSTICS: &str = r"HKEY_LOCAL_MACHINE\System\CurrentControlSet\Services\NTDS\Diagnostics";

fn file(body: &str) -> String {
    format!("Windows Registry Editor Version 5.00\r\n\r\n{}\r\n", body.replace('\n', "\r\n"))
}

fn parse(body: &str) -> RegistrySettings {
    RegistrySettings::parse(file(body).as_bytes()).unwrap()
}

/// What stands under the key of the cap.
fn parameters(lines: &str) -> RegistrySettings {
    parse(&format!("[{PARAMETERS}]\n{lines}"))
}

fn only_finding(settings: &RegistrySettings) -> &Finding {
    let [finding] = settings.findings.as_slice() else { panic!("{:?}", settings.findings) };
    finding
}

#[test]
fn every_encoding_of_regedit_is_read() {
    let text = file(&format!("[{PARAMETERS}]\n\"NSPI max sessions per user\"=dword:000000fa\n\"é\"=\"山\""));
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big_endian: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let regedit4 = text.replace("Windows Registry Editor Version 5.00", "REGEDIT4");
    let shift_jis = regedit4.replace('é', "e").replace('山', "R").replace("R\"", "\u{1}");
    let eight_bit: Vec<u8> =
        shift_jis.bytes().flat_map(|octet| if octet == 1 { vec![0x8e, 0x52, b'"'] } else { vec![octet] }).collect();
    for (encoding, octets) in [
        ("UTF-16LE with mark", [b"\xff\xfe", utf16.as_slice()].concat()),
        ("UTF-16LE without", utf16.clone()),
        ("UTF-16BE with mark", [b"\xfe\xff", big_endian.as_slice()].concat()),
        ("UTF-8 with mark", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("UTF-8 without", text.clone().into_bytes()),
        ("REGEDIT4, 8 bits", eight_bit),
    ] {
        let settings = RegistrySettings::parse(&octets).unwrap();
        assert_eq!(settings.max_sessions_per_user, Some(250), "{encoding}");
        assert_eq!(settings.findings, [], "{encoding}");
    }
}

#[test]
fn what_regedit_did_not_write_is_refused_with_the_line_that_is_expected() {
    for octets in [b"".as_slice(), b"[limits]\n", b"REGEDIT5\r\n", b"\xff\xfe", b"\0\0\0"] {
        let error = RegistrySettings::parse(octets).unwrap_err();
        assert!(matches!(error, RegistryError::NotARegFile));
        assert!(error.to_string().contains("Windows Registry Editor Version 5.00"), "{error}");
    }
}

#[test]
fn both_values_are_read_and_their_whole_range() {
    for (digits, cap) in [("00000000", 0), ("32", 50), ("ffffffff", u32::MAX), ("FFFFFFFE", u32::MAX - 1)] {
        let settings = parse(&format!(
            "[{PARAMETERS}]\n\"NSPI max sessions per user\"=dword:{digits}\n\n[{DIAGNOSTICS}]\n\"4 MAPI Interface Events\"=dword:5"
        ));
        assert_eq!(settings.max_sessions_per_user, Some(cap));
        assert_eq!(settings.mapi_interface_events, Some(5));
        assert_eq!(settings.findings, []);
    }
}

#[test]
fn keys_and_names_compare_without_case() {
    let settings = parse(
        "[hkey_local_machine\\SYSTEM\\currentcontrolset\\services\\ntds\\parameters]\n\"nspi MAX Sessions Per User\"=DWORD:10",
    );
    assert_eq!(settings.max_sessions_per_user, Some(16));
    assert_eq!(settings.findings, []);
}

#[test]
fn comments_continuations_spaces_and_other_values_are_passed_over() {
    let settings = parameters(concat!(
        "; the article's first value\n",
        "\"DSA Database file\"=\"C:\\\\Windows\\\\NTDS\\\\ntds.dit\"\n",
        "\"NSPI interface protocol sequences\"=hex(7):6e,00,63,00,61,00,63,00,6e,00,5f,00,68,\\\n",
        "  00,74,00,74,00,70,00,00,00,00,00\n",
        "@=\"default\" ; a comment\n",
        "  \"NSPI max sessions per user\" = dword:000000fa ; relief\n",
    ));
    assert_eq!(settings.max_sessions_per_user, Some(250));
    assert_eq!(settings.findings, []);
}

#[test]
fn hex_4_with_four_octets_is_a_dword() {
    assert_eq!(parameters("\"NSPI max sessions per user\"=hex(4):fa,00,\\\n  00,00").max_sessions_per_user, Some(250));
}

#[test]
fn the_last_line_holds_and_deletions_delete() {
    let set = "\"NSPI max sessions per user\"=dword:fa\n";
    assert_eq!(parameters(&format!("{set}\"nspi max sessions per user\"=dword:64")).max_sessions_per_user, Some(100));
    assert_eq!(parameters(&format!("{set}\"NSPI max sessions per user\"=-")).max_sessions_per_user, None);
    let above = r"[-HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\NTDS]";
    assert_eq!(parameters(&format!("{set}{above}")).max_sessions_per_user, None);
    let neighbour = r"[-HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\NTD]";
    assert_eq!(parameters(&format!("{set}{neighbour}")).max_sessions_per_user, Some(250));
}

#[test]
fn the_value_under_ntds_has_no_effect_and_the_right_key_is_named() {
    let key = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\NTDS";
    let settings = parse(&format!("[{key}]\n\"NSPI max sessions per user\"=dword:000000fa"));
    assert_eq!(settings.max_sessions_per_user, None);
    let finding = only_finding(&settings);
    assert_eq!(finding.problem, Problem::WrongKey { key: key.to_owned() });
    assert_eq!(
        finding.to_string(),
        r#"line 4: `NSPI max sessions per user` stands under [HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\NTDS], where Windows does not look for it; it has no effect; write "NSPI max sessions per user"=dword:000000fa under [HKEY_LOCAL_MACHINE\System\CurrentControlSet\Services\NTDS\Parameters]"#
    );
}

#[test]
fn the_short_root_name_and_the_other_services_are_wrong_keys_too() {
    for key in [
        r"HKLM\System\CurrentControlSet\Services\NTDS\Parameters",
        r"HKEY_LOCAL_MACHINE\System\CurrentControlSet\Services\NTDS\Diagnostics",
        r"HKEY_LOCAL_MACHINE\System\CurrentControlSet\Services\MSExchangeSA\Parameters",
        r"HKEY_LOCAL_MACHINE\System\CurrentControlSet\Services\NTDS\Parameters\Below",
    ] {
        let settings = parse(&format!("[{key}]\n\"NSPI max sessions per user\"=dword:000000fa"));
        assert_eq!(settings.max_sessions_per_user, None);
        assert_eq!(only_finding(&settings).problem, Problem::WrongKey { key: key.to_owned() });
    }
}

#[test]
fn a_numbered_control_set_is_reported_unless_the_current_one_is_set_too() {
    let numbered = "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\NTDS\\Parameters]\n\"NSPI max sessions per user\"=dword:64\n";
    let settings = parse(numbered);
    assert_eq!(settings.max_sessions_per_user, None);
    assert!(matches!(only_finding(&settings).problem, Problem::NumberedControlSet { .. }));

    let settings = parse(&format!("{numbered}[{PARAMETERS}]\n\"NSPI max sessions per user\"=dword:64"));
    assert_eq!(settings.max_sessions_per_user, Some(100));
    assert_eq!(settings.findings, []);
}

#[test]
fn another_type_has_no_effect_and_is_named_with_the_dword_to_write() {
    for (data, found, number) in [
        ("\"250\"", "REG_SZ", Some(250)),
        ("\"0xFA\"", "REG_SZ", Some(250)),
        ("\"many\"", "REG_SZ", None),
        ("hex(b):fa,00,00,00,00,00,00,00", "REG_QWORD", Some(250)),
        ("hex(b):00,00,00,00,01,00,00,00", "REG_QWORD", None),
        ("hex:fa,00,00,00", "REG_BINARY", Some(250)),
        ("hex(2):32,00,35,00,30,00,00,00", "REG_EXPAND_SZ", None),
        ("hex(7):32,00,00,00,00,00", "REG_MULTI_SZ", None),
        ("hex(5):00,00,00,fa", "REG_DWORD_BIG_ENDIAN", None),
        ("hex(4):fa,00", "REG_DWORD of other than four octets", Some(250)),
        ("hex(0):", "REG_NONE", None),
        ("hex(63):01", "type 99", None),
    ] {
        let settings = parameters(&format!("\"NSPI max sessions per user\"={data}"));
        assert_eq!(settings.max_sessions_per_user, None, "{data}");
        let finding = only_finding(&settings);
        assert_eq!(finding.problem, Problem::WrongType { found: found.to_owned() }, "{data}");
        assert_eq!(finding.number, number, "{data}");
        assert!(finding.to_string().contains("reads only a REG_DWORD"), "{finding}");
    }
}

#[test]
fn a_name_that_only_looks_like_the_right_one_is_reported() {
    for name in [
        "NSPI max sessions  per user",
        " NSPI max sessions per user",
        "NSPImaxsessionsperuser",
        "NSPI_max_sessions_per_user",
        "NSPI max session per user",
        "NSPI max sessions per users",
        "NSPI max connections per user",
        "MaxNspiSessions",
        "NSP max sessions per user",
        "ユーザーごとの最大セッション数",
        "NSPI ユーザーあたりの最大セッション数",
        "NSPI max sessions per\u{a0}user",
    ] {
        let settings = parameters(&format!("\"{name}\"=dword:000000fa"));
        assert_eq!(settings.max_sessions_per_user, None, "{name}");
        let finding = only_finding(&settings);
        assert_eq!(finding.meant, RegistryValue::MaxSessionsPerUser, "{name}");
        assert_eq!(finding.problem, Problem::LooksLike { name: name.to_owned() });
        assert!(finding.to_string().contains("\"NSPI max sessions per user\"=dword:000000fa under ["), "{finding}");
    }
}

#[test]
fn what_is_plainly_something_else_is_not_reported() {
    let settings = parameters("\"Ldap Server Integrity\"=dword:1\n\"TCP/IP Port\"=dword:c000\n\"名前\"=\"text\"");
    assert_eq!(settings, RegistrySettings::default());
    let settings = parse("[HKEY_LOCAL_MACHINE\\SOFTWARE\\NSPI]\n\"NSPI max\"=dword:1\n\"名前\"=dword:1");
    assert_eq!(settings, RegistrySettings::default());
    let diagnostics =
        ["1 Knowledge Consistency Checker", "5 Replication Events", "6 ExDS Interface Events", "15 Field Engineering"]
            .map(|name| format!("\"{name}\"=dword:0\n"))
            .concat();
    assert_eq!(parse(&format!("[{DIAGNOSTICS}]\n{diagnostics}")), RegistrySettings::default());
}

#[test]
fn a_level_beyond_five_and_a_name_near_the_level_are_reported() {
    let settings =
        parse(&format!("[{DIAGNOSTICS}]\n\"4 MAPI Interface Events\"=dword:6\n\"MAPI Interface Events\"=dword:5"));
    assert_eq!(settings.mapi_interface_events, None);
    let [level, name] = settings.findings.as_slice() else { panic!("{:?}", settings.findings) };
    assert_eq!((&level.problem, level.number), (&Problem::OutOfRange { number: 6 }, None));
    assert_eq!(
        (&name.problem, name.number),
        (&Problem::LooksLike { name: "MAPI Interface Events".to_owned() }, Some(5))
    );
    assert!(settings.findings.iter().all(|finding| finding.meant == RegistryValue::MapiInterfaceEvents));
}

#[test]
fn lines_that_regedit_skips_are_reported_with_their_number() {
    for line in [
        "\"NSPI max sessions per user\"=dword:0x000000fa",
        "\"NSPI max sessions per user\"=dword:0000000fa",
        "\"NSPI max sessions per user\"=dword:",
        "\"NSPI max sessions per user\"=250",
        "NSPI max sessions per user=dword:000000fa",
        "\"NSPI max sessions per user\"=\"250",
        "\"NSPI max sessions per user\"=hex:zz",
    ] {
        let settings = parameters(line);
        assert_eq!(settings.max_sessions_per_user, None, "{line}");
        let finding = only_finding(&settings);
        assert_eq!((finding.line, &finding.problem), (4, &Problem::Unreadable { text: line.to_owned() }));
    }
    let above_any_key = parse("\"NSPI max sessions per user\"=dword:000000fa");
    assert_eq!(only_finding(&above_any_key).line, 3);
}

#[test]
fn findings_hold_no_control_characters() {
    let settings = parameters("\"NSPI max\u{1b}[2J\"=dword:1");
    assert!(!only_finding(&settings).to_string().contains('\u{1b}'));
}

proptest! {
    #[test]
    fn no_octets_panic(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = RegistrySettings::parse(&octets);
        let _ = RegistrySettings::parse(&[b"REGEDIT4\r\n".as_slice(), &octets].concat());
    }

    #[test]
    fn no_text_panics_and_every_finding_speaks(
        lines in proptest::collection::vec("(\\[-?|\"|@|=|dword:|hex\\(b\\):|[0-9a-f]{1,9},?|\\\\|;|\\]|NSPI|山|[ -~]){0,12}", 0..12)
    ) {
        let settings = parameters(&lines.join("\n"));
        for finding in &settings.findings {
            prop_assert!(finding.line > 3);
            prop_assert!(finding.to_string().contains("has no effect"));
        }
    }

    #[test]
    fn every_cap_is_read_back(cap: u32) {
        prop_assert_eq!(parameters(&format!("\"NSPI max sessions per user\"=dword:{cap:08x}")).max_sessions_per_user, Some(cap));
    }
}
