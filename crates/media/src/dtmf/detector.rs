//! Hears digits in the sound (ITU-T Q.24).
//!
//! Windows of 12.75 ms every 6.4 ms. In each, one frequency of each group must stand out, both must
//! make up most of the sound, neither may be much louder than the other, and from one window to the
//! next their phases must advance as the nominal frequencies do. Speech fails the last two.

use std::{f64::consts::TAU, time::Duration};

use super::{
    event::digit_of,
    inband::{HIGH, LOW, event_at},
};
use crate::{
    level::{DBM0_IN_DBOV, dbov},
    tone::{Fit, multiply},
};

/// A digit that was heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tone {
    /// `0`-`9`, `*`, `#`, `A`-`D`.
    pub digit: char,
    /// When it began, from the first sample of the stream, to about 3 ms.
    pub start: Duration,
    /// How long it lasted.
    pub duration: Duration,
    /// Level of both tones together, dBov.
    pub level_dbov: f32,
    /// High group against low group, dB.
    pub twist_db: f32,
}

/// Listens to one stream for digits. Nothing is allocated while it listens, memory is constant.
#[derive(Clone, Debug)]
pub struct Detector {
    sample_rate: u32,
    hop: usize,
    filled: usize,
    hops: u64,
    hop_energy: f64,
    previous_energy: f64,
    /// e^(-i omega n) of the eight frequencies, for each sample of a hop.
    waves: Vec<[f32; 16]>,
    sums: [f32; 16],
    low: [Probe; 4],
    high: [Probe; 4],
    run: Option<Run>,
}

#[derive(Clone, Debug)]
struct Probe {
    hz: f64,
    turn: (f64, f64),
    fit: Fit,
    /// Correlation of the last hop, and of the last window.
    hop: (f64, f64),
    window: (f64, f64),
    energy: f64,
    /// The last window against the one before it, as one number whose angle is the phase between.
    apart: (f64, f64),
    /// Length of a hop.
    seconds: f64,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    event: u8,
    /// Ends of the first and the last window, samples from the stream's start.
    first_end: f64,
    last_end: f64,
    /// Share of the tones in the first, the last and the best window.
    first: f64,
    last: f64,
    best: f64,
    /// Sure windows, and the energy of both tones in them.
    hits: u32,
    low: f64,
    high: f64,
    misses: u32,
}

#[derive(Clone, Copy, Debug)]
struct Hit {
    event: u8,
    low: f64,
    high: f64,
    /// Both against the whole window.
    share: f64,
    /// The phases advanced as they should and hardly anything else is there.
    sure: bool,
}

impl Detector {
    /// Listens to sound at `sample_rate` Hz, 8000 or more.
    pub fn new(sample_rate: u32) -> Self {
        let rate = sample_rate.max(1);
        let hop = ((u64::from(rate) * HOP_SAMPLES_AT_8000 / 8000) as usize).max(1);
        Self {
            sample_rate: rate,
            hop,
            filled: 0,
            hops: 0,
            hop_energy: 0.0,
            previous_energy: 0.0,
            waves: (0..hop).map(|n| wave(n, rate)).collect(),
            sums: [0.0; 16],
            low: LOW.map(|hz| Probe::new(hz, rate, hop)),
            high: HIGH.map(|hz| Probe::new(hz, rate, hop)),
            run: None,
        }
    }

    /// Takes sound and tells each digit that came to its end in it.
    pub fn add(&mut self, sound: &[i16], mut heard: impl FnMut(Tone)) {
        let mut rest = sound;
        while !rest.is_empty() {
            let (part, later) = rest.split_at(rest.len().min(self.hop - self.filled));
            self.correlate(part);
            rest = later;
            if self.filled >= self.hop {
                self.end_hop(&mut heard);
            }
        }
    }

    /// The digit that is sounding, once it is sure.
    pub fn sounding(&self) -> Option<Tone> {
        self.told()
    }

    /// Tells a digit that is still sounding: the stream is over.
    pub fn finish(&mut self) -> Option<Tone> {
        let tone = self.told();
        self.run = None;
        tone
    }

