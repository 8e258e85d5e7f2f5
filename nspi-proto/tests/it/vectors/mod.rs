//! Every vector of other programs: decoded to the values given, encoded to the same octets.
//!
//! Vectors are all of `tests/vectors/*.json`, and of the file or folder that the environment variable `NSPI_VECTORS`
//! names. What kind of message one is, its `values` say, or else its name; one of no kind known here is an error.
//!
//! ```text
//!   values {op, dir, syntax, byte_order, fields}   a stub of NSPI                        nspi.rs, fields.rs, values.rs
//!   values {interface, opnum, fields}              a stub of endpoint mapper, management services.rs
//!   values {pdu, ..}, or pdu_*                     a PDU                                 pdu.rs
//!   values {op, dir, .., error, field}             a stub of NSPI that is refused        nspi.rs
//!   *entryid*, tower*, verification_trailer*       what stands inside of others          parts.rs
//! ```

mod fields;
mod nspi;
mod parts;
mod pdu;
mod services;
mod values;

use std::path::Path;

use nspi_proto::ndr::AnyOrder;
use serde_json::{Map, Value as Json};

use crate::hex::assert_same;

/// Octets of another program, and what they say.
struct Vector {
    name: String,
    octets: Vec<u8>,
    values: Json,
}

/// What a vector is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nspi,
    Refused,
    Service,
    Pdu,
    EphemeralEntryId,
    PermanentEntryId,
    Tower,
    VerificationTrailer,
    /// A session's key. nspi-auth tests what is made with it.
    Key,
    /// What an encoder must not write.
    Wrong,
}

impl Vector {
    fn kind(&self) -> Kind {
        let name = &self.name;
        match &self.values {
            values if !values["error"].is_null() => Kind::Refused,
            values if !values["op"].is_null() => Kind::Nspi,
            values if !values["interface"].is_null() => Kind::Service,
            values if !values["pdu"].is_null() => Kind::Pdu,
            _ if name.ends_with("_WRONG") => Kind::Wrong,
            _ if name.starts_with("pdu_") => Kind::Pdu,
            _ if name.starts_with("ephemeral_entryid") => Kind::EphemeralEntryId,
            _ if name.starts_with("permanent_entryid") => Kind::PermanentEntryId,
            _ if name.starts_with("tower") => Kind::Tower,
            _ if name.starts_with("verification_trailer") => Kind::VerificationTrailer,
            _ if name.starts_with("ntlm_") => Kind::Key,
            _ => panic!("{name} is of no kind known here"),
        }
    }

    fn syntax(&self) -> AnyOrder {
        let Self { name, values, .. } = self;
        let says =
            |key: &str, value: &str, suffix: &str| values[key].as_str().map_or(name.ends_with(suffix), |v| v == value);
        AnyOrder { wide: says("syntax", "NDR64", "_ndr64"), big_endian: says("byte_order", "big", "_be") }
    }

    /// Asserts that `ours` are the octets of the vector, apart from what carries nothing.
    fn assert_is<T: PartialEq>(&self, ours: &[u8], read: impl Fn(&[u8]) -> Option<T>) {
        assert_same(ours, &self.octets, read);
    }

    /// Asserts that the vector's octets are refused when cut short anywhere.
    fn assert_no_part_is_read<T>(&self, read: impl Fn(&[u8]) -> Option<T>) {
        for end in 0..self.octets.len() {
            assert!(read(&self.octets[..end]).is_none(), "{} cut at {end}", self.name);
        }
    }
}

fn hex(octets: &[u8]) -> Json {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>().into()
}

fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().map(|digit| digit.to_digit(16).expect(hex) as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// All vectors of a file, or of the files of a folder.
fn read(path: &Path) -> Vec<Vector> {
    if path.is_dir() {
        let mut files: Vec<_> = path.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        return files.iter().flat_map(|file| read(file)).collect();
    }
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let all: Map<String, Json> =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let vector = |(name, vector): (String, Json)| {
        let octets = octets(vector["hex"].as_str().expect(&name));
        Vector { octets, values: vector["values"].clone(), name }
    };
    all.into_iter().map(vector).collect()
}

fn all() -> Vec<Vector> {
    let mut all = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors"));
    if let Some(more) = std::env::var_os("NSPI_VECTORS") {
        all.extend(read(Path::new(&more)));
    }
    all
}

/// The vectors of a kind. There are some, or the test that asks would test nothing.
fn of(kind: Kind) -> Vec<Vector> {
    let all: Vec<_> = all().into_iter().filter(|vector| vector.kind() == kind).collect();
    assert!(!all.is_empty(), "no vector is {kind:?}");
    all
}

/// Runs `check` on every vector of a kind, and fails with all that was found.
fn each(kind: Kind, check: impl Fn(&Vector) + std::panic::RefUnwindSafe) {
    let vectors = of(kind);
    let failed = |vector: &&Vector| std::panic::catch_unwind(|| check(vector)).is_err();
    let failures: Vec<_> = vectors.iter().filter(failed).map(|vector| vector.name.as_str()).collect();
    assert!(failures.is_empty(), "{} of {} failed: {}", failures.len(), vectors.len(), failures.join(", "));
}

#[test]
fn no_vector_is_left_out() {
    let vectors = all();
    let count = |kind: Kind| vectors.iter().filter(|vector| vector.kind() == kind).count();
    // What the project started with; more may be put beside them.
    assert!(count(Kind::Nspi) >= 240 && count(Kind::Service) >= 12 && count(Kind::Pdu) >= 46);
    assert!(vectors.len() >= 308, "{}", vectors.len());
}
