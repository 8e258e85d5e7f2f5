//! `nspi export`: a whole container as CSV, LDIF or lines of JSON. One page is held at a time.

mod destination;
mod ldif;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use nspi_client::directory::Person;
use nspi_client::{Connection, Session, Stat};
use nspi_proto::nspi::property::tags;
use nspi_proto::nspi::{MinimalId, PropertyTag};
use serde_json::{Value as Json, json};

use self::destination::{Destination, Unfinished};
use crate::arguments::container;
use crate::columns;
use crate::failure::Failure;
use crate::output::{self, Output};

/// What to write, and where to.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The container, as ls shows it; 0 is the Global Address List.
    #[arg(long, value_name = "ID", default_value = "0", value_parser = container)]
    pub(crate) container: MinimalId,

    /// The form [default: what the name of the file ends with, else csv].
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// The file; without it, standard output.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The columns, by name or as tags in hex such as 0x3001001F [default: what people usually need].
    #[arg(long, value_delimiter = ',', value_parser = columns::parse, long_help = columns::help())]
    columns: Vec<PropertyTag>,

    /// CSV for spreadsheets: with a byte order mark, and ' before what they would take for a formula (= + - @).
    #[arg(long)]
    spreadsheet: bool,

    /// Rows to ask for at a time.
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    page: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Comma-separated values [RFC 4180], with a heading; several values joined by `; `.
    Csv,
    /// LDAP Data Interchange Format [RFC 2849], in the attributes of Active Directory; nspi-server reads it, and
    /// directories that have these attributes.
    Ldif,
    /// One JSON object a line.
    Jsonl,
}

/// What is written where no columns are named.
const COLUMNS: &[PropertyTag] = &[
    tags::DISPLAY_NAME,
    tags::SMTP_ADDRESS,
    tags::ACCOUNT,
    tags::GIVEN_NAME,
    tags::SURNAME,
    tags::TITLE,
    tags::DEPARTMENT_NAME,
    tags::COMPANY_NAME,
    tags::OFFICE_LOCATION,
    tags::LOCALITY,
    tags::COUNTRY,
    tags::BUSINESS_TELEPHONE_NUMBER,
    tags::MOBILE_TELEPHONE_NUMBER,
    tags::PROXY_ADDRESSES,
    tags::DISPLAY_TYPE,
    tags::EMAIL_ADDRESS,
];

pub(crate) async fn run(connection: &Connection, wanted: &Export, output: &mut Output) -> Result<(), Failure> {
    let format = wanted.format(output.is_json());
    let columns = if wanted.columns.is_empty() { COLUMNS } else { &wanted.columns };
    let path = wanted.output.as_deref().unwrap_or(Path::new("standard output"));
    let failed = |error| Failure::File { path: path.to_owned(), error };
    let Destination { sink, unfinished } = Destination::open(wanted.output.as_deref()).map_err(failed)?;
    let mut writer = Writer::new(format, columns, wanted.spreadsheet, sink).map_err(failed)?;
    let session = connection.bind(Stat::default()).await?;
    let written = tokio::select! {
        written = write(&session, wanted, &mut writer, &failed) => written,
        () = interrupted(unfinished.as_ref()) => Err(Failure::Interrupted),
    };
    let unbound = tokio::select! {
        unbound = session.unbind() => unbound,
        () = interrupted(unfinished.as_ref()) => Ok(()), // whoever is in a hurry does not wait for that, either
    };
    let written = match written {
        // Who closed the pipe does not want to read on.
        Err(Failure::File { error, .. }) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        written => written?,
    };
    unfinished.map_or(Ok(()), Unfinished::complete).map_err(failed)?;
    unbound?;
    if wanted.output.is_some() {
        let (text, object) = (format!("{written} written to {}", path.display()), json!({ "written": written }));
        output.event(text, &object);
    }
    Ok(())
}

/// Ready at ctrl-c, if there is a file to clear away then. Otherwise the system may end the program where it stands.
async fn interrupted(unfinished: Option<&Unfinished>) {
    match unfinished {
        Some(_) => drop(tokio::signal::ctrl_c().await),
        None => std::future::pending().await,
    }
}

