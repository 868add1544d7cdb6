use super::*;

fn voice(from: usize, length: usize, rate: usize) -> Vec<i16> {
    let sample = |n: usize| {
        let phase = n as f32 / rate as f32 * 100.0 * std::f32::consts::TAU;
        let sum: f32 = (1..=8).map(|k| (phase * k as f32).sin() / k as f32).sum();
        (sum * 4000.0) as i16
    };
    (from..from + length).map(sample).collect()
}

fn energy(sound: &[i16]) -> f64 {
    sound.iter().map(|s| f64::from(*s) * f64::from(*s)).sum::<f64>() / sound.len() as f64
}

fn snr_db(truth: &[i16], heard: &[i16]) -> f64 {
    let error: Vec<i16> = truth.iter().zip(heard).map(|(a, b)| a.saturating_sub(*b)).collect();
    10.0 * (energy(truth) / energy(&error).max(1e-9)).log10()
}

/// Plays 10 frames, then `lost` missing ones, then good ones again; all that is heard.
fn play(rate: usize, lost: usize, after: usize) -> Vec<i16> {
    let frame = rate / 50;
    let mut concealer = Concealer::new(rate as u32);
    let mut heard = Vec::new();
    for n in 0..10 + lost + after {
        let mut sound = voice(n * frame, frame, rate);
        if (10..10 + lost).contains(&n) {
            concealer.lost(&mut sound);
        } else {
            concealer.good(&mut sound);
        }
        heard.extend(sound);
    }
    heard
}

#[test]
fn sound_without_loss_is_not_touched() {
    assert_eq!(play(8000, 0, 5), voice(0, 15 * 160, 8000));
}

#[test]
fn the_first_ten_milliseconds_of_a_steady_voice_are_hardly_told_apart() {
    for rate in [8000, 16000, 48000] {
        let heard = play(rate, 1, 1);
        let (from, to) = (rate / 5, rate / 5 + rate / 100);
        let snr = snr_db(&voice(from, to - from, rate), &heard[from..to]);
        assert!(snr > 25.0, "{rate}: {snr} dB");
    }
}

#[test]
fn it_fades_after_ten_and_is_silent_after_sixty_milliseconds() {
    let heard = play(8000, 5, 0);
    let part = |n: usize| energy(&heard[1600 + n * 80..1600 + (n + 1) * 80]).sqrt();
    let full = energy(&heard[1520..1600]).sqrt();
    for (n, gain) in [1.0, 0.9, 0.7, 0.5, 0.3, 0.1].into_iter().enumerate() {
        assert!((part(n) / full - gain).abs() < 0.08, "{n}: {}", part(n) / full);
    }
    assert!(heard[1600 + 480..].iter().all(|sample| *sample == 0));
}

#[test]
fn there_is_no_click_on_either_side() {
    let steepest = |sound: &[i16]| {
        sound.windows(2).map(|w| (i32::from(w[1]) - i32::from(w[0])).abs()).max().unwrap()
    };
    let own = steepest(&voice(0, 1600, 8000));
    for lost in 1..=5 {
        assert!(steepest(&play(8000, lost, 3)) <= own + own / 5, "{lost} frames");
    }
}

#[test]
fn the_good_sound_is_back_within_ten_milliseconds() {
    for lost in [1, 2, 5, 20] {
        let heard = play(8000, lost, 2);
        let from = (10 + lost) * 160 + 80;
        assert_eq!(heard[from..], voice(from, heard.len() - from, 8000)[..], "{lost} frames");
    }
}

#[test]
fn a_loss_before_any_sound_is_silence() {
    let mut concealer = Concealer::new(8000);
    let mut sound = [99; 400];
    concealer.lost(&mut sound);
    assert_eq!(sound, [0; 400]);
    concealer.good(&mut []);
    concealer.lost(&mut []);
}
