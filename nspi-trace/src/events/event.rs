//! One event's XML, and whether it is a refusal.

use quick_xml::de::from_str;
use serde::Deserialize;

use super::{CHANNEL, EVENT_ID};
use crate::report::LoggedRefusal;

/// An account name has at most 256 characters, a distinguished name some more.
const MAX_NAME: usize = 1_024;

/// What an event is.
pub(super) enum Event {
    Refusal(LoggedRefusal),
    Other,
    Damaged,
}

/// [Event Schema]: what is of interest here. Prefixes of names do not matter.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Xml {
    system: System,
    #[serde(default)]
    event_data: EventData,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct System {
    #[serde(rename = "EventID")]
    event_id: Text,
    time_created: Option<TimeCreated>,
    channel: Option<Text>,
    computer: Option<Text>,
}

#[derive(Deserialize)]
struct TimeCreated {
    #[serde(rename = "@SystemTime")]
    system_time: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct EventData {
    #[serde(default)]
    data: Vec<Text>,
}

/// An element's text, whatever attributes it has.
#[derive(Deserialize, Default)]
struct Text {
    #[serde(rename = "$text", default)]
    text: String,
}

/// Reads one `<Event>`.
pub(super) fn parse(xml: &str) -> Event {
    let Ok(event) = from_str::<Xml>(xml) else { return Event::Damaged };
    let Ok(id) = event.system.event_id.text.trim().parse::<u32>() else { return Event::Damaged };
    // Other logs have events of that number, too. Who writes it has had several names: the provider does not matter.
    let is_ours = event.system.channel.is_none_or(|channel| channel.text.trim().eq_ignore_ascii_case(CHANNEL));
    if id != EVENT_ID || !is_ours {
        return Event::Other;
    }
    // "Max NSPI connections per user: %1  User: %2".
    let mut data = event.event_data.data.iter().map(|data| data.text.trim());
    let limit = data.next().and_then(|limit| limit.parse().ok());
    let user = data.next().filter(|user| !user.is_empty() && user.len() <= MAX_NAME);
    let time = event.system.time_created.and_then(|time| time.system_time.trim().parse().ok());
    let (Some(user), Some(time)) = (user, time) else { return Event::Damaged };
    let computer = event.system.computer.map(|computer| computer.text.trim().to_owned());
    let computer = computer.filter(|computer| !computer.is_empty() && computer.len() <= MAX_NAME);
    Event::Refusal(LoggedRefusal { time, computer, user: user.to_owned(), limit, ..LoggedRefusal::default() })
}
