//! Who refers to whom: managers and their reports, groups and their members.

use std::collections::HashMap;

use nspi_proto::nspi::MinimalId;
use nspi_proto::nspi::property::{PropertyTag, tags};

use super::BookError;
use super::recipient::{Attribute, Recipient};

/// Properties that refer to others, and the one that refers back.
const BACK: [(PropertyTag, PropertyTag); 2] =
    [(tags::MEMBER, tags::IS_MEMBER_OF_DISTRIBUTION_LIST), (tags::MANAGER, tags::REPORTS)];

/// The object-valued properties of one recipient.
pub(super) type Links = Vec<(PropertyTag, Vec<MinimalId>)>;

/// What each recipient refers to, there and back: in their order.
///
/// # Errors
/// [`BookError::DuplicateName`] if two have one name.
pub(super) fn resolve(people: &[(MinimalId, Recipient)]) -> Result<Vec<Links>, BookError> {
    let mut places = HashMap::with_capacity(people.len());
    for (place, (_, Recipient { distinguished_name: name, .. })) in people.iter().enumerate() {
        if places.insert(name.to_ascii_lowercase(), place).is_some() {
            return Err(BookError::DuplicateName { name: name.clone() });
        }
    }
    let mut links: Vec<Links> = vec![Vec::new(); people.len()];
    let mut add = |from: usize, tag: PropertyTag, to: usize| {
        let (Some(links), Some((to, _))) = (links.get_mut(from), people.get(to)) else { return };
        match links.iter_mut().find(|(other, _)| *other == tag) {
            Some((_, ids)) => ids.push(*to),
            None => links.push((tag, vec![*to])),
        }
    };
    for (from, (_, recipient)) in people.iter().enumerate() {
        for (tag, attribute) in &recipient.attributes {
            let Attribute::Links(names) = attribute else { continue };
            for to in names.iter().filter_map(|name| places.get(&name.to_ascii_lowercase())) {
                add(from, *tag, *to);
                if let Some((_, back)) = BACK.iter().find(|(there, _)| there == tag) {
                    add(*to, *back, from);
                }
            }
        }
    }
    for (_, ids) in links.iter_mut().flatten() {
        ids.sort_unstable();
        ids.dedup();
    }
    Ok(links)
}
