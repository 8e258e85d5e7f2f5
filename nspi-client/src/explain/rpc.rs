//! What the fields of PDUs and of verification trailers mean.

use nspi_proto::dcerpc::auth::{AuthLevel, AuthType};
use nspi_proto::dcerpc::{BindTimeFeatures, FaultStatus, Header, NakReason, PduType, PfcFlags, TransferSyntaxId};
use nspi_proto::ndr::Read;
use uuid::Uuid;

use super::field::Scalar;
use super::message::Interface;
use super::{nspi, token};

/// What a field of a PDU means; `header` where it could be read.
pub(super) fn meaning(header: Option<&Header>, read: &Read, value: &Scalar) -> Option<String> {
    match value {
        Scalar::Unsigned(number) => number_of(header, read, u32::try_from(*number).ok()?),
        Scalar::Octets(octets) => match read.field {
            "packed_drep" => drep(octets),
            "auth_value" => token::meaning(octets),
            "signature" => Some("the magic octets of a verification trailer".to_owned()),
            "drep" => drep(octets),
            _ => None,
        },
        Scalar::Uuid(uuid) => named(*uuid),
        Scalar::Signed(_) | Scalar::Text(_) => None,
    }
}

fn number_of(header: Option<&Header>, read: &Read, number: u32) -> Option<String> {
    let octet = u8::try_from(number).ok();
    let half = u16::try_from(number).ok();
    let text = |text: &str| Some(text.to_owned());
    match read.field {
        "PTYPE" | "ptype" => PduType::from_octet(octet?).map(|kind| format!("{kind:?}")),
        "pfc_flags" => {
            let negotiates = header.is_some_and(|header| {
                use PduType::{AlterContext, AlterContextResp, Bind, BindAck};
                matches!(header.kind, Bind | BindAck | AlterContext | AlterContextResp)
            });
            let names = nspi::flags::<PfcFlags>(octet?);
            Some(if negotiates { names.replace("PENDING_CANCEL", "SUPPORT_HEADER_SIGN") } else { names })
        }
        "auth_length" if number == 0 => text("no auth verifier"),
        "assoc_group_id" if number == 0 => text("a new group"),
        "if_version" => Some(format!("version {}.{}", number & 0xFFFF, number >> 16)),
        "result" => text(["acceptance", "user rejection", "provider rejection", "negotiate_ack"].get(number as usize)?),
        "reason" => reject_reason(half?),
        "provider_reject_reason" => Some(NakReason(half?).to_string()),
        "status" => Some(FaultStatus(number).to_string()),
        "auth_type" => Some(AuthType(octet?).to_string()),
        "auth_level" => AuthLevel::from_octet(octet?).map(|level| level.to_string()),
        "command" => {
            let name = ["", "rpc_sec_vt_bitmask", "rpc_sec_vt_pcontext", "rpc_sec_vt_header2"];
            let name = name.get((number & 0x3FFF) as usize).copied().unwrap_or("an unknown command");
            let last = if number & 0x4000 == 0 { "" } else { ", the last one" };
            let must = if number & 0x8000 == 0 { "" } else { ", must be processed" };
            Some(format!("{name}{last}{must}"))
        }
        "bits" => text(if number & 1 == 0 { "headers are not signed" } else { "the client can sign headers" }),
        _ => None,
    }
}

fn reject_reason(reason: u16) -> Option<String> {
    let names = [
        "reason not specified",
        "abstract syntax not supported",
        "transfer syntaxes not supported",
        "local limit exceeded; in a negotiate_ack: both features",
    ];
    names.get(usize::from(reason)).map(|name| (*name).to_owned())
}

fn drep(octets: &[u8]) -> Option<String> {
    let order = match octets.first()? {
        0x10 => "little-endian",
        0x00 => "big-endian",
        _ => return None,
    };
    Some(format!("{order}, ASCII, IEEE"))
}

fn named(uuid: Uuid) -> Option<String> {
    let features = TransferSyntaxId { uuid, version: 1 }.features();
    match uuid {
        _ if uuid.is_nil() => Some("none".to_owned()),
        _ if uuid == TransferSyntaxId::NDR20.uuid => Some("NDR 2.0".to_owned()),
        _ if uuid == TransferSyntaxId::NDR64.uuid => Some("NDR64".to_owned()),
        _ => features
            .map(|features| format!("bind-time features: {}", nspi::flags::<BindTimeFeatures>(features.bits())))
            .or_else(|| Interface::of(uuid).map(|interface| interface.to_string())),
    }
}
