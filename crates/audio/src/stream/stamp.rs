//! The device callback's stamp: the one clock that this crate reads.

use std::{fmt, sync::Arc};

/// Tells the time in units of 10 µs since some moment. Wraps after 11.9 hours: only differences count.
#[derive(Clone)]
pub(crate) struct Stamps(Arc<dyn Fn() -> u32 + Send + Sync>);

/// Units in a second.
pub(super) const UNITS: f64 = 100_000.0;

impl Stamps {
    /// Of the system's monotonic clock.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads a clock")]
    pub(crate) fn system() -> Self {
        let start = std::time::Instant::now();
        Self(Arc::new(move || (start.elapsed().as_micros() / 10) as u32))
    }

    /// Of a clock that a test moves.
    #[cfg(test)]
    pub(crate) fn told(now: Arc<std::sync::atomic::AtomicU32>) -> Self {
        Self(Arc::new(move || now.load(std::sync::atomic::Ordering::Relaxed)))
    }

    pub(crate) fn now(&self) -> u32 {
        (self.0)()
    }

    /// Samples that pass at `rate` from a stamp to this moment; 100 ms at most, for a device that
    /// stands still.
    pub(super) fn samples_since(&self, stamp: u32, rate: f64) -> f64 {
        let units = self.now().wrapping_sub(stamp);
        // A stamp of another core may be a little ahead.
        let units = if units > u32::MAX / 2 { 0 } else { units };
        f64::from(units).min(UNITS / 10.0) / UNITS * rate
    }
}

impl fmt::Debug for Stamps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stamps")
    }
}
