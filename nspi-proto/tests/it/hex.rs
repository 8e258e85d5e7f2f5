//! Vectors as text: octets in hexadecimal, `00*16` for sixteen of them, a comment from `#` to the end of the line.

/// The octets of a vector.
pub(crate) fn octets(text: &str) -> Vec<u8> {
    let tokens = text.lines().flat_map(|line| line.split('#').next().unwrap_or_default().split_whitespace());
    tokens.flat_map(repeated).collect()
}

fn repeated(token: &str) -> Vec<u8> {
    let (octet, times) = token.split_once('*').unwrap_or((token, "1"));
    vec![u8::from_str_radix(octet, 16).expect(token); times.parse().expect(token)]
}

/// Asserts that `ours` is `theirs`, apart from octets that carry nothing: padding and the ids of referents, which
/// can be changed without changing what is `read`.
pub(crate) fn assert_same<T: PartialEq>(ours: &[u8], theirs: &[u8], read: impl Fn(&[u8]) -> Option<T>) {
    assert_eq!(ours.len(), theirs.len());
    for (at, (our, their)) in ours.iter().zip(theirs).enumerate() {
        let mut changed = ours.to_vec();
        changed[at] ^= 0x55;
        let free = || read(&changed).is_some() && read(&changed) == read(ours);
        assert!(our == their || free(), "octet {at} is {our:#04x}, not {their:#04x}");
    }
}
