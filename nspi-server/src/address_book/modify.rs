//! Changes, refused: [MS-NSPI 3.1.4.14] NspiModProps and [3.1.4.15] NspiModLinkAtt.
//!
//! No backend can be written to yet. The checks are those of a server that can, up to the one on rights.

use nspi_proto::nspi::property::PropertyType;
use nspi_proto::nspi::{DisplayType, NspiModLinkAttRequest, NspiModPropsRequest, Status};

use super::reader::Reader;
use super::table::refuse_unicode;

/// What can be changed where somebody may: a user's certificates and delegates, a group's members.
const CHANGEABLE: [DisplayType; 2] = [DisplayType::MAIL_USER, DisplayType::DIST_LIST];

impl Reader<'_> {
    /// [3.1.4.14] NspiModProps: why nothing was changed. In this order: [`Status::NOT_SUPPORTED`] for code page
    /// CP_WINUNICODE; [`Status::GENERAL_FAILURE`] if `reserved` is not 0; [`Status::INVALID_PARAMETER`] without tags,
    /// or for an unknown object; [`Status::INVALID_OBJECT`] for a kind of object that is never changed;
    /// [`Status::ACCESS_DENIED`].
    #[must_use]
    pub fn mod_props(&self, request: &NspiModPropsRequest<'_>) -> Status {
        if let Err(refused) = refuse_unicode(request.stat.code_page) {
            return refused;
        }
        if request.reserved != 0 {
            return Status::GENERAL_FAILURE;
        }
        match (&request.removed, self.view.object(request.stat.current_rec)) {
            (None, _) | (_, None) => Status::INVALID_PARAMETER,
            (_, Some(object)) if !CHANGEABLE.contains(&object.display_type) => Status::INVALID_OBJECT,
            _ => Status::ACCESS_DENIED,
        }
    }

    /// [3.1.4.15] NspiModLinkAtt: why nothing was changed. In this order: [`Status::NOT_FOUND`] for a property that is
    /// not known or refers to nobody; [`Status::INVALID_PARAMETER`] for an unknown object; [`Status::SUCCESS`] for a kind
    /// of object that is never changed, as the specification has it; [`Status::ACCESS_DENIED`].
    #[must_use]
    pub fn mod_link_att(&self, request: &NspiModLinkAttRequest<'_>) -> Status {
        let refers = |tag| self.known(tag).is_some_and(|tag| tag.property_type() == PropertyType::EMBEDDED_TABLE);
        if !refers(request.tag) {
            return Status::NOT_FOUND;
        }
        match self.view.object(request.id) {
            None => Status::INVALID_PARAMETER,
            Some(object) if !CHANGEABLE.contains(&object.display_type) => Status::SUCCESS,
            Some(_) => Status::ACCESS_DENIED,
        }
    }
}
