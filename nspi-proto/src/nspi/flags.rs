//! The `dwFlags` of the operations. Unknown bits survive: receivers must ignore them.

use bitflags::bitflags;

bitflags! {
    /// [MS-NSPI 2.2.1.10] `dwFlags` of NspiBind.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct BindFlags: u32 {
        /// `fAnonymousLogin`: the client asks not to be authenticated; a server may ignore it.
        const ANONYMOUS_LOGIN = 0x0000_0020;
        const _ = !0;
    }

    /// [MS-NSPI 2.2.1.11] `dwFlags` of NspiQueryRows, NspiGetProps and NspiGetPropList.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct RetrieveFlags: u32 {
        /// `fSkipObjects`: leave out properties of type PtypEmbeddedTable.
        const SKIP_OBJECTS = 0x0000_0001;
        /// `fEphID`: entry ids in their ephemeral form.
        const EPHEMERAL_IDS = 0x0000_0002;
        const _ = !0;
    }

    /// [MS-NSPI 2.2.1.12] `dwFlags` of NspiGetSpecialTable.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct SpecialTableFlags: u32 {
        /// `NspiAddressCreationTemplates`: the table of address creation templates, not the hierarchy.
        const ADDRESS_CREATION_TEMPLATES = 0x0000_0002;
        /// `NspiUnicodeStrings`: strings as PtypString, not PtypString8.
        const UNICODE_STRINGS = 0x0000_0004;
        const _ = !0;
    }
}
