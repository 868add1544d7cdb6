//! The clock seam: the only place of the engine that asks the system for the time.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

/// Tells the time. `now` never goes back and never jumps; `wall` may do both, and is used for what
/// people read (a trace, the history), never to measure.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Time since this clock was made, monotonic.
    fn now(&self) -> Duration;

    /// The time of day.
    fn wall(&self) -> SystemTime;

    /// How long the system has slept so far, in all; `None` where it does not tell.
    fn slept(&self) -> Option<Duration> {
        None
    }
}

/// The clocks of this computer.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock that starts at zero.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    /// One of the two clocks goes on in a sleep. Nobody sets either, as time servers do with `wall`.
    #[cfg(target_os = "linux")]
    fn slept(&self) -> Option<Duration> {
        use nix::time::{ClockId, clock_gettime};
        let awake = clock_gettime(ClockId::CLOCK_MONOTONIC).ok()?;
        let all = clock_gettime(ClockId::CLOCK_BOOTTIME).ok()?;
        Some(Duration::from(all).saturating_sub(Duration::from(awake)))
    }
}

/// A clock that stands still until it is moved. Clones show the same time.
#[derive(Clone, Debug)]
pub struct VirtualClock {
    nanos: Arc<AtomicU64>,
    base: SystemTime,
}

impl VirtualClock {
    /// A clock at zero, whose time of day is `base`.
    pub fn new(base: SystemTime) -> Self {
        Self { nanos: Arc::new(AtomicU64::new(0)), base }
    }

    /// Moves the clock on to `to`; a time that has passed leaves it where it is.
    pub fn advance_to(&self, to: Duration) {
        let nanos = u64::try_from(to.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.fetch_max(nanos, Ordering::SeqCst);
    }

    /// Sets the time of day, as a user or a time server does. Clones keep theirs.
    pub fn set_wall(&mut self, wall: SystemTime) {
        self.base = wall - self.now();
    }

    /// Moves the clock on by `step`.
    pub fn advance(&self, step: Duration) {
        self.advance_to(self.now().saturating_add(step));
    }
}

impl Default for VirtualClock {
    /// Starts at 2026-01-01 00:00:00 UTC.
    fn default() -> Self {
        Self::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600))
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::SeqCst))
    }

    fn wall(&self) -> SystemTime {
        self.base + self.now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_clock_moves_only_forward_and_for_all_clones() {
        let clock = VirtualClock::default();
        let other = clock.clone();
        clock.advance(Duration::from_secs(3));
        other.advance_to(Duration::from_secs(2));
        assert_eq!(other.now(), Duration::from_secs(3));
        let passed = clock.wall().duration_since(VirtualClock::default().wall());
        assert_eq!(passed.unwrap(), Duration::from_secs(3));
    }
}
