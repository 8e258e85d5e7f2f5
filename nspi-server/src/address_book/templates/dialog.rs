//! [MS-OXOABKT 2.2.2.1] Dialogs: pages of labels, fields and lists, as `TRowSet` with the strings behind it.
//!
//! ```text
//!   Type = 1 │ cRows │ XPos DeltaX YPos DeltaY ControlType ControlFlags │ dwType ulSize ulString │ .. │ "General\0" ..
//!                      └──────────────── one control, 36 octets: TRow ──┴──── its CNTRL ─────────┘      ▲
//!                                                             ulString: octets from the beginning ──────┘
//! ```
//!
//! What stands in a dialog is said in [`Item`]s, one under the other; where on the page follows from that.

use nspi_proto::nspi::CodePage;
use nspi_proto::nspi::property::PropertyTag;

use super::{Arena, terminated};

/// `Type` of a `TRowSet`.
const TYPE: u32 = 1;

/// Any character may be typed, or the string says nothing.
const ANY: &str = "*";

/// A dialog: what stands in it, from top to bottom. The first is a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialog {
    pub(super) items: &'static [Item],
    /// Whether what is in its fields may be changed, and how.
    pub(super) fields: Fields,
}

/// `ControlFlags` of the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Fields {
    /// They show.
    ReadOnly = 0,
    /// `DT_EDITABLE`: what is typed is looked for.
    Editable = 0x2,
    /// `DT_EDITABLE | DT_REQUIRED`: there is no address without them.
    Required = 0x6,
}

/// `DT_MULTILINE`.
const MULTI_LINE: u32 = 0x1;

/// What stands in a dialog. In labels `&` goes before the letter of the shortcut key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item {
    /// A tab, and what follows on it; at most 31 octets.
    Page(&'static str),
    /// A line of text with a label, of at most so many characters.
    Field(&'static str, PropertyTag, u32),
    /// Several lines of text with a label.
    Paragraph(&'static str, PropertyTag, u32),
    /// The objects that a property refers to.
    Objects(&'static str, PropertyTag),
    /// The values of a property of several.
    Texts(&'static str, PropertyTag),
    /// A button that starts something.
    Button(&'static str, PropertyTag),
}

/// `ControlType`.
#[derive(Debug, Clone, Copy)]
#[repr(u32)]
enum Kind {
    Label = 0x0,
    Edit = 0x1,
    ListBox = 0x2,
    Button = 0x7,
    Page = 0x8,
    MultiValuedListBox = 0xB,
}

/// A control in its place: `TRow`, with `CNTRL`. Places and sizes are in pixels of the display area.
struct Control {
    x: u32,
    width: u32,
    y: u32,
    height: u32,
    kind: Kind,
    flags: u32,
    property: u32,
    size: u32,
    text: &'static str,
}

/// The display area, and what stands in it.
const MARGIN: u32 = 12;
const LABEL_WIDTH: u32 = 84;
const WIDTH: u32 = 336;
const LINE: u32 = 12;
const GAP: u32 = 6;
const LIST: u32 = 120;
const PARAGRAPH: u32 = 48;

impl Dialog {
    /// The octets, strings in a code page that has octets.
    pub(super) fn to_octets(self, code_page: CodePage, arena: &Arena) -> Vec<u8> {
        let controls = self.controls();
        let count = u32::try_from(controls.len()).unwrap_or(u32::MAX);
        let mut strings: Vec<u8> = Vec::new();
        let mut words = vec![TYPE, count];
        for control in controls {
            let Control { x, width, y, height, kind, flags, property, size, text } = control;
            let offset = 8 + 36 * count + u32::try_from(strings.len()).unwrap_or(u32::MAX);
            strings.extend(terminated(text, code_page, arena));
            words.extend([x, width, y, height, kind as u32, flags, property, size, offset]);
        }
        words.into_iter().flat_map(u32::to_le_bytes).chain(strings).collect()
    }

    /// Each item's controls in their places.
    fn controls(self) -> Vec<Control> {
        let mut controls = Vec::new();
        let mut y = 0;
        let field = MARGIN + LABEL_WIDTH + GAP;
        for item in self.items {
            let mut put = |kind, x, y, width, height, flags, property: Option<PropertyTag>, size, text| {
                let property = property.map_or(0, |tag| tag.0);
                controls.push(Control { x, width, y, height, kind, flags, property, size, text });
            };
            let edit = self.fields as u32;
            match *item {
                Item::Page(text) => {
                    put(Kind::Page, 0, 0, 0, 0, 0, None, 0, text);
                    y = MARGIN;
                }
                Item::Field(label, tag, size) => {
                    put(Kind::Label, MARGIN, y, LABEL_WIDTH, LINE, 0, None, 0, label);
                    put(Kind::Edit, field, y, WIDTH - field, LINE, edit, Some(tag), size, ANY);
                    y += LINE + GAP;
                }
                Item::Paragraph(label, tag, size) => {
                    put(Kind::Label, MARGIN, y, LABEL_WIDTH, LINE, 0, None, 0, label);
                    put(Kind::Edit, field, y, WIDTH - field, PARAGRAPH, edit | MULTI_LINE, Some(tag), size, ANY);
                    y += PARAGRAPH + GAP;
                }
                Item::Objects(label, tag) | Item::Texts(label, tag) => {
                    let kind = match item {
                        Item::Objects(..) => Kind::ListBox,
                        _ => Kind::MultiValuedListBox,
                    };
                    put(Kind::Label, MARGIN, y, WIDTH - MARGIN, LINE, 0, None, 0, label);
                    put(kind, MARGIN, y + LINE, WIDTH - MARGIN, LIST, 0, Some(tag), 0, ANY);
                    y += LINE + LIST + GAP;
                }
                Item::Button(label, tag) => {
                    put(Kind::Button, MARGIN, y, LABEL_WIDTH, LINE + GAP, 0, Some(tag), 0, label);
                    y += LINE + 2 * GAP;
                }
            }
        }
        controls
    }
}
