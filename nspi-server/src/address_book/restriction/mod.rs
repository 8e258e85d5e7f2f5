//! [MS-NSPI 2.3.4] Restrictions, evaluated: whether an object is one of those that a caller wants to see.
//!
//! A [`Restriction`] as it was sent becomes a [`Condition`]: what cannot be answered is refused there, before any row
//! is looked at, and texts are in one form. A property that an object has not meets no condition but a `Not` around it.

mod compare;

use nspi_proto::nspi::property::{PropertyTag, PropertyValue, Value, tags};
use nspi_proto::nspi::{
    BitMaskOperator, CodePage, FuzzyLevel, MinimalId, RelationalOperator, Restriction, RetrieveFlags, Status,
};

use self::compare::{Operand, elements, holds, order, size};
use super::anr::{Anr, NAMES, fewer};
use super::property::convert;
use super::reader::Reader;
use super::{Arena, View};

/// A restriction that can be answered.
#[derive(Debug)]
pub(super) enum Condition<'a> {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// The property has a text of which this extent is `part`.
    Content {
        tag: PropertyTag,
        extent: FuzzyLevel,
        part: Operand<'a>,
    },
    Property {
        tag: PropertyTag,
        operator: RelationalOperator,
        operand: Operand<'a>,
    },
    Properties {
        operator: RelationalOperator,
        left: PropertyTag,
        right: PropertyTag,
    },
    BitMask {
        tag: PropertyTag,
        set: bool,
        mask: u32,
    },
    Size {
        operator: RelationalOperator,
        tag: PropertyTag,
        size: u32,
    },
    Exists(PropertyTag),
    /// One of the objects that the property refers to meets this.
    Linked {
        tag: PropertyTag,
        condition: Box<Self>,
    },
    /// The name may mean the object; `None` for a name that means nobody.
    Anr(Option<Anr<'a>>),
}

