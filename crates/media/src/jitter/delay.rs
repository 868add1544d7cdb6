//! How late packets come: the earliest possible arrival, and the delay by which nearly all are in.

/// The transit times of the last packets. Transit is arrival less media time, us; only differences
/// of it mean something.
#[derive(Clone, Debug)]
pub(super) struct Delay {
    min: i64,
    max: i64,
    ring: Vec<i64>,
    at: usize,
    base: i64,
    target: i64,
    since: u32,
    drift: Drift,
}

/// A line through the least transit of each second, older seconds weighing less.
#[derive(Clone, Debug, Default)]
struct Drift {
    second: Option<(i64, i64)>,
    origin: Option<(i64, i64)>,
    seconds: u32,
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
}

impl Delay {
    pub(super) fn new(min: i64, max: i64) -> Self {
        let max = max.max(min);
        Self {
            min,
            max,
            ring: Vec::with_capacity(PACKETS),
            at: 0,
            base: 0,
            // What a clean line needs, while nothing is known: a packet that comes later than that is
            // waited for, and all after it are played as late.
            target: min,
            since: 0,
            drift: Drift::default(),
        }
    }

    /// Transit of the earliest packet of the last ten seconds, us.
    pub(super) fn base(&self) -> i64 {
        self.base
    }

    /// The delay to aim at, us.
    pub(super) fn target(&self) -> i64 {
        self.target
    }

    pub(super) fn arrived(&mut self, now: i64, transit: i64) {
        if self.ring.is_empty() || transit < self.base {
            self.base = transit;
        }
        if self.ring.len() < PACKETS {
            self.ring.push(transit);
        } else if let Some(oldest) = self.ring.get_mut(self.at) {
            *oldest = transit;
        }
        self.at = (self.at + 1) % PACKETS;
        self.since += 1;
        let late = transit - self.base > self.target;
        if self.since >= EVERY || (late && self.since >= EVERY_LATE) {
            self.since = 0;
            self.measure();
        }
        self.drift.add(now, transit);
    }

    /// Forgets all transit times: the media clock jumped.
    pub(super) fn restart(&mut self) {
        self.ring.clear();
        self.at = 0;
        self.since = 0;
        self.drift = Drift::default();
    }

    pub(super) fn drift_ppm(&self) -> Option<f32> {
        self.drift.ppm()
    }

    fn measure(&mut self) {
        self.base = self.ring.iter().copied().min().unwrap_or(self.base);
        if self.ring.len() < ENOUGH {
            return;
        }
        let mut bins = [0_u16; BINS];
        for transit in &self.ring {
            let bin = usize::try_from((transit - self.base) / BIN).unwrap_or(0).min(BINS - 1);
            if let Some(count) = bins.get_mut(bin) {
                *count += 1;
            }
        }
        // One in a hundred may come later.
        let mut beyond = self.ring.len() / 100;
        let mut highest = BINS;
        for count in bins.iter().rev() {
            let count = usize::from(*count);
            if count > beyond {
                break;
            }
            beyond -= count;
            highest -= 1;
        }
        let reach = i64::try_from(highest).unwrap_or(0) * BIN;
        self.target = reach.clamp(self.min, self.max);
    }
}

impl Drift {
    fn add(&mut self, now: i64, transit: i64) {
        let (start, least) = *self.second.get_or_insert((now, transit));
        if now - start < 1_000_000 {
            self.second = Some((start, least.min(transit)));
            return;
        }
        self.second = Some((now, transit));
        let (x0, y0) = *self.origin.get_or_insert((start, least));
        let (x, y) = ((start - x0) as f64 / 1e6, (least - y0) as f64);
        for sum in [&mut self.n, &mut self.x, &mut self.y, &mut self.xx, &mut self.xy] {
            *sum *= FORGET;
        }
        self.n += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.seconds = self.seconds.saturating_add(1);
    }

    /// Transit that falls by a microsecond a second is a far clock one part per million fast.
    fn ppm(&self) -> Option<f32> {
        let spread = self.n * self.xx - self.x * self.x;
        if self.seconds < 10 || spread <= 0.0 {
            return None;
        }
        Some((-(self.n * self.xy - self.x * self.y) / spread) as f32)
    }
}

/// Ten seconds of packets of 20 ms.
const PACKETS: usize = 512;
/// Packets before the target is believed to be known.
const ENOUGH: usize = 25;
/// Packets between two looks at the ring.
const EVERY: u32 = 25;
/// The same when a packet came later than the target.
const EVERY_LATE: u32 = 5;
/// Width of a bin, us.
const BIN: i64 = 2_500;
const BINS: usize = 160;
/// Weight that a second loses each second: half of it in 35 s.
const FORGET: f64 = 0.98;

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(transits: impl Iterator<Item = i64>) -> Delay {
        let mut delay = Delay::new(10_000, 300_000);
        for (n, transit) in transits.enumerate() {
            delay.arrived(n as i64 * 20_000, transit);
        }
        delay
    }

    #[test]
    fn a_clean_line_needs_the_least() {
        let delay = fed(std::iter::repeat_n(-5_000_000, 100));
        assert_eq!((delay.target(), delay.base()), (10_000, -5_000_000));
    }

    #[test]
    fn the_target_covers_all_but_one_in_a_hundred() {
        let delay = fed((0..600).map(|n| (n * 7919) % 100 * 1000));
        assert!((97_500..=100_000).contains(&delay.target()), "{}", delay.target());
        let rare = fed((0..600).map(|n| if n % 150 == 0 { 200_000 } else { 0 }));
        assert_eq!(rare.target(), 10_000);
    }

    #[test]
    fn the_target_follows_quickly_up_and_after_ten_seconds_down() {
        let mut delay = fed(std::iter::repeat_n(0, 200));
        for n in 0..10 {
            delay.arrived((200 + n) * 20_000, 80_000);
        }
        assert!(delay.target() >= 80_000);
        for n in 0..540 {
            delay.arrived((210 + n) * 20_000, 0);
        }
        assert_eq!(delay.target(), 10_000);
    }

    #[test]
    fn the_base_follows_a_longer_path() {
        let mut delay = fed(std::iter::repeat_n(0, 200));
        for n in 0..600 {
            delay.arrived((200 + n) * 20_000, 100_000);
        }
        assert_eq!((delay.base(), delay.target()), (100_000, 10_000));
    }

    #[test]
    fn the_target_stays_within_its_limits() {
        assert_eq!(fed((0..600).map(|n| n % 2 * 900_000)).target(), 300_000);
    }

    #[test]
    fn drift_is_the_slope_of_the_least_transit() {
        assert_eq!(fed(std::iter::repeat_n(0, 400)).drift_ppm(), None);
        // 200 ppm fast: transit falls 4 us a packet.
        let fast = fed((0..1500).map(|n| -4 * n + (n * 7919) % 20 * 1000));
        let ppm = fast.drift_ppm().unwrap();
        assert!((ppm - 200.0).abs() < 5.0, "{ppm}");
    }
}
