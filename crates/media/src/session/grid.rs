//! When frames are moved. They are spoken every 20 ms from the start on, and heard every 20 ms from
//! an instant that the first packet chooses, so that none waits longer than the jitter buffer aims at:
//!
//! ```text
//! spoken  |-------------------|-------------------|-------------------|
//! packet         x                   x                   x
//! heard          |<- target ->|             |<- target ->|
//! ```
//!
//! One is heard after each that is spoken: what works on both, as an echo canceller or an echo does,
//! finds them in turns.

use std::time::Duration;

use crate::frame::FRAME;

/// The times of a session's frames.
#[derive(Debug)]
pub(super) struct Grid {
    /// When a frame is spoken next.
    next: Duration,
    /// How long after one that is spoken one is heard; less than a frame.
    lag: Duration,
    /// None was heard since one was spoken.
    unheard: bool,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    /// Play a frame.
    Hear,
    /// Capture and send a frame.
    Speak,
}

impl Grid {
    /// Times from `now` on; until a packet chooses, a frame is heard when one is spoken.
    pub(super) fn new(now: Duration) -> Self {
        Self { next: now, lag: Duration::ZERO, unheard: false }
    }

    /// When a frame is spoken next.
    pub(super) fn next(&self) -> Duration {
        self.next
    }

    /// When something is to be done. While nothing is `received`, both halves are done at once.
    pub(super) fn due(&self, received: bool) -> Duration {
        if !self.unheard {
            return self.next;
        }
        let lag = if received { self.lag } else { Duration::ZERO };
        (self.next + lag).saturating_sub(FRAME)
    }

    /// What is due at `now`, and since when.
    pub(super) fn take(&mut self, now: Duration, received: bool) -> Option<(Half, Duration)> {
        let due = self.due(received);
        if due > now {
            return None;
        }
        self.unheard = !self.unheard;
        if !self.unheard {
            return Some((Half::Hear, due));
        }
        self.next = due + FRAME;
        Some((Half::Speak, due))
    }

    /// Leaves out the frames of a stall that is too long to be caught up with. Returns how many.
    pub(super) fn skip(&mut self, now: Duration) -> u32 {
        let late = now.saturating_sub(self.next);
        if late <= MOST_LATE {
            return 0;
        }
        let missed = (late.as_millis() / FRAME.as_millis()) as u32;
        self.next += FRAME * missed;
        missed
    }

    /// Frames are heard at `at`, and every 20 ms before and after.
    pub(super) fn hear_from(&mut self, at: Duration) {
        let at = up_to_grain(at);
        let (wanted, next) = (phase(at), phase(self.next));
        self.lag = (wanted + FRAME).saturating_sub(next);
        if self.lag >= FRAME {
            self.lag -= FRAME;
        }
        // The one that was heard since was too early to be this one.
        self.unheard |= at < self.next;
    }
}

/// Where in a frame an instant lies.
fn phase(at: Duration) -> Duration {
    Duration::from_nanos((at.as_nanos() % FRAME.as_nanos()) as u64)
}

/// The instant, or the next on a grain that all sessions share: theirs are then moved in one go.
fn up_to_grain(at: Duration) -> Duration {
    let past = (at.as_nanos() % GRAIN.as_nanos()) as u64;
    if past == 0 { at } else { at + GRAIN - Duration::from_nanos(past) }
}

/// A finer wait is not to be had from the system's poll either.
const GRAIN: Duration = Duration::from_millis(1);
/// A stall longer than this is skipped and not caught up with.
const MOST_LATE: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// What is done up to `until`, and when, ms.
    fn done(grid: &mut Grid, until: u64) -> Vec<(char, u128)> {
        let halves = std::iter::from_fn(|| grid.take(ms(until), true));
        let named = halves.map(|(half, at)| (if half == Half::Speak { 's' } else { 'h' }, at));
        named.map(|(half, at)| (half, at.as_millis())).collect()
    }

    #[test]
    fn both_halves_are_done_at_once_until_a_packet_chooses() {
        let mut grid = Grid::new(ms(5));
        assert_eq!(done(&mut grid, 30), [('s', 5), ('h', 5), ('s', 25), ('h', 25)]);
        grid.hear_from(Duration::from_micros(54_100));
        assert_eq!(done(&mut grid, 80), [('s', 45), ('h', 55), ('s', 65), ('h', 75)]);
        grid.hear_from(ms(81));
        assert_eq!(done(&mut grid, 105), [('h', 81), ('s', 85), ('h', 101), ('s', 105)]);
    }

    #[test]
    fn whatever_instant_is_chosen_a_frame_is_heard_at_it() {
        for before in 0..20 {
            for at in 0..20 {
                let mut grid = Grid::new(ms(0));
                grid.hear_from(ms(100 + before));
                done(&mut grid, 100 + at - 10);
                grid.hear_from(ms(100 + at));
                let times = done(&mut grid, 200);
                assert!(times.contains(&('h', 100 + u128::from(at))), "{before} {at}: {times:?}");
                let heard = times.iter().filter(|(half, _)| *half == 'h').count();
                assert!((5..=7).contains(&heard), "{before} {at}: {times:?}");
            }
        }
    }

    #[test]
    fn on_hold_a_frame_costs_one_turn() {
        let mut grid = Grid::new(ms(0));
        grid.hear_from(ms(13));
        assert_eq!(grid.take(ms(0), false), Some((Half::Speak, ms(0))));
        assert_eq!((grid.due(false), grid.due(true)), (ms(0), ms(13)));
    }

    #[test]
    fn a_long_stall_is_skipped_on_both_grids() {
        let mut grid = Grid::new(ms(0));
        grid.hear_from(ms(13));
        done(&mut grid, 0);
        assert_eq!((grid.skip(ms(220)), grid.skip(ms(1_511))), (0, 74));
        assert_eq!(
            done(&mut grid, 1_520),
            [('h', 1_493), ('s', 1_500), ('h', 1_513), ('s', 1_520)]
        );
    }
}
