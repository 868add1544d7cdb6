//! Time that this thread has spent on a processor: others on the machine do not count.

use std::time::Duration;

#[cfg(unix)]
pub(crate) fn processor_time() -> Duration {
    use nix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap().into()
}

/// Where no such clock is asked: all time.
#[cfg(not(unix))]
pub(crate) fn processor_time() -> Duration {
    use std::{sync::OnceLock, time::Instant};
    static START: OnceLock<Instant> = OnceLock::new();
    #[expect(clippy::disallowed_methods, reason = "a bench takes the time")]
    let now = Instant::now();
    now - *START.get_or_init(|| now)
}
