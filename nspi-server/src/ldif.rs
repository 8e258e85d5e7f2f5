//! LDIF content records [RFC 2849]: the people of an address book as a text file, as `ldifde` and `ldapsearch` write it.
//!
//! Octets in, entries out: names of attributes without case, values as octets (an `objectGUID` is no text). What the
//! attributes mean, whether a distinguished name is one, and which entry refers to which, is the address book's business.
//! Change records and values by URL are refused: this is a reader of contents, and opens no other file.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The longest line read, after unfolding: 1 MiB, room for a photograph in base64.
pub const MAX_LINE: usize = 1 << 20;

/// One entry: its name and its attributes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// The distinguished name, in UTF-8, as written.
    pub dn: String,
    /// The line of its `dn:`, counted from 1.
    pub line: usize,
    pub(crate) attributes: BTreeMap<String, Vec<Vec<u8>>>,
}

impl Entry {
    /// All values of an attribute, in the order of the file; none if the entry has no such attribute. Case is ignored;
    /// options are part of the name (`cn;lang-ja` is not `cn`), but for `;binary`.
    pub fn values(&self, attribute: &str) -> impl Iterator<Item = &[u8]> {
        self.attributes.get(&attribute.to_ascii_lowercase()).into_iter().flatten().map(Vec::as_slice)
    }

    /// The first value of an attribute, if there is one and it is UTF-8.
    #[must_use]
    pub fn text(&self, attribute: &str) -> Option<&str> {
        self.texts(attribute).next()
    }

    /// The values of an attribute that are UTF-8.
    pub fn texts(&self, attribute: &str) -> impl Iterator<Item = &str> {
        self.values(attribute).filter_map(|value| std::str::from_utf8(value).ok())
    }

    /// The names of all attributes, lower-cased, each with its values.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &[Vec<u8>])> {
        self.attributes.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }
}

/// A line that is no content record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind}")]
pub struct LdifError {
    /// The line's number, from 1; of a folded line, its first.
    pub line: usize,
    /// What is wrong with it.
    pub kind: LdifErrorKind,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LdifErrorKind {
    /// A version other than 1.
    #[error("expected `version: 1`")]
    Version,
    /// No colon after a name, or a name with a character that none has.
    #[error("expected `attribute: value`, `attribute:: base64` or `dn: name`")]
    Syntax,
    /// A record does not begin with its name.
    #[error("expected `dn:` at the beginning of a record, after an empty line")]
    NoName,
    /// A second name within a record.
    #[error("a second `dn:` within a record; expected an empty line before it")]
    TwoNames,
    /// The name of an entry is no UTF-8.
    #[error("a distinguished name is UTF-8")]
    NameNotUtf8,
    /// A value after `::` is no base64.
    #[error("the value after `::` is not base64")]
    Base64,
    /// `attribute:< URL`.
    #[error("values by URL (`:<`) are not read; write the value itself, as base64 after `::`")]
    Url,
    /// `changetype:` or `control:`.
    #[error("change records are not read; expected content records, as `ldapsearch` writes them")]
    ChangeRecord,
    /// A line that begins with a blank, with nothing before it to continue.
    #[error("a line that begins with a blank continues the one before, and there is none")]
    NothingToContinue,
    /// More than [`MAX_LINE`] octets in one line.
    #[error("a line is longer than {MAX_LINE} octets")]
    TooLong,
}

use LdifErrorKind as Kind;

/// Reads a whole file.
///
/// Beyond the letter of RFC 2849, values may be UTF-8 without base64, as most programs write and read it; a byte-order
/// mark is passed over.
///
/// ```
/// let entries = nspi_server::ldif::parse(b"version: 1\n\ndn: cn=alice,dc=acme,dc=test\nmail: alice@acme.test\n")?;
/// assert_eq!(entries[0].text("Mail"), Some("alice@acme.test"));
/// # Ok::<(), nspi_server::ldif::LdifError>(())
/// ```
///
/// # Errors
/// [`LdifError`] at the first line that is no part of a content record.
pub fn parse(octets: &[u8]) -> Result<Vec<Entry>, LdifError> {
    let octets = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
    let mut reader = Reader::default();
    let mut unfolded: Option<(usize, Vec<u8>)> = None;
    for (line, octets) in (1..).zip(octets.split(|octet| *octet == b'\n')) {
        let octets = octets.strip_suffix(b"\r").unwrap_or(octets);
        let at = |kind| LdifError { line, kind };
        if let Some(more) = octets.strip_prefix(b" ") {
            let (first, text) = unfolded.as_mut().ok_or_else(|| at(Kind::NothingToContinue))?;
            text.extend_from_slice(more);
            if text.len() > MAX_LINE {
                return Err(LdifError { line: *first, kind: Kind::TooLong });
            }
            continue;
        }
        if let Some((line, text)) = unfolded.take() {
            reader.line(line, &text).map_err(|kind| LdifError { line, kind })?;
        }
        if octets.len() > MAX_LINE {
            return Err(at(Kind::TooLong));
        }
        if octets.is_empty() {
            reader.end_of_record();
        } else {
            unfolded = Some((line, octets.to_vec()));
        }
    }
    if let Some((line, text)) = unfolded {
        reader.line(line, &text).map_err(|kind| LdifError { line, kind })?;
    }
    reader.end_of_record();
    Ok(reader.entries)
}

/// Takes unfolded lines.
#[derive(Default)]
struct Reader {
    entries: Vec<Entry>,
    /// The record being read.
    entry: Option<Entry>,
    /// Whether the version line may still come.
    started: bool,
}

impl Reader {
    fn end_of_record(&mut self) {
        self.entries.extend(self.entry.take());
    }

