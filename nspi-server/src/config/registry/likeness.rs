//! Which names are likely to mean one of the two that count: other spaces, a plural, a typing error, a translation.

use super::RegistryValue;
use super::regedit::{Data, Value};

/// Which of the two a value most likely means, though its name is another. The article's machine translations print the
/// *name* in the reader's language, so a DWORD with a name that is not ASCII is suspect wherever NTDS keeps its values.
pub(super) fn looks_like(value: &Value) -> Option<RegistryValue> {
    let key = value.key.to_ascii_lowercase();
    let ntds = key.split_once(r"\services\ntds").map(|(_, below)| below)?;
    if !(ntds.is_empty() || ntds.starts_with('\\')) {
        return None;
    }
    let letters = letters(&value.name);
    if let Some(near) = RegistryValue::ALL.into_iter().find(|meant| is_near(&letters, meant.name())) {
        return Some(near);
    }
    let is_dword = matches!(value.data, Data::Dword(_));
    let (word, meant) = if ntds.starts_with(r"\diagnostics") {
        ("mapi", RegistryValue::MapiInterfaceEvents)
    } else {
        ("nspi", RegistryValue::MaxSessionsPerUser)
    };
    // NTDS has other values that begin with NSPI, none of them a DWORD: `NSPI interface protocol sequences`.
    (is_dword && (!value.name.is_ascii() || letters.contains(word))).then_some(meant)
}

/// What is left of a name without case, spaces and punctuation.
fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether at most three letters differ: a plural, a typing error, a number left out.
fn is_near(found: &str, name: &str) -> bool {
    const NEAR: usize = 3;
    let (found, name): (Vec<char>, Vec<char>) = (found.chars().collect(), letters(name).chars().collect());
    if found.len().abs_diff(name.len()) > NEAR {
        return false;
    }
    // Levenshtein's distance, a row at a time: row[j] is the distance of what was seen of `found` to name[..j].
    let mut row: Vec<usize> = (0..=name.len()).collect();
    for (i, a) in found.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (b, above) in name.iter().zip(row.iter_mut().skip(1)) {
            let here = (diagonal + usize::from(a != b)).min(left + 1).min(*above + 1);
            diagonal = std::mem::replace(above, here);
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().is_some_and(|distance| *distance <= NEAR)
}
