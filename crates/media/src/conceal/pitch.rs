//! The pitch search of G.711 appendix I: the lag at which the last 20 ms are most like what came
//! before them.

/// The period of the end of `sound`, in samples: 5 to 15 ms.
pub(super) fn period(sound: &[i16], scale: usize) -> usize {
    let coarse = 2 * scale;
    let best = best_lag(sound, (SHORTEST * scale..=LONGEST * scale).step_by(coarse), scale, coarse);
    let from = best.saturating_sub(coarse - 1).max(SHORTEST * scale);
    let to = (best + coarse - 1).min(LONGEST * scale);
    best_lag(sound, (from..=to).step_by(1), scale, scale)
}

fn best_lag(
    sound: &[i16],
    lags: impl Iterator<Item = usize>,
    scale: usize,
    decimate: usize,
) -> usize {
    let mut best = (f32::MIN, LONGEST * scale);
    for lag in lags {
        let likeness = likeness(sound, lag, WINDOW * scale, decimate);
        if likeness > best.0 {
            best = (likeness, lag);
        }
    }
    best.1
}

/// Correlation of the last `window` samples with those `lag` earlier, over the root of the energy
/// of the earlier ones.
fn likeness(sound: &[i16], lag: usize, window: usize, decimate: usize) -> f32 {
    let end = sound.len();
    let (Some(start), Some(earlier)) = (end.checked_sub(window), end.checked_sub(window + lag))
    else {
        return f32::MIN;
    };
    let recent = sound.get(start..).unwrap_or_default();
    let earlier = sound.get(earlier..end - lag).unwrap_or_default();
    let (mut product, mut energy) = (0.0_f32, 0.0_f32);
    for (a, b) in recent.iter().zip(earlier).step_by(decimate) {
        let (a, b) = (f32::from(*a), f32::from(*b));
        product += a * b;
        energy += b * b;
    }
    product / energy.max(LEAST_ENERGY).sqrt()
}

/// Samples at 8 kHz.
const SHORTEST: usize = 40;
const LONGEST: usize = 120;
const WINDOW: usize = 160;
/// Keeps silence from being divided by.
const LEAST_ENERGY: f32 = 250.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_period_of_a_voice_is_found_at_every_rate() {
        for scale in [1, 2, 6] {
            for hertz in [70.0_f32, 100.0, 123.0, 190.0] {
                let rate = 8000.0 * scale as f32;
                // A pulse-like voice: ten harmonics.
                let sound: Vec<i16> = (0..390 * scale)
                    .map(|n| {
                        let phase = n as f32 / rate * hertz * std::f32::consts::TAU;
                        let sum: f32 = (1..=10).map(|k| (phase * k as f32).cos()).sum();
                        (sum * 1000.0) as i16
                    })
                    .collect();
                let found = rate / period(&sound, scale) as f32;
                assert!((found - hertz).abs() < hertz * 0.03, "{hertz} Hz: {found}");
            }
        }
    }

    #[test]
    fn silence_has_a_period_within_bounds() {
        assert!((SHORTEST..=LONGEST).contains(&period(&[0; 390], 1)));
    }
}
