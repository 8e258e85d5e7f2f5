//! Event 2820, *NSPI max connection limit for the user has reached* (KB949469): how an administrator learns that NspiBind
//! was refused because of the cap, and for whom.
//!
//! ```text
//!                          ┌─► one <Event> a line, appended to a file   (each refusal)
//!   NspiBind over the cap ─┤
//!                          └─► one warning in the log                   (at a bounded rate, with the number left out)
//! ```
//!
//! Whether a refusal is an event at all depends on the Windows version:
//! [`Settings::logs_refusals`](crate::config::Settings::logs_refusals). This module writes what it is given.

mod log;
mod rate;

use std::fmt;
use std::io;
use std::time::SystemTime;

use jiff::Timestamp;
use quick_xml::Writer;
use quick_xml::escape::escape;
use quick_xml::events::BytesText;

pub use log::EventLog;
pub use rate::RateBound;

/// The number of the event.
pub const EVENT_ID: u16 = 2820;

/// The log that the event is written to: *Directory Service*.
pub const CHANNEL: &str = "Directory Service";

/// The event's provider. Our choice, as no sample of this event's XML has been published; other events of that log have it.
pub const PROVIDER: &str = "Microsoft-Windows-ActiveDirectory_DomainService";

const NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";

/// Level 3 of Windows events. Our choice.
const WARNING: &str = "3";

/// Event 2820: a user holds as many sessions as the cap allows, and NspiBind was answered with LogonFailed.
///
/// Its `Display` is the message in the article's words, its [`xml`](Self::xml) what `wevtutil` would print.
///
/// ```
/// use nspi_server::events::SessionLimitReached;
///
/// let event = SessionLimitReached { limit: 50, user: r"ACME\alice", computer: "dc1.acme.test", time: std::time::UNIX_EPOCH };
/// assert!(event.to_string().starts_with("NSPI max connection limit for the user has reached."));
/// assert!(event.xml().contains("<EventID>2820</EventID>"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimitReached<'a> {
    /// %1: the cap in force, in sessions.
    pub limit: u32,
    /// %2: the user, as `DOMAIN\user`. The form is our choice: the article has only `%2`.
    pub user: &'a str,
    /// The DNS name of the server.
    pub computer: &'a str,
    /// When NspiBind was refused. Before the year -9999 or after 9999 it is written as 1970.
    pub time: SystemTime,
}

impl fmt::Display for SessionLimitReached<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The article's words and lines, as they stand.
        write!(
            f,
            "NSPI max connection limit for the user has reached.\n\
             You need to do NSPI unbind on old connections before making new connections.\n\
             Additional Data\n\
             Max NSPI connections per user:\n\
             {}\n\
             User:\n\
             {}",
            self.limit, self.user
        )
    }
}

impl SessionLimitReached<'_> {
    /// The event as one line of Windows Event XML, without a line end: `System`, `EventData` with the two values in
    /// order, and `RenderingInfo` with the message. Line ends within are written as `&#10;`; a character that XML has no
    /// form for becomes U+FFFD.
    #[must_use]
    pub fn xml(&self) -> String {
        let mut line = Vec::new();
        match self.write(&mut Writer::new(&mut line)) {
            Ok(()) => String::from_utf8_lossy(&line).into_owned(),
            Err(_) => String::new(), // a Vec takes everything
        }
    }

    fn write(&self, xml: &mut Writer<&mut Vec<u8>>) -> io::Result<()> {
        let time = Timestamp::try_from(self.time).unwrap_or(Timestamp::UNIX_EPOCH);
        xml.create_element("Event").with_attribute(("xmlns", NAMESPACE)).write_inner_content(|xml| {
            xml.create_element("System").write_inner_content(|xml| {
                xml.create_element("Provider").with_attribute(("Name", PROVIDER)).write_empty()?;
                text(xml, "EventID", &EVENT_ID.to_string())?;
                text(xml, "Level", WARNING)?;
                let time = format!("{time:.7}"); // as Windows: units of 100 ns, UTC
                xml.create_element("TimeCreated").with_attribute(("SystemTime", time.as_str())).write_empty()?;
                text(xml, "Channel", CHANNEL)?;
                text(xml, "Computer", self.computer)
            })?;
            xml.create_element("EventData").write_inner_content(|xml| {
                text(xml, "Data", &self.limit.to_string())?;
                text(xml, "Data", self.user)
            })?;
            xml.create_element("RenderingInfo").with_attribute(("Culture", "en-US")).write_inner_content(|xml| {
                text(xml, "Message", &self.to_string())?;
                text(xml, "Level", "Warning")?;
                text(xml, "Channel", CHANNEL)
            })?;
            Ok(())
        })?;
        Ok(())
    }
}

fn text(xml: &mut Writer<&mut Vec<u8>>, element: &str, content: &str) -> io::Result<()> {
    let content: String = content.chars().map(|c| if is_xml(c) { c } else { char::REPLACEMENT_CHARACTER }).collect();
    let content = escape(content).replace('\r', "&#13;").replace('\n', "&#10;");
    xml.create_element(element).write_text_content(BytesText::from_escaped(content))?;
    Ok(())
}

/// [XML 1.0 2.2] Char.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}
