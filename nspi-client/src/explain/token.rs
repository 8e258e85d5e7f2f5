//! What the token of an auth verifier is.

use nspi_auth::ntlm::av_pair::AvId;
use nspi_auth::ntlm::message::{Authenticate, Challenge, Negotiate};
use nspi_auth::spnego::Oid;
use nspi_auth::spnego::token::{NegTokenInit, NegTokenResp};

/// A token in a few words: its mechanism, its message, who and whom it names. `None`: it is unknown.
pub(super) fn meaning(token: &[u8]) -> Option<String> {
    ntlm(token).or_else(|| spnego(token)).or_else(|| kerberos(token)).or_else(|| signature(token))
}

fn ntlm(token: &[u8]) -> Option<String> {
    if let Ok(message) = Negotiate::parse(token) {
        return Some(format!("NTLM NEGOTIATE, flags {:#010x}", message.flags.bits()));
    }
    if let Ok(message) = Challenge::parse(token) {
        let (target, flags) = (&message.target_name, message.flags.bits());
        let named = |id| message.target_info.text(id).filter(|name| !name.is_empty());
        let names = [AvId::NETBIOS_DOMAIN, AvId::NETBIOS_COMPUTER, AvId::DNS_COMPUTER].into_iter().filter_map(named);
        let names = names.collect::<Vec<_>>().join(", ");
        return Some(format!("NTLM CHALLENGE, target {target:?}, which is {names}; flags {flags:#010x}"));
    }
    let message = Authenticate::parse(token).ok()?;
    let who = match (message.domain.as_str(), message.user.as_str()) {
        ("", "") => "nobody".to_owned(),
        ("", user) => user.to_owned(),
        (domain, user) => format!("{domain}\\{user}"),
    };
    let version = if message.nt_response.len() > 24 { "NTLMv2" } else { "NTLMv1" };
    Some(format!("NTLM AUTHENTICATE, user {who}, workstation {:?}, {version}", message.workstation))
}

fn spnego(token: &[u8]) -> Option<String> {
    if let Ok(message) = NegTokenInit::parse(token) {
        let offers: Vec<String> = message.mech_types.iter().map(mechanism).collect();
        return Some(format!("SPNEGO NegTokenInit, offers {}{}", offers.join(", "), within(message.mech_token)));
    }
    let message = NegTokenResp::parse(token).ok()?;
    let state = message.neg_state.map(|state| format!(", {state:?}")).unwrap_or_default();
    let chosen = message.supported_mech.map(|oid| format!(", {} chosen", mechanism(oid))).unwrap_or_default();
    let mic = if message.mech_list_mic.is_some() { ", with mechListMIC" } else { "" };
    Some(format!("SPNEGO NegTokenResp{state}{chosen}{mic}{}", within(message.response_token)))
}

fn within(token: Option<&[u8]>) -> String {
    token.and_then(meaning).map(|token| format!("; in it {token}")).unwrap_or_default()
}

fn mechanism(oid: Oid<'_>) -> String {
    match oid {
        Oid::NTLM => "NTLM".to_owned(),
        Oid::KERBEROS => "Kerberos".to_owned(),
        Oid::MS_KERBEROS => "Kerberos (Microsoft's number)".to_owned(),
        other => other.to_string(),
    }
}

/// [RFC 4121 4.1] The framing of GSS-API, Kerberos' number, and two octets that say which message follows; or a bare
/// AP-REQ, AP-REP or KRB-ERROR, as DCE style has it.
fn kerberos(token: &[u8]) -> Option<String> {
    let named = |octet: u8| match octet {
        0x6E => Some("AP-REQ"),
        0x6F => Some("AP-REP"),
        0x7E => Some("KRB-ERROR"),
        _ => None,
    };
    let oid = Oid::KERBEROS.octets();
    let framed = token.windows(oid.len()).take(32).position(|octets| octets == oid);
    let message = match framed {
        Some(at) => match token.get(at + oid.len()..at + oid.len() + 2)? {
            [1, 0] => "AP-REQ",
            [2, 0] => "AP-REP",
            [3, 0] => "KRB-ERROR",
            [4, 4] => return Some("Kerberos MIC token".to_owned()),
            _ => return None,
        },
        None => named(*token.first().filter(|_| token.len() > 32)?)?,
    };
    Some(format!("Kerberos {message}"))
}

/// [MS-NLMP 2.2.2.9] Version 1, checksum, sequence number; [RFC 4121 4.2.6] begins with 04 04 or 05 04.
fn signature(token: &[u8]) -> Option<String> {
    match token {
        [1, 0, 0, 0, _, _, _, _, _, _, _, _, a, b, c, d] => {
            Some(format!("NTLM signature, sequence number {}", u32::from_le_bytes([*a, *b, *c, *d])))
        }
        [4, 4, ..] if token.len() >= 28 => Some("Kerberos signature (MIC token)".to_owned()),
        [5, 4, ..] if token.len() >= 28 => Some("Kerberos signature (wrap token)".to_owned()),
        _ => None,
    }
}