    /// Correlates a part of a hop with all eight frequencies side by side, which takes a fifth of the
    /// time that eight recursions take.
    fn correlate(&mut self, part: &[i16]) {
        let waves = self.waves.iter().skip(self.filled);
        let mut energy = 0_u64;
        for (sample, wave) in part.iter().zip(waves) {
            let magnitude = u32::from(sample.unsigned_abs());
            energy = energy.wrapping_add(u64::from(magnitude.wrapping_mul(magnitude)));
            let sample = f32::from(*sample);
            for (sum, value) in self.sums.iter_mut().zip(wave) {
                *sum += sample * value;
            }
        }
        self.hop_energy += energy as f64;
        self.filled += part.len();
    }

    fn end_hop(&mut self, heard: &mut impl FnMut(Tone)) {
        let sums = std::mem::take(&mut self.sums);
        let correlations = sums.as_chunks::<2>().0.iter();
        for (probe, [re, im]) in self.low.iter_mut().chain(&mut self.high).zip(correlations) {
            probe.end_hop((f64::from(*re), f64::from(*im)));
        }
        let total = self.previous_energy + self.hop_energy;
        self.previous_energy = self.hop_energy;
        self.hop_energy = 0.0;
        self.filled = 0;
        self.hops += 1;
        match self.hit(total) {
            Some(hit) if self.run.is_none_or(|run| run.event == hit.event) => self.follow(hit),
            Some(hit) => {
                self.end_run(heard);
                self.follow(hit);
            }
            None => {
                let over = self.run.as_mut().is_some_and(|run| {
                    run.misses += 1;
                    run.misses > BRIDGED_HOPS
                });
                if over {
                    self.end_run(heard);
                }
            }
        }
    }

    fn hit(&self, total: f64) -> Option<Hit> {
        let samples = (2 * self.hop) as f64;
        let (row, low) = strongest(&self.low)?;
        let (column, high) = strongest(&self.high)?;
        let share = (low.energy + high.energy) / total;
        let twist = 10.0 * (high.energy / low.energy).log10();
        let quiet = dbov(low.energy.min(high.energy) / samples) < QUIETEST_DBM0 + DBM0_IN_DBOV;
        if quiet || share < SHARE || twist.abs() > TWIST_DB {
            return None;
        }
        Some(Hit {
            event: event_at(row, column)?,
            low: low.energy,
            high: high.energy,
            share: share.min(1.0),
            sure: low.is_steady() && high.is_steady() && self.is_pure(low, high, total),
        })
    }

    /// What a tone off its nominal frequency leaves out of its probe is added back.
    fn is_pure(&self, low: &Probe, high: &Probe, total: f64) -> bool {
        let seconds = 2.0 * self.hop as f64 / f64::from(self.sample_rate);
        let whole = |probe: &Probe| {
            let angle = (probe.offset() * seconds * std::f64::consts::PI).abs().max(1e-6);
            probe.energy / (angle.sin() / angle).powi(2)
        };
        whole(low) + whole(high) >= PURE * total
    }

    /// The first window of a tone has no phase to compare with, so only the later ones must be
    /// sure; they alone count.
    fn follow(&mut self, hit: Hit) {
        let window_end = self.hops as f64 * self.hop as f64;
        let run = self.run.get_or_insert(Run {
            event: hit.event,
            first_end: window_end,
            last_end: window_end,
            first: hit.share,
            last: hit.share,
            best: hit.share,
            hits: 0,
            low: 0.0,
            high: 0.0,
            misses: 0,
        });
        run.misses = 0;
        run.last_end = window_end;
        run.last = hit.share;
        run.best = run.best.max(hit.share);
        if hit.sure {
            run.hits += 1;
            run.low += hit.low;
            run.high += hit.high;
        }
    }

    fn end_run(&mut self, heard: &mut impl FnMut(Tone)) {
        if let Some(tone) = self.finish() {
            heard(tone);
        }
    }

    fn told(&self) -> Option<Tone> {
        let run = self.run.filter(|run| run.hits >= SURE_HITS)?;
        let seconds = |samples: f64| {
            Duration::from_secs_f64((samples / f64::from(self.sample_rate)).max(0.0))
        };
        // A window that the tones fill in part has that part of a full window's share.
        let length = (2 * self.hop) as f64;
        let start = run.first_end - length * run.first / run.best;
        let end = run.last_end - length * (1.0 - run.last / run.best);
        let duration = seconds(end - start);
        if duration < SHORTEST {
            return None;
        }
        Some(Tone {
            digit: digit_of(run.event)?,
            start: seconds(start),
            duration,
            level_dbov: dbov((run.low + run.high) / f64::from(run.hits) / length),
            twist_db: (10.0 * (run.high / run.low).log10()) as f32,
        })
    }
}

