//! What a probe and what was heard of it say of the room.

use serde::{Deserialize, Serialize};

use crate::{
    stream::{BLOCK, RATE},
    voice::{BackEnd, Cleaning, Noise},
};

/// What the microphone heard of the speaker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SoundCheck {
    /// From our speaker's callback to our microphone's, ms; `None` when nothing came back.
    pub echo_delay_ms: Option<f32>,
    /// Echo return loss enhancement over the last 1.5 s (ITU-T G.168 §3.9): by how much the canceller
    /// lowers what came back, dB.
    pub erle_db: Option<f32>,
    /// The probe was heard.
    pub heard: bool,
}

/// Compares a probe with what was heard from its beginning on, both 48 kHz. The delay is found up to
/// a second.
pub fn measure(probe: &[f32], heard: &[f32], back_end: BackEnd) -> SoundCheck {
    let Some(delay) = delay(&eighth(probe), &eighth(heard)) else { return SoundCheck::default() };
    SoundCheck {
        echo_delay_ms: Some(delay as f32 * 1000.0 / NARROW as f32),
        erle_db: erle(probe, heard, back_end),
        heard: true,
    }
}

/// Every sixth sample of a moving mean: 8 kHz.
fn eighth(sound: &[f32]) -> Vec<f32> {
    sound.chunks_exact(STRIDE).map(|all| all.iter().sum::<f32>() / STRIDE as f32).collect()
}

/// How long after its first coming a probe came again, ms, up to a second; `None` where it did not.
pub(super) fn again(probe: &[f32], heard: &[f32]) -> Option<f32> {
    let likeness = likeness(&eighth(probe), &eighth(heard))?;
    let first = coming(&likeness, 0)?;
    let second = coming(&likeness, first + APART)?;
    Some((second - first) as f32 * 1000.0 / NARROW as f32)
}

/// The first place from `from` on that stands out about as much as the best one there.
fn coming(likeness: &[f64], from: usize) -> Option<usize> {
    let rest = likeness.get(from..)?;
    let best = rest.iter().copied().fold(0.0, f64::max);
    let at = from + rest.iter().position(|l| *l > CLEAR && *l >= best * ALIKE)?;
    // Its peak is a few samples on.
    let peak = likeness.iter().enumerate().skip(at).take(PEAK).max_by(|a, b| a.1.total_cmp(b.1))?;
    Some(peak.0)
}

/// Where `probe` begins in `heard`, samples; `None` where no place stands out.
fn delay(probe: &[f32], heard: &[f32]) -> Option<usize> {
    let likeness = likeness(probe, heard)?;
    let best = likeness.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    (*best.1 > CLEAR).then_some(best.0)
}

/// How much `heard` is like `probe` from each sample of its first second on: 1 is the same.
fn likeness(probe: &[f32], heard: &[f32]) -> Option<Vec<f64>> {
    let length = probe.len().min(heard.len().checked_sub(NARROW)?).min(WINDOW);
    let probe = probe.get(..length)?;
    let energy = |sound: &[f32]| sound.iter().map(|s| f64::from(*s) * f64::from(*s)).sum::<f64>();
    let own = energy(probe);
    let at = |delay| {
        let there = heard.get(delay..delay + length)?;
        let product: f32 = probe.iter().zip(there).map(|(a, b)| a * b).sum();
        // The sign is the wiring's affair.
        Some(f64::from(product).abs() / (own * energy(there)).sqrt().max(1e-12))
    };
    (0..NARROW).map(at).collect()
}

fn erle(probe: &[f32], heard: &[f32], back_end: BackEnd) -> Option<f32> {
    let mut voice = back_end.voice(Cleaning { echo: true, noise: Noise::Off, gain: false });
    let size = BLOCK as usize;
    let blocks = probe.len().min(heard.len()) / size;
    let judged = blocks.checked_sub(JUDGED)?;
    let (mut before, mut after) = (0.0, 0.0);
    let mut block = vec![0.0; size];
    for (n, (render, capture)) in probe.chunks_exact(size).zip(heard.chunks_exact(size)).enumerate()
    {
        block.copy_from_slice(capture);
        voice.render(render);
        voice.capture(&mut block);
        if n >= judged {
            before += capture.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
            after += block.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
        }
    }
    (before > 0.0).then(|| (10.0 * (before / after.max(1e-9)).log10()) as f32)
}

const STRIDE: usize = 6;
/// Samples per second of the search.
const NARROW: usize = RATE as usize / STRIDE;
/// Samples of the probe that are searched for: two seconds.
const WINDOW: usize = 2 * NARROW;
/// Correlation from which on the probe was heard: eight times what chance gives.
const CLEAR: f64 = 0.06;
/// What stands out so much less than the best may have come before it.
const ALIKE: f64 = 0.7;
/// Samples by which two comings are apart at least: a call takes longer than 30 ms, a room does not.
const APART: usize = NARROW * 30 / 1000;
/// Samples in which a coming has its peak: 2 ms.
const PEAK: usize = NARROW * 2 / 1000;
/// Blocks that the canceller is judged by: the last 1.5 s.
const JUDGED: usize = 150;

#[cfg(test)]
mod tests {
    use super::{super::probe::probe, *};

    fn room(delay_ms: usize, gain: f32, noise: f32) -> Vec<f32> {
        let mut chance = 7_u32;
        let probe = probe();
        let delay = delay_ms * RATE as usize / 1000;
        (0..probe.len() + RATE as usize + 1)
            .map(|n| {
                chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = noise * ((chance >> 8) as f32 / 8_388_608.0 - 1.0);
                let at = |n: Option<usize>| n.and_then(|n| probe.get(n)).copied().unwrap_or(0.0);
                gain * (at(n.checked_sub(delay)) + 0.3 * at(n.checked_sub(delay + 137))) + noise
            })
            .collect()
    }

    #[test]
    fn the_delay_of_an_echo_is_found_and_the_canceller_lowers_it() {
        for (back_end, (delay_ms, gain)) in
            BackEnd::ALL.iter().flat_map(|b| [(40, 0.5), (200, -0.3)].map(|room| (b, room)))
        {
            let check = measure(&probe(), &room(delay_ms, gain, 0.0003), *back_end);
            assert!(check.heard);
            let found = check.echo_delay_ms.unwrap();
            assert!((found - delay_ms as f32).abs() < 1.0, "{found}");
            assert!(check.erle_db.unwrap() > 15.0, "{back_end:?} {check:?}");
        }
    }

    #[test]
    fn the_way_through_a_call_is_what_lies_between_two_comings() {
        let probe = probe();
        // A room without loss: each coming goes into the call and comes again as loud.
        let (direct, call) = (35 * RATE as usize / 1000, 140 * RATE as usize / 1000);
        for repeats in [2, 6] {
            let mut heard = vec![0.0; probe.len() + RATE as usize + 1];
            for n in 0..repeats {
                let from = heard.iter_mut().skip(direct + n * call);
                from.zip(&probe).for_each(|(heard, said)| *heard += said);
            }
            let found = again(&probe, &heard).unwrap();
            assert!((found - 140.0).abs() < 1.0, "{found}");
        }
        assert_eq!(again(&probe, &room(40, 0.5, 0.0003)), None);
    }

    #[test]
    fn a_room_without_an_echo_is_said_to_have_none() {
        for heard in [room(0, 0.0, 0.05), Vec::new()] {
            assert_eq!(measure(&probe(), &heard, BackEnd::default()), SoundCheck::default());
        }
    }
}
