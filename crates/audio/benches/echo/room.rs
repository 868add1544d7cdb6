//! Rooms and voices made of numbers, the same for the same seed.

use std::f32::consts::TAU;

use milliwatt_audio::RATE;

/// A room: how late and how loud its echo is.
pub(crate) struct Room {
    pub(crate) name: &'static str,
    delay_ms: usize,
    gain: f32,
    /// Least enhancement once it is steady, dB.
    pub(crate) steady: f64,
}

/// What the project promises of each.
pub(crate) const ROOMS: [Room; 4] = [
    Room { name: "40 ms", delay_ms: 40, gain: 0.3, steady: 25.0 },
    Room { name: "100 ms", delay_ms: 100, gain: 0.3, steady: 25.0 },
    Room { name: "200 ms", delay_ms: 200, gain: 0.3, steady: 18.0 },
    Room { name: "loud", delay_ms: 40, gain: 1.4, steady: 18.0 },
];

/// Length of all sound.
pub(crate) const SECONDS: usize = 15;

/// Voiced syllables of gliding pitch with breath between them, below half of `band`.
pub(crate) fn speech(band: u32, seed: u32) -> Vec<f32> {
    let (mut phase, mut noise) = (0.0_f32, Chance::new(seed));
    let (base, from) = (150.0 + 45.0 * noise.next(), seed as f32 * 2.9);
    let (mut low, alpha) = ([0.0_f32; 4], if band < RATE { 0.45 } else { 0.9 });
    let harmonics = if band < RATE { 45 } else { 90 };
    (0..SECONDS * RATE as usize)
        .map(|n| {
            let t = from + n as f32 / RATE as f32;
            let glide = 0.27 * (t * 2.1).sin() + 0.17 * (t * 5.3).sin();
            phase = (phase + base * (1.0 + glide) / RATE as f32).fract();
            let voiced: f32 =
                (1..harmonics).map(|k| (phase * k as f32 * TAU).sin() / (k as f32).powf(1.2)).sum();
            let syllable = (t * 3.7 * std::f32::consts::PI).sin().max(0.05);
            let mut sample = (voiced * 0.12 + noise.next() * 0.02) * syllable;
            for stage in &mut low {
                *stage += (sample - *stage) * alpha;
                sample = *stage;
            }
            sample
        })
        .collect()
}

/// What the microphone hears: a first arrival, a tail that dies within 150 ms, and a quiet room.
pub(crate) fn echo(far: &[f32], room: &Room, seed: u32) -> Vec<f32> {
    let delay = room.delay_ms * RATE as usize / 1000;
    let mut noise = Chance::new(seed + 77);
    let taps: Vec<(usize, f32)> = (0..60)
        .map(|n| {
            let at = n * n * 2 + n * 7;
            let size = if n == 0 { 1.0 } else { 0.5 * noise.next() };
            (delay + at, room.gain * size * (-(at as f32) / (0.03 * RATE as f32)).exp())
        })
        .collect();
    (0..far.len())
        .map(|n| {
            let heard: f32 = taps
                .iter()
                .filter_map(|(at, gain)| Some(far.get(n.checked_sub(*at)?)? * gain))
                .sum();
            heard.clamp(-1.0, 1.0) + noise.next() * 0.0002
        })
        .collect()
}

/// Chance that is the same each time, -1 to 1.
struct Chance(u32);

impl Chance {
    fn new(seed: u32) -> Self {
        let mut chance = Self(seed);
        // Neighbouring seeds begin alike.
        for _ in 0..8 {
            chance.next();
        }
        chance
    }

    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / 8_388_608.0 - 1.0
    }
}
