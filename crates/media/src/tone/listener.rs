//! Listens for a list of tones at once and tells when each began, how long it lasted and how loud
//! it was.
//!
//! Windows of 40 ms every 10 ms. A tone is there when the listed tones together make up most of the
//! sound and this one a good share of it. Frequencies closer than [`APART`] cannot be told apart in
//! 40 ms: of those only the stronger counts.

use std::{f64::consts::TAU, time::Duration};

use super::goertzel::{Fit, Goertzel, multiply, snr_db};
use crate::level::dbov;

/// The shortest tone that is told.
pub const SHORTEST: Duration = Duration::from_millis(60);

/// Listed tones closer than this, Hz, exclude each other.
pub const APART: f32 = 35.0;

/// A tone that was heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heard {
    /// Which of the listed frequencies, Hz.
    pub hz: f32,
    /// When it began, from the first sample of the stream, to about 5 ms.
    pub start: Duration,
    /// How long it lasted, or has lasted so far.
    pub duration: Duration,
    /// Its level, dBov.
    pub level_dbov: f32,
    /// All the listed tones that were there against everything else, dB.
    pub snr_db: f32,
}

/// Listens to one stream. Nothing is allocated while it listens, memory is constant.
#[derive(Clone, Debug)]
pub struct Listener {
    sample_rate: u32,
    hop: usize,
    filled: usize,
    /// Hops heard.
    hops: u64,
    /// Energy of the last four hops.
    energies: [f64; WINDOW_HOPS],
    hop_energy: f64,
    probes: Vec<Probe>,
}

#[derive(Clone, Debug)]
struct Probe {
    hz: f32,
    goertzel: Goertzel,
    /// Turn of phase from one hop to the next, backwards.
    turn: (f64, f64),
    fit: Fit,
    correlations: [(f64, f64); WINDOW_HOPS],
    /// Energy of the tone in the window.
    energy: f64,
    run: Option<Run>,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    /// Ends of the first and the last window, samples from the stream's start.
    first_end: f64,
    last_end: f64,
    first: Window,
    last: Window,
    /// The largest energy of the tone in a window: one that it fills.
    full: f64,
    misses: u32,
    windows: u64,
    /// The last windows, which may be the tone's edge.
    held: [Window; WINDOW_HOPS],
    sum: Window,
    best: Window,
}

#[derive(Clone, Copy, Debug, Default)]
struct Window {
    tone: f64,
    listed: f64,
    total: f64,
}

impl Listener {
    /// Listens for `tones` (Hz) in sound at `sample_rate` Hz.
    pub fn new(sample_rate: u32, tones: &[f32]) -> Self {
        let hop = ((sample_rate / 100) as usize).max(1);
        let probes = tones
            .iter()
            .map(|hz| {
                let omega = TAU * f64::from(*hz) / f64::from(sample_rate.max(1));
                let back = omega * hop as f64;
                Probe {
                    hz: *hz,
                    goertzel: Goertzel::new(*hz, sample_rate, hop),
                    turn: (back.cos(), -back.sin()),
                    fit: Fit::new(omega, hop * WINDOW_HOPS),
                    correlations: Default::default(),
                    energy: 0.0,
                    run: None,
                }
            })
            .collect();
        Self {
            sample_rate: sample_rate.max(1),
            hop,
            filled: 0,
            hops: 0,
            energies: Default::default(),
            hop_energy: 0.0,
            probes,
        }
    }

    /// Takes sound and tells each tone that came to its end in it.
    pub fn add(&mut self, sound: &[i16], mut heard: impl FnMut(Heard)) {
        for sample in sound {
            self.hop_energy += f64::from(*sample) * f64::from(*sample);
            for probe in &mut self.probes {
                probe.goertzel.push(*sample);
            }
            self.filled += 1;
            if self.filled == self.hop {
                self.end_hop(&mut heard);
            }
        }
    }

