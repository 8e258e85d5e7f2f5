//! A lesson as lines for people, and as JSON.

use std::fmt::Write as _;

use nspi_client::explain::{Difference, Field, Part, Scalar};
use nspi_proto::ndr::{Kind, Step};
use serde_json::{Value as Json, json};

use crate::output::clean;

/// Octets on a line, and how wide they and their names are shown.
const OCTETS: usize = 8;
const NAMES: usize = 30;
/// Lines of octets that a long field is shown with; the rest is counted.
const LINES: usize = 4;

pub(super) fn lesson(parts: &[Part], check: bool) -> String {
    let parts: Vec<String> = parts.iter().map(|part| one(part, check)).collect();
    parts.join("\n")
}

fn one(part: &Part, check: bool) -> String {
    let mut text = String::new();
    let place = match part.at {
        Some(0) => String::new(),
        Some(at) => format!(" at {at:#06x}"),
        None => " put together from fragments".to_owned(),
    };
    let _ = writeln!(text, "{}: {}{place}", part.title, octets(part.octets.len()));
    let mut path: &[Step] = &[];
    for field in &part.fields {
        headings(&mut text, path, &field.path);
        path = &field.path;
        line(&mut text, field);
    }
    if let Some(trouble) = &part.trouble {
        let rest: Vec<u8> = part.octets.iter().skip(trouble.offset).take(OCTETS).copied().collect();
        let _ = writeln!(text, "{:04x}  {:24} {}: {}", trouble.offset, digits(&rest), trouble.field, trouble.what);
        let _ = writeln!(text, "      ^^ here reading ended");
    }
    for remark in &part.remarks {
        let _ = writeln!(text, "      {}", clean(remark));
    }
    match &part.differences {
        Some(differences) if check && differences.is_empty() => text.push_str("      written alike\n"),
        Some(differences) if check => differences.iter().for_each(|difference| differs(&mut text, difference)),
        _ => {}
    }
    text
}

/// Lines for the values that begin here.
fn headings(text: &mut String, before: &[Step], path: &[Step]) {
    let common = before.iter().zip(path).take_while(|(a, b)| a == b).count();
    let mut depth = 0;
    let mut name = String::new();
    for (place, step) in path.iter().enumerate() {
        match step {
            Step::Member(member) => name = (*member).to_owned(),
            Step::Element(element) => {
                let _ = write!(name, "[{element}]");
            }
        }
        let ends = !matches!(path.get(place + 1), Some(Step::Element(_)));
        if ends {
            if place >= common {
                let _ = writeln!(text, "{:30} {}{name}", "", "  ".repeat(depth));
            }
            depth += 1;
            name.clear();
        }
    }
}

fn depth(path: &[Step]) -> usize {
    path.iter().enumerate().filter(|(place, _)| !matches!(path.get(place + 1), Some(Step::Element(_)))).count()
}

fn line(text: &mut String, field: &Field) {
    let name = format!("{}{}", "  ".repeat(depth(&field.path)), field.name);
    let says = match (field.kind, &field.meaning) {
        (Kind::Pad, Some(meaning)) => meaning.clone(),
        (Kind::Pointer, Some(meaning)) => format!("pointer, {meaning}"),
        (_, Some(meaning)) => format!("{}  {meaning}", field.value),
        (_, None) => field.value.to_string(),
    };
    let mut chunks = field.octets.chunks(OCTETS);
    let first = chunks.next().unwrap_or_default();
    let says = clean(&says);
    let _ = writeln!(text, "{:04x}  {:24} {name:NAMES$} {says}", field.offset, digits(first));
    for (place, chunk) in (1..LINES).zip(chunks.by_ref()) {
        let _ = writeln!(text, "{:04x}  {}", field.offset + place * OCTETS, digits(chunk));
    }
    let left: usize = chunks.map(<[u8]>::len).sum();
    if left > 0 {
        let _ = writeln!(text, "      .. {left} more");
    }
}

fn differs(text: &mut String, difference: &Difference) {
    let Difference { offset, came, ours, remark } = difference;
    let _ = match remark {
        Some(remark) => writeln!(text, "{offset:04x}  differs: {remark}"),
        None if ours.is_empty() => {
            writeln!(text, "{offset:04x}  differs: {} came, nothing would have been written", digits(came))
        }
        None => {
            writeln!(text, "{offset:04x}  differs: {} came, {} would have been written", digits(came), digits(ours))
        }
    };
}

fn octets(count: usize) -> String {
    if count == 1 { "1 octet".to_owned() } else { format!("{count} octets") }
}

fn digits(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(" ")
}

/// A part for programs.
pub(super) fn object(part: &Part, check: bool) -> Json {
    let fields: Vec<Json> = part.fields.iter().map(field).collect();
    let trouble = part.trouble.as_ref();
    let differences = part.differences.as_ref().filter(|_| check).map(|all| all.iter().map(difference).collect());
    let differences: Option<Vec<Json>> = differences;
    json!({
        "title": part.title,
        "at": part.at,
        "length": part.octets.len(),
        "fields": fields,
        "error": trouble.map(|trouble| json!({
            "offset": trouble.offset, "field": trouble.field, "what": trouble.what,
        })),
        "remarks": part.remarks,
        "differences": differences,
    })
}

fn field(field: &Field) -> Json {
    let value = match &field.value {
        Scalar::Unsigned(number) => json!(number),
        Scalar::Signed(number) => json!(number),
        Scalar::Text(text) => json!(text),
        Scalar::Uuid(uuid) => json!(uuid.to_string()),
        Scalar::Octets(octets) => json!(hex(octets)),
    };
    json!({
        "offset": field.offset,
        "octets": hex(&field.octets),
        "field": field.full_name(),
        "kind": format!("{:?}", field.kind).to_lowercase(),
        "value": value,
        "meaning": field.meaning,
    })
}

fn difference(difference: &Difference) -> Json {
    let Difference { offset, came, ours, remark } = difference;
    json!({ "offset": offset, "came": hex(came), "ours": hex(ours), "remark": remark })
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
