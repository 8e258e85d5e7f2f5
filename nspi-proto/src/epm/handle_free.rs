//! `ept_lookup_handle_free`: ends an inquiry before its last page.

use alloc::vec::Vec;

use super::Status;
use crate::ndr::{AnyOrder, ContextHandle, DecodeError, Decoder, Encode, EncodeError, Encoder, Syntax};

/// [C706 Appendix O] `ept_lookup_handle_free` (opnum 4): ends an inquiry whose answer gave a handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EptLookupHandleFreeRequest {
    /// `entry_handle`.
    pub entry_handle: ContextHandle,
}

impl EptLookupHandleFreeRequest {
    /// Its opnum.
    pub const OPNUM: u16 = 4;

    /// Reads a stub.
    ///
    /// # Errors
    /// If the octets are not one.
    pub fn decode(stub: &[u8], syntax: AnyOrder) -> Result<Self, DecodeError> {
        Self::read(&mut Decoder::new(stub, syntax))
    }

    pub(super) fn read<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        Ok(Self { entry_handle: input.value("entry_handle")? })
    }

    /// Appends a stub to `stub`.
    ///
    /// # Errors
    /// None.
    pub fn encode(&self, syntax: AnyOrder, stub: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut out = Encoder::new(stub, syntax);
        self.entry_handle.encode(&mut out);
        out.finish()
    }
}

/// [C706 Appendix O] What `ept_lookup_handle_free` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EptLookupHandleFreeResponse {
    /// `entry_handle`: NULL.
    pub entry_handle: ContextHandle,
    /// `status`.
    pub status: Status,
}

impl EptLookupHandleFreeResponse {
    /// Reads a stub.
    ///
    /// # Errors
    /// If the octets are not one.
    pub fn decode(stub: &[u8], syntax: AnyOrder) -> Result<Self, DecodeError> {
        Self::read(&mut Decoder::new(stub, syntax))
    }

    pub(super) fn read<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        Ok(Self { entry_handle: input.value("entry_handle")?, status: Status(input.u32("status")?) })
    }

    /// Appends a stub to `stub`.
    ///
    /// # Errors
    /// None.
    pub fn encode(&self, syntax: AnyOrder, stub: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut out = Encoder::new(stub, syntax);
        self.entry_handle.encode(&mut out);
        out.u32(self.status.0);
        out.finish()
    }
}
