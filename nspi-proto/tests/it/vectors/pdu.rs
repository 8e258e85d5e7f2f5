//! PDUs.

use nspi_proto::dcerpc::{Bind, BindAck, Body, Pdu, TransferSyntaxId};
use serde_json::{Value as Json, json};

use super::{Kind, each, hex};

#[test]
fn every_pdu_decodes_to_its_values() {
    each(Kind::Pdu, |vector| {
        let pdu = Pdu::decode(&vector.octets).unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        let expected = &vector.values["pdu"];
        assert!(expected.is_null() || *expected == values(&pdu), "{}: {}", vector.name, values(&pdu));
    });
}

#[test]
fn every_pdu_encodes_to_the_same_octets() {
    each(Kind::Pdu, |vector| {
        let mut ours = vec![0xAA; 3]; // what is in the buffer stays, and does not shift any alignment
        Pdu::decode(&vector.octets).unwrap().encode(&mut ours).unwrap();
        vector.assert_is(&ours[3..], |octets| Pdu::decode(octets).ok().map(|pdu| values(&pdu)));
    });
}

#[test]
fn a_pdu_cut_short_anywhere_is_an_error_and_no_panic() {
    each(Kind::Pdu, |vector| vector.assert_no_part_is_read(|octets| Pdu::decode(octets).ok().map(|_| ())));
}

/// All that a PDU says, as `values.pdu` of the vectors has it.
fn values(pdu: &Pdu<'_>) -> Json {
    let header = &pdu.header;
    let mut all = json!({
        "rpc_vers": header.version.0,
        "rpc_vers_minor": header.version.1,
        "ptype": header.kind.octet(),
        "pfc_flags": header.flags.bits(),
        "drep": if header.big_endian { "00000000" } else { "10000000" },
        "frag_length": header.frag_length,
        "auth_length": header.auth_length,
        "call_id": header.call_id,
    });
    add(&mut all, body(&pdu.body));
    if let Some(verifier) = &pdu.verifier {
        let trailer = &verifier.trailer;
        let sec_trailer = json!({
            "auth_type": trailer.mechanism.0,
            "auth_level": trailer.auth_level,
            "auth_pad_length": trailer.auth_pad_length,
            "auth_context_id": trailer.context.0,
        });
        add(&mut all, json!({"sec_trailer": sec_trailer, "auth_token": hex(verifier.token)}));
    }
    all
}

fn add(all: &mut Json, more: Json) {
    let (Json::Object(all), Json::Object(more)) = (all, more) else { panic!("fields have names") };
    all.extend(more);
}

fn body(body: &Body<'_>) -> Json {
    match body {
        Body::Request(request) => {
            let mut json = json!({
                "alloc_hint": request.alloc_hint,
                "p_cont_id": request.context.0,
                "opnum": request.opnum,
                "stub_and_pad": hex(request.stub),
            });
            if let Some(object) = request.object {
                add(&mut json, json!({"object": object.to_string()}));
            }
            json
        }
        Body::Response(response) => json!({
            "alloc_hint": response.alloc_hint,
            "p_cont_id": response.context.0,
            "cancel_count": response.cancel_count,
            "stub_and_pad": hex(response.stub),
        }),
        Body::Fault(fault) => json!({
            "alloc_hint": fault.alloc_hint,
            "p_cont_id": fault.context.0,
            "cancel_count": fault.cancel_count,
            "status": fault.status.0,
        }),
        Body::Bind(it) | Body::AlterContext(it) => bind(it),
        Body::BindAck(ack) | Body::AlterContextResp(ack) => bind_ack(ack),
        Body::BindNak(nak) => json!({"provider_reject_reason": nak.reason.0, "versions": nak.versions}),
        Body::Auth3 | Body::Shutdown | Body::CoCancel | Body::Orphaned => json!({}),
    }
}

fn bind(bind: &Bind) -> Json {
    let context = |context: &nspi_proto::dcerpc::ContextElement| {
        let interface = context.interface;
        let version = u32::from(interface.minor) << 16 | u32::from(interface.major);
        json!({
            "p_cont_id": context.id.0,
            "abstract_syntax": {"uuid": interface.uuid.to_string(), "version": version},
            "transfer_syntaxes": context.transfer_syntaxes.iter().map(syntax).collect::<Json>(),
        })
    };
    json!({
        "max_xmit_frag": bind.max_xmit_frag,
        "max_recv_frag": bind.max_recv_frag,
        "assoc_group_id": bind.assoc_group_id,
        "contexts": bind.contexts.iter().map(context).collect::<Json>(),
    })
}

fn bind_ack(ack: &BindAck<'_>) -> Json {
    let address = ack.secondary_address;
    let result = |result: &nspi_proto::dcerpc::ContextResult| json!({"result": result.result, "reason": result.reason, "transfer_syntax": syntax(&result.syntax)});
    json!({
        "max_xmit_frag": ack.max_xmit_frag,
        "max_recv_frag": ack.max_recv_frag,
        "assoc_group_id": ack.assoc_group_id,
        "sec_addr": String::from_utf8_lossy(address.strip_suffix(&[0]).unwrap_or(address)),
        "sec_addr_len": address.len(),
        "results": ack.results.iter().map(result).collect::<Json>(),
    })
}

fn syntax(syntax: &TransferSyntaxId) -> Json {
    json!({"uuid": syntax.uuid.to_string(), "version": syntax.version})
}
