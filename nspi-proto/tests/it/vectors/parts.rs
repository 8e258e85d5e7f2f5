//! What stands inside of stubs: entry ids, towers, verification trailers.

use nspi_proto::dcerpc::VerificationTrailer;
use nspi_proto::epm::Tower;
use nspi_proto::nspi::property::FlatUid;
use nspi_proto::nspi::{DisplayType, EphemeralEntryId, GUID_NSPI, MinimalId, PermanentEntryId};

use super::{Kind, each, of};

#[test]
fn every_ephemeral_entry_id_is_read_and_written() {
    each(Kind::EphemeralEntryId, |vector| {
        let id = EphemeralEntryId::from_octets(&vector.octets).expect(&vector.name);
        assert_eq!(id.to_octets()[..], vector.octets);
    });
    let ephemeral = EphemeralEntryId {
        server_guid: FlatUid(*b"\xa0\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xab\xac\xad\xae\xaf"),
        display_type: DisplayType::MAIL_USER,
        id: MinimalId(0x10),
    };
    assert!(of(Kind::EphemeralEntryId).iter().any(|vector| vector.octets == ephemeral.to_octets()));
}

#[test]
fn every_permanent_entry_id_is_read_and_written() {
    each(Kind::PermanentEntryId, |vector| {
        let id = PermanentEntryId::from_octets(&vector.octets).expect(&vector.name);
        assert_eq!(id.to_octets(), vector.octets);
        assert_eq!(vector.octets[4..20], GUID_NSPI.0);
    });
    let permanent = PermanentEntryId {
        display_type: DisplayType::MAIL_USER,
        distinguished_name: b"/o=Lab/ou=Site/cn=Recipients/cn=ann",
    };
    assert!(of(Kind::PermanentEntryId).iter().any(|vector| vector.octets == permanent.to_octets()));
}

#[test]
fn every_tower_leads_somewhere() {
    each(Kind::Tower, |vector| {
        let tower = Tower::from_octets(&vector.octets[..]);
        assert!(tower.floors().expect(&vector.name).len() >= 3);
        tower.route().expect(&vector.name);
    });
}

#[test]
fn every_verification_trailer_is_found_and_read_whole() {
    each(Kind::VerificationTrailer, |vector| {
        let stub = [&[7; 12], &vector.octets[..]].concat();
        assert_eq!(VerificationTrailer::find(&stub), Some(12));
        VerificationTrailer::decode(&vector.octets).expect(&vector.name);
        vector.assert_no_part_is_read(|octets| VerificationTrailer::decode(octets).ok());
    });
}