impl<'a> Condition<'a> {
    /// # Errors
    /// [`Status::TOO_COMPLEX`] for what cannot be answered: regular expressions, operators that are not defined, NULL
    /// where a restriction or a value belongs, values of several elements; [`Status::INVALID_CODEPAGE`] for 8-bit text
    /// in a code page that is not known.
    pub(super) fn new(restriction: &Restriction<'_>, code_page: CodePage, arena: &'a Arena) -> Result<Self, Status> {
        let one = |child: &Restriction<'_>| Self::new(child, code_page, arena);
        let all = |children: &Option<Vec<Restriction<'_>>>| -> Result<Vec<Self>, Status> {
            children.as_ref().ok_or(Status::TOO_COMPLEX)?.iter().map(one).collect()
        };
        let boxed = |child: &Option<Box<Restriction<'_>>>| -> Result<Box<Self>, Status> {
            one(child.as_deref().ok_or(Status::TOO_COMPLEX)?).map(Box::new)
        };
        let operand = |value: &Option<PropertyValue<'_>>| {
            Operand::new(value.as_ref().ok_or(Status::TOO_COMPLEX)?.value, code_page, arena)
        };
        Ok(match restriction {
            Restriction::And(children) => Self::All(all(children)?),
            Restriction::Or(children) => Self::Any(all(children)?),
            Restriction::Not(child) => Self::Not(boxed(child)?),
            Restriction::Content { fuzzy_level, tag, value } => {
                let extent = fuzzy_level.extent();
                if extent.0 > FuzzyLevel::PREFIX.0 || tag.number() == tags::ANR.number() {
                    return Err(Status::TOO_COMPLEX);
                }
                Self::Content { tag: *tag, extent, part: operand(value)? }
            }
            Restriction::Property { operator, tag, value } if tag.number() == tags::ANR.number() => {
                match (*operator, operand(value)?.text()) {
                    (RelationalOperator::EQUAL, Some(name)) => Self::Anr(Anr::new(name)),
                    _ => return Err(Status::TOO_COMPLEX),
                }
            }
            Restriction::Property { operator, tag, value } => {
                Self::Property { tag: *tag, operator: defined(*operator)?, operand: operand(value)? }
            }
            &Restriction::CompareProperties { operator, left, right } => {
                Self::Properties { operator: defined(operator)?, left, right }
            }
            &Restriction::BitMask { operator, tag, mask } => match operator {
                BitMaskOperator::EQUAL_TO_ZERO => Self::BitMask { tag, set: false, mask },
                BitMaskOperator::NOT_EQUAL_TO_ZERO => Self::BitMask { tag, set: true, mask },
                _ => return Err(Status::TOO_COMPLEX),
            },
            &Restriction::Size { operator, tag, size } => Self::Size { operator: defined(operator)?, tag, size },
            &Restriction::Exist { tag, .. } => Self::Exists(tag),
            Restriction::Sub { object, restriction } => Self::Linked { tag: *object, condition: boxed(restriction)? },
        })
    }

    /// At least all that meet the condition, if that is fewer than everybody.
    pub(super) fn candidates(&self, view: &'a dyn View) -> Option<Box<dyn Iterator<Item = MinimalId> + 'a>> {
        match self {
            Self::All(children) => children.iter().filter_map(|child| child.candidates(view)).reduce(fewer),
            Self::Any(children) => {
                let each: Option<Vec<_>> = children.iter().map(|child| child.candidates(view)).collect();
                Some(Box::new(each?.into_iter().flatten()))
            }
            Self::Content { tag, extent, part } if *extent != FuzzyLevel::SUBSTRING && is_name(*tag) => {
                Some(view.candidates(part.text()?))
            }
            Self::Property { tag, operator: RelationalOperator::EQUAL, operand } if is_name(*tag) => {
                Some(view.candidates(operand.text()?))
            }
            Self::Anr(Some(name)) => Some(name.candidates(view)),
            Self::Anr(None) => Some(Box::new(std::iter::empty())),
            _ => None,
        }
    }

    /// Whether an object meets the condition. Each value that is looked at is taken off `left`.
    ///
    /// # Errors
    /// [`Status::TOO_COMPLEX`] when nothing is left.
    pub(super) fn admits(&self, reader: &Reader<'_>, id: MinimalId, left: &mut usize) -> Result<bool, Status> {
        *left = left.checked_sub(1).ok_or(Status::TOO_COMPLEX)?;
        let value = |tag| {
            let object = reader.view.object(id)?;
            reader.value(id, &object, tag, RetrieveFlags::empty())
        };
        Ok(match self {
            Self::All(children) => {
                for child in children {
                    if !child.admits(reader, id, left)? {
                        return Ok(false);
                    }
                }
                true
            }
            Self::Any(children) => {
                for child in children {
                    if child.admits(reader, id, left)? {
                        return Ok(true);
                    }
                }
                false
            }
            Self::Not(child) => !child.admits(reader, id, left)?,
            Self::Content { tag, extent, part } => value(*tag)
                .is_some_and(|found| elements(found).any(|found| part.is_part_of(&found, *extent, reader.arena))),
            Self::Property { tag, operator, operand } => value(*tag).is_some_and(|found| {
                elements(found).any(|found| operand.order(&found, reader.arena).is_some_and(|is| holds(*operator, is)))
            }),
            Self::Properties { operator, left, right } => {
                let both = value(*left).zip(value(*right));
                let order = both.and_then(|(left, right)| order(&left, &right, reader.arena));
                order.is_some_and(|order| holds(*operator, order))
            }
            Self::BitMask { tag, set, mask } => match value(*tag) {
                Some(Value::Integer32(number)) => (number.cast_unsigned() & mask != 0) == *set,
                _ => false,
            },
            Self::Size { operator, tag, size: wanted } => {
                let found = value(*tag).and_then(|found| as_asked(found, *tag, reader.arena));
                found.is_some_and(|found| holds(*operator, size(&found).cmp(&(*wanted as usize))))
            }
            Self::Exists(tag) => value(*tag).is_some(),
            Self::Linked { tag, condition } => {
                for &linked in reader.view.links(id, *tag) {
                    if condition.admits(reader, linked, left)? {
                        return Ok(true);
                    }
                }
                false
            }
            Self::Anr(name) => name.is_some_and(|name| name.admits(reader, id)),
        })
    }
}

/// How long a text is depends on its form: the one the tag asks for, octets being those of Latin 1.
fn as_asked<'a>(value: Value<'a>, tag: PropertyTag, arena: &'a Arena) -> Option<Value<'a>> {
    convert(value, tag.property_type(), CodePage::WINDOWS_1252, arena)
}

fn is_name(tag: PropertyTag) -> bool {
    NAMES.iter().any(|name| name.number() == tag.number())
}

/// The operators that order decides.
fn defined(operator: RelationalOperator) -> Result<RelationalOperator, Status> {
    if operator.0 <= RelationalOperator::NOT_EQUAL.0 { Ok(operator) } else { Err(Status::TOO_COMPLEX) }
}
