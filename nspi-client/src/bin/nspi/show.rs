//! `nspi show`: one person, with everything that the server tells.

use clap::Args;
use nspi_client::directory::Person;
use nspi_client::{Connection, Error, Session, Stat};
use nspi_proto::nspi::property::tags;
use nspi_proto::nspi::{DisplayType, MinimalId, PermanentEntryId, PropertyTag, PropertyType, Status, Value, ValueBuf};
use serde_json::{Map, Value as Json, json};

use crate::arguments::container;
use crate::failure::Failure;
use crate::output::{self, Output, clean};

/// Whom to show.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The beginning of a name, an account or an address; with = in front, all of it.
    #[arg(value_name = "NAME")]
    name: String,

    /// The container to look in, as ls shows it; 0 is the Global Address List.
    #[arg(long, value_name = "ID", default_value = "0", value_parser = container)]
    pub(crate) container: MinimalId,

    /// Most members, reports and others that are shown by name.
    #[arg(long, value_name = "N", default_value_t = 20)]
    links: usize,
}

/// Candidates that are named where a name means several.
const CANDIDATES: u32 = 20;
/// Objects that are counted behind a property.
const MOST_LINKS: u32 = 100_000;
/// How objects are named.
const NAMES: &[PropertyTag] = &[tags::DISPLAY_NAME, tags::SMTP_ADDRESS];

pub(crate) async fn run(connection: &Connection, wanted: &Show, output: &mut Output) -> Result<(), Failure> {
    let session = connection.bind(Stat::default()).await?;
    let found = find(&session, wanted).await;
    let unbound = session.unbind().await;
    let (person, links) = found?;
    unbound?;
    let name = person.name().unwrap_or_default().into_owned();
    if output.is_json() {
        output.event("", &object(&person, &links));
        return Ok(());
    }
    output.heading(&clean(&name));
    let (names, values): (Vec<String>, Vec<String>) = lines(&person, &links, wanted.links).into_iter().unzip();
    let width = names.iter().map(String::len).max().unwrap_or(0);
    for (name, value) in names.iter().zip(values) {
        output.raw(&format!("{name:width$}  {value}\n"));
    }
    Ok(())
}

/// What a property refers to.
type Links = Vec<(PropertyTag, Vec<Person>)>;

async fn find(session: &Session, wanted: &Show) -> Result<(Person, Links), Failure> {
    let name = &wanted.name;
    let found = match session.search(wanted.container, name, CANDIDATES, NAMES).await {
        Err(Error::Status { status: Status::TABLE_TOO_BIG, .. }) => {
            return Err(Failure::Answer(format!("{name:?} means more than {CANDIDATES}; `nspi search` lists them")));
        }
        found => found?,
    };
    let id = match &found[..] {
        [] => return Err(Failure::Answer(format!("{name:?} means nobody in this container"))),
        [one] => one.id(),
        several => {
            let names: Vec<String> = several.iter().map(called).collect();
            let names = names.join(", ");
            return Err(Failure::Answer(format!(
                "{name:?} means several: {names}; name one of them in full, with = in front"
            )));
        }
    };
    let id = id.ok_or_else(|| Failure::Answer("the server found somebody, and does not say whom".to_owned()))?;
    let person = session.person(id).await?;
    let mut links = Vec::new();
    let objects = person.properties().filter(|(tag, _)| tag.property_type() == PropertyType::EMBEDDED_TABLE);
    for (tag, _) in objects {
        match session.links(id, tag, MOST_LINKS, NAMES).await {
            Ok(people) => links.push((tag, people)),
            Err(Error::Status { .. }) => {} // a table that only other operations read
            Err(error) => return Err(error.into()),
        }
    }
    Ok((person, links))
}

fn called(person: &Person) -> String {
    let name = clean(&person.name().unwrap_or_default());
    person.mail().map_or_else(|| name.clone(), |mail| format!("{name} <{}>", clean(&mail)))
}

/// Each property by name, with its value in words.
fn lines(person: &Person, links: &Links, most: usize) -> Vec<(String, String)> {
    let value = |tag: PropertyTag, value: &ValueBuf| {
        let Some((_, people)) = links.iter().find(|(link, _)| *link == tag) else { return words(tag, value) };
        let names = people.iter().take(most).map(called).collect::<Vec<_>>().join(", ");
        match people.len().saturating_sub(most) {
            0 if people.is_empty() => "nobody".to_owned(),
            0 => names,
            all if most == 0 => format!("{all} in all"),
            more => format!("{names}, and {more} more"),
        }
    };
    person.properties().map(|(tag, found)| (name(tag), value(tag, found))).collect()
}

fn name(tag: PropertyTag) -> String {
    tags::name(tag).map_or_else(|| format!("{:#010x}", tag.0), str::to_owned)
}

fn words(tag: PropertyTag, value: &ValueBuf) -> String {
    let size = |octets: &[u8]| format!("{} octets{}", octets.len(), what(octets));
    match value.as_ref() {
        Value::Integer32(number) if tag == tags::DISPLAY_TYPE => {
            let kind = DisplayType(number.cast_unsigned());
            kind.name().map_or_else(|| number.to_string(), str::to_owned)
        }
        Value::EmbeddedTable(_) => "a table".to_owned(),
        Value::Binary(Some(octets)) => match PermanentEntryId::from_octets(octets) {
            Ok(id) => clean(&String::from_utf8_lossy(id.distinguished_name)),
            Err(_) if octets.len() > 32 => size(octets),
            Err(_) => output::cell(Some(value)),
        },
        Value::MultipleBinary(Some(values)) => {
            values.iter().filter_map(|octets| octets.0).map(size).collect::<Vec<_>>().join("; ")
        }
        _ => output::cell(Some(value)),
    }
}

/// What octets begin as.
fn what(octets: &[u8]) -> &'static str {
    match octets {
        [0xFF, 0xD8, 0xFF, ..] => ", a JPEG picture",
        [0x89, b'P', b'N', b'G', ..] => ", a PNG picture",
        [0x30, 0x82, ..] => ", DER: a certificate",
        _ => "",
    }
}

fn object(person: &Person, links: &Links) -> Json {
    let properties: Map<String, Json> =
        person.properties().map(|(tag, value)| (name(tag), output::json_of(Some(value)))).collect();
    let linked = |people: &[Person]| -> Json {
        people.iter().map(|person| json!({ "name": person.name(), "mail": person.mail() })).collect()
    };
    let links: Map<String, Json> = links.iter().map(|(tag, people)| (name(*tag), linked(people))).collect();
    json!({ "id": person.id().map(|id| id.0), "properties": properties, "links": links })
}
