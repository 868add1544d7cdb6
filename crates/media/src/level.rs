//! Levels: the active speech level of ITU-T P.56 (method B), clipping and silence.
//!
//! dBov is relative to the overload point of 16 bits: a full-scale square wave is 0 dBov, a
//! full-scale sine is -3.01 dBov.

use std::time::Duration;

/// 0 dBm0 in dBov: the sine whose overload level is 3.17 dBm0 (ITU-T G.711 §4, mu-law; A-law's
/// 3.14 dBm0 is 0.03 dB apart).
pub const DBM0_IN_DBOV: f32 = -6.18;

/// The magnitude at which a sample counts as clipped: the largest that PCMU can carry.
pub const FULL_SCALE: u16 = 32124;

/// Below this level 20 ms count as silence, dBov. The idle code of A-law is at -72.
pub const SILENCE_DBOV: f32 = -65.0;

/// The level of a mean square in units of 16-bit samples, dBov; no lower than -127.
pub fn dbov(mean_square: f64) -> f32 {
    if mean_square <= 0.0 {
        return FLOOR_DBOV;
    }
    ((10.0 * (mean_square / FULL_SQUARE).log10()) as f32).max(FLOOR_DBOV)
}

/// The mean level of a stretch of sound, dBov.
pub fn rms_dbov(sound: &[i16]) -> f32 {
    if sound.is_empty() {
        return FLOOR_DBOV;
    }
    dbov(sound.iter().map(|s| square(*s)).sum::<f64>() / sound.len() as f64)
}

/// Measures one stream of mono sound. Constant memory. The envelope is that of the mean magnitude of
/// 800 steps a second: P.56 asks for 694 values or more.
#[derive(Clone, Debug)]
pub struct Meter {
    sample_rate: u32,
    envelope: Envelope,
    step: Step,
    hangover: Hangover,
    counts: Counts,
    /// The spans before this one.
    before: Counts,
    block: Block,
    silent: u64,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    samples: u64,
    squares: f64,
    clipped: u64,
    /// Samples in grains of silence.
    silent: u64,
    peak: u16,
    /// Samples during which so many thresholds, the lowest first, told activity.
    active: [u64; THRESHOLDS + 1],
}

/// Which thresholds tell activity: those at or below the envelope, and for a while after it fell.
#[derive(Clone, Debug, Default)]
struct Hangover {
    /// Steps that activity goes on for.
    length: u64,
    step: u64,
    /// Thresholds that the envelope reaches.
    reached: usize,
    /// The step at which the envelope was last at or above each threshold that it does not reach.
    last: [u64; THRESHOLDS],
    /// Thresholds that tell activity. A higher one never does when a lower one does not.
    active: usize,
}

/// The mean magnitude, smoothed twice.
#[derive(Clone, Copy, Debug)]
struct Envelope {
    /// Share of the new value in each stage.
    share: f64,
    first: f64,
    second: f64,
}

/// 1.25 ms, the grain of the envelope.
#[derive(Clone, Debug, Default)]
struct Step {
    count: u32,
    /// One over `count`.
    share: f64,
    samples: u32,
    magnitudes: u32,
}

/// 20 ms, the grain of silence.
#[derive(Clone, Debug, Default)]
struct Block {
    samples: u32,
    squares: f64,
}

impl Meter {
    /// A meter for sound at `sample_rate` Hz.
    pub fn new(sample_rate: u32) -> Self {
        let sample_rate = sample_rate.max(50);
        let rate = f64::from(sample_rate);
        let count = (sample_rate / STEPS).max(1);
        Self {
            sample_rate,
            envelope: Envelope {
                share: 1.0 - (-f64::from(count) / (rate * TIME_CONSTANT)).exp(),
                first: 0.0,
                second: 0.0,
            },
            step: Step { count, share: f64::from(count).recip(), ..Step::default() },
            hangover: Hangover {
                length: (rate * HANGOVER) as u64 / u64::from(count),
                ..Hangover::default()
            },
            counts: Counts::default(),
            before: Counts::default(),
            block: Block::default(),
            silent: 0,
        }
    }

    /// Takes sound.
    pub fn add(&mut self, sound: &[i16]) {
        let mut rest = sound;
        while !rest.is_empty() {
            let left = (self.sample_rate / 50).saturating_sub(self.block.samples).max(1);
            let (part, later) = rest.split_at(rest.len().min(left as usize));
            self.add_envelope(part);
            self.add_part(part);
            rest = later;
        }
    }

