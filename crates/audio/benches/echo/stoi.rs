//! Short-time objective intelligibility (Taal, Hendriks, Heusdens and Jensen, IEEE Transactions on
//! Audio, Speech, and Language Processing 19(7), 2011): 1 is as clean as the reference.

use std::f64::consts::{PI, TAU};

/// Of `heard` against `clean`, both at 48 kHz and aligned.
pub(crate) fn stoi(clean: &[f32], heard: &[f32]) -> f64 {
    let (clean, heard) = (resample(clean), resample(heard));
    let (clean, heard) = without_pauses(&clean, &heard);
    let (clean, heard) = (bands(&clean), bands(&heard));
    let (mut sum, mut count) = (0.0, 0.0);
    for end in SEGMENT..=clean.len() {
        for band in 0..BANDS {
            let of = |all: &[[f64; BANDS]]| -> Vec<f64> {
                all[end - SEGMENT..end].iter().map(|frame| frame[band]).collect()
            };
            sum += intermediate(&of(&clean), &of(&heard));
            count += 1.0;
        }
    }
    sum / f64::max(count, 1.0)
}

/// Correlation of two envelopes, the second scaled to the first and clipped at -15 dB of distortion.
fn intermediate(x: &[f64], y: &[f64]) -> f64 {
    let norm = |v: &[f64]| v.iter().map(|a| a * a).sum::<f64>().sqrt();
    let scale = norm(x) / norm(y).max(1e-12);
    let most = 1.0 + 10_f64.powf(15.0 / 20.0);
    let y: Vec<f64> = y.iter().zip(x).map(|(y, x)| (y * scale).min(x * most)).collect();
    let centred = |v: &[f64]| -> Vec<f64> {
        let mean = v.iter().sum::<f64>() / v.len() as f64;
        v.iter().map(|a| a - mean).collect()
    };
    let (x, y) = (centred(x), centred(&y));
    let product: f64 = x.iter().zip(&y).map(|(a, b)| a * b).sum();
    product / (norm(&x) * norm(&y)).max(1e-12)
}

/// From 48 to 10 kHz by a windowed sinc.
fn resample(sound: &[f32]) -> Vec<f64> {
    let (half, ratio) = (60_i64, 4.8);
    (0..(sound.len() as f64 / ratio) as usize)
        .map(|n| {
            let centre = n as f64 * ratio;
            (centre as i64 - half..=centre as i64 + half)
                .filter_map(|at| {
                    let sample = f64::from(*sound.get(usize::try_from(at).ok()?)?);
                    let x = (at as f64 - centre) / ratio;
                    let sinc = if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) };
                    let window =
                        0.5 + 0.5 * (PI * (at as f64 - centre) / (half as f64 + 1.0)).cos();
                    Some(sample * sinc * window / ratio)
                })
                .sum()
        })
        .collect()
}

fn window(n: usize) -> f64 {
    0.5 - 0.5 * (TAU * (n as f64 + 1.0) / (LENGTH as f64 + 1.0)).cos()
}

/// Frames whose clean sound is within 40 dB of the loudest, overlapped and added again.
fn without_pauses(clean: &[f64], heard: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let frame = |sound: &[f64], start: usize| -> Vec<f64> {
        sound[start..start + LENGTH].iter().enumerate().map(|(n, s)| s * window(n)).collect()
    };
    let starts: Vec<usize> =
        (0..clean.len().min(heard.len()).saturating_sub(LENGTH)).step_by(STEP).collect();
    let energy = |start: usize| frame(clean, start).iter().map(|s| s * s).sum::<f64>().max(1e-20);
    let most = starts.iter().map(|s| energy(*s)).fold(0.0, f64::max);
    let kept: Vec<usize> = starts.into_iter().filter(|s| energy(*s) > most * 1e-4).collect();
    let joined = |sound: &[f64]| {
        let mut out = vec![0.0; kept.len() * STEP + LENGTH];
        for (n, start) in kept.iter().enumerate() {
            for (m, sample) in frame(sound, *start).into_iter().enumerate() {
                out[n * STEP + m] += sample;
            }
        }
        out
    };
    (joined(clean), joined(heard))
}

/// Third-octave bands from 150 Hz on of each frame.
fn bands(sound: &[f64]) -> Vec<[f64; BANDS]> {
    let edges: Vec<(usize, usize)> = (0..BANDS)
        .map(|band| {
            let centre = 150.0 * 2_f64.powf(band as f64 / 3.0);
            let bin = |hz: f64| (hz * POINTS as f64 / 10_000.0).round() as usize;
            (bin(centre / 2_f64.powf(1.0 / 6.0)), bin(centre * 2_f64.powf(1.0 / 6.0)))
        })
        .collect();
    let turn: Vec<(f64, f64)> =
        (0..POINTS).map(|n| (TAU * n as f64 / POINTS as f64).sin_cos()).collect();
    (0..sound.len().saturating_sub(LENGTH))
        .step_by(STEP)
        .map(|start| {
            let frame: Vec<f64> = sound[start..start + LENGTH]
                .iter()
                .enumerate()
                .map(|(n, s)| s * window(n))
                .collect();
            let power = |bin: usize| {
                let (mut re, mut im) = (0.0, 0.0);
                for (n, sample) in frame.iter().enumerate() {
                    let (sin, cos) = turn[n * bin % POINTS];
                    re += sample * cos;
                    im -= sample * sin;
                }
                re * re + im * im
            };
            let mut out = [0.0; BANDS];
            for (value, (from, to)) in out.iter_mut().zip(&edges) {
                *value = (*from..*to).map(power).sum::<f64>().sqrt();
            }
            out
        })
        .collect()
}

const LENGTH: usize = 256;
const STEP: usize = 128;
const POINTS: usize = 512;
const BANDS: usize = 15;
/// Frames of a segment: 384 ms.
const SEGMENT: usize = 30;
