//! [MS-OXOABKT 2.2.2.2] Scripts: an address made of what was typed into a dialog.
//!
//! A count of words, then these: an instruction and its operands, 32 bits each. The result is a string that instructions
//! append to. Of the ten instructions there are the two that the shipped templates need.

use nspi_proto::nspi::property::PropertyTag;

/// One instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instruction {
    /// Ends the script; the result is the address.
    Halt,
    /// Appends the value of a property.
    EmitPropertyValue(PropertyTag),
}

/// A script as it is in `PidTagScriptData`.
pub(super) fn to_octets(script: &[Instruction]) -> Vec<u8> {
    let words: Vec<u32> = script
        .iter()
        .flat_map(|instruction| match *instruction {
            Instruction::Halt => vec![0x0000_0000],
            Instruction::EmitPropertyValue(tag) => vec![0x0000_0002, tag.0],
        })
        .collect();
    let count = u32::try_from(words.len()).unwrap_or(u32::MAX);
    [count].into_iter().chain(words).flat_map(u32::to_le_bytes).collect()
}
