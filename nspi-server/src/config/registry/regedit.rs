//! The text that regedit exports and imports: which values a `.reg` file leaves set, and the lines it would skip.
//!
//! Accepted are both forms, `Windows Registry Editor Version 5.00` and `REGEDIT4`, in UTF-16 (either order, with or
//! without a byte-order mark), UTF-8 (with or without) and, for want of better, any 8-bit code page. This module knows
//! the syntax only: it is as forgiving as regedit, but where regedit skips a line in silence, it keeps the line's number.

use std::collections::BTreeMap;

/// What a `.reg` file leaves behind once all of its lines are carried out in turn.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RegFile {
    /// The values still set at the end, in the order of their lines.
    pub(super) values: Vec<Value>,
    /// Lines that regedit would skip without a word.
    pub(super) skipped: Vec<Skipped>,
}

/// One `"name"=data` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// The full key, as written.
    pub(super) key: String,
    /// The value's name, as written; empty for the default value `@`.
    pub(super) name: String,
    pub(super) data: Data,
    /// Counted from 1.
    pub(super) line: usize,
}

/// The data of a value, by what matters here: DWORDs, text, and everything else with its type number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Data {
    Dword(u32),
    Text(String),
    Octets { kind: u32, octets: Vec<u8> },
}

/// A line that has no effect because it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Skipped {
    /// The key it stands under; empty above the first one.
    pub(super) key: String,
    pub(super) text: String,
    pub(super) line: usize,
}

/// The first line is neither of the two that regedit knows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotARegFile;

const REG_BINARY: u32 = 3;
const REG_DWORD: u32 = 4;

/// Reads a whole file.
pub(super) fn parse(octets: &[u8]) -> Result<RegFile, NotARegFile> {
    let text = decode(octets);
    let mut lines = logical_lines(&text).peekable();
    while lines.next_if(|(_, line)| line.trim().is_empty()).is_some() {}
    match lines.next() {
        Some((_, line)) if matches!(line.trim(), "Windows Registry Editor Version 5.00" | "REGEDIT4") => {}
        _ => return Err(NotARegFile),
    }
    let mut state = State::default();
    for (number, line) in lines {
        state.line(number, line.trim());
    }
    let mut values: Vec<Value> = state.values.into_values().flat_map(BTreeMap::into_values).collect();
    values.sort_by_key(|value| value.line);
    Ok(RegFile { values, skipped: state.skipped })
}

impl Data {
    /// The number that data of another type spells.
    pub(super) fn number(&self) -> Option<u32> {
        match self {
            Data::Dword(number) => Some(*number),
            Data::Text(text) => {
                let text = text.trim();
                match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok(),
                    None => text.parse().ok(),
                }
            }
            // REG_BINARY, REG_DWORD of another length, REG_QWORD: least significant octet first.
            Data::Octets { kind: 3 | 4 | 11, octets } if (1..=8).contains(&octets.len()) => {
                let number = octets.iter().rev().fold(0_u64, |number, octet| number << 8 | u64::from(*octet));
                u32::try_from(number).ok()
            }
            Data::Octets { .. } => None,
        }
    }

    /// The names of winnt.h.
    pub(super) fn type_name(&self) -> String {
        let kind = match self {
            Data::Dword(_) => return "REG_DWORD".to_owned(),
            Data::Text(_) => return "REG_SZ".to_owned(),
            Data::Octets { kind, .. } => *kind,
        };
        match kind {
            0 => "REG_NONE".to_owned(),
            1 => "REG_SZ".to_owned(),
            2 => "REG_EXPAND_SZ".to_owned(),
            3 => "REG_BINARY".to_owned(),
            4 => "REG_DWORD of other than four octets".to_owned(),
            5 => "REG_DWORD_BIG_ENDIAN".to_owned(),
            6 => "REG_LINK".to_owned(),
            7 => "REG_MULTI_SZ".to_owned(),
            11 => "REG_QWORD".to_owned(),
            other => format!("type {other}"),
        }
    }
}

/// Octets to characters. `REGEDIT4` files are in the code page of the machine that wrote them, which they do not name:
/// what is no UTF-8 is taken as Latin-1, so that ASCII, all that is ever compared with, comes out right.
fn decode(octets: &[u8]) -> String {
    let utf16 = |octets: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = octets.as_chunks().0.iter().map(|pair| unit(*pair)).collect();
        String::from_utf16_lossy(&units)
    };
    match octets {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [b'W' | b'R', 0, ..] => utf16(octets, u16::from_le_bytes),
        _ => match std::str::from_utf8(octets) {
            Ok(text) => text.to_owned(),
            Err(_) => octets.iter().copied().map(char::from).collect(),
        },
    }
}

