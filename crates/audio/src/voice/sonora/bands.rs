//! A block in three bands, to 8, to 16 and to 24 kHz, each at a third of the rate: a low pass that a
//! cosine moves to the middle of each band, with phases that let what is folded cancel when the bands are
//! joined (pseudo-QMF; Vaidyanathan, Multirate Systems and Filter Banks, 1993, §8.1).

use std::f32::consts::PI;

/// Bands of a block.
pub(super) const BANDS: usize = 3;

/// The samples of each band of a block, the lowest first.
pub(super) type Bands = [[f32; BAND]; BANDS];

/// Samples of a band: 10 ms at 16 kHz.
pub(super) const BAND: usize = 160;

/// Splits the blocks of one way, and joins them again, 45 samples late in all.
pub(super) struct Splitter {
    /// For each band, to split and to join.
    filters: [[[f32; TAPS]; 2]; BANDS],
    /// Every third sample of what came, and the end of the block before in front of it.
    thirds: [[f32; REACH + BAND]; BANDS],
    /// What was split, and the end of the block before in front of it.
    joined: [[f32; REACH + BAND]; BANDS],
    bands: Bands,
}

impl Splitter {
    pub(super) fn new() -> Self {
        Self {
            filters: filters(),
            thirds: [[0.0; REACH + BAND]; BANDS],
            joined: [[0.0; REACH + BAND]; BANDS],
            bands: [[0.0; BAND]; BANDS],
        }
    }

    /// The bands of a block of 480 samples, to be changed in place.
    pub(super) fn split(&mut self, block: &[f32]) -> &mut Bands {
        for (n, third) in self.thirds.iter_mut().enumerate() {
            third.copy_within(BAND.., 0);
            let every_third = block.iter().skip(BANDS - 1 - n).step_by(BANDS);
            third[REACH..].iter_mut().zip(every_third).for_each(|(to, from)| *to = *from);
        }
        for (band, [filter, _]) in self.bands.iter_mut().zip(&self.filters) {
            band.fill(0.0);
            for (tap, weight) in filter.iter().enumerate() {
                add(band, &self.thirds[tap % BANDS], tap / BANDS, *weight);
            }
        }
        &mut self.bands
    }

    /// The block that the bands are.
    pub(super) fn join(&mut self, block: &mut [f32]) {
        for (joined, band) in self.joined.iter_mut().zip(&self.bands) {
            joined.copy_within(BAND.., 0);
            joined[REACH..].copy_from_slice(band);
        }
        for third in 0..BANDS {
            let mut sound = [0.0; BAND];
            for (joined, [_, filter]) in self.joined.iter().zip(&self.filters) {
                for (late, weight) in filter.iter().skip(third).step_by(BANDS).enumerate() {
                    add(&mut sound, joined, late, *weight * BANDS as f32);
                }
            }
            let every_third = block.iter_mut().skip(third).step_by(BANDS);
            every_third.zip(sound).for_each(|(to, from)| *to = from);
        }
    }
}

/// Adds what came `late` samples ago to each sample of a band.
fn add(band: &mut [f32; BAND], came: &[f32; REACH + BAND], late: usize, weight: f32) {
    for (to, from) in band.iter_mut().zip(&came[REACH - late..]) {
        *to += weight * from;
    }
}

/// The low pass by a Kaiser window, moved to the middle of each band with a phase of an eighth of a turn,
/// one way to split and the other to join, in turns from band to band.
fn filters() -> [[[f32; TAPS]; 2]; BANDS] {
    let middle = (TAPS - 1) as f32 / 2.0;
    let low = |at: f32| (CUT * at).sin() / (PI * at) * kaiser(at / middle);
    std::array::from_fn(|band| {
        let turn = (2 * band + 1) as f32 * PI / (2 * BANDS) as f32;
        let phase = if band % 2 == 0 { PI / 4.0 } else { -PI / 4.0 };
        [phase, -phase].map(|phase| {
            std::array::from_fn(|n| {
                let at = n as f32 - middle;
                2.0 * low(at) * (turn * at + phase).cos()
            })
        })
    })
}

/// The Kaiser window from -1 to 1.
fn kaiser(at: f32) -> f32 {
    bessel(SHAPE * (1.0 - at * at).max(0.0).sqrt()) / bessel(SHAPE)
}

/// The modified Bessel function of the first kind and order 0.
fn bessel(x: f32) -> f32 {
    let mut term = 1.0;
    (1..20)
        .map(|n| {
            term *= (x / 2.0 / n as f32).powi(2);
            term
        })
        .sum::<f32>()
        + 1.0
}

/// Length of the filters, samples.
const TAPS: usize = 48;
/// Shape of the window: 60 dB between bands that are no neighbours.
const SHAPE: f32 = 5.5;
/// Where the low pass cuts, so that it halves the power where two bands meet.
const CUT: f32 = 0.184_3 * PI;
/// Samples of a band that the filters reach back.
const REACH: usize = TAPS / BANDS - 1;

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: usize = BAND * BANDS;

    fn tone(hz: f32) -> Vec<f32> {
        (0..10 * BLOCK).map(|n| (hz * n as f32 / 48_000.0 * 2.0 * PI).sin()).collect()
    }

    fn power(sound: &[f32]) -> f32 {
        sound.iter().map(|s| s * s).sum::<f32>() / sound.len() as f32
    }

    #[test]
    fn what_is_split_and_joined_is_what_came() {
        for hz in [300.0, 3000.0, 7900.0, 8100.0, 12_000.0, 20_000.0] {
            let (mut splitter, said) = (Splitter::new(), tone(hz));
            let mut heard = said.clone();
            for block in heard.chunks_exact_mut(BLOCK) {
                splitter.split(block);
                splitter.join(block);
            }
            let late = TAPS - BANDS;
            let error: Vec<f32> =
                heard[BLOCK + late..].iter().zip(&said[BLOCK..]).map(|(a, b)| a - b).collect();
            assert!(power(&error) < 1e-4, "{hz} Hz: {}", power(&error));
        }
    }

    #[test]
    fn each_tone_is_in_its_band() {
        for (n, hz) in [1000.0, 12_000.0, 20_000.0].into_iter().enumerate() {
            let mut splitter = Splitter::new();
            let mut powers = [0.0; BANDS];
            for block in tone(hz).chunks_exact(BLOCK) {
                powers = splitter.split(block).map(|band| power(&band));
            }
            for (band, power) in powers.into_iter().enumerate() {
                assert_eq!(power > 0.2, band == n, "{hz} Hz, band {band}: {power}");
                assert!(band == n || power < 1e-3, "{hz} Hz, band {band}: {power}");
            }
        }
    }
}
