//! An address book that can be written to, over any that cannot.
//!
//! ```text
//!   EditableBook { base, edits } ──view()──► EditedView ──► edits: values and links of objects that were changed
//!                                                      └──► base's view: everything else
//! ```
//!
//! | who | changes |
//! |---|---|
//! | a user | certificates and public delegates of the mail user who [logs on](View::logon) under their name |
//! | an owner of a group (`PidTagAddressBookOwner`: `managedBy`) | the group's members |
//! | an editor | all these, of everybody |
//!
//! A user of the book's domain is known by the account's name, then by `account@realm`, which is the user principal name
//! that Kerberos' principals are called by. Users of other domains have no entry here.
//!
//! Nothing else can be changed. Changes live as long as the book does: they are not written to where the base came from.

use std::collections::HashMap;
use std::sync::Arc;

use nspi_auth::upper_case;
use nspi_proto::nspi::property::{PropertyTag, PropertyType, Value, ValueBuf, tags};
use nspi_proto::nspi::{DisplayType, Lcid, MinimalId, Status};
use parking_lot::Mutex;
use tracing::debug;

use super::{AddressBook, Arena, Change, Container, Object, Table, View};

/// Most octets of one property's values.
const MAX_OCTETS: usize = 256 << 10;

/// The properties whose values can be changed.
const VALUES: [PropertyTag; 2] = [tags::X509_CERTIFICATE, tags::USER_X509_CERTIFICATE];

/// An address book whose certificates, delegates and members can be changed, by those who may.
///
/// ```
/// use nspi_server::address_book::{EditableBook, MemoryBook};
/// let book = EditableBook::new(MemoryBook::company(), "ACME").editors([r"ACME\bob"]);
/// # let _ = book;
/// ```
#[derive(Debug)]
pub struct EditableBook<B> {
    base: B,
    domain: String,
    realm: Option<String>,
    editors: Vec<String>,
    edits: Mutex<Arc<Edits>>,
}

/// What was changed, by object.
type Edits = HashMap<MinimalId, Arc<Edited>>;

/// What an object has in place of what the base says. A key is a property's number.
#[derive(Debug, Clone, Default)]
struct Edited {
    /// `None`: no value.
    values: HashMap<u16, Option<ValueBuf>>,
    links: HashMap<u16, Vec<MinimalId>>,
    /// All the object's properties that have values now.
    tags: Vec<PropertyTag>,
}

impl<B: AddressBook> EditableBook<B> {
    /// Over `base`, whose people are the users of the NetBIOS domain `domain`.
    #[must_use]
    pub fn new(base: B, domain: impl Into<String>) -> Self {
        Self { base, domain: domain.into(), realm: None, editors: Vec::new(), edits: Mutex::default() }
    }

    /// The domain's DNS name, or realm, which user principal names end in: `acme.test`. Without it nobody is known by
    /// such a name.
    #[must_use]
    pub fn realm(self, realm: impl Into<String>) -> Self {
        Self { realm: Some(realm.into()), ..self }
    }

    /// Users who may change all that can be changed: `DOMAIN\user`, case ignored.
    #[must_use]
    pub fn editors<N: Into<String>>(self, editors: impl IntoIterator<Item = N>) -> Self {
        Self { editors: editors.into_iter().map(Into::into).collect(), ..self }
    }

    fn edited(&self, edits: &Arc<Edits>) -> EditedView {
        EditedView { base: self.base.view(), edits: Arc::clone(edits) }
    }

    /// Whose entry is whose: the mail user that `DOMAIN\user` is.
    fn entry(&self, user: &str, view: &EditedView) -> Option<MinimalId> {
        let (_, account) = user.split_once('\\').filter(|(domain, _)| is_same(domain, &self.domain))?;
        let by_principal = || view.logon(&format!("{account}@{}", self.realm.as_ref()?));
        view.logon(account).or_else(by_principal)
    }

    /// Whether a user may change a property of an object.
    fn allows(&self, user: &str, view: &EditedView, id: MinimalId, tag: PropertyTag) -> bool {
        let Some(object) = view.object(id) else { return false };
        let is = |other: PropertyTag| other.number() == tag.number();
        let own = VALUES.into_iter().any(is) || is(tags::PUBLIC_DELEGATES);
        let is_editor = self.editors.iter().any(|editor| is_same(editor, user));
        let caller = self.entry(user, view);
        match object.display_type {
            DisplayType::MAIL_USER if own => is_editor || caller == Some(id),
            DisplayType::DIST_LIST if is(tags::MEMBER) => {
                is_editor || caller.is_some_and(|caller| view.links(id, tags::OWNER).contains(&caller))
            }
            _ => false,
        }
    }
}

impl<B: AddressBook> AddressBook for EditableBook<B> {
    fn view(&self) -> Arc<dyn View> {
        let edits = Arc::clone(&self.edits.lock());
        if edits.is_empty() { self.base.view() } else { Arc::new(self.edited(&edits)) }
    }

    fn may_modify(&self, user: &str, id: MinimalId, tag: PropertyTag) -> bool {
        let edits = Arc::clone(&self.edits.lock());
        self.allows(user, &self.edited(&edits), id, tag)
    }

