//! A security mechanism that proves nothing to anybody but shows the machines everything: a password in three legs,
//! signatures that count and, if headers are to be signed, cover the whole PDU, a cipher.

use std::ops::Range;

use nspi_proto::dcerpc::auth::{AuthLevel, Handshake, Identity, Progress, SecurityContext, SecurityError};

const SIGNATURE: usize = 16;

/// Either end of an established context.
pub(super) struct Toy {
    sending: Stream,
    receiving: Stream,
    can_seal: bool,
    headers: bool,
}

#[derive(Clone, Copy)]
struct Stream {
    key: u64,
    count: u32,
}

impl Toy {
    pub(super) fn client(password: &str) -> Self {
        let key = mix(7, password.as_bytes());
        Self {
            sending: Stream { key, count: 0 },
            receiving: Stream { key: !key, count: 0 },
            can_seal: true,
            headers: false,
        }
    }

    pub(super) fn server(password: &str) -> Self {
        let client = Self::client(password);
        Self { sending: client.receiving, receiving: client.sending, ..client }
    }
}

impl Stream {
    /// The signature of the next PDU.
    fn sign(&mut self, pdu: &[u8]) -> [u8; SIGNATURE] {
        let mac = mix(self.key ^ u64::from(self.count), pdu).to_le_bytes();
        let mut signature = [1; SIGNATURE];
        signature[4..12].copy_from_slice(&mac);
        signature[12..].copy_from_slice(&self.count.to_le_bytes());
        self.count += 1;
        signature
    }

    /// Encrypts or decrypts the body of the next PDU.
    fn cipher(&self, body: &mut [u8]) {
        for (at, octet) in body.iter_mut().enumerate() {
            *octet ^= mix(self.key ^ u64::from(self.count), &at.to_le_bytes()).to_le_bytes()[3];
        }
    }
}

impl SecurityContext for Toy {
    fn signature_len(&self, _: AuthLevel) -> usize {
        SIGNATURE
    }

    fn can_seal(&self) -> bool {
        self.can_seal
    }

    fn sign_headers(&mut self) {
        self.headers = true;
    }

    fn protect(
        &mut self,
        level: AuthLevel,
        pdu: &mut [u8],
        body: Range<usize>,
        signature: &mut [u8],
    ) -> Result<(), SecurityError> {
        let stream = self.sending;
        let signed = if self.headers { &*pdu } else { &pdu[body.clone()] };
        signature.copy_from_slice(&self.sending.sign(signed)); // over the plaintext
        if level.seals() {
            stream.cipher(&mut pdu[body]);
        }
        Ok(())
    }

    fn unprotect(
        &mut self,
        level: AuthLevel,
        pdu: &mut [u8],
        body: Range<usize>,
        signature: &[u8],
    ) -> Result<(), SecurityError> {
        if level.seals() {
            self.receiving.cipher(&mut pdu[body.clone()]);
        }
        let signed = if self.headers { &*pdu } else { &pdu[body] };
        if self.receiving.sign(signed) == signature { Ok(()) } else { Err(SecurityError::BadSignature) }
    }
}

fn mix(seed: u64, octets: &[u8]) -> u64 {
    let step = |hash: u64, &octet: &u8| (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01B3).rotate_left(23);
    octets.iter().fold(seed ^ 0xCBF2_9CE4_8422_2325, step)
}

/// Either end of a handshake: `hello`, `who are you?`, the password, and with `concludes` a last word of the server.
pub(super) struct ToyHandshake {
    pub(super) password: String,
    pub(super) concludes: bool,
    /// What the contexts that it leads to say of themselves.
    pub(super) can_seal: bool,
}

impl ToyHandshake {
    pub(super) fn new(password: &str, concludes: bool) -> Self {
        Self { password: password.to_owned(), concludes, can_seal: true }
    }
}

impl Handshake for ToyHandshake {
    fn step(&mut self, token: &[u8]) -> Result<Progress, SecurityError> {
        let next = |token: &[u8]| Ok(Progress::Continue { token: token.to_vec() });
        let done = |token: Option<&[u8]>, context: Toy| {
            let identity = Identity { account: "alice".to_owned(), name: "TOY\\alice".to_owned() };
            let context = Box::new(Toy { can_seal: self.can_seal, ..context });
            Ok(Progress::Done { token: token.map(<[u8]>::to_vec), context, identity })
        };
        match token {
            b"" => next(b"hello"),
            b"hello" => next(b"who are you?"),
            b"who are you?" if self.concludes => next(self.password.as_bytes()),
            b"who are you?" => done(Some(self.password.as_bytes()), Toy::client(&self.password)),
            b"welcome" => done(None, Toy::client(&self.password)),
            _ if token != self.password.as_bytes() => Err(SecurityError::WrongCredentials),
            _ => done(self.concludes.then_some(b"welcome"), Toy::server(&self.password)),
        }
    }
}
