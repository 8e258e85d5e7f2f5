//! [MS-NSPI 2.3] Properties: what an address book knows about an object, as tagged values in rows.
//!
//! A [`PropertyRowSet`] is flat: one vector of values and the end of each row. Values borrow; the owned twins
//! ([`PropertyValueBuf`], [`PropertyRowBuf`]) are for whoever keeps them, as `PathBuf` is for `Path`.

mod announced;
mod array;
mod name;
mod owned;
mod plain;
mod row;
mod tag;
pub mod tags;
mod value;
mod visit;

pub use array::{BinaryArray, MinimalIdArray, PropertyNameSet, PropertyTagArray, StringsArray, WStringsArray};
pub use name::PropertyName;
pub use owned::{MultiBuf, PropertyRowBuf, PropertyValueBuf, ValueBuf};
pub use plain::{Binary, FileTime, FlatUid};
pub use row::{PropertyRow, PropertyRowSet, Rows, SingleRow};
pub use tag::{PropertyTag, PropertyType};
pub use value::{PropertyValue, Value};
pub use visit::RowVisitor;

/// `[range(0, 100000)]` of every count of values, rows, tags, names and restrictions.
pub(super) const MAX_VALUES: u32 = 100_000;

/// `[range(0, 2097152)]` of a Binary_r's `cb`.
const MAX_BINARY: u32 = 2_097_152;
