//! What is printed: tables for people, JSON for programs.

use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write as _};
use std::path::PathBuf;

use nspi_client::explain::moment;
use nspi_proto::ndr::{Multi, MultiElement};
use nspi_proto::nspi::{PropertyRowBuf, PropertyTag, Value, ValueBuf};
use serde_json::{Map, Value as Json, json};
use unicode_width::UnicodeWidthStr as _;

use crate::columns;
use crate::failure::Failure;

/// Columns of a terminal that a table's cell is given; what is longer moves the rest of its own row alone.
const WIDEST: usize = 40;

pub(crate) struct Output {
    json: bool,
    colour: bool,
    /// The first thing that could not be written.
    lost: Option<io::Error>,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json, colour: colour(&io::stdout()), lost: None }
    }

    /// Whether programs read along.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// What the lines below it are about.
    pub(crate) fn heading(&mut self, text: &str) {
        let (bold, plain) = self.bold();
        self.line(format_args!("{bold}{text}{plain}"));
    }

    fn bold(&self) -> (&'static str, &'static str) {
        if self.colour { ("\x1b[1m", "\x1b[0m") } else { ("", "") }
    }

    /// One thing that happened: a sentence, or an object on a line.
    pub(crate) fn event(&mut self, sentence: impl Display, object: &Json) {
        if self.json {
            self.line(object);
        } else {
            self.line(sentence);
        }
    }

    /// Lines that are laid out already.
    pub(crate) fn raw(&mut self, lines: &str) {
        let written = write!(io::stdout(), "{lines}");
        self.wrote(written);
    }

    /// A table: cells under headings, or an array of objects.
    pub(crate) fn table(&mut self, headings: &[String], rows: &[Vec<String>], objects: impl FnOnce() -> Json) {
        if self.json {
            self.line(objects());
            return;
        }
        let cells = |column: usize| rows.iter().filter_map(move |row| row.get(column));
        let width = |text: &String| text.width().min(WIDEST);
        let widths: Vec<usize> = headings
            .iter()
            .enumerate()
            .map(|(column, heading)| cells(column).map(width).max().unwrap_or(0).max(width(heading)))
            .collect();
        let row = |row: &[String]| {
            let padded = |cell: &String, width: usize| format!("{cell}{:1$}", "", width.saturating_sub(cell.width()));
            let cells = row.iter().zip(&widths).map(|(cell, &width)| padded(cell, width));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        self.heading(&row(headings));
        for cells in rows {
            self.line(row(cells));
        }
    }

    /// Rows of the address book as a table.
    pub(crate) fn rows<'r>(&mut self, columns: &[PropertyTag], rows: impl Iterator<Item = &'r PropertyRowBuf>) {
        let rows: Vec<&PropertyRowBuf> = rows.collect();
        let headings: Vec<String> = columns.iter().map(|&tag| columns::name(tag)).collect();
        let cells: Vec<Vec<String>> =
            rows.iter().map(|row| columns.iter().map(|&tag| cell(row.find(tag))).collect()).collect();
        self.table(&headings, &cells, || rows.iter().map(|row| Json::Object(object(columns, row))).collect());
    }

    /// A remark for people; programs can do without.
    pub(crate) fn remark(&mut self, sentence: impl Display) {
        if !self.json {
            self.line(sentence);
        }
    }

    /// Whether all was written that should have been.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        let flushed = io::stdout().flush();
        self.wrote(flushed);
        let lost = self.lost.take();
        lost.map_or(Ok(()), |error| Err(Failure::File { path: PathBuf::from("standard output"), error }))
    }

    fn line(&mut self, text: impl Display) {
        let written = writeln!(io::stdout(), "{text}");
        self.wrote(written);
    }

    fn wrote(&mut self, result: io::Result<()>) {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {} // who closed the pipe does not want to read on
            Err(error) => drop(self.lost.get_or_insert(error)),
            Ok(()) => {}
        }
    }

    /// Why the program ends, and what to do about it.
    pub(crate) fn failed(&mut self, failure: &Failure, advice: Option<&str>) {
        let text = if self.json {
            json!({ "error": failure.to_string(), "kind": failure.kind(), "advice": advice }).to_string()
        } else {
            let advice = advice.map(|advice| format!("; {advice}")).unwrap_or_default();
            format!("nspi: {failure}{advice}")
        };
        let _ = writeln!(io::stderr(), "{text}"); // nobody left to tell
    }
}

/// Whether colour is wanted there: on a terminal, and if nobody says no.
pub(crate) fn colour(there: &impl IsTerminal) -> bool {
    there.is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// A row as JSON, its columns by their names.
pub(crate) fn object(columns: &[PropertyTag], row: &PropertyRowBuf) -> Map<String, Json> {
    columns.iter().map(|&tag| (columns::name(tag), json_of(row.find(tag)))).collect()
}

/// A value as a cell: one line, nothing a terminal would obey.
pub(crate) fn cell(value: Option<&ValueBuf>) -> String {
    clean(&text(value))
}

/// A value as text, whatever its type; nothing where there is none.
pub(crate) fn text(value: Option<&ValueBuf>) -> String {
    match value {
        None | Some(ValueBuf::ErrorCode(_)) => String::new(), // the object has no such property
        Some(ValueBuf::Time(time)) => moment(*time),
        Some(value) => value.to_string(),
    }
}

/// Text from a server, without what a terminal would obey.
pub(crate) fn clean(text: &str) -> String {
    // Line ends, and what turns the direction of all that follows.
    let obeyed = |c: char| matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || obeyed(c) { ' ' } else { c }).collect()
}

/// A value as JSON: octets in hex, several values as an array, none as null.
pub(crate) fn json_of(value: Option<&ValueBuf>) -> Json {
    fn array<'a, T: MultiElement<'a>>(values: Option<Multi<'a, T>>, one: impl Fn(T) -> Value<'a>) -> Json {
        let Some(values) = values else { return Json::Null };
        values.iter().map(|value| json_of(Some(&ValueBuf::from(one(value))))).collect()
    }
    let Some(value) = value else { return Json::Null };
    match value.as_ref() {
        Value::Integer16(number) => json!(number),
        Value::Integer32(number) | Value::EmbeddedTable(number) => json!(number),
        Value::Boolean(truth) => json!(truth != 0),
        Value::Null(_) | Value::ErrorCode(_) => Json::Null,
        Value::String(None) | Value::String8(None) | Value::Binary(None) | Value::Guid(None) => Json::Null,
        Value::Time(time) => json!(moment(time)),
        Value::MultipleInteger16(values) => array(values, Value::Integer16),
        Value::MultipleInteger32(values) => array(values, Value::Integer32),
        Value::MultipleString8(values) => array(values, Value::String8),
        Value::MultipleString(values) => array(values, Value::String),
        Value::MultipleBinary(values) => array(values, |octets| Value::Binary(octets.0)),
        Value::MultipleGuid(values) => array(values, Value::Guid),
        Value::MultipleTime(values) => array(values, Value::Time),
        _ => json!(value.to_string()),
    }
}
