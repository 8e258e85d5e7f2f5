//! Octets from text, however it was copied: plain digits, `xxd`, `hexdump`, `tcpdump -X`, Wireshark's copies, C arrays,
//! and what Python prints of `bytes` (in `literal`).

use super::literal;

/// Text as the octets that it shows; anything that is not text as it is.
pub(super) fn octets(input: Vec<u8>) -> Result<Vec<u8>, String> {
    let Some(text) = std::str::from_utf8(&input).ok().filter(|text| is_text(text)) else { return Ok(input) };
    let octets = match literal::octets(text) {
        Some(octets) => octets,
        None => digits(&text.lines().map(without_comment).collect::<Vec<_>>().join("\n"))?,
    };
    if octets.is_empty() { Err("there are no hex digits".to_owned()) } else { Ok(octets) }
}

fn digits(text: &str) -> Result<Vec<u8>, String> {
    if text.contains("\\x") {
        return Ok(marked(text, "\\x"));
    }
    if text.contains("0x") && !text.lines().any(|line| offset(line).is_some_and(|(_, dump)| dump.marked)) {
        return Ok(marked(text, "0x"));
    }
    lines(text)
}

fn is_text(text: &str) -> bool {
    text.chars().all(|c| !c.is_control() || c.is_whitespace())
}

/// Two digits behind each mark; all other text is comment.
fn marked(text: &str, mark: &str) -> Vec<u8> {
    text.split(mark).skip(1).filter_map(|rest| u8::from_str_radix(rest.get(..2)?, 16).ok()).collect()
}

/// A line of a dump: what stands behind its offset.
struct Dump<'t> {
    rest: &'t str,
    /// Whether the offset has `0x` in front of it, as tcpdump writes it.
    marked: bool,
    /// Whether groups are words with their octets swapped, as `hexdump` alone writes them.
    swapped: bool,
}

/// The offset that a line begins with: `00000010:`, or at least four digits and then groups of another length.
fn offset(line: &str) -> Option<(usize, Dump<'_>)> {
    let line = line.trim_start();
    let (head, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let bare = head.trim_end_matches(':');
    let (digits, marked) = bare.strip_prefix("0x").map_or((bare, false), |digits| (digits, true));
    let at = usize::from_str_radix(digits, 16).ok()?;
    let next = rest.split_whitespace().next().unwrap_or_default();
    if head.ends_with(':') && digits.len() > 2 {
        return Some((at, Dump { rest, marked, swapped: false }));
    }
    let is_offset = !marked && digits.len() >= 4 && next.len() == 2;
    let swapped = !marked && digits.len() == 7 && next.len() == 4;
    (is_offset || swapped).then_some((at, Dump { rest, marked, swapped }))
}

/// Octets that dumps show on a line.
const LINE: usize = 16;

/// Line by line. A dump says by the offset of the next line how many octets a line has; what follows them is text.
fn lines(text: &str) -> Result<Vec<u8>, String> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let is_dump = lines.iter().any(|line| line.contains(':') || line.contains('|')) || lines.len() > 1;
    let offsets: Vec<Option<(usize, Dump<'_>)>> = lines.iter().map(|line| offset(line).filter(|_| is_dump)).collect();
    let mut octets: Vec<u8> = Vec::new();
    let mut repeat = false;
    for (place, (line, found)) in lines.iter().zip(&offsets).enumerate() {
        let Some((at, dump)) = found else {
            match line.trim() {
                "*" => repeat = true,
                // A dump ends with an offset alone.
                end if offsets.iter().any(Option::is_some) && end.len() >= 6 && place + 1 == lines.len() => {
                    if let (true, Ok(end)) = (repeat, usize::from_str_radix(end, 16)) {
                        fill(&mut octets, end);
                    }
                }
                line => octets.extend(plain(line)?),
            }
            continue;
        };
        if repeat {
            fill(&mut octets, *at);
        }
        repeat = false;
        let next = offsets.get(place + 1).and_then(Option::as_ref).map(|(next, _)| *next);
        let room = next.and_then(|next| next.checked_sub(*at)).filter(|room| (1..=64).contains(room)).unwrap_or(LINE);
        octets.extend(dumped(dump, room));
    }
    Ok(octets)
}

/// Repeats the last line up to `end`: `hexdump` shows equal lines once, and a star.
fn fill(octets: &mut Vec<u8>, end: usize) {
    const MOST: usize = 1 << 24;
    let Some(last) = octets.len().checked_sub(LINE).and_then(|from| octets.get(from..)).map(<[u8]>::to_vec) else {
        return;
    };
    while octets.len() < end.min(MOST) {
        octets.extend(&last);
    }
}

/// At most `room` octets of a line, up to where the text column begins.
fn dumped(dump: &Dump<'_>, room: usize) -> Vec<u8> {
    let digits = dump.rest.split('|').next().unwrap_or_default().trim_start();
    let digits = digits.find("   ").and_then(|gap| digits.get(..gap)).unwrap_or(digits);
    let mut octets = Vec::new();
    for group in digits.split_whitespace() {
        let Ok(mut group) = plain(group) else { break };
        if dump.swapped {
            group.reverse();
        }
        octets.extend(group);
    }
    octets.truncate(room);
    octets
}

/// Digits and what people put between them.
fn plain(text: &str) -> Result<Vec<u8>, String> {
    let mut digits = Vec::new();
    for c in text.chars() {
        match c.to_digit(16) {
            Some(digit) => digits.extend(u8::try_from(digit)),
            None if c.is_whitespace() || ":,;-".contains(c) => {}
            None => return Err(format!("{c:?} is no hex digit, in {:?}", beginning(text))),
        }
    }
    if digits.len() % 2 == 1 {
        let (count, text) = (digits.len(), beginning(text));
        return Err(format!(
            "an odd number of hex digits, {count}, in {text:?}: half an octet is missing, or too much"
        ));
    }
    Ok(digits.chunks(2).map(|pair| pair.iter().fold(0, |octet, digit| octet << 4 | digit)).collect())
}

/// As much of a text as an error can quote.
fn beginning(text: &str) -> String {
    const MOST: usize = 48;
    let cut: String = text.chars().take(MOST).collect();
    if cut.len() < text.len() { cut + ".." } else { cut }
}

/// A line up to `#` or `//`, if it does not begin with `;`. In a dump that may cut the text column, which nobody reads.
fn without_comment(line: &str) -> &str {
    let comment = [line.find('#'), line.find("//"), line.starts_with(';').then_some(0)].into_iter().flatten().min();
    comment.and_then(|at| line.get(..at)).unwrap_or(line)
}
