//! STAT: a client's place in a table, and the names of places.

use core::fmt;

use super::named::named;
use crate::ndr::{Decode, DecodeError, Decoder, Encode, Encoder, Syntax};

/// [MS-NSPI 2.3.7] `STAT`: which table, how sorted, where in it. The server keeps no place; the client sends its own
/// with each call and gets it back moved.
#[doc(alias = "STAT")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stat {
    /// How the table is sorted. The server never changes it.
    pub sort_type: SortType,
    /// Which container; 0 is the Global Address List.
    pub container_id: MinimalId,
    /// In: where to start. Out: where the operation ended.
    pub current_rec: MinimalId,
    /// Rows to move from `current_rec`. Out: 0 on success.
    pub delta: i32,
    /// Approximate row, counted from 0; the numerator of a fractional position.
    pub num_pos: u32,
    /// Rows in the table; the denominator of a fractional position. Out: exact.
    pub total_recs: u32,
    /// Code page of 8-bit strings. The server never changes it.
    pub code_page: CodePage,
    /// Locale of templates. The server never changes it.
    pub template_locale: Lcid,
    /// Locale to sort by. The server never changes it.
    pub sort_locale: Lcid,
}

impl Default for Stat {
    /// The start of the Global Address List, code page 1252, both locales en-US.
    fn default() -> Self {
        Self {
            sort_type: SortType::DISPLAY_NAME,
            container_id: MinimalId(0),
            current_rec: MinimalId::BEGINNING_OF_TABLE,
            delta: 0,
            num_pos: 0,
            total_recs: 0,
            code_page: CodePage::WINDOWS_1252,
            template_locale: Lcid::DEFAULT,
            sort_locale: Lcid::DEFAULT,
        }
    }
}

impl<'de> Decode<'de> for Stat {
    type Fixed = Self;
    const MIN_FIXED: usize = 36;

    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        let [sort_type, container_id, current_rec, delta, num_pos, total_recs, code_page, template_locale, sort_locale] =
            input.words(&[
                "SortType",
                "ContainerID",
                "CurrentRec",
                "Delta",
                "NumPos",
                "TotalRecs",
                "CodePage",
                "TemplateLocale",
                "SortLocale",
            ])?;
        Ok(Self {
            sort_type: SortType(sort_type),
            container_id: MinimalId(container_id),
            current_rec: MinimalId(current_rec),
            delta: delta.cast_signed(),
            num_pos,
            total_recs,
            code_page: CodePage(code_page),
            template_locale: Lcid(template_locale),
            sort_locale: Lcid(sort_locale),
        })
    }

    fn decode_referents<S: Syntax>(fixed: Self, _: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(fixed)
    }
}

impl Encode for Stat {
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.words([
            self.sort_type.0,
            self.container_id.0,
            self.current_rec.0,
            self.delta.cast_unsigned(),
            self.num_pos,
            self.total_recs,
            self.code_page.0,
            self.template_locale.0,
            self.sort_locale.0,
        ]);
    }
}

/// [MS-NSPI 2.2.8, 2.2.9, 2.3.8.1] `MinimalEntryID`: names an object within a session. Below 0x10 it is a signal.
#[doc(alias = "MId")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct MinimalId(pub u32);

impl MinimalId {
    /// `MID_BEGINNING_OF_TABLE`: before the first row.
    pub const BEGINNING_OF_TABLE: Self = Self(0);
    /// `MID_CURRENT`: the place is `num_pos / total_recs` of the table.
    pub const CURRENT: Self = Self(1);
    /// `MID_END_OF_TABLE`: after the last row.
    pub const END_OF_TABLE: Self = Self(2);
    /// `MID_UNRESOLVED`: no object has this name.
    pub const UNRESOLVED: Self = Self(0);
    /// `MID_AMBIGUOUS`: several objects have this name.
    pub const AMBIGUOUS: Self = Self(1);
    /// `MID_RESOLVED`: exactly one object has this name.
    pub const RESOLVED: Self = Self(2);
    /// The smallest value that can name an object.
    pub const FIRST_OBJECT: Self = Self(0x10);
}

impl fmt::Display for MinimalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl<'de> Decode<'de> for MinimalId {
    type Fixed = Self;
    const MIN_FIXED: usize = 4;

    fn decode_fixed<S: Syntax>(input: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        input.u32("MId").map(Self)
    }

    fn decode_referents<S: Syntax>(fixed: Self, _: &mut Decoder<'de, S>) -> Result<Self, DecodeError> {
        Ok(fixed)
    }
}

impl Encode for MinimalId {
    fn encode_fixed<S: Syntax>(&self, out: &mut Encoder<'_, S>) {
        out.u32(self.0);
    }
}

/// [MS-NSPI 2.2.10] `SortType` of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SortType(pub u32);

named! { SortType:
    DISPLAY_NAME = 0, "SortTypeDisplayName";
    PHONETIC_DISPLAY_NAME = 3, "SortTypePhoneticDisplayName";
    /// Only in NspiGetMatches.
    DISPLAY_NAME_READ_ONLY = 0x3E8, "SortTypeDisplayName_RO";
    /// Only in NspiGetMatches.
    DISPLAY_NAME_WRITABLE = 0x3E9, "SortTypeDisplayName_W";
}

/// [MS-NSPI 2.2.5] A code page, for 8-bit strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CodePage(pub u32);

named! { CodePage:
    /// 20261, required of each server.
    TELETEX = 0x4F25, "CP_TELETEX";
    /// 1200, required of each server, but not as the code page of 8-bit strings.
    UNICODE = 0x04B0, "CP_WINUNICODE";
    /// Latin 1.
    WINDOWS_1252 = 1252, "windows-1252";
}

/// [MS-LCID] A locale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lcid(pub u32);

impl Lcid {
    /// `NSPI_DEFAULT_LOCALE`, en-US.
    pub const DEFAULT: Self = Self(0x409);
}