impl Probe {
    fn new(hz: f32, sample_rate: u32, hop: usize) -> Self {
        let omega = TAU * f64::from(hz) / f64::from(sample_rate);
        let back = omega * hop as f64;
        Self {
            hz: f64::from(hz),
            turn: (back.cos(), -back.sin()),
            fit: Fit::new(omega, 2 * hop),
            hop: (0.0, 0.0),
            window: (0.0, 0.0),
            energy: 0.0,
            apart: (0.0, 0.0),
            seconds: hop as f64 / f64::from(sample_rate),
        }
    }

    fn end_hop(&mut self, correlation: (f64, f64)) {
        let later = multiply(correlation, self.turn);
        let window = (self.hop.0 + later.0, self.hop.1 + later.1);
        self.energy = self.fit.energy(window);
        // Turned back by a hop, the window of a steady tone is where the last one was.
        let advanced = multiply(window, self.turn);
        self.apart = multiply(advanced, (self.window.0, -self.window.1));
        self.hop = correlation;
        self.window = window;
    }

    /// How far the phase of the last two windows is from the nominal frequency's, Hz. The
    /// correlation of a later block turns forward by omega * hop; `turn` has taken that away.
    fn offset(&self) -> f64 {
        self.apart.1.atan2(self.apart.0) / (TAU * self.seconds)
    }

    fn is_steady(&self) -> bool {
        self.offset().abs() <= self.hz * FREQUENCY_TOLERANCE
    }
}

/// e^(-i omega n) of each frequency, real and imaginary parts in turn.
fn wave(n: usize, sample_rate: u32) -> [f32; 16] {
    let mut values = [0.0; 16];
    let frequencies = LOW.iter().chain(&HIGH);
    for ([re, im], hz) in values.as_chunks_mut::<2>().0.iter_mut().zip(frequencies) {
        let angle = TAU * f64::from(*hz) / f64::from(sample_rate) * n as f64;
        *re = angle.cos() as f32;
        *im = -angle.sin() as f32;
    }
    values
}

/// The strongest of a group, when it stands out from the others.
fn strongest(group: &[Probe; 4]) -> Option<(usize, &Probe)> {
    let (place, best) =
        group.iter().enumerate().max_by(|a, b| a.1.energy.total_cmp(&b.1.energy))?;
    let alone = group
        .iter()
        .enumerate()
        .all(|(other, probe)| other == place || probe.energy * STANDS_OUT < best.energy);
    alone.then_some((place, best))
}

