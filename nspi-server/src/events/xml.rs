//! Event 2820 as Windows Event XML.

use std::io;

use jiff::Timestamp;
use quick_xml::Writer;
use quick_xml::escape::escape;
use quick_xml::events::BytesText;

use super::{CHANNEL, EVENT_ID, PROVIDER, SessionLimitReached};

const NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";

/// Level 3 of Windows events. Our choice.
const WARNING: &str = "3";

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
