//! `nspi explain`: octets as a lesson. Needs no server.

mod hex;
mod literal;
mod print;

use std::fs;
use std::io::{self, Read as _};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use nspi_client::explain::{self, Call, Interface, Part};
use nspi_proto::dcerpc::{Direction, Header};
use nspi_proto::ndr::AnyOrder;
use serde_json::Value as Json;

use crate::output::Output;

/// The octets, and what they are.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// Hex digits, in any usual layout (xxd, hexdump, Wireshark's copies, C arrays, Python's bytes, plain), or a file of
    /// those or of the octets themselves; - reads standard input.
    #[arg(value_name = "HEX|FILE|-")]
    input: String,

    /// They are PDUs: what one connection carried. This is the default where they begin as a PDU does.
    #[arg(long)]
    pdu: bool,

    /// They are the stub of a request. With --pdu: of requests whose bind is not there, only the interface is assumed.
    #[arg(long, value_name = "OPNUM", conflicts_with = "response")]
    request: Option<u16>,

    /// They are the stub of a response. With --pdu: responses without a request answer this operation.
    #[arg(long, value_name = "OPNUM")]
    response: Option<u16>,

    /// Whose operations they are, where no bind says it [default: nspi for stubs].
    #[arg(long, value_enum)]
    interface: Option<Whose>,

    /// How the stub is laid out; PDUs say it themselves.
    #[arg(long, value_enum, default_value_t = Layout::Ndr20)]
    syntax: Layout,

    /// The stub has the most significant octet first; PDUs say it themselves.
    #[arg(long)]
    big_endian: bool,

    /// End with 1 if this implementation would have written other octets (padding and referent ids apart).
    #[arg(long)]
    check: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Whose {
    /// The address book.
    Nspi,
    /// The endpoint mapper.
    Epm,
    /// Remote management.
    Mgmt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Layout {
    Ndr20,
    Ndr64,
}

/// Explains; in words what is wrong with the command line.
pub(crate) fn run(wanted: &Explain, json: bool, output: &mut Output) -> Result<ExitCode, String> {
    let octets = hex::octets(read(&wanted.input)?)?;
    if is_capture(&octets) {
        return Err(
            "this is a capture: nspi-trace reads it as a whole; to explain a conversation, save its octets from \
                    Wireshark by Follow, TCP Stream, as raw"
                .to_owned(),
        );
    }
    let parts = wanted.parts(&octets)?;
    if json {
        output.event("", &Json::Array(parts.iter().map(|part| print::object(part, wanted.check)).collect()));
    } else {
        output.raw(&print::lesson(&parts, wanted.check));
    }
    let sound = |part: &Part| if wanted.check { part.is_sound() } else { part.trouble.is_none() };
    Ok(if parts.iter().all(sound) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Explain {
    fn parts(&self, octets: &[u8]) -> Result<Vec<Part>, String> {
        let call = self.call();
        match call {
            Some(call) if !self.pdu => {
                let syntax = AnyOrder { wide: self.syntax == Layout::Ndr64, big_endian: self.big_endian };
                Ok(vec![explain::stub(call, octets, syntax)])
            }
            _ if self.pdu || Header::decode(octets).is_ok_and(|header| header.is_supported()) => {
                // An opnum that no operation has says nothing about responses, and all that is to be said of requests.
                let interface = self.interface.map(|interface| self.call_of(interface, u16::MAX, Direction::ToServer));
                Ok(explain::pdus(octets, call.or(interface)))
            }
            _ => {
                Err("the octets do not begin as a PDU does (05 00), and a stub does not say what it is: add --request \
                      OPNUM or --response OPNUM, or --pdu to see why they are no PDU"
                    .to_owned())
            }
        }
    }

    fn call(&self) -> Option<Call> {
        let interface = self.interface.unwrap_or(Whose::Nspi);
        let request = self.request.map(|opnum| self.call_of(interface, opnum, Direction::ToServer));
        request.or(self.response.map(|opnum| self.call_of(interface, opnum, Direction::ToClient)))
    }

    fn call_of(&self, interface: Whose, opnum: u16, direction: Direction) -> Call {
        let interface = match interface {
            Whose::Nspi => Interface::Nspi,
            Whose::Epm => Interface::EndpointMapper,
            Whose::Mgmt => Interface::Management,
        };
        Call { interface, opnum, direction }
    }
}

/// A file if there is one of that name, else the argument itself.
fn read(input: &str) -> Result<Vec<u8>, String> {
    if input == "-" {
        let mut octets = Vec::new();
        io::stdin().read_to_end(&mut octets).map_err(|error| format!("standard input: {error}"))?;
        return Ok(octets);
    }
    match fs::read(input) {
        Ok(octets) => Ok(octets),
        Err(_)
            if input.contains("\\x")
                || input.chars().all(|c| c.is_ascii_hexdigit() || c.is_whitespace() || ":,-x".contains(c)) =>
        {
            Ok(input.as_bytes().to_vec())
        }
        Err(error) => Err(format!("{input:?} is neither hex digits nor a file that can be read: {error}")),
    }
}

/// Whether a file is one of pcap's forms: no PDU begins so.
fn is_capture(octets: &[u8]) -> bool {
    /// pcapng; pcap in both byte orders, with microseconds and with nanoseconds.
    const MAGIC: [[u8; 4]; 5] = [
        *b"\n\r\r\n",
        [0xD4, 0xC3, 0xB2, 0xA1],
        [0xA1, 0xB2, 0xC3, 0xD4],
        [0x4D, 0x3C, 0xB2, 0xA1],
        [0xA1, 0xB2, 0x3C, 0x4D],
    ];
    MAGIC.iter().any(|magic| octets.starts_with(magic))
}
