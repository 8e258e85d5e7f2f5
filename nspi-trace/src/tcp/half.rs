//! One direction of a TCP connection: its octets in order, each once, and what is missing of them.
//!
//! ```text
//!   segments as captured ─► behind: seen already │ next: told at once │ ahead: held until the hole is filled
//! ```
//!
//! A hole is given up, and told as a gap, when the receiver has acknowledged what is missing and still it does not come,
//! when too much is held, or when the connection ends. Nothing is made up.

/// Segments held ahead of a hole.
const HELD_SEGMENTS: usize = 64;
/// Octets held ahead of a hole.
const HELD_OCTETS: usize = 256 << 10;
/// How often the receiver must show that it has what is missing before that is believed: captures swap packets, too.
const ACKNOWLEDGED: u8 = 2;

/// What comes next in this direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Octets(&'a [u8]),
    /// So many octets are missing.
    Gap(u64),
    /// FIN: nothing follows.
    End,
}

/// A stretch of the stream, by the sequence number of its first octet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch<'a> {
    pub(crate) sequence: u32,
    pub(crate) octets: &'a [u8],
    /// Octets behind these that were not captured.
    pub(crate) cut: u32,
    pub(crate) fin: bool,
}

#[derive(Debug)]
struct Held {
    sequence: u32,
    octets: Box<[u8]>,
    cut: u32,
    fin: bool,
}

/// One direction.
#[derive(Debug, Default)]
pub(crate) struct Half {
    /// The sequence number that comes next; unknown before anything was seen.
    next: Option<u32>,
    /// What is ahead of a hole, in order.
    held: Vec<Held>,
    acknowledged: u8,
    ended: bool,
}

impl Half {
    /// The first sequence number, as SYN tells it. `false`: it is another one than before, so another connection.
    pub(crate) fn starts(&mut self, sequence: u32) -> bool {
        match self.next {
            None => {
                self.next = Some(sequence.wrapping_add(1));
                true
            }
            // Retransmitted, or seen after the first data.
            Some(next) => next.wrapping_sub(sequence.wrapping_add(1)) < 1 << 20,
        }
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.ended
    }

    /// Whether octets before `sequence`, which the other end has, were not seen yet.
    pub(crate) fn lacks(&self, sequence: u32) -> bool {
        let lacking = self.next.map_or(0, |next| sequence.wrapping_sub(next));
        // The FIN counts as one, and a number far off is that of another connection.
        !self.ended && (1..1 << 20).contains(&lacking)
    }

