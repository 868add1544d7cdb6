//! Sends digits as tones in the sound (ITU-T Q.23).

use std::{f64::consts::TAU, time::Duration};

use super::keys::{Key, Keys, KeysError};
use crate::tone::Component;

/// The tones of the digits of one stream.
#[derive(Clone, Debug)]
pub struct Inband {
    sample_rate: u32,
    keys: Keys,
    key: Option<Key>,
    /// Samples since the key began.
    played: u64,
}

impl Inband {
    /// Tones for sound at `sample_rate` Hz.
    pub fn new(sample_rate: u32) -> Self {
        Self { sample_rate: sample_rate.max(1), keys: Keys::new(), key: None, played: 0 }
    }

    /// Adds digits to be sent; `,` pauses for a second. Each sounds for `on` and is followed by
    /// `off` of silence (Q.24: 40 ms each are enough everywhere).
    ///
    /// # Errors
    /// [`KeysError`]; nothing of `digits` is sent then.
    pub fn press(&mut self, digits: &str, on: Duration, off: Duration) -> Result<(), KeysError> {
        self.keys.add(digits, on, off)
    }

    /// True when nothing is left to send.
    pub fn is_idle(&self) -> bool {
        self.key.is_none() && self.keys.is_empty()
    }

    /// Sends no more digits; the tone at hand stops.
    pub fn stop(&mut self) {
        self.keys.clear();
        self.key = None;
    }

    /// Puts tones, and the silence after each, in the place of the sound in `frame`. A `,` leaves
    /// the sound alone.
    pub fn fill(&mut self, frame: &mut [i16]) {
        let mut rest = frame;
        while !rest.is_empty() {
            if self.key.is_none() {
                self.key = self.keys.next();
                self.played = 0;
            }
            let Some(key) = self.key else {
                return;
            };
            let on = self.samples(key.on);
            let all = on.saturating_add(self.samples(key.off));
            let until = if self.played < on { on } else { all };
            let left = usize::try_from(until.saturating_sub(self.played)).unwrap_or(usize::MAX);
            let count = left.min(rest.len());
            let (part, later) = rest.split_at_mut(count);
            if let Some(event) = key.event {
                let sounds = self.played < on;
                render(
                    if sounds { tones(event) } else { None },
                    self.sample_rate,
                    self.played,
                    part,
                );
            }
            self.played = self.played.saturating_add(count as u64);
            rest = later;
            if self.played >= all {
                self.key = None;
            }
        }
    }

    fn samples(&self, time: Duration) -> u64 {
        let samples = time.as_nanos() * u128::from(self.sample_rate) / 1_000_000_000;
        u64::try_from(samples).unwrap_or(u64::MAX)
    }
}

/// The low and the high frequency of an event code, Hz.
pub(super) fn frequencies(event: u8) -> Option<(f32, f32)> {
    let (low, high) = *PAIRS.get(usize::from(event))?;
    Some((*LOW.get(low)?, *HIGH.get(high)?))
}

/// The event code of a low and a high frequency, by their places in [`LOW`] and [`HIGH`].
pub(super) fn event_at(low: usize, high: usize) -> Option<u8> {
    PAIRS.iter().position(|pair| *pair == (low, high)).and_then(|n| u8::try_from(n).ok())
}

fn tones(event: u8) -> Option<[Component; 2]> {
    let (low, high) = frequencies(event)?;
    Some([Component { hz: low, dbm0: LOW_DBM0 }, Component { hz: high, dbm0: HIGH_DBM0 }])
}

fn render(tones: Option<[Component; 2]>, sample_rate: u32, played: u64, out: &mut [i16]) {
    out.fill(0);
    for tone in tones.iter().flatten() {
        let turns = f64::from(tone.hz) / f64::from(sample_rate);
        let amplitude = f64::from(tone.amplitude());
        let mut phase = (played as f64 * turns).fract();
        for sample in &mut *out {
            *sample = sample.saturating_add((amplitude * (phase * TAU).sin()).round() as i16);
            phase = (phase + turns).fract();
        }
    }
}

/// Q.23: the low group, Hz.
pub(super) const LOW: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
/// Q.23: the high group, Hz.
pub(super) const HIGH: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];

/// Places in the groups, by event code.
const PAIRS: [(usize, usize); 16] = [
    (3, 1),
    (0, 0),
    (0, 1),
    (0, 2),
    (1, 0),
    (1, 1),
    (1, 2),
    (2, 0),
    (2, 1),
    (2, 2),
    (3, 0),
    (3, 2),
    (0, 3),
    (1, 3),
    (2, 3),
    (3, 3),
];

/// The high group is sent 2 dB louder because lines weaken it more.
const LOW_DBM0: f32 = -10.0;
const HIGH_DBM0: f32 = -8.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::measure;

    const MS40: Duration = Duration::from_millis(40);

    #[test]
    fn each_digit_is_its_row_and_column_of_q23() {
        let keypad = ["123A", "456B", "789C", "*0#D"];
        for (row, digits) in keypad.iter().enumerate() {
            for (column, digit) in digits.chars().enumerate() {
                let event = super::super::event::event_of(digit).unwrap();
                assert_eq!(frequencies(event), Some((LOW[row], HIGH[column])), "{digit}");
                assert_eq!(event_at(row, column), Some(event));
            }
        }
        assert_eq!(frequencies(16), None);
    }

    #[test]
    fn tones_and_pauses_last_to_the_sample_and_the_sound_comes_back() {
        let mut inband = Inband::new(8000);
        inband.press("19", MS40, MS40).unwrap();
        let mut sound = vec![1; 1600];
        sound.chunks_mut(160).for_each(|frame| inband.fill(frame));
        assert!(inband.is_idle());
        assert!(sound[320..640].iter().chain(&sound[960..1280]).all(|s| *s == 0));
        assert!(sound[1280..].iter().all(|s| *s == 1));
        for (tone, hz) in [(&sound[..320], 697.0), (&sound[640..960], 852.0)] {
            let level = measure(tone, 8000, hz).unwrap().level_dbov;
            assert!((level - LOW_DBM0 - crate::level::DBM0_IN_DBOV).abs() < 0.5, "{level}");
        }
    }

    #[test]
    fn a_comma_leaves_the_sound_for_a_second() {
        let mut inband = Inband::new(8000);
        inband.press(",1", MS40, MS40).unwrap();
        let mut sound = vec![1; 8160];
        inband.fill(&mut sound);
        assert!(sound[..8000].iter().all(|s| *s == 1));
        assert!(sound[8010..].iter().any(|s| s.unsigned_abs() > 1000));
        inband.stop();
        assert!(inband.is_idle());
    }

    #[test]
    fn digits_without_length_take_no_sound() {
        let mut inband = Inband::new(8000);
        inband.press("123", Duration::ZERO, Duration::ZERO).unwrap();
        let mut sound = [1; 160];
        inband.fill(&mut sound);
        assert!(inband.is_idle() && sound == [1; 160]);
    }
}