    /// Starts a new span; envelope, hangover and the length of silence go on.
    pub fn restart(&mut self) {
        self.before = self.whole();
        self.counts = Counts::default();
    }

    /// The active speech level of the span, dBov (P.56 method B, margin 15.9 dB). `None` when
    /// nothing was active.
    pub fn active_dbov(&self) -> Option<f32> {
        self.counts.active().map(|(level, _)| level)
    }

    /// The same of all spans.
    pub fn whole_active_dbov(&self) -> Option<f32> {
        self.whole().active().map(|(level, _)| level)
    }

    /// Share of the span that was active speech, 0 to 1.
    pub fn activity(&self) -> f32 {
        self.counts.active().map_or(0.0, |(_, activity)| activity)
    }

    /// The mean level of the span, speech and pauses, dBov.
    pub fn mean_dbov(&self) -> f32 {
        dbov(self.counts.squares / (self.counts.samples.max(1) as f64))
    }

    /// The largest magnitude of the span, 0 to 32768.
    pub fn peak(&self) -> u16 {
        self.counts.peak
    }

    /// Share of samples at full scale, per cent.
    pub fn clipped_percent(&self) -> f32 {
        self.counts.clipped_percent()
    }

    /// The same of all spans.
    pub fn whole_clipped_percent(&self) -> f32 {
        self.whole().clipped_percent()
    }

    /// Share of the span that was silence, in grains of 20 ms, per cent.
    pub fn silent_percent(&self) -> f32 {
        self.counts.silent_percent()
    }

    /// The same of all spans.
    pub fn whole_silent_percent(&self) -> f32 {
        self.whole().silent_percent()
    }

    /// How long the stream has been silent up to here, in grains of 20 ms.
    pub fn silent_for(&self) -> Duration {
        Duration::from_secs_f64(self.silent as f64 / f64::from(self.sample_rate))
    }

    fn add_envelope(&mut self, part: &[i16]) {
        // A copy stays in registers: each step waits for the one before it.
        let mut envelope = self.envelope;
        let mut rest = part;
        while !rest.is_empty() {
            let left = self.step.count.saturating_sub(self.step.samples).max(1);
            let (step, later) = rest.split_at(rest.len().min(left as usize));
            let sum =
                step.iter().fold(0_u32, |sum, s| sum.wrapping_add(u32::from(s.unsigned_abs())));
            self.step.samples += step.len() as u32;
            self.step.magnitudes += sum;
            if self.step.samples >= self.step.count {
                let mean = f64::from(self.step.magnitudes) * self.step.share;
                self.end_step(envelope.next(mean));
            }
            rest = later;
        }
        self.envelope = envelope;
    }

    /// Sound that lies within one block. The sums cannot wrap: a block is 20 ms.
    fn add_part(&mut self, part: &[i16]) {
        let (mut squares, mut lowest, mut highest) = (0_u64, 0_i16, 0_i16);
        for sample in part {
            let square = i32::from(*sample).wrapping_mul(i32::from(*sample));
            squares = squares.wrapping_add(u64::from(square.cast_unsigned()));
            lowest = lowest.min(*sample);
            highest = highest.max(*sample);
        }
        let peak = lowest.unsigned_abs().max(highest.unsigned_abs());
        self.counts.samples += part.len() as u64;
        self.counts.squares += squares as f64;
        self.counts.peak = self.counts.peak.max(peak);
        if peak >= FULL_SCALE {
            let clipped = part.iter().filter(|sample| sample.unsigned_abs() >= FULL_SCALE);
            self.counts.clipped += clipped.count() as u64;
        }
        self.add_to_block(part.len() as u32, squares as f64);
    }

    fn end_step(&mut self, envelope: f64) {
        self.step.samples = 0;
        self.step.magnitudes = 0;
        let active = self.hangover.next(envelope);
        if let Some(samples) = self.counts.active.get_mut(active) {
            *samples += u64::from(self.step.count);
        }
    }

    fn add_to_block(&mut self, samples: u32, squares: f64) {
        self.block.samples += samples;
        self.block.squares += squares;
        if self.block.samples < self.sample_rate / 50 {
            return;
        }
        let silent = dbov(self.block.squares / f64::from(self.block.samples)) < SILENCE_DBOV;
        self.silent = if silent { self.silent + u64::from(self.block.samples) } else { 0 };
        self.counts.silent += if silent { u64::from(self.block.samples) } else { 0 };
        self.block = Block::default();
    }

