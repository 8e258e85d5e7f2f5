//! Properties by name: [MS-NSPI 3.1.4.16] NspiGetNamesFromIDs and [3.1.4.17] NspiGetIDsFromNames.
//!
//! A name is a property set and a number in it. No property here has a number that is not fixed, so there is one set,
//! PS_MAPI, in which the number of a property is its tag.

use bumpalo::collections::Vec as ArenaVec;
use nspi_proto::nspi::property::{FlatUid, PropertyName, PropertyTag, PropertyType};
use nspi_proto::nspi::{
    IdsFromNamesFlags, NspiGetIDsFromNamesRequest, NspiGetIDsFromNamesResponse, NspiGetNamesFromIDsRequest,
    NspiGetNamesFromIDsResponse, Status,
};

use super::reader::Reader;

/// `PS_MAPI`, {00020328-0000-0000-C000-000000000046}: the set of the properties whose numbers are fixed.
pub const PS_MAPI: FlatUid = FlatUid([0x28, 3, 2, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46]);

/// What stands for a name that is not known.
const UNKNOWN: PropertyTag = PropertyTag(PropertyType::ERROR_CODE.0 as u32);

impl<'a> Reader<'a> {
    /// [3.1.4.16] NspiGetNamesFromIDs: the name of each property, empty for one that is not known or not of the set
    /// that is asked for. Of properties without tags there are none to list.
    ///
    /// # Errors
    /// [`Status::NOT_SUPPORTED`] if all names in PS_MAPI are asked for.
    pub fn names_from_ids(
        &self,
        request: &NspiGetNamesFromIDsRequest<'_>,
    ) -> Result<NspiGetNamesFromIDsResponse<'a>, Status> {
        let Some(tags) = request.tags else {
            return match request.guid {
                Some(PS_MAPI) => Err(Status::NOT_SUPPORTED),
                _ => Ok(NspiGetNamesFromIDsResponse {
                    tags: Some([].as_slice().into()),
                    names: Some([].as_slice().into()),
                    status: Status::SUCCESS,
                }),
            };
        };
        let of_set = request.guid.is_none_or(|guid| guid == PS_MAPI);
        let names = tags.0.iter().map(|tag| match self.known(tag) {
            Some(_) if of_set => PropertyName { guid: Some(PS_MAPI), reserved: 0, id: tag.0.cast_signed() },
            _ => PropertyName::default(),
        });
        let names = ArenaVec::from_iter_in(names, self.arena).into_bump_slice();
        Ok(NspiGetNamesFromIDsResponse { tags: None, names: Some(names.into()), status: Status::SUCCESS })
    }

    /// [3.1.4.17] NspiGetIDsFromNames: the tag of each name, of type PtypUnspecified; 0x0000000A for one that is not
    /// known, and ErrorsReturned.
    ///
    /// # Errors
    /// [`Status::ACCESS_DENIED`] if one is not known, and all must be.
    pub fn ids_from_names(
        &self,
        request: &NspiGetIDsFromNamesRequest<'_>,
    ) -> Result<NspiGetIDsFromNamesResponse<'a>, Status> {
        let found = request.names.iter().map(|name| {
            let known = name.and_then(|name| self.known(tag(&name)?));
            known.map_or(UNKNOWN, |known| known.with_type(PropertyType::UNSPECIFIED))
        });
        let tags = ArenaVec::from_iter_in(found, self.arena).into_bump_slice();
        let status = match tags.contains(&UNKNOWN) {
            false => Status::SUCCESS,
            true if request.flags.contains(IdsFromNamesFlags::VERIFY_NAMES) => return Err(Status::ACCESS_DENIED),
            true => Status::ERRORS_RETURNED,
        };
        Ok(NspiGetIDsFromNamesResponse { tags: Some(tags.into()), status })
    }
}

/// The tag that a name has; MAPI names a fixed property by its number alone, which is taken too.
pub(super) fn tag(name: &PropertyName) -> Option<PropertyTag> {
    let number = name.id.cast_unsigned();
    let tag = if number >> 16 == 0 { number << 16 } else { number };
    (name.guid == Some(PS_MAPI)).then_some(PropertyTag(tag))
}
