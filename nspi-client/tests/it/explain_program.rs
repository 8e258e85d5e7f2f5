//! `nspi explain`, as people and scripts meet it.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value as Json;
use tempfile::NamedTempFile;

use crate::explain::vector;
use crate::program::{nspi, objects, out, refusal};

fn hex(octets: &[u8], between: &str) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(between)
}

fn file(contents: impl AsRef<[u8]>) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    fs::write(&file, contents).unwrap();
    file
}

async fn explained(contents: impl AsRef<[u8]>, arguments: &[&str]) -> String {
    let file = file(contents);
    out(&nspi(&[&["explain", file.path().to_str().unwrap()], arguments].concat()).await)
}

/// Lines of 16 octets, each made by `line` of its offset, its octets and its text.
fn dump(octets: &[u8], line: impl Fn(usize, &[u8], &str) -> String) -> String {
    let lines = octets.chunks(16).enumerate().map(|(number, chunk)| {
        let visible = |octet: &u8| if octet.is_ascii_graphic() { char::from(*octet) } else { '.' };
        line(16 * number, chunk, &chunk.iter().map(visible).collect::<String>())
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// As Python's `repr` shows `bytes`: what can be printed, is.
fn python(octets: &[u8]) -> String {
    let quote = if octets.contains(&b'\'') && !octets.contains(&b'"') { '"' } else { '\'' };
    let text: String = octets.iter().flat_map(|octet| octet.escape_ascii()).map(char::from).collect();
    format!(
        "b{quote}{}{quote}",
        text.replace(if quote == '"' { "\\'" } else { "\\\"" }, if quote == '"' { "'" } else { "\"" })
    )
}

#[tokio::test]
async fn hex_is_read_in_any_usual_layout() {
    // With text that looks like hex in the last line of a dump.
    let octets = [vector("pdu_bind"), b"\x05\x00\x13\x03\x10\0\0\0\x10\0\0\0abcd".to_vec()].concat();
    let expected = explained(&octets, &["--json"]).await;
    let groups = |chunk: &[u8]| chunk.chunks(2).map(|pair| hex(pair, "")).collect::<Vec<_>>().join(" ");
    let words = |chunk: &[u8]| {
        let word = |pair: &[u8]| pair.iter().rev().map(|octet| format!("{octet:02x}")).collect::<String>();
        chunk.chunks(2).map(word).collect::<Vec<_>>().join(" ")
    };
    let halves = |chunk: &[u8]| chunk.chunks(8).map(|half| hex(half, " ")).collect::<Vec<_>>().join("  ");
    let layouts = [
        ("plain", hex(&octets, "")),
        ("colons", hex(&octets, ":")),
        ("upper case, lines of 7", octets.chunks(7).map(|line| hex(line, " ").to_uppercase() + "\n").collect()),
        ("xxd", dump(&octets, |at, chunk, text| format!("{at:08x}: {:39}  {text}", groups(chunk)))),
        ("xxd -p", octets.chunks(30).map(|line| hex(line, "") + "\n").collect()),
        (
            "hexdump -C",
            dump(&octets, |at, chunk, text| format!("{at:08x}  {:48}  |{text}|", halves(chunk)))
                + &format!("{:08x}\n", octets.len()),
        ),
        (
            "hexdump",
            dump(&octets, |at, chunk, _| format!("{at:07x} {}", words(chunk))) + &format!("{:07x}\n", octets.len()),
        ),
        ("Wireshark", dump(&octets, |at, chunk, text| format!("{at:04x}   {:47}   {text}", hex(chunk, " ")))),
        ("tcpdump -X", dump(&octets, |at, chunk, text| format!("\t0x{at:04x}:  {:39}  {text}", groups(chunk)))),
        (
            "C array",
            octets.iter().fold("char peer0_0[] = { /* Packet 12 */\n".to_owned(), |mut text, octet| {
                write!(text, "0x{octet:02X}, ").unwrap();
                text
            }) + "};",
        ),
        (
            "with comments",
            octets.chunks(8).fold("# 0x05 is a version\n".to_owned(), |mut text, line| {
                writeln!(text, "{} # flags 0x03, {{a: b}}", hex(line, " ")).unwrap();
                text
            }),
        ),
        ("Python's bytes", format!(">>> pdu # what's this?\n{}\n", python(&octets))),
        (
            "C literals",
            octets.chunks(9).fold(String::new(), |mut text, line| {
                writeln!(text, "\"{}\" // 0x00 \"", line.escape_ascii()).unwrap();
                text
            }),
        ),
        ("escaped", octets.iter().map(|octet| format!("\\x{octet:02x}")).collect()),
    ];
    for (layout, text) in layouts {
        assert_eq!(explained(&text, &["--json"]).await, expected, "{layout}:\n{text}");
    }
}

#[tokio::test]
async fn equal_lines_that_hexdump_left_out_are_put_back() {
    let dump = "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n\
                00000030  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n00000040\n";
    let text = explained(dump, &["--request", "2"]).await;
    assert!(text.starts_with("stub of NspiUpdateStat (opnum 2), request, NDR 2.0: 64 octets\n"), "{text}");
}

#[tokio::test]
async fn a_lesson_names_each_field_its_value_and_its_meaning() {
    let octets = [vector("pdu_bind"), vector("pdu_bind_ack"), vector("pdu_nspibind_req")].concat();
    let text = explained([octets, vector("pdu_nspibind_resp_logonfailed")].concat(), &["--check"]).await;
    for line in [
        "PDU 1: Bind: 72 octets",
        "0020  18 5a cc f5 64 42 1a 10      if_uuid                    f5cc5a18-4264-101a-8c59-08002b2f8426  NSPI",
        "PDU 3: Request, NspiBind: 84 octets at 0x0084",
        "stub of NspiBind (opnum 0), request, NDR 2.0: 60 octets at 0x009c",
        "001c  e4 04 00 00                CodePage                     1252 (0x4e4)  windows-1252",
        "stub of NspiBind (opnum 0), response, NDR 2.0: 28 octets at 0x00f0",
        "0018  11 01 04 80              status                         0x80040111  MAPI_E_LOGON_FAILED",
        "      written alike",
    ] {
        assert!(text.lines().any(|found| found == line), "{line:?} is not in\n{text}");
    }
}

#[tokio::test]
async fn json_has_the_fields_of_each_part() {
    let text = explained(vector("pdu_nspibind_req"), &["--json", "--interface", "nspi"]).await;
    let parts: Json = serde_json::from_str(&text).unwrap();
    assert_eq!((&parts[0]["title"], &parts[1]["at"]), (&"PDU 1: Request, NspiBind".into(), &24.into()));
    let locale = parts[1]["fields"].as_array().unwrap().iter().find(|field| field["field"] == "pStat.SortLocale");
    let expected = serde_json::json!({
        "offset": 36, "octets": "09040000", "field": "pStat.SortLocale", "kind": "unsigned", "value": 0x409,
        "meaning": "en-US",
    });
    assert_eq!(*locale.unwrap(), expected);
}

#[tokio::test]
async fn an_error_points_at_the_octet_behind_all_that_could_be_read() {
    let stub = vector("queryrows_req_etable");
    let output = nspi(&["explain", &hex(&stub[..0x60], ""), "--request", "3"]).await;
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    let end: Vec<&str> = text.lines().rev().take(3).collect();
    assert_eq!(end[2], "005c  02 00 00 00                cValues                      2");
    assert_eq!(
        end[1].trim_end(),
        "0060                           pPropTags.PropertyTagArray_r: 4 octets needed, 0 left"
    );
    assert_eq!(end[0], "      ^^ here reading ended");
}

#[tokio::test]
async fn check_ends_with_1_where_other_octets_would_have_been_written() {
    // max_count 2 in place of cValues + 1: read for the sake of those who send it, never written.
    let mut stub = vector("queryrows_req_etable");
    stub[0x58] = 2;
    let hex = hex(&stub, " ");
    assert!(!out(&nspi(&["explain", &hex, "--request", "3"]).await).contains("differs"));
    let output = nspi(&["explain", &hex, "--request", "3", "--check"]).await;
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.ends_with("0058  differs: 02 00 00 00 came, 03 00 00 00 would have been written\n"), "{text}");
    let output = nspi(&["explain", &hex, "--request", "3", "--check", "--json"]).await;
    assert_eq!(objects(&output)[0][0]["differences"][0]["ours"], "03000000");
}

#[tokio::test]
async fn what_octets_do_not_say_is_asked_for() {
    let text = refusal(&nspi(&["explain", "00 00 00 00"]).await, 2);
    assert!(text.contains("--request OPNUM or --response OPNUM"), "{text}");
    let text = refusal(&nspi(&["explain", "no/such/file"]).await, 2);
    assert!(text.contains("neither hex digits nor a file"), "{text}");
    let text = refusal(&nspi(&["explain", "050"]).await, 2);
    assert!(text.contains("an odd number of hex digits, 3, in \"050\""), "{text}");
    let capture = file([0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0]);
    let text = refusal(&nspi(&["explain", capture.path().to_str().unwrap()]).await, 2);
    assert!(text.contains("this is a capture: nspi-trace reads it"), "{text}");
    let text = out(&nspi(&["explain", &python(&vector("pdu_bind"))]).await);
    assert!(text.starts_with("PDU 1: Bind: 72 octets"), "{text}");
    let text = explained(vector("pdu_nspibind_resp_logonfailed"), &[]).await;
    assert!(text.contains("no request among these octets says which operation this answers"), "{text}");
    let text = explained(vector("pdu_nspibind_resp_logonfailed"), &["--pdu", "--response", "0"]).await;
    assert!(text.contains("MAPI_E_LOGON_FAILED"), "{text}");
}
