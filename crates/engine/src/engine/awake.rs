//! Whether this computer, or this program, has slept.

use std::time::{Duration, SystemTime};

/// A gap of this length is a sleep: a busy computer makes shorter ones.
const GAP: Duration = Duration::from_secs(10);

/// Beyond this the time of day was set, and nobody slept.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// Looks at both clocks at each turn of the loop. The one that measures stands still while some
/// systems sleep (Linux, macOS), so the time of day is looked at too; a program that was stopped is
/// woken later than it has asked for.
#[derive(Debug, Default)]
pub(super) struct Awake {
    last: Option<(Duration, SystemTime)>,
    due: Option<Duration>,
}

impl Awake {
    /// The loop rests, until `due` at the latest.
    pub(super) fn rest(&mut self, due: Option<Duration>) {
        self.due = due;
    }

    /// How long the sleep was that has just ended, if there was one.
    pub(super) fn look(&mut self, now: Duration, wall: SystemTime) -> Option<Duration> {
        let due = self.due.take();
        let (before, wall_before) = self.last.replace((now, wall))?;
        let passed = now.saturating_sub(before);
        let late = due.map_or(Duration::ZERO, |due| now.saturating_sub(due.max(before)));
        let by_wall = wall.duration_since(wall_before).unwrap_or_default();
        let stood_still = by_wall.saturating_sub(passed);
        if late >= GAP {
            return Some(passed);
        }
        (GAP..=LONGEST).contains(&stood_still).then_some(by_wall)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn awake() -> (Awake, SystemTime) {
        let (mut awake, wall) = (Awake::default(), SystemTime::UNIX_EPOCH + 1000 * SECOND);
        assert_eq!(awake.look(SECOND, wall), None);
        (awake, wall)
    }

    #[test]
    fn a_program_that_was_stopped_is_late() {
        let (mut awake, wall) = awake();
        awake.rest(Some(2 * SECOND));
        assert_eq!(awake.look(92 * SECOND, wall + 91 * SECOND), Some(91 * SECOND));
        assert_eq!(awake.look(92 * SECOND, wall + 91 * SECOND), None, "told once");
    }

    #[test]
    fn a_loop_that_waits_for_nothing_does_not_sleep() {
        let (mut awake, wall) = awake();
        awake.rest(None);
        assert_eq!(awake.look(92 * SECOND, wall + 91 * SECOND), None);
    }

    #[test]
    fn a_clock_that_stood_still_has_slept() {
        let (mut awake, wall) = awake();
        awake.rest(Some(2 * SECOND));
        assert_eq!(awake.look(2 * SECOND, wall + 3600 * SECOND), Some(3600 * SECOND));
    }

    #[test]
    fn the_time_of_day_may_be_set() {
        let (mut awake, wall) = awake();
        let years = 2 * 365 * 24 * 3600 * SECOND;
        awake.rest(Some(2 * SECOND));
        assert_eq!(awake.look(2 * SECOND, wall + years), None);
        awake.rest(Some(3 * SECOND));
        assert_eq!(awake.look(3 * SECOND, wall), None);
    }
}
