//! A book as it stands at one moment: packed objects, the names they are found by, and the orders of their tables.
//!
//! ```text
//!   MinimalId ─ 0x10 ──► index ──► Packed    name, kind, values, links
//!                          ▲  ▲
//!        "alice" ─ NameIndex  Orders ─ rows and places, in each language
//!                  Logons
//! ```

use nspi_proto::nspi::property::{PropertyTag, Value};
use nspi_proto::nspi::{Lcid, MinimalId};

use super::collation::Language;
use super::index::NameIndex;
use super::logons::Logons;
use super::order::{Order, Orders, index};
use super::packed::{Packed, Packer};
use super::{Arena, BookError, Container, Object, Recipient, Table, View, links, lists};

/// A view of packed objects.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// INVARIANT: the id of each is its index + 0x10.
    pub(super) objects: Packed,
    pub(super) names: NameIndex,
    pub(super) logons: Logons,
    pub(super) containers: Vec<Container>,
    pub(super) orders: Orders,
    pub(super) hierarchy_version: u32,
}

/// Whether ids ascend in the order of the Global Address List.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ids {
    /// They do: objects that are read together stand together.
    Sorted,
    /// They are kept from the view before, whatever the names are now.
    #[cfg(feature = "ldap")]
    Kept,
}

impl Snapshot {
    /// A view of people, each under an id of its own.
    ///
    /// INVARIANT: the ids ascend, and none is below [`MinimalId::FIRST_OBJECT`].
    pub(super) fn new(people: Vec<(MinimalId, Recipient)>, ids: Ids) -> Result<Self, BookError> {
        let links = links::resolve(&people)?;
        let mut packer = Packer::default();
        let mut logons = Vec::new();
        for ((id, recipient), links) in people.into_iter().zip(links) {
            while packer.next() < index(id) {
                packer.skip()?;
            }
            for name in recipient.logons() {
                logons.push((packer.next(), packer.keep(name)?));
            }
            packer.push(recipient, links)?;
        }
        let objects = packer.finish();
        let names = NameIndex::new(&objects)?;
        let logons = Logons::new(&objects, &logons)?;
        let lists = lists::of(&objects)?;
        let order = match ids {
            Ids::Sorted => Order::ascending(lists.iter().map(|list| list.rows.clone()).collect()),
            #[cfg(feature = "ldap")]
            Ids::Kept => Order::sorted(&lists, &objects),
        };
        let containers = lists.into_iter().map(|list| list.container).collect();
        Ok(Self::assemble(objects, names, logons, containers, order))
    }

    pub(super) fn assemble(
        objects: Packed,
        names: NameIndex,
        logons: Logons,
        containers: Vec<Container>,
        order: Order,
    ) -> Self {
        let hierarchy_version = lists::version(containers.iter());
        Self { objects, names, logons, containers, orders: Orders::new(order), hierarchy_version }
    }

    /// Sorts in these languages now, so that no caller waits for it.
    #[cfg(feature = "ldap")]
    pub(super) fn sort_in(&self, languages: impl IntoIterator<Item = Language>) {
        for language in languages {
            self.orders.in_language(language, &self.objects);
        }
    }

    fn container(&self, id: MinimalId) -> Option<usize> {
        self.containers.iter().position(|container| container.id == id)
    }

    fn order(&self, table: Table) -> &Order {
        self.orders.of(table.locale, &self.objects)
    }
}

impl View for Snapshot {
    fn containers(&self) -> &[Container] {
        &self.containers
    }

    fn hierarchy_version(&self) -> u32 {
        self.hierarchy_version
    }

    fn rows(&self, table: Table) -> Option<&[MinimalId]> {
        let container = self.container(table.container)?;
        self.order(table).rows(container)
    }

    fn is_sorted(&self, locale: Lcid) -> bool {
        self.orders.has(Language::of(locale))
    }

    fn position(&self, table: Table, id: MinimalId) -> Option<usize> {
        let container = self.container(table.container)?;
        self.order(table).position(container, id)
    }

    fn object(&self, id: MinimalId) -> Option<Object<'_>> {
        self.objects.object(index(id))
    }

    fn value<'a>(&'a self, id: MinimalId, tag: PropertyTag, arena: &'a Arena) -> Option<Value<'a>> {
        self.objects.value(index(id), tag, arena)
    }

    fn tags(&self, id: MinimalId) -> &[PropertyTag] {
        self.objects.tags(index(id))
    }

    fn links(&self, id: MinimalId, tag: PropertyTag) -> &[MinimalId] {
        self.objects.links(index(id), tag)
    }

    fn seek(&self, table: Table, name: &str) -> Option<usize> {
        let container = self.container(table.container)?;
        self.order(table).seek(container, name, &self.objects)
    }

    fn find(&self, distinguished_name: &str) -> Option<MinimalId> {
        lists::id(self.names.find(&self.objects, distinguished_name)?).ok()
    }

    fn logon(&self, name: &str) -> Option<MinimalId> {
        lists::id(self.logons.find(&self.objects, name)?).ok()
    }

    fn candidates<'a>(&'a self, prefix: &str) -> Box<dyn Iterator<Item = MinimalId> + 'a> {
        // Ids of objects that are there: none is too large.
        let id = |object| lists::id(object).unwrap_or_default();
        Box::new(self.names.candidates(&self.objects, prefix).map(id))
    }
}