    /// The tones that are sounding, each at least [`SHORTEST`] so far.
    pub fn sounding(&self) -> impl Iterator<Item = Heard> + '_ {
        self.probes.iter().filter_map(|probe| self.told(probe))
    }

    /// Tells the tones that are still sounding and ends them: the stream is over.
    pub fn finish(&mut self, mut heard: impl FnMut(Heard)) {
        self.sounding().for_each(&mut heard);
        for probe in &mut self.probes {
            probe.run = None;
        }
    }

    fn end_hop(&mut self, heard: &mut impl FnMut(Heard)) {
        self.energies.rotate_left(1);
        if let Some(last) = self.energies.last_mut() {
            *last = self.hop_energy;
        }
        self.hop_energy = 0.0;
        self.filled = 0;
        self.hops += 1;
        for probe in &mut self.probes {
            probe.end_hop();
        }
        let total = self.energies.iter().sum::<f64>();
        let samples = (self.hop * WINDOW_HOPS) as f64;
        let loud = dbov(total / samples) >= QUIETEST_DBOV;
        let listed = self.listed(total);
        let all_there = loud && listed >= total * LISTED_SHARE;
        for n in 0..self.probes.len() {
            let there = all_there && self.is_counted(n, total);
            self.follow(n, there, listed, total, heard);
        }
    }

    /// Energy of all the tones that are there.
    fn listed(&self, total: f64) -> f64 {
        let counted =
            |(n, probe): (usize, &Probe)| self.is_counted(n, total).then_some(probe.energy);
        self.probes.iter().enumerate().filter_map(counted).sum::<f64>().min(total)
    }

    /// Has a share of the sound, and no stronger tone so near that it may be its shadow.
    fn is_counted(&self, n: usize, total: f64) -> bool {
        let Some(probe) = self.probes.get(n) else {
            return false;
        };
        let shadowed = self.probes.iter().enumerate().any(|(other, near)| {
            other != n
                && (near.hz - probe.hz).abs() < APART
                && (near.energy > probe.energy || (near.energy == probe.energy && other < n))
        });
        probe.energy >= total * TONE_SHARE && !shadowed
    }

    fn follow(
        &mut self,
        n: usize,
        there: bool,
        listed: f64,
        total: f64,
        heard: &mut impl FnMut(Heard),
    ) {
        let window_end = self.hops as f64 * self.hop as f64;
        let Some(probe) = self.probes.get_mut(n) else {
            return;
        };
        if there {
            let window = Window { tone: probe.energy, listed, total };
            probe.run.get_or_insert_with(|| Run::new(window_end, window)).add(window_end, window);
            return;
        }
        let Some(run) = &mut probe.run else {
            return;
        };
        run.misses += 1;
        if run.misses > BRIDGED_HOPS {
            if let Some(tone) = self.probes.get(n).and_then(|probe| self.told(probe)) {
                heard(tone);
            }
            if let Some(probe) = self.probes.get_mut(n) {
                probe.run = None;
            }
        }
    }

    fn told(&self, probe: &Probe) -> Option<Heard> {
        let run = probe.run.as_ref()?;
        let seconds = |samples: f64| {
            Duration::from_secs_f64((samples / f64::from(self.sample_rate)).max(0.0))
        };
        let (start, end) = run.edges((self.hop * WINDOW_HOPS) as f64);
        let duration = seconds(end - start);
        if duration + MEASURING_ERROR < SHORTEST {
            return None;
        }
        let window = run.inner();
        let windows = window.total.max(f64::MIN_POSITIVE);
        Some(Heard {
            hz: probe.hz,
            start: seconds(start),
            duration,
            level_dbov: dbov(window.tone / run.inner_samples(self.hop)),
            snr_db: snr_db(window.listed, windows),
        })
    }
}

impl Probe {
    fn end_hop(&mut self) {
        self.correlations.rotate_left(1);
        if let Some(last) = self.correlations.last_mut() {
            *last = self.goertzel.correlation();
        }
        self.goertzel.clear();
        // Horner's rule: each hop's correlation counts from its own start, one turn later.
        let window = self.correlations.iter().rev().fold((0.0, 0.0), |sum, hop| {
            let sum = multiply(sum, self.turn);
            (sum.0 + hop.0, sum.1 + hop.1)
        });
        self.energy = self.fit.energy(window);
    }
}

impl Run {
    fn new(window_end: f64, first: Window) -> Self {
        Self {
            first_end: window_end,
            last_end: window_end,
            first,
            last: first,
            full: 0.0,
            misses: 0,
            windows: 0,
            held: Default::default(),
            sum: Window::default(),
            best: Window::default(),
        }
    }

