//! From a client's first token to the name in its ticket [RFC 4120 5.3, 5.5.1].

use nspi_auth::pac::{Pac, PacAccount};
use nspi_auth::spnego::Oid;
use nspi_auth::spnego::der::{Reader, only, tag};
use nspi_auth::spnego::token::unframe;
use nspi_proto::dcerpc::auth::SecurityError;
use zeroize::Zeroizing;

use super::Session;
use super::keytab::{Cipher, Keytab, ServiceKey};

/// Key usage of a ticket's encrypted part [RFC 4120 7.5.1].
const TICKET: i32 = 2;
/// Key usage of a PAC's checksums [MS-PAC 2.8].
const PAC_CHECKSUM: i32 = 17;
/// What GSS-API tokens of an AP-REQ and an AP-REP begin with [RFC 4121 4.1].
const AP_REQ: [u8; 2] = [1, 0];
const AP_REP: [u8; 2] = [2, 0];
/// `AD-IF-RELEVANT`, as the contents of an INTEGER.
const IF_RELEVANT: &[u8] = &[1];
/// `AD-WIN2K-PAC`, 128.
const WIN2K_PAC: &[u8] = &[0, 128];

/// Who a ticket is for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Account {
    /// The NetBIOS name of the domain if the ticket has a PAC, else the realm.
    pub(crate) domain: String,
    pub(crate) name: String,
}

/// Why a ticket does not say who it is for. `service` and `cipher`, which stand outside: `host/dc1@ACME.TEST`, 18.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shut {
    /// No key of the keytab opens it.
    NoKey { service: String, cipher: u64 },
    /// It is encrypted in a way that is not read.
    Cipher { service: String, cipher: u64 },
    /// It is damaged.
    Damaged,
}

impl From<SecurityError> for Shut {
    fn from(_: SecurityError) -> Self {
        Self::Damaged
    }
}

/// What is in a ticket that was opened.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) account: Account,
    /// Its keys; `None` if they are for a cipher that is not read.
    pub(crate) session: Option<Session>,
}

/// [RFC 4120 5.2.9] `EncryptedData`.
pub(super) struct Encrypted<'a> {
    cipher: u64,
    octets: &'a [u8],
}

impl<'a> Encrypted<'a> {
    pub(super) fn parse(octets: &'a [u8]) -> Result<Self, SecurityError> {
        let mut fields = Reader::new(only(octets, tag::SEQUENCE)?);
        let cipher = only(fields.take(tag::context(0))?, tag::INTEGER)?;
        let cipher = cipher.iter().fold(0, |number: u64, octet| number << 8 | u64::from(*octet));
        Ok(Self { cipher, octets: only(field(&mut fields, 2)?, tag::OCTET_STRING)? })
    }

    /// [RFC 3962 6]; `None` if it was encrypted with another key.
    pub(super) fn decrypt(&self, key: &ServiceKey, usage: i32) -> Option<Zeroizing<Vec<u8>>> {
        key.cipher.suite().cipher().decrypt(&key.key, usage, self.octets).ok().map(Zeroizing::new)
    }
}

/// The AP-REQ that a client's token is: bare, as in DCE style, or in the framing of GSS-API.
pub(crate) fn ap_req(token: &[u8]) -> Option<&[u8]> {
    message(token, AP_REQ, tag::application(14))
}

/// The AP-REP that a server's token is, likewise.
pub(crate) fn ap_rep(token: &[u8]) -> Option<&[u8]> {
    message(token, AP_REP, tag::application(15))
}

fn message(token: &[u8], kind: [u8; 2], tag: u8) -> Option<&[u8]> {
    let message = match unframe(token) {
        Ok((Oid::KERBEROS | Oid::MS_KERBEROS, message)) => message.strip_prefix(&kind)?,
        _ => token,
    };
    message.starts_with(&[tag]).then_some(message)
}