/// 6.375 ms.
const HOP_SAMPLES_AT_8000: u64 = 51;
/// Q.24 table A-1: tones from -29 dBm are heard by the strictest administration; noise is below.
const QUIETEST_DBM0: f32 = -34.0;
/// Both tones against everything in the window; a tone 1.5 % off leaves some of itself out.
const SHARE: f64 = 0.72;
/// Both tones, wherever they lie exactly, against everything: a noise 8.6 dB below them.
const PURE: f64 = 0.88;
/// Q.24 asks for 4 to 10 dB in the one and 4 to 9 dB in the other direction.
const TWIST_DB: f64 = 9.5;
/// Q.24: 1.5 % to 1.8 % are accepted, 3.5 % refused.
const FREQUENCY_TOLERANCE: f64 = 0.022;
/// The others of the group lie at least 6 dB below.
const STANDS_OUT: f64 = 4.0;
/// Sure windows that make a digit; 40 ms hold four.
const SURE_HITS: u32 = 3;
/// Q.24: shorter than 20 to 24 ms is no digit, 40 ms is one.
const SHORTEST: Duration = Duration::from_millis(28);
/// Absent windows that do not end a digit: an interruption of 10 ms is bridged, one of 25 ms is not.
const BRIDGED_HOPS: u32 = 3;

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_core::{Rng, SeedableRng};

    use super::*;
    use crate::{
        codec::g711,
        dtmf::{Inband, event_of, inband::frequencies},
    };

    const ALL: &str = "1234567890*#ABCD";

    struct Line {
        rate: u32,
        on_ms: u32,
        off_ms: u32,
        /// Level of the stronger tone, dBm0.
        dbm0: f64,
        twist_db: f64,
        /// Both frequencies off by this factor.
        off_frequency: f64,
        /// Signal to white noise, dB.
        snr_db: f64,
    }

    const PLAIN: Line = Line {
        rate: 8000,
        on_ms: 40,
        off_ms: 40,
        dbm0: -10.0,
        twist_db: 0.0,
        off_frequency: 1.0,
        snr_db: 40.0,
    };

    fn noise(chance: &mut ChaCha8Rng) -> f64 {
        (0..6).map(|_| f64::from(chance.next_u32()) / f64::from(u32::MAX) - 0.5).sum::<f64>()
            * 2.0_f64.sqrt()
    }

    impl Line {
        fn play(&self, digits: &str) -> Vec<i16> {
            let mut chance = ChaCha8Rng::from_seed([9; 32]);
            let rate = f64::from(self.rate);
            let rms = |dbm0: f64| 32768.0 * 10.0_f64.powf((dbm0 + f64::from(DBM0_IN_DBOV)) / 20.0);
            let low = rms(self.dbm0 - self.twist_db.max(0.0));
            let high = rms(self.dbm0 + self.twist_db.min(0.0));
            let hiss = (low * low + high * high).sqrt() / 10.0_f64.powf(self.snr_db / 20.0);
            let mut sound = Vec::new();
            // An odd start, so that the windows do not lie on the tones' edges.
            let mut add = |seconds: f64, pair: Option<(f32, f32)>| {
                for n in 0..(seconds * rate) as u32 {
                    let turn = TAU * f64::from(n) / rate * self.off_frequency;
                    let tone = pair.map_or(0.0, |(l, h)| {
                        low * (turn * f64::from(l)).sin() + high * (turn * f64::from(h)).sin()
                    });
                    let value = tone * 2.0_f64.sqrt() + hiss * noise(&mut chance);
                    sound.push(value as i16);
                }
            };
            add(0.0171, None);
            for digit in digits.chars() {
                add(f64::from(self.on_ms) / 1000.0, frequencies(event_of(digit).unwrap()));
                add(f64::from(self.off_ms) / 1000.0, None);
            }
            add(0.1, None);
            sound
        }

        fn heard(&self, digits: &str) -> String {
            listen(self.rate, &self.play(digits)).iter().map(|tone| tone.digit).collect()
        }
    }

    fn listen(rate: u32, sound: &[i16]) -> Vec<Tone> {
        let mut detector = Detector::new(rate);
        let mut tones = Vec::new();
        for frame in sound.chunks(rate as usize / 50) {
            detector.add(frame, |tone| tones.push(tone));
        }
        tones.extend(detector.finish());
        tones
    }

    #[test]
    fn all_digits_of_40_ms_are_heard_at_every_rate_level_and_noise() {
        for rate in [8000, 16_000, 44_100, 48_000] {
            for (dbm0, snr_db) in [(-3.0, 40.0), (-10.0, 15.0), (-25.0, 15.0), (-29.0, 20.0)] {
                let line = Line { rate, dbm0, snr_db, ..PLAIN };
                assert_eq!(line.heard(ALL), ALL, "{rate} {dbm0} {snr_db}");
            }
        }
    }

    #[test]
    fn twist_of_8_db_is_accepted_either_way_and_12_refused() {
        for twist_db in [-8.0, -4.0, 4.0, 8.0] {
            let line = Line { twist_db, snr_db: 20.0, ..PLAIN };
            assert_eq!(line.heard(ALL), ALL, "{twist_db}");
            let tones = listen(8000, &line.play("5"));
            assert!((f64::from(tones[0].twist_db) - twist_db).abs() < 1.0, "{tones:?}");
        }
        for twist_db in [-12.0, 12.0] {
            assert_eq!(Line { twist_db, on_ms: 100, ..PLAIN }.heard(ALL), "", "{twist_db}");
        }
    }

    #[test]
    fn frequencies_1_5_per_cent_off_are_accepted_and_3_5_refused() {
        for off_frequency in [0.985, 1.015] {
            let line = Line { off_frequency, snr_db: 20.0, ..PLAIN };
            assert_eq!(line.heard(ALL), ALL, "{off_frequency}");
        }
        for off_frequency in [0.965, 1.035] {
            assert_eq!(
                Line { off_frequency, on_ms: 100, ..PLAIN }.heard(ALL),
                "",
                "{off_frequency}"
            );
        }
    }

    #[test]
    fn the_shortest_digit_lies_between_20_and_40_ms() {
        assert_eq!(Line { on_ms: 20, ..PLAIN }.heard(ALL), "");
        assert_eq!(Line { on_ms: 40, ..PLAIN }.heard(ALL), ALL);
    }

    #[test]
    fn equal_digits_are_counted_and_a_short_gap_is_bridged() {
        assert_eq!(Line { off_ms: 40, ..PLAIN }.heard("555"), "555");
        assert_eq!(Line { on_ms: 50, off_ms: 10, ..PLAIN }.heard("55"), "5");
        assert_eq!(Line { on_ms: 60, off_ms: 0, ..PLAIN }.heard("15"), "15");
    }

    #[test]
    fn start_duration_and_level_are_told() {
        let tones = listen(8000, &Line { on_ms: 100, off_ms: 100, ..PLAIN }.play("17"));
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        for (tone, start) in tones.iter().zip([17.0, 217.0]) {
            assert!((ms(tone.start) - start).abs() < 5.0, "{tone:?}");
            assert!((ms(tone.duration) - 100.0).abs() < 8.0, "{tone:?}");
            assert!((tone.level_dbov - (-10.0 + 3.0 + DBM0_IN_DBOV)).abs() < 0.5, "{tone:?}");
        }
    }

    #[test]
    fn our_own_tones_are_heard_through_both_laws() {
        let time = Duration::from_millis(40);
        for law in [|s| g711::decode_mu(g711::encode_mu(s)), |s| g711::decode_a(g711::encode_a(s))]
        {
            let mut inband = Inband::new(8000);
            inband.press(ALL, time, time).unwrap();
            let mut sound = vec![0; 8000 * 2];
            inband.fill(&mut sound);
            let sound: Vec<i16> = sound.into_iter().map(law).collect();
            let heard: String = listen(8000, &sound).iter().map(|tone| tone.digit).collect();
            assert_eq!(heard, ALL);
        }
    }

    /// Eighty seconds of something like speech: syllables of gliding pitch whose harmonics are shaped
    /// by three formants of natural width, between hisses and pauses.
    #[test]
    fn speech_like_sound_holds_no_digits() {
        let mut chance = ChaCha8Rng::from_seed([5; 32]);
        let mut detector = Detector::new(8000);
        let mut wrong = Vec::new();
        let between = |low: f64, high: f64, chance: &mut ChaCha8Rng| {
            low + (high - low) * f64::from(chance.next_u32()) / f64::from(u32::MAX)
        };
        for _ in 0..400 {
            let pitch = between(80.0, 320.0, &mut chance);
            let glide = between(-0.3, 0.3, &mut chance);
            let formants = [
                between(250.0, 950.0, &mut chance),
                between(800.0, 2300.0, &mut chance),
                between(2000.0, 3300.0, &mut chance),
            ];
            let breath = between(0.0, 0.3, &mut chance).powi(2);
            let mut phase = 0.0;
            let mut sound = [0; 1600];
            for (n, sample) in sound.iter_mut().enumerate() {
                let at = n as f64 / 1600.0;
                let hz = pitch * (1.0 + glide * at);
                phase += TAU * hz / 8000.0;
                let voiced: f64 = (1..(3600.0 / hz) as u32)
                    .map(|h| {
                        let f = f64::from(h) * hz;
                        let shape: f64 = formants
                            .iter()
                            .zip([80.0, 110.0, 160.0])
                            .map(|(x, width)| 1.0 / (2.0 * (f - x) / width).hypot(1.0))
                            .sum();
                        shape * (phase * f64::from(h)).sin()
                    })
                    .sum();
                let envelope = (at * std::f64::consts::PI).sin();
                let value = (voiced + breath * noise(&mut chance)) * envelope * 6000.0;
                *sample = value as i16;
            }
            detector.add(&sound, |tone| wrong.push(tone));
        }
        assert_eq!(wrong, []);
    }

    #[test]
    fn noise_single_tones_and_silence_are_no_digits() {
        let mut chance = ChaCha8Rng::from_seed([6; 32]);
        let hiss: Vec<i16> = (0..480_000).map(|_| (noise(&mut chance) * 3000.0) as i16).collect();
        assert_eq!(listen(8000, &hiss), []);
        assert_eq!(listen(8000, &[0; 8000]), []);
        assert_eq!(Line { twist_db: 60.0, ..PLAIN }.heard(ALL), "");
        assert_eq!(Line { dbm0: -50.0, ..PLAIN }.heard(ALL), "");
    }
}
