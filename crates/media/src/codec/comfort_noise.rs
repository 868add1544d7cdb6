//! Comfort noise (RFC 3389): what the far end's room sounds like while it sends nothing.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::level::rms_dbov;

/// The static payload type at 8 kHz (RFC 3551 table 4).
pub const PAYLOAD_TYPE: u8 = 13;

/// Reflection coefficients that are kept; more than these change nothing that can be heard, and
/// RFC 3389 §3.3 lets a receiver leave them out.
pub const MAX_ORDER: usize = 12;

/// One description of noise: a payload.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Description {
    /// Level, -dBov, 0 to 127.
    pub level: u8,
    order: usize,
    reflection: [f32; MAX_ORDER],
}

impl Description {
    /// White noise at `level` (-dBov).
    pub fn white(level: u8) -> Self {
        Self { level: level.min(127), order: 0, reflection: [0.0; MAX_ORDER] }
    }

    /// Describes `sound`, which should be noise alone, by its level and `order` coefficients
    /// (at most [`MAX_ORDER`]; RFC 3389 §4 recommends 10 at 8 kHz).
    pub fn of(sound: &[i16], order: usize) -> Self {
        let level = (-rms_dbov(sound)).round().clamp(0.0, 127.0) as u8;
        let order = order.min(MAX_ORDER).min(sound.len().saturating_sub(1));
        Self { level, order, reflection: levinson(&autocorrelation(sound, order), order) }
    }

    /// Reads a payload; `None` when it is empty. Coefficients beyond [`MAX_ORDER`] are left out.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let (level, coefficients) = payload.split_first()?;
        let mut noise = Self::white(level & 0x7f);
        for (k, code) in noise.reflection.iter_mut().zip(coefficients) {
            *k = (f32::from(*code) - 127.0) * QUANTUM;
            *k = k.clamp(-LARGEST, LARGEST);
        }
        noise.order = coefficients.len().min(MAX_ORDER);
        Some(noise)
    }

    /// Writes the payload and returns its length; 0 when `payload` is too short.
    pub fn encode(&self, payload: &mut [u8]) -> usize {
        let length = 1 + self.order;
        let Some((level, coefficients)) =
            payload.get_mut(..length).and_then(<[u8]>::split_first_mut)
        else {
            return 0;
        };
        *level = self.level;
        for (code, k) in coefficients.iter_mut().zip(&self.reflection) {
            *code = (k / QUANTUM + 127.0).round().clamp(0.0, 254.0) as u8;
        }
        length
    }
}

/// Makes noise after the last description.
#[derive(Clone, Debug)]
pub struct Generator {
    chance: ChaCha8Rng,
    noise: Description,
    gain: f32,
    backward: [f32; MAX_ORDER],
}

impl Generator {
    /// Makes silence until it is told a description; `seed` decides the noise.
    pub fn new(seed: [u8; 32]) -> Self {
        Self {
            chance: ChaCha8Rng::from_seed(seed),
            noise: Description::white(127),
            gain: 0.0,
            backward: [0.0; MAX_ORDER],
        }
    }

    /// Goes on with this noise.
    pub fn update(&mut self, noise: Description) {
        let rms = 32768.0 * 10.0_f32.powf(-f32::from(noise.level) / 20.0);
        // The filter raises the power of its input by the product of 1 / (1 - k^2).
        let raise: f32 = noise.reflection.iter().map(|k| 1.0 - k * k).product();
        self.gain = rms * raise.sqrt();
        self.noise = noise;
    }

    /// Fills `frame` with noise.
    pub fn fill(&mut self, frame: &mut [i16]) {
        for sample in frame {
            let white = white(self.chance.next_u64()) * self.gain;
            *sample = self.filter(white).round() as i16;
        }
    }

    /// The all-pole lattice (RFC 3389 §3.2: coefficients are those of a lattice).
    fn filter(&mut self, input: f32) -> f32 {
        let mut forward = input;
        let order = self.noise.order;
        let stages = self.noise.reflection.iter().zip(&mut self.backward).take(order);
        // Stage i needs the backward value of stage i - 1 one sample ago and leaves its own to
        // stage i + 1, which has run already: values move up by one place.
        let mut upper: Option<&mut f32> = None;
        for (k, backward) in stages.rev() {
            forward -= k * *backward;
            if let Some(upper) = upper {
                *upper = *backward + k * forward;
            }
            upper = Some(backward);
        }
        if let Some(first) = upper {
            *first = forward;
        }
        forward
    }
}