/// Opens the ticket of an AP-REQ.
pub(crate) fn open(ap_req: &[u8], keytab: &Keytab) -> Result<Opened, Shut> {
    let mut request = Reader::new(only(only(ap_req, tag::application(14))?, tag::SEQUENCE)?);
    let ticket = field(&mut request, 3)?;
    let authenticator = Encrypted::parse(request.take(tag::context(4))?)?;
    let mut ticket = Reader::new(only(only(ticket, tag::application(1))?, tag::SEQUENCE)?);
    ticket.take(tag::context(0))?; // tkt-vno
    let realm = text(only(ticket.take(tag::context(1))?, tag::GENERAL_STRING)?);
    let service = format!("{}@{realm}", principal(ticket.take(tag::context(2))?)?);
    let encrypted = Encrypted::parse(ticket.take(tag::context(3))?)?;
    let Some(cipher) = Cipher::of(encrypted.cipher) else {
        return Err(Shut::Cipher { service, cipher: encrypted.cipher });
    };
    let opened = keytab.of(cipher).find_map(|key| Some((key, encrypted.decrypt(key, TICKET)?)));
    let (service_key, opened) = opened.ok_or(Shut::NoKey { service, cipher: encrypted.cipher })?;
    let mut part = Reader::new(only(only(&opened, tag::application(3))?, tag::SEQUENCE)?);
    let key = field(&mut part, 1)?;
    Ok(Opened { account: account(part, service_key)?, session: Session::new(key, &authenticator) })
}

/// Who stands in `EncTicketPart`, behind its key: the account in the PAC, as nspi-server and NTLM have it, else the
/// principal, which may be any name that the account has.
fn account(mut part: Reader<'_>, key: &ServiceKey) -> Result<Account, SecurityError> {
    let realm = text(only(field(&mut part, 2)?, tag::GENERAL_STRING)?);
    let name = principal(part.take(tag::context(3))?)?;
    let authorization = field(&mut part, 10).ok().and_then(|data| only(data, tag::SEQUENCE).ok());
    let account = authorization.and_then(|data| {
        let relevant = elements(data, IF_RELEVANT).filter_map(|data| only(data, tag::SEQUENCE).ok());
        let pacs = relevant.flat_map(|data| elements(data, WIN2K_PAC)).map(Pac::new);
        pacs.filter(|pac| is_of_the_kdc(pac, key)).find_map(|pac| pac.account())
    });
    Ok(match account {
        None => Account { domain: realm, name },
        Some(PacAccount { domain, name }) if domain.is_empty() => Account { domain: realm, name },
        Some(PacAccount { domain, name }) => Account { domain, name },
    })
}

/// Whether the PAC's server checksum is right. That the ticket is encrypted is not enough: a KDC may copy into it what the
/// client asks for [RFC 4120 5.4.1, `enc-authorization-data`], but without the service's key it cannot be signed.
fn is_of_the_kdc(pac: &Pac<'_>, key: &ServiceKey) -> bool {
    let hasher = key.cipher.suite().cipher().checksum_type().hasher();
    pac.server_checksum().is_some_and(|checksum| {
        u32::from(hasher.checksum_type()) == checksum.kind
            && hasher.checksum(&key.key, PAC_CHECKSUM, &checksum.covered).is_ok_and(|right| right == checksum.value)
    })
}

/// The field with this number; those in front of it are passed over.
pub(super) fn field<'a>(fields: &mut Reader<'a>, number: u8) -> Result<&'a [u8], SecurityError> {
    while let Some(found) = fields.peek().filter(|found| *found < tag::context(number)) {
        fields.take(found)?;
    }
    fields.take(tag::context(number))
}

/// [RFC 4120 5.2.2] `PrincipalName`: its parts, with strokes in between.
fn principal(octets: &[u8]) -> Result<String, SecurityError> {
    let mut name = Reader::new(only(octets, tag::SEQUENCE)?);
    let mut parts = Reader::new(only(field(&mut name, 1)?, tag::SEQUENCE)?);
    let mut all = Vec::new();
    while let Some(part) = parts.take_if(tag::GENERAL_STRING)? {
        all.push(text(part));
    }
    Ok(all.join("/"))
}