    /// The first windows and, until others follow, the last ones stay out of the sum: they may hold
    /// an edge.
    fn add(&mut self, window_end: f64, window: Window) {
        self.windows += 1;
        self.misses = 0;
        self.last_end = window_end;
        self.last = window;
        self.full = self.full.max(window.tone);
        if window.listed * self.best.total >= self.best.listed * window.total {
            self.best = window;
        }
        if self.windows < WINDOW_HOPS as u64 {
            return;
        }
        if let Some(oldest) = self.held.first() {
            self.sum.tone += oldest.tone;
            self.sum.listed += oldest.listed;
            self.sum.total += oldest.total;
        }
        self.held.rotate_left(1);
        if let Some(last) = self.held.last_mut() {
            *last = window;
        }
    }

    /// Start and end of the tone. In a window that it fills in part, the energy of the fitted sine
    /// is that part squared.
    fn edges(&self, length: f64) -> (f64, f64) {
        let part =
            |window: Window| (window.tone / self.full.max(f64::MIN_POSITIVE)).sqrt().min(1.0);
        let start = self.first_end - part(self.first) * length;
        (start, self.last_end - length + part(self.last) * length)
    }

    fn summed(&self) -> u64 {
        self.windows.saturating_sub(2 * WINDOW_HOPS as u64 - 1)
    }

    fn inner(&self) -> Window {
        if self.summed() == 0 { self.best } else { self.sum }
    }

    fn inner_samples(&self, hop: usize) -> f64 {
        self.summed().max(1) as f64 * (hop * WINDOW_HOPS) as f64
    }
}

