//! Changes: [MS-NSPI 3.1.4.14] NspiModProps and [3.1.4.15] NspiModLinkAtt. The checks that the specification orders are
//! here; whether the caller may, and the change itself, are the backend's: [`AddressBook::modify`](super::AddressBook::modify).

use nspi_proto::nspi::property::{PropertyTag, PropertyType};
use nspi_proto::nspi::{
    DisplayType, EphemeralEntryId, MinimalId, ModLinkFlags, NspiModLinkAttRequest, NspiModPropsRequest,
    PermanentEntryId, Status,
};

use super::Change;
use super::reader::Reader;
use super::table::refuse_unicode;

/// Kinds of objects that can be changed: a user's certificates and delegates, a group's members.
const CHANGEABLE: [DisplayType; 2] = [DisplayType::MAIL_USER, DisplayType::DIST_LIST];

impl Reader<'_> {
    /// [3.1.4.14] NspiModProps: takes values out, and puts others in; in the end the status.
    ///
    /// In this order: [`Status::NOT_SUPPORTED`] for code page CP_WINUNICODE; [`Status::GENERAL_FAILURE`] if `reserved` is
    /// not 0; [`Status::INVALID_PARAMETER`] without tags, or for an unknown object; [`Status::INVALID_OBJECT`] for a kind
    /// of object that is never changed; [`Status::ACCESS_DENIED`] for whatever else keeps the change from being made.
    #[must_use]
    pub fn mod_props(&self, request: &NspiModPropsRequest<'_>) -> Status {
        let id = request.stat.current_rec;
        if let Err(refused) = refuse_unicode(request.stat.code_page) {
            return refused;
        }
        if request.reserved != 0 {
            return Status::GENERAL_FAILURE;
        }
        let removed: Vec<PropertyTag> = match (&request.removed, self.view.object(id)) {
            (None, _) | (_, None) => return Status::INVALID_PARAMETER,
            (_, Some(object)) if !CHANGEABLE.contains(&object.display_type) => return Status::INVALID_OBJECT,
            (Some(removed), _) => removed.0.iter().collect(),
        };
        let values = request.row.values.as_deref().unwrap_or_default();
        self.change(&Change::Values { id, removed: &removed, values })
    }

    /// [3.1.4.15] NspiModLinkAtt: adds objects to those that a property refers to, or takes them out; in the end the status.
    ///
    /// In this order: [`Status::NOT_FOUND`] for a property that is not known or refers to nobody;
    /// [`Status::INVALID_PARAMETER`] for an unknown object; [`Status::SUCCESS`] for a kind of object that is never changed,
    /// as the specification has it; [`Status::ACCESS_DENIED`] for whatever else keeps the change from being made, an entry
    /// id that names nobody here among it.
    #[must_use]
    pub fn mod_link_att(&self, request: &NspiModLinkAttRequest<'_>) -> Status {
        let NspiModLinkAttRequest { flags, tag, id, entry_ids, .. } = *request;
        let refers = |tag| self.known(tag).is_some_and(|tag| tag.property_type() == PropertyType::EMBEDDED_TABLE);
        if !refers(tag) {
            return Status::NOT_FOUND;
        }
        match self.view.object(id) {
            None => return Status::INVALID_PARAMETER,
            Some(object) if !CHANGEABLE.contains(&object.display_type) => return Status::SUCCESS,
            Some(_) => {}
        }
        let delete = flags.contains(ModLinkFlags::DELETE);
        let mut to = Vec::new();
        for entry_id in entry_ids.0.iter().flatten() {
            match entry_id.0.and_then(|octets| self.identified(octets)) {
                Some(id) => to.push(id),
                // Nobody is not among those that the property refers to.
                None if delete => {}
                None => return Status::ACCESS_DENIED,
            }
        }
        self.change(&Change::Links { id, tag, to: &to, delete })
    }

    fn change(&self, change: &Change<'_>) -> Status {
        let done = self.editor.map(|editor| editor.book.modify(editor.user, change));
        done.map_or(Status::ACCESS_DENIED, |done| done.err().unwrap_or(Status::SUCCESS))
    }

    /// Whom an entry id of either kind names; its display type does not matter.
    fn identified(&self, octets: &[u8]) -> Option<MinimalId> {
        match (EphemeralEntryId::from_octets(octets), PermanentEntryId::from_octets(octets)) {
            (Ok(ephemeral), _) if ephemeral.server_guid == self.server_guid => {
                self.view.object(ephemeral.id).map(|_| ephemeral.id)
            }
            (_, Ok(permanent)) => self
                .named(std::str::from_utf8(permanent.distinguished_name).ok()?)
                .filter(|id| self.view.object(*id).is_some()),
            _ => None,
        }
    }
}
