//! How much of one frequency there is in a block of sound.

use std::f64::consts::TAU;

use crate::level::dbov;

/// A Goertzel filter over blocks of a fixed length. The block need not hold whole periods: the power
/// is that of the sine fitted by least squares, so that a pure tone of any frequency leaves no
/// remainder.
#[derive(Clone, Debug)]
pub struct Goertzel {
    coefficient: f64,
    sine: f64,
    cosine: f64,
    /// Turns the phase of the recursion's end to that of the block's start.
    to_start: (f64, f64),
    fit: Fit,
    s1: f64,
    s2: f64,
}

/// One frequency in a stretch of sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Level of the tone, dBov.
    pub level_dbov: f32,
    /// Tone against everything else, dB; 99 at most.
    pub snr_db: f32,
}

/// Level and signal-to-noise ratio of `hz` in `sound`, over blocks of 20 ms so that a clock that
/// is a little off does no harm. `None` when there is not one block.
pub fn measure(sound: &[i16], sample_rate: u32, hz: f32) -> Option<Measured> {
    let block = (sample_rate / 50) as usize;
    if block == 0 {
        return None;
    }
    let mut goertzel = Goertzel::new(hz, sample_rate, block);
    let (mut tone, mut total, mut samples) = (0.0, 0.0, 0.0);
    for block in sound.chunks_exact(block) {
        for sample in block {
            goertzel.push(*sample);
            total += f64::from(*sample) * f64::from(*sample);
        }
        tone += goertzel.energy();
        goertzel.clear();
        samples += block.len() as f64;
    }
    (samples > 0.0)
        .then(|| Measured { level_dbov: dbov(tone / samples), snr_db: snr_db(tone, total) })
}

/// Tone against the rest of `total`, dB, between -99 and 99.
pub(crate) fn snr_db(tone: f64, total: f64) -> f32 {
    if tone <= 0.0 {
        return -99.0;
    }
    let noise = (total - tone).max(tone * 1e-10);
    ((10.0 * (tone / noise).log10()) as f32).clamp(-99.0, 99.0)
}

impl Goertzel {
    /// A filter for `hz` over blocks of `samples` samples at `sample_rate` Hz.
    pub fn new(hz: f32, sample_rate: u32, samples: usize) -> Self {
        let omega = TAU * f64::from(hz) / f64::from(sample_rate.max(1));
        let last = omega * (samples.max(1) - 1) as f64;
        Self {
            coefficient: 2.0 * omega.cos(),
            sine: omega.sin(),
            cosine: omega.cos(),
            to_start: (last.cos(), -last.sin()),
            fit: Fit::new(omega, samples),
            s1: 0.0,
            s2: 0.0,
        }
    }

    /// Takes one sample.
    pub fn push(&mut self, sample: i16) {
        let s0 = f64::from(sample) + self.coefficient * self.s1 - self.s2;
        self.s2 = self.s1;
        self.s1 = s0;
    }

    /// The energy of the tone in the block pushed since the last `clear`, in units of squared
    /// 16-bit samples; divide by the samples of the block for its power.
    pub fn energy(&self) -> f64 {
        self.fit.energy(self.correlation())
    }

    /// Makes ready for the next block.
    pub fn clear(&mut self) {
        self.s1 = 0.0;
        self.s2 = 0.0;
    }

    /// The sum of the samples, each times `e^(-i omega n)`, n from the start of the block.
    pub(crate) fn correlation(&self) -> (f64, f64) {
        let end = (self.s1 - self.cosine * self.s2, self.sine * self.s2);
        multiply(end, self.to_start)
    }
}

/// Energy of the least-squares sine at one frequency, from the block's correlation with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fit {
    cc: f64,
    cs: f64,
    ss: f64,
}

impl Fit {
    pub(crate) fn new(omega: f64, samples: usize) -> Self {
        let (mut cc, mut cs, mut ss) = (0.0, 0.0, 0.0);
        for n in 0..samples {
            let (sine, cosine) = (omega * n as f64).sin_cos();
            cc += cosine * cosine;
            cs += cosine * sine;
            ss += sine * sine;
        }
        Self { cc, cs, ss }
    }

    pub(crate) fn energy(&self, correlation: (f64, f64)) -> f64 {
        let (c, s) = (correlation.0, -correlation.1);
        let determinant = self.cc * self.ss - self.cs * self.cs;
        if determinant.abs() < 1e-9 {
            // At 0 Hz and at half the sample rate there is a cosine only.
            return if self.cc > 0.0 { c * c / self.cc } else { 0.0 };
        }
        (self.ss * c * c - 2.0 * self.cs * c * s + self.cc * s * s) / determinant
    }
}

/// The product of two complex numbers.
pub(crate) fn multiply(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        level::DBM0_IN_DBOV,
        tone::{Generator, Signal},
    };

    fn tone(hz: f32, dbm0: f32, rate: u32) -> Vec<i16> {
        let mut sound = vec![0; rate as usize];
        Generator::new(Signal::tone(hz, dbm0, None), rate).fill(&mut sound);
        sound
    }

    #[test]
    fn a_pure_tone_of_any_frequency_leaves_no_remainder() {
        for rate in [8000, 16000, 48000] {
            for hz in [203.7, 425.0, 1004.0, 1633.0, 3311.1] {
                let measured = measure(&tone(hz, -20.0, rate), rate, hz).unwrap();
                let level = -20.0 + DBM0_IN_DBOV;
                assert!((measured.level_dbov - level).abs() < 0.02, "{hz}: {measured:?}");
                assert!(measured.snr_db > 55.0, "{hz}: {measured:?}");
            }
        }
    }

    #[test]
    fn another_frequency_is_not_heard() {
        let measured = measure(&tone(1004.0, 0.0, 8000), 8000, 1600.0).unwrap();
        assert!(measured.snr_db < -25.0, "{measured:?}");
        assert!(measured.level_dbov < -30.0, "{measured:?}");
    }

    #[test]
    fn the_ratio_to_a_second_tone_is_told() {
        let mut sound = tone(1000.0, -10.0, 8000);
        crate::mix::add(&mut sound, &tone(2500.0, -30.0, 8000));
        let measured = measure(&sound, 8000, 1000.0).unwrap();
        assert!((measured.snr_db - 20.0).abs() < 0.2, "{measured:?}");
    }

    #[test]
    fn nothing_and_silence_are_no_tone() {
        assert_eq!(measure(&[0; 100], 8000, 1000.0), None);
        assert_eq!(measure(&[0; 100], 0, 1000.0), None);
        let silent = measure(&[0; 160], 8000, 1000.0).unwrap();
        assert_eq!((silent.level_dbov, silent.snr_db), (-127.0, -99.0));
        assert!(measure(&[5; 320], 8000, 0.0).unwrap().snr_db > 90.0);
        assert!(measure(&[5; 320], 8000, f32::NAN).is_some());
    }
}
