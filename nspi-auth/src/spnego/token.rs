//! The two messages of SPNEGO [RFC 4178 4.2], as fields and as octets.
//!
//! ```text
//!   client ── 60 { 1.3.6.1.5.5.2, [0] NegTokenInit } ─► server      mechTypes, mechToken of the first of them
//!          ◄────────── [1] NegTokenResp ───────────────             negState, supportedMech, responseToken, mechListMIC
//!          ─────────── [1] NegTokenResp ──────────────►             ... and so on
//! ```
//!
//! Fields are borrowed from the token; nothing is allocated.

use nspi_proto::dcerpc::auth::SecurityError;

use super::der::{self, Reader, tag};
use super::{Oid, bad_token};

/// [RFC 4178 4.1] `MechTypeList`: the mechanisms that a client offers, the preferred one first. There is one at least,
/// and 64 at most.
///
/// It keeps its octets as they were sent, since they are what a `mechListMIC` signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MechTypeList<'a>(&'a [u8]);

impl<'a> MechTypeList<'a> {
    /// Far more than there are.
    const LIMIT: usize = 64;

    /// Takes a list apart: a SEQUENCE, with its tag.
    ///
    /// # Errors
    /// [`SecurityError::BadToken`] if it is no list of object identifiers, empty, or too long.
    pub fn parse(octets: &'a [u8]) -> Result<Self, SecurityError> {
        let mut list = Reader::new(der::only(octets, tag::SEQUENCE)?);
        for count in 0.. {
            match list.take_if(tag::OBJECT_IDENTIFIER)? {
                Some(_) if count == Self::LIMIT => return Err(bad_token("too many mechanisms")),
                Some(oid) => Oid::from_octets(oid)?,
                None if count == 0 => return Err(bad_token("no mechanisms")),
                None => break,
            };
        }
        list.end()?;
        Ok(Self(octets))
    }

    /// The octets of a list of these mechanisms.
    #[must_use]
    pub fn encode(mechanisms: &[Oid<'_>]) -> Vec<u8> {
        let oids: Vec<_> = mechanisms.iter().map(|oid| der::element(tag::OBJECT_IDENTIFIER, &[oid.octets()])).collect();
        der::element(tag::SEQUENCE, &oids.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    /// The list's octets: what a `mechListMIC` signs.
    #[must_use]
    pub fn octets(&self) -> &'a [u8] {
        self.0
    }

    /// The mechanisms, the preferred one first.
    pub fn iter(&self) -> impl Iterator<Item = Oid<'a>> + use<'a> {
        // Nothing of this fails: it went well in `parse`.
        let mut list = Reader::new(der::only(self.0, tag::SEQUENCE).unwrap_or_default());
        std::iter::from_fn(move || list.take_if(tag::OBJECT_IDENTIFIER).ok()??.try_into().ok())
    }
}

impl<'a> TryFrom<&'a [u8]> for Oid<'a> {
    type Error = SecurityError;

    fn try_from(octets: &'a [u8]) -> Result<Self, SecurityError> {
        Self::from_octets(octets)
    }
}

/// [RFC 4178 4.2.1] `NegTokenInit`: the client's first token.
///
/// [MS-SPNG 2.2.1] `NegTokenInit2`, in which Windows puts hints where a `mechListMIC` should be, is read alike. A
/// `mechListMIC` is passed over: a mechanism that one token establishes could have one, and there is none here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NegTokenInit<'a> {
    /// `mechTypes`: what is offered.
    pub mech_types: MechTypeList<'a>,
    /// `mechToken`: the first token of the preferred mechanism, sent in the hope that it is chosen.
    pub mech_token: Option<&'a [u8]>,
}

impl<'a> NegTokenInit<'a> {
    /// Takes a message apart, in the framing that GSS-API gives to a first token.
    ///
    /// # Errors
    /// [`SecurityError::BadToken`] if it is no `NegTokenInit`.
    pub fn parse(token: &'a [u8]) -> Result<Self, SecurityError> {
        let (mechanism, framed) = unframe(token)?;
        if mechanism != Oid::SPNEGO {
            return Err(bad_token("the first token of another mechanism"));
        }
        let message = der::only(framed, tag::context(0))?;
        let mut fields = Reader::new(der::only(message, tag::SEQUENCE)?);
        let mech_types = MechTypeList::parse(fields.take(tag::context(0))?)?;
        fields.take_if(tag::context(1))?; // reqFlags, which RFC 4178 tells to ignore
        let mech_token = fields.field(2, tag::OCTET_STRING)?;
        fields.skip_fields_above(2)?; // mechListMIC; or negHints, and then mechListMIC
        Ok(Self { mech_types, mech_token })
    }

