//! Time bent by a pitch period: sound is shortened or stretched without a gap and without a change
//! of pitch (overlap-add, as in WSOLA).

/// Takes a stretch of no more than `most` samples out of `sound`, cross-fading what stands before
/// and after it. Returns the samples taken out: none where no two stretches are alike, unless
/// `urgent`.
pub fn shrink(sound: &mut Vec<i16>, sample_rate: u32, most: usize, urgent: bool) -> usize {
    let longest = (sound.len() / 2).min(most).min(ms(sample_rate, LONGEST_MS));
    let Some(lag) = alike(sound, sample_rate, longest, urgent) else {
        return 0;
    };
    for n in 0..lag {
        let weight = (n + 1) as f32 / (lag + 1) as f32;
        blend(sound, n, n, n + lag, weight);
    }
    sound.drain(lag..2 * lag);
    lag
}

/// Plays a stretch of `sound` twice, cross-faded. Returns the samples put in: none where no two
/// stretches are alike, unless `urgent`.
pub fn grow(sound: &mut Vec<i16>, sample_rate: u32, urgent: bool) -> usize {
    let longest = (sound.len() / 2).min(ms(sample_rate, LONGEST_MS));
    let Some(lag) = alike(sound, sample_rate, longest, urgent) else {
        return 0;
    };
    let length = sound.len();
    sound.resize(length + lag, 0);
    sound.copy_within(lag..length, 2 * lag);
    // The second stretch now stands at `2 * lag`; between, it fades back into the first.
    for n in 0..lag {
        let weight = (n + 1) as f32 / (lag + 1) as f32;
        let second = f32::from(sound.get(2 * lag + n).copied().unwrap_or(0));
        let first = f32::from(sound.get(n).copied().unwrap_or(0));
        if let Some(sample) = sound.get_mut(lag + n) {
            *sample = (second * (1.0 - weight) + first * weight) as i16;
        }
    }
    lag
}

fn blend(sound: &mut [i16], to: usize, from: usize, into: usize, weight: f32) {
    let at = |n: usize| f32::from(sound.get(n).copied().unwrap_or(0));
    let value = at(from) * (1.0 - weight) + at(into) * weight;
    if let Some(sample) = sound.get_mut(to) {
        *sample = value as i16;
    }
}

/// The lag up to `longest` at which the start of `sound` is most like what follows it.
fn alike(sound: &[i16], sample_rate: u32, longest: usize, urgent: bool) -> Option<usize> {
    let shortest = ms(sample_rate, SHORTEST_MS);
    if longest < shortest {
        return None;
    }
    let quiet = sound.iter().all(|sample| sample.unsigned_abs() < QUIET);
    if quiet {
        return Some(longest);
    }
    let step = (sample_rate as usize / 8000).max(1);
    let mut best = (f32::MIN, longest);
    for lag in (shortest..=longest).step_by(step) {
        let window = lag.max(ms(sample_rate, WINDOW_MS));
        let likeness = likeness(sound, lag, window, step);
        if likeness > best.0 {
            best = (likeness, lag);
        }
    }
    (urgent || best.0 > ENOUGH).then_some(best.1)
}

/// Normalised correlation of the first `window` samples with those `lag` later, -1 to 1.
fn likeness(sound: &[i16], lag: usize, window: usize, step: usize) -> f32 {
    let (mut product, mut before, mut after) = (0.0_f32, 1.0_f32, 1.0_f32);
    let following = sound.get(lag..).unwrap_or_default();
    for (a, b) in sound.iter().zip(following).take(window).step_by(step) {
        let (a, b) = (f32::from(*a), f32::from(*b));
        product += a * b;
        before += a * a;
        after += b * b;
    }
    product / (before * after).sqrt()
}

fn ms(sample_rate: u32, ms: f32) -> usize {
    (sample_rate as f32 * ms / 1000.0) as usize
}

const SHORTEST_MS: f32 = 2.5;
const LONGEST_MS: f32 = 15.0;
/// The least that is compared: shorter stretches of noise are alike by chance.
const WINDOW_MS: f32 = 5.0;
/// Least likeness of two stretches that may be faded into one another.
const ENOUGH: f32 = 0.6;
/// All samples below this are background: any cut will do.
const QUIET: u16 = 40;

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f32, length: usize) -> Vec<i16> {
        let sample = |n| (n as f32 * hertz / 8000.0 * std::f32::consts::TAU).sin() * 8000.0;
        (0..length).map(|n| sample(n) as i16).collect()
    }

    /// The largest step between two samples, as a click would make.
    fn steepest(sound: &[i16]) -> i32 {
        sound.windows(2).map(|w| (i32::from(w[1]) - i32::from(w[0])).abs()).max().unwrap()
    }

    #[test]
    fn a_tone_is_shortened_by_whole_periods_without_a_click() {
        let mut sound = tone(400.0, 160);
        let steep = steepest(&sound);
        let taken = shrink(&mut sound, 8000, 160, false);
        assert!(taken > 0 && taken.is_multiple_of(20), "{taken}");
        assert_eq!(sound.len(), 160 - taken);
        assert!(steepest(&sound) <= steep + steep / 10);
    }

    #[test]
    fn a_tone_is_stretched_by_whole_periods_without_a_click() {
        let mut sound = tone(400.0, 160);
        let steep = steepest(&sound);
        let put = grow(&mut sound, 8000, false);
        assert!(put > 0 && put.is_multiple_of(20), "{put}");
        assert_eq!(sound.len(), 160 + put);
        assert!(steepest(&sound) <= steep + steep / 10);
        assert_eq!(sound[..20], tone(400.0, 20));
        assert_eq!(sound[160 + put - 20..], tone(400.0, 160)[140..]);
    }

    #[test]
    fn no_more_is_taken_than_allowed() {
        let mut sound = vec![0; 160];
        assert_eq!(shrink(&mut sound, 8000, 30, false), 30);
        assert_eq!(shrink(&mut sound, 8000, 19, true), 0);
        assert_eq!(shrink(&mut Vec::new(), 8000, 100, true), 0);
    }

    #[test]
    fn what_is_not_alike_is_left_alone_unless_it_must_be() {
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16).cast_signed() as i16
        };
        let mut sound: Vec<i16> = (0..160).map(|_| noise()).collect();
        assert_eq!(shrink(&mut sound, 8000, 160, false), 0);
        assert_eq!(grow(&mut sound, 8000, false), 0);
        assert!(shrink(&mut sound, 8000, 160, true) > 0);
    }
}
