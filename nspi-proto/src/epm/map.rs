//! `ept_map`: from an interface to the towers that lead to it.

use alloc::vec::Vec;
use core::net::{Ipv4Addr, SocketAddrV4};

use uuid::Uuid;

use super::{ENTRIES_LIMIT, Status, Tower, array_counts, encode_array_counts, full_pointer};
use crate::dcerpc::{InterfaceId, TransferSyntaxId};
use crate::ndr::{AnyOrder, ContextHandle, Decode, DecodeError, Decoder, Encode, EncodeError, Encoder, Step, Syntax};

/// [MS-RPCE 2.2.1.2.5] `ept_map` (opnum 3): asks where an interface is served.
///
/// ```
/// use nspi_proto::dcerpc::{InterfaceId, TransferSyntaxId};
/// use nspi_proto::epm::EptMapRequest;
/// let nspi = InterfaceId::new(uuid::uuid!("f5cc5a18-4264-101a-8c59-08002b2f8426"), 56, 0);
/// let request = EptMapRequest::tcp(nspi, TransferSyntaxId::NDR20);
/// assert_eq!(request.max_towers, 4);
/// ```
///
/// [MS-RPCE 2.2.1.2.5]: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-rpce/ab744583-430e-4055-8901-3c6bc007e791
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EptMapRequest {
    /// `obj`: the object that the interface should serve; none, or nil, for no matter which.
    pub object: Option<Uuid>,
    /// `map_tower`: interface, transfer syntax and protocols. Its port and host are ignored.
    pub map_tower: Option<Tower>,
    /// `entry_handle`: NULL in the first question, then what the last answer gave.
    pub entry_handle: ContextHandle,
    /// `max_towers`: how many the answer may hold, at most [`ENTRIES_LIMIT`].
    pub max_towers: usize,
}

impl EptMapRequest {
    /// Its opnum.
    pub const OPNUM: u16 = 3;

    /// Asks for up to four endpoints of `interface` on TCP, as Windows does. The object is nil, as all clients have it: NULL
    /// means the same, but FreeDCE's mapper falls over it.
    #[must_use]
    pub fn tcp(interface: InterfaceId, transfer_syntax: TransferSyntaxId) -> Self {
        let anywhere = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0);
        Self {
            object: Some(Uuid::nil()),
            map_tower: Some(Tower::tcp(interface, transfer_syntax, anywhere)),
            entry_handle: ContextHandle::NULL,
            max_towers: 4,
        }
    }

    /// Reads a stub.
    ///
    /// # Errors
    /// If the octets are not one, or more than [`ENTRIES_LIMIT`] towers are asked for.
    pub fn decode(stub: &[u8], syntax: AnyOrder) -> Result<Self, DecodeError> {
        Self::read(&mut Decoder::new(stub, syntax))
    }

    pub(super) fn read<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        Ok(Self {
            object: input.unique("obj", |input| input.uuid("obj"))?,
            map_tower: input.unique_value("map_tower")?,
            entry_handle: input.value("entry_handle")?,
            max_towers: input.count("max_towers", ENTRIES_LIMIT)?,
        })
    }

    /// Appends a stub to `stub`.
    ///
    /// # Errors
    /// If [`max_towers`](Self::max_towers) is above its limit.
    pub fn encode(&self, syntax: AnyOrder, stub: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut out = Encoder::new(stub, syntax);
        full_pointer(&mut out, self.object.map(|_| 1));
        if let Some(object) = self.object {
            out.uuid(object);
        }
        full_pointer(&mut out, self.map_tower.as_ref().map(|_| 2));
        if let Some(tower) = &self.map_tower {
            tower.encode(&mut out);
        }
        self.entry_handle.encode(&mut out);
        out.count("max_towers", self.max_towers, ENTRIES_LIMIT);
        out.finish()
    }
}

/// [MS-RPCE 2.2.1.2.5] What `ept_map` answers.
///
/// [MS-RPCE 2.2.1.2.5]: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-rpce/ab744583-430e-4055-8901-3c6bc007e791
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EptMapResponse {
    /// `entry_handle`: NULL unless there are more towers than were asked for.
    pub entry_handle: ContextHandle,
    /// `size_is` of the array: what the request's `max_towers` was.
    pub max_towers: usize,
    /// `ITowers`. Towers that come as NULL pointers are left out.
    pub towers: Vec<Tower>,
    /// `status`: [`Status::NOT_REGISTERED`] if there is no tower.
    pub status: Status,
}

impl EptMapResponse {
    /// Reads a stub.
    ///
    /// # Errors
    /// If the octets are not one.
    pub fn decode(stub: &[u8], syntax: AnyOrder) -> Result<Self, DecodeError> {
        Self::read(&mut Decoder::new(stub, syntax))
    }

    pub(super) fn read<S: Syntax>(input: &mut Decoder<'_, S>) -> Result<Self, DecodeError> {
        let entry_handle = input.value("entry_handle")?;
        let num_towers = input.count("num_towers", u32::MAX)?;
        let max_towers = array_counts(input, num_towers, "ITowers")?;
        let mut towers = Vec::new();
        input.within(Step::Member("ITowers"), |input| Option::<Tower>::decode_array(num_towers, input, &mut towers))?;
        let status = Status(input.u32("status")?);
        Ok(Self { entry_handle, max_towers, towers: towers.into_iter().flatten().collect(), status })
    }

    /// Appends a stub to `stub`.
    ///
    /// # Errors
    /// If there are more towers than [`max_towers`](Self::max_towers).
    pub fn encode(&self, syntax: AnyOrder, stub: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut out = Encoder::new(stub, syntax);
        self.entry_handle.encode(&mut out);
        out.count("num_towers", self.towers.len(), u32::MAX);
        encode_array_counts(&mut out, self.max_towers, self.towers.len(), "ITowers");
        (1..).zip(&self.towers).for_each(|(id, _)| full_pointer(&mut out, Some(id)));
        self.towers.iter().for_each(|tower| tower.encode(&mut out));
        out.u32(self.status.0);
        out.finish()
    }
}
