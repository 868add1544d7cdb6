//! Sound for tests: speech-like files, reading recordings, correlation.

use std::{ops::Range, path::Path};

/// Samples per second of all files here.
pub(crate) const RATE: u32 = 8000;

/// Something with the rhythm and the band of speech, the same for the same seed: voiced syllables
/// of gliding pitch with pauses.
pub(crate) fn speech_like(seconds: f32, seed: u32) -> Vec<i16> {
    let mut phase = 0.0_f32;
    (0..(seconds * RATE as f32) as u32)
        .map(|n| {
            let t = n as f32 / RATE as f32 + seed as f32 * 0.37;
            let pitch = 120.0 + 40.0 * (t * 2.1).sin() + 25.0 * (t * 5.3).sin();
            phase += pitch / RATE as f32;
            let voiced: f32 =
                (1..8).map(|k| (phase * k as f32 * std::f32::consts::TAU).sin() / k as f32).sum();
            let syllable = (t * 3.7 * std::f32::consts::PI).sin().max(0.0);
            let phrase = if (t * 0.9).sin() > -0.6 { 1.0 } else { 0.02 };
            (voiced * syllable * phrase * 6000.0) as i16
        })
        .collect()
}

/// Writes a mono file.
pub(crate) fn write(path: &Path, samples: &[i16]) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(path, spec).unwrap();
    for sample in samples {
        file.write_sample(*sample).unwrap();
    }
    file.finalize().unwrap();
}

/// Reads the first channel of a file and its rate.
pub(crate) fn read(path: &Path) -> (Vec<i16>, u32) {
    let mut file = hound::WavReader::open(path).unwrap();
    let (channels, rate) = (file.spec().channels as usize, file.spec().sample_rate);
    let samples = file.samples::<i16>().map(Result::unwrap).step_by(channels).collect();
    (samples, rate)
}

/// The best normalised correlation of `reference` within `heard`, and its delay in samples, over
/// delays up to `limit`.
pub(crate) fn align(reference: &[i16], heard: &[i16], limit: usize) -> (f64, usize) {
    let body = reference.len().min(heard.len().saturating_sub(limit));
    let coarse: Vec<usize> = (0..limit).step_by(4).collect();
    let best = |delays: &[usize], stride: usize| {
        delays
            .iter()
            .map(|&d| (correlation(&reference[..body], &heard[d..d + body], stride), d))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap_or((0.0, 0))
    };
    let (_, near) = best(&coarse, 8);
    let fine: Vec<usize> = (near.saturating_sub(6)..(near + 6).min(limit)).collect();
    best(&fine, 1)
}

/// How many of the pieces of `length` samples that `reference` is cut into are heard again with a
/// correlation of at least `least`, each aligned for itself: a busy machine may move the jitter buffer
/// between two pieces. Also the number of pieces.
pub(crate) fn pieces_heard(
    reference: &[i16],
    heard: &[i16],
    limit: usize,
    length: usize,
    least: f64,
) -> (usize, usize) {
    let pieces: Vec<(usize, &[i16])> =
        reference.chunks_exact(length).enumerate().map(|(n, piece)| (n * length, piece)).collect();
    let good = pieces.iter().filter(|(start, piece)| {
        let place = heard.get(*start..*start + length + limit);
        place.is_some_and(|place| align(piece, place, limit).0 >= least)
    });
    (good.count(), pieces.len())
}

/// Holds a recording of a call to what the far end played in these seconds: three of four half seconds
/// are there, each as it was played. Two programs on a busy computer starve each other of their time,
/// and the sound has gaps that are neither's fault.
pub(crate) fn heard(file: &Path, seed: u32, seconds: Range<usize>) {
    let (good, all) = pieces_of(file, seed, seconds, RATE as usize / 2);
    assert!(good * 4 >= all * 3, "{}: {good} of {all} pieces are heard", file.display());
}

/// How many pieces of this length of what was played in these seconds a recording has, and how many
/// it should have.
fn pieces_of(file: &Path, seed: u32, seconds: Range<usize>, length: usize) -> (usize, usize) {
    let (recorded, rate) = read(file);
    assert_eq!(rate, RATE);
    let [from, to] = [seconds.start, seconds.end].map(|second| second * RATE as usize);
    let played = speech_like(seconds.end as f32, seed);
    let rest = recorded.get(from..).unwrap_or_default();
    let (good, all) = pieces_heard(&played[from..], rest, RATE as usize, length, 0.95);
    assert_eq!(all, (to - from) / length);
    (good, all)
}

fn correlation(a: &[i16], b: &[i16], stride: usize) -> f64 {
    let pairs = || a.iter().zip(b).step_by(stride).map(|(x, y)| (f64::from(*x), f64::from(*y)));
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs() {
        xy += x * y;
        xx += x * x;
        yy += y * y;
    }
    if xx == 0.0 || yy == 0.0 { 0.0 } else { xy / (xx * yy).sqrt() }
}