    /// The message's octets, framed.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let fields = [
            &der::element(tag::context(0), &[self.mech_types.octets()])[..],
            &der::field(2, tag::OCTET_STRING, self.mech_token),
        ];
        let message = der::element(tag::context(0), &[&der::element(tag::SEQUENCE, &fields)]);
        let oid = der::element(tag::OBJECT_IDENTIFIER, &[Oid::SPNEGO.octets()]);
        der::element(tag::INITIAL_CONTEXT_TOKEN, &[&oid, &message])
    }
}

/// [RFC 2743 3.1] `InitialContextToken`: the mechanism that a first token is of, and the token.
///
/// # Errors
/// [`SecurityError::BadToken`] if it is none.
pub fn unframe(token: &[u8]) -> Result<(Oid<'_>, &[u8]), SecurityError> {
    let mut framing = Reader::new(der::only(token, tag::INITIAL_CONTEXT_TOKEN)?);
    let mechanism = Oid::from_octets(framing.take(tag::OBJECT_IDENTIFIER)?)?;
    Ok((mechanism, framing.rest()))
}

/// [RFC 4178 4.2.2] `negState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum NegState {
    /// `accept-completed`: no further token is expected.
    AcceptCompleted = 0,
    /// `accept-incomplete`: another token is expected.
    AcceptIncomplete = 1,
    /// `reject`: the negotiation is over.
    Reject = 2,
    /// `request-mic`: as `accept-incomplete`, in a server's first token; MICs must be exchanged.
    RequestMic = 3,
}

impl NegState {
    fn parse(contents: &[u8]) -> Result<Self, SecurityError> {
        Ok(match contents {
            [0] => Self::AcceptCompleted,
            [1] => Self::AcceptIncomplete,
            [2] => Self::Reject,
            [3] => Self::RequestMic,
            _ => return Err(bad_token("an unknown negState")),
        })
    }
}

/// [RFC 4178 4.2.2] `NegTokenResp`: every token but the first, of both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NegTokenResp<'a> {
    /// `negState`; must be in a server's first token.
    pub neg_state: Option<NegState>,
    /// `supportedMech`: the mechanism that the server has chosen; in its first token.
    pub supported_mech: Option<Oid<'a>>,
    /// `responseToken`: the mechanism's token.
    pub response_token: Option<&'a [u8]>,
    /// `mechListMIC`: the mechanism's signature over the client's [`MechTypeList`].
    pub mech_list_mic: Option<&'a [u8]>,
}

impl<'a> NegTokenResp<'a> {
    /// Takes a message apart.
    ///
    /// # Errors
    /// [`SecurityError::BadToken`] if it is no `NegTokenResp`.
    pub fn parse(token: &'a [u8]) -> Result<Self, SecurityError> {
        let mut fields = Reader::new(der::only(der::only(token, tag::context(1))?, tag::SEQUENCE)?);
        let message = Self {
            neg_state: fields.field(0, tag::ENUMERATED)?.map(NegState::parse).transpose()?,
            supported_mech: fields.field(1, tag::OBJECT_IDENTIFIER)?.map(Oid::from_octets).transpose()?,
            response_token: fields.field(2, tag::OCTET_STRING)?,
            mech_list_mic: fields.field(3, tag::OCTET_STRING)?,
        };
        fields.skip_fields_above(3)?;
        Ok(message)
    }

    /// The message's octets.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let fields = [
            &der::field(0, tag::ENUMERATED, self.neg_state.map(|state| [state as u8]).as_ref().map(|state| &state[..]))
                [..],
            &der::field(1, tag::OBJECT_IDENTIFIER, self.supported_mech.map(Oid::octets)),
            &der::field(2, tag::OCTET_STRING, self.response_token),
            &der::field(3, tag::OCTET_STRING, self.mech_list_mic),
        ];
        der::element(tag::context(1), &[&der::element(tag::SEQUENCE, &fields)])
    }
}