    fn whole(&self) -> Counts {
        self.before.with(&self.counts)
    }
}

impl Envelope {
    fn next(&mut self, mean: f64) -> f64 {
        self.first += self.share * (mean - self.first);
        self.second += self.share * (self.first - self.second);
        self.second
    }
}

impl Hangover {
    /// Thresholds that tell activity after one more step.
    fn next(&mut self, envelope: f64) -> usize {
        self.step += 1;
        // Thresholds are the powers of two from 1 on: as many are reached as the number has bits.
        let bits = u32::BITS - (envelope as u32).leading_zeros();
        let reached = (bits as usize).min(THRESHOLDS);
        if reached < self.reached
            && let Some(left) = self.last.get_mut(reached..self.reached)
        {
            left.fill(self.step - 1);
        }
        self.reached = reached;
        while let Some(highest) = self.active.checked_sub(1)
            && self.active > reached
            && self.last.get(highest).is_none_or(|last| self.step - last > self.length)
        {
            self.active = highest;
        }
        self.active = self.active.max(reached);
        self.active
    }
}

impl Counts {
    /// Where the level over the active time lies 15.9 dB above the threshold that tells activity,
    /// found between two thresholds by a straight line.
    fn active(&self) -> Option<(f32, f32)> {
        let mut below: Option<(f64, f64)> = None;
        let mut threshold = LOWEST_THRESHOLD;
        let mut active: u64 = self.active.iter().sum();
        for without in self.active.iter().take(THRESHOLDS) {
            active -= without;
            if active == 0 || self.squares <= 0.0 {
                return None;
            }
            let level = 10.0 * (self.squares / active as f64 / FULL_SQUARE).log10();
            let above = level - 10.0 * (threshold * threshold / FULL_SQUARE).log10() - MARGIN_DB;
            if above <= 0.0 {
                let level = below.map_or(level, |(level_below, above_below)| {
                    level_below + (level - level_below) * above_below / (above_below - above)
                });
                return Some((level as f32, self.activity_at(level)));
            }
            below = Some((level, above));
            threshold *= 2.0;
        }
        below.map(|(level, _)| (level as f32, self.activity_at(level)))
    }

    fn activity_at(&self, level: f64) -> f32 {
        let mean = self.squares / self.samples.max(1) as f64 / FULL_SQUARE;
        ((mean / 10.0_f64.powf(level / 10.0)) as f32).clamp(0.0, 1.0)
    }

    fn clipped_percent(&self) -> f32 {
        (self.clipped as f64 * 100.0 / self.samples.max(1) as f64) as f32
    }

    fn silent_percent(&self) -> f32 {
        (self.silent as f64 * 100.0 / self.samples.max(1) as f64) as f32
    }

    fn with(&self, later: &Self) -> Self {
        let mut active = self.active;
        for (sum, more) in active.iter_mut().zip(&later.active) {
            *sum += more;
        }
        Self {
            samples: self.samples + later.samples,
            squares: self.squares + later.squares,
            clipped: self.clipped + later.clipped,
            silent: self.silent + later.silent,
            peak: self.peak.max(later.peak),
            active,
        }
    }
}

fn square(sample: i16) -> f64 {
    f64::from(sample) * f64::from(sample)
}

