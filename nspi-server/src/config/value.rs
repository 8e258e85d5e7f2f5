//! Settings as text: one spelling and one sentence of refusal, on the command line and in the file alike.

use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;

use nspi_proto::dcerpc::auth::AuthLevel;
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use uuid::Uuid;

use crate::windows::WindowsVersion;

/// A setting that is written as text.
pub(super) trait Text: Sized {
    /// Completes "expected ..".
    const EXPECTED: &'static str;

    fn from_text(text: &str) -> Option<Self>;
}

impl Text for SocketAddr {
    const EXPECTED: &'static str = "an address and port such as 127.0.0.1:6002";

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// Where the endpoint mapper answers; `None`, written `off`, is nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndpointMapper(pub Option<SocketAddr>);

impl Text for EndpointMapper {
    const EXPECTED: &'static str = "an address and port such as 127.0.0.1:1135, or off";

    fn from_text(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("off") { Some(Self(None)) } else { text.parse().ok().map(Some).map(Self) }
    }
}

impl Text for WindowsVersion {
    const EXPECTED: &'static str = "2003, 2008, 2008r2, 2012, 2012r2, a later year such as 2016 or 2025, or latest";

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Text for AuthLevel {
    const EXPECTED: &'static str = "none, connect, call, packet, integrity or privacy";

    fn from_text(text: &str) -> Option<Self> {
        [Self::None, Self::Connect, Self::Call, Self::Packet, Self::Integrity, Self::Privacy]
            .into_iter()
            .find(|level| level.to_string().eq_ignore_ascii_case(text))
    }
}

impl Text for Uuid {
    const EXPECTED: &'static str = "a GUID such as 6f1d0c4e-7a51-4c1e-9f0e-2b5d8c1a9e37";

    fn from_text(text: &str) -> Option<Self> {
        Self::parse_str(text).ok()
    }
}

/// A NetBIOS name: of a domain, or of a computer.
#[derive(Debug, Clone)]
pub(super) struct NetbiosName(pub(super) String);

impl Text for NetbiosName {
    const EXPECTED: &'static str = "a NetBIOS name of 1 to 15 letters, digits and hyphens, such as ACME";

    fn from_text(text: &str) -> Option<Self> {
        ((1..=15).contains(&text.len()) && is_label(text)).then(|| Self(text.to_owned()))
    }
}

/// A Kerberos realm, which is the domain's DNS name.
#[derive(Debug, Clone)]
pub(super) struct Realm(pub(super) String);

impl Text for Realm {
    const EXPECTED: &'static str = "a DNS name such as ACME.TEST";

    fn from_text(text: &str) -> Option<Self> {
        (text.len() <= 253 && text.split('.').all(is_label)).then(|| Self(text.to_owned()))
    }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len()) && label.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
}

/// For `clap`: the value, or what was expected.
pub(super) fn parse<T: Text>(text: &str) -> Result<T, String> {
    T::from_text(text).ok_or_else(|| format!("expected {}", T::EXPECTED))
}

/// For serde: a [`Text`].
pub(super) fn text<'de, D: Deserializer<'de>, T: Text>(deserializer: D) -> Result<Option<T>, D::Error> {
    struct TextVisitor<T>(PhantomData<T>);

    impl<T: Text> Visitor<'_> for TextVisitor<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(T::EXPECTED)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            T::from_text(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
        }

        /// `windows = 2008` needs no quotes.
        fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
            T::from_text(&number.to_string()).ok_or_else(|| E::invalid_type(Unexpected::Signed(number), &self))
        }
    }

    deserializer.deserialize_any(TextVisitor(PhantomData)).map(Some)
}

/// For serde: a whole number from `MIN` to `MAX`.
pub(super) fn within<'de, const MIN: u64, const MAX: u64, D: Deserializer<'de>, T: TryFrom<u64>>(
    deserializer: D,
) -> Result<T, D::Error> {
    struct NumberVisitor<T, const MIN: u64, const MAX: u64>(PhantomData<T>);

    impl<T: TryFrom<u64>, const MIN: u64, const MAX: u64> Visitor<'_> for NumberVisitor<T, MIN, MAX> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a whole number from {MIN} to {MAX}")
        }

        fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
            let fits = u64::try_from(number).ok().filter(|number| (MIN..=MAX).contains(number));
            fits.and_then(|number| T::try_from(number).ok())
                .ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
        }
    }

    deserializer.deserialize_any(NumberVisitor::<T, MIN, MAX>(PhantomData))
}

/// For serde: the same, of a setting that may be left out.
pub(super) fn maybe_within<'de, const MIN: u64, const MAX: u64, D: Deserializer<'de>, T: TryFrom<u64>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    within::<MIN, MAX, D, T>(deserializer).map(Some)
}
