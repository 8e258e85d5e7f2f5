//! As much of DER as SPNEGO and Kerberos are made of [X.690]: tags of one octet, definite lengths in their shortest form.
//!
//! A [`Reader`] walks over borrowed octets and allocates nothing; what is inside of an element is read by a reader of its
//! own, one for each layer that the *code* has, so that no nesting in the octets leads to any recursion. A length never
//! reaches beyond the octets that are there.

use nspi_proto::dcerpc::auth::SecurityError;

use super::bad_token;

/// Identifier octets. Context tags are [`tag::context`].
pub mod tag {
    /// INTEGER.
    pub const INTEGER: u8 = 0x02;
    /// OCTET STRING.
    pub const OCTET_STRING: u8 = 0x04;
    /// OBJECT IDENTIFIER.
    pub const OBJECT_IDENTIFIER: u8 = 0x06;
    /// ENUMERATED.
    pub const ENUMERATED: u8 = 0x0A;
    /// GeneralString: names in Kerberos [RFC 4120 5.2.1].
    pub const GENERAL_STRING: u8 = 0x1B;
    /// SEQUENCE and SEQUENCE OF.
    pub const SEQUENCE: u8 = 0x30;
    /// `[APPLICATION 0]`, constructed: the `InitialContextToken` of GSS-API [RFC 2743 3.1].
    pub const INITIAL_CONTEXT_TOKEN: u8 = 0x60;

    /// `[number] EXPLICIT`; `number` is below 31.
    #[must_use]
    pub const fn context(number: u8) -> u8 {
        0xA0 | number
    }

    /// `[APPLICATION number]`, constructed; `number` is below 31.
    #[must_use]
    pub const fn application(number: u8) -> u8 {
        0x60 | number
    }
}

/// Elements that stand one after another.
#[derive(Debug, Clone)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// At the first of these elements.
    #[must_use]
    pub fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// The identifier octet of the next element, if there is one.
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// What is in the next element, which must be a `tag`.
    ///
    /// # Errors
    /// [`SecurityError::BadToken`] if it is not that.
    pub fn take(&mut self, tag: u8) -> Result<&'a [u8], SecurityError> {
        match self.0.split_first() {
            Some((&found, rest)) if found == tag => self.contents(rest),
            Some(_) => Err(bad_token("an element of another type")),
            None => Err(CUT_OFF),
        }
    }

    /// As [`take`](Self::take), if the next element is a `tag`.
    ///
    /// # Errors
    /// [`SecurityError::BadToken`] if it is not that.
    pub fn take_if(&mut self, tag: u8) -> Result<Option<&'a [u8]>, SecurityError> {
        if self.peek() == Some(tag) { self.take(tag).map(Some) } else { Ok(None) }
    }

    /// What is in `[number] EXPLICIT tag`, if that comes next: an optional field of a SEQUENCE.
    ///
    /// # Errors
    /// [`SecurityError::BadToken`] if it is not that.
    pub fn field(&mut self, number: u8, tag: u8) -> Result<Option<&'a [u8]>, SecurityError> {
        let Some(field) = self.take_if(tag::context(number))? else { return Ok(None) };
        only(field, tag).map(Some)
    }

    /// Passes over what is left: fields above `[number]`, in their order, as later versions of a SEQUENCE with `...` have.
    ///
    /// # Errors
    /// [`SecurityError::BadToken`] if it is not that.
    pub fn skip_fields_above(mut self, number: u8) -> Result<(), SecurityError> {
        let mut last = tag::context(number);
        while let Some((&tag, rest)) = self.0.split_first() {
            if !(last + 1..=tag::context(30)).contains(&tag) {
                return Err(bad_token("a field out of order"));
            }
            last = tag;
            self.contents(rest)?;
        }
        Ok(())
    }

    /// What is left.
    #[must_use]
    pub fn rest(self) -> &'a [u8] {
        self.0
    }

    /// Nothing may be left.
    ///
    /// # Errors
    /// [`SecurityError::BadToken`] if it is not that.
    pub fn end(self) -> Result<(), SecurityError> {
        if self.0.is_empty() { Ok(()) } else { Err(bad_token("octets beyond its end")) }
    }

    /// Length and contents, behind the identifier octet; goes on to the next element [X.690 8.1.3, 10.1].
    fn contents(&mut self, octets: &'a [u8]) -> Result<&'a [u8], SecurityError> {
        let (&first, rest) = octets.split_first().ok_or(CUT_OFF)?;
        let (length, rest) = match first {
            0..=0x7F => (usize::from(first), rest),
            0x81..=0x84 => {
                let (length, rest) = rest.split_at_checked(usize::from(first & 0x7F)).ok_or(CUT_OFF)?;
                let value = length.iter().fold(0, |value: u64, &octet| value << 8 | u64::from(octet));
                if length.first() == Some(&0) || value < 0x80 {
                    return Err(bad_token("a length that is not in its shortest form"));
                }
                (usize::try_from(value).map_err(|_| CUT_OFF)?, rest)
            }
            0x80 => return Err(bad_token("an indefinite length")),
            0x85.. => return Err(CUT_OFF),
        };
        let (contents, rest) = rest.split_at_checked(length).ok_or(CUT_OFF)?;
        self.0 = rest;
        Ok(contents)
    }
}

const CUT_OFF: SecurityError = bad_token("an element that is cut off");

/// What is in the one element that `octets` are, which must be a `tag`.
///
/// # Errors
/// [`SecurityError::BadToken`] if they are not.
pub fn only(octets: &[u8], tag: u8) -> Result<&[u8], SecurityError> {
    let mut reader = Reader::new(octets);
    let contents = reader.take(tag)?;
    reader.end()?;
    Ok(contents)
}

/// An element that is made of `parts`, one after another.
pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let octets = length.to_be_bytes();
    let shortest = &octets[octets.iter().take_while(|&&octet| octet == 0).count()..];
    let mut out = Vec::with_capacity(length + 2 + shortest.len());
    out.push(tag);
    match length {
        // At most eight octets of length; and seven bits are one octet.
        0..=0x7F => out.push(length as u8),
        _ => {
            out.push(0x80 | shortest.len() as u8);
            out.extend_from_slice(shortest);
        }
    }
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

/// `[number] EXPLICIT tag`, or nothing: an optional field of a SEQUENCE.
pub(super) fn field(number: u8, tag: u8, contents: Option<&[u8]>) -> Vec<u8> {
    contents.map_or_else(Vec::new, |contents| element(tag::context(number), &[&element(tag, &[contents])]))
}
