//! Inter-arrival jitter (RFC 3550 §6.4.1 and appendix A.8).

use std::time::Duration;

/// The jitter of one source.
#[derive(Clone, Debug)]
pub struct Interarrival {
    clock_rate: f64,
    last: Option<(Duration, u32)>,
    jitter: f64,
}

impl Interarrival {
    /// For timestamps of `clock_rate` Hz.
    pub fn new(clock_rate: u32) -> Self {
        Self { clock_rate: f64::from(clock_rate.max(1)), last: None, jitter: 0.0 }
    }

    /// Takes a packet. Differences of more than five seconds are a jump of the sender's timestamps
    /// and no jitter.
    pub fn arrived(&mut self, now: Duration, timestamp: u32) {
        let Some((before, last)) = self.last.replace((now, timestamp)) else {
            return;
        };
        let elapsed = (now.saturating_sub(before)).as_secs_f64() * self.clock_rate;
        let sent = f64::from(timestamp.wrapping_sub(last).cast_signed());
        let difference = (elapsed - sent).abs();
        if difference > 5.0 * self.clock_rate {
            return;
        }
        self.jitter += (difference - self.jitter) / 16.0;
    }

    /// Forgets the last packet, so that the next one is not compared with it.
    pub fn restart(&mut self) {
        self.last = None;
    }

    /// The jitter in ticks, as reports give it.
    pub fn ticks(&self) -> u32 {
        self.jitter as u32
    }

    /// The jitter, ms.
    pub fn ms(&self) -> f32 {
        (self.jitter * 1000.0 / self.clock_rate) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_steady_stream_has_no_jitter() {
        let mut jitter = Interarrival::new(8000);
        for n in 0..100_u32 {
            jitter.arrived(ms(u64::from(n) * 20), (u32::MAX - 1000).wrapping_add(n * 160));
        }
        assert_eq!((jitter.ticks(), jitter.ms()), (0, 0.0));
    }

    #[test]
    fn alternating_delay_settles_at_its_difference() {
        let mut jitter = Interarrival::new(8000);
        for n in 0..400_u32 {
            let late = if n % 2 == 0 { 0 } else { 8 };
            jitter.arrived(ms(u64::from(n) * 20 + late), n * 160);
        }
        assert_eq!(jitter.ticks(), 63);
        assert!((jitter.ms() - 8.0).abs() < 0.01);
    }

    #[test]
    fn one_step_counts_a_sixteenth() {
        let mut jitter = Interarrival::new(8000);
        jitter.arrived(ms(0), 0);
        jitter.arrived(ms(36), 160);
        assert_eq!(jitter.ticks(), 8);
    }

    #[test]
    fn a_timestamp_jump_is_no_jitter() {
        let mut jitter = Interarrival::new(8000);
        jitter.arrived(ms(0), 0);
        jitter.arrived(ms(20), 2_000_000_000);
        jitter.arrived(ms(40), 2_000_000_160);
        assert_eq!(jitter.ticks(), 0);
    }
}
