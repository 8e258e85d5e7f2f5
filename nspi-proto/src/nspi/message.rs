//! The parameters of one call in one direction, as a stub.
//!
//! Each pointer's referent follows its own parameter [C706 14.3.12.3], so a message is read and written parameter by
//! parameter, not in the two phases of a structure.

use alloc::vec::Vec;

use super::interface::Operation;
use super::property::RowVisitor;
use super::status::Status;
use crate::ndr::{AnyOrder, DecodeError, Decoder, EncodeError, Encoder, Ndr20, Ndr64, Syntax};

/// A message that can be read from a stub. It borrows from it.
pub trait ReadStub<'de>: Sized {
    /// Reads the parameters in wire order.
    ///
    /// # Errors
    /// If the octets are not that; the error names the parameter.
    fn read<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError>;

    /// Reads a stub of a syntax known at run time. Octets after the last parameter are left alone: a verification
    /// trailer may follow [MS-RPCE 2.2.2.13].
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn decode_stub(stub: &'de [u8], syntax: AnyOrder) -> Result<Self, DecodeError> {
        match syntax {
            AnyOrder::NDR20 => Self::read(&mut Decoder::new(stub, Ndr20)),
            AnyOrder::NDR64 => Self::read(&mut Decoder::new(stub, Ndr64)),
            other => Self::read(&mut Decoder::new(stub, other)),
        }
    }

    /// Reads the parameters in wire order and hands the rows that the message has to `visitor`. In what comes back a
    /// set of rows that is there is there, and empty. All responses that carry rows (`rows.rs`) do this; of other messages
    /// a visitor hears no more than that they start.
    ///
    /// # Errors
    /// As [`read`](Self::read), the very same; what the visitor saw before is then worth nothing.
    fn visit<S: Syntax, V: RowVisitor<'de>>(input: &mut Decoder<'de, S>, visitor: &mut V) -> Result<Self, DecodeError> {
        visitor.start();
        Self::read(input)
    }

    /// As [`visit`](Self::visit), of a syntax known at run time.
    ///
    /// # Errors
    /// As [`visit`](Self::visit).
    fn visit_stub<V: RowVisitor<'de>>(stub: &'de [u8], syntax: AnyOrder, visitor: &mut V) -> Result<Self, DecodeError> {
        match syntax {
            AnyOrder::NDR20 => Self::visit(&mut Decoder::new(stub, Ndr20), visitor),
            AnyOrder::NDR64 => Self::visit(&mut Decoder::new(stub, Ndr64), visitor),
            other => Self::visit(&mut Decoder::new(stub, other), visitor),
        }
    }
}

/// A message that can be written to a stub.
pub trait WriteStub: Sized {
    /// Writes the parameters in wire order.
    fn write<S: Syntax>(&self, out: &mut Encoder<'_, S>);

    /// Appends a stub of a syntax known at run time to `out`.
    ///
    /// # Errors
    /// The first bound that a value breaks; `out` is then as it was.
    fn encode_stub(&self, syntax: AnyOrder, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match syntax {
            AnyOrder::NDR20 => append(self, Ndr20, out),
            AnyOrder::NDR64 => append(self, Ndr64, out),
            other => append(self, other, out),
        }
    }
}

fn append<S: Syntax>(message: &impl WriteStub, syntax: S, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let mut encoder = Encoder::new(out, syntax);
    message.write(&mut encoder);
    encoder.finish()
}

/// A request, and what answers it.
pub trait Call: WriteStub {
    /// Which operation this is.
    const OPERATION: Operation;

    /// What the server answers.
    type Response<'r>: ReadStub<'r> + WriteStub + Answer;

    /// The answer that says no: nothing changed, every pointer NULL, STAT as it came [MS-NSPI 3.1.4].
    fn refuse(&self, status: Status) -> Self::Response<'static>;
}

/// What all answers have: the return value.
pub trait Answer {
    /// The return value.
    fn status(&self) -> Status;
}