const WINDOW_HOPS: usize = 4;
/// Absent windows that do not end a tone: a lost packet of 20 ms.
const BRIDGED_HOPS: u32 = 5;
/// The listed tones must be this much of the window's energy.
const LISTED_SHARE: f64 = 0.7;
/// A tone must be this much of the window's energy: 8 dB below an equal companion.
const TONE_SHARE: f64 = 0.1;
const QUIETEST_DBOV: f32 = -50.0;
const MEASURING_ERROR: Duration = Duration::from_millis(5);

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_core::{Rng, SeedableRng};

    use super::*;
    use crate::{
        codec::g711,
        level::DBM0_IN_DBOV,
        tone::{Generator, Region, Signal, Step},
    };

    fn listen(sound: &[i16], rate: u32, tones: &[f32]) -> Vec<Heard> {
        let mut listener = Listener::new(rate, tones);
        let mut all = Vec::new();
        for frame in sound.chunks(rate as usize / 50) {
            listener.add(frame, |heard| all.push(heard));
        }
        listener.finish(|heard| all.push(heard));
        all
    }

    fn play(signal: Signal, rate: u32, seconds: f64) -> Vec<i16> {
        let mut sound = vec![0; (f64::from(rate) * seconds) as usize];
        Generator::new(signal, rate).fill(&mut sound);
        sound
    }

    fn after_silence(ms: u64, mut signal: Signal) -> Signal {
        let length = Some(Duration::from_millis(ms));
        signal.steps.insert(0, Step { components: Vec::new(), length });
        signal
    }

    fn add_noise(sound: &mut [i16], dbov: f64) {
        let mut chance = ChaCha8Rng::from_seed([3; 32]);
        let peak = 32768.0 * 3.0_f64.sqrt() * 10.0_f64.powf(dbov / 20.0);
        for sample in sound {
            let uniform = f64::from(chance.next_u32()) / f64::from(u32::MAX) * 2.0 - 1.0;
            *sample = sample.saturating_add((uniform * peak) as i16);
        }
    }

    fn near(time: Duration, ms: f64, within: f64) -> bool {
        (time.as_secs_f64() * 1000.0 - ms).abs() <= within
    }

    #[test]
    fn a_signature_is_told_in_order_with_start_duration_and_level() {
        for rate in [8000, 16000, 48000] {
            let tones = [700.0, 1100.0, 1900.0];
            let signal = Signal::sequence(&tones, -10.0, Duration::from_millis(100));
            let heard = listen(&play(after_silence(123, signal), rate, 1.0), rate, &tones);
            assert_eq!(heard.iter().map(|h| h.hz).collect::<Vec<_>>(), tones);
            for (n, heard) in heard.iter().enumerate() {
                assert!(near(heard.start, 123.0 + 100.0 * n as f64, 10.0), "{heard:?}");
                assert!(near(heard.duration, 100.0, 15.0), "{heard:?}");
                assert!((heard.level_dbov + 10.0 - DBM0_IN_DBOV).abs() < 0.3, "{heard:?}");
                assert!(heard.snr_db > 40.0, "{heard:?}");
            }
        }
    }

    #[test]
    fn sixty_milliseconds_are_told_and_forty_are_not() {
        for offset in 100..120 {
            let told = |ms| {
                let signal = Signal::tone(1004.0, -10.0, Some(Duration::from_millis(ms)));
                listen(&play(after_silence(offset, signal), 8000, 0.5), 8000, &[1004.0])
            };
            assert!(told(40).is_empty(), "{offset}");
            let heard = told(60);
            assert_eq!(heard.len(), 1, "{offset}");
            assert!(near(heard[0].duration, 60.0, 6.0), "{heard:?}");
            assert!((heard[0].level_dbov + 10.0 - DBM0_IN_DBOV).abs() < 0.3, "{heard:?}");
        }
    }

    #[test]
    fn a_tone_that_goes_on_is_told_while_it_sounds() {
        let mut listener = Listener::new(8000, &[1004.0]);
        listener.add(&play(Signal::milliwatt(), 8000, 2.0), |heard| panic!("{heard:?}"));
        let heard: Vec<_> = listener.sounding().collect();
        assert!(near(heard[0].duration, 2000.0, 1.0), "{heard:?}");
        assert!((heard[0].level_dbov - DBM0_IN_DBOV).abs() < 0.05, "{heard:?}");
    }

    #[test]
    fn both_parts_of_a_dual_tone_are_told() {
        for (region, pair) in
            [(Region::NorthAmerica, [440.0, 480.0]), (Region::UnitedKingdom, [400.0, 450.0])]
        {
            let sound = play(Signal::ringback(region), 8000, 1.0);
            let heard = listen(&sound, 8000, &[400.0, 425.0, 440.0, 450.0, 480.0]);
            assert!(heard.iter().all(|h| pair.contains(&h.hz)), "{heard:?}");
            assert!(pair.iter().all(|hz| heard.iter().any(|h| h.hz == *hz)), "{heard:?}");
        }
    }

    #[test]
    fn the_ratio_to_noise_is_right_also_after_g711() {
        let mut sound = play(Signal::tone(1004.0, -10.0, None), 8000, 1.0);
        add_noise(&mut sound, -10.0 + f64::from(DBM0_IN_DBOV) - 20.0);
        let heard = listen(&sound, 8000, &[1004.0]);
        assert!((heard[0].snr_db - 20.0).abs() < 0.7, "{heard:?}");
        let clean = play(Signal::tone(1004.0, -10.0, None), 8000, 1.0);
        let coded: Vec<_> = clean.iter().map(|s| g711::decode_mu(g711::encode_mu(*s))).collect();
        // G.712 asks for 33 dB of G.711 at these levels.
        assert!(listen(&coded, 8000, &[1004.0])[0].snr_db > 33.0);
    }

    #[test]
    fn a_lost_packet_does_not_cut_a_tone_in_two() {
        let mut sound = play(Signal::milliwatt(), 8000, 1.0);
        sound[3200..3360].fill(0);
        let heard = listen(&sound, 8000, &[1004.0]);
        assert_eq!(heard.len(), 1);
        assert!(near(heard[0].duration, 1000.0, 2.0), "{heard:?}");
    }

    #[test]
    fn noise_silence_and_other_tones_are_not_told() {
        let tones = [425.0, 1004.0, 1900.0];
        let mut sound = vec![0; 80_000];
        assert!(listen(&sound, 8000, &tones).is_empty());
        add_noise(&mut sound, -20.0);
        assert!(listen(&sound, 8000, &tones).is_empty());
        assert!(listen(&play(Signal::tone(1200.0, 0.0, None), 8000, 1.0), 8000, &tones).is_empty());
        assert!(
            listen(&play(Signal::tone(1004.0, -60.0, None), 8000, 1.0), 8000, &tones).is_empty()
        );
    }
}
