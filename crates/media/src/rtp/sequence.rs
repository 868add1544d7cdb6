//! Sequence numbers of one source (RFC 3550 appendix A.1): extended, counted, deduplicated.

/// What a sequence number says of its packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Seen before.
    Duplicate,
    /// Far away from the others; the next in line would restart the source.
    Jump,
    /// The next one, or after a gap.
    Next(u64),
    /// After a later one.
    Reordered(u64),
    /// The second in line after a jump: the source counts from here.
    Restart(u64),
}

/// The state of a source. Extended sequence numbers start one cycle up, so that packets older than
/// the first have a number too.
#[derive(Clone, Debug)]
pub struct Sequence {
    base: u64,
    highest: u64,
    /// Bit n: `highest - n` came.
    seen: u128,
    /// Packets in a row before those of `seen` that never came, and the most of them so far.
    gap: u64,
    longest_gap: u64,
    after_jump: Option<u16>,
    received: u64,
    reordered: u64,
    duplicated: u64,
}

impl Sequence {
    /// A source whose first packet has this number.
    pub fn new(first: u16) -> Self {
        let first = CYCLE + u64::from(first);
        Self {
            base: first,
            highest: first,
            seen: 1,
            gap: 0,
            longest_gap: 0,
            after_jump: None,
            received: 1,
            reordered: 0,
            duplicated: 0,
        }
    }

    /// Takes the number of the next packet to arrive.
    pub fn update(&mut self, number: u16) -> Arrival {
        let ahead = number.wrapping_sub(self.highest as u16);
        if ahead == 0 {
            self.duplicated += 1;
            return Arrival::Duplicate;
        }
        if ahead < MAX_DROPOUT {
            self.settle(u64::from(ahead));
            self.highest = self.highest.saturating_add(u64::from(ahead));
            self.seen = self.seen.checked_shl(u32::from(ahead)).unwrap_or(0) | 1;
            self.received += 1;
            self.after_jump = None;
            return Arrival::Next(self.highest);
        }
        let behind = ahead.wrapping_neg();
        if behind > MAX_MISORDER {
            return self.jump(number);
        }
        self.after_jump = None;
        let bit = 1_u128 << behind;
        if self.seen & bit != 0 {
            self.duplicated += 1;
            return Arrival::Duplicate;
        }
        self.seen |= bit;
        self.received += 1;
        self.reordered += 1;
        let extended = self.highest.saturating_sub(u64::from(behind));
        self.base = self.base.min(extended);
        Arrival::Reordered(extended)
    }

    /// Extended highest number received, as reports give it.
    pub fn highest(&self) -> u64 {
        self.highest - CYCLE
    }

    /// Packets that the source has sent, by its numbers.
    pub fn expected(&self) -> u64 {
        self.highest - self.base + 1
    }

    /// Packets received, duplicates left out.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Packets received after a later one.
    pub fn reordered(&self) -> u64 {
        self.reordered
    }

    /// Packets received again.
    pub fn duplicated(&self) -> u64 {
        self.duplicated
    }

    /// Packets that have not come so far.
    pub fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.received)
    }

    /// Packets in a row that have not come so far, at most; one that comes late closes its gap.
    pub fn longest_gap(&self) -> u64 {
        let mut all = self.clone();
        all.settle(WINDOW);
        all.longest_gap
    }

    /// The oldest `count` places leave `seen`: what has not come by then never will.
    fn settle(&mut self, count: u64) {
        for back in (WINDOW - count.min(WINDOW)..WINDOW).rev() {
            let came = self.seen & (1 << back) != 0;
            // Nothing was expected before the first.
            if came || self.highest - back < self.base {
                self.gap = 0;
            } else {
                self.grow(1);
            }
        }
        self.grow(count.saturating_sub(WINDOW));
    }

    fn grow(&mut self, missing: u64) {
        self.gap += missing;
        self.longest_gap = self.longest_gap.max(self.gap);
    }

    fn jump(&mut self, number: u16) -> Arrival {
        if self.after_jump != Some(number) {
            self.after_jump = Some(number.wrapping_add(1));
            return Arrival::Jump;
        }
        let (reordered, duplicated) = (self.reordered, self.duplicated);
        let longest_gap = self.longest_gap();
        *self = Self { reordered, duplicated, longest_gap, ..Self::new(number) };
        Arrival::Restart(self.highest)
    }
}

