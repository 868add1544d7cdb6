//! A bad network as a value: loss, bursts, delay, jitter, reordering, duplicates, from a seed.

use std::time::Duration;

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// What a link does to packets. Shares are per cent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Link {
    /// Packets lost.
    pub loss: f32,
    /// Mean length of a burst of losses, in time; `None` loses each packet for itself.
    pub burst: Option<Duration>,
    /// Delay of each packet.
    pub delay: Duration,
    /// Jitter as RFC 3550 §6.4.1 measures it: every other packet is about this much later.
    pub jitter: Duration,
    /// Packets held back until after the next.
    pub reorder: f32,
    /// Packets that arrive twice.
    pub duplicate: f32,
}

/// One direction of a link: tells for each packet when it arrives, if it does.
#[derive(Debug)]
pub struct Netem {
    link: Link,
    chance: ChaCha8Rng,
    /// The burst of losses under way ends here.
    lost_until: Duration,
    /// The next packet is one of the late ones.
    late: bool,
}

/// How much later a reordered packet comes: two packets of 20 ms.
const HELD_BACK: Duration = Duration::from_millis(45);
/// Length of a packet, for the mean number of packets between bursts.
const PACKET: Duration = Duration::from_millis(20);

impl Netem {
    /// A direction with its own chance.
    pub fn new(link: Link, seed: u64) -> Self {
        let chance = ChaCha8Rng::seed_from_u64(seed);
        Self { link, chance, lost_until: Duration::ZERO, late: false }
    }

    /// When a packet sent `now` arrives: never, once, or twice.
    pub fn pass(&mut self, now: Duration) -> [Option<Duration>; 2] {
        if self.is_lost(now) {
            return [None, None];
        }
        let due = now + self.link.delay + self.lateness();
        let first = if self.happens(self.link.reorder) { due + HELD_BACK } else { due };
        let second = self.happens(self.link.duplicate).then_some(first);
        [Some(first), second]
    }

    /// Delays drawn by chance make a jitter that wanders by half its value. These swing between early
    /// and late; a swing of more than the length of a packet lets packets overtake each other, as no
    /// other path has so much jitter. A swing of whole packets would let two arrive at one time, in
    /// an order left to chance: it stays a tenth below.
    fn lateness(&mut self) -> Duration {
        self.late = !self.late;
        if self.late { self.link.jitter.mul_f64(0.9) } else { Duration::ZERO }
    }

    fn is_lost(&mut self, now: Duration) -> bool {
        let Some(burst) = self.link.burst else { return self.happens(self.link.loss) };
        if now < self.lost_until {
            return true;
        }
        // With loss share p and bursts of b packets, a burst begins with chance p / (b (1 - p)).
        let packets = (burst.as_secs_f32() / PACKET.as_secs_f32()).max(1.0);
        let share = (if self.link.loss > 0.0 { self.link.loss } else { 3.0 } / 100.0).min(0.99);
        let begins = self.happens(100.0 * share / (packets * (1.0 - share)));
        if begins {
            // An exponential length has the mean that was asked for.
            let length = -(1.0 - self.unit()).max(1e-9).ln();
            self.lost_until = now + burst.mul_f64(length);
        }
        begins
    }

    fn happens(&mut self, percent: f32) -> bool {
        percent > 0.0 && self.unit() * 100.0 < f64::from(percent)
    }

    /// A number from 0 up to 1.
    fn unit(&mut self) -> f64 {
        (self.chance.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(link: Link, seed: u64) -> Vec<[Option<Duration>; 2]> {
        let mut netem = Netem::new(link, seed);
        (0..20_000).map(|n| netem.pass(PACKET * n)).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_network() {
        let link = Link { loss: 5.0, jitter: PACKET, ..Link::default() };
        assert_eq!(run(link, 1), run(link, 1));
        assert_ne!(run(link, 1), run(link, 2));
    }

    #[test]
    fn shares_are_what_was_asked_for() {
        let share = |all: &[[Option<Duration>; 2]], is: fn(&[Option<Duration>; 2]) -> bool| {
            all.iter().filter(|p| is(p)).count() as f32 * 100.0 / all.len() as f32
        };
        let lost: fn(&[Option<Duration>; 2]) -> bool = |p| p[0].is_none();
        let random = run(Link { loss: 5.0, ..Link::default() }, 3);
        assert!((4.4..5.6).contains(&share(&random, lost)));
        let burst = Some(Duration::from_millis(200));
        let bursts = run(Link { loss: 10.0, burst, ..Link::default() }, 3);
        assert!((7.0..13.0).contains(&share(&bursts, lost)), "{}", share(&bursts, lost));
        let twice = run(Link { duplicate: 10.0, ..Link::default() }, 3);
        assert!((9.0..11.0).contains(&share(&twice, |p| p[1].is_some())));
    }

    /// The estimate of RFC 3550 §6.4.1 at the end of many packets, in the order of their arrival, ms.
    fn measured(link: Link, seed: u64) -> f64 {
        let all = run(link, seed);
        let arrived = all.iter().zip(0..).filter_map(|(p, n)| Some((p[0]?, PACKET * n)));
        let mut arrived: Vec<_> = arrived.collect();
        arrived.sort();
        let transit = |(at, sent): (Duration, Duration)| at.as_secs_f64() - sent.as_secs_f64();
        arrived.windows(2).fold(0.0, |jitter, pair| {
            let change = (transit(pair[1]) - transit(pair[0])).abs() * 1000.0;
            jitter + (change - jitter) / 16.0
        })
    }

    #[test]
    fn jitter_is_what_was_asked_for() {
        for wanted in [2, 5, 10, 15, 20, 30, 50, 80, 100] {
            for seed in 0..20 {
                let jitter = Duration::from_millis(wanted);
                let measured = measured(Link { jitter, ..Link::default() }, seed);
                let ratio = measured / wanted as f64;
                assert!((0.7..=1.3).contains(&ratio), "{wanted} ms: {measured} ms");
            }
        }
    }

    #[test]
    fn reordered_packets_come_after_later_ones() {
        let overtaken = |reorder: f32| {
            let all = run(Link { reorder, delay: PACKET * 4, ..Link::default() }, 3);
            let pairs = all.windows(2).filter(|pair| pair[0][0] > pair[1][0]).count();
            assert!(all.iter().all(|packet| packet[0].is_some() && packet[1].is_none()));
            pairs as f32 * 100.0 / all.len() as f32
        };
        assert_eq!(overtaken(0.0), 0.0);
        // One held back is overtaken by the next unless that is held back as well: 10 % of 90 %.
        assert!((8.0..10.0).contains(&overtaken(10.0)), "{}", overtaken(10.0));
    }

    #[test]
    fn little_jitter_does_not_reorder() {
        let link = Link { delay: PACKET * 4, jitter: Duration::from_millis(15), ..Link::default() };
        let all = run(link, 7);
        assert!(all.windows(2).all(|pair| pair[0][0] <= pair[1][0]));
        let late = all.iter().zip(0..).map(|(p, n)| p[0].unwrap() - PACKET * n).max().unwrap();
        assert!(late <= PACKET * 5);
    }
}