    fn line(&mut self, line: usize, text: &[u8]) -> Result<(), Kind> {
        if text.starts_with(b"#") {
            return Ok(());
        }
        let (name, value) = attribute(text)?;
        let first = !std::mem::replace(&mut self.started, true);
        match (&mut self.entry, name.as_str()) {
            (None, "version") if first => {
                if value == b"1" {
                    Ok(())
                } else {
                    Err(Kind::Version)
                }
            }
            (None, "dn") => {
                let dn = String::from_utf8(value).map_err(|_| Kind::NameNotUtf8)?;
                self.entry = Some(Entry { dn, line, attributes: BTreeMap::new() });
                Ok(())
            }
            (None, _) => Err(Kind::NoName),
            (Some(_), "dn") => Err(Kind::TwoNames),
            (Some(_), "changetype" | "control") => Err(Kind::ChangeRecord),
            (Some(entry), _) => {
                entry.attributes.entry(name).or_default().push(value);
                Ok(())
            }
        }
    }
}

/// [RFC 2849] attrval-spec: a lower-cased description, and the octets of the value.
fn attribute(line: &[u8]) -> Result<(String, Vec<u8>), Kind> {
    let colon = line.iter().position(|octet| *octet == b':').ok_or(Kind::Syntax)?;
    let (name, value) = line.split_at(colon);
    let valid = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b';' | b'_');
    if name.is_empty() || !name.iter().all(valid) {
        return Err(Kind::Syntax);
    }
    // [RFC 4522] `;binary` says how a value travels, not what it is: `userCertificate;binary` is userCertificate.
    let name = name.strip_suffix(b";binary").unwrap_or(name);
    let name: String = name.iter().map(|octet| char::from(octet.to_ascii_lowercase())).collect();
    let value = match value {
        [b':', b':', base64 @ ..] => STANDARD.decode(base64.trim_ascii()).map_err(|_| Kind::Base64)?,
        [b':', b'<', ..] => return Err(Kind::Url),
        [b':', text @ ..] => {
            let blanks = text.iter().take_while(|octet| **octet == b' ').count();
            text.get(blanks..).unwrap_or_default().to_vec()
        }
        _ => return Err(Kind::Syntax),
    };
    Ok((name, value))
}
