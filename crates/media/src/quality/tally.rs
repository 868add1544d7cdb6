//! Sums of a stream that can be told for the whole call and for the span since the last split.

use super::Loss;

/// Sums that only grow.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Packets sent.
    pub sent: u64,
    /// Packets that the source sent, by its sequence numbers.
    pub expected: u64,
    /// Packets received, duplicates left out.
    pub received: u64,
    /// Packets too late to be played.
    pub late: u64,
    /// Packets received again.
    pub duplicated: u64,
    /// Packets received after a later one.
    pub reordered: u64,
    /// What was played and what was missed.
    pub loss: Loss,
    /// Ticks of sound made up.
    pub concealed: u64,
    /// Ticks of sound played as they came.
    pub decoded: u64,
    /// Delay in the jitter buffer, ms.
    pub buffer: Spread,
    /// Inter-arrival jitter, ms.
    pub jitter: Spread,
}

/// Mean of a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    sum: f64,
    count: u64,
}

impl Tally {
    /// What came after `earlier`.
    pub fn after(&self, earlier: &Self) -> Self {
        Self {
            sent: self.sent - earlier.sent,
            expected: self.expected.saturating_sub(earlier.expected),
            received: self.received.saturating_sub(earlier.received),
            late: self.late - earlier.late,
            duplicated: self.duplicated - earlier.duplicated,
            reordered: self.reordered - earlier.reordered,
            loss: self.loss.after(&earlier.loss),
            concealed: self.concealed - earlier.concealed,
            decoded: self.decoded - earlier.decoded,
            buffer: self.buffer.after(&earlier.buffer),
            jitter: self.jitter.after(&earlier.jitter),
        }
    }

    /// Packets that never came. A packet that came a span late makes up for one lost in it.
    pub fn lost(&self) -> u64 {
        self.expected.saturating_sub(self.received)
    }

    /// Share of the sound that was made up, per cent.
    pub fn concealed_percent(&self) -> f32 {
        let all = self.concealed + self.decoded;
        if all == 0 { 0.0 } else { (self.concealed as f64 * 100.0 / all as f64) as f32 }
    }
}

impl Spread {
    /// Takes a value.
    pub fn add(&mut self, value: f32) {
        self.sum += f64::from(value);
        self.count += 1;
    }

    /// The mean; `None` without a value.
    pub fn mean(&self) -> Option<f32> {
        (self.count > 0).then(|| (self.sum / self.count as f64) as f32)
    }

    fn after(&self, earlier: &Self) -> Self {
        Self { sum: self.sum - earlier.sum, count: self.count - earlier.count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_its_own_sums() {
        let mut tally = Tally { expected: 100, received: 90, decoded: 900, ..Tally::default() };
        tally.jitter.add(4.0);
        let split = tally;
        tally.expected += 50;
        tally.received += 50;
        tally.decoded += 300;
        tally.concealed += 100;
        tally.jitter.add(1.0);
        tally.jitter.add(2.0);
        let span = tally.after(&split);
        assert_eq!((tally.lost(), span.lost()), (10, 0));
        assert_eq!(span.concealed_percent(), 25.0);
        assert_eq!(span.jitter.mean(), Some(1.5));
        assert_eq!(span.buffer.mean(), None);
    }
}