    /// Takes a segment in, and tells what now comes in order.
    pub(crate) fn receive(&mut self, segment: Stretch<'_>, tell: &mut impl FnMut(Piece<'_>)) {
        let next = *self.next.get_or_insert(segment.sequence);
        let ahead = segment.sequence.wrapping_sub(next);
        if ahead == 0 || ahead > u32::MAX / 2 {
            self.take(segment, tell);
            self.go_on(tell);
        } else if !segment.octets.is_empty() || segment.cut > 0 || segment.fin {
            self.hold(segment, next);
            if self.held.len() > HELD_SEGMENTS || self.octets_held() > HELD_OCTETS {
                self.give_up(tell);
            }
        }
    }

    /// The other end says that it has everything before `sequence`. Whether the first hole is to be given up.
    pub(crate) fn acknowledge(&mut self, sequence: u32) -> bool {
        let (Some(next), Some(first)) = (self.next, self.held.first()) else { return false };
        let has = sequence.wrapping_sub(next);
        if has > u32::MAX / 2 || has < first.sequence.wrapping_sub(next) {
            return false;
        }
        self.acknowledged = self.acknowledged.saturating_add(1);
        self.acknowledged >= ACKNOWLEDGED
    }

    /// Nothing more will come: tells what is held, with its gaps.
    pub(crate) fn finish(&mut self, tell: &mut impl FnMut(Piece<'_>)) {
        while !self.held.is_empty() {
            self.give_up(tell);
        }
    }

    /// Tells what is new of a segment that does not begin ahead.
    fn take(&mut self, segment: Stretch<'_>, tell: &mut impl FnMut(Piece<'_>)) {
        let Some(next) = self.next else { return };
        let behind = next.wrapping_sub(segment.sequence);
        let captured = u32::try_from(segment.octets.len()).unwrap_or(u32::MAX);
        let length = captured.saturating_add(segment.cut);
        if behind > length || self.ended {
            return;
        }
        let seen = usize::try_from(behind).unwrap_or(usize::MAX);
        if let Some(new) = segment.octets.get(seen..).filter(|new| !new.is_empty()) {
            tell(Piece::Octets(new));
        }
        let missing = length.saturating_sub(behind.max(captured));
        if missing > 0 {
            tell(Piece::Gap(missing.into()));
        }
        self.next = Some(next.wrapping_add(length - behind).wrapping_add(u32::from(segment.fin)));
        if segment.fin {
            self.ended = true;
            tell(Piece::End);
        }
    }

    /// Tells what is held and no longer ahead.
    fn go_on(&mut self, tell: &mut impl FnMut(Piece<'_>)) {
        while let (Some(next), Some(first)) = (self.next, self.held.first()) {
            let ahead = first.sequence.wrapping_sub(next);
            if ahead != 0 && ahead <= u32::MAX / 2 {
                return;
            }
            let Held { sequence, octets, cut, fin } = self.held.remove(0);
            self.acknowledged = 0;
            self.take(Stretch { sequence, octets: &octets, cut, fin }, tell);
        }
    }

    fn hold(&mut self, segment: Stretch<'_>, next: u32) {
        let Stretch { sequence, octets, cut, fin } = segment;
        let place = self.held.partition_point(|held| held.sequence.wrapping_sub(next) < sequence.wrapping_sub(next));
        let repeats = |held: &Held| held.sequence == sequence && held.octets.len() >= octets.len();
        if !self.held.get(place).is_some_and(repeats) {
            self.held.insert(place, Held { sequence, octets: octets.into(), cut, fin });
        }
    }

    /// The first hole will not be filled.
    pub(crate) fn give_up(&mut self, tell: &mut impl FnMut(Piece<'_>)) {
        let (Some(next), Some(first)) = (self.next, self.held.first()) else { return };
        tell(Piece::Gap(first.sequence.wrapping_sub(next).into()));
        self.next = Some(first.sequence);
        self.acknowledged = 0;
        self.go_on(tell);
    }

    /// Octets held ahead of holes.
    pub(crate) fn octets_held(&self) -> usize {
        self.held.iter().map(|held| held.octets.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told, as text: octets as they are, gaps as their length, the end as a full stop.
    fn told(half: &mut Half, work: impl FnOnce(&mut Half, &mut dyn FnMut(Piece<'_>))) -> String {
        let mut text = String::new();
        work(half, &mut |piece| match piece {
            Piece::Octets(octets) => text.push_str(std::str::from_utf8(octets).unwrap()),
            Piece::Gap(length) => text.push_str(&format!("<{length}>")),
            Piece::End => text.push('.'),
        });
        text
    }

    fn receive(half: &mut Half, sequence: u32, octets: &str) -> String {
        let segment = Stretch { sequence, octets: octets.as_bytes(), cut: 0, fin: octets.ends_with('z') };
        told(half, |half, mut tell| half.receive(segment, &mut tell))
    }

    fn half() -> Half {
        let mut half = Half::default();
        assert!(half.starts(u32::MAX - 3)); // so that numbers wrap soon
        half
    }

    const FIRST: u32 = u32::MAX - 2;

    #[test]
    fn segments_out_of_order_are_told_in_order() {
        let mut half = half();
        assert_eq!(receive(&mut half, FIRST.wrapping_add(4), "56"), "");
        assert_eq!(receive(&mut half, FIRST.wrapping_add(2), "34"), "");
        assert_eq!(receive(&mut half, FIRST, "12"), "123456");
        assert_eq!(receive(&mut half, FIRST.wrapping_add(6), "78z"), "78z.");
    }

    #[test]
    fn octets_that_come_again_are_told_once() {
        let mut half = half();
        assert_eq!(receive(&mut half, FIRST, "1234"), "1234");
        assert_eq!(receive(&mut half, FIRST, "1234"), "");
        assert_eq!(receive(&mut half, FIRST.wrapping_add(2), "3456"), "56");
        assert_eq!(receive(&mut half, FIRST.wrapping_sub(1), "x"), "", "a keep-alive");
    }

    #[test]
    fn a_hole_that_was_acknowledged_twice_is_a_gap() {
        let mut half = half();
        assert_eq!(receive(&mut half, FIRST, "12"), "12");
        assert_eq!(receive(&mut half, FIRST.wrapping_add(5), "67"), "");
        let past = FIRST.wrapping_add(7);
        assert!(!half.acknowledge(FIRST.wrapping_add(2)));
        assert!(!half.acknowledge(past));
        assert!(half.acknowledge(past));
        assert_eq!(told(&mut half, |half, mut tell| half.give_up(&mut tell)), "<3>67");
    }

    #[test]
    fn what_is_held_is_told_at_the_end_with_its_gaps() {
        let mut half = half();
        assert_eq!(receive(&mut half, FIRST.wrapping_add(1), "2"), "");
        assert_eq!(receive(&mut half, FIRST.wrapping_add(3), "4"), "");
        assert_eq!(told(&mut half, |half, mut tell| half.finish(&mut tell)), "<1>2<1>4");
    }

    #[test]
    fn too_much_ahead_of_a_hole_is_not_held() {
        let mut half = half();
        let told: String = (0..100).map(|n| receive(&mut half, FIRST.wrapping_add(2 + n), "x")).collect();
        assert!(told.starts_with("<2>xxxx"), "{told}");
        assert!(half.held.len() <= HELD_SEGMENTS);
    }

    #[test]
    fn a_segment_that_was_cut_leaves_a_gap_of_its_rest() {
        let mut half = half();
        let cut = Stretch { sequence: FIRST, octets: b"12", cut: 3, fin: false };
        assert_eq!(told(&mut half, |half, mut tell| half.receive(cut, &mut tell)), "12<3>");
        assert_eq!(told(&mut half, |half, mut tell| half.receive(cut, &mut tell)), "");
        assert_eq!(receive(&mut half, FIRST.wrapping_add(5), "6"), "6");
    }
}
