//! When reports go (RFC 3550 §6.2 and §6.3), for two parties: the calculated interval is the
//! minimum, drawn from half to one and a half of it so that the parties do not fall into step.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_core::Rng as _;

/// The clock of our reports.
#[derive(Clone, Debug)]
pub struct Interval {
    mean: Duration,
    next: Duration,
}

impl Interval {
    /// Reports every `mean`; the first after half of that (§6.2).
    pub fn new(now: Duration, mean: Duration, chance: &mut ChaCha8Rng) -> Self {
        let mean = mean.max(LEAST);
        let next = now.saturating_add(drawn(mean / 2, chance));
        Self { mean, next }
    }

    /// True when a report is due; the next one is set then.
    pub fn due(&mut self, now: Duration, chance: &mut ChaCha8Rng) -> bool {
        if now < self.next {
            return false;
        }
        self.next = now.saturating_add(drawn(self.mean, chance));
        true
    }
}

/// §6.3.1: times 0.5 to 1.5, over e - 3/2 to make up for the reconsideration of timers.
fn drawn(mean: Duration, chance: &mut ChaCha8Rng) -> Duration {
    let unit = f64::from(chance.next_u32()) / f64::from(u32::MAX);
    mean.mul_f64((0.5 + unit) / 1.218_28)
}

/// Reports more often than this are a flood.
const LEAST: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use rand_core::SeedableRng as _;

    use super::*;

    #[test]
    fn reports_come_at_the_drawn_interval() {
        let mut chance = ChaCha8Rng::from_seed([1; 32]);
        let second = Duration::from_secs(1);
        let mut interval = Interval::new(second, 5 * second, &mut chance);
        let mut sent = Vec::new();
        for ms in 1000..2_000_000 {
            if interval.due(Duration::from_millis(ms), &mut chance) {
                sent.push(ms);
            }
        }
        assert!((2026..4080).contains(&sent[0]), "{}", sent[0]);
        for pair in sent.windows(2) {
            assert!((2050..6160).contains(&(pair[1] - pair[0])));
        }
        let mean = (sent[sent.len() - 1] - sent[0]) / (sent.len() as u64 - 1);
        assert!((3900..4300).contains(&mean), "{mean}");
    }
}
