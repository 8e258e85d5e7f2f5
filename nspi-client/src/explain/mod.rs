//! Octets as a lesson: each field with its offset, its name in the specification, its value and what it means.
//!
//! ```text
//!   octets ──► PDUs ──► stubs ──► the codec of nspi-proto, watched ──► Part: fields, first error, differences
//! ```
//!
//! There is no second codec: [`Trace`] records what the first one reads. What was read is
//! encoded again and compared, so a part also says whether this implementation would have written the same octets.
//!
//! ```
//! use nspi_client::explain::{self, Call};
//! use nspi_proto::dcerpc::Direction;
//! use nspi_proto::ndr::AnyOrder;
//!
//! let unbound = [[0; 20].as_slice(), &[1, 0, 0, 0]].concat();
//! let call = Call { interface: explain::Interface::Nspi, opnum: 1, direction: Direction::ToClient };
//! let part = explain::stub(call, &unbound, AnyOrder::NDR20);
//! let status = part.fields.last().unwrap();
//! assert_eq!((status.offset, status.name.as_str()), (20, "status"));
//! assert_eq!(status.meaning.as_deref(), Some("UnbindSuccess"));
//! assert!(part.is_sound());
//! ```

mod check;
mod field;
mod message;
mod nspi;
mod rpc;
mod stream;
mod token;

pub use check::Difference;
pub use field::{Field, Scalar};
pub use message::{Call, Interface};
pub use nspi::moment;
pub use stream::pdus;

use nspi_proto::ndr::{AnyOrder, DecodeError, Decoder, EncodeError, Read, Step, Trace, Traced};

use self::message::Message;

/// Octets that belong together, and what they say: a PDU, or the stub of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// What they are.
    pub title: String,
    /// The octets.
    pub octets: Vec<u8>,
    /// Where they stand among all that were given; `None` where they were put together from fragments.
    pub at: Option<usize>,
    /// The fields that were read, padding included, by offset.
    pub fields: Vec<Field>,
    /// What could not be read.
    pub trouble: Option<Trouble>,
    /// Where this implementation would have written other octets; `None` where it was not tried.
    pub differences: Option<Vec<Difference>>,
    /// What else is to be said.
    pub remarks: Vec<String>,
}

/// Why the rest of a part could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Where, in octets from the start of the part.
    pub offset: usize,
    /// The field that stands there, with the values around it.
    pub field: String,
    /// What is wrong.
    pub what: String,
}

impl Part {
    /// Whether everything was read, and would have been written like that.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.trouble.is_none() && self.differences.as_ref().is_none_or(Vec::is_empty)
    }

    /// How many octets the fields take, from the first on.
    #[must_use]
    pub fn explained(&self) -> usize {
        self.fields.iter().map(|field| field.offset + field.octets.len()).max().unwrap_or(0)
    }

    /// A part of which nothing can be said but this.
    fn unread(title: String, octets: &[u8], at: Option<usize>, remark: String) -> Self {
        let remarks = vec![remark];
        Self { title, octets: octets.to_vec(), at, fields: Vec::new(), trouble: None, differences: None, remarks }
    }
}

/// Explains the stub of a call. Octets behind the last parameter are told in a remark, and would not have been written.
#[must_use]
pub fn stub(call: Call, octets: &[u8], syntax: AnyOrder) -> Part {
    let title = format!("stub of {call}, {syntax}");
    if !call.exists() {
        return Part::unread(title, octets, Some(0), "the interface has no such operation".to_owned());
    }
    let mut part = part(
        title,
        octets,
        |input| Message::read(call, input),
        |message, out| message.encode(syntax, out),
        |trace| trace.watching(syntax),
        |read, scalar, around| nspi::meaning(call, read, scalar, around),
    );
    let rest = octets.get(part.explained()..).unwrap_or_default();
    if part.trouble.is_none() && !rest.is_empty() {
        part.remarks.push(format!("{} octets follow the last parameter", rest.len()));
        let surplus = Difference { offset: part.explained(), came: rest.to_vec(), ours: Vec::new(), remark: None };
        part.differences.get_or_insert_default().push(surplus);
    }
    part
}

/// Reads octets under a watch, writes the value again, and makes fields of what was seen.
fn part<'a, T>(
    title: String,
    octets: &'a [u8],
    read: impl FnOnce(&mut Decoder<'a, Traced<'_>>) -> Result<T, DecodeError>,
    write: impl FnOnce(&T, &mut Vec<u8>) -> Result<(), EncodeError>,
    syntax: impl FnOnce(&Trace) -> Traced<'_>,
    meaning: impl Fn(&Read, &Scalar, &field::Around) -> Option<String>,
) -> Part {
    let trace = Trace::default();
    let value = read(&mut Decoder::new(octets, syntax(&trace)));
    let reads = trace.reads();
    let (trouble, differences) = match value {
        Ok(value) => {
            let mut ours = Vec::new();
            let differences = match write(&value, &mut ours) {
                Ok(()) => check::compare(octets, &ours, &reads),
                Err(error) => vec![Difference::refused(&error)],
            };
            (None, Some(differences))
        }
        Err(error) => (Some(Trouble::of(&error, &trace.path())), None),
    };
    let fields = field::all(octets, &reads, meaning);
    Part { title, octets: octets.to_vec(), at: Some(0), fields, trouble, differences, remarks: Vec::new() }
}

impl Trouble {
    fn of(error: &DecodeError, path: &[Step]) -> Self {
        let field = field::joined(path, error.field());
        Self { offset: error.offset(), field, what: error.kind().to_string() }
    }
}
