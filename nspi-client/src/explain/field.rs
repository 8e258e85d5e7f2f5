//! Fields for people: from what the decoder saw to names, values and meanings.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;

use nspi_proto::ndr::{Kind, Read, Step, Utf16};
use nspi_proto::nspi::PropertyTag;
use uuid::Uuid;

/// One field.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Where it stands, in octets from the start of its part.
    pub offset: usize,
    /// Its octets.
    pub octets: Vec<u8>,
    /// The values that it is part of, the outermost first.
    pub path: Vec<Step>,
    /// Its name in the specification.
    pub name: String,
    /// What it is to NDR.
    pub kind: Kind,
    /// Its value.
    pub value: Scalar,
    /// What the value means, where that is more than the value.
    pub meaning: Option<String>,
}

/// A value that has no parts.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// An unsigned number.
    Unsigned(u64),
    /// A signed number.
    Signed(i64),
    /// Characters, without their terminator.
    Text(String),
    /// A UUID.
    Uuid(Uuid),
    /// Octets.
    Octets(Vec<u8>),
}

/// What was read around a field, and says what it means.
#[derive(Debug, Default)]
pub(super) struct Around {
    /// The property of each value so far, by the value's path.
    tags: BTreeMap<Vec<Step>, PropertyTag>,
    /// The number read last.
    pub(super) before: u64,
}

impl Around {
    /// The property whose value the field is, or is part of.
    pub(super) fn property(&self, read: &Read) -> Option<PropertyTag> {
        let path = &read.path;
        (0..=path.len()).rev().find_map(|len| self.tags.get(path.get(..len)?).copied())
    }

    fn learn(&mut self, read: &Read, scalar: &Scalar) {
        if let Scalar::Unsigned(number) = *scalar {
            self.before = number;
            if let ("ulPropTag", Ok(tag)) = (read.field, u32::try_from(number)) {
                self.tags.insert(read.path.clone(), PropertyTag(tag));
            }
        }
    }
}

/// All fields that were read of `octets`.
pub(super) fn all(
    octets: &[u8],
    reads: &[Read],
    meaning: impl Fn(&Read, &Scalar, &Around) -> Option<String>,
) -> Vec<Field> {
    let mut around = Around::default();
    let field = |read: &Read| {
        let octets = octets.get(read.offset..read.offset + read.len)?;
        let value = Scalar::of(octets, read);
        let meaning = match read.kind {
            Kind::Pointer if value == Scalar::Unsigned(0) => Some("NULL".to_owned()),
            Kind::Pointer => Some("set".to_owned()),
            Kind::Pad => Some("padding: any value".to_owned()),
            Kind::MaxCount | Kind::Offset | Kind::ActualCount => None,
            _ => meaning(read, &value, &around),
        };
        around.learn(read, &value);
        let (path, name) = named(read);
        Some(Field { offset: read.offset, octets: octets.to_vec(), path, name, kind: read.kind, value, meaning })
    };
    reads.iter().filter_map(field).collect()
}

/// Where a field belongs, and what it is called there. Types that stand in for a member's name give way to it.
fn named(read: &Read) -> (Vec<Step>, String) {
    let mut path = read.path.clone();
    let of_type = read.field.ends_with("_r") || read.field.ends_with("_t") || read.field.contains(' ');
    let last = path.iter().rev().find_map(|step| match step {
        Step::Member(name) => Some(*name),
        Step::Element(_) => None,
    });
    let count = match read.kind {
        Kind::MaxCount => "max_count",
        Kind::Offset => "offset",
        Kind::ActualCount => "actual_count",
        Kind::Pad => return (path, "pad".to_owned()),
        Kind::Pointer if of_type => return (path, "referent id".to_owned()),
        Kind::Pointer => return (path, read.field.to_owned()), // a restriction's lpRes in the lpRes of another
        _ if of_type || last == Some(read.field) => {
            let name = match path.pop() {
                Some(Step::Member(name)) => name.to_owned(),
                Some(Step::Element(element)) => format!("[{element}]"),
                None => read.field.to_owned(),
            };
            return (path, name);
        }
        _ => return (path, read.field.to_owned()),
    };
    if !of_type && last != Some(read.field) {
        path.push(Step::Member(read.field));
    }
    (path, count.to_owned())
}

/// `a.b[2].c`
pub(super) fn joined(path: &[Step], field: &str) -> String {
    let mut text = String::new();
    for step in path {
        let _ = match step {
            Step::Member(name) if text.is_empty() => write!(text, "{name}"),
            Step::Member(name) => write!(text, ".{name}"),
            Step::Element(element) => write!(text, "[{element}]"),
        };
    }
    let dot = if text.is_empty() || field.starts_with('[') { "" } else { "." };
    text + dot + field
}

impl Field {
    /// Its name with the values around it: `ppRows[0].lpProps[2].ulPropTag`.
    #[must_use]
    pub fn full_name(&self) -> String {
        joined(&self.path, &self.name)
    }
}

impl Scalar {
    fn of(octets: &[u8], read: &Read) -> Self {
        let number = || {
            let shift = |number: u64, octet: &u8| number << 8 | u64::from(*octet);
            if read.big_endian { octets.iter().fold(0, shift) } else { octets.iter().rev().fold(0, shift) }
        };
        match read.kind {
            // The one long of STAT, which is read in a row with its eight DWORDs.
            Kind::Unsigned if read.field == "Delta" => Self::Signed(i64::from(number() as u32 as i32)),
            Kind::Signed => Self::Signed(match octets.len() {
                2 => i64::from(number() as u16 as i16),
                4 => i64::from(number() as u32 as i32),
                _ => number() as i64,
            }),
            Kind::Unsigned | Kind::Pointer | Kind::MaxCount | Kind::Offset | Kind::ActualCount => {
                Self::Unsigned(number())
            }
            Kind::Utf16 => Self::Text(utf16(octets, read.big_endian)),
            Kind::Ansi => {
                let text = octets.strip_suffix(&[0]).unwrap_or(octets);
                Self::Text(String::from_utf8_lossy(text).into_owned())
            }
            Kind::Uuid => Self::Uuid(uuid(octets, read.big_endian)),
            _ => Self::Octets(octets.to_vec()),
        }
    }
}

fn utf16(octets: &[u8], big_endian: bool) -> String {
    let little: Vec<u8> = if big_endian {
        octets.chunks(2).flat_map(|unit| unit.iter().rev().copied()).collect()
    } else {
        octets.to_vec()
    };
    let text = little.strip_suffix(&[0, 0]).unwrap_or(&little);
    Utf16::from_le_octets(text).map(|text| text.to_string()).unwrap_or_default()
}

fn uuid(octets: &[u8], big_endian: bool) -> Uuid {
    let octets = octets.try_into().unwrap_or_default();
    if big_endian { Uuid::from_bytes(octets) } else { Uuid::from_bytes_le(octets) }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned(number @ 0..10) => write!(f, "{number}"),
            Self::Unsigned(number @ 0..0x1_0000) => write!(f, "{number} ({number:#x})"),
            Self::Unsigned(number) => write!(f, "{number:#x}"),
            Self::Signed(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Uuid(uuid) => write!(f, "{uuid}"),
            Self::Octets(octets) if octets.len() <= 16 => write!(f, "{}", Hex(octets)),
            Self::Octets(octets) => write!(f, "{} octets", octets.len()),
        }
    }
}

/// Octets as pairs of digits.
pub(super) struct Hex<'a>(pub(super) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}
