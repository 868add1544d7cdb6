//! 9004: the special information tone (ITU-T E.180 §7) and something that sounds like a voice.

use std::f64::consts::TAU;

/// An announcement without an end: the tones once, then syllables.
pub(super) struct Announcement {
    rate: f64,
    played: f64,
}

/// The three tones, Hz, one after the other.
const TONES: [f64; 3] = [950.0, 1400.0, 1800.0];
/// Seconds of each.
const TONE: f64 = 0.33;
/// Seconds of a syllable.
const SYLLABLE: f64 = 0.22;
/// Two formants of each syllable, Hz: a, i, o, e, u.
const VOWELS: [[f64; 2]; 5] =
    [[730.0, 1090.0], [270.0, 2290.0], [570.0, 840.0], [530.0, 1840.0], [300.0, 870.0]];
/// Harmonics of the voice, up to the edge of the telephone band.
const HARMONICS: u32 = 28;

impl Announcement {
    pub(super) fn new(rate: u32) -> Self {
        Self { rate: f64::from(rate.max(1)), played: 0.0 }
    }

    pub(super) fn fill(&mut self, frame: &mut [i16]) {
        for sample in frame {
            let time = self.played / self.rate;
            let tone = TONES.get((time / TONE) as usize);
            *sample = match tone {
                Some(hz) => (5000.0 * (TAU * hz * time).sin()) as i16,
                None => voice(time - 3.0 * TONE),
            };
            self.played += 1.0;
        }
    }
}

/// Harmonics of a falling pitch, loud near the formants of the syllable: a source and its filter.
fn voice(time: f64) -> i16 {
    let number = (time / SYLLABLE) as usize;
    let within = time % SYLLABLE / SYLLABLE;
    let pitch = 120.0;
    let Some([low, high]) = VOWELS.get(number * 3 % VOWELS.len()) else { return 0 };
    let sum: f64 = (1..=HARMONICS)
        .map(|n| {
            let hz = pitch * f64::from(n);
            let near = |formant: f64, width: f64| 1.0 / (1.0 + ((hz - formant) / width).powi(2));
            (near(*low, 90.0) + 0.5 * near(*high, 120.0)) * (TAU * hz * time).sin()
        })
        .sum();
    (3500.0 * (TAU / 2.0 * within).sin() * sum) as i16
}