/// Close to a normal distribution of variance 1: four uniform 16-bit numbers.
fn white(bits: u64) -> f32 {
    let sum: f32 = bits.to_le_bytes().chunks_exact(2).map(uniform).sum();
    sum * (3.0_f32 / 4.0).sqrt()
}

fn uniform(bytes: &[u8]) -> f32 {
    let value = bytes.iter().rev().fold(0_u16, |sum, byte| (sum << 8) | u16::from(*byte));
    f32::from(value.cast_signed()) / 32768.0
}

fn autocorrelation(sound: &[i16], order: usize) -> [f64; MAX_ORDER + 1] {
    let mut values = [0.0; MAX_ORDER + 1];
    for (lag, value) in values.iter_mut().enumerate().take(order + 1) {
        *value = sound
            .iter()
            .zip(sound.iter().skip(lag))
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum();
    }
    values
}

/// Levinson and Durbin: reflection coefficients of an autocorrelation.
fn levinson(correlation: &[f64; MAX_ORDER + 1], order: usize) -> [f32; MAX_ORDER] {
    let mut reflection = [0.0; MAX_ORDER];
    let [power, lags @ ..] = correlation;
    let mut error = *power;
    let mut predictor = [0.0_f64; MAX_ORDER];
    for (stage, k) in reflection.iter_mut().enumerate().take(order) {
        if error <= power * 1e-9 {
            break;
        }
        let past = lags.iter().take(stage).rev();
        let sum: f64 = predictor.iter().zip(past).map(|(a, r)| a * r).sum();
        let value = -(lags.get(stage).copied().unwrap_or(0.0) + sum) / error;
        let before = predictor;
        for (place, a) in predictor.iter_mut().enumerate().take(stage) {
            *a += value * before.get(stage - 1 - place).copied().unwrap_or(0.0);
        }
        if let Some(a) = predictor.get_mut(stage) {
            *a = value;
        }
        error *= 1.0 - value * value;
        *k = (value as f32).clamp(-LARGEST, LARGEST);
    }
    reflection
}

/// RFC 3389 §3.2: k = 258 * (N - 127) / 32768.
const QUANTUM: f32 = 258.0 / 32768.0;
/// Inside the unit circle, so that the filter is stable whatever came.
const LARGEST: f32 = 0.99;

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(description: Description) -> Vec<i16> {
        let mut generator = Generator::new([7; 32]);
        generator.update(description);
        let mut sound = vec![0; 40_000];
        sound.chunks_mut(160).for_each(|frame| generator.fill(frame));
        sound
    }

    #[test]
    fn the_level_is_what_was_described() {
        for payload in [&[40][..], &[40, 20], &[40, 230], &[40, 20, 200, 140, 100, 127]] {
            let level = rms_dbov(&noise(Description::parse(payload).unwrap()));
            assert!((level + 40.0).abs() < 0.5, "{payload:?}: {level}");
        }
    }

    #[test]
    fn the_colour_is_what_was_described() {
        let payload = [30, 30, 180, 120];
        let described = Description::parse(&payload).unwrap();
        let again = Description::of(&noise(described), 3);
        let mut out = [0; 4];
        assert_eq!(again.encode(&mut out), 4);
        for (a, b) in out.iter().zip(&payload) {
            assert!(a.abs_diff(*b) <= 4, "{out:?}");
        }
    }

    #[test]
    fn quantised_values_come_back() {
        let payload: Vec<u8> = [33, 1, 127, 253].into();
        let mut out = [0; 4];
        assert_eq!(Description::parse(&payload).unwrap().encode(&mut out), 4);
        assert_eq!(out, payload[..]);
        assert_eq!(Description::parse(&payload).unwrap().encode(&mut [0; 3]), 0);
    }

    #[test]
    fn hostile_payloads_stay_bounded() {
        assert_eq!(Description::parse(&[]), None);
        let long = Description::parse(&[0xff; 1500]).unwrap();
        assert_eq!((long.level, long.order), (127, MAX_ORDER));
        for code in [0, 255] {
            let mut payload = [code; 20];
            payload[0] = 0;
            let sound = noise(Description::parse(&payload).unwrap());
            assert_eq!(sound.len(), 40_000);
        }
    }

    #[test]
    fn without_a_description_there_is_silence() {
        let mut frame = [5; 160];
        Generator::new([1; 32]).fill(&mut frame);
        assert_eq!(frame, [0; 160]);
    }

    #[test]
    fn the_same_seed_is_the_same_noise() {
        let description = Description::white(40);
        assert_eq!(noise(description), noise(description));
        assert_eq!(Description::of(&[], 10), Description::white(127));
    }
}