async fn write(
    session: &Session,
    wanted: &Export,
    writer: &mut Writer,
    failed: &impl Fn(io::Error) -> Failure,
) -> Result<u64, Failure> {
    let progress = ProgressBar::no_length(); // on standard error, and only if that is a terminal
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {human_pos} of {human_len}, {eta} left") {
        progress.set_style(style);
    }
    let mut pages = session.pages(wanted.container, &writer.asked_for()).page_size(wanted.page);
    while let Some(page) = pages.next().await {
        let page = page?;
        page.iter().try_for_each(|person| writer.person(person)).map_err(failed)?;
        progress.set_length(pages.total().unwrap_or(0).into());
        progress.inc(page.len() as u64);
    }
    writer.finish().map_err(failed)?;
    progress.finish_and_clear();
    Ok(progress.position())
}

impl Export {
    /// In words what is wrong with the command line.
    pub(crate) fn check(&self, json: bool) -> Result<(), String> {
        if self.spreadsheet && self.format(json) != Format::Csv {
            return Err("--spreadsheet is about CSV, and another form was asked for".to_owned());
        }
        Ok(())
    }

    fn format(&self, json: bool) -> Format {
        let by_name = || match self.output.as_deref()?.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "ldif" | "ldf" => Some(Format::Ldif),
            "jsonl" | "ndjson" | "json" => Some(Format::Jsonl),
            "csv" => Some(Format::Csv),
            _ => None,
        };
        let otherwise = if json && self.output.is_none() { Format::Jsonl } else { Format::Csv };
        self.format.or_else(by_name).unwrap_or(otherwise)
    }
}

/// One of the forms, and where it goes.
struct Writer {
    columns: Vec<PropertyTag>,
    form: Form,
}

enum Form {
    Csv { csv: Box<csv::Writer<Box<dyn Write>>>, spreadsheet: bool },
    Ldif { sink: Box<dyn Write>, above: ldif::Above },
    Jsonl(Box<dyn Write>),
}

impl Writer {
    fn new(format: Format, columns: &[PropertyTag], spreadsheet: bool, mut sink: Box<dyn Write>) -> io::Result<Self> {
        let form = match format {
            Format::Csv => {
                if spreadsheet {
                    sink.write_all("\u{FEFF}".as_bytes())?;
                }
                let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(sink);
                csv.write_record(columns.iter().map(|&tag| columns::name(tag))).map_err(of_csv)?;
                Form::Csv { csv: Box::new(csv), spreadsheet }
            }
            Format::Ldif => {
                sink.write_all(ldif::HEAD.as_bytes())?;
                Form::Ldif { sink, above: ldif::Above::default() }
            }
            Format::Jsonl => Form::Jsonl(sink),
        };
        Ok(Self { columns: columns.to_vec(), form })
    }

    /// The columns, and what else the form needs to know of a person.
    fn asked_for(&self) -> Vec<PropertyTag> {
        let needed = if matches!(self.form, Form::Ldif { .. }) { ldif::NEEDED } else { &[] };
        let missing = needed.iter().filter(|tag| !self.columns.contains(tag));
        self.columns.iter().chain(missing).copied().collect()
    }

    fn person(&mut self, person: &Person) -> io::Result<()> {
        match &mut self.form {
            Form::Csv { csv, spreadsheet } => {
                let cells = self.columns.iter().map(|&tag| output::text(person.get(tag)));
                csv.write_record(cells.map(|cell| if *spreadsheet { tamed(cell) } else { cell })).map_err(of_csv)
            }
            Form::Ldif { sink, above } => ldif::entry(person, &self.columns, above, sink),
            Form::Jsonl(sink) => {
                let object = Json::Object(output::object(&self.columns, person.row()));
                writeln!(sink, "{object}")
            }
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        match &mut self.form {
            Form::Csv { csv, .. } => csv.flush(),
            Form::Ldif { sink, .. } | Form::Jsonl(sink) => sink.flush(),
        }
    }
}

/// The error that was below, with its kind: a closed pipe is none.
fn of_csv(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A cell that no spreadsheet takes for a formula: whoever may set a name could else run commands on the reader's computer.
fn tamed(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}
