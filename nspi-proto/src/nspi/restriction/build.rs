//! Restrictions as people say them, made of the ten kinds.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{Restriction, RestrictionTree};
use crate::nspi::flags::{FuzzyLevel, RelationalOperator};
use crate::nspi::property::{PropertyTag, PropertyValue, Value};

impl<V> RestrictionTree<V> {
    /// The row has this property.
    #[must_use]
    pub fn exists(tag: PropertyTag) -> Self {
        Self::Exist { reserved1: 0, tag, reserved2: 0 }
    }

    /// All of these hold.
    #[must_use]
    pub fn all(restrictions: impl IntoIterator<Item = Self>) -> Self {
        Self::And(Some(Vec::from_iter(restrictions)))
    }

    /// One of these holds.
    #[must_use]
    pub fn any(restrictions: impl IntoIterator<Item = Self>) -> Self {
        Self::Or(Some(Vec::from_iter(restrictions)))
    }

    /// This does not hold.
    #[must_use]
    pub fn none(restriction: Self) -> Self {
        Self::Not(Some(Box::new(restriction)))
    }
}

impl<'a> Restriction<'a> {
    /// The property has this value.
    #[must_use]
    pub fn equal(tag: PropertyTag, value: Value<'a>) -> Self {
        let value = Some(PropertyValue::new(tag, value));
        Self::Property { operator: RelationalOperator::EQUAL, tag, value }
    }

    /// The property is text that begins with this, whatever the case.
    #[must_use]
    pub fn starts_with(tag: PropertyTag, text: &'a str) -> Self {
        let value = Some(PropertyValue::new(tag, Value::from(text)));
        Self::Content { fuzzy_level: FuzzyLevel::PREFIX | FuzzyLevel::IGNORE_CASE, tag, value }
    }
}
