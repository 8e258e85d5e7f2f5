//! What a client and a server encrypt with, once their tickets were opened [RFC 4120 5.5, RFC 4121 2].
//!
//! ```text
//!   signature:  token header 16 │ filler EC │ header 16 │ checksum 12 │ confounder 16          stub
//!                               ╰──────── turned to here: RRC + EC ───╯                          │
//!   encrypted:  confounder │ stub │ filler │ header │ checksum ◄──────────────────────────────────╯
//! ```

use std::ops::Range;

use nspi_auth::spnego::der::{Reader, only, tag};
use nspi_proto::dcerpc::Direction;
use nspi_proto::dcerpc::auth::{AuthLevel, SecurityContext, SecurityError};
use zeroize::Zeroizing;

use super::keytab::{Cipher, ServiceKey};
use super::ticket::{Encrypted, field};

/// Key usages: the authenticator of an AP-REQ and the encrypted part of an AP-REP [RFC 4120 7.5.1].
const AUTHENTICATOR: i32 = 11;
const REPLY: i32 = 12;
/// Key usages of what the acceptor and the initiator seal [RFC 4121 2].
const ACCEPTOR_SEAL: i32 = 22;
const INITIATOR_SEAL: i32 = 24;
/// What a wrap token begins with, and two of its flags [RFC 4121 4.2.2].
const WRAP: [u8; 2] = [5, 4];
const SEALED: u8 = 2;
const ACCEPTOR_SUBKEY: u8 = 4;
/// Octets of a wrap token's header, of a confounder, and of an HMAC-SHA1-96.
const HEADER: usize = 16;
const CONFOUNDER: usize = 16;
const CHECKSUM: usize = 12;

/// The keys of one handshake, as far as it has come.
#[derive(Clone)]
pub(crate) struct Session {
    /// The ticket's own, which the AP-REP is encrypted with.
    ticket: ServiceKey,
    /// The subkey that the client chose, or the ticket's own.
    initiator: ServiceKey,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("cipher", &self.ticket.cipher).finish_non_exhaustive()
    }
}

impl Session {
    /// From the key in a ticket, and the authenticator that was sent with it. `None` if they do not fit, or another cipher
    /// is spoken.
    pub(super) fn new(key: &[u8], authenticator: &Encrypted<'_>) -> Option<Self> {
        let ticket = encryption_key(key).ok()??;
        let opened = authenticator.decrypt(&ticket, AUTHENTICATOR)?;
        let mut fields = Reader::new(only(only(&opened, tag::application(2)).ok()?, tag::SEQUENCE).ok()?);
        let initiator = match field(&mut fields, 6) {
            Ok(subkey) => encryption_key(subkey).ok()??,
            Err(_) => ticket.clone(),
        };
        Some(Self { ticket, initiator })
    }

    /// What reads both directions, from the server's AP-REP: first what the client sends.
    pub(crate) fn reply(&self, ap_rep: &[u8]) -> Option<[(Direction, Unwrap); 2]> {
        let mut reply = Reader::new(only(only(ap_rep, tag::application(15)).ok()?, tag::SEQUENCE).ok()?);
        let encrypted = Encrypted::parse(field(&mut reply, 2).ok()?).ok()?;
        let opened = encrypted.decrypt(&self.ticket, REPLY)?;
        let mut fields = Reader::new(only(only(&opened, tag::application(27)).ok()?, tag::SEQUENCE).ok()?);
        let acceptor = match field(&mut fields, 2) {
            Ok(subkey) => encryption_key(subkey).ok()??,
            Err(_) => self.initiator.clone(),
        };
        let sides = [(Direction::ToServer, INITIATOR_SEAL), (Direction::ToClient, ACCEPTOR_SEAL)];
        Some(sides.map(|(direction, usage)| {
            let (initiator, acceptor) = (self.initiator.clone(), acceptor.clone());
            (direction, Unwrap { initiator, acceptor, usage, headers: false })
        }))
    }
}

/// [RFC 4120 5.2.9] `EncryptionKey`; `Ok(None)` if it is for another cipher.
fn encryption_key(octets: &[u8]) -> Result<Option<ServiceKey>, SecurityError> {
    let mut fields = Reader::new(only(octets, tag::SEQUENCE)?);
    let number = only(fields.take(tag::context(0))?, tag::INTEGER)?;
    let key = only(fields.take(tag::context(1))?, tag::OCTET_STRING)?;
    let cipher = match number {
        [number] => Cipher::of((*number).into()).filter(|cipher| cipher.key_length() == key.len()),
        _ => None,
    };
    Ok(cipher.map(|cipher| ServiceKey { cipher, key: Zeroizing::new(key.to_vec()) }))
}

/// Reads what one side seals. It looks on: whatever fits is read, in any order, and nothing is ever sent.
pub(crate) struct Unwrap {
    initiator: ServiceKey,
    acceptor: ServiceKey,
    usage: i32,
    /// Header and `sec_trailer` are signed, too.
    headers: bool,
}

impl Unwrap {
    /// `GSS_UnwrapEx` in DCE style [RFC 4121 4.2.4, MS-RPCE 3.3.1.5.2.2]. `None`: it does not fit.
    fn unwrap(&self, pdu: &mut [u8], body: Range<usize>, signature: &[u8]) -> Option<()> {
        let (header, turned) = signature.split_first_chunk::<HEADER>()?;
        let [t0, t1, flags, _, e0, e1, r0, r1, ..] = *header;
        if [t0, t1] != WRAP || flags & SEALED == 0 {
            return None;
        }
        let key = if flags & ACCEPTOR_SUBKEY == 0 { &self.initiator } else { &self.acceptor };
        let filler = usize::from(u16::from_be_bytes([e0, e1]));
        let turn = filler + usize::from(u16::from_be_bytes([r0, r1]));
        let mut encrypted = [turned, pdu.get(body.clone())?].concat();
        if turned.len() != filler + HEADER + CHECKSUM + CONFOUNDER || turn > encrypted.len() {
            return None;
        }
        encrypted.rotate_left(turn);
        let cipher = key.cipher.suite().cipher();
        let opened = cipher.decrypt_no_checksum(&key.key, self.usage, &encrypted).ok()?;
        let (stub, rest) = opened.plaintext.split_at_checked(body.len())?;
        let covered = match self.headers {
            true => [&opened.confounder, pdu.get(..body.start)?, stub, pdu.get(body.end..)?, rest].concat(),
            false => [&opened.confounder, stub, rest].concat(),
        };
        if cipher.encryption_checksum(&key.key, self.usage, &covered).ok()? != opened.checksum {
            return None;
        }
        pdu.get_mut(body)?.copy_from_slice(stub);
        Some(())
    }
}

impl SecurityContext for Unwrap {
    fn signature_len(&self, _level: AuthLevel) -> usize {
        0
    }

    fn sign_headers(&mut self) {
        self.headers = true;
    }

    fn protect(&mut self, _: AuthLevel, _: &mut [u8], _: Range<usize>, _: &mut [u8]) -> Result<(), SecurityError> {
        Err(SecurityError::Misuse("who looks on sends nothing"))
    }

    fn unprotect(
        &mut self,
        level: AuthLevel,
        pdu: &mut [u8],
        body: Range<usize>,
        signature: &[u8],
    ) -> Result<(), SecurityError> {
        // What is only signed can be read as it is.
        if !level.seals() {
            return Ok(());
        }
        self.unwrap(pdu, body, signature).ok_or(SecurityError::BadSignature)
    }
}
