//! Plays a signal.

use std::{array::from_fn, f64::consts::TAU};

use super::signal::{Component, Signal};

/// The sound of a [`Signal`], frame by frame, without allocation. Each step starts at phase zero,
/// so that nothing clicks at its start.
#[derive(Clone, Debug)]
pub struct Generator {
    signal: Signal,
    sample_rate: u32,
    step: usize,
    /// Samples played of the step.
    played: u64,
}

impl Generator {
    /// Plays `signal` at `sample_rate` Hz.
    pub fn new(signal: Signal, sample_rate: u32) -> Self {
        Self { signal, sample_rate: sample_rate.max(1), step: 0, played: 0 }
    }

    /// Fills `frame`. Returns false when the signal is at its end; silence follows the last sample.
    pub fn fill(&mut self, frame: &mut [i16]) -> bool {
        let mut rest = frame;
        while !rest.is_empty() {
            let Some(step) = self.signal.steps.get(self.step) else {
                rest.fill(0);
                return false;
            };
            let left = step.length.map_or(u64::MAX, |length| {
                let samples = length.as_nanos() * u128::from(self.sample_rate) / 1_000_000_000;
                u64::try_from(samples).unwrap_or(u64::MAX).saturating_sub(self.played)
            });
            let count = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
            let (now, later) = rest.split_at_mut(count);
            render(&step.components, self.played, self.sample_rate, now);
            self.played = self.played.saturating_add(count as u64);
            rest = later;
            if count as u64 == left {
                self.advance();
            }
        }
        true
    }

    fn advance(&mut self) {
        self.played = 0;
        self.step += 1;
        let has_length = self.signal.steps.iter().any(|s| s.length.is_none_or(|l| !l.is_zero()));
        if self.signal.repeats && has_length && self.step >= self.signal.steps.len() {
            self.step = 0;
        }
    }
}

/// Sines side by side.
type Lanes = [f64; LANES];
const LANES: usize = 4;

fn render(components: &[Component], played: u64, sample_rate: u32, out: &mut [i16]) {
    out.fill(0);
    for component in components {
        let turns = f64::from(component.hz) / f64::from(sample_rate);
        let amplitude = f64::from(component.amplitude());
        // sin(n+L) = 2 cos(Lw) sin(n) - sin(n-L): some sines a frame instead of one a sample, L of them
        // side by side. Each frame starts afresh, so that no error adds up.
        let start = (played as f64 * turns).fract() * TAU;
        let step = turns * TAU;
        let twice_cosine = 2.0 * (step * LANES as f64).cos();
        let lane = |first: f64| from_fn(|n| amplitude * (start + step * (first + n as f64)).sin());
        let (mut before, mut here): (Lanes, Lanes) = (lane(-(LANES as f64)), lane(0.0));
        for samples in out.chunks_mut(LANES) {
            for (sample, value) in samples.iter_mut().zip(here) {
                // A float cast saturates: components that overload are clipped.
                *sample = sample.saturating_add((value + 0.5_f64.copysign(value)) as i16);
            }
            for (before, here) in before.iter_mut().zip(&mut here) {
                let next = twice_cosine * *here - *before;
                *before = std::mem::replace(here, next);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        level::{DBM0_IN_DBOV, rms_dbov},
        tone::Region,
    };

    #[test]
    fn the_milliwatt_has_0_dbm0_at_each_rate_and_any_cut() {
        for rate in [8000, 16000, 44100, 48000] {
            let mut whole = vec![0; rate as usize];
            assert!(Generator::new(Signal::milliwatt(), rate).fill(&mut whole));
            assert!((rms_dbov(&whole) - DBM0_IN_DBOV).abs() < 0.01);
            let mut cut = Generator::new(Signal::milliwatt(), rate);
            let mut pieces = vec![0; rate as usize];
            for piece in pieces.chunks_mut(rate as usize / 50) {
                cut.fill(piece);
            }
            let apart = whole.iter().zip(&pieces).filter(|(a, b)| a.abs_diff(**b) > 1).count();
            assert_eq!(apart, 0);
        }
    }

    #[test]
    fn a_cadence_goes_on_and_off_to_the_sample() {
        let mut generator = Generator::new(Signal::busy(Region::Europe), 8000);
        let mut sound = vec![0; 16000];
        for frame in sound.chunks_mut(160) {
            assert!(generator.fill(frame));
        }
        for (n, half) in sound.chunks(4000).enumerate() {
            let level = rms_dbov(half);
            assert_eq!(level > -20.0, n % 2 == 0, "{n}: {level}");
        }
    }

    /// How long a signal is heard and not heard in turn, ms, over `seconds`. A sine passes through zero:
    /// it is off where it is zero for longer than that takes.
    fn on_and_off(signal: Signal, seconds: usize) -> Vec<usize> {
        let mut generator = Generator::new(signal, 8000);
        let mut sound = vec![0; 8000 * seconds];
        for frame in sound.chunks_mut(160) {
            assert!(generator.fill(frame));
        }
        let is_on = |ten_ms: &[i16]| ten_ms.iter().any(|sample| sample.unsigned_abs() > 100);
        let on: Vec<bool> = sound.chunks(80).map(is_on).collect();
        assert!(on[0], "it begins with sound");
        on.chunk_by(|a, b| a == b).map(|alike| alike.len() * 10).collect()
    }

    /// ITU-T E.180 supplement 2, ETSI TR 101 041 and the precise tone plan.
    #[test]
    fn ringback_rings_and_pauses_as_each_region_has_it() {
        let ringback = |region, seconds| on_and_off(Signal::ringback(region), seconds);
        assert_eq!(ringback(Region::Europe, 11), [1000, 4000, 1000, 4000, 1000]);
        assert_eq!(ringback(Region::NorthAmerica, 14), [2000, 4000, 2000, 4000, 2000]);
        let twice = [400, 200, 400, 2000, 400, 200, 400, 2000];
        assert_eq!(ringback(Region::UnitedKingdom, 6), twice);
    }

    #[test]
    fn a_tone_ends_within_a_frame_with_silence_after_it() {
        let signal = Signal::tone(1000.0, -10.0, Some(Duration::from_millis(30)));
        let mut generator = Generator::new(signal, 8000);
        let mut frame = [1; 160];
        assert!(generator.fill(&mut frame));
        assert!(!generator.fill(&mut frame));
        assert!(frame[..80].iter().any(|s| *s != 0));
        assert!(frame[80..].iter().all(|s| *s == 0));
    }

    #[test]
    fn signals_without_time_or_steps_end() {
        let empty = Signal { steps: Vec::new(), repeats: true };
        assert!(!Generator::new(empty, 8000).fill(&mut [1; 10]));
        let zero = Signal::cadence(&[425.0], 0.0, &[0, 0]);
        assert!(!Generator::new(zero, 8000).fill(&mut [1; 10]));
    }
}
