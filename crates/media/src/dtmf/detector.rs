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
    tone::{Fit, Goertzel, multiply},
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
    low: [Probe; 4],
    high: [Probe; 4],
    run: Option<Run>,
}

#[derive(Clone, Debug)]
struct Probe {
    hz: f64,
    goertzel: Goertzel,
    turn: (f64, f64),
    fit: Fit,
    /// Correlation of the last hop, and of the last window.
    hop: (f64, f64),
    window: (f64, f64),
    energy: f64,
    /// How far the phase of the last two windows is from the nominal frequency's, Hz.
    offset: f64,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    event: u8,
    start: f64,
    end: f64,
    hits: u32,
    misses: u32,
    /// The loudest window: the one least touched by an edge.
    low: f64,
    high: f64,
}

#[derive(Clone, Copy, Debug)]
struct Hit {
    event: u8,
    low: f64,
    high: f64,
    /// Both against the whole window.
    share: f64,
    /// The phases advanced as they should.
    steady: bool,
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
            low: LOW.map(|hz| Probe::new(hz, rate, hop)),
            high: HIGH.map(|hz| Probe::new(hz, rate, hop)),
            run: None,
        }
    }

    /// Takes sound and tells each digit that came to its end in it.
    pub fn add(&mut self, sound: &[i16], mut heard: impl FnMut(Tone)) {
        for sample in sound {
            self.hop_energy += f64::from(*sample) * f64::from(*sample);
            for probe in self.low.iter_mut().chain(&mut self.high) {
                probe.goertzel.push(*sample);
            }
            self.filled += 1;
            if self.filled == self.hop {
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

    fn end_hop(&mut self, heard: &mut impl FnMut(Tone)) {
        for probe in self.low.iter_mut().chain(&mut self.high) {
            probe.end_hop(self.hop, self.sample_rate);
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
            steady: low.is_steady() && high.is_steady(),
        })
    }

    /// The first window of a tone has no phase to compare with, so only the later ones must be
    /// steady; they alone count.
    fn follow(&mut self, hit: Hit) {
        let window_end = self.hops as f64 * self.hop as f64;
        let length = (2 * self.hop) as f64;
        let run = self.run.get_or_insert(Run {
            event: hit.event,
            start: window_end - hit.share * length,
            end: window_end,
            hits: 0,
            misses: 0,
            low: 0.0,
            high: 0.0,
        });
        run.hits += u32::from(hit.steady);
        run.misses = 0;
        run.end = window_end - length + hit.share * length;
        if hit.low + hit.high > run.low + run.high {
            run.low = hit.low;
            run.high = hit.high;
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
        let duration = seconds(run.end - run.start);
        if duration < SHORTEST {
            return None;
        }
        Some(Tone {
            digit: digit_of(run.event)?,
            start: seconds(run.start),
            duration,
            level_dbov: dbov((run.low + run.high) / (2 * self.hop) as f64),
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
            goertzel: Goertzel::new(hz, sample_rate, hop),
            turn: (back.cos(), -back.sin()),
            fit: Fit::new(omega, 2 * hop),
            hop: (0.0, 0.0),
            window: (0.0, 0.0),
            energy: 0.0,
            offset: f64::INFINITY,
        }
    }

    fn end_hop(&mut self, hop: usize, sample_rate: u32) {
        let correlation = self.goertzel.correlation();
        self.goertzel.clear();
        let later = multiply(correlation, self.turn);
        let window = (self.hop.0 + later.0, self.hop.1 + later.1);
        self.energy = self.fit.energy(window);
        // Turned back by a hop, the window of a steady tone is where the last one was.
        let advanced = multiply(window, self.turn);
        let apart = multiply(advanced, (self.window.0, -self.window.1));
        // The correlation of a later block turns forward by omega * hop; `turn` takes that away.
        let seconds = hop as f64 / f64::from(sample_rate);
        self.offset = apart.1.atan2(apart.0) / (TAU * seconds);
        self.hop = correlation;
        self.window = window;
    }

    fn is_steady(&self) -> bool {
        self.offset.abs() <= self.hz * FREQUENCY_TOLERANCE
    }
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
/// Q.24 asks for 4 to 10 dB in the one and 4 to 9 dB in the other direction.
const TWIST_DB: f64 = 9.5;
/// Q.24: 1.5 % to 1.8 % are accepted, 3.5 % refused.
const FREQUENCY_TOLERANCE: f64 = 0.025;
/// The others of the group lie at least 6 dB below.
const STANDS_OUT: f64 = 4.0;
/// Steady windows that make a digit.
const SURE_HITS: u32 = 2;
/// Q.24: shorter than 20 to 24 ms is no digit, 40 ms is one.
const SHORTEST: Duration = Duration::from_millis(25);
/// Absent windows that do not end a digit: an interruption of 10 ms is bridged, one of 25 ms is not.
const BRIDGED_HOPS: u32 = 3;