const CYCLE: u64 = 1 << 16;
/// Places in `seen`.
const WINDOW: u64 = u128::BITS as u64;
/// A gap of so many packets is no loss but another beginning.
const MAX_DROPOUT: u16 = 3000;
/// A packet so far behind is no reordering but another beginning.
const MAX_MISORDER: u16 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_over_the_wrap() {
        let mut sequence = Sequence::new(65534);
        for n in 1..200_000_u32 {
            let number = 65534_u16.wrapping_add(n as u16);
            assert_eq!(sequence.update(number), Arrival::Next(CYCLE + 65534 + u64::from(n)));
        }
        assert_eq!((sequence.expected(), sequence.lost()), (200_000, 0));
        assert_eq!(sequence.highest(), 65534 + 199_999);
    }

    #[test]
    fn loss_is_what_was_expected_and_did_not_come() {
        let mut sequence = Sequence::new(10);
        sequence.update(11);
        sequence.update(15);
        assert_eq!(sequence.lost(), 3);
        assert_eq!(sequence.update(13), Arrival::Reordered(CYCLE + 13));
        assert_eq!((sequence.lost(), sequence.reordered()), (2, 1));
    }

    #[test]
    fn a_gap_is_what_never_came() {
        let mut sequence = Sequence::new(10);
        sequence.update(11);
        sequence.update(16);
        assert_eq!(sequence.longest_gap(), 4);
        sequence.update(13);
        assert_eq!(sequence.longest_gap(), 2, "one came late");
        for number in 17..400 {
            sequence.update(number);
        }
        assert_eq!(sequence.longest_gap(), 2, "long ago");
        for (number, longest) in [(600, 200), (602, 200), (1_000, 397), (1_001, 397)] {
            sequence.update(number);
            assert_eq!(sequence.longest_gap(), longest);
        }
        sequence.update(40_000);
        sequence.update(40_001);
        assert_eq!(sequence.longest_gap(), 397, "another beginning");
    }

    #[test]
    fn nothing_is_missing_before_the_first() {
        let mut sequence = Sequence::new(0);
        assert_eq!(sequence.longest_gap(), 0);
        for number in 1..300 {
            sequence.update(number);
            assert_eq!(sequence.longest_gap(), 0);
        }
    }

    #[test]
    fn duplicates_are_found_in_and_out_of_order() {
        let mut sequence = Sequence::new(0);
        for number in 1..150 {
            sequence.update(number);
        }
        for number in [149, 148, 100, 49] {
            assert_eq!(sequence.update(number), Arrival::Duplicate);
        }
        assert_eq!((sequence.received(), sequence.duplicated()), (150, 4));
    }

    #[test]
    fn a_packet_before_the_first_moves_the_base() {
        let mut sequence = Sequence::new(2);
        assert_eq!(sequence.update(65535), Arrival::Reordered(65535));
        assert_eq!((sequence.expected(), sequence.lost()), (4, 2));
    }

    #[test]
    fn one_far_packet_is_ignored_and_two_in_line_restart() {
        let mut sequence = Sequence::new(0);
        assert_eq!(sequence.update(40_000), Arrival::Jump);
        assert_eq!(sequence.update(1), Arrival::Next(CYCLE + 1));
        assert_eq!(sequence.update(40_001), Arrival::Jump);
        assert_eq!(sequence.update(40_002), Arrival::Restart(CYCLE + 40_002));
        assert_eq!((sequence.expected(), sequence.received(), sequence.lost()), (1, 1, 0));
    }
}