/// Lines with their numbers, those that end in a backslash joined with the next. Only hex data is continued so; a key or
/// a string that happens to end in one is a line of its own.
fn logical_lines(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    std::iter::from_fn(move || {
        let (number, first) = lines.next()?;
        let mut line = first.to_owned();
        let data = first.rsplit_once('=').map_or("", |(_, data)| data.trim_start());
        let hex = data.get(..3).is_some_and(|kind| kind.eq_ignore_ascii_case("hex"));
        while hex && line.trim_end().ends_with('\\') {
            line.truncate(line.trim_end().len() - 1);
            match lines.next() {
                Some((_, next)) => line.push_str(next.trim_start()),
                None => break,
            }
        }
        Some((number, line))
    })
}

/// Where the reading stands.
#[derive(Default)]
struct State {
    /// The key that values go to; `None` above the first one and under a deleted one.
    key: Option<String>,
    /// Folded key, then folded name: a repeated value replaces the earlier one.
    values: BTreeMap<String, BTreeMap<String, Value>>,
    skipped: Vec<Skipped>,
}

impl State {
    fn line(&mut self, line: usize, text: &str) {
        if text.is_empty() || text.starts_with(';') {
            return;
        }
        let understood = match text.strip_prefix('[') {
            Some(rest) => self.key_line(rest),
            None => self.value_line(line, text),
        };
        if understood.is_none() {
            self.skipped.push(Skipped { key: self.key.clone().unwrap_or_default(), text: text.to_owned(), line });
        }
    }

    /// `[key]` or `[-key]`, after the bracket; what follows the last closing one is ignored.
    fn key_line(&mut self, rest: &str) -> Option<()> {
        let (key, _) = rest.rsplit_once(']')?;
        if let Some(deleted) = key.strip_prefix('-') {
            let deleted = fold(deleted);
            self.values.retain(|key, _| !is_or_is_below(key, &deleted));
            self.key = None;
        } else {
            self.key = Some(key.to_owned());
        }
        Some(())
    }

    /// `"name"=data` or `@=data`; `-` as data deletes the value.
    fn value_line(&mut self, line: usize, text: &str) -> Option<()> {
        let key = self.key.as_ref()?;
        let (name, rest) = match text.strip_prefix('@') {
            Some(rest) => (String::new(), rest),
            None => quoted(text)?,
        };
        let data = rest.trim_start().strip_prefix('=')?.trim_start();
        let names = self.values.entry(fold(key)).or_default();
        if data == "-" {
            names.remove(&fold(&name));
        } else {
            let data = parse_data(data)?;
            names.insert(fold(&name), Value { key: key.clone(), name, data, line });
        }
        Some(())
    }
}

fn parse_data(text: &str) -> Option<Data> {
    if text.starts_with('"') {
        let (value, rest) = quoted(text)?;
        return is_end(rest).then_some(Data::Text(value));
    }
    let text = text.split_once(';').map_or(text, |(data, _comment)| data).trim_end();
    let (kind, digits) = text.split_once(':')?;
    let kind = kind.to_ascii_lowercase();
    if kind == "dword" {
        // regedit takes one to eight digits; more of them, a sign or a prefix void the line.
        let valid = (1..=8).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        return valid.then(|| u32::from_str_radix(digits, 16).ok())?.map(Data::Dword);
    }
    let kind = match kind.strip_prefix("hex")? {
        "" => REG_BINARY,
        number => u32::from_str_radix(number.strip_prefix('(')?.strip_suffix(')')?, 16).ok()?,
    };
    let octets = digits
        .split(',')
        .map(str::trim)
        .filter(|octet| !octet.is_empty())
        .map(|octet| u8::from_str_radix(octet, 16).ok())
        .collect::<Option<Vec<u8>>>()?;
    Some(match <[u8; 4]>::try_from(octets.as_slice()) {
        Ok(octets) if kind == REG_DWORD => Data::Dword(u32::from_le_bytes(octets)),
        _ => Data::Octets { kind, octets },
    })
}

/// A string in quotes, its escapes undone, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, inner.get(at + 1..)?)),
            '\\' => value.push(chars.next()?.1),
            c => value.push(c),
        }
    }
    None
}

fn is_end(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with(';')
}

/// Keys and names compare as Windows does, ignoring case. Every name that matters here is ASCII, and Windows upper-cases
/// no other character into ASCII, so ASCII folding finds the same matches.
fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn is_or_is_below(key: &str, parent: &str) -> bool {
    key.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('\\'))
}
