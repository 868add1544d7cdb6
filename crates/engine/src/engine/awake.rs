//! Whether this computer, or this program, has slept.

use std::time::{Duration, SystemTime};

use crate::clock::Clock;

/// A gap of this length is a sleep: a busy computer makes shorter ones.
const GAP: Duration = Duration::from_secs(10);

/// Beyond this the time of day was set, and nobody slept.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// What the clocks show.
#[derive(Clone, Copy, Debug)]
struct Shown {
    now: Duration,
    wall: SystemTime,
    slept: Option<Duration>,
}

/// Looks at the clocks at each turn of the loop. The one that measures stands still while some
/// systems sleep (Linux, macOS). Linux tells for how long; elsewhere the time of day is looked at,
/// which somebody may have set. A program that was stopped is woken later than it has asked for.
#[derive(Debug, Default)]
pub(super) struct Awake {
    last: Option<Shown>,
    due: Option<Duration>,
}

impl Awake {
    /// The loop rests, until `due` at the latest.
    pub(super) fn rest(&mut self, due: Option<Duration>) {
        self.due = due;
    }

    /// How long the sleep was that has just ended, if there was one.
    pub(super) fn look(&mut self, clock: &dyn Clock) -> Option<Duration> {
        self.shown(Shown { now: clock.now(), wall: clock.wall(), slept: clock.slept() })
    }

    fn shown(&mut self, shown: Shown) -> Option<Duration> {
        let due = self.due.take();
        let before = self.last.replace(shown)?;
        let passed = shown.now.saturating_sub(before.now);
        let late = due.map_or(Duration::ZERO, |due| shown.now.saturating_sub(due.max(before.now)));
        if late >= GAP {
            return Some(passed);
        }
        let told = shown.slept.zip(before.slept).map(|(all, before)| all.saturating_sub(before));
        let stood_still = told.unwrap_or_else(|| {
            let by_wall = shown.wall.duration_since(before.wall).unwrap_or_default();
            Some(by_wall.saturating_sub(passed)).filter(|gap| *gap <= LONGEST).unwrap_or_default()
        });
        (stood_still >= GAP).then_some(passed + stood_still)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: SystemTime = SystemTime::UNIX_EPOCH;

    fn shown(now: u64, wall: u64, slept: Option<u64>) -> Shown {
        let secs = Duration::from_secs;
        Shown { now: secs(now), wall: SET + secs(wall), slept: slept.map(secs) }
    }

    /// One look, then one after a rest until `due`: on a system that tells how long it has slept, and
    /// on one that does not.
    fn after(due: Option<u64>, now: u64, wall: u64, slept: u64) -> [Option<u64>; 2] {
        [true, false].map(|tells| {
            let mut awake = Awake::default();
            assert_eq!(awake.shown(shown(1, 1000, tells.then_some(7))), None);
            awake.rest(due.map(Duration::from_secs));
            let then = shown(now, wall, tells.then_some(7 + slept));
            let slept = awake.shown(then).map(|slept| slept.as_secs());
            assert_eq!(awake.shown(then), None, "told once");
            slept
        })
    }

    #[test]
    fn a_program_that_was_stopped_is_late() {
        assert_eq!(after(Some(2), 92, 1091, 0), [Some(91); 2]);
    }

    #[test]
    fn a_loop_that_waits_for_nothing_does_not_sleep() {
        assert_eq!(after(None, 92, 1091, 0), [None; 2]);
    }

    #[test]
    fn a_clock_that_stood_still_has_slept() {
        assert_eq!(after(Some(2), 2, 4601, 3600), [Some(3601); 2]);
    }

    /// A time server's first step is no sleep where the system knows better.
    #[test]
    fn the_time_of_day_may_be_set() {
        assert_eq!(after(Some(2), 2, 1061, 0), [None, Some(61)]);
        assert_eq!(after(Some(2), 2, 1001 + 2 * 365 * 24 * 3600, 0), [None; 2]);
        assert_eq!(after(Some(2), 2, 500, 0), [None; 2]);
    }
}