    fn modify(&self, user: &str, change: &Change<'_>) -> Result<(), Status> {
        // One writer at a time: what is looked at is what is changed.
        let mut edits = self.edits.lock();
        let view = self.edited(&edits);
        let may = |id, tag| if self.allows(user, &view, id, tag) { Ok(()) } else { Err(Status::ACCESS_DENIED) };
        let mut new = Edits::clone(&edits);
        let mut changed = Vec::new();
        match *change {
            Change::Values { id, removed, values } => {
                removed.iter().try_for_each(|tag| may(id, *tag))?;
                values.iter().try_for_each(|value| may(id, value.tag))?;
                let edited = Arc::make_mut(new.entry(id).or_default());
                for tag in removed {
                    edited.values.insert(tag.number(), None);
                }
                for value in values {
                    edited.values.insert(value.tag.number(), kept(&value.value)?);
                }
                changed.push(id);
            }
            Change::Links { id, tag, to, delete } => {
                may(id, tag)?;
                if !to.iter().all(|to| view.object(*to).is_some()) {
                    return Err(Status::ACCESS_DENIED);
                }
                relink(&mut new, &view, id, tag, |links| change_links(links, to, delete));
                changed.push(id);
                if tag.number() == tags::MEMBER.number() {
                    for &member in to {
                        let back = tags::IS_MEMBER_OF_DISTRIBUTION_LIST;
                        relink(&mut new, &view, member, back, |groups| change_links(groups, &[id], delete));
                    }
                    changed.extend(to);
                }
            }
        }
        for id in changed {
            let edited = Arc::make_mut(new.entry(id).or_default());
            edited.tags = edited.all_tags(view.base.tags(id));
        }
        debug!(user, object = change.id().0, "the address book was changed");
        *edits = Arc::new(new);
        Ok(())
    }
}

/// Whether two names of users or domains are one; accents matter.
fn is_same(one: &str, other: &str) -> bool {
    upper_case(one) == upper_case(other)
}

/// A value as it is kept, `None` for one that is none.
fn kept(value: &Value<'_>) -> Result<Option<ValueBuf>, Status> {
    let Value::MultipleBinary(strings) = value else { return Err(Status::ACCESS_DENIED) };
    let octets: usize = strings.iter().flatten().map(|octets| octets.0.map_or(0, <[u8]>::len)).sum();
    if octets > MAX_OCTETS {
        return Err(Status::ACCESS_DENIED);
    }
    Ok((octets > 0).then(|| ValueBuf::from(*value)))
}

fn change_links(links: &mut Vec<MinimalId>, to: &[MinimalId], delete: bool) {
    links.retain(|id| !to.contains(id));
    if !delete {
        links.extend(to);
        links.sort_unstable();
        links.dedup();
    }
}

fn relink(
    edits: &mut Edits,
    view: &EditedView,
    id: MinimalId,
    tag: PropertyTag,
    change: impl FnOnce(&mut Vec<MinimalId>),
) {
    let links = Arc::make_mut(edits.entry(id).or_default()).links.entry(tag.number());
    change(links.or_insert_with(|| view.links(id, tag).to_vec()));
}

impl Edited {
    /// The base's properties without those that were taken out, and those that came.
    fn all_tags(&self, base: &[PropertyTag]) -> Vec<PropertyTag> {
        let untouched =
            |tag: &&PropertyTag| !self.values.contains_key(&tag.number()) && !self.links.contains_key(&tag.number());
        let tag = |number: u16, kind: PropertyType| PropertyTag(u32::from(number) << 16).with_type(kind);
        let values = self.values.iter().filter(|(_, value)| value.is_some());
        let values = values.map(|(number, _)| tag(*number, PropertyType::MULTIPLE_BINARY));
        let links = self.links.iter().filter(|(_, links)| !links.is_empty());
        let links = links.map(|(number, _)| tag(*number, PropertyType::EMBEDDED_TABLE));
        let mut new: Vec<PropertyTag> = values.chain(links).collect();
        new.sort_unstable();
        base.iter().filter(untouched).copied().chain(new).collect()
    }
}

/// A view with what was changed.
struct EditedView {
    base: Arc<dyn View>,
    edits: Arc<Edits>,
}

impl View for EditedView {
    fn containers(&self) -> &[Container] {
        self.base.containers()
    }

    fn hierarchy_version(&self) -> u32 {
        self.base.hierarchy_version()
    }

    fn rows(&self, table: Table) -> Option<&[MinimalId]> {
        self.base.rows(table)
    }

    fn is_sorted(&self, locale: Lcid) -> bool {
        self.base.is_sorted(locale)
    }

    fn position(&self, table: Table, id: MinimalId) -> Option<usize> {
        self.base.position(table, id)
    }

    fn object(&self, id: MinimalId) -> Option<Object<'_>> {
        self.base.object(id)
    }

    fn value<'a>(&'a self, id: MinimalId, tag: PropertyTag, arena: &'a Arena) -> Option<Value<'a>> {
        let edited = self.edits.get(&id);
        if let Some(value) = edited.and_then(|edited| edited.values.get(&tag.number())) {
            return value.as_ref().map(ValueBuf::as_ref);
        }
        if let Some(links) = edited.and_then(|edited| edited.links.get(&tag.number())) {
            return (!links.is_empty()).then_some(Value::EmbeddedTable(0));
        }
        self.base.value(id, tag, arena)
    }

    fn tags(&self, id: MinimalId) -> &[PropertyTag] {
        match self.edits.get(&id) {
            Some(edited) => &edited.tags,
            None => self.base.tags(id),
        }
    }

    fn links(&self, id: MinimalId, tag: PropertyTag) -> &[MinimalId] {
        match self.edits.get(&id).and_then(|edited| edited.links.get(&tag.number())) {
            Some(links) => links,
            None => self.base.links(id, tag),
        }
    }

    fn seek(&self, table: Table, name: &str) -> Option<usize> {
        self.base.seek(table, name)
    }

    fn find(&self, distinguished_name: &str) -> Option<MinimalId> {
        self.base.find(distinguished_name)
    }

    fn logon(&self, name: &str) -> Option<MinimalId> {
        self.base.logon(name)
    }

    fn candidates<'a>(&'a self, prefix: &str) -> Box<dyn Iterator<Item = MinimalId> + 'a> {
        self.base.candidates(prefix)
    }
}
