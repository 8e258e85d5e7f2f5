//! The rows of every container in the order of one language, and where in it an object stands.
//!
//! The default locale's order is there from the beginning. Others are sorted when somebody first asks for them, and kept as
//! long as the view: 12 octets an object each. Sixteen at most; who asks for a seventeenth gets the default order, whose
//! rows, places and seeks agree among each other as well.

use std::sync::{Arc, OnceLock};

use nspi_proto::nspi::{Lcid, MinimalId};
use tracing::{debug, warn};

use super::collation::{Collation, Language};
#[cfg(any(feature = "ldap", feature = "store"))]
use super::lists::List;
use super::packed::Packed;

/// Languages whose orders one view holds beside the default. The common order is that of some 180 locales; a company has
/// offices in fewer countries than this.
const MOST: usize = 16;

/// The orders of one view.
#[derive(Debug)]
pub(super) struct Orders {
    default: Arc<Order>,
    /// Filled from the front.
    others: [OnceLock<Arc<Order>>; MOST],
}

impl Orders {
    pub(super) fn new(default: Order) -> Self {
        Self { default: Arc::new(default), others: [const { OnceLock::new() }; MOST] }
    }

    /// The same languages once values have changed, names among them or not.
    #[cfg(feature = "ldap")]
    pub(super) fn again(&self, objects: &Packed, names: bool) -> Self {
        let again = |order: &Arc<Order>| {
            if names { Arc::new(order.in_language(order.language(), objects)) } else { Arc::clone(order) }
        };
        let others =
            self.others.each_ref().map(|order| order.get().map(again).map_or_else(OnceLock::new, OnceLock::from));
        Self { default: again(&self.default), others }
    }

    /// The order that a locale asks for.
    pub(super) fn of(&self, locale: Lcid, objects: &Packed) -> &Order {
        self.in_language(Language::of(locale), objects)
    }

    /// Whether [`in_language`](Self::in_language) answers without sorting.
    pub(super) fn has(&self, language: Language) -> bool {
        let is_here = |slot: &OnceLock<Arc<Order>>| slot.get().is_some_and(|order| order.language() == language);
        let full = || self.others.iter().all(|slot| slot.get().is_some());
        language == self.default.language() || self.others.iter().any(is_here) || full()
    }

    /// The order of a language, sorted now if nobody asked for it before.
    pub(super) fn in_language(&self, language: Language, objects: &Packed) -> &Order {
        if language == self.default.language() {
            return &self.default;
        }
        for order in &self.others {
            let order = order.get_or_init(|| Arc::new(self.default.in_language(language, objects)));
            if order.language() == language {
                return order;
            }
        }
        warn!(%language, "names are not sorted in another language: {MOST} are in use; the default order is shown");
        &self.default
    }

    /// The rows of a container by its place in the hierarchy, in the default order.
    #[cfg(feature = "store")]
    pub(super) fn default_rows(&self, container: usize) -> &[MinimalId] {
        self.default.rows(container).unwrap_or_default()
    }

    /// The languages in use beside the default.
    #[cfg(feature = "ldap")]
    pub(super) fn languages(&self) -> impl Iterator<Item = Language> {
        self.others.iter().filter_map(OnceLock::get).map(|order| order.language())
    }
}

/// An order of all containers.
#[derive(Debug)]
pub(super) struct Order {
    collation: Collation,
    /// The rows of each container. The first is the Global Address List, which has all.
    rows: Vec<Box<[MinimalId]>>,
    /// By index of an object: where it stands among all. `None`: at its index.
    ranks: Option<Box<[u32]>>,
}

impl Order {
    /// An order whose rows are ascending ids.
    pub(super) fn ascending(rows: Vec<Box<[MinimalId]>>) -> Self {
        Self { collation: Collation::new(Language::default()), rows, ranks: None }
    }

    /// The default order of these lists.
    #[cfg(any(feature = "ldap", feature = "store"))]
    pub(super) fn sorted(lists: &[List], objects: &Packed) -> Self {
        let rows = lists.iter().map(|list| list.rows.clone()).collect();
        Self::ascending(rows).in_language(Language::default(), objects)
    }

    /// The same rows in another order.
    fn in_language(&self, language: Language, objects: &Packed) -> Self {
        debug!(%language, objects = objects.len(), "sorting names");
        let collation = Collation::new(language);
        let name = |id: &MinimalId| objects.display_name(index(*id));
        let mut rows = self.rows.clone();
        let mut ranks = vec![u32::MAX; objects.len()].into_boxed_slice();
        if let Some(all) = rows.first_mut() {
            // What is nearly in order already, as most names are in most languages, is sorted quickly.
            all.sort_by(|a, b| collation.order(name(a), name(b)).then(a.cmp(b)));
            for (rank, id) in (0..).zip(all) {
                if let Some(place) = ranks.get_mut(index(*id)) {
                    *place = rank;
                }
            }
        }
        for rows in rows.iter_mut().skip(1) {
            rows.sort_by_key(|id| ranks.get(index(*id)));
        }
        Self { collation, rows, ranks: Some(ranks) }
    }

    pub(super) fn language(&self) -> Language {
        self.collation.language()
    }

    /// The rows of a container by its place in the hierarchy.
    pub(super) fn rows(&self, container: usize) -> Option<&[MinimalId]> {
        self.rows.get(container).map(AsRef::as_ref)
    }

    pub(super) fn position(&self, container: usize, id: MinimalId) -> Option<usize> {
        let rank = |id: MinimalId| match &self.ranks {
            None => u32::try_from(index(id)).ok(),
            Some(ranks) => ranks.get(index(id)).copied(),
        };
        self.rows(container)?.binary_search_by_key(&rank(id)?, |id| rank(*id).unwrap_or(u32::MAX)).ok()
    }

    /// How many rows of a container come before a name.
    pub(super) fn seek(&self, container: usize, name: &str, objects: &Packed) -> Option<usize> {
        let rows = self.rows(container)?;
        Some(rows.partition_point(|id| self.collation.compare(objects.display_name(index(*id)), name).is_lt()))
    }
}

/// The index of an object in its [`Packed`]; of an id that is no object's, one that nobody has.
pub(super) fn index(id: MinimalId) -> usize {
    id.0.checked_sub(MinimalId::FIRST_OBJECT.0).map_or(usize::MAX, |index| index as usize)
}
