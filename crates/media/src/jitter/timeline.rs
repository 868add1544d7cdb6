//! Media time: timestamps extended, and bridged where the sender jumps.

/// Where the packets of one source belong in media time.
#[derive(Clone, Debug)]
pub(super) struct Timeline {
    clock_rate: i64,
    last: Option<Last>,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    sequence: u64,
    timestamp: u32,
    media: i64,
    arrival: i64,
}

impl Timeline {
    pub(super) fn new(clock_rate: u32) -> Self {
        Self { clock_rate: i64::from(clock_rate.max(1)), last: None }
    }

    pub(super) fn clock_rate(&self) -> i64 {
        self.clock_rate
    }

    /// Ticks as microseconds.
    pub(super) fn micros(&self, ticks: i64) -> i64 {
        ticks.saturating_mul(1_000_000) / self.clock_rate
    }

    /// The media time of a packet that arrived at `now` (us), in ticks since the first packet, and
    /// whether the sender's timestamps jumped there. A jump is a step more than a second away from
    /// the time that passed; media time then goes on with the time that passed.
    pub(super) fn place(&mut self, now: i64, sequence: u64, timestamp: u32) -> (i64, bool) {
        let Some(last) = self.last else {
            self.last = Some(Last { sequence, timestamp, media: 0, arrival: now });
            return (0, false);
        };
        let step = i64::from(timestamp.wrapping_sub(last.timestamp).cast_signed());
        let passed = now - last.arrival;
        let jumped = (self.micros(step) - passed).abs() > JUMP;
        let step = if !jumped {
            step
        } else if sequence > last.sequence {
            passed.saturating_mul(self.clock_rate) / 1_000_000
        } else {
            // An old packet from before a jump has no place; put it beside its successor.
            0
        };
        let media = last.media.saturating_add(step);
        if sequence > last.sequence {
            self.last = Some(Last { sequence, timestamp, media, arrival: now });
        }
        (media, jumped && sequence > last.sequence)
    }
}

/// Difference between media time and the time that passed from which on it is a jump, us.
const JUMP: i64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_extended_over_the_wrap() {
        let mut timeline = Timeline::new(8000);
        for n in 0..100 {
            let timestamp = (u32::MAX - 800).wrapping_add(n * 160);
            let placed = timeline.place(i64::from(n) * 20_000, u64::from(n), timestamp);
            assert_eq!(placed, (i64::from(n) * 160, false));
        }
    }

    #[test]
    fn a_jump_goes_on_with_the_time_that_passed() {
        let mut timeline = Timeline::new(8000);
        timeline.place(0, 0, 0);
        assert_eq!(timeline.place(20_000, 1, 0x7000_0000), (160, true));
        assert_eq!(timeline.place(40_000, 2, 0x7000_00a0), (320, false));
        assert_eq!(timeline.place(60_000, 3, 480), (480, true));
    }

    #[test]
    fn silence_suppression_is_no_jump() {
        let mut timeline = Timeline::new(8000);
        timeline.place(0, 0, 0);
        assert_eq!(timeline.place(60_000_000, 1, 480_000), (480_000, false));
    }

    #[test]
    fn an_old_packet_does_not_move_the_line() {
        let mut timeline = Timeline::new(8000);
        timeline.place(0, 10, 1600);
        timeline.place(20_000, 12, 1920);
        assert_eq!(timeline.place(25_000, 11, 1760), (160, false));
        assert_eq!(timeline.place(30_000, 9, 900_000_000), (320, false));
        assert_eq!(timeline.place(40_000, 13, 2080), (480, false));
    }
}