/// Letters are UTF-8 if Windows wrote them.
fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// [RFC 4120 5.2.6] `AuthorizationData`: its elements of a kind.
fn elements<'a>(octets: &'a [u8], kind: &'static [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut list = Reader::new(octets);
    std::iter::from_fn(move || list.take_if(tag::SEQUENCE).ok().flatten()).filter_map(move |element| {
        let mut fields = Reader::new(element);
        let found = fields.field(0, tag::INTEGER).ok()??;
        (found == kind).then(|| fields.field(1, tag::OCTET_STRING).ok()?)?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the KDC of Samba 4.17.12 says of ada, whose user principal name is ada.lovelace@acme.test, to svc-nspi; and the
    /// keytab of that account.
    const ADA: &[u8] = include_bytes!("../../../nspi-auth/src/pac/ada.pac");
    const KEYTAB: &[u8] = include_bytes!("../../tests/corpus/kerberos/nspi.keytab");

    fn der(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
        let contents = contents.concat();
        let [high, low] = u16::try_from(contents.len()).unwrap().to_be_bytes();
        let length = match (high, low) {
            (0, 0..=0x7F) => &[low][..],
            (0, _) => &[0x81, low],
            _ => &[0x82, high, low],
        };
        [&[tag], length, &contents].concat()
    }

    fn element(kind: &[u8], data: &[u8]) -> Vec<u8> {
        let kind = der(tag::context(0), &[&der(tag::INTEGER, &[kind])]);
        der(tag::SEQUENCE, &[&kind, &der(tag::context(1), &[&der(tag::OCTET_STRING, &[data])])])
    }

    /// Who stands in ada.lovelace@ACME.TEST's ticket with these PACs.
    fn named(pacs: &[&[u8]]) -> String {
        let realm = der(tag::context(2), &[&der(tag::GENERAL_STRING, &[b"ACME.TEST"])]);
        let parts = der(tag::SEQUENCE, &[&der(tag::GENERAL_STRING, &[b"ada.lovelace"])]);
        let name = der(tag::context(3), &[&der(tag::SEQUENCE, &[&der(tag::context(1), &[&parts])])]);
        let pac = |pac: &&[u8]| element(IF_RELEVANT, &der(tag::SEQUENCE, &[&element(WIN2K_PAC, pac)]));
        let pacs = pacs.iter().map(pac).collect::<Vec<_>>().concat();
        let authorization = der(tag::context(10), &[&der(tag::SEQUENCE, &[&pacs])]);
        let part = [realm, name, authorization].concat();
        let keytab = Keytab::parse(KEYTAB).unwrap();
        let key = keytab.of(Cipher::Aes256).next().unwrap();
        let Account { domain, name } = account(Reader::new(&part), key).unwrap();
        format!(r"{domain}\{name}")
    }

    #[test]
    fn a_ticket_in_a_user_principal_name_is_the_accounts() {
        assert_eq!(named(&[ADA]), r"ACME\ada");
    }

    #[test]
    fn without_a_pac_the_principal_has_the_name() {
        assert_eq!(named(&[]), r"ACME.TEST\ada.lovelace");
    }

    #[test]
    fn a_pac_that_the_kdc_did_not_sign_is_passed_over() {
        // Her name in UPN_DNS_INFO, another's; the type of the checksum; a PAC without one.
        let forged = |place: usize, octet: u8| {
            let mut pac = ADA.to_vec();
            pac[place] = octet;
            pac
        };
        let last = ADA.windows(6).rposition(|window| window == b"a\0d\0a\0").unwrap();
        for forged in [forged(last, b'e'), forged(720, 15), forged(720, 20), forged(56, 0xFF), ADA[..740].to_vec()] {
            assert_eq!(named(&[&forged]), r"ACME.TEST\ada.lovelace");
            assert_eq!(named(&[&forged, ADA]), r"ACME\ada");
        }
    }
}
