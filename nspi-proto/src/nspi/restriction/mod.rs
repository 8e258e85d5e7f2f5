//! Restrictions: which rows of a table a caller wants to see.
//!
//! ```text
//!   And ─┬─ Property  PidTagDisplayType EQ 0                  people ..
//!        └─ Content   PidTagDisplayName PREFIX "An"           .. whose name begins with "An"
//! ```
//!
//! A restriction may contain others, and the specification sets no end to it; here
//! [`DEPTH_LIMIT`](crate::ndr::DEPTH_LIMIT) levels are read and written, the outermost being the first.

mod build;
mod wire;

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::flags::{BitMaskOperator, FuzzyLevel, RelationalOperator};
use super::property::{PropertyTag, PropertyValue, PropertyValueBuf};

/// [MS-NSPI 2.3.4] `Restriction_r` whose values borrow from the stub.
///
/// ```
/// use nspi_proto::nspi::property::{PropertyValue, Value, tags};
/// use nspi_proto::nspi::{RelationalOperator, Restriction, RestrictionBuf};
/// // How Outlook asks for everybody whom "ann" may mean.
/// let anr = Restriction::equal(tags::ANR, Value::from("ann"));
/// assert_eq!(anr, Restriction::Property {
///     operator: RelationalOperator::EQUAL,
///     tag: tags::ANR,
///     value: Some(PropertyValue::new(tags::ANR, Value::from("ann"))),
/// });
/// let heads = Restriction::starts_with(tags::TITLE, "Head of");
/// let wanted = Restriction::all([anr, heads, Restriction::none(Restriction::exists(tags::ASSISTANT))]);
/// let kept = RestrictionBuf::from(&wanted);
/// assert_eq!(kept.as_ref(), wanted);
/// ```
#[doc(alias = "Restriction_r")]
pub type Restriction<'a> = RestrictionTree<PropertyValue<'a>>;

/// An owned [`Restriction`]. Text loses unpaired surrogates.
pub type RestrictionBuf = RestrictionTree<PropertyValueBuf>;

/// [MS-NSPI 2.3.4] `Restriction_r`, with values of type `V`: [`Restriction`] and [`RestrictionBuf`] differ in nothing
/// else. `None` is a NULL pointer, which is not an empty array.
#[doc(alias = "RestrictionUnion_r")]
#[derive(Debug, Clone, PartialEq)]
pub enum RestrictionTree<V> {
    /// `resAnd`: all of these hold. At most 100,000.
    And(Option<Vec<Self>>),
    /// `resOr`: one of these holds. At most 100,000.
    Or(Option<Vec<Self>>),
    /// `resNot`: this does not hold.
    Not(Option<Box<Self>>),
    /// `resContent`: a string property is, contains or begins with a value.
    Content {
        /// `ulFuzzyLevel`: how exactly.
        fuzzy_level: FuzzyLevel,
        /// `ulPropTag`: the property.
        tag: PropertyTag,
        /// `lpProp`: the value.
        value: Option<V>,
    },
    /// `resProperty`: how a property stands to a value.
    Property {
        /// `relop`: how.
        operator: RelationalOperator,
        /// `ulPropTag`: the property.
        tag: PropertyTag,
        /// `lpProp`: the value.
        value: Option<V>,
    },
    /// `resCompareProps`: how a property stands to another one of the same row.
    CompareProperties {
        /// `relop`: how.
        operator: RelationalOperator,
        /// `ulPropTag1`: the one.
        left: PropertyTag,
        /// `ulPropTag2`: the other.
        right: PropertyTag,
    },
    /// `resBitMask`: whether bits of a number are set.
    BitMask {
        /// `relBMR`: all clear, or some set.
        operator: BitMaskOperator,
        /// `ulPropTag`: the property.
        tag: PropertyTag,
        /// `ulMask`: the bits.
        mask: u32,
    },
    /// `resSize`: how the size of a value stands to a number.
    Size {
        /// `relop`: how.
        operator: RelationalOperator,
        /// `ulPropTag`: the property.
        tag: PropertyTag,
        /// `cb`: octets.
        size: u32,
    },
    /// `resExist`: the row has the property.
    Exist {
        /// `ulReserved1`: 0.
        reserved1: u32,
        /// `ulPropTag`: the property.
        tag: PropertyTag,
        /// `ulReserved2`: 0.
        reserved2: u32,
    },
    /// `resSubRestriction`: a restriction of the objects that a property refers to.
    Sub {
        /// `ulSubObject`: the property.
        object: PropertyTag,
        /// `lpRes`: what must hold there.
        restriction: Option<Box<Self>>,
    },
}

impl<V> RestrictionTree<V> {
    /// `rt`: which arm this is.
    #[must_use]
    pub fn discriminant(&self) -> u32 {
        match self {
            Self::And(_) => 0,
            Self::Or(_) => 1,
            Self::Not(_) => 2,
            Self::Content { .. } => 3,
            Self::Property { .. } => 4,
            Self::CompareProperties { .. } => 5,
            Self::BitMask { .. } => 6,
            Self::Size { .. } => 7,
            Self::Exist { .. } => 8,
            Self::Sub { .. } => 9,
        }
    }

    /// The same tree with other values in it.
    fn map<'s, W>(&'s self, change: &impl Fn(&'s V) -> W) -> RestrictionTree<W> {
        use RestrictionTree as To;
        let all = |children: &'s [Self]| children.iter().map(|child| child.map(change)).collect();
        let one = |child: &'s Self| Box::new(child.map(change));
        match self {
            Self::And(children) => To::And(children.as_deref().map(all)),
            Self::Or(children) => To::Or(children.as_deref().map(all)),
            Self::Not(child) => To::Not(child.as_deref().map(one)),
            &Self::Content { fuzzy_level, tag, ref value } => {
                To::Content { fuzzy_level, tag, value: value.as_ref().map(change) }
            }
            &Self::Property { operator, tag, ref value } => {
                To::Property { operator, tag, value: value.as_ref().map(change) }
            }
            &Self::CompareProperties { operator, left, right } => To::CompareProperties { operator, left, right },
            &Self::BitMask { operator, tag, mask } => To::BitMask { operator, tag, mask },
            &Self::Size { operator, tag, size } => To::Size { operator, tag, size },
            &Self::Exist { reserved1, tag, reserved2 } => To::Exist { reserved1, tag, reserved2 },
            &Self::Sub { object, ref restriction } => To::Sub { object, restriction: restriction.as_deref().map(one) },
        }
    }
}

impl From<&Restriction<'_>> for RestrictionBuf {
    fn from(restriction: &Restriction<'_>) -> Self {
        restriction.map(&|&value| value.into())
    }
}

impl RestrictionBuf {
    /// Lends the restriction: a tree of its own, whose values borrow from this one.
    #[must_use]
    pub fn as_ref(&self) -> Restriction<'_> {
        self.map(&PropertyValueBuf::as_ref)
    }
}
