//! [MS-NSPI 3.1.4.3] NspiGetSpecialTable: the hierarchy of containers, and the table of address creation templates.

use nspi_proto::nspi::property::{PropertyRowSet, PropertyType, PropertyValue, Value, tags};
use nspi_proto::nspi::{DisplayType, NspiGetSpecialTableRequest, SpecialTableFlags, Status};

use super::property::{AB_RECIPIENTS, convert, permanent_entry_id};
use super::reader::Reader;
use super::table::refuse_unicode;
use super::{Container, code_page};

/// `AB_SUBCONTAINERS` of `PidTagContainerFlags`: containers stand under it.
const AB_SUBCONTAINERS: i32 = 0x2;
/// `AB_UNMODIFIABLE` of `PidTagContainerFlags`: no entries can be added.
const AB_UNMODIFIABLE: i32 = 0x8;

impl<'a> Reader<'a> {
    /// [3.1.4.3] NspiGetSpecialTable: the table's version and its rows.
    ///
    /// A client that has the current version of the hierarchy gets no rows. Of address creation templates there are
    /// those of the default locale; asking for both tables asks for these, and the version comes back as it was sent.
    ///
    /// # Errors
    /// For 8-bit strings: [`Status::NOT_SUPPORTED`] for the hierarchy in code page CP_WINUNICODE,
    /// [`Status::INVALID_CODEPAGE`] for an unknown one.
    pub fn special_table(&self, request: &NspiGetSpecialTableRequest) -> Result<(u32, PropertyRowSet<'a>), Status> {
        let NspiGetSpecialTableRequest { flags, stat, version, .. } = *request;
        if flags.contains(SpecialTableFlags::ADDRESS_CREATION_TEMPLATES) {
            return Ok((version, self.creation_table(&stat)?));
        }
        let string = if flags.contains(SpecialTableFlags::UNICODE_STRINGS) {
            PropertyType::STRING
        } else {
            refuse_unicode(stat.code_page)?;
            if !code_page::has_octets(stat.code_page) {
                return Err(Status::INVALID_CODEPAGE);
            }
            PropertyType::STRING8
        };
        let current = self.view.hierarchy_version();
        let mut rows = PropertyRowSet::default();
        if version != current {
            for container in self.view.containers() {
                let name = Value::from(container.display_name.as_str());
                let name = convert(name, string, stat.code_page, self.arena).ok_or(Status::INVALID_CODEPAGE)?;
                rows.push_row(self.hierarchy_row(container, name));
            }
        }
        Ok((current, rows))
    }

    /// The columns of the hierarchy table, in the order that clients expect; the last only under another container.
    fn hierarchy_row(&self, container: &'a Container, name: Value<'a>) -> impl Iterator<Item = PropertyValue<'a>> {
        let containers = self.view.containers();
        let parents = containers.iter().any(|below| below.parent == Some(container.id));
        let flags = AB_RECIPIENTS | AB_UNMODIFIABLE | if parents { AB_SUBCONTAINERS } else { 0 };
        let parent = containers.iter().find(|above| container.parent == Some(above.id));
        [
            PropertyValue::new(tags::ENTRY_ID, self.container_entry_id(container)),
            PropertyValue::new(tags::CONTAINER_FLAGS, Value::Integer32(flags)),
            PropertyValue::new(tags::DEPTH, Value::Integer32(container.depth.cast_signed())),
            PropertyValue::new(tags::CONTAINER_ID, Value::Integer32(container.id.0.cast_signed())),
            PropertyValue::new(tags::DISPLAY_NAME, name),
            PropertyValue::new(tags::IS_MASTER, Value::Boolean(0)),
        ]
        .into_iter()
        .chain(parent.map(|above| PropertyValue::new(tags::PARENT_ENTRY_ID, self.container_entry_id(above))))
    }

    fn container_entry_id(&self, container: &Container) -> Value<'a> {
        permanent_entry_id(DisplayType::CONTAINER, container.distinguished_name.as_bytes(), self.arena)
    }
}