const FLOOR_DBOV: f32 = -127.0;
/// Values of the envelope in a second.
const STEPS: u32 = 800;
const FULL_SQUARE: f64 = 32768.0 * 32768.0;
/// P.56: time constant of each of the two smoothing stages, seconds.
const TIME_CONSTANT: f64 = 0.03;
/// P.56: speech goes on this long after the envelope fell below a threshold, seconds.
const HANGOVER: f64 = 0.2;
/// P.56: margin between the active level and the threshold, dB.
const MARGIN_DB: f64 = 15.9;
/// P.56: thresholds are half to half, fifteen of them below full scale.
const THRESHOLDS: usize = 15;
const LOWEST_THRESHOLD: f64 = 1.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(rate: u32, amplitude: f64, seconds: f64) -> Vec<i16> {
        let step = 1000.0 * std::f64::consts::TAU / f64::from(rate);
        (0..(f64::from(rate) * seconds) as u32)
            .map(|n| (amplitude * (f64::from(n) * step).sin()).round() as i16)
            .collect()
    }

    #[test]
    fn a_full_scale_sine_is_3_db_below_overload() {
        assert!((rms_dbov(&sine(8000, 32767.0, 1.0)) + 3.01).abs() < 0.01);
        assert_eq!(rms_dbov(&[]), -127.0);
        assert_eq!(rms_dbov(&[0; 160]), -127.0);
        assert_eq!(rms_dbov(&[i16::MIN; 160]), 0.0);
    }

    #[test]
    fn pauses_do_not_lower_the_active_level() {
        for rate in [8000, 16000, 48000] {
            let burst = sine(rate, 3276.7, 1.0);
            let mut steady = Meter::new(rate);
            let mut spurts = Meter::new(rate);
            for _ in 0..10 {
                steady.add(&burst);
                spurts.add(&burst);
                spurts.add(&vec![0; rate as usize]);
            }
            let steady = steady.active_dbov().unwrap();
            let active = spurts.active_dbov().unwrap();
            assert!((steady + 23.01).abs() < 0.1, "{steady}");
            // The hangover counts 0.2 s of each pause and the envelope's decay some 0.1 s more.
            assert!((-24.6..-23.0).contains(&active), "{active}");
            assert!((spurts.mean_dbov() + 26.02).abs() < 0.05);
            assert!((0.55..0.72).contains(&spurts.activity()), "{}", spurts.activity());
        }
    }

    #[test]
    fn the_level_follows_the_sound_by_the_same_decibels() {
        let level = |amplitude| {
            let mut meter = Meter::new(8000);
            meter.add(&sine(8000, amplitude, 2.0));
            meter.active_dbov().unwrap()
        };
        assert!((level(20000.0) - level(200.0) - 40.0).abs() < 0.2);
    }

    #[test]
    fn nothing_has_no_level() {
        let mut meter = Meter::new(8000);
        assert_eq!(meter.active_dbov(), None);
        meter.add(&[0; 8000]);
        assert_eq!((meter.active_dbov(), meter.activity()), (None, 0.0));
        assert_eq!(meter.mean_dbov(), -127.0);
    }

    #[test]
    fn clipping_and_peak_are_counted_in_the_span() {
        let mut meter = Meter::new(8000);
        meter.add(&[0, i16::MAX, i16::MIN, 32124, 32123]);
        assert_eq!((meter.clipped_percent(), meter.peak()), (60.0, 32768));
        meter.restart();
        meter.add(&[-5; 4]);
        assert_eq!((meter.clipped_percent(), meter.peak()), (0.0, 5));
    }

    #[test]
    fn the_whole_is_all_spans_together() {
        let mut spans = Meter::new(8000);
        let mut whole = Meter::new(8000);
        for amplitude in [1000.0, 5000.0, 32767.0] {
            let sound = sine(8000, amplitude, 1.0);
            spans.restart();
            spans.add(&sound);
            whole.add(&sound);
        }
        assert_eq!(spans.whole_active_dbov(), whole.active_dbov());
        assert_eq!(spans.whole_clipped_percent(), whole.clipped_percent());
        assert_ne!(spans.active_dbov(), whole.active_dbov());
    }

    #[test]
    fn silence_is_timed_and_ends_with_sound() {
        let mut meter = Meter::new(8000);
        meter.add(&[8; 8000]);
        assert_eq!(meter.silent_for(), Duration::from_secs(1));
        meter.restart();
        meter.add(&[-8; 4000]);
        assert_eq!(meter.silent_for(), Duration::from_millis(1500));
        meter.add(&[1000; 160]);
        assert_eq!(meter.silent_for(), Duration::ZERO);
    }

    #[test]
    fn the_share_of_silence_is_that_of_the_span_and_of_the_whole() {
        let mut meter = Meter::new(8000);
        assert_eq!(meter.silent_percent(), 0.0);
        meter.add(&[8; 8000]);
        assert_eq!(meter.silent_percent(), 100.0);
        meter.restart();
        meter.add(&[0; 2000]);
        meter.add(&[1000; 6000]);
        assert!((meter.silent_percent() - 24.0).abs() < 1.1, "{}", meter.silent_percent());
        let whole = meter.whole_silent_percent();
        assert!((whole - 62.0).abs() < 1.1, "{whole}");
    }
}
