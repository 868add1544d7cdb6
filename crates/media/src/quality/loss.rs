//! How loss lies in a stream: runs, bursts and gaps.

/// Packets in the order of their numbers, each played or missed (never came, or came too late).
/// The difference of two states describes what lies between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Packets played.
    pub played: u64,
    /// Packets missed.
    pub missed: u64,
    /// Runs of one or more packets missed.
    pub runs: u64,
    /// Played since the last one missed.
    since: u64,
    /// Missed with fewer than [`GMIN`] played between each.
    in_burst: u64,
    /// Transitions of RFC 3611 appendix A.2.
    c11: u64,
    c13: u64,
    c14: u64,
    c22: u64,
    c23: u64,
    c33: u64,
}

impl Loss {
    /// Takes one played packet before which `missed` were missed.
    pub fn add(&mut self, missed: u64) {
        if missed > 0 {
            self.runs += 1;
            self.missed += missed;
            self.first_of_run();
            // The others follow with nothing played between.
            self.in_burst += missed - 1;
            self.c33 += missed - 1;
        }
        self.played += 1;
        self.since += 1;
    }

    /// Packets missed, per cent.
    pub fn percent(&self) -> f32 {
        percent(self.missed, self.missed + self.played)
    }

    /// Mean length of a run against that of random loss (G.107 §3.5): 1 is random, more is bursty.
    pub fn burst_ratio(&self) -> f32 {
        if self.runs == 0 {
            return 1.0;
        }
        let mean = self.missed as f32 / self.runs as f32;
        (mean * (1.0 - self.percent() / 100.0)).max(1.0)
    }

    /// Loss within bursts (RFC 3611 §4.7.2, Gmin 16), per cent; zero without a burst.
    pub fn burst_percent(&self) -> f32 {
        let from_lossy = self.c13 + self.c23 + self.c33;
        if self.c13 == 0 || from_lossy == 0 {
            return 0.0;
        }
        let p32 = self.c23 as f32 / from_lossy as f32;
        let lossless = self.c22 + self.c23;
        let p23 = if lossless == 0 { 1.0 } else { 1.0 - self.c22 as f32 / lossless as f32 };
        100.0 * p23 / (p23 + p32)
    }

    /// Loss in the gaps between bursts (RFC 3611 §4.7.2), per cent.
    pub fn gap_percent(&self) -> f32 {
        percent(self.c14, self.c11 + self.c14)
    }

    /// What lies after `earlier`.
    pub fn after(&self, earlier: &Self) -> Self {
        Self {
            played: self.played - earlier.played,
            missed: self.missed - earlier.missed,
            runs: self.runs - earlier.runs,
            since: self.since,
            in_burst: self.in_burst,
            c11: self.c11 - earlier.c11,
            c13: self.c13 - earlier.c13,
            c14: self.c14 - earlier.c14,
            c22: self.c22 - earlier.c22,
            c23: self.c23 - earlier.c23,
            c33: self.c33 - earlier.c33,
        }
    }

    fn first_of_run(&mut self) {
        if self.since >= GMIN || self.played == 0 {
            // A gap ends here; whether the loss before it was a burst is known only now.
            if self.in_burst == 1 {
                self.c14 += 1;
            } else if self.in_burst > 1 {
                self.c13 += 1;
            }
            self.in_burst = 1;
            self.c11 += self.since;
        } else {
            self.in_burst += 1;
            self.c23 += 1;
            self.c22 += self.since.saturating_sub(1);
        }
        self.since = 0;
    }
}

fn percent(part: u64, whole: u64) -> f32 {
    if whole == 0 { 0.0 } else { (part as f64 * 100.0 / whole as f64) as f32 }
}

/// Packets played that end a burst (RFC 3611 §4.7.2).
const GMIN: u64 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(pattern: impl Iterator<Item = bool>) -> Loss {
        let (mut loss, mut missed) = (Loss::default(), 0);
        for played in pattern {
            if played {
                loss.add(missed);
                missed = 0;
            } else {
                missed += 1;
            }
        }
        loss
    }

    /// A seeded die.
    fn chance(seed: u64) -> impl FnMut() -> f64 {
        let mut state = seed;
        move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        }
    }

    #[test]
    fn random_loss_has_a_burst_ratio_of_one() {
        for p in [0.01, 0.05, 0.2, 0.4] {
            let mut chance = chance(1);
            let loss = stream((0..200_000).map(|_| chance() >= p));
            assert!((loss.percent() - p as f32 * 100.0).abs() < 0.5);
            assert!((loss.burst_ratio() - 1.0).abs() < 0.05, "{p}: {}", loss.burst_ratio());
        }
    }

    #[test]
    fn runs_of_four_have_a_burst_ratio_near_four() {
        let loss = stream((0..10_000).map(|n| n % 100 >= 4));
        assert_eq!((loss.missed, loss.runs), (400, 100));
        assert!((loss.burst_ratio() - 4.0 * 0.96).abs() < 0.01);
    }

    #[test]
    fn loss_alone_among_many_is_a_gap_and_not_a_burst() {
        let loss = stream((0..10_000).map(|n| n % 50 != 0));
        assert_eq!(loss.burst_percent(), 0.0);
        assert!((loss.gap_percent() - 2.0).abs() < 0.1, "{}", loss.gap_percent());
    }

    #[test]
    fn loss_close_together_is_a_burst() {
        // Ten packets of which every second one is lost, then a hundred good ones.
        let loss = stream((0..11_000).map(|n| n % 110 >= 10 || n % 2 == 1));
        assert!((loss.burst_percent() - 50.0).abs() < 8.0, "{}", loss.burst_percent());
        assert_eq!(loss.gap_percent(), 0.0);
    }

    #[test]
    fn a_span_is_the_difference_of_two_states() {
        let mut loss = stream((0..1000).map(|n| n % 10 != 5));
        let before = loss;
        for _ in 0..50 {
            loss.add(0);
        }
        let span = loss.after(&before);
        assert_eq!((span.played, span.missed, span.percent()), (50, 0, 0.0));
    }
}
