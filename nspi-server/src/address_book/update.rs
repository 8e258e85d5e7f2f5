//! A view after some values have changed, made of the view before.
//!
//! Blocks in which nobody changed are shared, and indices and orders are taken over but for those who did: a change costs
//! some tens of milliseconds in a book of a hundred thousand people, where making all of it anew costs seconds. Who there
//! is, under which distinguished name, of what kind, and who refers to whom must be what it was.

use std::collections::BTreeSet;

use nspi_proto::nspi::MinimalId;
use nspi_proto::nspi::property::{PropertyTag, PropertyType};

use super::order::index;
use super::packed::{BLOCK, Packer};
use super::snapshot::Snapshot;
use super::{BookError, Recipient, View, lists};

/// Of so many blocks one may be made anew: with more, making all of them is as good.
const SHARE: usize = 4;

impl Snapshot {
    /// This view with other values of the objects `changed`. `recipient` is asked for them and for those they share blocks
    /// with, links apart. `None` if this is not the way to make it.
    pub(super) fn updated(
        &self,
        changed: &[MinimalId],
        recipient: impl Fn(MinimalId) -> Option<Recipient>,
    ) -> Result<Option<Self>, BookError> {
        let blocks: BTreeSet<usize> = changed.iter().map(|id| index(*id) / BLOCK).collect();
        if blocks.len() * SHARE * BLOCK > self.objects.len().max(SHARE * BLOCK) {
            return Ok(None);
        }
        let (mut made, mut logons) = (Vec::new(), Vec::new());
        for &block in &blocks {
            let first = block * BLOCK;
            let mut packer = Packer::default();
            for at in first..self.objects.len().min(first + BLOCK) {
                let Some(object) = self.objects.object(at) else {
                    packer.skip()?;
                    continue;
                };
                let id = lists::id(at)?;
                let Some(recipient) = recipient(id) else { return Ok(None) };
                if recipient.distinguished_name != object.distinguished_name
                    || recipient.display_type != object.display_type
                {
                    return Ok(None);
                }
                for name in recipient.logons() {
                    logons.push((at, packer.keep(name)?));
                }
                packer.push(recipient, self.all_links(id))?;
            }
            made.push((block, packer.finish()));
        }
        let objects = self.objects.with(made);
        if !changed.iter().all(|id| lists::same(&self.objects, &objects, index(*id))) {
            return Ok(None);
        }
        let is_renamed = |id: &MinimalId| self.objects.display_name(index(*id)) != objects.display_name(index(*id));
        let renamed = changed.iter().any(is_renamed);
        Ok(Some(Self {
            names: self.names.again(&objects, &blocks),
            logons: self.logons.again(&objects, &blocks, &logons)?,
            containers: self.containers.clone(),
            orders: self.orders.again(&objects, renamed),
            hierarchy_version: self.hierarchy_version,
            objects,
        }))
    }

    /// Whom an object refers to, and who refers to it.
    fn all_links(&self, id: MinimalId) -> Vec<(PropertyTag, Vec<MinimalId>)> {
        let tags = self.tags(id).iter().filter(|tag| tag.property_type() == PropertyType::EMBEDDED_TABLE);
        tags.map(|tag| (*tag, self.links(id, *tag).to_vec())).collect()
    }
}
